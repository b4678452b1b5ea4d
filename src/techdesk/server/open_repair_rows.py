"""Say what a row of Open Repair Data becomes (the columns: Open Repair Data Standard 0.3, `tableschema.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from techdesk.domain.errors import InvalidTextError
from techdesk.domain.text import checked_text
from techdesk.server.bulk import NewOrder
from techdesk.server.ids import new_page_hash, new_uid

COLUMNS = (
    "id",
    "data_provider",
    "country",
    "partner_product_category",
    "product_category",
    "product_category_id",
    "brand",
    "year_of_manufacture",
    "product_age",
    "repair_status",
    "repair_barrier_if_end_of_life",
    "group_identifier",
    "event_date",
    "problem",
)

_ENDED = ("Fixed", "End of life")
_YEARS = range(1900, 2201)


class RowError(Exception):
    """Say why a row is left out."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Where imported orders go: store, type, and the statuses for what is open and what is over."""

    store: Mapping[str, Any]
    service_type: Mapping[str, Any]
    open_status: Mapping[str, Any]
    closed_status: Mapping[str, Any]


def checked_row(row: Mapping[Any, Any]) -> dict[str, str]:
    """Return the row if an order can be made of it; further columns of the file are kept.

    Raises:
        RowError: It has too few or too many columns, no id or provider, no date, or text that cannot be stored.
    """
    if None in row:
        raise RowError("has more columns than the header")
    if None in row.values():
        raise RowError("has fewer columns than the header")
    for name, text in row.items():
        _check_text(name, text)
    for name in ("id", "data_provider"):
        if not row[name].strip():
            raise RowError(f"{name} is empty")
    _check_date(row["event_date"])
    return dict(row)


def followed(row: Mapping[str, str], follow_up: FollowUp) -> dict[str, Any]:
    """Return the order's columns that follow from the row."""
    created_at = f"{row['event_date']}T12:00:00.000Z"
    is_over = row["repair_status"] in _ENDED
    status = follow_up.closed_status if is_over else follow_up.open_status
    return {
        "title": _title(row),
        "description": row["problem"],
        "site": {"name": row["group_identifier"], "address": row["country"], "timeZone": ""},
        "service_status_uid": status["service_status_uid"],
        "service_status_name": status["name"],
        "service_state": status["service_state"],
        "created_at": created_at,
        "accepted_at": created_at,
        "closed_at": created_at if is_over else None,
        **_asset(row),
    }


def new_order(row: Mapping[str, str], follow_up: FollowUp, now: str) -> NewOrder:
    """Return the rows of the order that a row of the file becomes."""
    uid = new_uid()
    order = _NOTHING_KNOWN | followed(row, follow_up)
    order |= {
        "customer": None,
        "customer_uid": None,
        "service_order_uid": uid,
        "tenant_uid": follow_up.store["tenant_uid"],
        "store_uid": follow_up.store["store_uid"],
        "created_from_store_uid": follow_up.store["store_uid"],
        "service_type_uid": follow_up.service_type["service_type_uid"],
        "service_type_name": follow_up.service_type["name"],
        "service_kind": follow_up.service_type["service_kind"],
        "public_page_hash": new_page_hash(),
        "created_by": row["data_provider"],
        "last_modified_at": now,
        "last_modified_by": row["data_provider"],
        "external_system": row["data_provider"],
        "external_id": row["id"],
    }
    kept = {
        "provider": row["data_provider"],
        "external_id": row["id"],
        "service_order_uid": uid,
        "columns": dict(row),
    }
    return NewOrder(order, imported_rows=[kept])


_NOTHING_KNOWN: dict[str, Any] = {
    "order_product_line_uid": None,
    "order_uid": None,
    "rma_order_item_uid": None,
    "rma_order_uid": None,
    "assigned_user_uid": None,
    "assigned_user_display_name": "",
    "external_service_number": "",
    "location_label": "",
    "priority": "NONE",
    "requires_price_estimate": False,
    "estimated_price": None,
    "max_price": None,
    "ready_at_estimate": None,
    "ready_at_needed": None,
    "warranty": False,
    "requires_acceptance": False,
    "work_order": None,
    "revision": 1,
}


def _title(row: Mapping[str, str]) -> str:
    category = row["product_category"] or row["partner_product_category"] or "Repair"
    return f"{_maker(row)} {category}".strip()


def _maker(row: Mapping[str, str]) -> str:
    return "" if row["brand"] == "Unknown" else row["brand"]


def _asset(row: Mapping[str, str]) -> dict[str, Any]:
    # no uid of its own chance: the same row must give the same asset again, so that a second run changes nothing
    asset = {
        "assetUid": "ord-1",
        "name": row["product_category"],
        "maker": _maker(row),
        "model": "",
        "serialNumber": "",
        "condition": row["repair_barrier_if_end_of_life"],
        "accessories": "",
        "warrantyUntil": None,
        "state": row["repair_status"],
    }
    return {"assets": [asset]}


def _check_text(name: str, text: str) -> None:
    try:
        checked_text(text)
    except InvalidTextError as error:
        raise RowError(f"{name} holds characters that cannot be stored") from error


def _check_date(text: str) -> None:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise RowError(f"event_date “{text[:20]}” is not a date: YYYY-MM-DD") from error
    if len(text) != len("YYYY-MM-DD") or found.year not in _YEARS:
        raise RowError(f"event_date “{text[:20]}” is not a date: YYYY-MM-DD")
