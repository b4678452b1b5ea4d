"""Say what must hold once a schedule has come to rest (`docs/sync.md` §8); each check yields what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from techdesk.application.accounts import Dedup
from techdesk.application.outbox import Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import StoredRecord
from techdesk.application.queries import OrderFilter
from techdesk.application.unsent.outbox_list import outbox_list
from techdesk.domain.records import FOLLOWS, compact
from tests.sim.device import Device
from tests.sim.oracles import waiting
from tests.sim.people import Technician
from tests.sim.server import tidy
from tests.sim.world import World

HAS_NO_EFFECT = (OpState.QUEUED, OpState.CONFLICT, OpState.REJECTED, OpState.CANCELLED)
WITHOUT_OWN_EFFECT = {Verb.UPDATE: OutcomeClass.PRECONDITION, Verb.DELETE: OutcomeClass.GONE}
"""An update is done, too, if the server already held the values; a removal, if the record was gone."""


def every_violation(world: World, technicians: Sequence[Technician]) -> Iterator[str]:
    """Check everything once a schedule has come to rest."""
    yield from dict.fromkeys(world.broken)
    for technician in technicians:
        device = technician.device
        yield from nothing_saved_is_lost(technician)
        yield from everything_drained(device)
        if not getattr(device.connector, "misses_a_restore", False):
            yield from done_means_an_effect(world, device)
            yield from the_desk_shows_the_server(world, device)
        yield from no_false_alarm(world, technician)
        yield from the_numbers_shown_are_the_stores(device)
    yield from bytes_never_change(technicians)


def done_means_an_effect(world: World, device: Device) -> Iterator[str]:
    """Compare states with effects; an update that another's edit or removal overtook is decided anew."""
    counts = Counter(one.op_id for one in world.server.effects)
    attempts = [one for one in device.store.tables.attempts if one[3]]
    last = {op_id: outcome for op_id, _, _, outcome in attempts}
    looked_at = {op_id for op_id, _, phase, _ in attempts if phase == "look"}
    for op_id, operation in device.store.tables.operations.items():
        told = last.get(op_id)
        is_lost_alone = not world.server.restored or not _others_answer_for(world, device, operation)
        is_excused = _was_there_already(operation, told) or not is_lost_alone
        if operation.state is OpState.DONE and not counts[op_id] and not is_excused:
            yield f"I2: {op_id} is done but never took effect"
        is_decided_anew = operation.attempts > 1 or op_id in looked_at
        overtaken = is_decided_anew and told and told.kind in (OutcomeClass.PRECONDITION, OutcomeClass.GONE)
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


def _others_answer_for(world: World, device: Device, operation: Operation) -> bool:
    """Say whether a loss by an old backup needs no look: later changes of ours set every field again, or others alike.

    The last change of a field answers for it; an acceptance that was given twice was lost only once.
    """
    if operation.verb not in (Verb.UPDATE, Verb.ACCEPT):
        return False
    others = [one for one in device.store.tables.operations.values() if one.record_id == operation.record_id]
    later = {name for one in others if one.position > operation.position for name in one.intent}
    kin = {one.op_id for one in others}
    alike = [one.written for one in world.server.effects if one.op_id in kin and one.verb is operation.verb]
    wanted = operation.intent.keys() - FOLLOWS.keys() - later
    return all(any(one.get(name) == tidy(operation.intent[name]) for one in alike) for name in wanted)


def nothing_saved_is_lost(technician: Technician) -> Iterator[str]:
    operations = technician.device.store.tables.operations
    yield from (f"I3: {op_id} is lost" for op_id in technician.diary.saved if op_id not in operations)


def everything_drained(device: Device) -> Iterator[str]:
    for op_id, operation in device.store.tables.operations.items():
        if not operation.state.is_settled:
            yield f"I6: {op_id} is still {operation.state} ({operation.reason})"


def nothing_waits_without_need(device: Device) -> Iterator[str]:
    """Check, before anybody decides anything, that only what depends on a decision is left."""
    operations = device.store.tables.operations.values()
    held = waiting(operations)
    for one in operations:
        if not one.state.is_settled and one.op_id not in held:
            yield f"I6: {one.op_id} is {one.state} although nothing it depends on needs a person"


