"""Events: record, change and delete, each kind with its own fields."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.domain.events import EVENT_KINDS, EventField, EventKind, FieldType
from techdesk.domain.vocabulary import ServiceKind
from techdesk.wire.flow_retail import Event
from tests.unit.server.world import World

NINE = 1_772_442_000_000
"""2026-03-02T09:00:00Z"""


def _value(field: EventField) -> Any:
    """Return a value that the field takes."""
    return {
        FieldType.TEXT: "Ünïcode 🔧",
        FieldType.LONG_TEXT: "line\nline",
        FieldType.INSTANT: NINE,
        FieldType.FLAG: False,
        FieldType.CHOICE: next(iter(field.choices), ""),
        FieldType.INSTANTS: [NINE, NINE + 1],
        FieldType.METADATA: {"a": {"b": [1, 2.5, None, "c"]}},
    }[field.holds]


def _full(kind: EventKind) -> dict[str, Any]:
    return {field.wire: _value(field) for field in kind.fields}


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=EVENT_KINDS)
def test_every_kind_keeps_every_field(world: World, kind: EventKind):
    order = world.order(kind.service.value)
    sent = {"eventType": kind.name, "data": _full(kind), "notes": "by the window"}

    made = world.technician.post(f"{order}/events", sent)

    assert made.status_code == 201
    event = made.json()
    assert set(event) == {str(field.alias) for field in Event.model_fields.values()}
    assert {name: event[name] for name in sent} == sent
    assert (event["tenantUserUid"], event["tenantUserDisplayName"]) == (world.technician.uid, "Test technician")
    assert world.technician.get(made.headers["Location"]).json() == event
    assert world.changes()["orders"][0]["events"] == [event]


def test_an_event_of_any_other_name_keeps_its_metadata(world: World):
    data = {"eventDate": NINE, "metadata": {"deep": {"er": [True, None, 1.5, 10**30]}}}

    made = world.technician.post(f"{world.order()}/events", {"eventType": "Foto 📷 gemacht", "data": data})

    assert (made.json()["eventType"], made.json()["data"]) == ("Foto 📷 gemacht", data)


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=EVENT_KINDS)
def test_a_value_of_the_wrong_type_is_refused_by_name(world: World, kind: EventKind):
    order = world.order(kind.service.value)
    for field in kind.fields:
        wrong: Any = 5 if field.holds is not FieldType.INSTANT else "soon"

        refused = world.technician.post(f"{order}/events", {"eventType": kind.name, "data": {field.wire: wrong}})

        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, f"/data/{field.wire}")
    assert world.technician.get(f"{order}/events").json()["items"] == []


NOT_OF_THE_EVENT = [
    ("repair_started", {"receivedBy": "me"}, "/data/receivedBy"),
    ("repair_started", {"repairStartedAt": 1753899028}, "/data/repairStartedAt"),
    ("repair_started", {"repairStartedAt": True}, "/data/repairStartedAt"),
    ("something_else", {"colour": "red"}, "/data/colour"),
    ("something_else", {"metadata": []}, "/data/metadata"),
    (" ", {}, "/eventType"),
]


def test_data_that_is_not_of_the_event_is_refused(world: World, subtests: pytest.Subtests):
    for event_type, data, pointer in NOT_OF_THE_EVENT:
        with subtests.test(event_type=event_type):
            refused = world.technician.post(f"{world.order('other')}/events", {"eventType": event_type, "data": data})

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_listed_event_belongs_to_its_service_kind(world: World):
    depot, onsite, other = world.order("repair_depot"), world.order("repair_onsite"), world.order("other")

    def code(order: str, event_type: str) -> str:
        answer = world.technician.post(f"{order}/events", {"eventType": event_type})
        return str(answer.json().get("code", answer.status_code))

    assert code(depot, "resolved") == code(onsite, "repair_started") == "wrong_service_type"
    assert code(other, "resolved") == code(other, "repair_started") == "201"
    assert code(onsite, "repair_shipped") == code(onsite, "whatever") == code(depot, "whatever") == "201"


@pytest.mark.parametrize("status", ["Closed", "Cancelled"])
def test_a_closed_order_takes_no_work_and_a_finished_one_does(world: World, status: str):
    order = world.order()
    event = world.technician.post(f"{order}/events", {"eventType": "repair_started"}).headers["Location"]
    world.close(order, "Ready for pickup")
    finished = world.technician.post(f"{order}/events", {"eventType": "repair_completed"})
    world.close(order, status)

    refusals = [
        world.technician.post(f"{order}/events", {"eventType": "repair_shipped"}),
        world.technician.put(event, {"notes": "late"}),
        world.technician.delete(event),
        world.technician.post(f"{order}/items", {"name": "Seal"}),
        world.technician.post(f"{order}/hours", {"startedAt": "2026-03-02T08:00:00Z"}),
    ]

    assert finished.status_code == 201
    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(409, "order_closed")}


def test_an_event_happened_when_it_says_else_at_its_own_date_else_now(world: World):
    order = world.order()

    def occurred_at(**fields: Any) -> str:
        made = world.technician.post(f"{order}/events", {"eventType": "repair_started", **fields})
        return str(made.json()["occurredAt"])

    own = {"repairStartedAt": NINE - 3_600_000}
    assert occurred_at(occurredAt="2026-01-01T00:00:00+02:00", data=own) == "2025-12-31T22:00:00.000Z"
    assert occurred_at(data=own) == "2026-03-02T08:00:00.000Z"
    assert occurred_at() == "2026-03-02T09:00:00.000Z"


def test_a_changed_event_counts_its_revision_and_says_who(world: World):
    order = world.order()
    event = world.technician.post(f"{order}/events", {"eventType": "repair_started", "notes": "a"}).headers["Location"]
    world.clock.advance(hours=1)

    changed = world.supervisor.put(event, {"notes": "b"}).json()

    assert (changed["notes"], changed["eventType"]) == ("b", "repair_started")
    assert changed["revision"] > 1
    assert (changed["createdBy"], changed["lastModifiedBy"]) == ("Test technician", "Test supervisor")
    assert changed["lastModifiedAt"] > changed["createdAt"]


def test_a_technician_changes_and_deletes_only_own_events(world: World):
    event = world.technician.post(f"{world.order()}/events", {"eventType": "repair_started"}).headers["Location"]

    assert world.colleague.put(event, {"notes": "x"}).json()["code"] == "forbidden"
    assert world.colleague.delete(event).json()["code"] == "forbidden"
    assert world.technician.put(event, {"notes": "mine"}).status_code == 200
    assert world.supervisor.delete(event).status_code == 204
    assert world.technician.get(event).status_code == 404


def test_an_event_leaves_the_orders_revision_alone(world: World):
    order = world.order()

    world.technician.post(f"{order}/events", {"eventType": "repair_started"})

    assert world.technician.get(order).headers["ETag"] == '"1"'


def test_the_kinds_for_every_service_are_known():
    assert {kind.service for kind in EVENT_KINDS.values()} == {ServiceKind.DEPOT, ServiceKind.ONSITE}
