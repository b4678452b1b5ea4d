"""Check what an order, a role or a bill forbids, before anything is saved; the server checks the same again."""

from __future__ import annotations

from techdesk.application.accounts import Account
from techdesk.application.ports import StoredRecord
from techdesk.domain.errors import (
    NotAcceptedError,
    NotAllowedError,
    OrderClosedError,
    TechDeskError,
    WrongServiceTypeError,
)
from techdesk.domain.events import EVENT_KINDS, fits
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordType
from techdesk.domain.vocabulary import Role


def check_takes_work(order: Order) -> None:
    """Return if items and hours may be recorded.

    Raises:
        OrderClosedError: The order is closed or cancelled.
    """
    if not order.service_state.takes_work:
        raise OrderClosedError


def check_event(order: Order, name: str) -> None:
    """Return if an event called `name` may be recorded ("must have been accepted and cannot be closed", Extend).

    Raises:
        OrderClosedError: The order is closed or cancelled.
        NotAcceptedError: It has not been accepted.
        WrongServiceTypeError: The event belongs to another kind of service.
    """
    check_takes_work(order)
    if not order.is_accepted:
        raise NotAcceptedError
    if not fits(name, order.service_kind):
        kind = EVENT_KINDS[name]
        where = kind.service.value.removeprefix("repair_")
        raise WrongServiceTypeError(f"“{kind.label}” belongs to {where} orders")


def check_change(account: Account, order: Order, record: StoredRecord) -> None:
    """Return if a record may be changed or removed by this account.

    Raises:
        OrderClosedError: The order is closed or cancelled, and the record is a part of it.
        NotAllowedError: The record is billed, or another person's, or only a supervisor removes orders.
    """
    if record.record_type is RecordType.ORDER:
        return
    check_takes_work(order)
    if record.view.get("sales_order_uid"):
        raise NotAllowedError("This item is on a bill", "A billed item can no longer change")
    owner = record.view.get("tenant_user_uid")
    is_own = record.server_id is None or not owner or owner == account.user_uid
    if record.record_type is not RecordType.ITEM and not is_own and account.role is Role.TECHNICIAN:
        raise NotAllowedError("This was entered by somebody else", "A supervisor can change it")


def check_order_change(account: Account, order: Order, intent: Document) -> None:
    """Return if these fields of an order may be changed.

    Raises:
        OrderClosedError: It is closed, and only a supervisor reopens it by another status.
        NotAllowedError: Only a supervisor gives work to somebody else.
    """
    if account.role is not Role.TECHNICIAN:
        return
    if not order.service_state.takes_work:
        raise OrderClosedError
    assignee = intent.get("assigned_user_uid")
    if assignee and assignee != account.user_uid:
        raise NotAllowedError("Only a supervisor can give work to somebody else", "You can assign it to yourself")


def reason_against(order: Order, name: str) -> str:
    """Return why an event called `name` cannot be recorded now, or empty text if it can."""
    try:
        check_event(order, name)
    except TechDeskError as error:
        return str(error)
    return ""


def reason_against_work(order: Order) -> str:
    """Return why items and hours cannot be recorded now, or empty text if they can."""
    try:
        check_takes_work(order)
    except OrderClosedError as error:
        return str(error)
    return ""
