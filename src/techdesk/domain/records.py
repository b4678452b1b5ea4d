"""Turn orders, items, events and hours into *documents* and back.

A document is what the local store keeps and what is merged field by field: JSON values under the field names of the
dataclasses. Instants and dates are ISO text, decimals and money plain text without trailing zeros (`"12.5 EUR"`; so
equal amounts are equal text), enums their value, nested values documents. **Absent means empty**: a document never
holds None, "", [] or {}. Names that no dataclass knows are kept, so that a newer server's fields survive.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from techdesk.domain.billing import SalesOrder
from techdesk.domain.documents import FOLLOWS, Document, RecordType, compact, is_empty, overlay
from techdesk.domain.event_data import event_as_received
from techdesk.domain.events import Event
from techdesk.domain.hours import HoursEntry
from techdesk.domain.instants import instant_text, parse_instant
from techdesk.domain.items import Item
from techdesk.domain.money import Money, parse_amount, parse_money
from techdesk.domain.notifications import Notification
from techdesk.domain.orders import Order

__all__ = [
    "FOLLOWS",
    "RECORD_CLASSES",
    "Document",
    "RecordType",
    "RecordedEvent",
    "compact",
    "from_document",
    "is_empty",
    "overlay",
    "to_document",
]

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event with who recorded it and when.

    Attributes:
        event_id: Our id on this computer.
        event_type: The event's name in JSON.
        data: The fields of its kind under their wire names (`domain.event_data`).
        occurred_at: When it happened.
        tenant_user_uid: Who did it.
    """

    event_id: str = ""
    service_event_uid: str | None = None
    event_type: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    occurred_at: datetime | None = None
    tenant_user_uid: str | None = None
    tenant_user_display_name: str = ""
    created_at: datetime | None = None
    created_by: str = ""
    last_modified_at: datetime | None = None
    last_modified_by: str = ""

    @property
    def event(self) -> Event:
        """Return the typed event."""
        return event_as_received(self.event_type, self.data, self.notes)


RECORD_CLASSES: dict[RecordType, type] = {
    RecordType.ORDER: Order,
    RecordType.ITEM: Item,
    RecordType.EVENT: RecordedEvent,
    RecordType.HOURS: HoursEntry,
    RecordType.SALES_ORDER: SalesOrder,
    RecordType.NOTIFICATION: Notification,
}


_PLAIN = frozenset({str, int, bool, type(None)})
"""What stands in a document as it is, and most values are; an enumeration's text is not one of them."""


def to_document(value: Any) -> Document:
    """Return the document of a dataclass value."""
    held = {one.name: getattr(value, one.name) for one in fields(value)}
    return compact({name: one if type(one) in _PLAIN else _encode(one) for name, one in held.items()})


def from_document(cls: type[_Value], document: Mapping[str, Any]) -> _Value:
    """Build a dataclass value; names it does not know are passed over, an unknown enum text becomes the default.

    Raises:
        InvalidInputError: A value cannot be read as its field's type.
    """
    decoders = _decoders(cast(Hashable, cls))
    known = {name: decoders[name](value) for name, value in document.items() if name in decoders}
    return cls(**{name: value for name, value in known.items() if value is not None})


def _encode(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, Money):
        return to_document(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Money):
        return str(Money(value.amount.normalize(), value.currency))
    if isinstance(value, tuple):
        return [_encode(one) for one in value]
    if isinstance(value, StrEnum):
        return str(value)
    return value


@cache
def _decoders(cls: Any) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(cls)
    return {one.name: _decoder(hints[one.name], one.default) for one in fields(cls)}


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    datetime: parse_instant,
    date: date.fromisoformat,
    Decimal: parse_amount,
    Money: parse_money,
}


def _decoder(annotation: Any, default: Any) -> Callable[[Any], Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is tuple:
        return partial(_decode_tuple, _decoder(get_args(annotation)[0], MISSING))
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if is_dataclass(annotation):
        return partial(from_document, cast(type, annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return partial(_decode_enum, annotation, None if default is MISSING else default)
    return _same


def _decode_tuple(decode: Callable[[Any], Any], values: list[Any]) -> tuple[Any, ...]:
    return tuple(decode(one) for one in values)


def _decode_enum(enum: type[StrEnum], default: Any, text: str) -> Any:
    return enum(text) if text in enum._value2member_map_ else default


def _same(value: Any) -> Any:
    return value
