"""People of the simulation: the technician at our desk, who keeps a diary, and somebody else at the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random

from techdesk.application.changes import Changes
from techdesk.application.commands import Commands
from techdesk.application.outbox import Operation, OpState, OrderRef, Verb
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.domain.errors import StoreError, TechDeskError
from techdesk.domain.events import OtherEvent, ProductDiagnosed
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.sim.device import Device
from tests.sim.server import Backup
from tests.sim.world import World

ORDER_FIELDS = ("title", "description", "location_label")
HOPELESS = 0.02
"""How often a text holds half a character, which no file and no server can take."""


class Deed(Enum):
    """What a technician can do."""

    CREATE = "create"
    CHANGE = "change"
    EVENT = "event"
    ITEM = "item"
    HOURS = "hours"
    ACCEPT = "accept"
    FOLLOW_UP = "follow up"
    WITHDRAW = "withdraw"


@dataclass
class Diary:
    """What the technician did, kept outside of the desk.

    Attributes:
        saved: Operation → what it was to set.
        seen: Operation → what the technician saw (or chose against) in those fields.
        aside: Places in a lane that a person had to look at: their order is the person's.
        lanes: Operation → the order it was made on.
    """

    saved: dict[str, Document] = field(default_factory=dict)
    seen: dict[str, Document] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)
    lanes: dict[str, str] = field(default_factory=dict)

    def was_moved(self, operation: Operation) -> bool:
        """Say whether an operation was made on an order that turned out to be another one's twin."""
        return self.lanes.get(operation.op_id, operation.order_id) != operation.order_id


