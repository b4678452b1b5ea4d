"""Where a request takes effect later than any server should let it, what stands there twice is found and offered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.outbox import OpState, Verb
from techdesk.application.sync.duplicates import duplicates
from tests.sim import network
from tests.sim.device import Device
from tests.sim.schedule import run_in
from tests.sim.weather import PROFILES, Weather
from tests.sim.world import World
from tests.support.memory_store import MemoryStore

SCHEDULES = 100
FAR_TOO_LATE_S = 900.0
READABLE = [one for one in PROFILES if one.creates is Dedup.READ_BACK]


def stands_twice(world: World, device: Device) -> Iterator[str]:
    """Yield what a desk made once too often, by the server's log, as far as a pull has brought it."""
    made = defaultdict(list)
    for effect in world.server.effects:
        if effect.verb is Verb.CREATE:
            made[effect.op_id].append(effect.server_id)
    tables = device.store.tables
    for operation in tables.operations.values():
        record = tables.records.get(("a1", operation.record_type, operation.record_id))
        if operation.state is OpState.DONE and record and not record.deleted:
            brought = [one for one in made[operation.op_id] if ("a1", operation.record_type, one) in tables.records]
            yield from (one for one in brought if one != record.server_id)


def offered(device: Device) -> set[str]:
    with device.store.read() as view:
        return {one.extra_record_id for one in duplicates(view)}


@pytest.mark.parametrize("profile", READABLE, ids=["with revisions", "a plain list"])
def test_whatever_stands_there_twice_is_offered_and_nothing_else(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "LATE_COMMIT_S", FAR_TOO_LATE_S)
    twice = 0
    for seed in range(SCHEDULES):
        world = World(seed, MemoryStore, profile=profile)
        world.weather = Weather(late_commit=0.1)
        run_in(world)
        for device in world.devices:
            expected = set(stands_twice(world, device))
            assert offered(device) == expected, f"seed {seed}"
            twice += len(expected)
    assert twice > 5
