"""Change orders, items, events and hours; each command is one durable save together with its operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from techdesk.application.accounts import Account, Profile
from techdesk.application.changes import Changes, Step
from techdesk.application.editing.billing import Billing
from techdesk.application.editing.drafts import Drafts, FinishingStore
from techdesk.application.editing.following import Following
from techdesk.application.editing.restoring import Restoring
from techdesk.application.editing.rules import check_change, check_event, check_takes_work
from techdesk.application.editing.saving import (
    Saver,
    changed_by,
    check_not_being_billed,
    check_stands_alone,
    document_of,
    one_of_several,
    unsettled,
)
from techdesk.application.editing.timer import Timer
from techdesk.application.editing.undo import Undo
from techdesk.application.lookups import account_of, order_value, record_of
from techdesk.application.merge import seen_below
from techdesk.application.outbox import OpState, OrderRef, Verb
from techdesk.application.ports import (
    Clock,
    OrderStore,
    Urgency,
    WriteTransaction,
)
from techdesk.application.sync.account_warnings import WarningCommands
from techdesk.application.sync.clock_skew import Clocks, right_time
from techdesk.application.sync.duplicates import Duplicates
from techdesk.application.unsent.deciding import OutboxCommands
from techdesk.domain.errors import InvalidInputError, NotAllowedError, NotSupportedError
from techdesk.domain.event_data import event_data, event_from_data
from techdesk.domain.events import Event
from techdesk.domain.hours import HoursEntry, worked_minutes
from techdesk.domain.instants import instant_text
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import (
    Document,
    RecordedEvent,
    RecordType,
    compact,
    from_document,
    overlay,
)
from techdesk.domain.text import checked_text


class Commands:
    """Everything a person can change on orders; works the same with and without a network."""

    def __init__(
        self,
        store: OrderStore,
        clock: Clock,
        new_id: Callable[[], str],
        profile_of: Callable[[str], Profile],
    ) -> None:
        """Keep what the commands need.

        Args:
            store: The local store.
            clock: The clock.
            new_id: Makes a UUIDv7 as text.
            profile_of: Account id → what its back end guarantees.
        """
        self.drafts = Drafts(store)
        self._store = store = FinishingStore(store)
        self._clock = clock
        self._profile_of = profile_of
        self._saver = Saver(clock, new_id)
        self.outbox = OutboxCommands(store, clock, new_id, profile_of)
        self.billing = Billing(store, profile_of, self._saver)
        self.duplicates = Duplicates(store, self.remove)
        self.following = Following(store, profile_of)
        self.warnings = WarningCommands(store)
        self.clocks = Clocks(store, clock)
        self.restoring = Restoring(store, profile_of, self._saver)
        self.timer = Timer(store, clock, self._save_hours)
        self.undo = Undo(store, clock, new_id, self._saver)

    def why_not(self, account_id: str, record_type: RecordType, verb: Verb = Verb.CREATE) -> str:
        """Return why an account's system does not let this be done to records of a type, or empty text if it does."""
        try:
            self._profile_of(account_id).check_supports(record_type, verb)
        except NotSupportedError as error:
            return str(error)
        return ""

    def why_not_set(self, account_id: str, name: str) -> str:
        """Return why a field of an account's orders cannot be set, or empty text if it can."""
        refused = self._profile_of(account_id).refused_fields.get(name, "")
        return self.why_not(account_id, RecordType.ORDER, Verb.UPDATE) or refused

    def takes_acceptance_notes(self, account_id: str) -> bool:
        """Say whether an account's system takes notes with an acceptance."""
        return self._profile_of(account_id).acceptance_notes

    def record_event(self, order: OrderRef, event: Event, occurred_at: datetime | None = None) -> Changes:
        """Record an event on an order.

        Raises:
            NotAllowedError: The order is closed, not accepted or of another kind, or the system takes no events.
            InvalidInputError: A field cannot be taken.
            NotFoundError: The order is not on this computer.
            StoreError: It was not saved.
        """
        self._profile_of(order.account_id).check_supports(RecordType.EVENT)
        with self._store.write(Urgency.PERSON) as tx:
            check_event(order_value(tx, order), event.name)
            now = right_time(tx, order.account_id, self._clock.now())
            recorded = _recorded(account_of(tx, order.account_id), event, occurred_at or event.own_date or now)
            return self._saver.create(tx, order, RecordType.EVENT, document_of(recorded))

    def change_event(self, order: OrderRef, event_id: str, event: Event, seen: Document) -> Changes:
        """Change what a recorded event says; `seen` is its document as the person saw it.

        Raises:
            NotAllowedError: It is another person's and the role does not allow it, the order is closed, or the system
                takes no changes of such records.
            InvalidInputError: A field cannot be taken.
            NotFoundError: The event is not on this computer.
            StoreError: It was not saved.
        """
        intent: Document = {"data": _checked_event_data(event), "notes": event.notes}
        if event.own_date:
            intent["occurred_at"] = instant_text(event.own_date)
        return self._change(order, RecordType.EVENT, event_id, intent, seen)

    def add_item(self, order: OrderRef, item: Item) -> Changes:
        """Put an item on an order.

        Raises:
            NotAllowedError: The order is closed or the system has no items.
            InvalidInputError: It has no name.
            NotFoundError: The order is not on this computer.
            StoreError: It was not saved.
        """
        if not item.name.strip():
            raise InvalidInputError("An item needs a name", field="name")
        return self._add_part(order, RecordType.ITEM, document_of(item), _nothing_more)

    def change_item(self, order: OrderRef, item_id: str, intent: Document, seen: Document) -> Changes:
        """Change fields of an item; raises as `change_event`."""
        return self._change(order, RecordType.ITEM, item_id, intent, seen)

    def add_hours(self, order: OrderRef, entry: HoursEntry) -> Changes:
        """Put an hours entry on an order; the minutes follow from its start and end.

        Raises:
            NotAllowedError: The order is closed or the system has no hours.
            InvalidInputError: The end is before the start.
            NotFoundError: The order is not on this computer.
            StoreError: It was not saved.
        """
        return self._save_hours(order, entry, _nothing_more)

    def change_hours(self, order: OrderRef, hours_id: str, intent: Document, seen: Document) -> Changes:
        """Change fields of an hours entry; raises as `change_event`, or InvalidInputError for an early end."""
        entry = from_document(HoursEntry, overlay(seen, intent))
        if {"started_at", "ended_at"} & intent.keys() and entry.started_at and entry.ended_at:
            intent = {**intent, "minutes": worked_minutes(entry.started_at, entry.ended_at)}
        return self._change(order, RecordType.HOURS, hours_id, intent, seen)

    def create_order(self, account_id: str, order: Order) -> Changes:
        """Make a new order; its id is in the answer's `orders`.

        Raises:
            InvalidInputError: It has no title or no service type.
            NotSupportedError: The system cannot make orders.
            StoreError: It was not saved.
        """
        self._profile_of(account_id).check_supports(RecordType.ORDER)
        if not order.title.strip():
            raise InvalidInputError("An order needs a title", "Say in a few words what is wrong", field="title")
        if not order.service_type_uid:
            raise InvalidInputError("Choose a service type", field="service_type_uid")
        with self._store.write(Urgency.PERSON) as tx:
            named = replace(order, created_by=account_of(tx, account_id).user_name)
            return self._saver.create(tx, OrderRef(account_id, ""), RecordType.ORDER, document_of(named))

    def change_order(self, order: OrderRef, intent: Document, seen: Document) -> Changes:
        """Change fields of an order; raises as `change_event`."""
        return self._change(order, RecordType.ORDER, order.order_id, intent, seen)

    def change_orders(self, orders: Sequence[OrderRef], intent: Document) -> Changes:
        """Change the same fields of several orders, all or none.

        Raises:
            NotAllowedError: One of them may not be changed so, or its system takes no changes; none is.
            StoreError: Nothing was saved.
        """
        changes = Changes()
        for account_id in {order.account_id for order in orders}:
            self._profile_of(account_id).check_supports(RecordType.ORDER, Verb.UPDATE)
        with self._store.write(Urgency.PERSON) as tx:
            for order in orders:
                record = record_of(tx, order, RecordType.ORDER, order.order_id)
                try:
                    changes |= self._saver.change(tx, record, intent, record.view)
                except NotAllowedError as error:
                    if len(orders) == 1:
                        raise
                    raise one_of_several(record, error) from error
        return changes

    def accept(self, order: OrderRef, accepted: bool, reason: str = "", notes: str = "") -> Changes:
        """Accept or decline an order; notes go along where the system takes them (`Profile.acceptance_notes`).

        Raises:
            NotSupportedError: The system knows no acceptance.
            NotFoundError: The order is not on this computer.
            StoreError: It was not saved.
        """
        self._profile_of(order.account_id).check_supports(RecordType.ORDER, Verb.ACCEPT)
        with self._store.write(Urgency.PERSON) as tx:
            record = record_of(tx, order, RecordType.ORDER, order.order_id)
            intent: Document = {"accepted": accepted, "reason": checked_text(reason)}
            if notes:
                intent["notes"] = checked_text(notes)
            if accepted:
                intent["accepted_at"] = instant_text(self._clock.now())
            shown = {name: value for name, value in intent.items() if name != "notes"}
            tx.save_record(replace(record, view=overlay(record.view, shown)))
            return self._saver.add_operation(tx, record, Verb.ACCEPT, intent, {})

    def remove(self, order: OrderRef, record_type: RecordType, record_id: str) -> Changes:
        """Remove an item, event, hours entry or order; one that never left this computer is simply withdrawn.

        Raises:
            NotAllowedError: It is another person's and the role does not allow it, the order is closed, the system
                removes no such records, or it is an order made here on which other unsent work stands.
            NotFoundError: It is not on this computer.
            StoreError: It was not saved.
        """
        self._profile_of(order.account_id).check_supports(record_type, Verb.DELETE)
        with self._store.write(Urgency.PERSON) as tx:
            record = record_of(tx, order, record_type, record_id)
            check_change(account_of(tx, order.account_id), order_value(tx, order), record)
            check_not_being_billed(tx, record)
            pending = unsettled(tx, record)
            if record.server_id is None:
                check_stands_alone(tx, order.account_id, record_id)
            withdrawn = tuple(Step(one.op_id, one) for one in pending if one.is_untouched)
            for operation in (one for one in pending if one.is_untouched):
                tx.save_operation(replace(operation, state=OpState.CANCELLED, done_at=self._clock.now()))
            if pending and all(one.is_untouched for one in pending) and record.server_id is None:
                tx.remove_record(record.account_id, record_type, record_id)
                return replace(changed_by(record), steps=withdrawn)
            tx.save_record(replace(record, deleted=True))
            seen = seen_below(record.base, pending)
            return Changes(steps=withdrawn) | self._saver.add_operation(tx, record, Verb.DELETE, {}, seen)

    def _save_hours(self, order: OrderRef, entry: HoursEntry, also: Callable[[WriteTransaction], None]) -> Changes:
        if entry.started_at and entry.ended_at:
            entry = replace(entry, minutes=worked_minutes(entry.started_at, entry.ended_at))
        return self._add_part(order, RecordType.HOURS, document_of(entry), also)

    def _add_part(
        self,
        order: OrderRef,
        record_type: RecordType,
        document: Document,
        also: Callable[[WriteTransaction], None],
    ) -> Changes:
        self._profile_of(order.account_id).check_supports(record_type)
        with self._store.write(Urgency.PERSON) as tx:
            check_takes_work(order_value(tx, order))
            also(tx)
            account = account_of(tx, order.account_id)
            who = {"tenant_user_uid": account.user_uid, "tenant_user_display_name": account.user_name}
            return self._saver.create(tx, order, record_type, compact({**who, **document}))

    def _change(
        self, order: OrderRef, record_type: RecordType, record_id: str, intent: Document, seen: Document
    ) -> Changes:
        self._profile_of(order.account_id).check_supports(record_type, Verb.UPDATE)
        with self._store.write(Urgency.PERSON) as tx:
            return self._saver.change(tx, record_of(tx, order, record_type, record_id), intent, seen)


def _nothing_more(_: WriteTransaction) -> None:
    """Add no step to the transaction."""


def _recorded(account: Account, event: Event, occurred_at: datetime) -> RecordedEvent:
    return RecordedEvent(
        event_type=event.name,
        data=_checked_event_data(event),
        notes=checked_text(event.notes),
        occurred_at=occurred_at,
        tenant_user_uid=account.user_uid or None,
        tenant_user_display_name=account.user_name,
        created_by=account.user_name,
    )


def _checked_event_data(event: Event) -> Document:
    data = event_data(event)
    event_from_data(event.name, data, event.notes)
    return data
