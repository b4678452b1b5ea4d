"""Fill an order's papers from its rows, and choose the form in which a client takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from techdesk.domain.hours import HoursEntry
from techdesk.domain.instants import parse_instant, zone
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.orders import Asset, Customer, Order, Site
from techdesk.domain.records import RecordedEvent
from techdesk.domain.vocabulary import Priority
from techdesk.papers import Sheet
from techdesk.server.answers.problems import Problem
from techdesk.server.orders.publishing import parts_of
from techdesk.server.orders.rows import order_row
from techdesk.server.storage.tables import events, hours, items, stores
from techdesk.server.storage.work import Row, Work
from techdesk.wire.flow_retail import Asset as WireAsset

PDF = "application/octet-stream"
JSON = "application/json"

_TEXTS = (
    "service_number",
    "external_service_number",
    "title",
    "description",
    "service_type_name",
    "service_status_name",
    "assigned_user_display_name",
    "location_label",
    "warranty",
)


def sheet_of(work: Work, order_uid: str) -> Sheet:
    """Return what an order's papers are made from.

    Raises:
        Problem: 404, there is no such order.
    """
    row = order_row(work, order_uid)
    store = work.rows(select(stores).where(stores.c.store_uid == work.store_uid))[0]
    money = _Amounts(store["currency"])
    order = _order(row, money, [_item(one, money) for one in parts_of(work, items, order_uid)])
    return Sheet(
        order=order,
        hours=tuple(_hours(one, money) for one in parts_of(work, hours, order_uid)),
        events=tuple(_event(one) for one in parts_of(work, events, order_uid)),
        shop=store["name"],
        zone=zone(store["time_zone"]),
    )


def wants_pdf(accept: str) -> bool:
    """Say whether an Accept header asks for the bytes of the PDF rather than for JSON, which is the default.

    Raises:
        Problem: 406, it takes neither.
    """
    asked = _ranges(accept) or {"*/*": 1.0}
    pdf, json = _liking(asked, PDF), _liking(asked, JSON)
    if not (pdf[0] or json[0]):
        raise Problem(406, "unsupported_type", f"Ask for {PDF} (the PDF) or {JSON}")
    return pdf > json


def _ranges(accept: str) -> dict[str, float]:
    """Read the media ranges of an Accept header with their weights (RFC 9110 §12.5.1)."""
    found: dict[str, float] = {}
    for one in accept.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        if name:
            found[name] = next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    return found


def _weight(text: str) -> float:
    # a weight that is no number says nothing, as if it were not there
    plain = text.replace(".", "", 1)
    return float(text) if plain.isascii() and plain.isdigit() else 1.0


def _liking(asked: Mapping[str, float], media_type: str) -> tuple[float, int]:
    """Return how much a type is wanted, and how exactly it was named."""
    for exactness, name in ((2, media_type), (1, "application/*"), (0, "*/*")):
        if name in asked:
            return asked[name], exactness
    return 0.0, 0


@dataclass(frozen=True, slots=True)
class _Amounts:
    currency: str

    def of(self, amount: Decimal | None) -> Money | None:
        return None if amount is None else Money(amount, self.currency)


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _order(row: Row, money: _Amounts, its_items: list[Item]) -> Order:
    return Order(
        **{name: row[name] for name in _TEXTS},
        priority=Priority(row["priority"]),
        customer=_customer(row["customer"] or {}),
        site=Site(name=_text(row["site"], "name"), address=_text(row["site"], "address")),
        assets=tuple(_asset(one) for one in row["assets"]),
        items=tuple(its_items),
        currency=money.currency,
        estimated_price=money.of(row["estimated_price"]),
        max_price=money.of(row["max_price"]),
        ready_at_estimate=_instant(row["ready_at_estimate"]),
        ready_at_needed=_instant(row["ready_at_needed"]),
        created_at=_instant(row["created_at"]),
        closed_at=_instant(row["closed_at"]),
        last_modified_at=_instant(row["last_modified_at"]),
    )


def _text(document: Mapping[str, Any] | None, name: str) -> str:
    return str((document or {}).get(name) or "")


def _customer(document: Mapping[str, Any]) -> Customer:
    return Customer(**{name: _text(document, name) for name in ("name", "phone", "email", "address")})


def _asset(document: Mapping[str, Any]) -> Asset:
    return Asset(**WireAsset.model_validate(document).model_dump())


def _item(row: Row, money: _Amounts) -> Item:
    return Item(
        name=row["name"],
        sku=row["sku"],
        quantity=row["quantity"],
        price=money.of(row["price"]),
        total_price=money.of(row["total_price"]),
        serial_number=row["serial_number"],
        note=row["note"],
        sales_order_uid=row["sales_order_uid"],
    )


def _hours(row: Row, money: _Amounts) -> HoursEntry:
    return HoursEntry(
        tenant_user_display_name=row["tenant_user_display_name"],
        started_at=_instant(row["started_at"]),
        minutes=row["minutes"],
        billable=row["billable"],
        note=row["note"],
        price=money.of(row["price"]),
    )


def _event(row: Row) -> RecordedEvent:
    return RecordedEvent(
        event_type=row["event_type"],
        data=row["data"],
        notes=row["notes"],
        occurred_at=_instant(row["occurred_at"]),
        tenant_user_display_name=row["tenant_user_display_name"],
    )
