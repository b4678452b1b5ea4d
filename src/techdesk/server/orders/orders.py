"""Make, change, delete and accept orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem, forbidden, invalid
from techdesk.server.orders import events as order_events
from techdesk.server.orders.choices import first_status
from techdesk.server.orders.notifications import notify
from techdesk.server.orders.publishing import Published, publish, withdraw
from techdesk.server.orders.rows import ensure_open, order_row, serials_of_items, shown_order
from techdesk.server.orders.sales_rows import ensure_nothing_billed
from techdesk.server.orders.values import folded_columns, order_values, status_values
from techdesk.server.requests.revisions import check_revision
from techdesk.server.storage.ids import new_page_hash, new_uid
from techdesk.server.storage.sales_tables import outgoing_mail
from techdesk.server.storage.tables import (
    counters,
    events,
    hours,
    imported_rows,
    items,
    notifications,
    orders,
    service_statuses,
)
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import AcceptRequest, OrderCreate, OrderUpdate

NEW_ORDER: dict[str, Any] = {
    "order_product_line_uid": None,
    "order_uid": None,
    "rma_order_item_uid": None,
    "rma_order_uid": None,
    "customer_uid": None,
    "customer": None,
    "assigned_user_uid": None,
    "assigned_user_display_name": "",
    "external_service_number": "",
    "description": "",
    "location_label": "",
    "priority": "NONE",
    "requires_price_estimate": False,
    "estimated_price": None,
    "max_price": None,
    "ready_at_estimate": None,
    "ready_at_needed": None,
    "warranty": False,
    "assets": [],
    "site": None,
    "requires_acceptance": False,
    "closed_at": None,
    "external_system": "",
    "external_id": "",
    "work_order": None,
    "revision": 0,
}
"""What a field of a new order is where nothing names it."""


def create_order(work: Work, body: OrderCreate) -> tuple[str, Published]:
    """Make an order; returns its uid and what GET shows.

    Raises:
        Problem: 400 or 403, see `order_values`.
    """
    uid = new_uid()
    order = NEW_ORDER | _origin(work, uid) | order_values(work, body, {})
    if "service_status_uid" not in order:
        order |= status_values(work, first_status(work), {})
    order["accepted_at"] = None if order["requires_acceptance"] else work.now
    work.connection.execute(insert(orders).values(**order, **folded_columns(order)))
    _announce(work, order)
    return uid, publish(work, uid)


def update_order(work: Work, order_uid: str, body: OrderUpdate, if_match: str | None) -> Published:
    """Change the fields that the body names.

    Raises:
        Problem: 400, 403, 404, or 412 where `if_match` is not the present revision.
    """
    before = order_row(work, order_uid)
    check_revision(if_match, before["revision"], shown_order(work, order_uid).document)
    values = order_values(work, body, before)
    after = {**before, **values}
    if values:
        values |= folded_columns(after, serials_of_items(work, order_uid))
        which = orders.c.service_order_uid == order_uid
        work.connection.execute(update(orders).where(which).values(**values))
    if after["service_status_uid"] != before["service_status_uid"]:
        _announce(work, after)
    return publish(work, order_uid)


def delete_order(work: Work, order_uid: str, if_match: str | None) -> None:
    """Delete an order with all its parts.

    Raises:
        Problem: 403 below supervisor, 404, 409 with billed items, 412.
    """
    if not work.caller.is_at_least(Role.SUPERVISOR):
        raise forbidden("Only a supervisor deletes orders")
    order = order_row(work, order_uid)
    check_revision(if_match, order["revision"], shown_order(work, order_uid).document)
    billed = select(items.c.service_order_item_uid).where(
        items.c.service_order_uid == order_uid, items.c.sales_order_uid.is_not(None)
    )
    if work.row(billed):
        raise Problem(409, "billed", "An order with billed items cannot be deleted")
    ensure_nothing_billed(work, order_uid)
    for table in (items, events, hours, outgoing_mail, notifications, imported_rows, orders):
        work.connection.execute(delete(table).where(table.c.service_order_uid == order_uid))
    withdraw(work, order_uid)


def accept_order(work: Work, order_uid: str, body: AcceptRequest) -> Published:
    """Accept an order or turn it down; the event `order_accepted` or `order_declined` keeps who, when and why.

    A declined order goes back to nobody. Saying the same again changes nothing.

    Raises:
        Problem: 404; 409 for a closed order; 400 for declining what needs no acceptance.
    """
    order = order_row(work, order_uid)
    ensure_open(order)
    if body.accepted and order["accepted_at"] is not None:
        return publish(work, order_uid)
    if not body.accepted and not order["requires_acceptance"]:
        raise invalid("must be true: this order needs no acceptance", "/accepted")
    values: dict[str, Any] = {"accepted_at": work.now}
    if not body.accepted:
        values = {"accepted_at": None, "assigned_user_uid": None, "assigned_user_display_name": ""}
    which = orders.c.service_order_uid == order_uid
    work.connection.execute(update(orders).where(which).values(**values))
    order_events.note(work, order_uid, "order_accepted" if body.accepted else "order_declined", body.reason)
    return publish(work, order_uid)


def _origin(work: Work, uid: str) -> dict[str, Any]:
    """Return the columns that say which order this is and where it comes from."""
    taken = update(counters).values(service_order_id=counters.c.service_order_id + 1)
    order_id = work.connection.execute(taken.returning(counters.c.service_order_id)).scalar_one()
    return {
        "service_order_uid": uid,
        "service_order_id": order_id,
        "service_number": f"SO-{order_id}",
        "tenant_uid": work.caller.tenant_uid,
        "store_uid": work.store_uid,
        "created_from_store_uid": work.store_uid,
        "public_page_hash": new_page_hash(),
        "created_at": work.now,
        "created_by": work.caller.display_name,
        "last_modified_at": work.now,
        "last_modified_by": work.caller.display_name,
    }


def _announce(work: Work, order: Mapping[str, Any]) -> None:
    """Write the customer's message where the order's new status asks for one."""
    query = select(service_statuses).where(service_statuses.c.service_status_uid == order["service_status_uid"])
    status = work.row(query)
    if status and status["notify_customer"]:
        notify(work, order, status["name"])
