"""The wire: strict about what a client says, lenient about what a server answers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.vocabulary import ServiceState
from techdesk.wire.flow_retail import (
    Event,
    EventCreate,
    Item,
    Order,
    OrderCreate,
    OrderUpdate,
    Problem,
    check_event_data,
    json_number,
)
from techdesk.wire.json_text import MAX_DEPTH, parse_json, plain_numbers

_AMOUNTS = some.decimals(min_value=-(10**11) + 1, max_value=10**11 - 1, places=4)


@given(_AMOUNTS)
def test_an_amount_crosses_the_wire_exactly(amount: Decimal):
    sent = Order(service_order_uid="o", estimated_price=amount).model_dump_json(by_alias=True)

    assert Order.model_validate(parse_json(sent.encode())).estimated_price == amount
    assert Order.model_validate_json(sent).estimated_price == amount


@given(_AMOUNTS)
def test_the_number_of_an_amount_prints_it_plainly(amount: Decimal):
    assert Decimal(json.dumps(json_number(amount))) == amount


def test_money_with_more_than_four_decimals_or_sixteen_digits_is_refused():
    for wrong in (Decimal("0.00001"), Decimal(10) ** 11, Decimal("NaN"), Decimal("Infinity"), True, "1", float("inf")):
        with pytest.raises(ValidationError):
            OrderUpdate.model_validate({"estimatedPrice": wrong})


def test_a_request_says_which_fields_it_names():
    body = OrderUpdate.model_validate({"title": "Kettle", "orderUid": "", "description": None})

    assert body.named() == {"title": "Kettle", "order_uid": None, "description": ""}


def test_an_unknown_name_is_refused_in_a_request_and_passed_over_in_an_answer():
    with pytest.raises(ValidationError, match="colour"):
        OrderCreate.model_validate({"title": "Kettle", "serviceTypeUid": "t", "colour": "red"})
    assert Order.model_validate({"serviceOrderUid": "o", "colour": "red"}).title == ""


def test_an_answer_of_a_vendor_who_says_less_or_otherwise_is_read():
    order = Order.model_validate({"serviceOrderUid": "o", "serviceState": "PARKED", "title": None, "customerUid": ""})

    assert (order.service_state, order.title, order.customer_uid, order.revision) == ("PARKED", "", None, None)
    assert Order.model_validate({"serviceOrderUid": "o", "serviceState": "CLOSED"}).service_state is ServiceState.CLOSED


def test_an_id_is_matched_whole():
    for wrong in ("", "a b", "a\n", "ä", "a/b", "x" * 101, 5):
        with pytest.raises(ValidationError):
            Item.model_validate({"serviceOrderItemUid": wrong})


def test_instants_are_written_in_utc_with_milliseconds():
    event = Event.model_validate({"serviceEventUid": "e", "occurredAt": "2026-03-02T10:00:00.123456+01:00"})

    assert json.loads(event.model_dump_json(by_alias=True))["occurredAt"] == "2026-03-02T09:00:00.123Z"


def test_the_place_of_a_wrong_value_in_an_events_data_is_told():
    with pytest.raises(ValidationError) as refused:
        EventCreate.model_validate({"eventType": "resolved", "data": {"reason": 5}})

    (error,) = refused.value.errors()
    assert error["ctx"]["pointer"] == "/data/reason"


def test_a_message_with_braces_is_told_as_it_is():
    with pytest.raises(ValidationError, match=r"\{boom\}"):
        EventCreate.model_validate({"eventType": "x", "data": {"{boom}": 1}})


def test_empty_fields_of_an_event_are_left_out():
    event = EventCreate.model_validate({"eventType": "resolved", "data": {"reason": None, "resolutionType": "done"}})

    assert event.data == {"resolutionType": "done"}


def test_data_fits_its_event():
    check_event_data("repair_eta", {"isDelayed": True})
    with pytest.raises(InvalidInputError, match="no field"):
        check_event_data("repair_eta", {"reason": "x"})


def test_a_problem_is_read_from_what_others_send():
    assert Problem.model_validate({"title": "Nope", "status": 409, "surprise": 1}).code == ""


_JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-(10**20), 10**20)
    | some.floats(allow_nan=False, allow_infinity=False, width=32)
    | some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: some.lists(inner, max_size=4)
    | some.dictionaries(some.text(some.characters(categories=["L"]), max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=200)
@given(_JSON)
def test_what_json_writes_is_read_back(value: Any):
    assert plain_numbers(parse_json(json.dumps(value).encode())) == value


_WRONG = [
    (b"", ""),
    (b"\xff", ""),
    (b"[NaN]", ""),
    (b"-Infinity", ""),
    (b'{"a": {"b": 1, "b": 2}}', ""),
    (b'{"a": ["\\u0000"]}', "/a/0"),
    (b'{"a": {"b": "\\udc00"}}', "/a/b"),
    (b'{"\\ud800": 1}', ""),
    (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), ""),
    (b"[" * 1_000_000, ""),
    (b"1" * 5_000, ""),
    (b"1e99999999999999999999", ""),
]


def test_what_breaks_a_rule_is_refused_and_its_place_told(subtests: pytest.Subtests):
    for body, pointer in _WRONG:
        with subtests.test(body=body[:20]), pytest.raises(InvalidInputError) as refused:
            parse_json(body)
        assert refused.value.field == pointer


def test_a_number_too_large_for_a_float_is_no_free_json():
    with pytest.raises(InvalidInputError, match="too large"):
        plain_numbers([Decimal("1e999")])
