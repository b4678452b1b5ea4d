"""Say what must hold at every moment of a schedule (`docs/sync.md` §8), checked after each step.

Each check yields what is wrong, in words. Effects are read from the server's own log, never from what a desk believes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from techdesk.application.merge import SERVER_KEPT
from techdesk.application.outbox import Operation, OpState, Verb
from techdesk.domain.records import FOLLOWS, Document
from tests.sim.network import Network
from tests.sim.people import Technician
from tests.sim.server import tidy
from tests.sim.weather import LATE_COMMIT_S, SLOWEST_ANSWER_S
from tests.sim.world import World
from tests.support.fake_server import Effect
from tests.support.memory_store import Tables


class Watch:
    """Look at what a step committed and at what took effect in it."""

    def __init__(self, world: World, technicians: Iterable[Technician]) -> None:
        self._world = world
        self._desks = [DeskWatch(world, one) for one in technicians]
        self._looked_at = 0
        self._effects: list[Effect] = world.server.effects
        self._counted: set[str] = set()
        self._taken_away: set[str] = set()
        self._last: dict[tuple[int, str], Operation] = {}

    def __call__(self) -> None:
        """Note every promise that the last step broke."""
        for desk in self._desks:
            desk.look()
        server = self._world.server
        if server.effects is not self._effects:
            self._begin_anew()
        for effect in server.effects[self._looked_at :]:
            self._world.broken += self._promises(effect)
        self._looked_at = len(server.effects)

    def _begin_anew(self) -> None:
        """Follow an admin who put an old backup in the place of everything."""
        self._effects = self._world.server.effects
        self._looked_at = len(self._effects)
        kept = {one.op_id for one in self._effects}
        self._taken_away |= self._counted - kept
        self._counted = kept
        self._last.clear()

    def _promises(self, effect: Effect) -> Iterator[str]:
        if effect.op_id in self._counted and counts_once(self._world, effect):
            yield f"I1: {effect.op_id} took effect again"
        self._counted.add(effect.op_id)
        for desk in self._desks:
            operation = desk.technician.device.store.tables.operations.get(effect.op_id)
            if operation is not None:
                yield from self._in_order(desk, operation)
                yield from self._after_what_it_needs(desk, operation)
                yield from desk.overwritten_unseen(effect, operation)

    def _in_order(self, desk: DeskWatch, operation: Operation) -> Iterator[str]:
        """Compare with the lane's last effect.

        What took effect in its order once, and was taken away by a backup that was put back, may do so again in another
        one: late copies of requests that left before then, which no desk can call back.
        """
        diary = desk.technician.diary
        if operation.position in diary.aside or diary.was_moved(operation) or operation.op_id in self._taken_away:
            return
        lane = (desk.technician.device.number, operation.order_id)
        last = self._last.get(lane)
        if last is not None and last.position > operation.position and last.position not in diary.aside:
            yield f"I4: {last.op_id} took effect before {operation.op_id}"
        self._last[lane] = operation

    def _after_what_it_needs(self, desk: DeskWatch, operation: Operation) -> Iterator[str]:
        """Compare with the makings of other orders that an operation names; one that was tried anew has another id."""
        operations = desk.technician.device.store.tables.operations
        lineage = {one.op_id: one.replaces for one in operations.values()}
        for need in operation.needs:
            is_made = any(_is_or_replaces(op_id, (need,), lineage) for op_id in self._counted)
            if not is_made and not self._world.server.restored:
                yield f"I4: {operation.op_id} took effect before {need}, which it needs"


class DeskWatch:
    """Look at what one desk committed."""

    def __init__(self, world: World, technician: Technician) -> None:
        self._world = world
        self.technician = technician
        self._seen: Tables | None = None
        self._operations: dict[str, Operation] = {}
        self._sent_over: defaultdict[str, list[tuple[float, Document]]] = defaultdict(list)

    def look(self) -> None:
        """Note every promise that a commit since the last look broke."""
        tables = self.technician.device.store.tables
        if tables is self._seen:
            return
        self._seen = tables
        self._note_what_is_set_aside()
        for op_id in self._operations.keys() - tables.operations.keys():
            self._world.broken.append(f"I3: {op_id} is lost")
        for op_id, operation in tables.operations.items():
            if self._operations.get(op_id) is not operation:
                self._world.broken += self._kept(operation)
                self._note_what_it_is_sent_over(operation, tables)
        self._operations = tables.operations

    def _kept(self, operation: Operation) -> Iterator[str]:
        """Compare an operation with what was typed, and its frozen bytes with both."""
        saved = self.technician.diary.saved.get(operation.op_id)
        if saved is None:
            earlier = self._operations.get(operation.replaces or "")
            saved = earlier.intent if earlier else None
        if saved is None:
            yield f"I3: nobody made {operation.op_id}"
        elif saved != operation.intent:
            yield f"I3: {operation.op_id} no longer says what was typed"
        before = self._operations.get(operation.op_id)
        if before and before.request and before.request != operation.request:
            yield f"I9: the frozen bytes of {operation.op_id} changed"
        if not _can_be_kept(operation.intent):
            yield f"I10: {operation.op_id} holds what no file can take"
        if operation.request and operation.verb is not Verb.DELETE and self._world.reads_bodies:
            sent = {name: value for name, value in operation.intent.items() if name not in FOLLOWS}
            if json.loads(operation.request.body) != sent:
                yield f"I10: {operation.op_id} is {operation.state}, and what goes out is not what was typed"

    def overwritten_unseen(self, effect: Effect, operation: Operation) -> Iterator[str]:
        """Compare what was replaced with what the person saw, or chose against.

        Without revisions only what the desk could know counts: where the back end can be read, what was there when the
        request left, else what the last pull had brought.
        """
        operations = self.technician.device.store.tables.operations.values()
        seen = self.technician.seen(operation)
        others = [one for one in operations if one.record_id == effect.record_id]
        if effect.verb is not Verb.DELETE:
            # whoever takes their own text back saw what was there before it
            others = [one for one in others if one.reason == "discarded" and one.position < operation.position]
        earlier = [self.technician.seen(one) for one in others]
        # and whoever went on with their own text, of which an earlier attempt may have arrived, saw that
        earlier += [one.intent for one in self.technician.replaced_by(operation)]
        for name in _replaced(effect, seen):
            was, wrote, *saw = (
                tidy(one.get(name)) or None for one in (effect.replaced, effect.written, seen, *earlier)
            )
            if was not in (wrote, *saw) and self._could_know(operation, name, was):
                yield f"I5: {effect.op_id} replaced {name}={was!r}, the person saw {saw[0]!r}"

    def _note_what_it_is_sent_over(self, operation: Operation, tables: Tables) -> None:
        record = tables.records.get((operation.account_id, operation.record_type, operation.record_id))
        if operation.state is OpState.INFLIGHT:
            self._sent_over[operation.op_id].append((self._world.time, (record.base if record else None) or {}))

    def _could_know(self, operation: Operation, name: str, was: Any) -> bool:
        if self._world.profile.has_etags:
            return True
        may_still_arrive = self._world.time - LATE_COMMIT_S - SLOWEST_ANSWER_S
        was_shown = self._looked_at() if self._world.profile.reads_back else self._sent_over
        sent_over = [shown for at, shown in was_shown[operation.op_id] if at >= may_still_arrive]
        return all(tidy(shown.get(name)) == was for shown in sent_over)

    def _looked_at(self) -> Mapping[str, list[tuple[float, Document]]]:
        connector = self.technician.device.connector
        assert isinstance(connector, Network)
        return connector.sent_over

    def _note_what_is_set_aside(self) -> None:
        """Remember the places in lanes where a person had to decide, and what waits for that: the order is theirs."""
        operations = self.technician.device.store.tables.operations.values()
        held = waiting(operations)
        self.technician.diary.aside.update(one.position for one in operations if one.op_id in held)


def counts_once(world: World, effect: Effect) -> bool:
    """Say whether an effect must not come twice: where there are no revisions, setting the same again is allowed.

    What it replaces then is watched as anything that is replaced.
    """
    return world.profile.has_etags or effect.verb is not Verb.UPDATE


def waiting(operations: Collection[Operation]) -> set[str]:
    """Return the unsettled operations that wait for a person: they, what stands on them, and what needs those."""
    stopped = [one for one in operations if one.state.needs_person]
    if not stopped:
        return set()
    lineage = {one.op_id: one.replaces for one in operations}
    held: set[str] = set()
    full: dict[str, int] = {}
    for one in sorted(operations, key=lambda one: one.position):
        if one.state.is_settled:
            continue
        needs = any(_is_or_replaces(other.op_id, one.needs, lineage) for other in stopped)
        if needs or one.position > full.get(one.order_id, one.position) or any(_waits(one, other) for other in stopped):
            held.add(one.op_id)
            if needs:
                full.setdefault(one.order_id, one.position)
    return held


def _waits(operation: Operation, stopped: Operation) -> bool:
    """Say whether an operation may wait for a decision about another one of its lane; it does for one about itself."""
    if operation.order_id != stopped.order_id or operation.position < stopped.position:
        return False
    makes_order = stopped.verb is Verb.CREATE and stopped.record_id == operation.order_id
    return operation.record_id == stopped.record_id or makes_order


def _is_or_replaces(op_id: str | None, needs: Collection[str], lineage: Mapping[str, str | None]) -> bool:
    while op_id is not None:
        if op_id in needs:
            return True
        op_id = lineage.get(op_id)
    return False


def _replaced(effect: Effect, seen: Mapping[str, Any]) -> set[str]:
    if effect.verb is Verb.UPDATE:
        return set(effect.written)
    if effect.verb is Verb.DELETE:
        return (effect.replaced.keys() | seen.keys()) - SERVER_KEPT
    return set()


def _can_be_kept(document: Document) -> bool:
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True
