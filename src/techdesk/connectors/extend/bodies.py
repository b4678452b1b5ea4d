"""Read what is in the body of an answer of Extend."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from techdesk.connectors import deep_json
from techdesk.connectors.http import Answer
from techdesk.domain.errors import BusyError, InvalidInputError, WrongAddressError, WrongVersionError
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


def orders_in(answer: Answer) -> list[ServiceOrder]:
    """Return the orders of a search, whose list may stand alone, under any name, or be one order itself.

    Source: Extend publishes the title of that page only; what it answers is not said.

    Raises:
        BusyError: The body broke off or is no JSON.
        InvalidInputError: An order cannot be read.
        WrongVersionError: It holds nothing like orders.
    """
    told = json_in(answer)
    lists = [one for one in told.values() if isinstance(one, list)] if isinstance(told, dict) else [told]
    if isinstance(told, dict):
        lists = [told["serviceOrders"]] if "serviceOrders" in told else [[told]] if "id" in told else lists
    if len(lists) != 1 or not isinstance(lists[0], list):
        raise WrongVersionError
    try:
        return [ServiceOrder.model_validate(one) for one in lists[0]]
    except ValidationError as error:
        raise WrongVersionError from error


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
