"""Name the kinds of record, and do with documents what needs no knowledge of their fields.

Apart from `domain.records`, which says what a document is, so that what shows a list need not load what knows fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Document = dict[str, Any]


class RecordType(StrEnum):
    """The kinds of record that are stored, changed and sent one by one."""

    ORDER = "order"
    ITEM = "item"
    EVENT = "event"
    HOURS = "hours"
    SALES_ORDER = "sales_order"
    NOTIFICATION = "notification"


FOLLOWS: dict[str, str] = {
    "service_status_name": "service_status_uid",
    "service_state": "service_status_uid",
    "assigned_user_display_name": "assigned_user_uid",
    "service_type_name": "service_type_uid",
    "service_kind": "service_type_uid",
    "tenant_user_display_name": "tenant_user_uid",
    "accepted_at": "accepted",
}
"""Fields that follow another one: set here so that the screen is right at once, never sent, never in conflict."""


SET_ASIDE = "set_aside"
"""Where a document keeps what came in a form that we cannot read, by field; it cannot be changed here."""


_PLAIN = (str, int, float, list, type(None))
"""Most values are one of these, and to ask that costs a tenth of asking for a `Mapping`."""


def is_empty(value: Any) -> bool:
    """Say whether a document leaves this value out; False and 0 are values."""
    return not value and (value is None or (value in ("", [], {}) and value is not False))


def same(one: Any, other: Any) -> bool:
    """Say whether two values of a document mean the same; all empty values do."""
    return bool(one == other) or (is_empty(one) and is_empty(other))


def compact(values: Mapping[str, Any]) -> Document:
    """Return the document of `values` with the empty ones left out, at every level of mappings."""
    kept: Document = {}
    for name, value in values.items():
        cleaned = compact(value) if not isinstance(value, _PLAIN) and isinstance(value, Mapping) else value
        if not is_empty(cleaned):
            kept[name] = cleaned
    return kept


def overlay(document: Mapping[str, Any], intent: Mapping[str, Any]) -> Document:
    """Return `document` with the fields of `intent` set; an empty value clears its field."""
    return compact({**document, **intent})
