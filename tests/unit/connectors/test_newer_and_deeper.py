"""Extend and Resource Scheduler: a newer server's words are shown and kept, one order too deep costs itself only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account
from techdesk.application.exchange import FreezeTarget, PulledOrder, ServerQuery
from techdesk.application.outbox import Operation, OutcomeClass, Verb
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.domain.errors import InvalidInputError, TechDeskError
from techdesk.domain.records import RecordType
from techdesk.wire.resource_scheduler import Form, joined, split
from tests.support.builders import MORNING
from tests.unit.connectors.answering import Handler, answer, json_answer

DEPTH = 10_000
DEEP_JSON = b"[" * DEPTH + b"]" * DEPTH
DEEP_XML = b"<d>" * DEPTH + b"</d>" * DEPTH
NOON = 1_780_315_200_000
SAMPLES = Path(__file__).parents[2] / "data" / "resource_scheduler"
OP = "0190f3e2-0000-7000-8000-00000000abcd"
SENT = b'{"event": "repair_started"}'


def an_operation(record_type: RecordType, verb: Verb, **intent: Any) -> Operation:
    return Operation(
        op_id=OP,
        account_id="a1",
        order_id="o1",
        record_type=record_type,
        record_id="r1",
        verb=verb,
        intent=intent,
        created_at=MORNING,
    )


def target(order: PulledOrder) -> FreezeTarget:
    return FreezeTarget(
        order_server_id=order.server_id,
        record_server_id=order.server_id,
        revision=order.revision,
        base=order.document,
        raw=order.raw,
    )


class Desks:
    """Make connectors to a server that answers as told, and close them."""

    def __init__(self) -> None:
        self.made: list[ExtendConnector | ResourceSchedulerConnector] = []

    def extend(self, handler: Handler) -> ExtendConnector:
        account = Account(account_id="a1", name="E", system="extend", address="https://api.example")
        one = ExtendConnector(account, "token", transport=httpx.MockTransport(handler))
        self.made.append(one)
        return one

    def resource_scheduler(self, form: Form, body: bytes) -> ResourceSchedulerConnector:
        def handler(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/token":
                return json_answer({"access_token": "t", "token_type": "bearer", "expires_in": 3600})
            return answer(200, body, content_type=f"application/{form.value}")

        account = Account(
            account_id="a1",
            name="R",
            system="resource_scheduler",
            address="https://rs.example",
            settings={"userName": "kim", "format": form.value},
        )
        one = ResourceSchedulerConnector(account, "password", transport=httpx.MockTransport(handler))
        self.made.append(one)
        return one


@pytest.fixture
def desks() -> Iterator[Desks]:
    made = Desks()
    yield made
    for one in made.made:
        one.close()


def a_claim(order_id: str, **members: Any) -> dict[str, Any]:
    return {"id": order_id, "serviceType": "repair_depot", "status": "IN_PROGRESS", "createdAt": NOON} | members


def test_extend_shows_a_newer_servers_words_as_they_are(desks: Desks):
    told = {
        "eventId": "e1",
        "event": "teleported",
        "createdAt": NOON,
        "beam": "B",
        "method": "PIGEON",
        "partManagementEventType": "PRINTED",
    }
    newer = a_claim("o1", serviceType="repair_in_orbit", status="AT_THE_MOON", acceptedAt=NOON, events=[told])

    (one,) = desks.extend(lambda _: json_answer(newer)).pull("", ["o1"]).orders

    shown = one.document
    assert (shown["service_type_name"], shown["service_status_name"]) == ("repair_in_orbit", "AT_THE_MOON")
    assert (shown["title"], shown["service_kind"], shown["service_state"]) == (
        "repair_in_orbit",
        "other",
        "IN_PROGRESS",
    )
    event = one.parts[0].document
    assert event["event_type"] == "teleported"
    assert event["data"] == {"beam": "B", "method": "PIGEON", "partManagementEventType": "PRINTED"}


def test_extend_calls_known_words_by_their_names(desks: Desks):
    (one,) = desks.extend(lambda _: json_answer(a_claim("o1", status="ON_HOLD"))).pull("", ["o1"]).orders

    assert (one.document["service_type_name"], one.document["service_status_name"]) == ("Depot repair", "On hold")


def test_extend_is_sent_an_unknown_kind_with_all_that_is_in_it(desks: Desks):
    wanted = an_operation(
        RecordType.EVENT,
        Verb.CREATE,
        event_type="teleported",
        occurred_at="2026-06-01T12:00:00.000Z",
        data={"beam": "B", "deck": {"level": 3}},
    )
    frozen = desks.extend(lambda _: answer(500)).freeze(
        wanted, FreezeTarget(order_server_id="o1", record_server_id=None, revision=None, base=None)
    )

    body = json.loads(frozen.body)
    assert (body["event"], body["beam"], body["deck"]) == ("teleported", "B", {"level": 3})


def test_an_extend_order_ten_thousand_levels_deep_is_set_aside_and_the_rest_goes_in(desks: Desks):
    def handler(request: httpx.Request) -> httpx.Response:
        order_id = request.url.path.rpartition("/")[2]
        whole = json.dumps(a_claim(order_id, x="HERE")).encode()
        body = whole.replace(b'"HERE"', DEEP_JSON) if order_id == "o2" else whole
        return answer(200, body, content_type="application/json")

    page = desks.extend(handler).pull("", ["o1", "o2", "o3"])

    assert [one.server_id for one in page.orders] == ["o1", "o3"]
    assert [(one.server_id, "nested deeper" in one.reason) for one in page.bad] == [("o2", True)]


def test_extend_answers_that_are_too_deep_are_told_in_words(desks: Desks):
    deep = answer(200, b'{"serviceOrders": ' + DEEP_JSON + b"}", content_type="application/json")
    with pytest.raises(TechDeskError) as told:
        desks.extend(lambda _: deep).find(ServerQuery(text="claim-1"))
    assert "nested deeper" in str(told.value)

    recorded = an_operation(RecordType.EVENT, Verb.CREATE, event_type="repair_started")
    connector = desks.extend(lambda _: answer(200, DEEP_JSON, content_type="application/json"))
    request = connector.freeze(
        recorded, FreezeTarget(order_server_id="o1", record_server_id=None, revision=None, base=None)
    )
    outcome = connector.send(replace(recorded, request=request))
    assert outcome.kind is OutcomeClass.APPLIED_UNPARSED


NEWER = {
    Form.JSON: [
        (b'"Phase": 0', b'"Phase": "Orbiting"'),
        (b'"ServiceDeliveryOptions": 1', b'"ServiceDeliveryOptions": 7'),
        (b'"InputType": 8', b'"InputType": 99'),
    ],
    Form.XML: [
        (b"<Phase>Pending<", b"<Phase>Orbiting<"),
        (b"<ServiceDeliveryOptions>Both<", b"<ServiceDeliveryOptions>ByDrone<"),
        (b"<InputType>8<", b"<InputType>99<"),
    ],
}
FORMS = pytest.mark.parametrize("form", list(Form))


def a_sample(form: Form, number: int = 4) -> bytes:
    raw = (SAMPLES / f"sample.{form.value}").read_bytes()
    for old, new in (
        (b'"ServiceOrderId": 4,', b'"ServiceOrderId": %d,' % number),
        (b"<ServiceOrderId>4<", b"<ServiceOrderId>%d<" % number),
    ):
        raw = raw.replace(old, new, 1)
    return raw


def a_newer(form: Form) -> bytes:
    raw = a_sample(form)
    for old, new in NEWER[form]:
        assert old in raw
        raw = raw.replace(old, new)
    return raw


@FORMS
def test_resource_scheduler_shows_a_newer_servers_words_as_they_are(desks: Desks, form: Form):
    (one,) = desks.resource_scheduler(form, joined([a_newer(form)], form)).pull("").orders

    shown = one.document
    assert (shown["service_status_name"], shown.get("service_state")) == ("Orbiting", None)
    by_end = {key.rpartition("/")[2]: value for key, value in shown.items()}
    assert by_end["ServiceDeliveryOptions"] == ("7" if form is Form.JSON else "ByDrone")
    assert by_end["InputType"] == 99


@FORMS
def test_resource_scheduler_gets_a_newer_servers_words_back_byte_for_byte(desks: Desks, form: Form):
    raw = a_newer(form)
    connector = desks.resource_scheduler(form, joined([raw], form))
    (one,) = connector.pull("").orders

    body = connector.freeze(an_operation(RecordType.ORDER, Verb.UPDATE, description="By hand"), target(one)).body

    assert one.raw is not None
    assert b"By hand" in body
    old = b'"Notes": "sample string 25"' if form is Form.JSON else b"<Notes>sample string 25</Notes>"
    assert one.raw.count(old) == 1
    assert body == one.raw.replace(old, old.replace(b"sample string 25", b"By hand"))
    assert all(new in body for _, new in NEWER[form])


def deepened(form: Form, number: int) -> bytes:
    """Return an order with one more member, nested beyond all reason."""
    raw = a_sample(form, number)
    if form is Form.JSON:
        return raw.replace(b"{", b'{"Beyond": {"a,b]": ' + DEEP_JSON + b"},", 1)
    return raw.replace(b"</ServiceOrder>", DEEP_XML + b"</ServiceOrder>")


@FORMS
def test_a_resource_scheduler_order_ten_thousand_levels_deep_is_set_aside_and_the_rest_goes_in(
    desks: Desks, form: Form
):
    orders = [a_sample(form, 1), deepened(form, 2), a_sample(form, 3)]

    page = desks.resource_scheduler(form, joined(orders, form)).pull("")

    assert [one.server_id for one in page.orders] == ["1", "3"]
    plain = desks.resource_scheduler(form, joined([orders[0], orders[2]], form)).pull("")
    assert [one.raw for one in page.orders] == [one.raw for one in plain.orders]
    (bad,) = page.bad
    assert "nested deeper than 64 levels" in bad.reason
    assert bad.raw.count(b"[" if form is Form.JSON else b"<d>") >= DEPTH


@FORMS
def test_one_resource_scheduler_order_that_is_too_deep_is_told_in_words(desks: Desks, form: Form):
    connector = desks.resource_scheduler(form, deepened(form, 2))

    with pytest.raises(TechDeskError) as told:
        connector.find(ServerQuery(text="2"))

    assert told.value.hint


@pytest.mark.parametrize(
    "broken",
    [b"[" * DEPTH, DEEP_JSON + b",", b'{"a": ' + DEEP_JSON + b"}", DEEP_JSON + DEEP_JSON, b"[" + DEEP_JSON],
    ids=["cut off", "more after it", "no list", "two lists", "one bracket short"],
)
def test_a_deep_answer_that_is_no_list_is_refused(broken: bytes):
    with pytest.raises(InvalidInputError):
        split(broken, Form.JSON)
