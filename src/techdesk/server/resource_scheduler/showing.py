"""Show our orders as Resource Scheduler's: the bytes a client sent last, with what is ours laid over them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from techdesk.domain.instants import instant_text, parse_instant
from techdesk.domain.vocabulary import ServiceState
from techdesk.server.resource_scheduler.tables import kept_orders
from techdesk.server.storage.tables import items, service_statuses, stores
from techdesk.server.storage.work import Row, Work
from techdesk.wire.resource_scheduler import Form, Values, edit, read_order, twin_of, write_order

PHASES: Mapping[ServiceState, str] = {
    ServiceState.NOT_STARTED: "Pending",
    ServiceState.IN_PROGRESS: "Accepted",
    ServiceState.ON_HOLD: "Accepted",
    ServiceState.FINISHED: "Fulfilled",
    ServiceState.CLOSED: "Fulfilled",
    ServiceState.CANCELLED: "Cancelled",
}
"""Which phase a state is; the system has fewer."""

_LARGEST_ID = 2**31 - 1
_LIST = "ServiceOrderItemList"


@dataclass(frozen=True, slots=True)
class Shown:
    """An order in its kept format, and which of our items stands at each place of its list."""

    raw: bytes
    form: Form
    item_uids: list[str]

    def in_form(self, form: Form) -> bytes:
        """Return it in a format; members that we do not know stay in the one that they came in."""
        return self.raw if form is self.form else write_order(read_order(self.raw, self.form), form)


class Showing:
    """Show orders of one tenant; what many share is looked up once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        tenant = work.caller.tenant_uid
        statuses = work.rows(select(service_statuses).where(service_statuses.c.tenant_uid == tenant))
        self._positions = {row["service_status_uid"]: row["position"] for row in statuses}
        rows = work.rows(select(stores).where(stores.c.tenant_uid == tenant))
        self._zones = {row["store_uid"]: row["time_zone"] for row in rows}

    def shown(self, orders: Sequence[Row]) -> list[Shown]:
        """Return orders as they are now."""
        uids = [order["service_order_uid"] for order in orders]
        kept = {row["service_order_uid"]: row for row in self._of(kept_orders, uids)}
        parts: dict[str, list[Row]] = {uid: [] for uid in uids}
        for row in sorted(self._of(items, uids), key=lambda one: (one["created_at"], one["service_order_item_uid"])):
            parts[row["service_order_uid"]].append(row)
        return [self._shown(order, parts[uid], kept.get(uid)) for uid, order in zip(uids, orders, strict=True)]

    def _of(self, table: Any, uids: list[str]) -> list[Row]:
        return self._work.rows(select(table).where(table.c.service_order_uid.in_(uids)))

    def _shown(self, order: Row, parts: list[Row], kept: Row | None) -> Shown:
        values = self._members(order)
        if kept is None:
            whole = self._surroundings(order) | values | {_LIST: [_item(row) for row in parts]}
            return Shown(write_order(whole, Form.JSON), Form.JSON, [row["service_order_item_uid"] for row in parts])
        form, raw = Form(kept["form"]), kept["raw"].encode()
        sent = read_order(raw, form)
        if sent["Phase"] == "Rejected" and values["Phase"] == "Cancelled":
            del values["Phase"]
        changed = {name: value for name, value in values.items() if (sent[name] or None) != (value or None)}
        item_changes, uids = _item_changes(sent, kept["item_uids"], parts)
        return Shown(edit(raw, form, changed | item_changes), form, uids)

    def _members(self, order: Row) -> Values:
        customer = order["customer"] or {}
        return {
            "ServiceOrderId": order["service_order_id"],
            "Description": order["title"],
            "Notes": order["description"],
            "ContactName": customer.get("name", ""),
            "ContactEmail": customer.get("email", ""),
            "ContactPhone": customer.get("phone", ""),
            "StatusId": self._positions.get(order["service_status_uid"], 0),
            "Phase": PHASES[ServiceState(order["service_state"])],
            "LastModified": _stamp_of(order),
            "Error": None,
            "ErrorId": 0,
        }

    def _surroundings(self, order: Row) -> Values:
        """Return what an order that no client has sent yet shows beside what is mapped."""
        begins = order["ready_at_estimate"] or order["ready_at_needed"] or order["created_at"]
        ends = instant_text(parse_instant(begins) + timedelta(hours=1))
        site = order["site"] or {}
        zone = site.get("timeZone") or self._zones.get(order["store_uid"], "UTC")
        return {
            "ServiceOrderDetailId": order["service_order_id"],
            "ServiceLocationOlsonTimeZone": zone,
            "DeliveryLocation": site.get("name") or order["location_label"],
            "CreatedDate": seven_digits(order["created_at"]),
            "DeliveryOrStartDateUtc": seven_digits(begins),
            "DeliveryOrStartDateLocal": twin_of("DeliveryOrStartDateUtc", seven_digits(begins), zone),
            "EndDateUtc": seven_digits(ends),
            "EndDateLocal": twin_of("EndDateUtc", seven_digits(ends), zone),
            "AcceptedByFullName": order["assigned_user_display_name"] if order["accepted_at"] else "",
            "UdfList": [],
        }


def _stamp_of(order: Mapping[str, Any]) -> str:
    """Return an order's `LastModified`: the instant it was changed, and its revision in the four digits beyond it.

    So a change of the order from any dialect makes another stamp.
    """
    return f"{order['last_modified_at'][:-1]}{order['revision'] % 10_000:04d}+00:00"


def seven_digits(instant: str) -> str:
    """Return an instant of the database as the dialect writes it."""
    return f"{instant[:-1]}0000Z"


def id_of(uid: str) -> int:
    """Return the number that an item of ours has in the dialect; always the same one."""
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:4]) % _LARGEST_ID + 1


def _item(row: Row) -> Values:
    cost = row["cost_price"]
    return {
        "ServiceOrderItemId": id_of(row["service_order_item_uid"]),
        "ServiceDeliveryOptions": "Both",
        "Name": row["name"],
        "Quantity": int(row["quantity"]),
        "Cost": _plain(cost) if cost is not None else "0",
        "Price": _plain(row["price"]),
        "Total": _plain(row["total_price"]),
        "Notes": row["note"],
        "AssetTag": [row["serial_number"]] if row["serial_number"] else [],
    }


def _item_changes(sent: Values, kept_uids: Sequence[str], parts: Iterable[Row]) -> tuple[Values, list[str]]:
    """Return what is to be changed in the kept bytes so that they show our items, and whose uids stand there then."""
    rows = {row["service_order_item_uid"]: row for row in parts}
    changes: Values = {}
    for place, uid in enumerate(kept_uids):
        row = rows.pop(uid, None)
        if row is None:
            changes[f"{_LIST}/{place}"] = None
        else:
            changes |= _mapped(sent[_LIST][place], row, place)
    for place, row in enumerate(rows.values(), len(kept_uids)):
        changes[f"{_LIST}/{place}"] = _item(row)
    gone = {uid for place, uid in enumerate(kept_uids) if changes.get(f"{_LIST}/{place}", 0) is None}
    return changes, [uid for uid in kept_uids if uid not in gone] + list(rows)


def _mapped(sent: Values, row: Row, place: int) -> Values:
    """Return the members of an item that differ from ours; a text that is empty either way is left as it is."""
    shown = _item(row)
    names = ("Name", "Quantity", "Price", "Notes", "Total") if row["quantity"] % 1 == 0 else ("Name", "Price", "Notes")
    return {f"{_LIST}/{place}/{name}": shown[name] for name in names if (sent[name] or "") != (shown[name] or "")}


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount else "0"
