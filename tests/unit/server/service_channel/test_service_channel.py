"""ServiceChannel's webhook: who may deliver, and what a delivery does to an order."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techdesk.server.service_channel.clients import Keys, add_client
from tests.support.work_orders import SAMPLE_JSON, SAMPLE_XML, body_of, note, signature, work_order
from tests.unit.server.conftest import NOW
from tests.unit.server.world import World

JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "text/xml; charset=utf-8"}


@dataclass
class Sender:
    """A client of the receiver."""

    world: World
    keys: Keys

    @property
    def path(self) -> str:
        return f"/v1/Clients/{self.keys.client_uid}/ServiceChannelWorkOrders"

    def send(self, body: dict[str, Any] | bytes, **headers: str) -> httpx.Response:
        raw = body if isinstance(body, bytes) else body_of(body)
        query = {"accessKey": self.keys.access_key, "signingKey": self.keys.signing_key}
        return self.world.nobody.ask("POST", self.path, params=query, content=raw, headers=JSON | headers)

    def order(self, answer: httpx.Response) -> dict[str, Any]:
        """Return the order that an answer names, as the change feed gives it."""
        assert answer.status_code == 200, answer.text
        found = self.world.changes()["orders"]
        uid = self.delivered()[0]["serviceOrderUid"]
        order: dict[str, Any] = next(one for one in found if one["serviceOrderUid"] == uid)
        return order

    def delivered(self) -> list[dict[str, Any]]:
        answer = self.world.admin.get(f"{self.world.tenant}/admin/deliveries")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _sender(world: World, *, create_missing: bool = True, signed: bool = False) -> Sender:
    with world.database.write() as connection:
        name = f"client {uuid4()}"
        return Sender(world, add_client(connection, name, NOW, create_missing=create_missing, signed=signed))


@pytest.fixture
def sender(world: World) -> Sender:
    """A client that makes an order for an unknown work order."""
    return _sender(world)


def _notes_of(order: dict[str, Any]) -> list[str]:
    return [one["notes"] for one in order["events"] if one["eventType"] == "work_order_note"]


@pytest.mark.parametrize(("body", "kind"), [(SAMPLE_JSON, JSON), (SAMPLE_XML, XML)])
def test_the_documents_own_samples_are_taken_with_every_member(
    sender: Sender, body: bytes, kind: dict[str, str]
) -> None:
    order = sender.order(sender.send(body, **kind))

    kept = order["workOrder"]
    assert len(kept) == 26
    assert kept["Number"] == "sample string 2"
    assert kept["Nte"] == 1
    assert kept["CallDate"] == "2025-12-19T15:01:54.4393284+00:00"
    assert kept["Status"] == {"Primary": "sample string 1", "Extended": "sample string 2"}
    assert kept["Notes"][0]["ActionRequired"] is True
    assert len(kept["Notes"][0]) == 9
    assert _notes_of(order) == ["sample string 3"]
    assert (order["externalSystem"], order["externalId"]) == ("service_channel", "1")


def test_json_and_xml_of_the_same_delivery_are_equal(sender: Sender) -> None:
    first = sender.send(SAMPLE_JSON)
    second = sender.send(SAMPLE_XML, **XML)

    assert first.json() == int(second.text.partition(">")[2].partition("<")[0])
    assert [one["outcome"] for one in sender.delivered()] == ["unchanged", "created"]


def test_the_answer_is_the_orders_number_in_the_asked_format(sender: Sender, world: World) -> None:
    number = sender.send(work_order()).json()

    as_xml = sender.send(work_order(), Accept="text/html;q=0.9, application/xml")
    of_xml = sender.send(SAMPLE_XML, **XML)
    both = sender.send(work_order(), Accept="application/xml;q=0.5, text/json")

    assert as_xml.text == f'<int xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{number}</int>'
    assert as_xml.headers["content-type"].startswith("application/xml")
    assert of_xml.headers["content-type"].startswith("application/xml")
    assert (both.text, both.headers["content-type"]) == (str(number), "text/json; charset=utf-8")


def test_an_unknown_work_order_is_null_unless_orders_are_made_for_it(world: World) -> None:
    sender = _sender(world, create_missing=False)

    assert sender.send(work_order()).text == "null"
    as_xml = sender.send(work_order(), Accept="application/xml").text
    assert as_xml == (
        '<int xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true" '
        'xmlns="http://schemas.microsoft.com/2003/10/Serialization/"/>'
    )
    assert world.changes()["orders"] == []
    assert [one["outcome"] for one in sender.delivered()] == ["no_order", "no_order"]


def test_a_work_order_belongs_to_the_order_that_somebody_tied_to_it(world: World) -> None:
    path = world.order(externalSystem="service_channel", externalId="140004")
    sender = _sender(world, create_missing=False)

    sender.send(work_order())

    order = world.technician.get(path).json()
    assert order["workOrder"]["PurchaseNumber"] == "PO-77"
    assert order["title"] == "Kettle leaks"


@pytest.mark.parametrize("wrong", ["access_key", "signing_key", "client_uid"])
def test_wrong_keys_are_refused_before_the_body_is_read(world: World, sender: Sender, wrong: str) -> None:
    keys = {name: getattr(sender.keys, name) for name in ("client_uid", "access_key", "signing_key")}
    keys[wrong] = str(uuid4())

    answer = Sender(world, Keys(**keys, signing_secret=None)).send(b"x" * 2_000_000)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"


def test_keys_that_are_missing_or_twice_are_refused(world: World, sender: Sender) -> None:
    twice = [("accessKey", sender.keys.access_key)] * 2 + [("signingKey", sender.keys.signing_key)]

    for query in ("", urlencode(twice)):
        answer = world.nobody.ask("POST", f"{sender.path}?{query}", content=SAMPLE_JSON, headers=JSON)
        assert answer.status_code == 401


def test_a_client_that_is_no_guid_is_a_bad_request(world: World) -> None:
    answer = world.nobody.ask("POST", "/v1/Clients/none/ServiceChannelWorkOrders", content=b"{}", headers=JSON)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "clientId")


def test_many_wrong_keys_are_told_to_wait_and_right_ones_still_get_in(world: World, sender: Sender) -> None:
    wrong = Sender(world, Keys(sender.keys.client_uid, "no", "no", None))

    statuses = [wrong.send(work_order()).status_code for _ in range(22)]

    assert statuses == [401] * 20 + [429] * 2
    assert sender.send(work_order()).status_code == 200
    refused = [one for one in sender.delivered() if one["outcome"] == "refused"]
    assert len(refused) == 20
    assert refused[0]["error"] == "accessKey and signingKey do not belong to this client"


def test_a_client_with_a_secret_takes_only_what_is_signed_with_it(world: World) -> None:
    sender = _sender(world, signed=True)
    secret = str(sender.keys.signing_secret)
    body = body_of(work_order())

    assert sender.send(body).status_code == 401
    assert sender.send(body, **signature("another", body)).status_code == 401
    assert sender.send(body + b" ", **signature(secret, body)).status_code == 401
    assert sender.send(body, **signature(secret, body) | {"Sign-Type": "MD5"}).status_code == 401
    assert sender.send(body, **signature(secret, body) | {"Sign-Data": "no base64!"}).status_code == 401
    assert world.changes()["orders"] == []
    assert sender.send(body, **signature(secret, body)).status_code == 200


def test_an_equal_delivery_changes_nothing(world: World, sender: Sender) -> None:
    first = sender.send(work_order(Notes=[note(1, "Bring a ladder")]))
    before = world.changes()

    second = sender.send(work_order(Notes=[note(1, "Bring a ladder")]))

    assert second.json() == first.json()
    assert world.changes(since=before["cursor"])["orders"] == []


def test_an_older_delivery_never_overwrites_a_newer_one_but_brings_its_notes(sender: Sender) -> None:
    sender.send(work_order(UpdatedDate="2026-03-02T09:00:00Z", Nte=600, ProblemCode=...))

    late = work_order(UpdatedDate="2026-03-02T08:00:00Z", Nte=100, Notes=[note(3, "Key at the desk")])
    late["Object"]["Status"] = {"Primary": "VOID"}
    order = sender.order(sender.send(late))

    assert order["workOrder"]["Nte"] == 600
    assert order["workOrder"]["UpdatedDate"] == "2026-03-02T09:00:00Z"
    assert order["workOrder"]["ProblemCode"] == "NOT COOLING"
    assert order["serviceState"] == "NOT_STARTED"
    assert _notes_of(order) == ["Key at the desk"]
    assert sender.delivered()[0]["outcome"] == "older"


def test_without_an_update_time_the_latest_note_says_which_is_newer(sender: Sender) -> None:
    new, old = note(2, "second", "2026-03-02T11:00:00+00:00"), note(1, "first", "2026-03-02T10:00:00+00:00")
    sender.send(work_order(UpdatedDate=..., Trade="NEW", Notes=[old, new]))

    order = sender.order(sender.send(work_order(UpdatedDate=..., Trade="OLD", Notes=[old])))

    assert order["workOrder"]["Trade"] == "NEW"


def test_without_any_time_the_last_to_arrive_holds(sender: Sender, world: World) -> None:
    sender.send(work_order(UpdatedDate=..., Trade="FIRST"))
    world.clock.advance(minutes=1)

    order = sender.order(sender.send(work_order(UpdatedDate=..., Trade="SECOND")))

    assert order["workOrder"]["Trade"] == "SECOND"


def test_an_absent_or_null_member_keeps_what_is_known_and_a_newer_member_is_kept(sender: Sender) -> None:
    sender.send(work_order(LinkedWorOrderIds=[7], ExtraData={"a": [1, {"b": None}]}))

    order = sender.order(sender.send(work_order(Nte=None, PurchaseNumber=..., UpdatedDate="2026-03-02T09:30:00Z")))

    kept = order["workOrder"]
    assert (kept["Nte"], kept["PurchaseNumber"]) == (450.5, "PO-77")
    assert (kept["LinkedWorOrderIds"], kept["ExtraData"]) == ([7], {"a": [1, {"b": None}]})


def test_only_the_id_is_needed(sender: Sender) -> None:
    order = sender.order(sender.send({"Object": {"Id": 5}}))

    assert (order["title"], order["workOrder"]) == ("Work order 5", {"Id": 5})


@pytest.mark.parametrize(
    ("primary", "extended", "state"),
    [
        ("OPEN", "", "NOT_STARTED"),
        ("Open", "DECLINED", "NOT_STARTED"),
        ("IN PROGRESS", "DISPATCH CONFIRMED", "IN_PROGRESS"),
        ("IN PROGRESS", None, "IN_PROGRESS"),
        ("IN PROGRESS", "PARTS ON ORDER", "ON_HOLD"),
        ("IN PROGRESS", "WAITING FOR QUOTE", "ON_HOLD"),
        ("IN PROGRESS", "WAITING FOR APPROVAL", "ON_HOLD"),
        ("IN PROGRESS", "INCOMPLETE", "ON_HOLD"),
        ("COMPLETED", "PENDING CONFIRMATION", "FINISHED"),
        ("COMPLETED", "CANCELLED", "CANCELLED"),
        ("COMPLETED", "NO CHARGE", "CANCELLED"),
        ("COMPLETED", "CONFIRMED", "CLOSED"),
        ("COMPLETED", "", "CLOSED"),
        ("VOID", "", "CANCELLED"),
        ("INVOICED", "", "CLOSED"),
        ("SOMETHING ELSE", "", "NOT_STARTED"),
    ],
)
def test_the_status_text_moves_the_orders_state(sender: Sender, primary: str, extended: str | None, state: str) -> None:
    order = sender.order(sender.send(work_order(Status={"Primary": primary, "Extended": extended})))

    assert order["serviceState"] == state


def test_a_status_that_did_not_change_leaves_what_a_technician_set(world: World, sender: Sender) -> None:
    started = work_order(Status={"Primary": "IN PROGRESS", "Extended": "ON SITE"})
    order = sender.order(sender.send(started))
    world.close(f"{world.orders}/{order['serviceOrderUid']}", "Ready for pickup")

    started["Object"] |= {"UpdatedDate": "2026-03-02T10:00:00Z", "Notes": [note(9, "Thank you")]}
    order = sender.order(sender.send(started))

    assert order["serviceState"] == "FINISHED"
    assert _notes_of(order) == ["Thank you"]


def test_a_deleted_work_order_cancels_the_order_and_a_deleted_attachment_does_not(sender: Sender) -> None:
    sender.send(work_order())
    kept = sender.order(sender.send(work_order("WorkOrderAttachmentDeleted", "DELETE")))
    gone = sender.order(sender.send(work_order("", "DELETE")))

    assert (kept["serviceState"], gone["serviceState"]) == ("NOT_STARTED", "CANCELLED")


@pytest.mark.parametrize("event_type", ["InvoiceCreated", "WorkOrderCheckIn", "SomethingNew"])
def test_an_event_that_is_no_work_orders_does_nothing(sender: Sender, world: World, event_type: str) -> None:
    assert sender.send(work_order(event_type)).text == "null"
    number = sender.send(work_order()).json()

    answer = sender.send(work_order(event_type, Trade="OTHER", UpdatedDate="2027-01-01T00:00:00Z"))

    assert answer.json() == number
    assert sender.order(answer)["workOrder"]["Trade"] == "REFRIGERATION"
    assert sender.delivered()[0]["outcome"] == "ignored"


def test_a_note_is_one_event_and_a_repeated_id_is_told_apart_by_number(sender: Sender) -> None:
    twins = [note(4, "one", Number=1), note(4, "two", Number=2), note(4, "two", Number=2)]
    sender.send(work_order(Notes=[note(3, "alone"), *twins]))

    again = work_order(Notes=[note(3, "alone, edited", Number=8), *twins], UpdatedDate="2026-03-02T09:30:00Z")
    order = sender.order(sender.send(again))

    assert _notes_of(order) == ["alone", "one", "two"]


def test_a_notes_event_says_who_when_and_what_is_to_do(sender: Sender) -> None:
    asked = note(
        1,
        "Call first",
        ActionRequired=True,
        FollowUpDate="2026-03-04T10:00:00Z",
        MailedTo="a@example.org",
        CreatedBy="Jo",
    )
    order = sender.order(sender.send(work_order(Notes=[asked])))

    event = next(one for one in order["events"] if one["eventType"] == "work_order_note")
    assert event["tenantUserDisplayName"] == "Jo"
    assert event["occurredAt"] == "2026-03-02T08:30:00.000Z"
    assert event["data"]["metadata"] == {
        "actionRequired": True,
        "mailedTo": "a@example.org",
        "followUpAt": "2026-03-04T10:00:00.000Z",
    }


def test_many_deliveries_at_once_make_one_order_and_each_note_once(world: World, sender: Sender) -> None:
    def send(number: int) -> httpx.Response:
        minute = f"2026-03-02T09:{number:02d}:00Z"
        return sender.send(work_order(UpdatedDate=minute, Nte=number, Notes=[note(number % 5, f"note {number % 5}")]))

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(send, range(24)))

    assert len({one.text for one in answers}) == 1
    order = sender.order(answers[0])
    assert order["workOrder"]["Nte"] == 23
    assert sorted(_notes_of(order)) == [f"note {number}" for number in range(5)]
    assert len(world.changes()["orders"]) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"Object":{}}', JSON, 400),
        (b'{"Object":{"Id":true}}', JSON, 400),
        (b'{"Object":{"Id":"1"}}', JSON, 400),
        (b'{"Object":{"Id":99999999999999999999}}', JSON, 400),
        (b'{"Object":{"Id":1,"Id":2}}', JSON, 400),
        (b'{"Object":{"Id":1,"Nte":NaN}}', JSON, 400),
        (b'{"Object":{"Id":1,"Nte":1e400}}', JSON, 400),
        (b'{"Object":{"Id":1,"Caller":"\\ud800"}}', JSON, 400),
        (b"[" * 10_000, JSON, 400),
        (b"<a/>", XML, 400),
        (SAMPLE_XML[:-9], XML, 400),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + SAMPLE_XML, XML, 400),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + SAMPLE_XML, XML, 400),
        (b'<?xml version="1.0" encoding="nonsense"?>' + SAMPLE_XML, XML, 400),
        (SAMPLE_XML.replace(b"<Id>1</Id>", b"<Id>one</Id>"), XML, 400),
        (SAMPLE_XML.replace(b"<Nte>1</Nte>", b"<Nte>NaN</Nte>"), XML, 400),
        (SAMPLE_XML.replace(b"<Nte>1</Nte>", b"<Nte>x</Nte>"), XML, 400),
        (SAMPLE_XML.replace(b">true<", b">maybe<"), XML, 400),
        (SAMPLE_XML.replace(b"<Caller>sample string 7</Caller>", b"<x>" * 9_000 + b"</x>" * 9_000), XML, 400),
        (SAMPLE_JSON, {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (SAMPLE_JSON, {"Content-Type": "application/json; charset=utf-16"}, 415),
        (SAMPLE_JSON, {"Content-Encoding": "gzip"}, 415),
        (b" " * 1_100_000, JSON, 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_changes_nothing(
    world: World, sender: Sender, body: bytes, kind: dict[str, str], status: int
) -> None:
    answer = sender.send(body, **kind)

    assert answer.status_code == status, answer.text
    assert world.changes()["orders"] == []


def test_a_refused_delivery_stands_in_the_log_with_its_reason_and_body(world: World, sender: Sender) -> None:
    sender.send(b'{"Object":{"Id":"1"}}')

    (logged,) = sender.delivered()
    assert (logged["outcome"], logged["workOrderId"]) == ("refused", "")
    assert logged["error"].startswith("/Object/Id:")
    whole = world.admin.get(f"{world.tenant}/admin/deliveries/{logged['deliveryUid']}").json()
    assert whole["body"] == '{"Object":{"Id":"1"}}'


def test_bodies_are_forgotten_after_two_weeks_and_the_log_after_ninety_days(world: World, sender: Sender) -> None:
    sender.send(work_order())
    uid = sender.delivered()[0]["deliveryUid"]
    world.clock.advance(days=15)
    sender.send(work_order())

    assert world.admin.get(f"{world.tenant}/admin/deliveries/{uid}").json()["body"] is None
    world.clock.advance(days=80)
    sender.send(work_order())
    assert uid not in [one["deliveryUid"] for one in sender.delivered()]


def test_the_log_of_deliveries_is_paged_and_for_administrators_only(world: World, sender: Sender) -> None:
    for number in range(3):
        sender.send(work_order(Nte=number))
    path = f"{world.tenant}/admin/deliveries"

    page = world.admin.get(path, params={"pageSize": 2, "clientId": sender.keys.client_uid.upper()}).json()

    assert (len(page["items"]), page["paging"]["totalCount"]) == (2, 3)
    assert page["items"][0]["outcome"] == "applied"
    assert world.admin.get(path, params={"clientId": str(uuid4())}).json()["items"] == []
    assert world.admin.get(f"{path}/none").status_code == 404
    for person in (world.technician, world.supervisor):
        for one in (path, f"{path}/x", f"{world.tenant}/admin/clients"):
            assert person.get(one).status_code == 403


def test_no_key_stands_in_a_log(world: World, sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sender.send(work_order())
    sender.send(b"nonsense")

    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
    assert any(sender.path in line for line in ours)
    assert not any(sender.keys.access_key in line or sender.keys.signing_key in line for line in ours)


def test_clients_are_managed_over_the_wire_and_their_keys_are_shown_once(world: World) -> None:
    path = f"{world.tenant}/admin/clients"
    made = world.admin.post(path, {"name": "Retailer", "createMissing": True, "signed": True})
    assert made.status_code == 201, made.text
    shown = made.json()
    assert shown["signingSecret"]
    assert (shown["name"], shown["active"], shown["createMissing"], shown["signed"]) == ("Retailer", True, True, True)

    assert world.admin.post(path, {"name": "Retailer"}).json()["code"] == "name_taken"
    assert world.technician.post(path, {"name": "Mine"}).status_code == 403
    listed = world.admin.get(path)
    assert [one["clientId"] for one in listed.json()["items"]] == [shown["clientId"]]
    rotated = world.admin.post(f"{path}/{shown['clientId']}/rotate", {}).json()
    for text in (listed.text, world.admin.put(f"{path}/{shown['clientId']}", {}).text):
        assert not any(shown[name] in text for name in ("accessKey", "signingKey", "signingSecret"))

    def sender(keys: dict[str, str]) -> Sender:
        return Sender(world, Keys(shown["clientId"], keys["accessKey"], keys["signingKey"], None))

    body = body_of(work_order())
    signed = signature(rotated["signingSecret"], body)
    assert sender(shown).send(body, **signature(shown["signingSecret"], body)).status_code == 401
    assert sender(rotated).send(body, **signed).status_code == 200
    assert world.admin.put(f"{path}/{shown['clientId']}", {"active": False}).json()["active"] is False
    assert sender(rotated).send(body, **signed).status_code == 401


def test_keys_are_kept_as_hashes_and_no_idempotency_key_keeps_them(world: World) -> None:
    path = f"{world.tenant}/admin/clients"
    made = world.admin.post(path, {"name": "Kept"}, headers={"Idempotency-Key": "k"}).json()

    with world.database.read() as connection:
        tables = ("service_channel_clients", "idempotency_keys")
        kept = str([connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables])
    assert made["clientId"] in kept
    assert made["accessKey"] not in kept
    assert made["signingKey"] not in kept


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_unknown_client_is_not_found(world: World, method: str) -> None:
    path = f"{world.tenant}/admin/clients/{uuid4()}" + ("/rotate" if method == "POST" else "")

    assert world.admin.ask(method, path, json={}).status_code == 404


def test_an_order_with_a_work_order_can_be_deleted(world: World, sender: Sender) -> None:
    order = sender.order(sender.send(work_order(Notes=[note(1, "x")])))

    assert world.supervisor.delete(f"{world.orders}/{order['serviceOrderUid']}").status_code == 204
    assert sender.send(work_order()).json() != order["serviceNumber"]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_ANY = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
_MEMBERS = st.sampled_from([*work_order()["Object"], "Extra"])
_NOTE = st.dictionaries(st.sampled_from([*note(1, ""), "X"]), _ANY, max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.dictionaries(_MEMBERS, _ANY, max_size=6),
    notes=st.lists(_NOTE, max_size=3) | _ANY,
    event_type=st.sampled_from(["WorkOrderCreated", "", None, 3]) | st.text(),
    action=_SCALARS,
)
def test_whatever_the_members_hold_the_server_answers_200_or_400(
    sender: Sender, members: dict[str, Any], notes: Any, event_type: Any, action: Any
) -> None:
    delivery = {"Object": {"Id": 1, **members, "Notes": notes}, "EventType": event_type, "Action": action}

    assert sender.send(body_of(delivery)).status_code in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(SAMPLE_XML)), inserted=st.binary(max_size=12), taken=st.integers(0, 30))
def test_whatever_the_xml_holds_the_server_answers_200_or_400(
    sender: Sender, cut: int, inserted: bytes, taken: int
) -> None:
    body = SAMPLE_XML[:cut] + inserted + SAMPLE_XML[cut + taken :]

    assert sender.send(body, **XML).status_code in (200, 400)
