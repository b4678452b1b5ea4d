"""Find every value of a JSON text with its place, and put other values there: all else stays as it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.json_text import MAX_DEPTH

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", re.ASCII)


class TooDeepError(InvalidInputError):
    """Say that a JSON text is nested deeper than 64 levels."""

    default_title = f"The JSON is nested deeper than {MAX_DEPTH} levels"


@dataclass(slots=True)
class Spot:
    """A value and where it stands.

    Attributes:
        mark: `{`, `[` or nothing for a scalar.
        members: Name → value, of an object, in their order.
        keys: Name → where its key begins.
        items: The values of a list.
    """

    start: int
    end: int = 0
    mark: str = ""
    members: dict[str, Spot] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    items: list[Spot] = field(default_factory=list)

    def spans(self) -> list[tuple[int, int]]:
        """Return where in the text each member (with its key) or each value of a list begins and ends."""
        if self.mark == "{":
            return [(self.keys[name][0], one.end) for name, one in self.members.items()]
        return [(one.start, one.end) for one in self.items]


def scan(text: str) -> Spot:
    """Return the value of a JSON text with all in it.

    Raises:
        TooDeepError: It is nested deeper than 64 levels.
        InvalidInputError: It is not JSON, or a name stands twice in an object.
    """
    begin = 1 if text.startswith("\ufeff") else 0
    spot = _value(text, _skip(text, begin), 1)
    if _skip(text, spot.end) != len(text):
        raise _not_json(spot.end)
    return spot


def values_in_list(text: str) -> list[str]:
    """Return the text of each value in a list, however deeply one of them is nested; only brackets are looked at.

    Raises:
        InvalidInputError: It is no list, or its brackets do not close.
    """
    found: list[str] = []
    depth, begin = 0, text.find("[") + 1
    for token in _MARKS.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth == 1 and begin != token.end():
                raise _not_json(token.start())
        if depth == 1 and mark in ",]":
            found.append(text[begin : token.start()].strip())
            begin = token.end()
        if mark in "]}":
            depth -= 1
    if depth or text[begin:].strip() or not text.lstrip("\ufeff \t\r\n").startswith("["):
        raise _not_json(len(text))
    return found


def with_value(text: str, spot: Spot, written: str) -> str:
    """Return the text with another value at a spot."""
    return text[: spot.start] + written + text[spot.end :]


def with_another(text: str, inside: Spot, written: str, name: str = "") -> str:
    """Return the text with one more value at the end of a list, or one more member of an object."""
    spans = inside.spans()
    if not spans:
        key = f"{json.dumps(name)}: " if name else ""
        return text[: inside.start + 1] + key + written + text[inside.end - 1 :]
    key = json.dumps(name) + _colon(text, inside) if name else ""
    lone = "," + text[inside.start + 1 : spans[0][0]]
    between = text[spans[-2][1] : spans[-1][0]] if len(spans) > 1 else lone
    return text[: spans[-1][1]] + between + key + written + text[spans[-1][1] :]


def without(text: str, inside: Spot, index: int) -> str:
    """Return the text with one value of a list taken out."""
    spans = inside.spans()
    start, end = spans[index]
    if index:
        start = spans[index - 1][1]
    elif len(spans) > 1:
        end = spans[1][0]
    return text[:start] + text[end:]


def _colon(text: str, inside: Spot) -> str:
    last = list(inside.members)[-1]
    return text[inside.keys[last][1] : inside.members[last].start]


def _value(text: str, at: int, depth: int) -> Spot:
    if depth > MAX_DEPTH:
        raise TooDeepError
    mark = text[at : at + 1]
    if mark == "{":
        return _object(text, at, depth)
    if mark == "[":
        return _list(text, at, depth)
    found = (_STRING if mark == '"' else _SCALAR).match(text, at)
    if found is None:
        raise _not_json(at)
    return Spot(at, found.end())


def _object(text: str, at: int, depth: int) -> Spot:
    spot = Spot(at, mark="{")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or spot.members:
        found = _STRING.match(text, at)
        if found is None:
            raise _not_json(at)
        name, colon = json.loads(found.group()), _skip(text, found.end())
        if text[colon : colon + 1] != ":":
            raise _not_json(colon)
        if name in spot.members:
            raise InvalidInputError(f"The name “{name[:40]}” stands twice in one object")
        one = _value(text, _skip(text, colon + 1), depth + 1)
        spot.members[name], spot.keys[name] = one, (at, found.end())
        at, ends = _after(text, one.end, "}")
        if ends:
            break
    spot.end = at + 1
    return spot


def _list(text: str, at: int, depth: int) -> Spot:
    spot = Spot(at, mark="[")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]" or spot.items:
        one = _value(text, at, depth + 1)
        spot.items.append(one)
        at, ends = _after(text, one.end, "]")
        if ends:
            break
    spot.end = at + 1
    return spot


def _after(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Return where the next value begins, or where the closing mark stands and that it does."""
    at = _skip(text, at)
    if text[at : at + 1] == closing:
        return at, True
    if text[at : at + 1] != ",":
        raise _not_json(at)
    return _skip(text, at + 1), False


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _not_json(at: int) -> InvalidInputError:
    return InvalidInputError(f"The body is not JSON: character {at + 1} is not expected there")
