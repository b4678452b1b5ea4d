"""Tell which confirmed operations a server that went back to an older state no longer has, and put them to a person.

Nothing is judged by times: what counts is what the server has now, what it was last known to have, and what was set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from techdesk.application.exchange import PulledOrder, PulledPart
from techdesk.application.merge import SERVER_KEPT, rebase
from techdesk.application.outbox import ROLLED_BACK, UNSETTLED, Operation, OpState, Verb
from techdesk.application.ports import ReadTransaction, StoredRecord, WriteTransaction
from techdesk.application.sync.acks import is_older
from techdesk.application.typed_values import agree
from techdesk.domain.documents import FOLLOWS, Document, RecordType

VERIFIED_FOR = timedelta(days=30)
TAKEN_BACK = "The server went back to an older state and no longer has this"
OUT_OF_SIGHT = "The server went back to an older state before it answered. Look there, then say whether it arrived"

Found = PulledPart | PulledOrder


def orders_to_verify(view: ReadTransaction, account_id: str, now: datetime) -> list[str]:
    """Return our ids of the orders with work that was confirmed in the last 30 days.

    Raises:
        StoreError: The store could not be read.
    """
    done = view.operations(account_id=account_id, states=[OpState.DONE])
    return list(dict.fromkeys(one.order_id for one in done if _is_recent(one, now)))


def order_to_fetch(view: ReadTransaction, account_id: str, order_id: str) -> PulledOrder | None:
    """Return what an order is asked for by; None where the server never had it, or its id there is no longer known.

    Raises:
        StoreError: The store could not be read.
    """
    order = view.record(account_id, RecordType.ORDER, order_id)
    if order is not None:
        return PulledOrder(server_id=order.server_id, document=order.base or {}) if order.server_id else None
    removals = view.operations(account_id=account_id, record_id=order_id, states=[OpState.DONE])
    removed = next((one for one in removals if one.verb is Verb.DELETE), None)
    if removed is None or order_id.startswith("tmp_"):
        return None
    return PulledOrder(server_id=order_id, document=removed.base)


def put_to_person(
    tx: WriteTransaction, account_id: str, order_id: str, there: PulledOrder | None, now: datetime
) -> int:
    """Move what an order no longer has back to where a person decides; return how many operations that is.

    Args:
        tx: The transaction.
        account_id: The account.
        order_id: Our id of the order.
        there: The order as the server has it now; None if it is gone.
        now: The present instant.

    Raises:
        StoreError: Nothing was stored.
    """
    done = tx.operations(account_id=account_id, order_id=order_id, states=[OpState.DONE])
    lost = _lost(tx, [one for one in done if _is_recent(one, now)], there, is_sure=True)
    for operation in lost:
        moved = replace(operation, state=OpState.NEEDS_CHECK, done_at=None, not_before=None, reason=TAKEN_BACK)
        tx.save_operation(moved)
        tx.add_attempt(operation.op_id, now, ROLLED_BACK, None)
    for operation in lost:
        _show_again(tx, operation)
    return len(lost)


def put_unknown_to_person(tx: WriteTransaction, account_id: str, now: datetime) -> int:
    """Let a person judge changes that were on their way; their bytes name a revision that may mean something else now.

    Raises:
        StoreError: Nothing was stored.
    """
    unknown = tx.operations(account_id=account_id, states=[OpState.AMBIGUOUS])
    changing = [one for one in unknown if one.verb in (Verb.UPDATE, Verb.DELETE)]
    for operation in changing:
        tx.save_operation(replace(operation, state=OpState.NEEDS_CHECK, not_before=None, reason=OUT_OF_SIGHT))
        tx.add_attempt(operation.op_id, now, ROLLED_BACK, None)
    return len(changing)


def has_lost_change(
    view: ReadTransaction, account_id: str, record_id: str, there: PulledOrder | None, *, is_sure: bool
) -> bool:
    """Say whether a record is there without what was set last.

    Args:
        view: What is known here.
        account_id: The account.
        record_id: Our id of the record.
        there: Its order as the server has it now.
        is_sure: The server is known to show another past; else a newer revision may be somebody's edit.

    Raises:
        StoreError: The store could not be read.
    """
    done = view.operations(account_id=account_id, record_id=record_id, states=[OpState.DONE])
    changing = [one for one in done if one.verb in (Verb.UPDATE, Verb.ACCEPT)]
    return bool(_lost(view, changing, there, is_sure=is_sure))


def found_in(there: PulledOrder | None, record_type: RecordType, server_id: str | None) -> Found | None:
    """Return a record of an order as the server has it; None if it is not there."""
    if there is None or server_id is None:
        return None
    if record_type is RecordType.ORDER:
        return there
    parts = (one for one in there.parts if one.record_type is record_type)
    return next((one for one in parts if one.server_id == server_id), None)


def _is_recent(operation: Operation, now: datetime) -> bool:
    return operation.done_at is not None and now - operation.done_at < VERIFIED_FOR


def _lost(
    view: ReadTransaction, done: Sequence[Operation], there: PulledOrder | None, *, is_sure: bool
) -> list[Operation]:
    """Return the operations whose effect is gone, the oldest first; the last that set a field answers for it."""
    lost: list[Operation] = []
    overruled: set[tuple[str, str]] = set()
    for operation in reversed(done):
        record = view.record(operation.account_id, operation.record_type, operation.record_id)
        if _is_gone(operation, record, there):
            lost.insert(0, operation)
        elif record and (now := found_in(there, record.record_type, record.server_id)):
            fields = [one for one in operation.intent if (operation.record_id, one) not in overruled]
            is_newer = is_older(record.revision, now.revision)
            is_possible = is_sure or not is_newer
            if is_possible and _is_undone(operation, record.base or {}, now.document, fields, is_newer):
                lost.insert(0, operation)
        if operation.verb is Verb.UPDATE:
            overruled |= {(operation.record_id, one) for one in operation.intent}
    return lost


def _is_gone(operation: Operation, record: StoredRecord | None, there: PulledOrder | None) -> bool:
    """Say whether the record of an operation is no longer there, or is there again."""
    if operation.verb is Verb.DELETE:
        return record is None and _is_back(operation, there)
    if record is None or record.server_id is None:
        return False
    return found_in(there, record.record_type, record.server_id) is None


def _is_undone(operation: Operation, known: Document, now: Document, fields: Sequence[str], is_newer: bool) -> bool:
    """Say whether a record is there without what an operation set.

    In a newer record another value than the one before it is somebody's edit.
    """
    if operation.verb is Verb.ACCEPT:
        accepted = operation.intent.get("accepted")
        is_there = agree(now.get("accepted"), accepted) or bool(accepted and now.get("accepted_at"))
        return not is_there and not agree(known, now)
    if operation.verb is not Verb.UPDATE:
        return False
    sent = (one for one in fields if one not in FOLLOWS)
    changed = (one for one in sent if not agree(known.get(one), now.get(one), one))
    undone = (one for one in changed if not agree(operation.intent[one], now.get(one), one))
    return any(not is_newer or agree(operation.base.get(one), now.get(one), one) for one in undone)


def _is_back(operation: Operation, there: PulledOrder | None) -> bool:
    """Say whether what was removed is there again; what we had made ourselves is known by its content."""
    if found_in(there, operation.record_type, operation.record_id) is not None:
        return True
    if there is None or not operation.record_id.startswith("tmp_") or operation.record_type is RecordType.ORDER:
        return False
    seen = {name: value for name, value in operation.base.items() if name not in SERVER_KEPT}
    alike = (one.document for one in there.parts if one.record_type is operation.record_type)
    return any(all(agree(value, document.get(name), name) for name, value in seen.items()) for document in alike)


def _show_again(tx: WriteTransaction, operation: Operation) -> None:
    """Show a record with what is to be decided laid over it; one that is gone is again only made here."""
    record = tx.record(operation.account_id, operation.record_type, operation.record_id)
    if record is None:
        return
    if operation.verb is Verb.CREATE:
        record = replace(record, server_id=None, base=None, revision=None, raw=None)
    pending = tx.operations(account_id=record.account_id, record_id=record.record_id, states=UNSETTLED)
    tx.save_record(replace(record, view=rebase(record.base, pending)))
