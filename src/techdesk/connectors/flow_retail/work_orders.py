"""Read the ServiceChannel work order on an order, leniently: it is shown only, so what does not fit is left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from techdesk.domain.records import Document, compact


def work_order(value: Any) -> Document:
    """Return the document of a work order; a member of the wrong type counts as absent."""
    if type(value) is not dict:
        return {}
    found = _read(value, _MEMBERS)
    status = value.get("Status")
    if type(status) is dict:
        found |= _read(status, _STATUS)
    found["location"] = _location(value)
    notes = value.get("Notes")
    if type(notes) is list:
        found["notes"] = [_read(one, _NOTE) for one in notes if type(one) is dict]
    return compact(found)


def _read(value: Mapping[str, Any], fields: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> Document:
    found = {ours: read(value.get(theirs)) for theirs, (ours, read) in fields.items()}
    for theirs, (ours, _) in fields.items():
        if theirs.endswith("Date") or theirs == "DateCreated":
            found[ours] = _text(value.get(f"{theirs}_DTO")) or found[ours]
    return compact(found)


def _location(value: Mapping[str, Any]) -> str:
    parts = (_text(value.get(name)) for name in ("LocationName", "LocationStoreId"))
    number = _whole(value.get("LocationId"))
    return " · ".join(part for part in parts if part) or ("" if number is None else f"Location {number}")


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _flag(value: Any) -> bool | None:
    return True if value is True else None


def _amount(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    if type(value) is not float or not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() else repr(value)


_MEMBERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Id": ("work_order_id", _whole),
    "Number": ("number", _text),
    "PurchaseNumber": ("purchase_number", _text),
    "Caller": ("caller", _text),
    "Priority": ("priority", _text),
    "Trade": ("trade", _text),
    "Category": ("category", _text),
    "ProblemCode": ("problem_code", _text),
    "Description": ("description", _text),
    "Resolution": ("resolution", _text),
    "Nte": ("nte", _amount),
    "CurrencyAlphabeticalCode": ("currency", _text),
    "CallDate": ("call_date", _text),
    "ScheduledDate": ("scheduled_date", _text),
    "ExpirationDate": ("expiration_date", _text),
    "CompletedDate": ("completed_date", _text),
}
_STATUS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Primary": ("status", _text),
    "Extended": ("status_extended", _text),
}
_NOTE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Id": ("note_id", _whole),
    "Number": ("number", _whole),
    "NoteData": ("text", _text),
    "DateCreated": ("created_at", _text),
    "CreatedBy": ("created_by", _text),
    "ScheduledDate": ("scheduled_date", _text),
    "FollowUpDate": ("follow_up_date", _text),
    "ActionRequired": ("action_required", _flag),
    "MailedTo": ("mailed_to", _text),
}
