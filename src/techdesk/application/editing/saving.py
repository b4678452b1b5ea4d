"""Save a change and its operation together: the only way anything a person did enters the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from techdesk.application.changes import Changes, Step
from techdesk.application.editing.coalesce import fold, foldable
from techdesk.application.editing.rules import check_change, check_order_change
from techdesk.application.ids import local_id
from techdesk.application.lookups import account_of, order_value
from techdesk.application.merge import laid_over
from techdesk.application.outbox import UNSETTLED, Operation, OpState, OrderRef, Verb
from techdesk.application.ports import Clock, ReadTransaction, StoredRecord, WriteTransaction
from techdesk.domain.documents import SET_ASIDE, same
from techdesk.domain.errors import NotAllowedError
from techdesk.domain.instants import instant_text
from techdesk.domain.records import Document, RecordType, compact, overlay, to_document
from techdesk.domain.text import checked_text

_GONE = (404, 410)
_LOCAL_FIELDS = frozenset({"order_id", "account_id", "items", "item_id", "hours_id", "event_id"})


class Saver:
    """Write records and operations inside a transaction that somebody else opened."""

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        """Keep the clock and what makes a UUIDv7 as text."""
        self._clock = clock
        self._new_id = new_id

    def create(self, tx: WriteTransaction, order: OrderRef, record_type: RecordType, document: Document) -> Changes:
        """Store a record that was made here, under an id of ours that never goes out.

        Raises:
            StoreError: It was not saved.
        """
        record_id = local_id(self._new_id())
        record = StoredRecord(
            account_id=order.account_id,
            record_type=record_type,
            record_id=record_id,
            order_id=order.order_id or record_id,
            view=compact({**document, "created_at": instant_text(self._clock.now())}),
        )
        tx.save_record(record)
        return self.add_operation(tx, record, Verb.CREATE, record.view, {})

    def change(self, tx: WriteTransaction, record: StoredRecord, intent: Document, seen: Mapping[str, Any]) -> Changes:
        """Store what differs between `intent` and what the person saw; fold it into an operation never attempted.

        Raises:
            NotAllowedError: The order, the role or a bill forbids it.
            InvalidTextError: A text cannot be stored.
            StoreError: It was not saved.
        """
        account = account_of(tx, record.account_id)
        order = order_value(tx, OrderRef(record.account_id, record.order_id))
        check_change(account, order, record)
        check_not_being_billed(tx, record)
        if record.record_type is RecordType.ORDER:
            check_order_change(account, order, intent)
        changed = {name: checked(value) for name, value in intent.items() if not same(value, seen.get(name))}
        if not changed:
            return Changes()
        _check_can_be_read(record, changed)
        base = {name: seen[name] for name in changed if name in seen}
        tx.save_record(replace(record, view=overlay(record.view, changed)))
        folding = foldable(unsettled(tx, record))
        if folding is None:
            return self.add_operation(tx, record, Verb.UPDATE, changed, base)
        folded = fold(folding, changed, base)
        tx.save_operation(folded or replace(folding, state=OpState.CANCELLED, done_at=self._clock.now()))
        return replace(changed_by(record), op_ids=(folding.op_id,), steps=(Step(folding.op_id, folding),))

    def add_operation(
        self, tx: WriteTransaction, record: StoredRecord, verb: Verb, intent: Document, base: Document
    ) -> Changes:
        """Append an operation on a record; `base` holds the values the person saw.

        Raises:
            StoreError: It was not saved.
        """
        operation = tx.add_operation(
            Operation(
                op_id=self._new_id(),
                account_id=record.account_id,
                order_id=record.order_id,
                record_type=record.record_type,
                record_id=record.record_id,
                verb=verb,
                intent=intent,
                base=base,
                created_at=self._clock.now(),
                created_by=account_of(tx, record.account_id).user_name,
            )
        )
        return replace(changed_by(record), op_ids=(operation.op_id,), steps=(Step(operation.op_id),))


def changed_by(record: StoredRecord) -> Changes:
    """Return what a change of this record means for the views."""
    return Changes(orders=frozenset({record.order_id}), list_changed=True, outbox=True)


def show_again(tx: WriteTransaction, operation: Operation) -> None:
    """Show an operation's record as the server has it, with what is still unsettled laid over it.

    Raises:
        StoreError: It was not saved.
    """
    record = tx.record(operation.account_id, operation.record_type, operation.record_id)
    if record is None:
        return
    pending = unsettled(tx, record)
    if not pending and operation.record_type is not RecordType.ORDER and operation.http_status in _GONE:
        # no page brings the end of a part: the order's own page came while this work still held it
        tx.remove_record(record.account_id, record.record_type, record.record_id)
        return
    tx.save_record(laid_over(record, pending))


def document_of(value: Any) -> Document:
    """Return the document of a value without the ids that mean something on this computer only."""
    kept = {one.name for one in fields(value)} - _LOCAL_FIELDS
    return {name: checked(one) for name, one in to_document(value).items() if name in kept}


def checked(value: Any) -> Any:
    """Return a document value whose texts every system can store.

    Raises:
        InvalidTextError: One of them cannot.
    """
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, Mapping):
        return {checked_text(str(name)): checked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [checked(one) for one in value]
    return value


def is_being_billed(view: ReadTransaction, order: OrderRef) -> bool:
    """Say whether a sales order for this order is not settled yet.

    Raises:
        StoreError: The store could not be read.
    """
    pending = view.operations(account_id=order.account_id, order_id=order.order_id, states=UNSETTLED)
    return any(one.record_type is RecordType.SALES_ORDER for one in pending)


def _check_can_be_read(record: StoredRecord, changed: Mapping[str, Any]) -> None:
    """Return if no field is changed that the server keeps in a form we do not know.

    Raises:
        NotAllowedError: One is; it would be overwritten unseen.
    """
    odd = sorted((record.base or {}).get(SET_ASIDE, {}).keys() & changed.keys())
    if odd:
        names = ", ".join(one.replace("_", " ") for one in odd)
        hint = "Ask whether there is a newer TechDesk; nothing was changed"
        raise NotAllowedError(f"The server keeps this in a form that this version does not know: {names}", hint)


def check_not_being_billed(view: ReadTransaction, record: StoredRecord) -> None:
    """Return if a record is on no bill that is under way.

    Raises:
        NotAllowedError: It may be: items and hours go onto a bill as they are when that is made.
    """
    billed = (RecordType.ITEM, RecordType.HOURS)
    if record.record_type in billed and is_being_billed(view, OrderRef(record.account_id, record.order_id)):
        raise NotAllowedError("This is being billed", "Wait until the sales order is confirmed, or discard it")


def check_stands_alone(tx: ReadTransaction, account_id: str, record_id: str) -> None:
    """Return if withdrawing a record that was made here leaves no other unsent work without what it stands on.

    Raises:
        NotAllowedError: It would: the record is an order, and other work on it is unsent.
    """
    on_it = tx.operations(account_id=account_id, order_id=record_id)
    if any(not one.state.is_settled and one.record_id != record_id for one in on_it):
        raise NotAllowedError("Other unsent work stands on this order", "Discard that first; nothing was discarded")


def unsettled(tx: ReadTransaction, record: StoredRecord) -> list[Operation]:
    """Return the operations of a record that are not settled, by position."""
    return tx.operations(account_id=record.account_id, record_id=record.record_id, states=UNSETTLED)


def one_of_several(record: StoredRecord, error: NotAllowedError) -> NotAllowedError:
    """Name the order that kept several from being changed: which one it is cannot be seen from a selection."""
    name = record.view.get("service_number") or record.view.get("title") or "An order without a number"
    return NotAllowedError(f"{name}: {error.title}", "None of the orders was changed. Select the others without it")
