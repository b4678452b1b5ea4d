"""The event catalogue: what every kind holds, and that nothing is lost on the way to JSON and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from techdesk.domain.errors import InvalidInputError, InvalidTextError
from techdesk.domain.event_data import WIRE_FIELDS, event_as_received, event_data, event_from_data
from techdesk.domain.events import (
    EVENT_KINDS,
    OTHER_EVENT_FIELDS,
    EventField,
    EventKind,
    FieldType,
    OtherEvent,
    PartManagement,
    PartManagementType,
    ProductReceived,
    event_fields,
    fits,
    kinds_for,
)
from techdesk.domain.vocabulary import ServiceKind

AT = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)
AT_MS = 1772600767089

SAMPLES = {
    FieldType.TEXT: "Åse ✓ 修理",
    FieldType.LONG_TEXT: "first line\nsecond line",
    FieldType.INSTANT: AT_MS,
    FieldType.FLAG: True,
    FieldType.INSTANTS: [AT_MS, AT_MS + 60_000],
    FieldType.METADATA: {"shelf": "B7", "photos": [1, 2], "deep": {"a": None}},
}


def sample(one: EventField):
    return next(iter(one.choices)) if one.holds is FieldType.CHOICE else SAMPLES[one.holds]


def test_the_catalogue_lists_seven_depot_and_five_onsite_kinds_in_recommended_order():
    assert [one.name for one in kinds_for(ServiceKind.DEPOT)] == [
        "product_received",
        "product_delivered",
        "product_diagnosed",
        "repair_eta",
        "repair_started",
        "repair_completed",
        "repair_shipped",
    ]
    assert [one.name for one in kinds_for(ServiceKind.ONSITE)] == [
        "part_management",
        "appointment_scheduling",
        "customer_contact",
        "batched",
        "resolved",
    ]
    assert [one.step for one in kinds_for(ServiceKind.ONSITE)] == [1, 2, 3, 4, 5]


def test_an_order_of_another_kind_takes_every_kind_of_event():
    assert len(kinds_for(ServiceKind.OTHER)) == 12


def test_all_26_body_fields_of_the_published_page_are_described():
    assert len(WIRE_FIELDS) == 26


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda kind: kind.name)
def test_every_field_of_a_kind_survives_json_and_back(kind: EventKind):
    data = {one.wire: sample(one) for one in kind.fields}
    event = event_from_data(kind.name, data, notes="by hand")
    assert isinstance(event, kind.event_class)
    assert (event.name, event.label, event.notes) == (kind.name, kind.label, "by hand")
    assert event_data(event) == data
    assert event_fields(event) == kind.fields


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda kind: kind.name)
def test_every_field_of_a_kind_may_be_left_out(kind: EventKind):
    event = event_from_data(kind.name, {})
    assert event_data(event) == {}
    assert event.own_date is None


def test_an_event_of_any_other_name_keeps_its_date_and_metadata():
    data = {"eventDate": AT_MS, "metadata": SAMPLES[FieldType.METADATA]}
    event = event_from_data("loaner_handed_out", data)
    assert isinstance(event, OtherEvent)
    assert event.name == "loaner_handed_out"
    assert event.label == "Loaner handed out"
    assert event.own_date == AT
    assert event_data(event) == data
    assert event_fields(event) == OTHER_EVENT_FIELDS


def test_a_nameless_other_event_still_has_a_label():
    assert OtherEvent(event="_").label == "Other event"


def test_fields_of_another_program_come_back_as_they_were():
    data = {"receivedBy": "Kim", "x-custom": [1, {"y": 2}], "deliveredTo": "front desk"}
    event = event_from_data("product_received", data)
    assert isinstance(event, ProductReceived)
    assert event.received_by == "Kim"
    assert event_data(event) == data


def test_an_enum_becomes_its_value_and_the_value_the_enum():
    event = event_from_data("part_management", {"partManagementEventType": "parts_ordered"})
    assert isinstance(event, PartManagement)
    assert event.part_management_event_type is PartManagementType.ORDERED


def test_the_date_of_what_happened_is_the_kinds_own_but_a_planned_date_is_not():
    assert event_from_data("product_received", {"receivedAt": AT_MS}).own_date == AT
    assert event_from_data("repair_eta", {"estimatedRepairCompletionAt": AT_MS}).own_date is None


WRONG = {
    FieldType.TEXT: 7,
    FieldType.LONG_TEXT: ["a"],
    FieldType.INSTANT: "2026-01-01",
    FieldType.FLAG: 1,
    FieldType.CHOICE: "no_such_choice",
    FieldType.INSTANTS: 5,
    FieldType.METADATA: "text",
}


@pytest.mark.parametrize("wire", WIRE_FIELDS)
def test_a_field_of_the_wrong_type_is_refused_by_name_whatever_the_event(wire: str):
    with pytest.raises(InvalidInputError, match=wire) as refused:
        event_from_data("some_other_event", {wire: WRONG[WIRE_FIELDS[wire].holds]})
    assert refused.value.field == wire


def test_true_is_not_a_number_and_a_list_with_text_is_no_list_of_dates():
    with pytest.raises(InvalidInputError):
        event_from_data("product_received", {"receivedAt": True})
    with pytest.raises(InvalidInputError):
        event_from_data("batched", {"availabilityWindows": [AT_MS, "x"]})


def test_seconds_in_place_of_milliseconds_are_refused():
    with pytest.raises(InvalidInputError, match="2000"):
        event_from_data("product_received", {"receivedAt": AT_MS / 1000})


def test_text_that_no_system_can_store_is_refused():
    with pytest.raises(InvalidInputError):
        event_from_data("product_received", {"receivedBy": "a\0b"})


def test_a_null_field_counts_as_left_out():
    assert event_data(event_from_data("product_received", {"receivedBy": None})) == {}


def test_a_received_field_that_cannot_be_read_is_kept_and_not_refused():
    data = {"partManagementEventType": "parts_lost", "receivedBy": 5}
    event = event_as_received("part_management", data)
    assert isinstance(event, PartManagement)
    assert event.part_management_event_type is None
    assert event_data(event) == data


@pytest.mark.parametrize(
    ("name", "service", "allowed"),
    [
        ("product_received", ServiceKind.DEPOT, True),
        ("product_received", ServiceKind.ONSITE, False),
        ("resolved", ServiceKind.DEPOT, False),
        ("resolved", ServiceKind.OTHER, True),
        ("repair_shipped", ServiceKind.ONSITE, True),
        ("anything_else", ServiceKind.ONSITE, True),
    ],
)
def test_a_listed_event_belongs_to_its_service_kind_only(name, service, allowed):
    assert fits(name, service) is allowed


def test_half_a_surrogate_pair_is_not_text():
    with pytest.raises(InvalidInputError) as refused:
        event_from_data("product_received", {"receivedBy": "\ud800"})
    assert isinstance(refused.value.__cause__, InvalidTextError)
