"""Write an order, an item, an option or a field from its values, in either format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from techdesk.wire.resource_scheduler.members import ARRAYS, ENTITIES, INSTANCE, ORDER, Kind, Member, Shape
from techdesk.wire.resource_scheduler.values import to_json, to_xml


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
    return xml_text(ORDER, values, "").replace("<ServiceOrder>", f"<ServiceOrder {spaces}>", 1).encode()


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
    written = (f'"{shape.json_name(one.name)}": {_json_member(one, values.get(one.name))}' for one in shape.members)
    return "{" + ", ".join(written) + "}"


def xml_text(shape: Shape, values: Any, prefix: str) -> str:
    """Write one object, or one plain value of a list, as an element; its members stand in the alphabet's order.

    Args:
        shape: What it is.
        values: Its values by the names of the members.
        prefix: The prefix of its namespace with a colon, or nothing for the default one.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    if shape.plain:
        return f"<{prefix}{shape.element}>{to_xml(_plain(shape), values)}</{prefix}{shape.element}>"
    sorted_members = sorted(shape.members, key=lambda one: one.name)
    inside = "".join(_xml_member(one, values.get(one.name), prefix) for one in sorted_members)
    return f"<{prefix}{shape.element}>{inside}</{prefix}{shape.element}>"


def _xml_member(member: Member, value: Any, prefix: str) -> str:
    """Write one member as an element; a text or a list without a value is left out, which .NET reads as null.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    tag = prefix + member.name
    if member.shape:
        if value is None:
            return ""
        return xml_list(member, value, prefix)
    if value is None and member.kind in (Kind.TEXT, Kind.DATE):
        return ""
    return f"<{tag}>{to_xml(member, value)}</{tag}>"


def xml_list(member: Member, values: Sequence[Any], prefix: str) -> str:
    """Write a list; one of plain values declares their namespace.

    Raises:
        InvalidInputError: A value is of another type than its member.
    """
    shape = _shape(member)
    inner, space = (prefix, "") if not shape.plain else ("d4p1:", f' xmlns:d4p1="{ARRAYS}"')
    inside = "".join(xml_text(shape, one, inner) for one in values)
    return f"<{prefix}{member.name}{space}>{inside}</{prefix}{member.name}>"


def _json_member(member: Member, value: Any) -> str:
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
