"""Say what must hold in every schedule (`docs/sync.md` §8); each check yields what is wrong, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from techdesk.application.merge import SERVER_KEPT
from techdesk.application.outbox import Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.domain.records import FOLLOWS, compact
from tests.sim.people import SomebodyElse, Technician
from tests.sim.world import World, tidy
from tests.support.fake_server import Effect

HAS_NO_EFFECT = (OpState.QUEUED, OpState.CONFLICT, OpState.REJECTED, OpState.CANCELLED)
WITHOUT_OWN_EFFECT = {Verb.UPDATE: OutcomeClass.PRECONDITION, Verb.DELETE: OutcomeClass.GONE}
"""An update is done, too, if the server already held the values; a removal, if the record was gone."""


def every_violation(world: World, technician: Technician, other: SomebodyElse) -> Iterator[str]:
    """Check everything once a schedule has come to rest."""
    yield from world.network.broken
    yield from one_effect_each(world)
    yield from done_means_an_effect(world)
    yield from nothing_saved_is_lost(world, technician)
    yield from effects_in_order(world, technician)
    yield from nothing_overwritten_unseen(world, technician)
    yield from everything_drained(world)
    yield from the_desk_shows_the_server(world)
    yield from bytes_never_change(world)
    yield from no_false_alarm(world, technician, other)


def one_effect_each(world: World) -> Iterator[str]:
    counts = Counter(one.op_id for one in world.server.effects)
    yield from (f"I1: {op_id} took effect {number} times" for op_id, number in counts.items() if number > 1)


def done_means_an_effect(world: World) -> Iterator[str]:
    """Compare states with effects; an update that another's edit or removal overtook is decided anew."""
    counts = Counter(one.op_id for one in world.server.effects)
    last = {op_id: outcome for op_id, _, _, outcome in world.store.tables.attempts if outcome}
    for op_id, operation in world.store.tables.operations.items():
        told = last.get(op_id)
        if operation.state is OpState.DONE and not counts[op_id] and not _was_there_already(operation, told):
            yield f"I2: {op_id} is done but never took effect"
        overtaken = operation.attempts > 1 and told and told.kind in (OutcomeClass.PRECONDITION, OutcomeClass.GONE)
        if operation.state in HAS_NO_EFFECT and counts[op_id] and not overtaken:
            yield f"I2: {op_id} took effect but is {operation.state}"


def _was_there_already(operation: Operation, told: Outcome | None) -> bool:
    """Say whether the server held what an update sets, or no longer held what a removal removes."""
    if told is None or told.kind is not WITHOUT_OWN_EFFECT.get(operation.verb):
        return False
    held = told.record or {}
    return operation.verb is Verb.DELETE or all(
        tidy(value) == held.get(name) for name, value in operation.intent.items() if name not in FOLLOWS
    )


def nothing_saved_is_lost(world: World, technician: Technician) -> Iterator[str]:
    operations = world.store.tables.operations
    for op_id, intent in technician.diary.saved.items():
        if op_id not in operations:
            yield f"I3: {op_id} is lost"
        elif operations[op_id].intent != intent:
            yield f"I3: {op_id} no longer says what was typed"


def effects_in_order(world: World, technician: Technician) -> Iterator[str]:
    operations = world.store.tables.operations
    lanes: dict[str, list[Operation]] = {}
    for effect in world.server.effects:
        operation = operations.get(effect.op_id)
        if operation and operation.position not in technician.diary.aside | technician.diary.moved(operation):
            lanes.setdefault(operation.order_id, []).append(operation)
    for lane in lanes.values():
        for one, following in pairwise(lane):
            if one.position > following.position:
                yield f"I4: {one.op_id} took effect before {following.op_id}"


def nothing_overwritten_unseen(world: World, technician: Technician) -> Iterator[str]:
    operations = world.store.tables.operations
    for effect in world.server.effects:
        seen = technician.seen(operations.get(effect.op_id))
        withdrawn = [technician.seen(one) for one in operations.values() if one.record_id == effect.record_id]
        earlier = withdrawn if effect.verb is Verb.DELETE else []
        for name in _replaced(effect, seen):
            was, wrote, *saw = (
                tidy(one.get(name)) or None for one in (effect.replaced, effect.written, seen, *earlier)
            )
            if was not in (wrote, *saw):
                yield f"I5: {effect.op_id} replaced {name}={was!r}, the person saw {saw[0]!r}"


