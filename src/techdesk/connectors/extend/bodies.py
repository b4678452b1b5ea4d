"""Read what is in the body of an answer of Extend."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from techdesk.connectors import deep_json
from techdesk.connectors.http import Answer
from techdesk.domain.errors import BusyError, InvalidInputError, WrongAddressError
from techdesk.wire.extend import ServiceOrder
from techdesk.wire.json_text import parse_json, plain_numbers

UNREADABLE = "The server's answer broke off or could not be read"
ANOTHERS = "The answer is about another order"


def order_in(answer: Answer) -> ServiceOrder:
    """Return the order of an answer.

    Raises:
        BusyError: The body broke off or is no JSON.
        InvalidInputError: The order cannot be read.
    """
    try:
        return ServiceOrder.model_validate(json_in(answer))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(step) for step in first["loc"])
        raise InvalidInputError(f"{where}: {first['msg']}", field=where) from error


def json_in(answer: Answer) -> Any:
    """Return the JSON of an answer.

    Raises:
        BusyError: The body broke off or is no JSON.
        InvalidInputError: It holds what no store can keep.
    """
    try:
        # what is only odd did not break off: `parse_json` says so of this order, and the others are still read
        deep_json.loads(answer.body or b"")
    except ValueError as error:
        raise BusyError(UNREADABLE) from error
    return plain_numbers(parse_json(answer.body or b""))


def check_is_record(answer: Answer) -> None:
    """Return if an answer is such JSON as a system gives that knows what was asked.

    Raises:
        BusyError: The body broke off or is no JSON.
        WrongAddressError: It says nothing.
    """
    try:
        told = deep_json.loads(answer.body or b"")
    except ValueError as error:
        raise BusyError(UNREADABLE) from error
    if not isinstance(told, dict | list):
        raise WrongAddressError
