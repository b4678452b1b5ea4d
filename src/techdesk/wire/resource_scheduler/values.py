"""Read and write the single values of a service order, in JSON and in XML.

In our reading (`reading.Order`) a text is text, a whole number an int, a flag a bool, a date the text as received, a
decimal its plain text (`"1.5"` where `1.50` was sent), an enum its name in XML; what has no known name keeps its own.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import escape

from techdesk.domain.errors import InvalidInputError, InvalidTextError
from techdesk.domain.text import checked_text
from techdesk.wire.resource_scheduler.members import Kind, Member

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WHOLE = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,28}(\.\d{1,28})?([eE][+-]?\d{1,2})?\Z", re.ASCII)


def from_json(member: Member, written: str) -> Any:
    """Read a JSON scalar as it stands; null is None.

    Raises:
        InvalidInputError: It is of another type.
    """
    if written == "null":
        return None
    if written.startswith('"'):
        text = json.loads(written)
        if member.kind is Kind.ENUM:
            return _enum(member, text)
        if member.kind in (Kind.TEXT, Kind.DATE):
            return _text(member, text)
    elif written in ("true", "false") and member.kind is Kind.FLAG:
        return written == "true"
    elif written not in ("true", "false"):
        return _of_number(member, written)
    raise _wrong(member)


def from_xml(member: Member, text: str) -> Any:
    """Read the text of an element.

    Raises:
        InvalidInputError: It is of another type.
    """
    stripped = text.strip()
    if member.kind is Kind.FLAG:
        if stripped not in ("true", "false", "1", "0"):
            raise _wrong(member)
        return stripped in ("true", "1")
    if member.kind is Kind.ENUM:
        return _enum(member, stripped)
    if member.kind in (Kind.TEXT, Kind.DATE):
        return _text(member, text if member.kind is Kind.TEXT else stripped)
    return _of_number(member, stripped)


def to_json(member: Member, value: Any) -> str:
    """Write a value as JSON.

    Raises:
        InvalidInputError: It is of another type, or a text that no system can store.
    """
    checked = _checked_value(member, value)
    if member.kind is Kind.ENUM:
        number = member.choices.get(checked, checked)
        return str(number) if _WHOLE.match(str(number)) else json.dumps(number)
    if member.kind in (Kind.TEXT, Kind.DATE):
        return json.dumps(checked, ensure_ascii=False)
    if member.kind is Kind.FLAG:
        return "true" if checked else "false"
    return str(checked)


def to_xml(member: Member, value: Any) -> str:
    """Write a value as the text of an element, escaped.

    Raises:
        InvalidInputError: It is of another type, or a text that XML cannot hold.
    """
    checked = _checked_value(member, value)
    if member.kind is Kind.FLAG:
        return "true" if checked else "false"
    text = str(checked)
    if _NOT_IN_XML.search(text):
        raise InvalidTextError(field=member.name)
    # a carriage return would come back as a line feed: XML 1.0 §2.11
    return escape(text, {"\r": "&#13;"})


def _checked_value(member: Member, value: Any) -> Any:
    """Return a value as the reading has it; an empty one is what stands for nothing in its kind.

    Raises:
        InvalidInputError: It is of another type.
    """
    if value is None or value == "":
        return _nothing(member)
    if member.kind is Kind.TEXT and isinstance(value, str):
        return _text(member, value)
    if member.kind is Kind.FLAG and isinstance(value, bool):
        return value
    if member.kind is Kind.DATE and isinstance(value, str):
        return _text(member, value)
    if member.kind is Kind.ENUM and isinstance(value, str):
        return _enum(member, value)
    if member.kind in (Kind.WHOLE, Kind.DECIMAL) and not isinstance(value, bool):
        return _of_number(member, str(value))
    raise _wrong(member)


def _decimal_text(text: str) -> str:
    """Return a number's plain text, so that equal numbers are equal texts."""
    number = Decimal(text).normalize()
    return "0" if not number else f"{number:f}"


def _nothing(member: Member) -> Any:
    if member.kind is Kind.DATE:
        raise InvalidInputError(f"{member.label} needs a date", field=member.name)
    if member.kind is Kind.ENUM:
        return next(iter(member.choices))
    return {Kind.TEXT: "", Kind.FLAG: False, Kind.WHOLE: 0, Kind.DECIMAL: "0"}[member.kind]


def _text(member: Member, text: str) -> str:
    if member.kind is Kind.DATE:
        try:
            datetime.fromisoformat(text)
        except ValueError as error:
            raise _wrong(member) from error
    try:
        return checked_text(text)
    except InvalidTextError as error:
        raise InvalidTextError(field=member.name) from error


def _enum(member: Member, text: str) -> str:
    """Return the name of an enum's value; a number that we do not know keeps its digits, a name its letters."""
    named = next((name for name, number in member.choices.items() if str(number) == text), text)
    if named not in member.choices and not re.fullmatch(r"-?\d{1,9}|[A-Za-z_]\w{0,63}", named, re.ASCII):
        raise _wrong(member)
    return named


def _of_number(member: Member, text: str) -> Any:
    if member.kind is Kind.WHOLE and _WHOLE.match(text):
        return int(text)
    if member.kind is Kind.ENUM and _WHOLE.match(text):
        return _enum(member, text)
    if member.kind is Kind.DECIMAL and _NUMBER.match(text):
        try:
            return _decimal_text(text)
        except InvalidOperation as error:
            raise _wrong(member) from error
    raise _wrong(member)


def _wrong(member: Member) -> InvalidInputError:
    kinds = {
        Kind.TEXT: "text",
        Kind.WHOLE: "a whole number",
        Kind.DECIMAL: "a number",
        Kind.FLAG: "true or false",
        Kind.DATE: "a date and time",
        Kind.ENUM: "one of " + ", ".join(member.choices),
        Kind.LIST: "a list",
    }
    return InvalidInputError(f"{member.name} must be {kinds[member.kind]}", field=member.name)
