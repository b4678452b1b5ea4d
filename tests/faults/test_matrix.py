"""Every pair of a step and a fault that can occur, for every kind of back end: `tests/faults.yaml`.

The real connectors, round, engine and commands, over a spoilt wire and a disk that fails, in virtual time.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from techdesk.application.outbox import OpState, OutcomeClass
from techdesk.connectors import CONNECTORS
from tests.faults.names import FAULTS, PROFILES, Step
from tests.faults.play import Cell, play
from tests.faults.stores import a_template
from tests.faults.table import every_square, reasons, table

FEWEST_CELLS = 1400

cells = table().expected


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_template(tmp_path_factory.mktemp("faults") / "empty")


@pytest.mark.parametrize("cell", cells, ids=str)
def test_a_fault_costs_nothing_and_doubles_nothing(cell: Cell, tmp_path: Path, template: Path) -> None:
    assert str(play(cell, tmp_path, template)) == str(cells[cell])


# That the list is complete.


def test_every_square_holds_either_an_expectation_or_a_reason() -> None:
    missing = [str(one) for one in every_square() if one not in cells and not reasons(one)]
    both = [f"{one}: {reasons(one)}" for one in every_square() if one in cells and reasons(one)]
    assert (missing, both) == ([], [])
    assert len(cells) >= FEWEST_CELLS


def test_every_step_and_every_fault_is_in_the_table_and_every_system_has_a_profile() -> None:
    assert {kind.backend.system for kind in PROFILES.values()} == CONNECTORS.keys()
    assert {one.step for one in cells} == set(Step) - {Step.S1}
    assert {one.fault for one in cells} | table().elsewhere.keys() == FAULTS.keys()
    assert {one.profile for one in cells} == PROFILES.keys()


def test_no_reason_is_idle() -> None:
    """A reason that covers nothing hides a square that somebody thought of and nobody has."""
    idle = [one.why for one in table().impossible if not any(one.covers(square) for square in every_square())]
    assert idle == []


def test_what_is_proved_elsewhere_is_there() -> None:
    root = Path(__file__).parents[2]
    assert [where for where in table().elsewhere.values() if not (root / where).exists()] == []


def test_the_table_knows_every_class_of_outcome_and_every_place_to_rest() -> None:
    sees = Counter(one.sees for one in cells.values())
    assert {one.value for one in OutcomeClass} <= sees.keys()
    rests = {OpState.DONE, OpState.REJECTED, OpState.CONFLICT, OpState.NEEDS_CHECK}
    assert {one.ends for one in cells.values()} == {one.value for one in rests}
