"""Read JSON as odd servers write it: one value that breaks its rules must not cost what stands beside it."""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST = 200
"""More than any order may have, so what is cut off here is refused later, with its order."""

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


_MOST_DIGITS = 300
"""More than any amount has; thousands of them take Python long, and it refuses them."""


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON document; a list or object more than 200 levels down is empty.

    Control characters may stand in a text as they are, what is no UTF-8 becomes half surrogates, and a number of
    hundreds of digits is a text: who reads the value refuses the record in which that is, and no other.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_shallow(_as_text(text)))
    except ValueError:
        return _leniently(_as_text(text))


def _leniently(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_int=_whole)
    except RecursionError:
        return json.loads(_shallow(text), strict=False, parse_int=_whole)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _as_text(text: str | bytes) -> str:
    """Return a document as text, with half surrogates where it is none: no store takes those."""
    return text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogateescape")


def _shallow(text: str) -> str:
    pieces: list[str] = []
    start = depth = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                pieces.append(text[start : token.start()])
        elif token[0] in "]}":
            if depth == _DEEPEST + 1:
                pieces.append("[]")
                start = token.end()
            depth -= 1
    return "".join([*pieces, text[start:] if depth <= _DEEPEST else ""])
