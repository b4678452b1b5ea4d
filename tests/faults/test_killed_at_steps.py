"""Kill -9 at every named step, for every kind of back end, before and after, and once more while it recovers.

A real process each time, over the real, encrypted store; the back end and its log live on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killing import Case, every_case, run_case, sending_again_after_a_restart
from tests.faults.names import PROFILES, Step
from tests.faults.stores import a_template

FEWEST_CASES = 400


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_template(tmp_path_factory.mktemp("killed") / "empty")


@pytest.mark.parametrize("case", every_case(), ids=str)
def test_nothing_is_lost_and_nothing_doubled(case: Case, tmp_path: Path, template: Path) -> None:
    run_case(case, tmp_path, template)


def test_a_desk_that_takes_what_was_in_flight_for_never_sent_is_caught(tmp_path: Path, template: Path) -> None:
    with sending_again_after_a_restart(), pytest.raises(AssertionError, match="I1"):
        run_case(Case("plain", Step.S9, "after", 0), tmp_path, template)


def test_every_step_is_died_at() -> None:
    cases = every_case()
    assert len(cases) >= FEWEST_CASES
    assert {one.step for one in cases} == set(Step) - {Step.S1}
    assert {one.profile for one in cases} == PROFILES.keys()
