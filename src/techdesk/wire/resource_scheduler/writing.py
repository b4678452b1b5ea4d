"""Write an order, an item, an option or a field from its values, in either format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from techdesk.wire.resource_scheduler.members import ARRAYS, ENTITIES, INSTANCE, ORDER, Kind, Member, Shape
from techdesk.wire.resource_scheduler.values import to_json, to_xml

NIL = 'i:nil="true"'
"""Says in XML that a member has no value, where `i` is declared."""
_OWN_NIL = f'xmlns:i="{INSTANCE}" {NIL}'


class Form(StrEnum):
    """The format of an order's bytes."""

    JSON = "json"
    XML = "xml"


def write_order(values: Mapping[str, Any], form: Form) -> bytes:
    """Write a whole order; members without a value become null, nil, 0 or false as their type has it.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    if form is Form.JSON:
        return json_text(ORDER, values).encode()
    spaces = f'xmlns:i="{INSTANCE}" xmlns="{ENTITIES}"'
    return xml_text(ORDER, values, "", nil=NIL).replace("<ServiceOrder>", f"<ServiceOrder {spaces}>", 1).encode()


def joined(orders: Sequence[bytes], form: Form) -> bytes:
    """Return the bytes of a list of orders."""
    if form is Form.JSON:
        return b"[" + b",".join(one.removeprefix("\ufeff".encode()) for one in orders) + b"]"
    spaces = f'xmlns:i="{INSTANCE}" xmlns="{ENTITIES}"'
    inside = b"".join(_without_declaration(one) for one in orders)
    return f"<ArrayOfServiceOrder {spaces}>".encode() + inside + b"</ArrayOfServiceOrder>"


def json_text(shape: Shape, values: Any) -> str:
    """Write one object, or one plain value of a list, as JSON.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    if shape.plain:
        return to_json(_plain(shape), values)
    written = (f'"{shape.json_name(one.name)}": {json_member(one, values.get(one.name))}' for one in shape.members)
    return "{" + ", ".join(written) + "}"


def xml_text(shape: Shape, values: Any, prefix: str, *, nil: str = _OWN_NIL) -> str:
    """Write one object, or one plain value of a list, as an element; its members stand in the alphabet's order.

    Args:
        shape: What it is.
        values: Its values by the names of the members.
        prefix: The prefix of its namespace with a colon, or nothing for the default one.
        nil: The attribute of a member without a value; it declares its prefix itself unless told.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    if shape.plain:
        return f"<{prefix}{shape.element}>{to_xml(_plain(shape), values)}</{prefix}{shape.element}>"
    sorted_members = sorted(shape.members, key=lambda one: one.name)
    inside = "".join(xml_member(one, values.get(one.name), prefix, nil=nil) for one in sorted_members)
    return f"<{prefix}{shape.element}>{inside}</{prefix}{shape.element}>"


def xml_member(member: Member, value: Any, prefix: str, *, nil: str = _OWN_NIL) -> str:
    """Write one member as an element; a text, a date or a list without a value is nil, as .NET writes null.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    tag = prefix + member.name
    if value is None and member.kind in (Kind.TEXT, Kind.DATE, Kind.LIST):
        return f"<{tag} {nil}/>"
    if member.shape:
        return xml_list(member, value, prefix, nil=nil)
    return f"<{tag}>{to_xml(member, value)}</{tag}>"


def xml_list(member: Member, values: Sequence[Any], prefix: str, *, nil: str = _OWN_NIL) -> str:
    """Write a list; one of plain values declares their namespace.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    shape = _shape(member)
    inner, space = (prefix, "") if not shape.plain else ("d4p1:", f' xmlns:d4p1="{ARRAYS}"')
    inside = "".join(xml_text(shape, one, inner, nil=nil) for one in values)
    return f"<{prefix}{member.name}{space}>{inside}</{prefix}{member.name}>"


def json_member(member: Member, value: Any) -> str:
    """Write one member's value as JSON; a text or a date without a value is null, a list is empty.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    if member.shape:
        return "[" + ", ".join(json_text(member.shape, one) for one in value or ()) + "]"
    if value is None and member.kind in (Kind.TEXT, Kind.DATE):
        return "null"
    return to_json(member, value)


def _plain(shape: Shape) -> Member:
    return Member(shape.element, shape.plain or Kind.TEXT, shape.element)


def _shape(member: Member) -> Shape:
    if member.shape is None:
        raise AssertionError(f"{member.name} is no list")
    return member.shape


def _without_declaration(raw: bytes) -> bytes:
    raw = raw.removeprefix("\ufeff".encode())
    return raw.partition(b"?>")[2] if raw.lstrip().startswith(b"<?xml") else raw
