"""Take work to another computer at any moment, in any state, over any fault: nothing happens twice, nothing is lost."""

from __future__ import annotations

import pytest

from tests.support.rescue_story import PROFILES, what_is_wrong_after_a_hand_over, what_is_wrong_with_two

STORIES = 120


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(STORIES))
def test_work_that_was_handed_over_at_any_moment_happens_once(seed: int, profile: str) -> None:
    assert what_is_wrong_after_a_hand_over(seed, PROFILES[profile]) == ""


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(STORIES))
def test_work_that_two_computers_have_happens_once(seed: int, profile: str) -> None:
    assert what_is_wrong_with_two(seed, PROFILES[profile]) == ""
