"""Say what a row of an imported file becomes, as a mapping tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel

from techdesk.domain.errors import InvalidTextError
from techdesk.domain.instants import instant_text, zone
from techdesk.domain.text import checked_text
from techdesk.domain.vocabulary import ServiceState
from techdesk.server.importing.bulk import NewOrder
from techdesk.server.importing.mapping import DateField, FileMapping, Piece, StatusField
from techdesk.server.orders.orders import NEW_ORDER
from techdesk.server.storage.ids import new_page_hash, new_uid

Columns = Mapping[str, str]
Values = dict[str, Any]

_YEARS = range(1900, 2201)
_SAMPLE = datetime(2024, 12, 31, 13, 45, tzinfo=UTC)
_CUSTOMER = ("name", "phone", "email", "address")
_ASSET = ("name", "maker", "model", "serial_number", "condition", "accessories", "state")
_ASSET_UID = "ord-1"
"""No uid of its own chance: the same row must give the same asset again, so that a second run changes nothing."""


class RowError(Exception):
    """Say why a row is left out."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of which an order can be made; provider and id say which."""

    provider: str
    external_id: str
    columns: dict[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """Return what the row is known by: provider and id."""
        return self.provider, self.external_id


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Where imported orders go: store, type, the first status of each state; and the instant of the import."""

    mapping: FileMapping
    store: Mapping[str, Any]
    service_type: Mapping[str, Any]
    statuses: Mapping[str, Mapping[str, Any]]
    now: str


def checked_row(row: Mapping[Any, Any], mapping: FileMapping) -> ImportedRow:
    """Return the row if an order can be made of it; further columns of the file are kept.

    Raises:
        RowError: It has too few or too many columns, lacks what is required, or holds a date, a status or text that
            cannot be taken.
    """
    if None in row:
        raise RowError("has more columns than the header")
    if None in row.values():
        raise RowError("has fewer columns than the header")
    for name, text in row.items():
        _check_text(name, text)
    for name in mapping.required:
        if not row[name].strip():
            raise RowError(f"{name} is empty")
    fields = mapping.fields
    if not _text(row, fields.title):
        raise RowError("has nothing for title")
    _created_at(row, fields.created_at)
    _state(row, fields.status)
    return ImportedRow(_identity(row, fields, "provider"), _identity(row, fields, "external_id"), dict(row))


def followed(row: ImportedRow, follow_up: FollowUp) -> Values:
    """Return the order's columns that follow from the row.

    Raises:
        RowError: The row came in under another mapping, and this one cannot read it.
    """
    fields, columns = follow_up.mapping.fields, row.columns
    created_at = _created_at(columns, fields.created_at) or follow_up.now
    status = follow_up.statuses[_state(columns, fields.status)]
    is_over = not ServiceState(status["service_state"]).takes_work
    return {
        "title": _text(columns, fields.title),
        "description": _text(columns, fields.description),
        "site": _site(columns, fields.site),
        "service_status_uid": status["service_status_uid"],
        "service_status_name": status["name"],
        "service_state": status["service_state"],
        "created_at": created_at,
        "accepted_at": created_at,
        "closed_at": created_at if is_over else None,
        **_customer(row, fields.customer),
        "assets": _assets(columns, fields.asset),
    }


def new_order(row: ImportedRow, follow_up: FollowUp) -> NewOrder:
    """Return the rows of the order that a row of the file becomes."""
    uid = new_uid()
    order = NEW_ORDER | followed(row, follow_up)
    order |= {
        "service_order_uid": uid,
        "tenant_uid": follow_up.store["tenant_uid"],
        "store_uid": follow_up.store["store_uid"],
        "created_from_store_uid": follow_up.store["store_uid"],
        "service_type_uid": follow_up.service_type["service_type_uid"],
        "service_type_name": follow_up.service_type["name"],
        "service_kind": follow_up.service_type["service_kind"],
        "public_page_hash": new_page_hash(),
        "created_by": row.provider,
        "last_modified_at": follow_up.now,
        "last_modified_by": row.provider,
        "external_system": row.provider,
        "external_id": row.external_id,
        "revision": 1,
    }
    kept = {
        "provider": row.provider,
        "external_id": row.external_id,
        "service_order_uid": uid,
        "columns": row.columns,
    }
    return NewOrder(order, imported_rows=[kept])


def changed_values(order: Mapping[str, Any], then: Values, now: Values) -> Values:
    """Return what a changed row changes in its order.

    Of customer, site and asset only the members that differ between the two rows are written, so what people did to
    the others stays.

    Args:
        order: As it stands.
        then: What followed from the row before; empty if that cannot be told.
        now: What follows from it.
    """
    return {name: _merged(order[name], then.get(name), value) for name, value in now.items() if then.get(name) != value}


def _merged(standing: Any, then: Any, now: Any) -> Any:
    if isinstance(standing, dict) and isinstance(now, dict):
        before = then if isinstance(then, dict) else {}
        return standing | {name: value for name, value in now.items() if name not in before or before[name] != value}
    if isinstance(standing, list) and isinstance(now, list):
        before = {one["assetUid"]: one for one in then or ()}
        fresh = {one["assetUid"]: one for one in now}
        kept = [_merged(one, before.get(one["assetUid"]), fresh.pop(one["assetUid"], None)) or one for one in standing]
        # one that was there before and no longer stands was taken out by somebody
        return kept + [one for uid, one in fresh.items() if uid not in before]
    return now


def _identity(row: Columns, fields: BaseModel, name: str) -> str:
    pieces: tuple[Piece, ...] = getattr(fields, name)
    text = _text(row, pieces)
    if not text:
        columns = ", ".join(column for piece in pieces for column in piece.column or ())
        raise RowError(f"{columns} is empty")
    return text


def _text(row: Columns, pieces: tuple[Piece, ...] | None) -> str:
    return " ".join(text for text in (_piece(row, one) for one in pieces or ()) if text)


def _piece(row: Columns, piece: Piece) -> str:
    if piece.constant is not None:
        return piece.constant
    found = (row.get(column, "") for column in piece.column or ())
    return next((text for text in found if text.strip() and text not in piece.empty), piece.default)


def _texts(row: Columns, part: BaseModel | None, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _text(row, getattr(part, name, None)) for name in names}


def _customer(row: ImportedRow, fields: BaseModel | None) -> Values:
    told = _texts(row.columns, fields, _CUSTOMER)
    if not any(told.values()):
        return {"customer_uid": None, "customer": None}
    # two rows of one name may be two people, so each order has a customer of its own
    uid = str(uuid5(NAMESPACE_URL, json.dumps(row.key)))
    return {"customer_uid": uid, "customer": {"customerUid": uid, **told}}


def _site(row: Columns, fields: BaseModel | None) -> Values | None:
    return {**_texts(row, fields, ("name", "address")), "timeZone": ""} if fields else None


def _assets(row: Columns, fields: BaseModel | None) -> list[Values]:
    if fields is None:
        return []
    told = _texts(row, fields, _ASSET)
    serial_number = told.pop("serial_number")
    return [{"assetUid": _ASSET_UID, **told, "serialNumber": serial_number, "warrantyUntil": None}]


def _state(row: Columns, field: StatusField | None) -> str:
    if field is None:
        return ServiceState.NOT_STARTED.value
    text = row.get(field.column, "")
    state = field.values.get(text, field.otherwise)
    if state is None:
        raise RowError(f"{field.column} “{text[:40]}” has no state in the mapping")
    return state.value


def _created_at(row: Columns, field: DateField | None) -> str:
    """Return the instant that a row tells, empty if none is asked for; a day counts as its noon in UTC."""
    if field is None:
        return ""
    text = row.get(field.column, "")
    try:
        read = datetime.strptime(text, field.format)  # noqa: DTZ007 - the zone follows
        if "%H" not in field.format and "%I" not in field.format:
            found = datetime.combine(read.date(), time(12), UTC)
        else:
            found = (read if read.tzinfo else read.replace(tzinfo=zone(field.time_zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.year not in _YEARS:
        raise RowError(f"{field.column} “{text[:20]}” is not a date like {_SAMPLE.strftime(field.format)}")
    return instant_text(found)


def _check_text(name: str, text: str) -> None:
    try:
        checked_text(text)
    except InvalidTextError as error:
        raise RowError(f"{name} holds characters that cannot be stored") from error
