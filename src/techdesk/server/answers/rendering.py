"""Turn rows into the JSON of the wire: a column's name is its attribute in the model, the model knows the JSON name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from techdesk.wire.flow_retail import (
    AdminToken,
    AdminUser,
    Answer,
    Event,
    HourlyRate,
    Hours,
    Item,
    Notification,
    Order,
    Product,
    SalesOrder,
    SalesOrderLine,
    ServiceStatus,
    ServiceType,
    Store,
    User,
    Warehouse,
    json_number,
)

Fields = tuple[tuple[str, str], ...]


def fields_of(model: type[Answer], *, without: Iterable[str] = ()) -> Fields:
    """Return the pairs of column and JSON name of a model, in its order."""
    left_out = set(without)
    return tuple((name, str(field.alias)) for name, field in model.model_fields.items() if name not in left_out)


ORDER = fields_of(Order, without=("totals", "items"))
ITEM = fields_of(Item)
EVENT = fields_of(Event)
HOURS = fields_of(Hours)
NOTIFICATION = fields_of(Notification)
TYPE = fields_of(ServiceType)
STATUS = fields_of(ServiceStatus)
RATE = fields_of(HourlyRate)
USER = fields_of(User)
STORE = fields_of(Store)
WAREHOUSE = fields_of(Warehouse)
PRODUCT = fields_of(Product)
SALES_ORDER = fields_of(SalesOrder, without=("service_order_item_uids", "lines", "totals"))
SALES_LINE = fields_of(SalesOrderLine)
ADMIN_USER = fields_of(AdminUser)
ADMIN_TOKEN = fields_of(AdminToken)


def rendered(row: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the JSON object of a row."""
    return {wire: row[name] for name, wire in fields}


def order_object(
    order: Mapping[str, Any], items: Sequence[Mapping[str, Any]], hours: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an order as GET shows it; totals follow from items and billable hours."""
    parts_total = sum((one["total_price"] for one in items), Decimal(0))
    work_total = sum((one["price"] for one in hours if one["billable"]), Decimal(0))
    return rendered(order, ORDER) | {
        "totals": {
            "grandTotal": parts_total + work_total,
            "partsTotal": parts_total,
            "workTotal": work_total,
        },
        "items": [rendered(one, ITEM) for one in items],
    }


def parts_members(
    events: Sequence[Mapping[str, Any]],
    hours: Sequence[Mapping[str, Any]],
    notifications: Sequence[Mapping[str, Any]],
    sales_orders: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the members that the change feed adds to an order; sales orders come as `sales_rows.sales_object`."""
    return {
        "events": [rendered(one, EVENT) for one in events],
        "hours": [rendered(one, HOURS) for one in hours],
        "notifications": [rendered(one, NOTIFICATION) for one in notifications],
        "salesOrders": list(sales_orders),
    }


def to_json(value: Any) -> str:
    """Write a value as compact JSON; decimals become numbers, exactly (`wire.flow_retail.fields`)."""
    return _ENCODER.encode(value)


def _number(value: Any) -> int | float:
    if isinstance(value, Decimal):
        return json_number(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


# one encoder for all: building one for each call costs more than a small value
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_number)
