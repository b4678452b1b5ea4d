"""Kill -9 at random moments, against the real server: 300 in every run of the tests; `TECHDESK_KILLS` asks for more.

One in twenty of the kills befalls the real window: `tests/end_to_end/test_killed.py`.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.random_kills import KILLS_A_SEED, control, run

KILLS = int(os.environ.get("TECHDESK_KILLS", "300"))
WINDOWS = 20
"""One kill in so many is another test's."""
CHUNKS = 6

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_was_said_to_be_saved_is_at_the_server_once_and_whole(chunk: int) -> None:
    seeds = KILLS * (WINDOWS - 1) // WINDOWS // KILLS_A_SEED // CHUNKS + 1
    found = run(range(chunk * seeds, (chunk + 1) * seeds))
    assert found.failures == ()
    assert found.facts["saved"] > found.runs
    assert found.facts["confirmed"] >= found.facts["effects"]


def test_a_desk_that_takes_a_new_key_after_a_restart_is_caught() -> None:
    assert "another key" in control()
