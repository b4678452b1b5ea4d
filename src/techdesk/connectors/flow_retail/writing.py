"""Write what a person set as the JSON body of a Flow Retail request.

The wire's own request models check the body before it is frozen, so what our server would refuse by type never leaves.
Only writable fields go out: what merely follows from others (names, states, totals, dates of making) stays here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from techdesk.application.accounts import Deed
from techdesk.application.outbox import Operation, Verb
from techdesk.connectors.flow_retail.mapping import camel
from techdesk.connectors.flow_retail.problems import label_of
from techdesk.connectors.flow_retail.profile import REFUSALS
from techdesk.domain.errors import NotSupportedError
from techdesk.domain.money import parse_amount, parse_money
from techdesk.domain.records import RecordType, is_empty
from techdesk.wire.flow_retail import (
    AcceptRequest,
    AssetInput,
    CustomerInput,
    EventCreate,
    EventUpdate,
    HoursCreate,
    HoursUpdate,
    ItemCreate,
    ItemUpdate,
    OrderCreate,
    OrderUpdate,
    PostalAddressInput,
    Request,
    SalesOrderCreate,
    SiteInput,
)
from techdesk.wire.refusals import in_plain_words

_MODELS: dict[tuple[RecordType, Verb], type[Request]] = {
    (RecordType.ORDER, Verb.CREATE): OrderCreate,
    (RecordType.ORDER, Verb.UPDATE): OrderUpdate,
    (RecordType.ORDER, Verb.ACCEPT): AcceptRequest,
    (RecordType.ITEM, Verb.CREATE): ItemCreate,
    (RecordType.ITEM, Verb.UPDATE): ItemUpdate,
    (RecordType.EVENT, Verb.CREATE): EventCreate,
    (RecordType.EVENT, Verb.UPDATE): EventUpdate,
    (RecordType.HOURS, Verb.CREATE): HoursCreate,
    (RecordType.HOURS, Verb.UPDATE): HoursUpdate,
    (RecordType.SALES_ORDER, Verb.CREATE): SalesOrderCreate,
}
_NESTED: dict[str, type[Request]] = {
    "customer": CustomerInput,
    "site": SiteInput,
    "assets": AssetInput,
    "order_address": PostalAddressInput,
    "invoice_address": PostalAddressInput,
}
_MONEY = frozenset({"price", "cost_price", "original_price", "estimated_price", "max_price"})
_CLEARED: Mapping[str, Any] = {"price": 0, "data": {}, "assets": []}
"""What stands for an empty value where null is refused."""

_FOLLOWS_STATUS = "service_state"


def body_of(operation: Operation) -> bytes:
    """Return the JSON body of an operation, empty for a removal.

    Raises:
        NotSupportedError: The server has no such request, or would refuse it by its type; the text says where.
    """
    deed = Deed(operation.record_type, operation.verb)
    if deed in REFUSALS:
        raise NotSupportedError(REFUSALS[deed])
    model = _MODELS.get((operation.record_type, operation.verb))
    if model is None:
        return b""
    writable = model.model_fields.keys() - {_FOLLOWS_STATUS}
    named = {camel(name): _value(name, value) for name, value in operation.intent.items() if name in writable}
    try:
        checked = model.model_validate(named)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # a rule across members, such as an event's, names its member itself
        pointer = first.get("ctx", {}).get("pointer") or "/".join(str(step) for step in first["loc"])
        raise NotSupportedError(
            "The server would refuse this", f"{label_of(pointer)}: {in_plain_words(first)}"
        ) from error
    body = checked.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _value(name: str, value: Any) -> Any:
    """Return a document's value as the wire has it; an empty one clears its field."""
    if is_empty(value):
        return _CLEARED.get(name)
    if name in _MONEY:
        return parse_money(value).amount
    if name == "quantity":
        return parse_amount(str(value))
    if name in _NESTED:
        return _list_or_one(_NESTED[name], value)
    return value


def _list_or_one(model: type[Request], value: Any) -> Any:
    if isinstance(value, list):
        return [_list_or_one(model, one) for one in value]
    return {camel(name): one for name, one in value.items() if name in model.model_fields}
