"""The Extend dialect: one event a request, types checked whatever the event, and nothing known of repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from techdesk.domain.event_data import WIRE_FIELDS
from techdesk.domain.events import EVENT_KINDS, EventField, FieldType
from techdesk.server.storage.database import Database
from techdesk.wire.extend import UpdateRepair
from tests.unit.server.world import World, built_world

NINE = 1_772_442_000_000
"""The world's clock, in epoch milliseconds."""


class Servicer:
    """Somebody who asks in the Extend dialect."""

    def __init__(self, world: World, person: Any, version: str = "2022-02-01") -> None:
        self._ask = world.nobody.ask
        self.headers = {"X-Extend-Access-Token": person.token, "Accept": f"application/json; version={version}"}

    def post(self, order: str, action: str, body: Any, **headers: str) -> Any:
        path = f"/extend/service-orders/{order}/{action}"
        return self._ask("POST", path, json=body, headers=self.headers | headers)

    def update(self, order: str, event: str = "repair_started", **fields: Any) -> Any:
        return self.post(order, "update-repair", {"event": event, **fields})

    def get(self, path: str) -> Any:
        return self._ask("GET", f"/extend/service-orders/{path}", headers=self.headers)


@pytest.fixture
def servicer(world: World) -> Servicer:
    return Servicer(world, world.technician)


def uid_of(order: str) -> str:
    return order.rpartition("/")[2]


def refusal(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"code", "message"}
    assert body["message"]
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, body["code"]


def believable(field: EventField) -> Any:
    if field.choices:
        return next(iter(field.choices))
    values: dict[FieldType, Any] = {
        FieldType.INSTANT: NINE,
        FieldType.INSTANTS: [NINE, NINE + 3_600_000],
        FieldType.FLAG: True,
        FieldType.METADATA: {"bay": 4, "deep": {"er": [None, 1.5]}},
    }
    return values.get(field.holds, "Kim <b>Larsen</b> 🔧")


EVERY_FIELD = {wire: believable(field) for wire, field in WIRE_FIELDS.items()} | {"notes": "as it is"}


def test_the_body_has_the_28_fields_of_the_document():
    assert {field.alias or name for name, field in UpdateRepair.model_fields.items()} == {"event", *EVERY_FIELD}
    assert len(UpdateRepair.model_fields) == 28


@pytest.mark.parametrize("event", [*EVENT_KINDS, "put_on_shelf"])
def test_any_event_keeps_any_field(world: World, servicer: Servicer, event: str):
    order = world.order("other")

    told = servicer.update(uid_of(order), event, **EVERY_FIELD, colour="red", received_by="kept")

    assert told.status_code == 200
    answer = told.json()
    assert answer == {
        "serviceOrderId": uid_of(order),
        "eventId": answer["eventId"],
        "event": event,
        "receivedAt": NINE,
    }
    (shown,) = servicer.get(uid_of(order)).json()["events"]
    assert shown == {
        **EVERY_FIELD,
        "colour": "red",
        "received_by": "kept",
        "event": event,
        "eventId": answer["eventId"],
        "createdAt": NINE,
        "createdBy": "Test technician",
    }
    (also,) = world.changes()["orders"][0]["events"]
    assert (also["serviceEventUid"], also["eventType"], also["notes"]) == (answer["eventId"], event, "as it is")
    assert also["data"] == {
        name: value for name, value in shown.items() if name in {*WIRE_FIELDS, "colour", "received_by"}
    }


@pytest.mark.parametrize("wire", WIRE_FIELDS)
def test_a_value_of_the_wrong_type_is_refused_whatever_the_event(world: World, servicer: Servicer, wire: str):
    order = uid_of(world.order())
    wrong: list[Any] = [[True], {"a": 1}] if WIRE_FIELDS[wire].holds is not FieldType.METADATA else [5, "text"]

    for value in wrong:
        answer = servicer.update(order, "whatever", **{wire: value})

        assert refusal(answer) == (400, "invalid")
        assert wire in answer.json()["message"]
    assert servicer.get(order).json()["events"] == []


