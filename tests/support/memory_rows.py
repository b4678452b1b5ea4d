"""Work out the order list's rows from records, for the store in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from techdesk.application.outbox import Operation, OpState
from techdesk.application.ports import StoredRecord
from techdesk.application.queries import OrderFilter, OrderRow, SortBy
from techdesk.domain.instants import from_epoch_ms
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType, from_document
from techdesk.domain.vocabulary import Priority, ServiceKind

PRESSING = (
    OpState.CONFLICT,
    OpState.REJECTED,
    OpState.NEEDS_CHECK,
    OpState.AMBIGUOUS,
    OpState.INFLIGHT,
    OpState.QUEUED,
)
"""States by how much they press, most first."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def row(key: int, record: StoredRecord, parts: Sequence[StoredRecord], pending: Sequence[Operation]) -> OrderRow:
    """Return the list's row of an order."""
    order = from_document(Order, record.view)
    states = {one.state for one in pending}
    return OrderRow(
        key=key,
        account_id=record.account_id,
        order_id=record.record_id,
        number=order.service_number,
        title=order.title,
        customer=order.customer.name,
        product=order.device.product,
        serial=order.device.serial_number,
        kind=order.service_kind,
        status=order.service_status_name,
        status_uid=order.service_status_uid or "",
        state=order.service_state,
        priority=order.priority,
        assignee=order.assigned_user_display_name,
        created_at=order.created_at,
        due_at=order.due_at,
        appointment_at=appointment(parts),
        sync=next((one for one in PRESSING if one in states), None),
        unsent=len(pending),
    )


def appointment(parts: Sequence[StoredRecord]) -> datetime | None:
    """Return the date of the latest `appointment_scheduling` event, None if that one cancelled it."""
    events = [
        one.view
        for one in parts
        if one.record_type is RecordType.EVENT and one.view.get("event_type") == "appointment_scheduling"
    ]
    data = max(events, key=lambda view: view.get("occurred_at", "")).get("data", {}) if events else {}
    date = None if data.get("appointmentEventType") == "cancelled" else data.get("appointmentDate")
    return None if date is None else from_epoch_ms(date)


def fits(one: OrderRow, record: StoredRecord, wanted: OrderFilter) -> bool:
    """Say whether an order fits a filter."""
    assignee = record.view.get("assigned_user_uid", "")
    chosen: tuple[tuple[Any, frozenset[Any]], ...] = (
        (one.account_id, wanted.account_ids),
        (one.state, wanted.states),
        (one.kind, wanted.kinds),
        (one.status_uid, wanted.status_uids),
        (assignee, wanted.assignee_uids),
    )
    return (
        all(value in allowed for value, allowed in chosen if allowed)
        and _fits_times(one, wanted)
        and (not wanted.unsent or one.unsent > 0)
        and _fits_text(one, record, wanted.text)
    )


def _fits_times(one: OrderRow, wanted: OrderFilter) -> bool:
    at = one.appointment_at
    return (
        (wanted.due_before is None or (one.due_at is not None and one.due_at < wanted.due_before))
        and (wanted.appointment_from is None or (at is not None and at >= wanted.appointment_from))
        and (wanted.appointment_before is None or (at is not None and at < wanted.appointment_before))
    )


def _fits_text(one: OrderRow, record: StoredRecord, text: str) -> bool:
    fault = record.view.get("description", "")
    asked = record.view.get("work_order", {})
    numbers = " ".join(str(asked.get(name, "")) for name in ("number", "purchase_number", "work_order_id"))
    places = f"{one.customer} {one.number} {one.title} {one.serial} {one.product} {fault} {numbers}".casefold()
    return all(word in places for word in text.casefold().split())


def sort_key(one: OrderRow, sort_by: SortBy) -> tuple[Any, int]:
    """Return what a row is sorted by; rows that are equal there keep the order of their keys."""
    values: dict[SortBy, Any] = {
        SortBy.NUMBER: one.number,
        SortBy.CUSTOMER: one.customer.casefold(),
        SortBy.PRODUCT: one.product.casefold(),
        SortBy.SERIAL: one.serial.casefold(),
        SortBy.KIND: list(ServiceKind).index(one.kind),
        SortBy.STATUS: one.status.casefold(),
        SortBy.PRIORITY: list(Priority).index(one.priority),
        SortBy.ASSIGNEE: one.assignee.casefold(),
        SortBy.CREATED: one.created_at or _NEVER,
        SortBy.DUE: one.due_at or _NEVER,
        SortBy.ACCOUNT: one.account_id,
    }
    return values[sort_by], one.key
