"""Run one schedule from its seed: chaos, then calm, then the oracles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from techdesk.application.exchange import PullPage
from tests.sim.at_rest import every_violation, false_checks, nothing_waits_without_need
from tests.sim.device import Device
from tests.sim.oracles import Watch
from tests.sim.people import SomebodyElse, Technician
from tests.sim.weather import SimulatedStore
from tests.sim.world import World
from tests.support.memory_store import MemoryStore

CHAOS_S = 900.0
PATIENCE_S = 6 * 3600.0
DECISIONS = 12
RESTORES = 0.15
"""In how many schedules of a server with a feed an admin puts an old backup in its place."""

TOLD_APART = ("I2", "I7", "I8")
"""What an old backup can break unseen (`docs/sync.md` §10.4); counted in such schedules, not forbidden."""


@dataclass(frozen=True)
class Report:
    """What a schedule showed."""

    seed: int
    violations: tuple[str, ...]
    digest: str
    effects: int
    crashes: int
    requests: int
    desks: int
    false_checks: int
    restored: int
    unseen: tuple[str, ...]
    """What an old backup took away and no desk noticed."""


def run(seed: int, open_store: Callable[[], SimulatedStore] = MemoryStore) -> Report:
    """Run the schedule of a seed, over stores in memory unless others are given."""
    return run_in(World(seed, open_store))


def run_in(world: World) -> Report:
    """Run the schedule of a world."""
    technicians, other = [Technician(one) for one in world.devices], SomebodyElse(world)
    world.watch = Watch(world, technicians)
    try:
        _chaos(world, technicians, other)
        violations = (*come_to_rest(world, technicians), *every_violation(world, technicians))
    except AssertionError as error:
        violations = (f"assertion: {error}", *world.broken)
    unseen = tuple(one for one in violations if world.server.restored and one.startswith(TOLD_APART))
    for device in world.devices:
        for operation in sorted(device.store.tables.operations.values(), key=lambda one: one.seq):
            world.trace(operation.op_id, operation.state, operation.attempts, operation.http_status)
    return Report(
        seed=world.seed,
        violations=tuple(one for one in violations if one not in unseen),
        digest=world.digest(),
        effects=len(world.server.effects),
        crashes=sum(one.life for one in world.devices),
        requests=sum(len(getattr(one.connector, "sent", ())) for one in world.devices),
        desks=len(world.devices),
        false_checks=sum(false_checks(one) for one in world.devices),
        restored=world.server.restored,
        unseen=unseen,
    )


def _chaos(world: World, technicians: Sequence[Technician], other: SomebodyElse) -> None:
    random = world.random
    for number in range(random.choice((1, 2, 3))):
        world.server.put_order(f"so-{number}", title=f"theirs at first {number}", service_kind="repair_depot")
    for technician in technicians:
        _day(world, technician)
    for _ in range(random.randrange(6)):
        world.later(random.uniform(0, CHAOS_S), other.work)
    if world.profile.can_be_read and random.random() < RESTORES:
        backed_up_at = random.uniform(0, CHAOS_S)
        world.later(backed_up_at, other.back_up)
        world.later(random.uniform(backed_up_at, CHAOS_S), other.restore)
    world.run_until(CHAOS_S)


def _day(world: World, technician: Technician) -> None:
    """Lay out what happens at one desk."""
    random, device = world.random, technician.device
    if not world.profile.can_be_read:
        orders = [world.server.pulled(one) for one in world.server.things]
        device.hold_orders(PullPage(orders=orders, cursor="", more=False))
    for _ in range(random.randrange(6, 22) // len(world.devices)):
        device.later(random.uniform(0, CHAOS_S), partial(device.if_alive, technician.work))
    for _ in range(2):
        device.later(random.uniform(0, CHAOS_S), partial(device.if_alive, technician.decide))
    for _ in range(random.choice((0, 0, 1, 2))):
        device.later(random.uniform(0, CHAOS_S), partial(device.if_alive, device.kill))
    if world.may_jump and random.random() < 0.2:
        jump = timedelta(days=random.choice((-1, 1)))
        device.later(random.uniform(0, CHAOS_S), partial(device.set_clock, jump))


def come_to_rest(world: World, technicians: Sequence[Technician]) -> Iterator[str]:
    """Let the faults stop; what needs nobody must come to rest by itself, the rest once a person decides."""
    world.calm = True
    _settle(world)
    for device in world.devices:
        yield from nothing_waits_without_need(device)
    for number in range(DECISIONS):
        if not any(_needs_person(one) for one in world.devices):
            break
        for technician in technicians:
            technician.device.do(partial(technician.decide, at_last=True, gives_up=number > 2))
        _settle(world)


def _settle(world: World) -> None:
    """Let everything go out that can, and each desk then learn what the others did."""
    for _ in range(2):
        world.run_until(world.time + PATIENCE_S, partial(all_quiet, world.devices))
        pulls = [one.pulls for one in world.devices]
        for device in world.devices:
            device.do(device.desk.hurry)
        world.run_until(world.time + PATIENCE_S, partial(_has_pulled_twice, world.devices, pulls))
    world.run_until(world.time + PATIENCE_S, partial(all_quiet, world.devices))


def _has_pulled_twice(devices: Sequence[Device], before: Sequence[int]) -> bool:
    return all(one.pulls > then + 1 for one, then in zip(devices, before, strict=True))


def _needs_person(device: Device) -> bool:
    return any(one.state.needs_person for one in device.store.tables.operations.values())


def all_quiet(devices: Sequence[Device]) -> bool:
    """Say whether no desk has anything under way that needs nobody."""
    return all(one.is_alive and not one.desk.is_busy and not any(nothing_waits_without_need(one)) for one in devices)