NOT_A_TIME = [1_772_442_000, True, "2026-03-02", 10**30, -1]


def test_a_time_is_a_number_of_milliseconds_and_believable(world: World, servicer: Servicer, subtests: pytest.Subtests):
    order = uid_of(world.order())
    for value in NOT_A_TIME:
        with subtests.test(value=value):
            assert refusal(servicer.update(order, repairStartedAt=value)) == (400, "invalid")
    assert servicer.update(order, repairStartedAt=NINE + 0.5).status_code == 200


@pytest.mark.parametrize(("other", "name"), [("receptionDate", "receivedAt"), ("deliveredDate", "deliveredAt")])
def test_both_spellings_of_a_date_are_taken_and_are_one(world: World, servicer: Servicer, other: str, name: str):
    order = uid_of(world.order())
    event = "product_received" if name == "receivedAt" else "product_delivered"

    assert servicer.update(order, event, **{other: NINE - 60_000}).status_code == 200
    assert servicer.update(order, event, **{other: NINE, name: NINE}).status_code == 200
    assert refusal(servicer.update(order, event, **{other: NINE, name: NINE - 1})) == (400, "invalid")

    first, second = servicer.get(order).json()["events"]
    assert (first[name], second[name]) == (NINE - 60_000, NINE)
    assert other not in first
    assert [one["occurredAt"] for one in world.changes()["orders"][0]["events"]] == [
        "2026-03-02T08:59:00.000Z",
        "2026-03-02T09:00:00.000Z",
    ]


def test_only_the_event_is_needed_and_it_needs_a_name(world: World, servicer: Servicer):
    order = uid_of(world.order())

    assert servicer.update(order, "repair_started", notes=None, metadata=None).status_code == 200
    bodies: list[Any] = [{}, {"event": " "}, {"event": 5}, {"event": None}, [], "text"]
    for body in bodies:
        assert refusal(servicer.post(order, "update-repair", body)) == (400, "invalid")
    assert len(servicer.get(order).json()["events"]) == 1


def test_the_same_body_twice_makes_two_events_also_with_a_key(world: World, servicer: Servicer):
    order = uid_of(world.order())
    for _ in range(2):
        body = {"event": "repair_started", "notes": "same"}
        assert servicer.post(order, "update-repair", body, **{"Idempotency-Key": "one"}).status_code == 200

    assert len(servicer.get(order).json()["events"]) == 2


def test_an_event_without_a_date_of_its_own_happened_at_its_event_date(world: World, servicer: Servicer):
    order = uid_of(world.order("repair_onsite"))
    servicer.update(order, "resolved", eventDate=NINE - 3_600_000)
    servicer.update(order, "resolved")

    told = [one["occurredAt"] for one in world.changes()["orders"][0]["events"]]
    assert told == ["2026-03-02T08:00:00.000Z", "2026-03-02T09:00:00.000Z"]


def test_an_event_belongs_to_its_service_type_and_any_other_name_to_both(world: World, servicer: Servicer):
    depot, onsite, other = (uid_of(world.order(one)) for one in ("repair_depot", "repair_onsite", "other"))

    assert refusal(servicer.update(depot, "resolved")) == (409, "wrong_service_type")
    assert refusal(servicer.update(onsite, "repair_started")) == (409, "wrong_service_type")
    taken = [(onsite, "repair_shipped"), (onsite, "x"), (depot, "x"), (other, "resolved"), (other, "repair_started")]
    assert [servicer.update(order, event).status_code for order, event in taken] == [200] * 5


@pytest.mark.parametrize("status", ["Closed", "Cancelled"])
def test_a_closed_order_takes_no_event_and_a_finished_one_does(world: World, servicer: Servicer, status: str):
    order = world.order()
    world.close(order, "Ready for pickup")
    assert servicer.update(uid_of(order)).status_code == 200
    world.close(order, status)

    assert refusal(servicer.update(uid_of(order))) == (409, "closed")
    assert servicer.get(uid_of(order)).json()["closedAt"] == NINE