class Technician:
    """Work at a desk at random, and decide where the desk asks."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._world = device.world
        self._random: Random = device.world.random
        self.commands = Commands(device.store, device, device.world.new_id, lambda _: device.connector.profile)
        self._number = 0
        self.diary = Diary()

    def do_something(self, deed: Deed, number: int) -> None:
        """Do a certain thing to one of the orders, if there is one."""
        orders = self._records(RecordType.ORDER)
        if deed is Deed.CREATE:
            self._do(self._create, {})
        elif deed is Deed.WITHDRAW:
            self._withdraw()
        elif orders:
            order = orders[number % len(orders)]
            deeds = {
                Deed.CHANGE: self._order,
                Deed.EVENT: self._event,
                Deed.ITEM: self._item,
                Deed.HOURS: self._hours,
                Deed.ACCEPT: self._accept,
                Deed.FOLLOW_UP: self._follow_up,
            }
            deeds[deed](OrderRef("a1", order.record_id), order)

    def work(self) -> None:
        """Do one thing, if there is an order to do it to."""
        orders = self._records(RecordType.ORDER)
        if not orders or self._random.random() < 0.07:
            self._do(self._create, {})
            return
        if self._random.random() < 0.06:
            self._withdraw()
            return
        order = self._random.choice(orders)
        own = [one for one in orders if one.record_id.startswith("tmp_")]
        if own and self._random.random() < 0.4:
            order = own[-1]
        ref = OrderRef("a1", order.record_id)
        self._random.choice(
            (
                self._order,
                self._order,
                self._event,
                self._event,
                self._item,
                self._item,
                self._hours,
                self._accept,
                self._follow_up,
            )
        )(ref, order)

    def decide(self, *, at_last: bool = False, gives_up: bool = False, only: OpState | None = None) -> None:
        """Decide about operations that ask for it: half of them, or at last all; who gives up tries nothing again."""
        for operation in sorted(self._operations.values(), key=lambda one: one.seq):
            if only not in (None, operation.state):
                continue
            if operation.state.needs_person and (at_last or self._random.random() < 0.5):
                self._decide(operation, 1.0 if gives_up else self._random.random())

    @property
    def _operations(self) -> dict[str, Operation]:
        return self.device.store.tables.operations

    def _create(self) -> Changes:
        order = Order(title=self._text(), service_type_uid="t-depot", service_kind=ServiceKind.DEPOT)
        return self.commands.create_order("a1", order)

    def _withdraw(self) -> None:
        """Take something back that was not sent yet."""
        waiting = [one for one in self._operations.values() if one.is_untouched]
        if waiting:
            operation = self._random.choice(waiting)
            self._do(lambda: self.commands.outbox.discard(operation.op_id), self.seen(operation))

    def _order(self, ref: OrderRef, order: StoredRecord) -> None:
        names = self._random.sample(ORDER_FIELDS, self._random.choice((1, 1, 2)))
        intent = {name: self._text() for name in names}
        seen = {name: order.view.get(name) for name in names}
        self._do(lambda: self.commands.change_order(ref, intent, order.view), seen)

    def _event(self, ref: OrderRef, _: StoredRecord) -> None:
        text = self._text()
        event = self._random.choice((ProductDiagnosed(diagnostic_explanation=text), OtherEvent(event=text.strip())))
        self._do(lambda: self.commands.record_event(ref, event), {})

    def _follow_up(self, ref: OrderRef, _: StoredRecord) -> None:
        """Record something that is to go out only after another order was made; nothing in the desk does that yet."""
        made = [one for one in self._operations.values() if _makes_another_order(one, ref)]
        if not made:
            return
        needed = self._random.choice(made).op_id

        before = set(self._operations)
        self._do(lambda: self.commands.record_event(ref, OtherEvent(event=self._text().strip())), {})
        with suppress(StoreError), self.device.store.write(Urgency.PERSON) as tx:
            for operation in [one for one in tx.operations(states=[OpState.QUEUED]) if one.op_id not in before]:
                tx.save_operation(replace(operation, needs=(needed,)))

    def _item(self, ref: OrderRef, _: StoredRecord) -> None:
        items = [one for one in self._records(RecordType.ITEM) if one.order_id == ref.order_id]
        if not items or self._random.random() < 0.4:
            self._do(lambda: self.commands.add_item(ref, Item(name=self._text())), {})
            return
        item = self._random.choice((*items, max(items, key=lambda one: one.change_no)))
        if self._random.random() < 0.3:
            self._do(lambda: self.commands.remove(ref, RecordType.ITEM, item.record_id), dict(item.view))
            return
        intent = {"note": self._text()}
        seen = {"note": item.view.get("note")}
        self._do(lambda: self.commands.change_item(ref, item.record_id, intent, item.view), seen)

    def _hours(self, ref: OrderRef, _: StoredRecord) -> None:
        self._do(lambda: self.commands.add_hours(ref, HoursEntry(note=self._text(), minutes=5)), {})

    def _accept(self, ref: OrderRef, order: StoredRecord) -> None:
        self._do(lambda: self.commands.accept(ref, True), {})

    def _decide(self, operation: Operation, chance: float) -> None:
        """Decide about one operation; about one that may have arrived after reading the server's own log."""
        outbox = self.commands.outbox
        op_id = operation.op_id
        seen = self.seen(operation)
        if operation.state is OpState.NEEDS_CHECK:
            arrived = any(one.op_id == op_id for one in self._world.server.effects)
            self._do((lambda: outbox.it_arrived(op_id)) if arrived else (lambda: outbox.send_again(op_id)), seen)
        elif operation.state is OpState.CONFLICT:
            rows = self.device.store.tables.clashes[op_id]
            choices = {one.field: self._random.choice(("mine", "theirs")) for one in rows}
            chosen = {one.field: one.theirs for one in rows}
            self._do(lambda: outbox.settle_clashes(op_id, choices), {**seen, **chosen})
        elif operation.verb is Verb.CREATE and chance < 0.5:
            self._do(lambda: outbox.edit(op_id, {"note": self._text()}), seen)
        else:
            self._do((lambda: outbox.retry(op_id)) if chance < 0.3 else (lambda: outbox.discard(op_id)), seen)

    def seen(self, operation: Operation | None) -> Document:
        """Return what the technician saw when making an operation, or the one it stands in for."""
        made = [operation, *self.replaced_by(operation)] if operation else []
        return next((self.diary.seen[one.op_id] for one in made if one.op_id in self.diary.seen), {})

    def replaced_by(self, operation: Operation) -> Iterator[Operation]:
        """Yield the operations in whose place one stands, the latest first."""
        before = self._operations.get(operation.replaces or "")
        while before is not None:
            yield before
            before = self._operations.get(before.replaces or "")

    def _do(self, command: Callable[[], Changes], seen: Document) -> None:
        """Run a command; it may be refused, and the process may die in it: then only what was stored counts."""
        before = self._operations
        try:
            changes = command()
            self.device.desk.hurry(changes.orders)
        except StoreError:
            if self._operations != before:
                self._world.broken.append("I3: what was said not to be saved is saved")
            return
        except TechDeskError:
            return
        finally:
            self._write_down(before, seen)
        self.device.desk.advance()

    def _write_down(self, before: dict[str, Operation], seen: Document) -> None:
        for op_id, operation in self._operations.items():
            was = before.get(op_id)
            if was is None or was.intent != operation.intent:
                known = dict(self.seen(was)) if was else {}
                self.diary.saved[op_id] = operation.intent
                self.diary.lanes.setdefault(op_id, operation.order_id)
                self.diary.seen[op_id] = known
                for name, value in seen.items():
                    known.setdefault(name, value)

    def _records(self, record_type: RecordType) -> list[StoredRecord]:
        records = self.device.store.tables.records.values()
        shown = [one for one in records if one.record_type is record_type and not one.deleted]
        return sorted(shown, key=lambda one: one.record_id)

    def _text(self) -> str:
        self._number += 1
        ending = "\ud800" if self._random.random() < HOPELESS else self._random.choice(("", "", " "))
        return f"ours {self.device.number}.{self._number}{ending}"


