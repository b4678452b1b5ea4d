"""The Flow Retail connector over a scripted network: freezing, the class of every answer, pages, and signing in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import FreezeTarget
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.connectors.flow_retail.calls import PAGE
from techdesk.connectors.flow_retail.connector import SMALLEST_PAGE, FlowRetailConnector
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    CursorExpiredError,
    NotSupportedError,
    OfflineError,
    WrongAddressError,
    WrongCredentialsError,
    WrongVersionError,
)
from techdesk.domain.records import Document, RecordType
from techdesk.wire.flow_retail import EventCreate, HoursCreate, ItemUpdate, OrderCreate, OrderUpdate
from tests.support.builders import MORNING
from tests.unit.connectors.answering import (
    CAPABILITIES,
    ME,
    Handler,
    Routes,
    an_order,
    answer,
    connector,
    json_answer,
    listed,
    problem,
)

ORDERS = "/v2/tenants/t1/stores/graz/serviceorders"
IN_GRAZ: Document = {"service_order_uid": "o1", "store_uid": "graz"}
EVENT = {
    "serviceEventUid": "e1",
    "serviceOrderUid": "o1",
    "eventType": "repair_started",
    "occurredAt": "2026-06-01T09:12:00.000Z",
    "notes": "",
    "data": {"repairStartedAt": 1780305120000},
    "revision": 1,
}


def operation(record_type: RecordType = RecordType.EVENT, verb: Verb = Verb.CREATE, **intent: Any) -> Operation:
    return Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o1",
        record_type=record_type,
        record_id="r1",
        verb=verb,
        intent=intent,
        created_at=MORNING,
    )


def target(**changes: Any) -> FreezeTarget:
    known = FreezeTarget(
        order_server_id="o1", record_server_id="x9", revision="7", base={"name": "Fuse"}, order=dict(IN_GRAZ)
    )
    return replace(known, **changes)


STARTED = operation(event_type="repair_started", data={"repairStartedAt": 1780305120000})


class Desk:
    """A connector that has signed in, over answers that can still be changed."""

    def __init__(self, **answers: Any) -> None:
        self.routes = Routes(**answers)
        self.connector = connector(self.routes)
        self.connector.facts()
        self.routes.requests.clear()

    def send(self, wanted: Operation, **changes: Any) -> Outcome:
        request = self.connector.freeze(wanted, target(**changes))
        return self.connector.send(replace(wanted, request=request))


@pytest.fixture
def opened() -> Iterator[list[FlowRetailConnector]]:
    made: list[FlowRetailConnector] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def desk_over(opened):
    def make(**answers: Any) -> Desk:
        desk = Desk(**answers)
        opened.append(desk.connector)
        return desk

    return make


@pytest.fixture
def connector_over(opened):
    def make(handler: Handler, **settings: str) -> FlowRetailConnector:
        one = connector(handler, **settings)
        opened.append(one)
        return one

    return make


# Freezing.


@pytest.mark.parametrize(
    ("wanted", "method", "path", "guard"),
    [
        (operation(RecordType.ORDER, title="x", service_type_uid="t"), "POST", ORDERS, "Idempotency-Key"),
        (operation(RecordType.ORDER, Verb.UPDATE, title="x"), "PUT", f"{ORDERS}/x9", "If-Match"),
        (operation(RecordType.ORDER, Verb.DELETE), "DELETE", f"{ORDERS}/x9", "If-Match"),
        (operation(RecordType.ORDER, Verb.ACCEPT, accepted=True), "POST", f"{ORDERS}/x9/accept", "Idempotency-Key"),
        (operation(RecordType.ITEM, name="Fuse"), "POST", f"{ORDERS}/o1/items", "Idempotency-Key"),
        (operation(RecordType.ITEM, Verb.UPDATE, name="Fuse"), "PUT", f"{ORDERS}/o1/items/x9", "If-Match"),
        (STARTED, "POST", f"{ORDERS}/o1/events", "Idempotency-Key"),
        (operation(RecordType.EVENT, Verb.UPDATE, notes="x"), "PUT", f"{ORDERS}/o1/events/x9", "If-Match"),
        (operation(RecordType.EVENT, Verb.DELETE), "DELETE", f"{ORDERS}/o1/events/x9", "If-Match"),
        (
            operation(RecordType.HOURS, started_at="2026-06-01T09:00:00.000Z"),
            "POST",
            f"{ORDERS}/o1/hours",
            "Idempotency-Key",
        ),
        (operation(RecordType.HOURS, Verb.UPDATE, note="x"), "PUT", f"{ORDERS}/o1/hours/x9", "If-Match"),
        (operation(RecordType.SALES_ORDER), "POST", f"{ORDERS}/o1/salesorders", "Idempotency-Key"),
    ],
)
def test_every_write_has_its_method_its_path_in_the_orders_store_and_its_guard(
    desk_over, wanted: Operation, method: str, path: str, guard: str
) -> None:
    frozen = desk_over().connector.freeze(wanted, target())
    assert (frozen.method, frozen.path) == (method, path)
    guards = {"Idempotency-Key": wanted.op_id, "If-Match": '"7"'}
    assert {name: value for name, value in frozen.headers.items() if name in guards} == {guard: guards[guard]}
    assert "secret-token" not in str(frozen)


def test_freezing_twice_gives_the_same_bytes_and_calls_nobody(desk_over) -> None:
    desk = desk_over()
    assert desk.connector.freeze(STARTED, target()) == desk.connector.freeze(STARTED, target())
    assert desk.routes.requests == []


def test_a_record_without_a_revision_goes_without_a_condition(desk_over) -> None:
    frozen = desk_over().connector.freeze(operation(RecordType.ITEM, Verb.UPDATE, name="x"), target(revision=None))
    assert "If-Match" not in frozen.headers


@pytest.mark.parametrize(
    ("intent", "store"),
    [({"created_from_store_uid": "graz"}, "graz"), ({}, "oslo")],
)
def test_a_new_order_goes_to_the_store_it_was_made_for_else_to_the_first(desk_over, intent, store: str) -> None:
    wanted = operation(RecordType.ORDER, title="x", service_type_uid="t", **intent)
    frozen = desk_over().connector.freeze(wanted, target(order_server_id=None, record_server_id=None, order=intent))
    assert frozen.path == f"/v2/tenants/t1/stores/{store}/serviceorders"


def test_nothing_can_be_frozen_before_the_first_contact(connector_over) -> None:
    with pytest.raises(ConnectionFailedError):
        connector_over(Routes()).freeze(STARTED, target())


def test_only_fields_that_can_be_written_go_out_under_their_wire_names(desk_over) -> None:
    wanted = operation(
        RecordType.ORDER,
        title="No power",
        service_type_uid="t-depot",
        service_type_name="Bench",
        service_kind="repair_depot",
        service_state="NOT_STARTED",
        created_at="2026-06-01T09:12:00.000Z",
        created_by="Kim",
        estimated_price="120.5 EUR",
        warranty=True,
        customer={"name": "Johanna", "phone": "+47 1"},
        assets=[{"name": "Amp", "serial_number": "A1", "warranty_until": "2027-01-31"}],
        ready_at_estimate="2026-06-03T10:00:00.000Z",
    )
    body = json.loads(desk_over().connector.freeze(wanted, target()).body)
    assert body == {
        "title": "No power",
        "serviceTypeUid": "t-depot",
        "estimatedPrice": 120.5,
        "warranty": True,
        "customer": {"name": "Johanna", "phone": "+47 1"},
        "assets": [{"name": "Amp", "serialNumber": "A1", "warrantyUntil": "2027-01-31"}],
        "readyAtEstimate": "2026-06-03T10:00:00.000Z",
    }
    assert OrderCreate.model_validate(body).model_fields_set


def test_a_bill_goes_out_with_its_addresses_and_the_chosen_items_only(desk_over) -> None:
    wanted = operation(
        RecordType.SALES_ORDER,
        warehouse_uid="w1",
        order_address={"name": "Johanna", "postal_code": "0155", "country_code": "NO"},
        service_order_item_uids=["i1", "i2"],
        created_at="2026-06-01T09:12:00.000Z",
    )
    assert json.loads(desk_over().connector.freeze(wanted, target()).body) == {
        "warehouseUid": "w1",
        "orderAddress": {"name": "Johanna", "postalCode": "0155", "countryCode": "NO"},
        "serviceOrderItemUids": ["i1", "i2"],
    }


@pytest.mark.parametrize(
    ("record_type", "verb", "words"),
    [
        (RecordType.SALES_ORDER, Verb.UPDATE, "stays as it was made"),
        (RecordType.SALES_ORDER, Verb.DELETE, "stays as it was made"),
        (RecordType.NOTIFICATION, Verb.CREATE, "by itself"),
        (RecordType.NOTIFICATION, Verb.DELETE, "by itself"),
    ],
)
def test_what_no_operation_does_is_refused_in_words_before_it_is_saved(desk_over, record_type, verb, words) -> None:
    connected = desk_over().connector
    for refuse in (
        lambda: connected.profile.check_supports(record_type, verb),
        lambda: connected.freeze(operation(record_type, verb), target()),
    ):
        with pytest.raises(NotSupportedError, match=words):
            refuse()


@pytest.mark.parametrize(
    ("record_type", "model", "intent", "sent"),
    [
        (
            RecordType.ORDER,
            OrderUpdate,
            {"description": "", "assigned_user_uid": None, "max_price": None, "assets": [], "ready_at_needed": None},
            {"description": "", "assignedUserUid": None, "maxPrice": None, "assets": [], "readyAtNeeded": None},
        ),
        (RecordType.ITEM, ItemUpdate, {"price": None, "note": ""}, {"price": 0, "note": ""}),
    ],
)
def test_an_empty_value_clears_its_field(desk_over, record_type, model, intent, sent) -> None:
    frozen = desk_over().connector.freeze(operation(record_type, Verb.UPDATE, **intent), target())
    assert json.loads(frozen.body) == sent
    assert model.model_validate_json(frozen.body).model_fields_set


def test_amounts_and_quantities_go_out_as_exact_numbers(desk_over) -> None:
    wanted = operation(RecordType.ITEM, name="Fuse", quantity="1.5", price="0.1 EUR", cost_price="12 EUR")
    body = desk_over().connector.freeze(wanted, target()).body
    assert body == b'{"name":"Fuse","quantity":1.5,"price":0.1,"costPrice":12}'


def test_the_fields_of_an_event_go_out_as_they_were_recorded(desk_over) -> None:
    data = {"eventDate": 1780305120000, "metadata": {"shelf_no": 3, "nested": {"a": [1.5]}}}
    wanted = operation(event_type="put_on_shelf", data=data, notes="مرحبا 🔧", occurred_at="2026-06-01T09:12:00.000Z")
    body = desk_over().connector.freeze(wanted, target()).body
    assert json.loads(body)["data"] == data
    assert EventCreate.model_validate_json(body).notes == "مرحبا 🔧"


def test_hours_go_out_without_what_follows_from_them(desk_over) -> None:
    wanted = operation(
        RecordType.HOURS,
        started_at="2026-06-01T09:00:00.000Z",
        ended_at="2026-06-01T09:30:00.000Z",
        minutes=30,
        billable=False,
        tenant_user_uid="u-kim",
        tenant_user_display_name="Kim",
    )
    body = desk_over().connector.freeze(wanted, target()).body
    assert json.loads(body).keys() == {"startedAt", "endedAt", "billable", "tenantUserUid"}
    assert HoursCreate.model_validate_json(body).billable is False


def test_what_the_server_would_refuse_by_its_type_never_leaves_and_names_the_field(desk_over) -> None:
    wanted = operation(event_type="repair_started", data={"repairStartedAt": "yesterday"})
    with pytest.raises(NotSupportedError, match="Started at: "):
        desk_over().connector.freeze(wanted, target())
    with pytest.raises(NotSupportedError, match="Title: "):
        desk_over().connector.freeze(operation(RecordType.ORDER, Verb.UPDATE, title=" "), target())


# Sending.


def test_an_applied_create_brings_the_record_as_the_server_has_it(desk_over) -> None:
    outcome = desk_over(events=json_answer(EVENT, 201)).send(STARTED)
    assert (outcome.kind, outcome.server_id, outcome.revision) == (OutcomeClass.APPLIED, "e1", "1")
    assert outcome.record == {
        "service_event_uid": "e1",
        "event_type": "repair_started",
        "occurred_at": "2026-06-01T09:12:00.000Z",
        "data": {"repairStartedAt": 1780305120000},
    }


def test_an_applied_removal_needs_no_body(desk_over) -> None:
    outcome = desk_over(x9=answer(204)).send(operation(RecordType.ITEM, Verb.DELETE))
    assert (outcome.kind, outcome.record) == (OutcomeClass.APPLIED, None)


def test_an_acceptance_brings_the_order(desk_over) -> None:
    order = {"serviceOrderUid": "o1", "storeUid": "graz", "acceptedAt": "2026-06-01T09:12:00.000Z", "revision": 4}
    outcome = desk_over(accept=json_answer(order)).send(
        operation(RecordType.ORDER, Verb.ACCEPT, accepted=True), record_server_id="o1"
    )
    assert (outcome.kind, outcome.server_id, outcome.revision) == (OutcomeClass.APPLIED, "o1", "4")
    assert outcome.record is not None
    assert (outcome.record["accepted_at"], outcome.record["currency"]) == ("2026-06-01T09:12:00.000Z", "EUR")


@pytest.mark.parametrize(
    ("came", "kind"),
    [
        (answer(201, b'{"serv', httpx.ReadError("reset")), OutcomeClass.APPLIED_UNPARSED),
        (answer(201, b"garbage", content_type="application/json"), OutcomeClass.APPLIED_UNPARSED),
        (json_answer([1], 201), OutcomeClass.APPLIED_UNPARSED),
        (json_answer({"ok": True}, 201), OutcomeClass.APPLIED_UNPARSED),
        (json_answer({"deep": 1}, 201), OutcomeClass.APPLIED_UNPARSED),
        (answer(201, b"[" * 100_000), OutcomeClass.APPLIED_UNPARSED),
        (answer(200, b"<html>", content_type="text/html"), OutcomeClass.AMBIGUOUS),
        (answer(302, location="http://login.hotel.example/"), OutcomeClass.CAPTIVE),
        (answer(511, content_type="text/html"), OutcomeClass.CAPTIVE),
        (answer(404, content_type="text/html"), OutcomeClass.CAPTIVE),
        (json_answer({"detail": "Not Found"}, 404), OutcomeClass.CAPTIVE),
        (problem(401, "unauthorized"), OutcomeClass.AUTH),
        (answer(403, www_authenticate='Bearer error="invalid_token"'), OutcomeClass.AUTH),
        (problem(403, "forbidden"), OutcomeClass.REJECTED),
        (problem(400, "invalid"), OutcomeClass.REJECTED),
        (problem(405, "method_not_allowed"), OutcomeClass.REJECTED),
        (problem(409, "order_closed"), OutcomeClass.REJECTED),
        (problem(409, "key_in_progress"), OutcomeClass.KEY_BUSY),
        (problem(422, "key_reused"), OutcomeClass.KEY_CLASH),
        (problem(404, "not_found"), OutcomeClass.GONE),
        (problem(410, "gone"), OutcomeClass.GONE),
        (problem(412, "revision_conflict"), OutcomeClass.PRECONDITION),
        (problem(413, "too_large"), OutcomeClass.REJECTED),
        (answer(413, b"<html>", content_type="text/html"), OutcomeClass.REJECTED),
        (answer(407), OutcomeClass.NOT_SENT),
        (answer(408), OutcomeClass.AMBIGUOUS),
        (answer(425), OutcomeClass.THROTTLED),
        (problem(429, "rate_limited"), OutcomeClass.THROTTLED),
        (problem(500, "internal"), OutcomeClass.AMBIGUOUS),
        (answer(502, b"<html>", content_type="text/html"), OutcomeClass.AMBIGUOUS),
        (problem(503, "unavailable"), OutcomeClass.AMBIGUOUS),
        (answer(504), OutcomeClass.AMBIGUOUS),
        (answer(501), OutcomeClass.REJECTED),
    ],
)
def test_every_answer_has_its_class(desk_over, came: httpx.Response, kind: OutcomeClass) -> None:
    outcome = desk_over(events=came).send(STARTED)
    assert (outcome.kind, outcome.http_status) == (kind, came.status_code)
    assert not any(word.isdigit() for word in outcome.reason.split())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), OutcomeClass.NOT_SENT),
        (httpx.ReadTimeout("slow"), OutcomeClass.AMBIGUOUS),
        (httpx.RemoteProtocolError("gone"), OutcomeClass.AMBIGUOUS),
    ],
)
def test_every_kind_of_silence_has_its_class(desk_over, error: Exception, kind: OutcomeClass) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    outcome = desk_over(events=fail).send(STARTED)
    assert outcome.kind is kind
    assert outcome.reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "17"}, 17.0),
        ({"retry_after": "Mon, 01 Jun 2026 09:12:30 GMT", "date": "Mon, 01 Jun 2026 09:12:00 GMT"}, 30.0),
        ({"retry_after": "Mon, 01 Jun 2026 09:12:00 GMT", "date": "Mon, 01 Jun 2026 09:12:30 GMT"}, 0.0),
        ({"retry_after": "Mon, 01 Jun 2026 09:12:30 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read_by_its_own_clock(desk_over, headers, seconds) -> None:
    outcome = desk_over(events=answer(429, **headers)).send(STARTED)
    assert (outcome.kind, outcome.retry_after_s) == (OutcomeClass.THROTTLED, seconds)


def test_a_412_brings_the_record_as_it_is_now(desk_over) -> None:
    now = {"serviceOrderItemUid": "x9", "name": "Fuse 2A", "price": 3.5, "revision": 8}
    came = problem(412, "revision_conflict", current=now)
    outcome = desk_over(x9=came).send(operation(RecordType.ITEM, Verb.UPDATE, name="Fuse 1A"))
    assert (outcome.kind, outcome.revision) == (OutcomeClass.PRECONDITION, "8")
    assert outcome.record == {"service_order_item_uid": "x9", "name": "Fuse 2A", "price": "3.5 EUR"}


def test_a_412_whose_record_cannot_be_read_is_still_a_412(desk_over) -> None:
    came = problem(412, "revision_conflict", current={"name": 5})
    outcome = desk_over(x9=came).send(operation(RecordType.ITEM, Verb.UPDATE, name="Fuse 1A"))
    assert (outcome.kind, outcome.record) == (OutcomeClass.PRECONDITION, None)


def test_a_refusal_is_told_in_the_words_of_the_dialog(desk_over) -> None:
    errors = [
        {"pointer": "/data/diagnosedBy", "message": "must be text"},
        {"pointer": "/assets/0/serialNumber", "message": "is too long"},
        {"pointer": "/serviceTypeUid", "message": "refers to nothing"},
    ]
    outcome = desk_over(events=problem(400, "invalid", "/data/diagnosedBy: must be text", errors=errors)).send(STARTED)
    assert outcome.reason == ("Diagnosed by: must be text; Serial number: is too long; Service type: refers to nothing")
    assert outcome.code == "invalid"


def test_a_refusal_without_members_is_told_in_the_servers_sentence(desk_over) -> None:
    outcome = desk_over(events=problem(409, "order_closed", "The order is closed since Monday")).send(STARTED)
    assert (outcome.reason, outcome.code) == ("The order is closed since Monday", "order_closed")


def test_only_a_frozen_operation_is_sent(desk_over) -> None:
    with pytest.raises(AssertionError):
        desk_over().connector.send(STARTED)


# Pulling.


def page(*orders: Any, cursor: str = "c1", more: bool = False, deleted: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"orders": list(orders), "deleted": list(deleted), "cursor": cursor, "more": more}


def test_an_order_comes_with_its_parts_and_its_stores_currency(desk_over) -> None:
    order = an_order(
        "o1",
        storeUid="oslo",
        estimatedPrice=1200.50,
        totals={"grandTotal": 12, "partsTotal": 0.1, "workTotal": 0},
        customer={"name": "Johanna", "phone": ""},
        assets=[{"name": "Amp", "warrantyUntil": None}],
        description="",
        items=[{"serviceOrderItemUid": "i1", "serviceOrderUid": "o1", "quantity": 2.0, "price": 0, "revision": 1}],
        events=[EVENT],
        hours=[{"serviceHoursUid": "h1", "minutes": 0, "billable": False, "price": 600, "revision": 2}],
        salesOrders=[
            {
                "salesOrderUid": "b1",
                "orderAddress": {"city": "Oslo", "postalCode": ""},
                "lines": [{"serviceHoursUid": "h1", "quantity": 0.5, "totalPrice": 300}],
                "totals": {"grandTotal": 300},
                "revision": 1,
            }
        ],
        notifications=[{"serviceNotificationUid": "n1", "status": "SENT", "sentAt": "2026-03-02T09:00:00.000Z"}],
    )
    desk = desk_over(changes=json_answer(page(order, deleted=("gone",))))
    pulled = desk.connector.pull("")
    (one,) = pulled.orders
    assert (one.server_id, one.revision, pulled.deleted, pulled.bad) == ("o1", "3", ["gone"], [])
    assert one.document == {
        "service_order_uid": "o1",
        "store_uid": "oslo",
        "title": "No power",
        "service_type_uid": "t-depot",
        "service_kind": "repair_depot",
        "currency": "NOK",
        "estimated_price": "1200.5 NOK",
        "totals": {"grand_total": "12 NOK", "parts_total": "0.1 NOK", "work_total": "0 NOK"},
        "customer": {"name": "Johanna"},
        "assets": [{"name": "Amp"}],
    }
    assert [(part.record_type, part.server_id, part.revision) for part in one.parts] == [
        (RecordType.ITEM, "i1", "1"),
        (RecordType.EVENT, "e1", "1"),
        (RecordType.HOURS, "h1", "2"),
        (RecordType.SALES_ORDER, "b1", "1"),
        (RecordType.NOTIFICATION, "n1", None),
    ]
    assert one.parts[0].document == {"service_order_item_uid": "i1", "quantity": "2", "price": "0 NOK"}
    assert one.parts[2].document == {
        "service_hours_uid": "h1",
        "minutes": 0,
        "billable": False,
        "price": "600 NOK",
    }
    assert one.parts[3].document == {
        "sales_order_uid": "b1",
        "order_address": {"city": "Oslo"},
        "lines": [{"service_hours_uid": "h1", "quantity": "0.5", "total_price": "300 NOK"}],
        "totals": {"grand_total": "300 NOK"},
    }
    assert one.parts[4].document == {
        "service_notification_uid": "n1",
        "status": "SENT",
        "sent_at": "2026-03-02T09:00:00.000Z",
    }


def test_the_stores_are_read_one_after_the_other_each_from_its_own_place(desk_over) -> None:
    asked: list[tuple[str, str | None]] = []
    pages = {
        ("oslo", None): page(an_order("o1"), cursor="oslo-1", more=True),
        ("oslo", "oslo-1"): page(an_order("o2"), cursor="oslo-2"),
        ("graz", None): page(an_order("o3"), cursor="graz-1"),
        ("oslo", "oslo-2"): page(cursor="oslo-2"),
        ("graz", "graz-1"): page(cursor="graz-1"),
    }

    def changes(request: httpx.Request) -> httpx.Response:
        store = request.url.path.split("/")[5]
        asked.append((store, request.url.params.get("since")))
        return json_answer(pages[asked[-1]])

    desk = desk_over(changes=changes)
    cursor, more = "", []
    for _ in range(5):
        got = desk.connector.pull(cursor)
        cursor = got.cursor
        more.append(got.more)
    assert asked == list(pages)
    assert more == [True, True, False, True, False]


def test_an_account_of_one_store_reads_only_that_one(connector_over) -> None:
    routes = Routes(changes=json_answer(page()))
    one = connector_over(routes, storeUid="graz")
    one.facts()
    assert one.pull("").more is False
    assert "/stores/graz/" in routes.requests[-1].url.path


@pytest.mark.parametrize(
    ("spoilt", "ours", "told"),
    [
        ({"createdAt": "soon"}, "created_at", "created at"),
        ({"estimatedPrice": "12"}, "estimated_price", "estimated price"),
        ({"warranty": "yes"}, "warranty", "warranty"),
        ({"customer": "Johanna"}, "customer", "customer"),
        ({"assets": {"name": "Amp"}}, "assets", "assets"),
        ({"assets": [{"warrantyUntil": "tomorrow"}]}, "assets", "assets"),
    ],
)
def test_a_field_of_another_kind_is_set_aside_as_it_came_and_the_order_goes_in(
    desk_over, spoilt, ours: str, told: str
) -> None:
    desk = desk_over(changes=json_answer(page(an_order("o1"), an_order("o2", **spoilt))))
    got = desk.connector.pull("")
    assert [one.server_id for one in got.orders] == ["o1", "o2"]
    sound, odd = (one.document for one in got.orders)
    assert odd == {name: value for name, value in sound.items() if name != ours} | {
        "service_order_uid": "o2",
        "set_aside": {ours: next(iter(spoilt.values()))},
    }
    assert (got.odd_fields, got.bad) == ((told,), [])


def test_a_part_with_a_field_of_another_kind_goes_in_too(desk_over) -> None:
    spoilt = {"hours": [{"serviceHoursUid": "h", "minutes": 1.5}]}
    desk = desk_over(changes=json_answer(page(an_order("o1", **spoilt))))
    ((order,), odd) = ((got := desk.connector.pull("")).orders, got.odd_fields)
    (hours,) = (one.document for one in order.parts)
    assert (hours["set_aside"], odd) == ({"minutes": 1.5}, ("minutes",))


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"title": 5}, "title"),
        ({"estimatedPrice": float("nan")}, "estimatedPrice"),
        ({"events": [{"notes": "no uid"}]}, "serviceEventUid"),
        ({"events": [{"serviceEventUid": "e", "data": [1]}]}, "data"),
        ({"hours": ["nine to five"]}, "object"),
        ({"title": "\ud800"}, "character"),
        ({"title": "a\0b"}, "character"),
        ({"newerField": {"a": json.loads("[" * 100 + "]" * 100)}}, "nested"),
    ],
)
def test_a_malformed_order_is_set_aside_with_its_text_and_the_rest_goes_in(desk_over, spoilt, why: str) -> None:
    desk = desk_over(changes=json_answer(page(an_order("o1"), an_order("o2", **spoilt), an_order("o3"))))
    got = desk.connector.pull("")
    assert [one.server_id for one in got.orders] == ["o1", "o3"]
    (bad,) = got.bad
    assert bad.server_id == "o2"
    assert why in bad.reason
    assert b'"serviceOrderUid": "o2"' in bad.raw


def test_something_that_is_no_order_at_all_is_set_aside(desk_over) -> None:
    got = desk_over(changes=json_answer(page("nonsense", {"title": "no uid"}))).connector.pull("")
    assert [(one.server_id, one.raw) for one in got.bad] == [("", b'"nonsense"'), ("", b'{"title": "no uid"}')]


def test_texts_with_escaped_pairs_are_no_malformed_texts(desk_over) -> None:
    desk = desk_over(changes=json_answer(page(an_order("o1", title="🔧", description="C:\\u0000"))))
    (one,) = desk.connector.pull("").orders
    assert (one.document["title"], one.document["description"]) == ("🔧", "C:\\u0000")


def test_fields_of_a_newer_server_are_kept(desk_over) -> None:
    desk = desk_over(changes=json_answer(page(an_order("o1", shelfLife={"days": 3}, orderUid="so1"))))
    (one,) = desk.connector.pull("").orders
    assert (one.document["shelf_life"], one.document["order_uid"]) == ({"days": 3}, "so1")


def test_the_type_of_an_order_that_was_made_a_minute_ago_is_looked_up(desk_over) -> None:
    types = [{"serviceTypeUid": "t-new", "name": "Visit", "serviceKind": "repair_onsite"}]
    orders = [an_order("o1", serviceTypeUid="t-new"), an_order("o2", serviceTypeUid="t-unheard-of")]
    desk = desk_over(types=lambda _: listed(*types), changes=lambda _: json_answer(page(*orders)))
    desk.connector._known_tenancy().kinds.clear()
    kinds = [one.document["service_kind"] for one in desk.connector.pull("").orders]
    assert kinds == ["repair_onsite", "other"]
    asked = [request.url.path.rpartition("/")[2] for request in desk.routes.requests]
    desk.connector.pull("")
    assert asked == ["changes", "types"]
    assert len(desk.routes.requests) == 3


def test_a_page_tells_the_servers_time(desk_over) -> None:
    came = json_answer(page(), date="Mon, 01 Jun 2026 09:12:05 GMT")
    assert desk_over(changes=came).connector.pull("").server_time == MORNING + timedelta(seconds=5)


def test_a_byte_order_mark_or_half_a_surrogate_in_raw_bytes_does_not_cost_the_whole_page(desk_over) -> None:
    written = json.dumps(page(an_order("o1", title="HALF"))).encode()
    for body in (b"\xef\xbb\xbf" + written, written.replace(b"HALF", b"\xed\xa0\x80")):
        desk = desk_over(changes=answer(200, body, content_type="application/json"))
        brought = desk.connector.pull("")
        assert len(brought.orders) + len(brought.bad) == 1


def test_over_a_link_that_breaks_pages_get_smaller_and_grow_again(desk_over) -> None:
    limits: list[int] = []
    works = False

    def changes(request: httpx.Request) -> httpx.Response:
        limits.append(int(request.url.params["limit"]))
        if works:
            return json_answer(page())
        raise httpx.ReadError("reset")

    desk = desk_over(changes=changes)
    for _ in range(6):
        with pytest.raises(OfflineError):
            desk.connector.pull("")
    works = True
    for _ in range(6):
        desk.connector.pull("")
    assert limits[:5] == [250, 125, 62, 31, 25]
    assert (limits[5], limits[-1]) == (SMALLEST_PAGE, PAGE)


@pytest.mark.parametrize(
    ("came", "error"),
    [
        (problem(410, "cursor_expired"), CursorExpiredError),
        (problem(401, "unauthorized"), WrongCredentialsError),
        (problem(403, "forbidden"), WrongCredentialsError),
        (problem(429, "rate_limited"), BusyError),
        (problem(500, "internal"), BusyError),
        (problem(404, "not_found"), WrongAddressError),
        (answer(407), OfflineError),
        (answer(511), CaptivePageError),
        (answer(302, location="http://login.hotel.example/"), CaptivePageError),
        (answer(301, location="/elsewhere"), WrongAddressError),
        (answer(200, b"<html>", content_type="text/html"), CaptivePageError),
        (answer(404, b"<html>", content_type="text/html"), WrongAddressError),
        (answer(200, b'{"orders"', httpx.ReadError("reset")), BusyError),
        (answer(200, b"\xff\xfe"), BusyError),
        (json_answer({"orders": []}), WrongVersionError),
        (json_answer({"orders": {}, "cursor": "c"}), WrongVersionError),
    ],
)
def test_a_page_that_does_not_come_is_told_in_words(desk_over, came, error: type[ConnectionFailedError]) -> None:
    with pytest.raises(error) as raised:
        desk_over(changes=came).connector.pull("")
    assert raised.value.hint


def test_a_busy_server_says_how_long_to_wait(desk_over) -> None:
    with pytest.raises(BusyError) as raised:
        desk_over(changes=answer(503, retry_after="9")).connector.pull("")
    assert raised.value.retry_after_s == 9.0


# Signing in.


def test_signing_in_brings_who_we_are_what_is_guaranteed_and_what_can_be_chosen(connector_over) -> None:
    rates = listed({"hourlyRateUid": "r1", "name": "Bench", "price": 600.0, "productUid": None, "active": True})
    routes = Routes(hourlyrates=rates)
    facts = connector_over(routes).facts()
    assert (facts.user_uid, facts.user_name, facts.role) == ("u-kim", "Kim Larsen", "technician")
    assert (facts.profile.creates, facts.profile.has_etags) == (Dedup.KEYED, True)
    assert facts.profile.key_life_s == 30 * 86400.0
    assert facts.references["hourly_rates"] == [
        {"hourly_rate_uid": "r1", "name": "Bench", "price": "600 NOK", "active": True}
    ]
    assert facts.references["service_types"] == [
        {"service_type_uid": "t-depot", "name": "Bench", "service_kind": "repair_depot"}
    ]
    assert [one["store_uid"] for one in facts.references["stores"]] == ["oslo", "graz"]
    assert {request.headers["authorization"] for request in routes.requests} == {"Bearer secret-token"}


def test_a_long_list_is_fetched_page_by_page(connector_over) -> None:
    def products(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["pageNumber"])
        items = [{"productUid": f"p{number}-{n}", "name": "x"} for n in range(500 if number == 1 else 3)]
        return json_answer({"items": items, "paging": {"totalCount": 503}})

    assert len(connector_over(Routes(products=products)).facts().references["products"]) == 503


@pytest.mark.parametrize(
    ("came", "error"),
    [
        ({"capabilities": json_answer({"detail": "Not Found"}, 404)}, WrongVersionError),
        ({"capabilities": json_answer({"changes": False})}, WrongVersionError),
        ({"capabilities": answer(404)}, WrongAddressError),
        ({"capabilities": answer(200, b"<html>", content_type="text/html")}, CaptivePageError),
        ({"capabilities": json_answer([1])}, WrongAddressError),
        ({"me": problem(401, "unauthorized")}, WrongCredentialsError),
        ({"me": json_answer({"name": "somebody"})}, WrongAddressError),
        ({"me": json_answer({**ME, "stores": []})}, WrongAddressError),
    ],
)
def test_a_sign_in_that_fails_says_what_is_wrong(connector_over, came, error: type[ConnectionFailedError]) -> None:
    with pytest.raises(error) as raised:
        connector_over(Routes(**came)).facts()
    assert raised.value.hint


def test_behind_a_certificate_a_page_means_a_wrong_address_and_no_log_in(opened) -> None:
    page_for_people = answer(200, b"<html>", content_type="text/html")
    one = connector(lambda _: page_for_people, address="https://desk.example")
    opened.append(one)
    with pytest.raises(WrongAddressError):
        one.facts()


@pytest.mark.parametrize("token", ["", "two words", "new\nline", "pass·word"])
def test_a_token_that_no_header_can_hold_is_left_to_the_server_to_refuse(opened, token: str) -> None:
    one = connector(Routes(me=problem(401, "unauthorized")), token=token)
    opened.append(one)
    with pytest.raises(WrongCredentialsError):
        one.facts()


def test_what_a_server_without_keys_took_is_looked_for_and_never_just_repeated(connector_over) -> None:
    routes = Routes(capabilities=json_answer({**CAPABILITIES, "idempotencyKeys": False, "etags": False}))
    profile = connector_over(routes).facts().profile
    assert (profile.creates, profile.reads_back, profile.has_etags) == (Dedup.READ_BACK, True, False)


@pytest.mark.parametrize(("given", "late", "lag"), [({}, 120.0, 5.0), ({"settleSeconds": "25"}, 24.0, 1.0)])
def test_the_settle_window_of_our_own_server_is_the_accounts(given, late: float, lag: float) -> None:
    desk = connector(Routes(), **given)
    before, told = desk.profile, desk.facts().profile
    desk.close()
    assert (before.late_commit_s, before.visibility_lag_s) == pytest.approx((late, lag))
    assert (told.late_commit_s, told.visibility_lag_s) == pytest.approx((late, lag))
