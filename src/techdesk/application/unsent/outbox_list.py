"""Read the outbox as the sync centre and the command line show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from techdesk.application.outbox import SCREEN_WORDS, UNSETTLED, Clash, Operation, OpState, OrderRef
from techdesk.application.phrases import what
from techdesk.application.ports import ReadTransaction
from techdesk.domain.records import Document, RecordType


class OutboxAction(Enum):
    """What a person can do with an entry."""

    RETRY = "Retry"
    EDIT = "Edit"
    DISCARD = "Discard"
    COPY = "Copy"
    CHOOSE = "Choose"
    IT_ARRIVED = "It arrived"
    SEND_AGAIN = "Not there, send again"


SETTLED_SHOWN = 500
"""How many of the operations that are settled are listed, the latest first."""

_UNTOUCHED = (OutboxAction.EDIT, OutboxAction.DISCARD)
_ELSEWHERE = (OutboxAction.DISCARD,)
_ACTIONS: dict[OpState, tuple[OutboxAction, ...]] = {
    OpState.QUEUED: (OutboxAction.RETRY,),
    OpState.REJECTED: (OutboxAction.RETRY, OutboxAction.EDIT, OutboxAction.DISCARD),
    OpState.CONFLICT: (OutboxAction.CHOOSE, OutboxAction.DISCARD),
    OpState.NEEDS_CHECK: (OutboxAction.IT_ARRIVED, OutboxAction.SEND_AGAIN, OutboxAction.DISCARD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One unsettled operation in words.

    Attributes:
        what: What was done, as a phrase ("Product diagnosed", "Order changed: status, priority").
        words: The state's words on the screen.
        number: The order's number, empty while it has none.
        title: The order's title.
        content: What is or would be sent, as the person entered it.
        order: The order as it is shown, for what is called by a name that the order gives it.
        actions: What a person can do with it now; copying is always possible.
        clashes: The fields in conflict.
    """

    operation: Operation
    ref: OrderRef
    what: str
    words: str
    number: str
    title: str
    content: Document
    actions: tuple[OutboxAction, ...]
    clashes: Sequence[Clash] = ()
    order: Document = field(default_factory=dict)


def outbox_list(view: ReadTransaction, account_id: str | None = None) -> list[OutboxEntry]:
    """Return every operation that is not settled, in the order they were made.

    Without an account, work that is kept for somebody who is signed out is left out.

    Raises:
        StoreError: The store could not be read.
    """
    hidden = {one.account_id for one in view.accounts() if one.signed_out}
    found = view.operations(account_id=account_id, states=UNSETTLED)
    return [_entry(view, one) for one in found if one.account_id == account_id or one.account_id not in hidden]


def outbox_entries(view: ReadTransaction, op_ids: Iterable[str]) -> list[OutboxEntry]:
    """Return operations in words, in this order; one that is no longer here is left out.

    Raises:
        StoreError: The store could not be read.
    """
    found = (view.operation(one) for one in op_ids)
    return [_entry(view, one) for one in found if one]


def _entry(view: ReadTransaction, operation: Operation) -> OutboxEntry:
    order = view.record(operation.account_id, RecordType.ORDER, operation.order_id)
    shown = order.view if order else {}
    extra = _UNTOUCHED if operation.is_untouched else _ELSEWHERE if operation.may_be_elsewhere else ()
    in_conflict = operation.state is OpState.CONFLICT
    return OutboxEntry(
        operation=operation,
        ref=OrderRef(operation.account_id, operation.order_id),
        what=what(operation),
        words=SCREEN_WORDS[operation.state],
        number=shown.get("service_number", ""),
        title=shown.get("title", ""),
        content=operation.intent,
        actions=(*_ACTIONS.get(operation.state, ()), *extra, OutboxAction.COPY),
        clashes=view.clashes(operation.op_id) if in_conflict else (),
        order=shown if operation.record_type is RecordType.ORDER else {},
    )
