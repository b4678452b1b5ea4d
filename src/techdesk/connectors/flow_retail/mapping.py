"""Turn Flow Retail's JSON into our documents and back.

Names are mechanical (`serviceStatusUid` ↔ `service_status_uid`); money gains the store's currency, a service type its
kind. Reading is by tables and plain functions, with no model object for each order: a first sync reads tens of
thousands (`tests/bench`). Each value is still checked by type; a record that does not fit is refused as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.instants import instant_text, parse_instant
from techdesk.domain.records import Document, RecordType, compact

Read = Callable[[Any], Any]
Fields = Mapping[str, tuple[str, Read]]

MAX_DEPTH = 64
"""How deep free JSON may be nested, as on the server."""


class Part(NamedTuple):
    """Where a kind of part stands: its member of a whole order, its step of a path, the member with its uid."""

    member: str
    step: str
    uid: str


PARTS: dict[RecordType, Part] = {
    RecordType.ITEM: Part("items", "items", "serviceOrderItemUid"),
    RecordType.EVENT: Part("events", "events", "serviceEventUid"),
    RecordType.HOURS: Part("hours", "hours", "serviceHoursUid"),
    RecordType.SALES_ORDER: Part("salesOrders", "salesorders", "salesOrderUid"),
    RecordType.NOTIFICATION: Part("notifications", "notifications", "serviceNotificationUid"),
}

UIDS: dict[RecordType, str] = {RecordType.ORDER: "serviceOrderUid"} | {one: part.uid for one, part in PARTS.items()}


def camel(name: str) -> str:
    """Return `service_status_uid` as `serviceStatusUid`."""
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)


@cache
def snake(name: str) -> str:
    """Return `serviceStatusUid` as `service_status_uid`."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


def text(value: Any) -> Any:
    """Read text.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not str:
        raise InvalidInputError("is not text")
    return value


def flag(value: Any) -> Any:
    """Read a yes or no.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not bool:
        raise InvalidInputError("is not true or false")
    return value


def whole(value: Any) -> Any:
    """Read a whole number.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not int:
        raise InvalidInputError("is not a whole number")
    return value


@lru_cache(maxsize=4096, typed=True)
def number(value: Any) -> str:
    """Read a finite number as plain text.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is int:
        return str(value)
    if type(value) is not float or not math.isfinite(value):
        raise InvalidInputError("is not a number")
    return str(int(value)) if value.is_integer() else repr(value)


def money(currency: str) -> Read:
    """Return what reads an amount in major units of `currency`."""
    suffix = f" {currency}" if currency else ""

    @lru_cache(maxsize=4096, typed=True)
    def amount(value: Any) -> str:
        return number(value) + suffix

    return amount


@lru_cache(maxsize=4096)
def instant(value: str) -> str:
    """Read a time as ISO 8601 text in UTC.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if len(value) == 24 and value[10] == "T" and value[19] == "." and value[23] == "Z":
        datetime.fromisoformat(value)
        return value
    return instant_text(parse_instant(value))


def day(value: str) -> str:
    """Read a calendar day.

    Raises:
        InvalidInputError: The value is of another type.
    """
    return date.fromisoformat(value).isoformat()


def _free(value: Any, depth: int = 0) -> Any:
    """Check JSON that is kept as it came: no nesting that would exhaust a stack, no number that JSON does not have."""
    if depth > MAX_DEPTH:
        raise InvalidInputError("is nested too deeply")
    if isinstance(value, dict):
        return compact({name: _free(one, depth + 1) for name, one in value.items()})
    if isinstance(value, list):
        return [_free(one, depth + 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError("is not a number")
    return value


def nested(fields: Fields, value: Any) -> Document:
    """Read an object by its own table.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not dict:
        raise InvalidInputError("is not an object")
    return document_by(value, fields)


def each(read: Read, value: Any) -> list[Any]:
    """Read a list by what reads one of it.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not list:
        raise InvalidInputError("is not a list")
    return [read(one) for one in value]


def data(value: Any) -> Document:
    """Read free JSON of an event.

    Raises:
        InvalidInputError: The value is of another type.
    """
    if type(value) is not dict:
        raise InvalidInputError("is not an object")
    if all(type(one) in _FLAT and one != "" for one in value.values()):
        return value
    return compact(_free(value))


_FLAT = (str, int, bool)


def left_out(_: Any) -> Any:
    """Stand in a table for a member that is no part of the document."""


def document_by(record: Mapping[str, Any], fields: Fields) -> Document:
    """Read a record; names that we do not know are kept, so that a newer server's fields survive.

    Raises:
        InvalidInputError: A known name holds what it cannot; its `field` is the wire name.
    """
    document: Document = {}
    wire = ""
    try:
        for wire, value in record.items():
            if not value and type(value) not in _NEVER_EMPTY:
                continue
            known = fields.get(wire)
            if known is None:
                document[snake(wire)] = _free(value)
            elif known[1] is text and type(value) is str:  # most fields are text; a call each would double the time
                document[known[0]] = value
            elif known[1] is not left_out:
                document[known[0]] = known[1](value)
    except (InvalidInputError, TypeError, ValueError) as error:
        raise InvalidInputError(f"{wire}: {error}", field=wire) from error
    return document


_NEVER_EMPTY = (bool, int, float)
