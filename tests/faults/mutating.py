"""Spoil recorded answers with dice: bits, bytes, values, names, depth, size, and the status and headers with them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from techdesk.connectors.http import Answer

_HTML = b"<!doctype html><html><body>Please log in</body></html>"
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'
_STATUS = (200, 201, 202, 204, 206, 301, 302, 400, 401, 403, 404, 405, 406, 409, 410, 412, 418, 422, 429, 500, 503, 511)
_TYPES = ("text/html", "", "application/json; charset=utf-16", "application/problem+json", "image/png", "\xff")
_TIMES = ("0", "-1", "9" * 40, "soon", "Mon, 99 Foo 20x6", "Fri, 31 Dec 9999 23:59:59 -9999", "1e9", "٣", "²")
_HEADERS = ("retry-after", "date", "etag", "location", "www-authenticate")
_NUMBER = re.compile(rb"\d+")
_LONG = "x" * 200_000

_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    -0.0,
    2**53 + 1,
    2**63,
    -(2**64),
    10**400,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\0",
    "\ud800",
    "\udfff\ud800",
    "\u202e\ufeff",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59.9999999+14:00",
    "2026-06-01T12:00:00",
    "1 EUR",
    "NaN",
    "tmp_1",
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"$ref": "#"},
    [1, "a", None, {}],
)
_TEXTS = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1" * 5000,
    b"1e999999",
    b'"\\ud83d"',
    b'"\\u0000"',
    b"[" * 300 + b"]" * 300,
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"\xff\xfe",
    b"01",
    b"'x'",
    b"undefined",
    b"",
)

Spoil = Callable[[bytes, Random], bytes]


def mutated(answer: Answer, dice: Random) -> Answer:
    """Return a recorded answer as a bad server, gateway or line might give it."""
    body = answer.body or b""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        body = dice.choice(_SPOILS)(body, dice)
    spoilt = replace(answer, body=body)
    if dice.random() < 0.1:
        spoilt = replace(spoilt, status=dice.choice(_STATUS))
    if dice.random() < 0.1:
        spoilt = replace(spoilt, headers={**spoilt.headers, **_header(dice)})
    if dice.random() < 0.02:
        spoilt = replace(spoilt, body=None)
    return spoilt


def _header(dice: Random) -> Mapping[str, str]:
    if dice.random() < 0.3:
        return {"content-type": dice.choice(_TYPES)}
    return {dice.choice(_HEADERS): dice.choice(_TIMES)}


def _flip_bits(body: bytes, dice: Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(dice.choice((1, 1, 3, 16)) if spoilt else 0):
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def _cut(body: bytes, dice: Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _drop_a_piece(body: bytes, dice: Random) -> bytes:
    start = dice.randrange(len(body) + 1)
    return body[:start] + body[start + dice.choice((1, 1, 8, 200)) :]


def _repeat_a_piece(body: bytes, dice: Random) -> bytes:
    start = dice.randrange(len(body) + 1)
    piece = body[start : start + dice.choice((1, 20, 300))]
    return body[:start] + piece * dice.choice((2, 2, 50)) + body[start:]


def _insert(body: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(body) + 1)
    return body[:place] + dice.choice(_TEXTS) + body[place:]


def _other_number(body: bytes, dice: Random) -> bytes:
    found = list(_NUMBER.finditer(body))
    if not found:
        return body
    one = dice.choice(found)
    return body[: one.start()] + dice.choice(_TEXTS) + body[one.end() :]


def _other_body(body: bytes, dice: Random) -> bytes:
    return dice.choice((_HTML, _LAUGHS, b"", b"null", b"[]", b"{}", b'"x"', b"0", b"\xef\xbb\xbf" + body, body + body))


def _other_value(body: bytes, dice: Random) -> bytes:
    """Change one thing in a JSON document: its value, its name, its place; leave alone what is no JSON."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return _flip_bits(body, dice)
    places = _places(whole)
    if not places:
        return json.dumps(dice.choice(_VALUES)).encode()
    holder, key = dice.choice(places)
    dice.choice(_CHANGES)(holder, key, dice)
    try:
        return json.dumps(whole).encode()
    except (RecursionError, ValueError):
        return body


def _places(whole: Any) -> list[tuple[Any, Any]]:
    places: list[tuple[Any, Any]] = []
    rest = [whole]
    while rest and len(places) < 5000:
        one = rest.pop()
        keys: Any = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        places += [(one, key) for key in keys]
        rest += [one[key] for key in keys if isinstance(one[key], dict | list)]
    return places


def _set(holder: Any, key: Any, dice: Random) -> None:
    holder[key] = dice.choice(_VALUES)


def _set_long(holder: Any, key: Any, dice: Random) -> None:
    holder[key] = _LONG if dice.random() < 0.1 else str(holder[key])


def _remove(holder: Any, key: Any, dice: Random) -> None:
    del holder[key]


def _wrap(holder: Any, key: Any, dice: Random) -> None:
    holder[key] = dice.choice(([holder[key]], {"x": holder[key]}, [holder[key]] * 3))


def _rename(holder: Any, key: Any, dice: Random) -> None:
    if isinstance(holder, dict):
        holder[dice.choice((str(key).upper(), "", "\ud800", "id", "__class__", f"{key} "))] = holder.pop(key)


def _swap(holder: Any, key: Any, dice: Random) -> None:
    other = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


_CHANGES: tuple[Callable[[Any, Any, Random], None], ...] = (_set, _set, _set, _set_long, _remove, _wrap, _rename, _swap)


def _doubled_name(body: bytes, dice: Random) -> bytes:
    """Let a name stand twice in an object."""
    places = [one.end() for one in re.finditer(rb"{", body)]
    if not places:
        return body
    place = dice.choice(places)
    name = re.search(rb'"[^"]*"', body[place:])
    return body[:place] + (name[0] if name else b'"x"') + b": " + dice.choice(_TEXTS[:8]) + b"," + body[place:]


_SPOILS: tuple[Spoil, ...] = (
    _flip_bits,
    _cut,
    _drop_a_piece,
    _repeat_a_piece,
    _insert,
    _other_number,
    _other_body,
    _other_value,
    _other_value,
    _other_value,
    _other_value,
    _doubled_name,
)
