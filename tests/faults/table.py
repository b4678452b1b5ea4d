"""Read `tests/faults.yaml`, and say of every square what it holds: an expectation, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]  # the library comes without types, and stubs are not in the lock

from tests.faults.names import FAULTS, PROFILES, Group, Step
from tests.faults.play import Cell, Played

FILE = Path(__file__).parents[1] / "faults.yaml"
REST = "rest"
"""Stands for every back end that a row does not name."""


class BadTableError(AssertionError):
    """The file says something that the names do not know."""


@dataclass(frozen=True)
class Reason:
    """Why squares are empty: a fault cannot strike there.

    Attributes:
        steps: Where; all if empty.
        faults: Which; all if empty.
        profiles: With which back ends; all if empty.
        why: In one sentence.
    """

    steps: frozenset[Step]
    faults: frozenset[str]
    profiles: frozenset[str]
    why: str

    def covers(self, cell: Cell) -> bool:
        """Say whether a square is empty for this reason."""
        here = not self.steps or cell.step in self.steps
        this = not self.faults or cell.fault in self.faults
        return here and this and (not self.profiles or cell.profile in self.profiles)


class Table(NamedTuple):
    """The whole file.

    Attributes:
        expected: What each cell that can occur must bring.
        impossible: Why the others cannot.
        elsewhere: Fault → the folder or file whose tests prove it.
    """

    expected: Mapping[Cell, Played]
    impossible: Sequence[Reason]
    elsewhere: Mapping[str, str]


def every_square() -> Iterator[Cell]:
    """Return every square: each back end, step and fault."""
    return (Cell(profile, step, fault) for step in Step for fault in FAULTS for profile in PROFILES)


@cache
def table() -> Table:
    """Return what the file says.

    Raises:
        BadTableError: It names what is not there.
    """
    told = yaml.safe_load(FILE.read_text("utf-8"))
    return Table(
        expected=dict(_expected(told["cells"])),
        impossible=[_reason(one) for one in told["impossible"]],
        elsewhere=told["elsewhere"],
    )


def reasons(cell: Cell) -> list[str]:
    """Return why a square is empty; nothing for one that is not."""
    found = [one.why for one in table().impossible if one.covers(cell)]
    where = table().elsewhere.get(cell.fault)
    return [*found, f"proved in {where}"] if where else found


def _expected(told: Mapping[str, Any]) -> Iterator[tuple[Cell, Played]]:
    for step_name, faults in told.items():
        for fault, row in faults.items():
            _known(fault, FAULTS)
            named = row if isinstance(row, dict) else {REST: row}
            by_profile = {one: named.get(one, named.get(REST)) for one in PROFILES}
            for profile in named.keys() - {REST}:
                _known(profile, PROFILES)
            for profile, text in by_profile.items():
                cell = Cell(profile, _step(step_name), fault)
                # the rest are only those where the fault can strike
                if text and (profile in named or not _is_empty(cell)):
                    yield cell, Played(*(one.strip() for one in text.split("|")))


def _is_empty(cell: Cell) -> bool:
    told = yaml_impossible()
    return any(one.covers(cell) for one in told)


@cache
def yaml_impossible() -> Sequence[Reason]:
    """Return why squares are empty."""
    return [_reason(one) for one in yaml.safe_load(FILE.read_text("utf-8"))["impossible"]]


def _reason(told: Mapping[str, Any]) -> Reason:
    steps = frozenset(_step(one) for one in str(told.get("steps", "")).split())
    faults = frozenset(one for name in str(told.get("faults", "")).split() for one in _faults(name))
    profiles = frozenset(_known(one, PROFILES) for one in str(told.get("profiles", "")).split())
    return Reason(steps, faults, profiles, told["why"])


def _faults(name: str) -> list[str]:
    """Return the faults of a group, or the one of this name."""
    groups = {one.name.lower(): one for one in Group}
    if name in groups:
        return [fault for fault, group in FAULTS.items() if group is groups[name]]
    return [_known(name, FAULTS)]


def _step(name: str) -> Step:
    return Step[_known(name, Step.__members__)]


def _known(name: str, names: Any) -> str:
    if name not in names:
        raise BadTableError(f"tests/faults.yaml names “{name}”, which is not among {sorted(names)}")
    return name
