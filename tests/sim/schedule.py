"""Run one schedule from its seed: chaos, then calm, then the oracles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tests.sim.oracles import every_violation, note_what_is_set_aside, nothing_waits_without_need
from tests.sim.people import SomebodyElse, Technician
from tests.sim.world import SimulatedStore, World
from tests.support.memory_store import MemoryStore, Tables

CHAOS_S = 900.0
PATIENCE_S = 6 * 3600.0
DECISIONS = 12


@dataclass(frozen=True)
class Report:
    """What a schedule showed."""

    seed: int
    violations: tuple[str, ...]
    digest: str
    effects: int
    crashes: int
    requests: int


def run(seed: int, store: SimulatedStore | None = None) -> Report:
    """Run the schedule of a seed, over a store in memory unless another is given."""
    world = World(seed, store or MemoryStore())
    technician, other = Technician(world), SomebodyElse(world)
    world.watch = _watch(world, technician)
    try:
        _chaos(world, technician, other)
        violations = (*_calm(world, technician), *every_violation(world, technician, other))
    except AssertionError as error:
        violations = (f"assertion: {error}",)
    for operation in sorted(world.store.tables.operations.values(), key=lambda one: one.seq):
        world.trace(operation.op_id, operation.state, operation.attempts, operation.http_status)
    return Report(
        seed=seed,
        violations=violations,
        digest=world.digest(),
        effects=len(world.server.effects),
        crashes=world.life,
        requests=len(world.network.sent),
    )


def _chaos(world: World, technician: Technician, other: SomebodyElse) -> None:
    random = world.random
    for number in range(random.choice((1, 2, 3))):
        world.server.put_order(f"so-{number}", title=f"theirs at first {number}", service_kind="repair_depot")
    for _ in range(random.randrange(4, 16)):
        world.later(random.uniform(0, CHAOS_S), lambda: world.if_alive(technician.work))
    for _ in range(random.randrange(6)):
        world.later(random.uniform(0, CHAOS_S), other.work)
    for _ in range(2):
        world.later(random.uniform(0, CHAOS_S), lambda: world.if_alive(technician.decide))
    for _ in range(random.choice((0, 0, 1, 2))):
        world.later(random.uniform(0, CHAOS_S), lambda: world.if_alive(world.kill))
    if world.may_jump and random.random() < 0.2:
        jump = timedelta(days=random.choice((-1, 1)))
        world.later(random.uniform(0, CHAOS_S), lambda: world.set_clock(jump))
    world.run_until(CHAOS_S)


def _calm(world: World, technician: Technician) -> Iterator[str]:
    """Let the faults stop; what needs nobody must come to rest by itself, the rest once a person decides."""
    world.calm = True
    for number in range(DECISIONS):
        world.run_until(world.time + PATIENCE_S, lambda: _is_quiet(world))
        if number == 0:
            yield from nothing_waits_without_need(world)
        if not any(one.state.needs_person for one in world.store.tables.operations.values()):
            break
        world.in_life(partial(technician.decide, at_last=True, gives_up=number > 2))
    world.in_life(world.desk.hurry)
    world.run_until(world.time + 60.0)


def _is_quiet(world: World) -> bool:
    return world.is_alive and not world.desk.is_busy and not any(nothing_waits_without_need(world))


def _watch(world: World, technician: Technician) -> Callable[[], None]:
    seen: Tables | None = None

    def watch() -> None:
        nonlocal seen
        if world.store.tables is not seen:
            seen = world.store.tables
            note_what_is_set_aside(world, technician)

    return watch