def test_a_technician_works_on_own_orders_and_nobodys(world: World, servicer: Servicer):
    order = world.order(assignedUserUid=world.technician.uid)
    colleague, supervisor = Servicer(world, world.colleague), Servicer(world, world.supervisor)

    assert servicer.update(uid_of(order)).status_code == 200
    assert refusal(colleague.update(uid_of(order))) == (403, "forbidden")
    assert supervisor.update(uid_of(order)).status_code == 200
    assert refusal(colleague.post(uid_of(order), "accept-repair", {"accepted": True})) == (403, "forbidden")


def test_an_order_is_accepted_before_it_takes_events(world: World, servicer: Servicer):
    order = world.order(requiresAcceptance=True, assignedUserUid=world.technician.uid)
    uid = uid_of(order)
    assert refusal(servicer.update(uid)) == (409, "not_accepted")
    assert servicer.get(uid).json()["acceptedAt"] is None

    told = servicer.post(uid, "accept-repair", {"accepted": True, "reason": "", "notes": "on Monday"})

    assert (told.status_code, told.json()) == (200, {"serviceOrderId": uid, "accepted": True, "acceptedAt": NINE})
    assert servicer.update(uid).status_code == 200
    accepted = servicer.get(uid).json()
    assert (accepted["acceptedAt"], accepted["events"][0]["event"]) == (NINE, "order_accepted")
    assert accepted["events"][0]["notes"] == "on Monday"


def test_a_declined_order_goes_back_to_nobody_and_keeps_why(world: World, servicer: Servicer):
    uid = uid_of(world.order(requiresAcceptance=True, assignedUserUid=world.technician.uid))

    told = servicer.post(uid, "accept-repair", {"accepted": False, "reason": "No parts", "notes": "Ask Graz"})

    assert (told.status_code, told.json()["acceptedAt"]) == (200, None)
    declined = servicer.get(uid).json()
    assert (declined["assignedTo"], declined["acceptedAt"]) == (None, None)
    assert (declined["events"][0]["event"], declined["events"][0]["notes"]) == ("order_declined", "No parts\nAsk Graz")
    assert refusal(servicer.post(uid, "accept-repair", {"accepted": True})) == (409, "not_assigned")


def test_acceptance_is_refused_where_it_cannot_be(world: World, servicer: Servicer):
    closed = world.order(assignedUserUid=world.technician.uid)
    world.close(closed)
    nobodys = uid_of(world.order(requiresAcceptance=True))

    assert refusal(servicer.post(uid_of(closed), "accept-repair", {"accepted": True})) == (409, "closed")
    assert refusal(servicer.post(nobodys, "accept-repair", {"accepted": True})) == (409, "not_assigned")
    for body in ({}, {"accepted": "yes"}, {"accepted": True, "reason": 5}):
        assert refusal(servicer.post(nobodys, "accept-repair", body)) == (400, "invalid")


def test_token_and_version_come_before_the_body(world: World, servicer: Servicer):
    order = uid_of(world.order())
    ask = world.nobody.ask
    path = f"/extend/service-orders/{order}/update-repair"

    assert refusal(ask("POST", path, content=b"{")) == (401, "unauthorized")
    stranger = {"X-Extend-Access-Token": "nobody"}
    assert refusal(ask("POST", path, json={}, headers=stranger)) == (401, "unauthorized")
    bearer = {"Authorization": f"Bearer {world.technician.token}"}
    assert refusal(ask("POST", path, json={"event": "x"}, headers=bearer)) == (401, "unauthorized")
    old = Servicer(world, world.technician, "2021-04-01")
    assert refusal(old.post(order, "update-repair", {})) == (406, "wrong_version")
    assert refusal(servicer.post(order, "update-repair", {"event": "x"}, Accept="text/html")) == (406, "wrong_version")
    for accepted in ("application/json; version=latest", "*/*", "", 'text/html, application/json;version="2022-02-01"'):
        assert servicer.post(order, "update-repair", {"event": "x"}, Accept=accepted).status_code == 200


