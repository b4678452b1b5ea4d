"""Read one operation with all that a person needs to decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from techdesk.application.accounts import Account
from techdesk.application.lookups import account_of
from techdesk.application.outbox import Attempt, Clash, OpState, OrderRef
from techdesk.application.ports import ReadTransaction, StoredRecord
from techdesk.application.typed_values import agree
from techdesk.application.unsent.outbox_list import OutboxEntry, outbox_entries
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import parse_instant

_MOST_PRESSING = (OpState.CONFLICT, OpState.NEEDS_CHECK, OpState.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An operation, where it goes and what happened to it.

    Attributes:
        entry: The operation in words; its clashes hold what the server has now.
        account: Where it goes.
        attempts: What happened to it so far, oldest first.
        changed_by: Who changed the record at the server last, as far as that tells.
        changed_at: When they did.
    """

    entry: OutboxEntry
    account: Account
    attempts: Sequence[Attempt]
    changed_by: str = ""
    changed_at: datetime | None = None


def outbox_case(view: ReadTransaction, op_id: str) -> Case | None:
    """Return what there is to know about an operation, None where it is no longer here.

    Raises:
        NotFoundError: Its account is not on this computer.
        StoreError: The store could not be read.
    """
    entry = next(iter(outbox_entries(view, [op_id])), None)
    if entry is None:
        return None
    operation = entry.operation
    record = view.record(operation.account_id, operation.record_type, operation.record_id)
    base = (record.base if record else None) or {}
    return Case(
        entry=replace(entry, clashes=[_as_now(one, record) for one in entry.clashes]),
        account=account_of(view, operation.account_id),
        attempts=view.attempts(op_id),
        changed_by=str(base.get("last_modified_by") or ""),
        changed_at=_instant(str(base.get("last_modified_at") or "")),
    )


def most_pressing(view: ReadTransaction, order: OrderRef) -> str | None:
    """Return the operation (id) of an order that a person should decide about first, None where none waits for one.

    Raises:
        StoreError: The store could not be read.
    """
    waiting = view.operations(account_id=order.account_id, order_id=order.order_id, states=_MOST_PRESSING)
    first = min(waiting, key=lambda one: _MOST_PRESSING.index(one.state), default=None)
    return first.op_id if first else None


def _as_now(clash: Clash, record: StoredRecord | None) -> Clash:
    """Return a clash with what the server has by now, if that was changed once more since."""
    if record is None or record.base is None:
        return clash
    now = record.base.get(clash.field)
    return (
        clash
        if agree(now, clash.base, clash.field) or agree(now, clash.theirs, clash.field)
        else replace(clash, theirs=now)
    )


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except InvalidInputError:
        return None
