"""Add, change and delete items; their totals follow from price and quantity."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from techdesk.server.answers.problems import Problem
from techdesk.server.orders.amounts import rounded
from techdesk.server.orders.choices import chosen
from techdesk.server.orders.parts import add_part, change_part, changeable_part, remove_part
from techdesk.server.orders.publishing import publish
from techdesk.server.orders.rows import open_order_row, refresh_serials
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import items, products, users, warehouses
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import ItemCreate, ItemUpdate

_NEW_ITEM: dict[str, Any] = {
    "warehouse_uid": None,
    "product_uid": None,
    "sales_order_uid": None,
    "quantity": Decimal(1),
    "sku": "",
    "price": Decimal(0),
    "cost_price": None,
    "original_price": None,
    "serial_number": "",
    "note": "",
}


def create_item(work: Work, order_uid: str, body: ItemCreate) -> dict[str, Any]:
    """Add an item to an open order; returns its row.

    Raises:
        Problem: 404; 409 the order is closed; 400 an unknown user, product or warehouse.
    """
    open_order_row(work, order_uid)
    row = {
        **_NEW_ITEM,
        "service_order_item_uid": new_uid(),
        "service_order_uid": order_uid,
        "tenant_user_uid": work.caller.tenant_user_uid,
        "tenant_user_display_name": work.caller.display_name,
        **_values(work, body),
    }
    written = add_part(work, items, row | _totals(row))
    return _published(work, order_uid, written)


def update_item(work: Work, place: tuple[str, str], body: ItemUpdate, if_match: str | None) -> dict[str, Any]:
    """Change what the body names; `place` is the uid of the order and of the item.

    Raises:
        Problem: 400, 404, 409 or 412; see `changeable_part`.
    """
    before = changeable_part(work, items, place, if_match)
    _ensure_unbilled(before)
    values = _values(work, body)
    after = change_part(work, items, before, values | _totals({**before, **values}))
    return _published(work, place[0], after)


def delete_item(work: Work, place: tuple[str, str], if_match: str | None) -> None:
    """Delete an item; `place` is the uid of the order and of the item.

    Raises:
        Problem: 404, 409 or 412; see `changeable_part`.
    """
    before = changeable_part(work, items, place, if_match)
    _ensure_unbilled(before)
    remove_part(work, items, place[1])
    _published(work, place[0], {})


def _published(work: Work, order_uid: str, row: dict[str, Any]) -> dict[str, Any]:
    refresh_serials(work, order_uid)
    publish(work, order_uid)
    return row


def _values(work: Work, body: ItemUpdate) -> dict[str, Any]:
    values = body.named()
    for name, table in (("product_uid", products), ("warehouse_uid", warehouses)):
        if values.get(name):
            chosen(work, table, values[name], "/productUid" if table is products else "/warehouseUid")
    uid = values.pop("tenant_user_uid", None)
    if uid:
        user = chosen(work, users, uid, "/tenantUserUid")
        values |= {"tenant_user_uid": uid, "tenant_user_display_name": user["display_name"]}
    return values


def _totals(item: Mapping[str, Any]) -> dict[str, Any]:
    cost = item["cost_price"]
    return {
        "total_price": rounded(item["price"] * item["quantity"], "/quantity"),
        "total_cost_price": None if cost is None else rounded(cost * item["quantity"], "/quantity"),
    }


def _ensure_unbilled(item: Mapping[str, Any]) -> None:
    if item["sales_order_uid"] is not None:
        raise Problem(409, "billed", "A billed item can no longer be changed")
