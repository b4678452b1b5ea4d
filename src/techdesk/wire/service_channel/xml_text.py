"""Read a delivery's XML into the objects that its JSON would be.

A document type, and with it every entity, is refused before anything of it is believed, and nothing outside the body
is ever fetched. Members are known by their name; the order in which they stand does not matter to us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.json_text import MAX_DEPTH

NAMESPACE = "http://schemas.datacontract.org/2004/07/Titan.API.Core.Models.ServiceChannel"
ROOT = "ServiceChannelWorkOrderEventResponse"

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

Read = Callable[[Element], Any]


def parse_xml(body: bytes) -> Any:
    """Return the JSON value of a delivery's XML.

    Raises:
        InvalidInputError: It is not well-formed, has a document type, is nested too deeply, is another document, or a
            number or flag holds something else.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise InvalidInputError("The XML must not have a document type or entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidInputError(f"The body is not well-formed XML: {error}") from error
    if root.tag != f"{{{NAMESPACE}}}{ROOT}":
        raise InvalidInputError(f"The XML must be a {ROOT} of the namespace {NAMESPACE}")
    _check_depth(root)
    return _members(root, {"Object": _work_order})


def _check_depth(root: Element) -> None:
    level, depth = [root], 1
    while level:
        if depth > MAX_DEPTH:
            raise InvalidInputError(f"The XML is nested deeper than {MAX_DEPTH} levels")
        level = [child for one in level for child in one]
        depth += 1


def _members(element: Element, readers: Mapping[str, Read]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = _name(child)
        if name in found:
            raise InvalidInputError(f"The member “{name[:40]}” stands twice in one object")
        found[name] = None if _is_nil(child) else readers.get(name, _free)(child)
    return found


def _work_order(element: Element) -> dict[str, Any]:
    return _members(element, _OF_A_WORK_ORDER)


def _notes(element: Element) -> list[Any]:
    return [_members(one, _OF_A_NOTE) for one in element]


def _whole(element: Element) -> int | None:
    text = (element.text or "").strip()
    try:
        return int(text) if text else None
    except ValueError as error:
        raise InvalidInputError(f"{_name(element)} must be a whole number") from error


def _amount(element: Element) -> Decimal | None:
    text = (element.text or "").strip()
    try:
        number = Decimal(text) if text else None
    except InvalidOperation as error:
        raise InvalidInputError(f"{_name(element)} must be a number") from error
    if number is not None and not number.is_finite():
        raise InvalidInputError(f"{_name(element)} must be a number")
    return number


def _flag(element: Element) -> bool | None:
    text = (element.text or "").strip()
    if text not in _FLAGS:
        raise InvalidInputError(f"{_name(element)} must be true or false")
    return _FLAGS[text]


def _free(element: Element) -> Any:
    """Read a text, or what a newer sender adds: an object, or a list where a name repeats."""
    if not len(element):
        return element.text or ""
    names = [_name(child) for child in element]
    if len(set(names)) < len(names):
        return [None if _is_nil(child) else _free(child) for child in element]
    return _members(element, {})


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_nil(element: Element) -> bool:
    return element.get(_NIL, "").strip() in ("true", "1")


_FLAGS: dict[str, bool | None] = {"true": True, "1": True, "false": False, "0": False, "": None}
_WHOLE_OF_A_WORK_ORDER = ("Id", "SubscriberId", "ProviderId", "LocationId", "AssetId", "RecallWorkOrder")
_OF_A_WORK_ORDER: dict[str, Read] = {
    **dict.fromkeys(_WHOLE_OF_A_WORK_ORDER, _whole),
    "Nte": _amount,
    "Notes": _notes,
    "Status": lambda element: _members(element, {}),
}
_OF_A_NOTE: dict[str, Read] = {"Id": _whole, "Number": _whole, "ActionRequired": _flag}
