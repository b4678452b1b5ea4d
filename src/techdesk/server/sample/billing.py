"""Make the messages to customers and the sales orders of the sample's orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from techdesk.server.importing.bulk import NewOrder
from techdesk.server.sample.cases import Case, Workplace
from techdesk.server.sample.times import MINUTE, text_of
from techdesk.server.storage.ids import uid_at

_READY = "Ready for pickup"
_OUTCOMES = ("SENT", "SENT", "SENT", "FAILED", "SENT", "NOT_CONFIGURED")
_BILLED_EVERY = 2


def add_messages(case: Case, made: NewOrder) -> None:
    """Note what the customer was told when the order became ready, for orders that did."""
    customer = made.order["customer"]
    if case.stage.status not in (_READY, "Closed"):
        return
    at = max(case.created_at, case.last_at - 5 * MINUTE)
    outcome = _OUTCOMES[case.number % len(_OUTCOMES)] if customer["email"] else "NOT_CONFIGURED"
    message = {
        "service_notification_uid": uid_at(at, case.number << 8 | 1),
        "service_order_uid": case.uid,
        "channel": "EMAIL" if customer["email"] else "SMS",
        "recipient": customer["email"] or customer["phone"],
        "message": f"{made.order['title']}: {_READY}",
        "status": outcome,
        "created_at": text_of(at),
        "sent_at": text_of(at) if outcome == "SENT" else None,
        "revision": 1 if outcome == "NOT_CONFIGURED" else 2,
    }
    made.notifications.append(message)


def add_bill(case: Case, workplace: Workplace, made: NewOrder) -> None:
    """Bill what was done on some of the closed orders, at the prices it was recorded with."""
    if case.stage.status != "Closed" or case.number % _BILLED_EVERY:
        return
    uid = uid_at(case.last_at, case.number << 8 | 2)
    lines = [_item_line(item) for item in made.items]
    lines += [_hours_line(entry, workplace) for entry in made.hours if entry["billable"]]
    if not lines:
        return
    shared = {"sales_order_uid": uid, "service_order_uid": case.uid}
    made.sales_order_lines += [line | shared | {"position": place} for place, line in enumerate(lines, 1)]
    for item in made.items:
        item["sales_order_uid"] = uid
    customer = made.order["customer"]
    address = {
        "name": customer["name"],
        "address": customer["address"],
        "postalCode": "",
        "city": "",
        "countryCode": "",
    }
    bill = {
        "customer_uid": customer["customerUid"],
        "warehouse_uid": None,
        "order_address": address,
        "invoice_address": None,
        "created_at": text_of(case.last_at),
        "created_by": case.worker(workplace)["display_name"],
        "revision": 1,
    }
    made.sales_orders.append(bill | shared)


def _item_line(item: dict[str, Any]) -> dict[str, Any]:
    names = ("service_order_item_uid", "product_uid", "name", "sku", "quantity", "price", "total_price")
    return {name: item[name] for name in names} | {"service_hours_uid": None}


def _hours_line(entry: dict[str, Any], workplace: Workplace) -> dict[str, Any]:
    rate = next(one for one in workplace.rates.values() if one["hourly_rate_uid"] == entry["hourly_rate_uid"])
    return {
        "service_order_item_uid": None,
        "service_hours_uid": entry["service_hours_uid"],
        "product_uid": rate["product_uid"],
        "name": rate["name"],
        "sku": "",
        "quantity": (Decimal(entry["minutes"]) / 60).quantize(Decimal("0.0001")),
        "price": rate["price"],
        "total_price": entry["price"],
    }