def the_desk_shows_the_server(world: World, device: Device) -> Iterator[str]:
    """Compare what is shown with what is there.

    A look of the simulation knows every effect, so it finds also what somebody removed since; no real one does.
    """
    if not world.profile.can_be_read:
        yield from _what_was_sent_is_shown(world, device)
        return
    things = dict(world.server.things)
    records = device.store.tables.records
    is_read_back = world.profile.creates is Dedup.READ_BACK
    made_here = {key[2] for key in records if key[2].startswith("tmp_")} if is_read_back else set[str]()
    gone = {key[2] for key, one in records.items() if one.server_id in world.server.removed} & made_here
    for record in records.values():
        thing = things.pop(record.server_id or "", None)
        if thing is None:
            if not {record.order_id, record.record_id} & gone:
                yield f"I7: {record.record_id} is shown but not there"
        elif (there := _as_shown(world, device, record.server_id or "")) != _shown(record):
            yield f"I7: {record.record_id} is shown as {record.view}, there it is {there}"
    yield from (f"I7: {server_id} is there but not shown" for server_id in things)


def _shown(record: StoredRecord) -> dict[str, Any] | None:
    return None if record.deleted else _tidied(record.view)


def _as_shown(world: World, device: Device, server_id: str) -> dict[str, Any]:
    """Return what a desk shows of a thing: as it is, or as it comes through a real connector."""
    wire = getattr(device.connector, "wire", None)
    return _tidied(wire.shown(server_id) if wire else world.server.things[server_id].document)


def _what_was_sent_is_shown(world: World, device: Device) -> Iterator[str]:
    """Compare with the effects alone, as nothing else can be known of such a back end."""
    tables = device.store.tables
    for effect in world.server.effects:
        operation = tables.operations.get(effect.op_id)
        if operation is None or effect.verb is not Verb.CREATE:
            continue
        record = tables.records.get((operation.account_id, operation.record_type, operation.record_id))
        shown = _tidied(record.view) if record else {}
        if any(shown.get(name) != tidy(value) for name, value in effect.written.items()):
            yield f"I7: {effect.op_id} took effect and is shown as {shown}"


def _tidied(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tidy(value) for name, value in compact(document).items()}


def bytes_never_change(technicians: Sequence[Technician]) -> Iterator[str]:
    sent: dict[str, set[tuple[bytes, tuple[tuple[str, str], ...]]]] = {}
    for technician in technicians:
        for op_id, body, headers in getattr(technician.device.connector, "sent", ()):
            sent.setdefault(op_id, set()).add((body, headers))
    yield from (f"I9: {op_id} went out with different bytes" for op_id, ways in sent.items() if len(ways) > 1)


def no_false_alarm(world: World, technician: Technician) -> Iterator[str]:
    """Yield conflicts with nobody: the desk must not bother a person with their own text.

    Two cases cannot be told from another's edit: what a person set aside, and an edit of an order that a pull
    showed before its own create was confirmed.
    """
    tables = technician.device.store.tables
    elsewhere = f"ours {1 - technician.device.number}."
    for op_id, rows in tables.clashes.items():
        mine = tables.operations[op_id]
        before = [one for one in tables.operations.values() if one.record_id == mine.record_id]
        earlier = [one for one in before if one.position < mine.position]
        after = {op.op_id for op in tables.operations.values() if op.position > mine.position}
        known = tables.records.get((mine.account_id, mine.record_type, mine.record_id))
        twin_id = known.server_id if known and known.server_id != mine.record_id else None
        ahead = [one.written.values() for one in world.server.effects if one.op_id in after or one.record_id == twin_id]
        is_tangled = any(one.position in technician.diary.aside for one in earlier)
        for row in rows:
            is_theirs = row.theirs is None or str(row.theirs).startswith(("theirs", elsewhere))
            if not is_theirs and not is_tangled and not any(row.theirs in values for values in ahead):
                yield f"I8: {op_id} is in conflict over {row.field}={row.theirs!r}, which nobody else wrote"


def false_checks(device: Device) -> int:
    """Count the makings that a person had to look after although the back end shows what it has."""
    if device.connector.profile.creates is not Dedup.READ_BACK:
        return 0
    asked = {one.op_id for one in device.store.tables.operations.values() if one.reason == "found by hand"}
    return len(asked)


def the_numbers_shown_are_the_stores(device: Device) -> Iterator[str]:
    """Compare the sync centre and the order list with a count of the operations themselves."""
    operations = device.store.tables.operations.values()
    counted = Counter(one.state for one in operations)
    unsent = Counter(one.order_id for one in operations if not one.state.is_settled)
    with device.store.read() as view:
        counts = view.outbox_counts("a1")
        listed = Counter(one.operation.state for one in outbox_list(view, "a1"))
        rows = view.order_rows(view.order_keys(OrderFilter()))
    if {state: number for state, number in counts.items() if number} != dict(counted):
        yield f"I12: the store counts {counts}, there are {counted}"
    if listed != Counter({state: number for state, number in counted.items() if not state.is_settled}):
        yield f"I12: {listed} are listed, there are {counted}"
    for row in rows:
        if row.unsent != unsent[row.order_id]:
            yield f"I12: {row.order_id} is shown with {row.unsent} unsent, it has {unsent[row.order_id]}"
