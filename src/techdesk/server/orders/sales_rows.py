"""Read sales orders and say what of an order is billed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from techdesk.server.answers.problems import Problem
from techdesk.server.answers.rendering import SALES_LINE, SALES_ORDER, rendered
from techdesk.server.storage.sales_tables import sales_order_lines, sales_orders
from techdesk.server.storage.work import Work


def sales_of(connection: Connection, order_uids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON objects of the sales orders of some orders, by order, the oldest first."""
    bills = connection.execute(
        select(sales_orders)
        .where(sales_orders.c.service_order_uid.in_(order_uids))
        .order_by(sales_orders.c.created_at, sales_orders.c.sales_order_uid)
    ).mappings()
    found: dict[str, list[dict[str, Any]]] = {}
    rows = [dict(bill) for bill in bills]
    lines = _lines_of(connection, order_uids) if rows else {}
    for bill in rows:
        shown = sales_object(bill, lines.get(bill["sales_order_uid"], []))
        found.setdefault(bill["service_order_uid"], []).append(shown)
    return found


def sales_object(bill: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a sales order as it is shown; totals follow from its lines."""
    parts = sum((one["total_price"] for one in lines if one["service_hours_uid"] is None), Decimal(0))
    worked = sum((one["total_price"] for one in lines if one["service_hours_uid"] is not None), Decimal(0))
    return rendered(bill, SALES_ORDER) | {
        "serviceOrderItemUids": [one["service_order_item_uid"] for one in lines if one["service_order_item_uid"]],
        "lines": [rendered(one, SALES_LINE) for one in lines],
        "totals": {"grandTotal": parts + worked, "partsTotal": parts, "workTotal": worked},
    }


def ensure_nothing_billed(work: Work, order_uid: str) -> None:
    """Let an order go that was never billed.

    Raises:
        Problem: 409, it was.
    """
    if work.row(select(sales_orders.c.sales_order_uid).where(sales_orders.c.service_order_uid == order_uid)):
        raise Problem(409, "billed", "An order with billed items or hours cannot be deleted")


def ensure_hours_unbilled(work: Work, hours_uid: str) -> None:
    """Let an hours entry change that is not billed.

    Raises:
        Problem: 409, it is.
    """
    query = select(sales_order_lines.c.position).where(sales_order_lines.c.service_hours_uid == hours_uid)
    if work.row(query):
        raise Problem(409, "billed", "Billed hours can no longer be changed")


def _lines_of(connection: Connection, order_uids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    query = (
        select(sales_order_lines)
        .where(sales_order_lines.c.service_order_uid.in_(order_uids))
        .order_by(sales_order_lines.c.sales_order_uid, sales_order_lines.c.position)
    )
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in connection.execute(query).mappings():
        found.setdefault(line["sales_order_uid"], []).append(dict(line))
    return found
