"""Read JSON of any depth: what is nested beyond all reason must not cost what stands beside it."""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST = 200
"""More than any order may have, so what is cut off here is refused later, with its order."""

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON document; a list or object more than 200 levels down is empty.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_shallow(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")))


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
