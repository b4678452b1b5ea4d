"""The Extend connector: its exact bytes, what it makes of each answer, and how it looks back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account, Dedup
from techdesk.application.exchange import FreezeTarget, ServerQuery, Sighting
from techdesk.application.outbox import Operation, OutcomeClass, Verb
from techdesk.connectors.extend.connector import PAGE, ExtendConnector
from techdesk.connectors.extend.settings import EXTEND
from techdesk.domain.errors import (
    BusyError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    OfflineError,
    TechDeskError,
    WrongAddressError,
    WrongCredentialsError,
    WrongVersionError,
)
from techdesk.domain.events import EVENT_KINDS, FieldType
from techdesk.domain.instants import from_epoch_ms, instant_text, parse_instant
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordedEvent, RecordType, from_document
from techdesk.domain.vocabulary import ServiceKind
from tests.unit.connectors.answering import Handler, answer, json_answer

ORDER = "0190f3e2-0000-7000-8000-000000000001"
OP = "0190f3e2-0000-7000-8000-00000000abcd"
NOON = 1_780_315_200_000
NOON_TEXT = "2026-06-01T12:00:00.000Z"

Make = Callable[..., ExtendConnector]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[ExtendConnector] = []

    def build(handler: Handler | None = None, **settings: str) -> ExtendConnector:
        account = Account(
            account_id="a1", name="Extend", system="extend", address="https://api.example", settings=settings
        )
        made.append(
            ExtendConnector(account, "secret-token", transport=httpx.MockTransport(handler or (lambda _: answer(500))))
        )
        return made[-1]

    yield build
    for one in made:
        one.close()


def operation(
    intent: Document, record_type: RecordType = RecordType.EVENT, verb: Verb = Verb.CREATE, op_id: str = OP
) -> Operation:
    return Operation(
        op_id=op_id,
        account_id="a1",
        order_id="tmp_1",
        record_type=record_type,
        record_id="tmp_2",
        verb=verb,
        intent=intent,
        created_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    )


def event(name: str = "repair_started", **intent: Any) -> Operation:
    return operation({"event_type": name, "occurred_at": NOON_TEXT, **intent})


ACCEPT = operation({"accepted": True, "reason": "", "accepted_at": NOON_TEXT}, RecordType.ORDER, Verb.ACCEPT)
DECLINE = operation({"accepted": False, "reason": "No parts"}, RecordType.ORDER, Verb.ACCEPT)


def frozen(connector: ExtendConnector, what: Operation) -> Operation:
    target = FreezeTarget(order_server_id=ORDER, record_server_id=None, revision=None, base=None)
    return replace(what, request=connector.freeze(what, target))


def body_of(connector: ExtendConnector, what: Operation) -> dict[str, Any]:
    request = frozen(connector, what).request
    assert request is not None
    body: dict[str, Any] = json.loads(request.body)
    return body


def refused(status: int, code: str, message: str = "Told by the server") -> httpx.Response:
    return json_answer({"code": code, "message": message}, status)


def an_order(**members: Any) -> dict[str, Any]:
    return {
        "id": ORDER,
        "serviceType": "repair_depot",
        "status": "IN_PROGRESS",
        "createdAt": NOON,
        "acceptedAt": NOON,
        "closedAt": None,
        "assignedTo": None,
        "customer": {"name": "Ångström", "phone": "1"},
        "product": {"name": "Kettle", "manufacturer": "Stelton", "model": "K2", "serialNumber": "S-1"},
        "events": [],
        **members,
    }


def an_event(**members: Any) -> dict[str, Any]:
    return {"eventId": "e1", "event": "repair_started", "createdAt": NOON, "createdBy": "Mia", **members}


# What is sent.


def believable(holds: FieldType) -> Any:
    values: dict[FieldType, Any] = {
        FieldType.INSTANT: NOON,
        FieldType.INSTANTS: [NOON, NOON + 1000],
        FieldType.FLAG: False,
        FieldType.METADATA: {"bay": 4},
    }
    return values.get(holds, "Kim 🔧")


@pytest.mark.parametrize("name", EVENT_KINDS)
def test_every_field_of_a_kind_goes_out_under_its_name_with_our_mark(make: Make, name: str):
    kind = EVENT_KINDS[name]
    data = {one.wire: next(iter(one.choices), None) or believable(one.holds) for one in kind.fields}
    late = {} if kind.own_date_field else {"eventDate": NOON}

    sent = body_of(make(), event(name, data=data, notes="n"))

    assert sent == {"event": name, **data, **late, "notes": "n", "metadata": {"techdeskOpId": OP}}


def test_every_one_of_the_28_fields_can_be_sent(make: Make):
    sent: set[str] = set(body_of(make(), event("other", data={"eventDate": NOON}, notes="n")))
    for name, kind in EVENT_KINDS.items():
        data = {one.wire: next(iter(one.choices), None) or believable(one.holds) for one in kind.fields}
        sent |= body_of(make(), event(name, data=data)).keys()
    assert len(sent) == 28


def test_the_bytes_name_the_order_and_hold_no_secret(make: Make):
    request = frozen(make(), event(data={"repairStartedAt": NOON})).request
    assert request is not None
    assert (request.method, request.path) == ("POST", f"/service-orders/{ORDER}/update-repair")
    assert request.headers == {"Content-Type": "application/json"}
    assert request.body == (
        b'{"event":"repair_started","repairStartedAt":1780315200000,"metadata":{"techdeskOpId":"' + OP.encode() + b'"}}'
    )


def test_token_and_version_go_with_each_request(make: Make):
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return json_answer({"serviceOrderId": ORDER, "eventId": "e1", "event": "x", "receivedAt": NOON})

    connector = make(look, version="latest")
    connector.send(frozen(connector, event()))
    (request,) = seen
    assert (request.headers["X-Extend-Access-Token"], request.headers["Accept"]) == (
        "secret-token",
        "application/json; version=latest",
    )
    assert "authorization" not in request.headers
    assert str(request.url) == f"https://api.example/service-orders/{ORDER}/update-repair"


def test_the_account_chooses_how_two_dates_are_spelt(make: Make):
    in_prose = make(dateNames="receptionDate")
    received = event("product_received", data={"receivedAt": NOON, "receivedBy": "Kim"})
    delivered = event("product_delivered", data={"deliveredAt": NOON})

    assert body_of(in_prose, received)["receptionDate"] == NOON
    assert "receivedAt" not in body_of(in_prose, received)
    assert body_of(in_prose, delivered)["deliveredDate"] == NOON
    assert body_of(make(), received)["receivedAt"] == NOON


def test_the_account_chooses_the_unit_of_times(make: Make):
    connector = make(timestamps="s")
    contact = {"contactTimestamp": NOON + 999, "appointmentTimestamps": [NOON, NOON + 60_000]}

    sent = body_of(connector, event("customer_contact", data=contact))

    assert (sent["contactTimestamp"], sent["appointmentTimestamps"]) == (1_780_315_200, [1_780_315_200, 1_780_315_260])
    assert body_of(connector, event("resolved"))["eventDate"] == 1_780_315_200


def test_a_persons_own_details_stay_beside_the_mark(make: Make):
    sent = body_of(make(), event("put_on_shelf", data={"eventDate": NOON, "metadata": {"bay": 4}}))
    assert sent["metadata"] == {"bay": 4, "techdeskOpId": OP}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"repairStartedAt": 1_780_315_200}, "Started at"),
        ({"isDelayed": "yes"}, "The repair is delayed"),
        ({"method": "fax"}, "Contact by"),
        ({"metadata": {}, "appointmentTimestamps": [1]}, "Proposed appointments"),
    ],
)
def test_what_would_be_refused_by_its_type_never_leaves(make: Make, data: Document, words: str):
    with pytest.raises(NotSupportedError) as raised:
        frozen(make(), event(data=data))
    assert raised.value.hint.startswith(f"{words}: ")


def test_acceptance_says_yes_or_no_and_why(make: Make):
    connector = make()
    assert body_of(connector, ACCEPT) == {"accepted": True}
    assert body_of(connector, DECLINE) == {"accepted": False, "reason": "No parts"}
    noted = replace(DECLINE, intent={**DECLINE.intent, "notes": "Until March"})
    assert connector.profile.acceptance_notes
    assert body_of(connector, noted) == {"accepted": False, "reason": "No parts", "notes": "Until March"}
    request = frozen(connector, DECLINE).request
    assert request is not None
    assert request.path == f"/service-orders/{ORDER}/accept-repair"


def test_everything_else_is_refused_in_words(make: Make):
    connector = make()
    taken = {(RecordType.EVENT, Verb.CREATE), (RecordType.ORDER, Verb.ACCEPT)}
    wished = {(one, verb) for one in RecordType for verb in (Verb.CREATE, Verb.UPDATE, Verb.DELETE)}
    for record_type, verb in (wished | taken) - taken:
        with pytest.raises(NotSupportedError, match="Extend"):
            frozen(connector, operation({}, record_type, verb))
    for record_type, verb in taken:
        connector.profile.check_supports(record_type, verb)


# What an answer means.


RECORDED = {"serviceOrderId": ORDER, "eventId": "e9", "event": "repair_started", "receivedAt": NOON}


def test_a_recorded_event_has_the_servers_id_and_what_was_sent(make: Make):
    connector = make(lambda _: json_answer(RECORDED), timestamps="s", dateNames="receptionDate")
    what = event("product_received", data={"receivedAt": NOON}, notes="n", tenant_user_display_name="Mia")

    outcome = connector.send(frozen(connector, what))

    assert (outcome.kind, outcome.server_id) == (OutcomeClass.APPLIED, "e9")
    assert outcome.record == {
        "service_event_uid": "e9",
        "event_type": "product_received",
        "data": {"receivedAt": NOON},
        "notes": "n",
        "occurred_at": NOON_TEXT,
        "tenant_user_display_name": "Mia",
    }


def test_an_accepted_order_keeps_its_id(make: Make):
    connector = make(lambda _: json_answer({"anything": "goes"}))
    outcome = connector.send(frozen(connector, ACCEPT))
    assert (outcome.kind, outcome.server_id) == (OutcomeClass.APPLIED, ORDER)


def test_an_acceptance_that_is_answered_with_an_error_is_not_taken_for_done(make: Make):
    connector = make(lambda _: json_answer({"code": "not_assigned", "message": "Not yours"}))
    assert connector.send(frozen(connector, ACCEPT)).kind is OutcomeClass.AMBIGUOUS


MEANINGS: list[tuple[Callable[[], httpx.Response], OutcomeClass, str]] = [
    (lambda: refused(400, "invalid", "isDelayed: no boolean"), OutcomeClass.REJECTED, "isDelayed: no boolean"),
    (lambda: refused(401, "unauthorized"), OutcomeClass.AUTH, "does not accept this sign-in"),
    (lambda: refused(403, "forbidden", "Another's"), OutcomeClass.REJECTED, "Another's"),
    (lambda: refused(404, "not_found"), OutcomeClass.GONE, "no longer has this"),
    (lambda: json_answer({"detail": "x"}, 404), OutcomeClass.CAPTIVE, "Something else answers"),
    (lambda: refused(406, "wrong_version"), OutcomeClass.REJECTED, "version"),
    (lambda: answer(406), OutcomeClass.REJECTED, "version"),
    (lambda: refused(409, "not_accepted"), OutcomeClass.REJECTED, "has not been accepted"),
    (lambda: refused(409, "closed"), OutcomeClass.REJECTED, "closed"),
    (lambda: refused(409, "wrong_service_type"), OutcomeClass.REJECTED, "kind of order"),
    (lambda: refused(409, "not_assigned"), OutcomeClass.REJECTED, "not assigned to you"),
    (lambda: refused(409, "new_code", "In their words"), OutcomeClass.REJECTED, "In their words"),
    (lambda: refused(429, "rate_limited"), OutcomeClass.THROTTLED, "asked us to wait"),
    (lambda: refused(500, "internal"), OutcomeClass.AMBIGUOUS, "not known yet"),
    (lambda: refused(503, "unavailable"), OutcomeClass.AMBIGUOUS, "not known yet"),
    (lambda: json_answer({"ok": True}), OutcomeClass.APPLIED_UNPARSED, ""),
    (lambda: json_answer([]), OutcomeClass.APPLIED_UNPARSED, ""),
    (lambda: answer(204), OutcomeClass.APPLIED_UNPARSED, ""),
    (lambda: json_answer({"code": "SUCCESS", "message": "Recorded"}), OutcomeClass.APPLIED_UNPARSED, ""),
    (lambda: json_answer(RECORDED | {"code": "x", "message": "y"}), OutcomeClass.APPLIED, ""),
    (lambda: json_answer({"code": "closed", "message": "Closed"}), OutcomeClass.AMBIGUOUS, "spoke of an error"),
    (lambda: json_answer({"error": "Order is locked"}), OutcomeClass.AMBIGUOUS, "spoke of an error"),
    (lambda: json_answer({"errors": ["x"]}, 201), OutcomeClass.AMBIGUOUS, "spoke of an error"),
    (lambda: json_answer({"success": False}), OutcomeClass.AMBIGUOUS, "spoke of an error"),
    (lambda: answer(200, b"<html>", content_type="text/html"), OutcomeClass.AMBIGUOUS, "web page"),
]


def test_each_answer_has_its_meaning_and_plain_words(make: Make, subtests: pytest.Subtests):
    for came, kind, words in MEANINGS:
        with subtests.test(kind=kind.value, words=words):
            connector = make(lambda _, came=came: came())
            outcome = connector.send(frozen(connector, event()))
            assert outcome.kind is kind
            assert words in outcome.reason
            assert not any(digit in outcome.reason for digit in ("40", "50"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), OutcomeClass.NOT_SENT),
        (httpx.ConnectTimeout("x"), OutcomeClass.NOT_SENT),
        (httpx.ReadTimeout("x"), OutcomeClass.AMBIGUOUS),
        (httpx.RemoteProtocolError("x"), OutcomeClass.AMBIGUOUS),
    ],
)
def test_silence_means_what_could_have_left(make: Make, error: Exception, kind: OutcomeClass):
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    connector = make(fail)
    assert connector.send(frozen(connector, event())).kind is kind


# What is read.


def only(connector: ExtendConnector) -> tuple[Order, list[RecordedEvent]]:
    page = connector.pull("", [ORDER])
    assert (page.bad, page.deleted, page.cursor, page.more) == ([], [], "", False)
    (pulled,) = page.orders
    return from_document(Order, pulled.document), [from_document(RecordedEvent, one.document) for one in pulled.parts]


def test_an_order_shows_who_what_and_where_it_stands(make: Make):
    shown = an_order(
        claimId="C-7",
        number="SO-9",
        title="Leaks",
        statusName="In repair",
        assignedTo="Mia",
        serviceType="repair_onsite",
    )
    order, _ = only(make(lambda _: json_answer(shown)))

    assert (order.service_number, order.title, order.external_id) == ("SO-9", "Leaks", "C-7")
    assert (order.service_kind, order.service_status_name) == (ServiceKind.ONSITE, "In repair")
    assert (order.customer.name, order.device.product, order.device.serial_number) == ("Ångström", "Stelton K2", "S-1")
    assert (order.is_accepted, order.service_state.takes_work) == (True, True)


@pytest.mark.parametrize(
    ("members", "accepted", "state"),
    [
        ({"acceptedAt": None, "status": None}, False, "NOT_STARTED"),
        ({"status": "a new word"}, True, "IN_PROGRESS"),
        ({"status": "completed"}, True, "FINISHED"),
        ({"closedAt": NOON, "status": "IN_PROGRESS"}, True, "CLOSED"),
        ({"closedAt": NOON, "status": "CANCELLED"}, True, "CANCELLED"),
    ],
)
def test_acceptance_and_closing_follow_from_their_dates(make: Make, members: Any, accepted: bool, state: str):
    order, _ = only(make(lambda _: json_answer(an_order(**members))))
    assert (order.is_accepted, order.service_state.value) == (accepted, state)


def test_an_order_without_names_is_called_by_what_is_known(make: Make):
    order, _ = only(make(lambda _: json_answer({"id": ORDER, "events": []})))
    assert (order.service_number, order.title) == ("0190F3E2", "Other service")


def test_events_are_read_in_either_spelling_and_without_our_mark(make: Make):
    marked = {"metadata": {"techdeskOpId": OP, "bay": 4}, "receptionDate": NOON, "colour": "red", "notes": "n"}
    onsite = an_event(eventId="e2", event="resolved", eventDate=NOON - 60_000, resolutionType="fixed", createdAt=NOON)
    shown = an_order(events=[an_event(event="product_received", **marked), onsite])

    _, (first, second) = only(make(lambda _: json_answer(shown)))

    assert first.data == {"metadata": {"bay": 4}, "receivedAt": NOON, "colour": "red"}
    assert (first.notes, first.created_by, first.occurred_at) == ("n", "Mia", datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert second.data == {"resolutionType": "fixed"}
    assert second.occurred_at == datetime(2026, 6, 1, 11, 59, tzinfo=UTC)


def test_times_in_seconds_become_ours(make: Make):
    shown = an_order(createdAt=1_780_315_200, acceptedAt=1_780_315_200)
    shown["events"] = [an_event(createdAt=1_780_315_200, repairStartedAt=1_780_315_200)]

    order, (started,) = only(make(lambda _: json_answer(shown), timestamps="s"))

    assert (order.accepted_at, started.data) == (datetime(2026, 6, 1, 12, tzinfo=UTC), {"repairStartedAt": NOON})


def test_a_time_in_another_unit_sets_the_order_aside_and_says_what_to_change(make: Make):
    page = make(lambda _: json_answer(an_order(createdAt=1_780_315_200))).pull("", [ORDER])
    (bad,) = page.bad
    assert (page.orders, bad.server_id) == ([], ORDER)
    assert "milliseconds" in bad.reason
    assert "ms or s" in bad.reason


def test_an_event_with_a_field_that_cannot_be_read_is_kept_as_it_came(make: Make):
    shown = an_order(events=[an_event(repairStartedAt="soon", isDelayed="maybe")])
    _, (started,) = only(make(lambda _: json_answer(shown)))
    assert started.data == {"repairStartedAt": "soon", "isDelayed": "maybe"}
    assert started.event.extra == started.data


def by_id(answers: dict[str, httpx.Response | Exception]) -> Handler:
    def choose(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path.rpartition("/")[2])
        if isinstance(found, Exception):
            raise found
        return found or json_answer(an_order(id=request.url.path.rpartition("/")[2]))

    return choose


def test_followed_orders_come_in_pages_and_the_round_begins_anew(make: Make):
    followed = [f"{ORDER[:-3]}{number:03d}" for number in range(PAGE + 3)]
    connector = make(by_id({}))

    first = connector.pull("", reversed(followed))  # type: ignore[arg-type]  # any order of ids
    second = connector.pull(first.cursor, followed)

    assert ([one.server_id for one in first.orders], first.more) == (followed[:PAGE], True)
    assert ([one.server_id for one in second.orders], second.more, second.cursor) == (followed[PAGE:], False, "")
    assert connector.pull("", []).orders == []


def test_a_gone_order_is_gone_and_anothers_is_set_aside(make: Make):
    a, b, c, d = (f"{ORDER[:-1]}{one}" for one in "1234")
    connector = make(
        by_id(
            {
                a: refused(404, "not_found"),
                b: refused(403, "forbidden", "It is another servicer's"),
                c: json_answer({"id": c, "events": [{"event": "no id"}]}),
            }
        )
    )

    page = connector.pull("", [a, b, c, d])

    assert (page.deleted, [one.server_id for one in page.orders]) == ([a], [d])
    assert [(one.server_id, one.reason.partition(":")[0]) for one in page.bad] == [
        (b, "It is another servicer's"),
        (c, "events/0/eventId"),
    ]
    assert [one.is_hidden for one in page.bad] == [True, False]


def test_a_refused_sign_in_is_not_taken_for_an_order_that_is_not_shown(make: Make):
    with pytest.raises(WrongCredentialsError):
        make(lambda _: json_answer({"message": "Forbidden"}, 403)).pull("", [ORDER])


def test_what_is_said_to_a_sign_in_that_is_shown_nothing_is_told(make: Make):
    with pytest.raises(WrongCredentialsError, match=r"The server says: Servicer blocked\. Sign in again") as raised:
        make(lambda _: refused(403, "forbidden", "Servicer blocked.")).facts()
    assert raised.value.title == WrongCredentialsError.default_title


def test_a_look_at_an_order_that_is_not_shown_says_so(make: Make):
    desk = make(lambda _: refused(403, "forbidden", "It is another servicer's"))
    assert desk.read_back(frozen(desk, event())).sighting is Sighting.HIDDEN


def test_a_missing_route_does_not_make_orders_disappear(make: Make):
    connector = make(lambda _: json_answer({"detail": "Not Found"}, 404))
    with pytest.raises(WrongAddressError) as raised:
        connector.pull("", [ORDER])
    assert "cannot be read" in raised.value.hint


def test_a_page_that_breaks_off_keeps_what_had_come(make: Make):
    a, b = f"{ORDER[:-1]}1", f"{ORDER[:-1]}2"
    connector = make(by_id({b: httpx.ReadTimeout("x")}))

    page = connector.pull("", [a, b])

    assert ([one.server_id for one in page.orders], page.cursor, page.more) == ([a], a, True)
    with pytest.raises(OfflineError):
        connector.pull(page.cursor, [a, b])


def test_an_order_for_which_the_server_always_fails_holds_up_none_of_the_others(make: Make):
    a, b, c = (f"{ORDER[:-1]}{one}" for one in "123")
    connector = make(by_id({b: json_answer({"error": "NullPointerException"}, 500)}))

    first = connector.pull("", [a, b, c])
    with pytest.raises(BusyError):
        connector.pull(first.cursor, [a, b, c])
    second = connector.pull(first.cursor, [a, b, c])
    page = connector.pull("", [a, b, c])

    assert ([one.server_id for one in first.orders], first.more) == ([a], True)
    assert ([one.server_id for one in second.orders], second.more) == ([c], False)
    assert ([one.server_id for one in page.orders], page.more) == ([a, c], False)
    assert [(one.server_id, one.fails) for one in page.bad] == [(b, True)]


def test_the_last_order_of_a_page_that_always_fails_ends_the_page_at_last(make: Make):
    followed = [f"{ORDER[:-3]}{number:03d}" for number in range(PAGE + 1)]
    connector = make(by_id({followed[-1]: json_answer({"error": "NullPointerException"}, 500)}))
    first = connector.pull("", followed)

    for _ in range(2):
        with pytest.raises(BusyError):
            connector.pull(first.cursor, followed)
    page = connector.pull(first.cursor, followed)

    assert (page.cursor, page.more, [one.server_id for one in page.bad]) == ("", False, followed[-1:])


def test_an_answer_about_another_order_is_not_taken_for_the_one_that_was_asked_for(make: Make):
    a, b = f"{ORDER[:-1]}1", f"{ORDER[:-1]}2"
    connector = make(by_id({a: json_answer(an_order(id=b))}))

    for _ in range(2):
        with pytest.raises(BusyError):
            connector.pull("", [a, b])
    assert [one.server_id for one in connector.pull("", [a, b]).orders] == [b]


def test_an_account_without_reads_asks_for_nothing(make: Make):
    connector = make(reads="no")
    page = connector.pull("", [ORDER])
    assert (page.orders, page.cursor, page.more) == ([], "", False)
    assert (connector.profile.creates, connector.profile.pulls_followed) == (Dedup.BLIND, False)
    assert not connector.profile.can_be_read
    assert connector.read_back(frozen(connector, event())).sighting is Sighting.UNKNOWN


# Finding an order to follow.


def test_an_order_is_found_by_its_id_else_by_a_claim(make: Make):
    asked: list[str] = []

    def search(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.query, "ascii"))
        by_claim = "claimId" in request.url.params
        return json_answer({"serviceOrders": [an_order(events=[an_event()])] if by_claim else []})

    connector = make(search)

    (by_claim,) = connector.find(ServerQuery(text=" C&7 "))
    (also,) = connector.find(ServerQuery(text=ORDER))

    assert (by_claim.server_id, by_claim.parts, also.server_id) == (ORDER, (), ORDER)
    assert asked == ["claimId=C%267", f"serviceOrderId={ORDER}", f"claimId={ORDER}"]
    with pytest.raises(NotSupportedError):
        connector.find(ServerQuery(text=" "))


@pytest.mark.parametrize(
    "told",
    [[an_order()], {"serviceOrders": [an_order()]}, {"items": [an_order()], "paging": {"totalCount": 1}}, an_order()],
)
def test_a_search_may_answer_in_any_form_that_holds_orders(make: Make, told: Any):
    assert [one.server_id for one in make(lambda _: json_answer(told)).find(ServerQuery(text="C"))] == [ORDER]


@pytest.mark.parametrize("told", [[], {"serviceOrders": []}, {"results": []}])
def test_a_search_that_finds_nothing_finds_nothing(make: Make, told: Any):
    assert make(lambda _: json_answer(told)).find(ServerQuery(text="C")) == []
    assert make(lambda _: refused(404, "not_found")).find(ServerQuery(text="C")) == []


@pytest.mark.parametrize("told", [{}, {"a": [], "b": []}, "x", {"serviceOrders": None}, [{"no": "id"}], [1]])
def test_a_search_whose_answer_holds_no_orders_is_of_another_version(make: Make, told: Any):
    with pytest.raises(WrongVersionError):
        make(lambda _: json_answer(told)).find(ServerQuery(text="C"))


def test_a_server_may_say_of_an_event_when_it_received_it_as_the_page_has_it(make: Make):
    bare = {"eventId": "e1", "event": "repair_started"}
    order = an_order(
        events=[
            {**bare, "receivedAt": NOON},
            {**bare, "eventId": "e2", "event": "product_received", "receivedAt": NOON, "receivedBy": "Mia"},
            {**bare, "eventId": "e3"},
            {**bare, "eventId": "e4", "receivedAt": True},
            {**bare, "eventId": "e5", "receivedAt": NOON, "createdAt": NOON + 1000},
        ]
    )
    page = make(lambda _: json_answer(order)).pull("", [ORDER])
    (pulled,) = page.orders
    noon = instant_text(from_epoch_ms(NOON))
    told = {
        part.server_id: (
            part.document.get("created_at"),
            part.document.get("occurred_at"),
            part.document.get("data") or {},
        )
        for part in pulled.parts
    }
    assert told["e1"] == (noon, noon, {})
    assert told["e2"] == (None, noon, {"receivedAt": NOON, "receivedBy": "Mia"})
    assert told["e3"] == (None, None, {})
    assert told["e4"] == (None, None, {"receivedAt": True})
    assert told["e5"][2] == {"receivedAt": NOON}


def test_a_found_order_is_fetched_with_its_events(make: Make):
    connector = make(lambda _: json_answer(an_order(events=[an_event()], updatedAt=NOON)))
    (found,) = make(lambda _: json_answer({"serviceOrders": [an_order()]})).find(ServerQuery(text="C"))
    order = connector.fetch(found)
    assert (len(order.parts), order.revision) == (1, order.document["last_modified_at"])
    with pytest.raises(NotFoundError):
        make(lambda _: refused(404, "not_found")).fetch(found)
    with pytest.raises(NotAllowedError, match="another servicer's"):
        make(lambda _: refused(403, "forbidden", "It is another servicer's")).fetch(found)
    with pytest.raises(WrongCredentialsError):
        make(lambda _: refused(401, "unauthorized")).fetch(found)
    with pytest.raises(WrongVersionError):
        make(lambda _: json_answer(an_order(createdAt=1))).fetch(found)


def test_without_reads_a_typed_id_and_kind_make_the_order(make: Make):
    connector = make(reads="no")

    (found,) = connector.find(ServerQuery(text=ORDER.upper(), service_kind=ServiceKind.ONSITE))

    order = from_document(Order, connector.fetch(found).document)
    assert (found.server_id, order.service_kind, order.is_accepted) == (ORDER, ServiceKind.ONSITE, True)
    assert (order.title, order.service_state.takes_work) == ("Service order 0190F3E2", True)
    for wanted in (ServerQuery(text="C-7", service_kind=ServiceKind.DEPOT), ServerQuery(text=ORDER)):
        with pytest.raises(NotSupportedError):
            connector.find(wanted)


# Looking back.


def looked_back(make: Make, came: httpx.Response, what: Operation) -> Any:
    connector = make(lambda _: came)
    return connector.read_back(frozen(connector, what))


def test_an_event_is_known_again_by_its_mark(make: Make):
    marked = an_event(eventId="e5", metadata={"techdeskOpId": OP}, notes="mine")
    shown = an_order(events=[an_event(metadata={"techdeskOpId": "another"}), marked, an_event(metadata=5)])

    seen = looked_back(make, json_answer(shown), event())

    assert (seen.sighting, seen.server_id, seen.record["notes"]) == (Sighting.FOUND, "e5", "mine")
    assert "metadata" not in seen.record.get("data", {})


@pytest.mark.parametrize("unit", ["ms", "s"])
def test_an_event_that_lost_its_mark_is_known_by_what_it_says(make: Make, unit: str):
    scale = 1000 if unit == "s" else 1
    what = replace(event(notes="mine"), known=("e1",), first_sent_at=parse_instant(NOON_TEXT))
    shown = an_order(createdAt=NOON // scale, acceptedAt=NOON // scale)
    connector = make(lambda _: json_answer(shown), timestamps=unit)
    sent = {name: value for name, value in body_of(connector, what).items() if name != "metadata"}
    alike = an_event(createdAt=NOON // scale, **sent)
    shown["events"] = [alike, {**alike, "eventId": "e2"}]

    seen = connector.read_back(frozen(connector, what))
    assert (seen.sighting, seen.server_id, seen.by_likeness) == (Sighting.FOUND, "e2", True)

    shown["events"].append({**alike, "eventId": "e3", "notes": "mine, says Mia"})
    assert connector.read_back(frozen(connector, what)).sighting is Sighting.UNCLEAR

    shown["events"] = [alike, {**alike, "eventId": "e4", "metadata": {"techdeskOpId": "another"}}]
    assert connector.read_back(frozen(connector, what)).sighting is Sighting.ABSENT


@pytest.mark.parametrize(("metadata", "sighting"), [(OP, Sighting.HIDDEN), ("another", Sighting.ABSENT)])
def test_an_event_whose_time_cannot_be_read_might_be_ours(make: Make, metadata: str, sighting: Sighting):
    odd = an_event(createdAt=5, metadata={"techdeskOpId": metadata})

    assert looked_back(make, json_answer(an_order(events=[odd])), event()).sighting is sighting
    del odd["metadata"]
    assert looked_back(make, json_answer(an_order(events=[odd])), event()).sighting is Sighting.UNCLEAR


def test_only_a_whole_answer_tells_that_an_event_is_not_there(make: Make, subtests: pytest.Subtests):
    whole = json.dumps(an_order()).encode()
    came = {
        "no such event": (json_answer(an_order(events=[an_event(event="on_shelf")])), Sighting.ABSENT),
        "no such order": (refused(404, "not_found"), Sighting.ABSENT),
        "no such route": (json_answer({"detail": "x"}, 404), Sighting.HIDDEN),
        "no events shown": (json_answer({"id": ORDER}), Sighting.HIDDEN),
        "broken off": (
            answer(200, whole[:40], httpx.ReadError("x"), content_type="application/json"),
            Sighting.UNKNOWN,
        ),
        "half a body": (answer(200, whole[:40], content_type="application/json"), Sighting.UNKNOWN),
        "no order": (json_answer([]), Sighting.HIDDEN),
        "a fault": (refused(502, "x"), Sighting.UNKNOWN),
        "no sign-in": (refused(401, "unauthorized"), Sighting.UNKNOWN),
    }
    for what, (response, sighting) in came.items():
        with subtests.test(what):
            seen = looked_back(make, response, event())
            assert seen.sighting is sighting
            assert (seen.reason == "") is (sighting is Sighting.ABSENT)


@pytest.mark.parametrize(
    ("what", "members", "sighting"),
    [
        (ACCEPT, {"acceptedAt": NOON}, Sighting.FOUND),
        (ACCEPT, {"acceptedAt": None}, Sighting.ABSENT),
        (DECLINE, {"acceptedAt": None, "assignedTo": None}, Sighting.FOUND),
        (DECLINE, {"acceptedAt": None, "assignedTo": "Mia"}, Sighting.ABSENT),
        (DECLINE, {"acceptedAt": NOON, "assignedTo": "Mia"}, Sighting.ABSENT),
    ],
)
def test_acceptance_is_looked_for_on_the_order(make: Make, what: Operation, members: Any, sighting: Sighting):
    assert looked_back(make, json_answer(an_order(**members)), what).sighting is sighting


def test_a_server_that_does_not_say_whose_an_order_is_does_not_show_a_decline(make: Make):
    seen = looked_back(make, json_answer({"id": ORDER, "events": []}), DECLINE)
    assert (seen.sighting, bool(seen.reason)) == (Sighting.HIDDEN, True)


# Signing in.


def test_signing_in_offers_what_the_account_lists(make: Make):
    connector = make(
        lambda _: json_answer({"serviceOrders": []}), resolutionTypes="Repaired, Replaced,,Repaired", reasons="No power"
    )
    facts = connector.facts()
    assert facts.references == {
        "resolution_types": [{"name": "Repaired"}, {"name": "Replaced"}],
        "resolution_reasons": [{"name": "No power"}],
    }
    assert facts.profile.creates is Dedup.READ_BACK
    assert connector.profile == facts.profile


SIGN_INS: list[tuple[Callable[[], httpx.Response], str, type[TechDeskError] | None]] = [
    (lambda: json_answer({"serviceOrders": []}), "yes", None),
    (lambda: refused(404, "not_found"), "yes", None),
    (lambda: json_answer({"detail": "Not Found"}, 404), "yes", WrongAddressError),
    (lambda: refused(401, "unauthorized"), "yes", WrongCredentialsError),
    (lambda: refused(406, "wrong_version"), "yes", WrongVersionError),
    (lambda: refused(503, "unavailable"), "yes", BusyError),
    (lambda: answer(200, b"null", content_type="application/json"), "yes", WrongAddressError),
    (lambda: answer(200, b""), "yes", BusyError),
    (lambda: answer(204), "yes", BusyError),
    (lambda: refused(400, "invalid"), "no", None),
    (lambda: refused(401, "unauthorized"), "no", WrongCredentialsError),
    (lambda: refused(406, "wrong_version"), "no", WrongVersionError),
    (lambda: answer(404, b"<html>", content_type="text/html"), "no", WrongAddressError),
]


def test_what_stands_against_signing_in_is_told(make: Make, subtests: pytest.Subtests):
    for came, reads, error in SIGN_INS:
        with subtests.test(reads=reads, error=error):
            connector = make(lambda _, came=came: came(), reads=reads)
            if error is None:
                connector.facts()
                continue
            with pytest.raises(error):
                connector.facts()


def test_signing_in_without_reads_sends_nothing_that_could_be_recorded(make: Make):
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return refused(400, "invalid")

    make(look, reads="no").facts()
    assert (seen[0].url.path.split("/")[2].strip("0-"), seen[0].content) == ("", b"{}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reads", "maybe"),
        ("timestamps", "minutes"),
        ("dateNames", "delivered"),
        ("version", "1\r\n2"),
        ("settleSeconds", "soon"),
        ("settleSeconds", "-1"),
        ("settleSeconds", "nan"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(make: Make, name: str, text: str):
    with pytest.raises(InvalidInputError) as raised:
        make(**{name: text})
    assert raised.value.field == name
    with pytest.raises(InvalidInputError):
        EXTEND.check_settings({name: text})


def test_the_time_to_settle_is_the_accounts(make: Make):
    profile = make(settleSeconds="3").profile
    assert (profile.late_commit_s, profile.visibility_lag_s) == (2.0, 1.0)
    usual = make().profile
    assert (usual.late_commit_s, usual.visibility_lag_s) == (120.0, 60.0)