def _makes_another_order(operation: Operation, ref: OrderRef) -> bool:
    is_made = operation.record_type is RecordType.ORDER and operation.verb is Verb.CREATE
    return is_made and operation.order_id != ref.order_id and not operation.state.is_settled


class SomebodyElse:
    """Edit, close, reopen and remove at the server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random
        self._number = 0
        self._backup: Backup | None = None

    def work(self) -> None:
        server = self._world.server
        orders = [name for name, one in server.things.items() if one.record_type is RecordType.ORDER]
        items = [name for name, one in server.things.items() if one.record_type is RecordType.ITEM]
        chance = self._random.random()
        if self._random.random() < 0.4:
            orders, items = orders[-1:], items[-1:]
        if chance < 0.1 or not orders:
            server.put_order(f"other-{self._number}", title=self._text(), service_kind="repair_depot")
        elif chance < 0.6:
            server.edit(self._random.choice(orders), **{self._random.choice(ORDER_FIELDS): self._text()})
        elif chance < 0.75 and items:
            server.edit(self._random.choice(items), note=self._text())
        elif chance < 0.82 and items:
            server.remove(self._random.choice(items))
        elif chance < 0.95:
            self._close_or_reopen(self._random.choice(orders))
        elif chance < 0.98:
            server.remove(self._random.choice(orders))

    def back_up(self) -> None:
        """Keep what the server holds now."""
        self._backup = self._world.server.backup()

    def restore(self) -> None:
        """Put the backup in the place of everything, as an admin does after a disaster."""
        if self._backup is not None:
            self._world.server.restore(self._backup)

    def _close_or_reopen(self, order_id: str) -> None:
        closed = self._world.server.closed
        if order_id in closed:
            closed.remove(order_id)
        else:
            closed.add(order_id)
        self._world.server.edit(order_id, service_state="CLOSED" if order_id in closed else "IN_PROGRESS")

    def _text(self) -> str:
        self._number += 1
        return f"theirs {self._number}"
