"""Where a back end can be read, a person is hardly ever asked to look: I8, measured at one fault in twenty requests."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.outbox import OpState
from tests.sim import schedule
from tests.sim.schedule import run_in
from tests.sim.weather import PROFILES, Weather
from tests.sim.world import World
from tests.support.memory_store import MemoryStore, Tables

SCHEDULES = 450
A_FAULT_IN_TWENTY = Weather(
    lost_request=0.01, lost_answer=0.01, late_commit=0.01, error_before=0.005, error_after=0.005, unreadable=0.01
)
READABLE = [one for one in PROFILES if one.creates is Dedup.READ_BACK]


class Diary(MemoryStore):
    """A store that remembers which operations ever waited for a person to look."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        super().__init__()

    @property
    def tables(self) -> Tables:
        return self._tables

    @tables.setter
    def tables(self, tables: Tables) -> None:
        self._tables = tables
        operations = tables.operations.values()
        self.asked |= {one.op_id for one in operations if one.state is OpState.NEEDS_CHECK}


class Asked(NamedTuple):
    """How often a person was asked, over so many requests that went out."""

    sends: int
    asked: int

    @property
    def in_a_thousand(self) -> float:
        return 1000 * self.asked / self.sends


def measured(profile: Profile, schedules: int) -> Asked:
    sends = asked = 0
    for seed in range(schedules):
        stores: list[Diary] = []

        def opened(stores: list[Diary] = stores) -> Diary:
            stores.append(Diary())
            return stores[-1]

        world = World(seed, opened, profile=profile)
        world.weather = A_FAULT_IN_TWENTY
        report = run_in(world)
        assert report.violations == (), f"seed {seed}"
        sends += report.requests
        asked += sum(len(one.asked) for one in stores)
    return Asked(sends, asked)


@pytest.fixture(autouse=True)
def no_old_backup_is_put_in_the_servers_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what a person has to look after whatever can be read."""
    monkeypatch.setattr(schedule, "RESTORES", 0.0)


@pytest.mark.parametrize("profile", READABLE, ids=["with revisions", "a plain list"])
def test_where_a_back_end_can_be_read_less_than_one_request_in_a_thousand_asks_a_person(profile: Profile) -> None:
    found = measured(profile, SCHEDULES)
    assert found.sends > 2500
    assert found.in_a_thousand < 1, found


def test_a_back_end_that_cannot_be_read_does_ask_so_the_measure_can_tell() -> None:
    blind = replace(READABLE[1], creates=Dedup.BLIND, reads_back=False)
    assert measured(blind, 60).in_a_thousand > 5
