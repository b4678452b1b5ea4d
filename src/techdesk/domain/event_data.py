"""Turn events into the `data` of their JSON and back, field for field.

`data` holds the fields of the event's kind under their wire names; instants are epoch milliseconds (our decision for
Extend's "timestamp format", see `docs/backends.md`), enum values their text. Fields of another program are kept. A
field whose value has the wrong type is refused, whatever the event: "the only restrictions are around field types".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.events import (
    EVENT_KINDS,
    OTHER_EVENT_FIELDS,
    Event,
    EventField,
    FieldType,
    OtherEvent,
    event_fields,
)
from techdesk.domain.instants import epoch_ms, from_epoch_ms
from techdesk.domain.text import checked_text

WIRE_FIELDS: dict[str, EventField] = {one.wire: one for kind in EVENT_KINDS.values() for one in kind.fields} | {
    one.wire: one for one in OTHER_EVENT_FIELDS
}
"""Every field of every event by its wire name; 26 with `notes` and `event` left out."""


def event_data(event: Event) -> dict[str, Any]:
    """Return the event's fields under their wire names, unset ones left out; `notes` is not among them."""
    data = dict(event.extra)
    for one in event_fields(event):
        value = getattr(event, one.name)
        if value is not None:
            data[one.wire] = _to_wire(value)
    return data


def event_from_data(name: str, data: Mapping[str, Any], notes: str = "") -> Event:
    """Build the event called `name`; fields that are not of its kind go to `extra`.

    Raises:
        InvalidInputError: A known field holds a value of the wrong type; its `field` is the wire name.
    """
    check_data(data)
    return _event(name, data, notes, set(data))


def event_as_received(name: str, data: Mapping[str, Any], notes: str = "") -> Event:
    """Build the event called `name` as a back end sent it: a field we cannot read is kept in `extra`, never refused."""
    return _event(name, data, notes, {wire for wire, value in data.items() if _readable(wire, value)})


def _readable(wire: str, value: Any) -> bool:
    try:
        check_data({wire: value})
    except InvalidInputError:
        return False
    return True


def _event(name: str, data: Mapping[str, Any], notes: str, readable: Set[str]) -> Event:
    kind = EVENT_KINDS.get(name)
    own = {one.wire: one for one in (kind.fields if kind else OTHER_EVENT_FIELDS) if one.wire in readable}
    known = {own[wire].name: _from_wire(own[wire], value) for wire, value in data.items() if wire in own}
    extra = MappingProxyType({wire: value for wire, value in data.items() if wire not in own})
    if kind is None:
        return OtherEvent(event=name, notes=notes, extra=extra, **known)
    return kind.event_class(notes=notes, extra=extra, **known)


def check_data(data: Mapping[str, Any]) -> None:
    """Check the type of every known field, whatever the event.

    Raises:
        InvalidInputError: A known field holds a value of the wrong type; its `field` is the wire name.
    """
    for wire, value in data.items():
        if value is not None and (one := WIRE_FIELDS.get(wire)):
            _from_wire(one, value)


def _to_wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return epoch_ms(value)
    if isinstance(value, tuple):
        return [epoch_ms(one) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value.value if isinstance(value, Enum) else value


def _from_wire(one: EventField, value: Any) -> Any:
    if value is None:
        return None
    try:
        return _READERS[one.holds](one, value)
    except InvalidInputError as error:
        raise InvalidInputError(f"{one.wire}: {error.title}", field=one.wire) from error


def _text(_: EventField, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("must be text")
    return checked_text(value)


def _choice(one: EventField, value: Any) -> Any:
    if one.enum is None or value not in one.choices:
        raise InvalidInputError(f"must be one of {', '.join(one.choices)}")
    return one.enum(value)


def _flag(_: EventField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError("must be true or false")
    return value


def _instant(_: EventField, value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError("must be a number: milliseconds since 1970")
    return from_epoch_ms(value)


def _instants(one: EventField, value: Any) -> tuple[datetime, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInputError("must be a list of numbers: milliseconds since 1970")
    return tuple(_instant(one, each) for each in value)


def _metadata(_: EventField, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError("must be names and values")
    return MappingProxyType(dict(value))


_READERS: dict[FieldType, Callable[[EventField, Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.CHOICE: _choice,
    FieldType.FLAG: _flag,
    FieldType.INSTANT: _instant,
    FieldType.INSTANTS: _instants,
    FieldType.METADATA: _metadata,
}
