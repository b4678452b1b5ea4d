"""Search at the server for orders that this computer may not hold (Flow Retail, operation 6), and fetch one whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import ValidationError

from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.application.finding import SEARCH_FIELDS, SearchForm
from techdesk.connectors.flow_retail.calls import Calls, items_in, json_object
from techdesk.connectors.flow_retail.mapping import PARTS
from techdesk.connectors.flow_retail.reading import read_orders
from techdesk.connectors.flow_retail.tenancy import Tenancy
from techdesk.domain.errors import InvalidInputError
from techdesk.wire.flow_retail import SearchRequest

FOUND_AT_ONCE = 50
"""So many orders of each store are fetched; whoever finds more asks more closely."""

SEARCH_FORM = SearchForm(hint="Customer, phone, e-mail, number or title", fields=SEARCH_FIELDS, most=FOUND_AT_ONCE)
"""What an account can be asked for: all that operation 6 has."""


def search_body(wanted: ServerQuery) -> Mapping[str, Any]:
    """Return the body of a search; only what is looked at goes in.

    Raises:
        InvalidInputError: The server would refuse it.
    """
    named = {name: value for name, value in asdict(wanted).items() if value and name not in ("text", "service_kind")}
    try:
        request = SearchRequest.model_validate(named | ({"query": wanted.text} if wanted.text else {}))
    except ValidationError as error:
        raise InvalidInputError("The server would not understand this search") from error
    body: dict[str, Any] = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return body


def find(calls: Calls, tenancy: Tenancy, wanted: ServerQuery) -> list[PulledOrder]:
    """Ask every store of the account.

    Raises:
        InvalidInputError: The server would refuse it.
        ConnectionFailedError: It could not be asked.
    """
    body = search_body(wanted)
    found: list[PulledOrder] = []
    for store_uid in tenancy.store_uids:
        path = f"{tenancy.store_path(store_uid)}/serviceorders/search?pageSize={FOUND_AT_ONCE}"
        answer = calls.ask(path, body)
        raw_orders = items_in(json_object(answer))
        orders, _ = read_orders(raw_orders, tenancy.reader(store_uid), answer.body or b"")
        found += [replace(one, parts=()) for one in orders]
    return found


def fetch(calls: Calls, tenancy: Tenancy, found: PulledOrder) -> PulledOrder:
    """Fetch an order with all its parts, also where the order itself does not hold them.

    Raises:
        NotFoundError: It is gone.
        InvalidInputError: It cannot be read.
        ConnectionFailedError: It could not be fetched.
    """
    store_uid = tenancy.store_of(found.document)
    path = f"{tenancy.store_path(store_uid)}/serviceorders/{found.server_id}"
    raw = json_object(calls.one(path))
    missing = {part.member: f"{path}/{part.step}" for part in PARTS.values() if part.member not in raw}
    return tenancy.reader(store_uid).whole_order(raw | {member: calls.every(at) for member, at in missing.items()})