def test_a_body_that_is_no_json_of_the_wire_is_refused(world: World, servicer: Servicer):
    path = f"/extend/service-orders/{uid_of(world.order())}/update-repair"
    bodies = [b"{", b'{"event":"x","event":"y"}', b'{"event":"x","metadata":{"a":NaN}}', b'{"event":"\\ud800"}']

    for body in bodies:
        json_headers = servicer.headers | {"Content-Type": "application/json"}
        assert refusal(world.nobody.ask("POST", path, content=body, headers=json_headers)) == (400, "invalid")
    as_text = servicer.headers | {"Content-Type": "text/plain"}
    assert refusal(world.nobody.ask("POST", path, content=b"{}", headers=as_text)) == (415, "unsupported_type")
    huge = b'{"event":"' + b"x" * 1_100_000 + b'"}'
    json_headers = servicer.headers | {"Content-Type": "application/json"}
    assert refusal(world.nobody.ask("POST", path, content=huge, headers=json_headers)) == (413, "too_large")


def test_what_is_not_there_is_told_in_the_dialect(world: World, servicer: Servicer):
    nothing = "0190f3e2-0000-7000-8000-000000000000"

    assert refusal(servicer.update(nothing)) == (404, "not_found")
    assert refusal(servicer.get(nothing)) == (404, "not_found")
    assert refusal(servicer.post(nothing, "accept-repair", {"accepted": True})) == (404, "not_found")
    assert refusal(servicer.get("not-a-uuid")) == (400, "invalid")


def test_an_order_shows_its_customer_its_product_and_where_it_stands(world: World, servicer: Servicer):
    order = uid_of(
        world.order(
            "repair_onsite",
            customer={"name": "Ångström & Co", "phone": "+47 900 00 001"},
            assets=[{"name": "Kettle", "maker": "Stelton", "model": "K2", "serialNumber": "ST-1"}],
            site={"name": "Canteen", "address": "Storgata 1"},
        )
    )

    shown = servicer.get(order).json()

    assert (shown["id"], shown["serviceType"], shown["status"]) == (order, "repair_onsite", "NOT_STARTED")
    assert (shown["statusName"], shown["acceptedAt"], shown["closedAt"], shown["claimId"]) == ("New", NINE, None, None)
    assert shown["customer"] == {"name": "Ångström & Co", "phone": "+47 900 00 001", "email": "", "address": ""}
    assert shown["product"] == {"name": "Kettle", "manufacturer": "Stelton", "model": "K2", "serialNumber": "ST-1"}
    assert shown["site"] == {"name": "Canteen", "address": "Storgata 1"}


def test_orders_are_found_by_claim_or_by_id_and_never_by_both(world: World, servicer: Servicer):
    mine = uid_of(world.order(externalSystem="extend", externalId="CLAIM-7"))
    world.order(externalSystem="elsewhere", externalId="CLAIM-7")

    def found(query: str) -> list[str]:
        return [one["id"] for one in servicer.get(f"search?{query}").json()["serviceOrders"]]

    assert found("claimId=CLAIM-7") == found(f"serviceOrderId={mine}") == [mine]
    assert found("claimId=CLAIM-8") == found("serviceOrderId=nothing") == []
    for query in ("", f"claimId=CLAIM-7&serviceOrderId={mine}", "claimId=", "claimId=a%00b"):
        assert refusal(servicer.get(f"search?{query}")) == (400, "invalid")


@pytest.fixture
def unreadable(database: Database) -> Iterator[World]:
    with built_world(database, extend_reads=False) as world:
        yield world


def test_a_server_without_reads_has_no_such_routes_and_still_takes_events(unreadable: World):
    servicer = Servicer(unreadable, unreadable.technician)
    order = uid_of(unreadable.order())

    assert servicer.update(order).status_code == 200
    for path in (order, f"search?serviceOrderId={order}"):
        answer = servicer.get(path)
        assert (answer.status_code, "message" in answer.json()) == (404, False)
