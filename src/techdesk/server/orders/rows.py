"""Find orders of the caller's store and say whether they take work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from techdesk.domain.vocabulary import ServiceState
from techdesk.server.answers.problems import Problem, not_found
from techdesk.server.orders.publishing import Published
from techdesk.server.orders.values import folded_columns
from techdesk.server.storage.tables import change_feed, items, orders
from techdesk.server.storage.work import Row, Work


def order_row(work: Work, order_uid: str) -> Row:
    """Return an order of the caller's store.

    Raises:
        Problem: 404, there is none.
    """
    query = select(orders).where(orders.c.service_order_uid == order_uid, orders.c.store_uid == work.store_uid)
    row = work.row(query)
    if row is None:
        raise not_found("order")
    return row


def open_order_row(work: Work, order_uid: str) -> Row:
    """Return an order that takes work.

    Raises:
        Problem: 404, there is none; 409, it is closed or cancelled.
    """
    order = order_row(work, order_uid)
    ensure_open(order)
    return order


def ensure_open(order: Mapping[str, Any]) -> None:
    """Let work on an order through.

    Raises:
        Problem: 409, the order is closed or cancelled.
    """
    if not ServiceState(order["service_state"]).takes_work:
        raise Problem(409, "order_closed", "A closed or cancelled order takes no more work")


def shown_order(work: Work, order_uid: str) -> Published:
    """Return an order as GET shows it.

    Raises:
        Problem: 404, there is none.
    """
    query = (
        select(change_feed.c.document, orders.c.revision)
        .join(orders, orders.c.service_order_uid == change_feed.c.service_order_uid)
        .where(orders.c.service_order_uid == order_uid, orders.c.store_uid == work.store_uid)
    )
    row = work.row(query)
    if row is None:
        raise not_found("order")
    return Published(row["document"], row["revision"])


def serials_of_items(work: Work, order_uid: str) -> tuple[str, ...]:
    """Return the serial numbers of an order's items."""
    query = select(items.c.serial_number).where(items.c.service_order_uid == order_uid)
    return tuple(work.connection.execute(query).scalars())


def refresh_serials(work: Work, order_uid: str) -> None:
    """Bring what search finds up to date after an item came, changed or went."""
    order = order_row(work, order_uid)
    values = folded_columns(order, serials_of_items(work, order_uid))
    which = orders.c.service_order_uid == order_uid
    work.connection.execute(update(orders).where(which).values(**values))
