"""List and search orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select

from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.server.requests.listing import PageRequest, Sorts, envelope_of_json, page_of
from techdesk.server.storage.folding import folded
from techdesk.server.storage.tables import change_feed, orders
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import SearchRequest

_SORTS: Sorts = {
    "serviceOrderUid": orders.c.service_order_uid,
    "serviceNumber": orders.c.service_number,
    "title": orders.c.title,
    "createdAt": orders.c.created_at,
    "lastModifiedAt": orders.c.last_modified_at,
    "readyAtEstimate": orders.c.ready_at_estimate,
    "readyAtNeeded": orders.c.ready_at_needed,
    "closedAt": orders.c.closed_at,
    "customerName": orders.c.folded_customer_name,
    "serviceTypeName": orders.c.service_type_name,
    "serviceStatusName": orders.c.service_status_name,
    "assignedUserDisplayName": orders.c.assigned_user_display_name,
    "serviceState": case({one.value: rank for rank, one in enumerate(ServiceState)}, value=orders.c.service_state),
    "priority": case({one.value: rank for rank, one in enumerate(Priority)}, value=orders.c.priority),
}

_QUERIED = (
    orders.c.folded_customer_name,
    orders.c.folded_customer_phone,
    orders.c.folded_customer_email,
    orders.c.folded_service_number,
    orders.c.folded_title,
)


def found_orders(work: Work, search: SearchRequest, page: PageRequest) -> str:
    """Return the JSON of a page of the store's orders that fit; a list is a search without text."""
    query = select(orders.c.service_order_uid).where(orders.c.store_uid == work.store_uid, *_conditions(search))
    rows, total = page_of(work, query, _SORTS, page)
    uids = [row["service_order_uid"] for row in rows]
    return envelope_of_json(_documents(work, uids), total, page)


def _documents(work: Work, uids: Sequence[str]) -> list[str]:
    query = select(change_feed.c.service_order_uid, change_feed.c.document).where(
        change_feed.c.service_order_uid.in_(uids)
    )
    found = {row["service_order_uid"]: row["document"] for row in work.rows(query)}
    return [found[uid] for uid in uids]


def _conditions(search: SearchRequest) -> Iterator[ColumnElement[bool]]:
    yield from _text_conditions(search)
    if search.from_date:
        yield orders.c.created_at >= search.from_date.isoformat()
    if search.to_date and search.to_date < date.max:
        yield orders.c.created_at < (search.to_date + timedelta(days=1)).isoformat()
    filters: list[tuple[Any, Sequence[str]]] = [
        (orders.c.service_state, search.service_states),
        (orders.c.service_type_uid, search.service_type_uids),
        (orders.c.service_status_uid, search.service_status_uids),
        (orders.c.assigned_user_uid, search.assigned_user_uids),
        (orders.c.created_from_store_uid, search.created_from_store_uids),
        (orders.c.priority, search.priorities),
    ]
    for column, allowed in filters:
        if allowed:
            yield column.in_([str(one) for one in allowed])


def _text_conditions(search: SearchRequest) -> Iterator[ColumnElement[bool]]:
    if search.query:
        yield or_(*(_holds(column, search.query) for column in _QUERIED))
        return
    fields = [
        (orders.c.folded_customer_name, search.customer_name),
        (orders.c.folded_customer_phone, search.customer_phone),
        (orders.c.folded_customer_email, search.customer_email),
        (orders.c.folded_service_number, search.service_number),
        (orders.c.folded_title, search.title),
        (orders.c.folded_serial_numbers, search.serial_number),
    ]
    for column, text in fields:
        if text:
            yield _holds(column, text)


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.contains(folded(text), autoescape=True)
    return condition
