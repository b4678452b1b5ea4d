"""Bill an order: its unbilled items and billable hours become the lines of a sales order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update

from techdesk.server.answers.problems import Problem, invalid
from techdesk.server.orders.amounts import rounded
from techdesk.server.orders.choices import chosen
from techdesk.server.orders.publishing import publish
from techdesk.server.orders.rows import order_row
from techdesk.server.orders.sales_rows import sales_object
from techdesk.server.requests.revisions import step
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.sales_tables import sales_order_lines, sales_orders
from techdesk.server.storage.tables import hourly_rates, hours, items, orders, warehouses
from techdesk.server.storage.work import Row, Work
from techdesk.wire.flow_retail import PostalAddressInput, SalesOrderCreate

_MINUTES = Decimal(60)
_SMALLEST_QUANTITY = Decimal("0.0001")


def create_sales_order(work: Work, order_uid: str, body: SalesOrderCreate) -> dict[str, Any]:
    """Bill what the body names; returns the sales order's JSON object. A closed order can be billed too.

    Raises:
        Problem: 404; 400 an unknown item, customer or warehouse; 409 an item is billed or nothing is left to bill.
    """
    order = order_row(work, order_uid)
    customer_uid = _customer_uid(work, order, body)
    if body.warehouse_uid:
        chosen(work, warehouses, body.warehouse_uid, "/warehouseUid")
    lines = _item_lines(work, order_uid, body) + _hours_lines(work, order_uid)
    if not lines:
        raise Problem(409, "nothing_to_bill", "Every item and every billable hour is billed already")
    _ensure_printable(lines)
    bill = _bill(work, order, body) | {"customer_uid": customer_uid}
    work.connection.execute(insert(sales_orders).values(**bill))
    shared = {"sales_order_uid": bill["sales_order_uid"], "service_order_uid": order_uid}
    rows = [line | shared | {"position": place} for place, line in enumerate(lines, 1)]
    work.connection.execute(insert(sales_order_lines), rows)
    _mark_items(work, bill["sales_order_uid"], rows)
    publish(work, order_uid)
    return sales_object(bill, rows)


def _customer_uid(work: Work, order: Mapping[str, Any], body: SalesOrderCreate) -> str:
    uid = body.customer_uid or order["customer_uid"]
    if not uid:
        raise invalid("is needed: the order has no customer", "/customerUid")
    known = select(orders.c.customer_uid).where(
        orders.c.customer_uid == uid, orders.c.tenant_uid == work.caller.tenant_uid
    )
    if not work.row(known):
        raise invalid("refers to no customer of an order", "/customerUid")
    return str(uid)


def _item_lines(work: Work, order_uid: str, body: SalesOrderCreate) -> list[Row]:
    query = select(items).where(items.c.service_order_uid == order_uid)
    found = work.rows(query.order_by(items.c.created_at, items.c.service_order_item_uid))
    if body.service_order_item_uids is None:
        wanted = [item for item in found if item["sales_order_uid"] is None]
    else:
        wanted = _named_items(found, body.service_order_item_uids)
    copied = ("service_order_item_uid", "product_uid", "name", "sku", "quantity", "price", "total_price")
    return [{name: item[name] for name in copied} | {"service_hours_uid": None} for item in wanted]


def _named_items(found: Sequence[Row], uids: Sequence[str]) -> list[Row]:
    by_uid = {item["service_order_item_uid"]: item for item in found}
    for place, uid in enumerate(uids):
        if uid not in by_uid:
            raise invalid("refers to no item of this order", f"/serviceOrderItemUids/{place}")
        if by_uid[uid]["sales_order_uid"] is not None:
            raise Problem(409, "billed", f"{by_uid[uid]['name']} is billed already")
    return [item for uid, item in by_uid.items() if uid in uids]


def _hours_lines(work: Work, order_uid: str) -> list[Row]:
    """Return the lines of billable hours; what still runs or has no rate waits for a later bill."""
    billed = select(sales_order_lines.c.service_hours_uid).where(
        sales_order_lines.c.service_order_uid == order_uid, sales_order_lines.c.service_hours_uid.is_not(None)
    )
    columns = (hourly_rates.c.name.label("rate_name"), hourly_rates.c.price.label("rate_price"))
    query = (
        select(hours, hourly_rates.c.product_uid, *columns)
        .join(hourly_rates, hourly_rates.c.hourly_rate_uid == hours.c.hourly_rate_uid)
        .where(
            hours.c.service_order_uid == order_uid,
            hours.c.billable,
            hours.c.minutes > 0,
            hours.c.service_hours_uid.not_in(billed),
        )
        .order_by(hours.c.started_at, hours.c.service_hours_uid)
    )
    return [_hours_line(entry) for entry in work.rows(query)]


def _hours_line(entry: Row) -> Row:
    """Return the line of an hours entry: its own price holds, also where the rate has changed since."""
    price, minutes = entry["rate_price"], entry["minutes"]
    if rounded(price * minutes / _MINUTES, "") != entry["price"]:
        price = rounded(entry["price"] * _MINUTES / minutes, "")
    return {
        "service_order_item_uid": None,
        "service_hours_uid": entry["service_hours_uid"],
        "product_uid": entry["product_uid"],
        "name": entry["rate_name"],
        "sku": "",
        "quantity": (minutes / _MINUTES).quantize(_SMALLEST_QUANTITY),
        "price": price,
        "total_price": entry["price"],
    }


def _ensure_printable(lines: Sequence[Row]) -> None:
    """Refuse a sum that JSON could not carry exactly."""
    rounded(sum((line["total_price"] for line in lines), Decimal(0)), "/serviceOrderItemUids")


def _bill(work: Work, order: Row, body: SalesOrderCreate) -> Row:
    customer = order["customer"] or {}
    usual = PostalAddressInput(name=customer.get("name", ""), address=customer.get("address", ""))
    address = body.order_address or usual
    invoice = body.invoice_address if body.invoice_address != address else None
    earlier = select(func.count().label("count")).where(sales_orders.c.service_order_uid == order["service_order_uid"])
    number = work.rows(earlier)[0]["count"] + 1
    return {
        "sales_order_uid": new_uid(),
        "service_order_uid": order["service_order_uid"],
        "order_number": f"{order['service_number']}-{number}",
        "warehouse_uid": body.warehouse_uid,
        "order_address": address.model_dump(mode="json", by_alias=True),
        "invoice_address": invoice.model_dump(mode="json", by_alias=True) if invoice else None,
        "created_at": work.now,
        "created_by": work.caller.display_name,
        "revision": 1,
    }


def _mark_items(work: Work, bill_uid: str, lines: Sequence[Row]) -> None:
    uids = [line["service_order_item_uid"] for line in lines if line["service_order_item_uid"]]
    values = {"sales_order_uid": bill_uid, "last_modified_at": work.now, "revision": items.c.revision + step()}
    work.connection.execute(update(items).where(items.c.service_order_item_uid.in_(uids)).values(**values))