def _replaced(effect: Effect, seen: Mapping[str, Any]) -> set[str]:
    if effect.verb is Verb.UPDATE:
        return set(effect.written)
    if effect.verb is Verb.DELETE:
        return (effect.replaced.keys() | seen.keys()) - SERVER_KEPT
    return set()


def everything_drained(world: World) -> Iterator[str]:
    for op_id, operation in world.store.tables.operations.items():
        if not operation.state.is_settled:
            yield f"I6: {op_id} is still {operation.state} ({operation.reason})"


def nothing_waits_without_need(world: World) -> Iterator[str]:
    """Check, before anybody decides anything, that only what depends on a decision is left."""
    operations = world.store.tables.operations.values()
    stopped = [one for one in operations if one.state.needs_person]
    for one in operations:
        if not one.state.is_settled and not any(waits_for(one, other) for other in stopped):
            yield f"I6: {one.op_id} is {one.state} although nothing it depends on needs a person"


def the_desk_shows_the_server(world: World) -> Iterator[str]:
    """Compare what is shown with what is there.

    An order that we made, and that somebody removed before we heard that it had arrived, stays until it is touched.
    """
    things = dict(world.server.things)
    records = world.store.tables.records
    made_here = {key[2] for key in records if key[2].startswith("tmp_")}
    gone = {key[2] for key, one in records.items() if one.server_id in world.server.removed} & made_here
    for record in records.values():
        thing = things.pop(record.server_id or "", None)
        if thing is None and not {record.order_id, record.record_id} & gone:
            yield f"I7: {record.record_id} is shown but not there"
        elif thing and (record.deleted or _tidied(record.view) != _tidied(thing.document)):
            yield f"I7: {record.record_id} is shown as {record.view}, there it is {thing.document}"
    yield from (f"I7: {server_id} is there but not shown" for server_id in things)


def _tidied(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tidy(value) for name, value in compact(document).items()}


def bytes_never_change(world: World) -> Iterator[str]:
    sent: dict[str, set[tuple[bytes, tuple[tuple[str, str], ...]]]] = {}
    for op_id, body, headers in world.network.sent:
        sent.setdefault(op_id, set()).add((body, headers))
    yield from (f"I9: {op_id} went out with different bytes" for op_id, ways in sent.items() if len(ways) > 1)


def no_false_alarm(world: World, technician: Technician, other: SomebodyElse) -> Iterator[str]:
    """Yield conflicts with nobody: the desk must not bother a person with their own text.

    Two cases cannot be told from another's edit: what a person set aside, and an edit of an order that a pull
    showed before its own create was confirmed.
    """
    operations = world.store.tables.operations
    for op_id, rows in world.store.tables.clashes.items():
        before = [one for one in operations.values() if one.record_id == operations[op_id].record_id]
        earlier = [one for one in before if one.position < operations[op_id].position]
        after = {op.op_id for op in operations.values() if op.position > operations[op_id].position}
        ahead = [one.written.values() for one in world.server.effects if one.op_id in after]
        is_tangled = any(one.position in technician.diary.aside for one in earlier)
        for row in rows:
            is_theirs = row.theirs is None or row.theirs in other.written
            if not is_theirs and not is_tangled and not any(row.theirs in values for values in ahead):
                yield f"I8: {op_id} is in conflict over {row.field}={row.theirs!r}, which nobody else wrote"


def note_what_is_set_aside(world: World, technician: Technician) -> None:
    """Remember the places in lanes where a person had to decide, and what waits for that: the order is theirs."""
    operations = world.store.tables.operations.values()
    stopped = [one for one in operations if one.state.needs_person]
    for one in operations:
        if any(waits_for(one, other) for other in stopped):
            technician.diary.aside.add(one.position)


def waits_for(operation: Operation, stopped: Operation) -> bool:
    """Say whether an operation may wait for a decision about another; it does for one about itself."""
    if operation.position < stopped.position:
        return False
    makes_order = stopped.verb is Verb.CREATE and stopped.record_id == operation.order_id
    return operation.record_id == stopped.record_id or makes_order
