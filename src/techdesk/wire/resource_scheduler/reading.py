"""Read the bytes of an order, in JSON or XML, into its values by the names of the members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.resource_scheduler import json_form, xml_form
from techdesk.wire.resource_scheduler.members import ENTITIES, ORDER, Kind, Member, Shape
from techdesk.wire.resource_scheduler.values import from_json, from_xml
from techdesk.wire.resource_scheduler.writing import Form

Values = dict[str, Any]
"""Member → value; a list holds the like. What is absent or null is None; members that we do not know are left out."""

_AS_IT_IS = "surrogateescape"
"""Carries bytes that are no UTF-8 through a text."""
_ODD_IN_XML = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\udc80-\udcff]|&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)"
)
"""Characters that XML has not, and what names one that XML does not know."""
_SPACE_DECLARATION = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*')""")


def read_order(raw: bytes, form: Form) -> Values:
    """Read one order.

    Raises:
        InvalidInputError: It is no order, or a member that we know holds what it cannot; `field` names it.
    """
    if form is Form.JSON:
        text = text_of(raw)
        return _json_object(ORDER, text, json_form.scan(text))
    return _xml_object(ORDER, root_of(raw))


def form_of(raw: bytes) -> Form:
    """Return the format that bytes look like."""
    return Form.XML if raw.removeprefix("\ufeff".encode()).lstrip()[:1] == b"<" else Form.JSON


def split(raw: bytes, form: Form) -> list[bytes]:
    """Return the bytes of each order in a list of them; an odd one is refused when it is read by itself.

    Raises:
        InvalidInputError: It is no list of orders.
    """
    if form is Form.JSON:
        return [one.encode("utf-8", _AS_IT_IS) for one in _values(raw.decode("utf-8", _AS_IT_IS))]
    root = xml_form.scan(_scannable(raw), levels=2)
    if (root.name, root.namespace) != ("ArrayOfServiceOrder", ENTITIES):
        raise InvalidInputError("The answer is no list of orders")
    spaces = _SPACE_DECLARATION.findall(raw[root.start : root.inner])
    return [_with_spaces(raw[one.start : one.end], spaces, one) for one in root.children]


def _values(text: str) -> list[str]:
    try:
        found = json_form.scan(text)
    except InvalidInputError:
        return json_form.values_in_list(text)
    if found.mark != "[":
        raise InvalidInputError("The answer is no list of orders")
    return [text[one.start : one.end] for one in found.items]


def _scannable(raw: bytes) -> bytes:
    """Return XML of the same length with a question mark for each byte that no XML may have, so that places stay."""
    text = raw.decode("utf-8", _AS_IT_IS)
    return _ODD_IN_XML.sub("?", text).encode() if _ODD_IN_XML.search(text) else raw


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return path → value of all that is not None, such as `ServiceOrderItemList/0/Quantity`."""
    for name, value in values.items():
        if isinstance(value, list):
            for place, one in enumerate(value):
                path = f"{prefix}{name}/{place}"
                yield from flat(one, f"{path}/") if isinstance(one, dict) else [(path, one)]
        elif value is not None:
            yield prefix + name, value


def text_of(raw: bytes) -> str:
    """Return the text of JSON bytes.

    Raises:
        InvalidInputError: They are no UTF-8.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError("The body is not JSON in UTF-8") from error


def root_of(raw: bytes) -> xml_form.Element:
    """Return the element of an order.

    Raises:
        InvalidInputError: It is no XML, or no order in its namespace.
    """
    root = xml_form.scan(raw)
    if (root.name, root.namespace) != (ORDER.element, ENTITIES):
        raise InvalidInputError(f"The body must be a ServiceOrder in the namespace {ENTITIES}")
    return root


def _json_object(shape: Shape, text: str, spot: json_form.Spot) -> Values:
    if spot.mark != "{":
        raise InvalidInputError(f"{shape.element} must be an object", field=shape.element)
    found = ((one, spot.members.get(shape.json_name(one.name))) for one in shape.members)
    return {one.name: None if at is None else _json_value(one, text, at) for one, at in found}


def _json_value(member: Member, text: str, spot: json_form.Spot) -> Any:
    written = text[spot.start : spot.end]
    if member.shape is None:
        return from_json(member, written)
    if written == "null":
        return None
    if spot.mark != "[":
        raise InvalidInputError(f"{member.name} must be a list", field=member.name)
    return [_json_in_list(member.shape, text, one) for one in spot.items]


def _json_in_list(shape: Shape, text: str, spot: json_form.Spot) -> Any:
    if shape.plain:
        return from_json(Member(shape.element, shape.plain, shape.element), text[spot.start : spot.end])
    return _json_object(shape, text, spot)


def _xml_object(shape: Shape, element: xml_form.Element) -> Values:
    found = ((one, element.child(one.name)) for one in shape.members)
    return {one.name: None if at is None else _xml_value(one, at) for one, at in found}


def _xml_value(member: Member, element: xml_form.Element) -> Any:
    if element.is_nil:
        return None
    shape = member.shape
    if shape:
        return [_xml_in_list(shape, one) for one in element.children if one.name == shape.element]
    if element.children:
        raise InvalidInputError(f"{member.name} must hold text only", field=member.name)
    if not element.text.strip() and member.kind is not Kind.TEXT:
        return None
    return from_xml(member, element.text)


def _xml_in_list(shape: Shape, element: xml_form.Element) -> Any:
    if shape.plain:
        return from_xml(Member(shape.element, shape.plain, shape.element), element.text)
    return _xml_object(shape, element)


def _with_spaces(raw: bytes, spaces: list[bytes], element: xml_form.Element) -> bytes:
    """Return one element of a list with the namespaces that its list declares, so that it stands on its own."""
    tag_end = element.inner - element.start
    tag = raw[:tag_end]
    known = {one.split(b"=")[0].strip() for one in _SPACE_DECLARATION.findall(tag)}
    added = b"".join(one for one in spaces if one.split(b"=")[0].strip() not in known)
    name = re.match(rb"<[^\s/>]+", tag)
    begins = name.end() if name else 1
    return tag[:begins] + added + tag[begins:] + raw[tag_end:]
