"""Read JSON strictly, by the rules that every dialect of the server shares.

UTF-8 only; a name stands once in an object; no NaN or infinity; nesting to 64 levels; text is any Unicode but
NUL and lone surrogates. Numbers with a fraction become `Decimal`, so that money stays exact.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from techdesk.domain.errors import InvalidInputError, InvalidTextError
from techdesk.domain.text import checked_text

MAX_DEPTH = 64
"""How many objects and lists may stand inside each other."""


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON document; numbers with a fraction or an exponent as `Decimal`.

    Raises:
        InvalidInputError: The body breaks one of this module's rules; `field` is a JSON pointer, or empty.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object_of_unique_names,
            parse_constant=_refuse_constant,
            parse_float=Decimal,
        )
    except RecursionError as error:
        raise InvalidInputError(f"The JSON is nested deeper than {MAX_DEPTH} levels") from error
    except InvalidOperation as error:
        raise InvalidInputError("A number is too large") from error
    except ValueError as error:
        raise InvalidInputError(f"The body is not JSON in UTF-8: {error}") from error
    _check(value)
    return value


def plain_numbers(value: Any) -> Any:
    """Return `value` with every `Decimal` as int or float, for free JSON that is kept as it came.

    Raises:
        InvalidInputError: A number is too large for a float.
    """
    if isinstance(value, dict):
        return {name: plain_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain_numbers(one) for one in value]
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    if not math.isfinite(number):
        raise InvalidInputError("A number is too large")
    return number


def _object_of_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # counted in one pass: a hundred thousand names must not be compared with each other
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise InvalidInputError(f"The name “{twice[:40]}” stands twice in one object")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise InvalidInputError(f"{text} is not a JSON number")


def _check(value: Any) -> None:
    """Check depth and text level by level; a loop, so that no input can exhaust the stack."""
    level: list[tuple[str, Any]] = [("", value)]
    depth = 0
    while level:
        below: list[tuple[str, Any]] = []
        for pointer, one in level:
            if isinstance(one, str):
                _check_text(pointer, one)
            elif isinstance(one, dict | list):
                below.extend(_members(pointer, one))
        if any(isinstance(one, dict | list) for _, one in level):
            depth += 1
        if depth > MAX_DEPTH:
            raise InvalidInputError(f"The JSON is nested deeper than {MAX_DEPTH} levels")
        level = below


def _members(pointer: str, container: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    if isinstance(container, list):
        return ((f"{pointer}/{place}", one) for place, one in enumerate(container))
    for name in container:
        _check_text(pointer, name)
    return ((f"{pointer}/{name}", one) for name, one in container.items())


def _check_text(pointer: str, text: str) -> None:
    try:
        checked_text(text)
    except InvalidTextError as error:
        raise InvalidTextError(field=pointer) from error
