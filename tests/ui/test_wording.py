"""Records and fields are said in words a person knows; nothing raw reaches the screen."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest

from techdesk.application.outbox import Operation, Verb
from techdesk.domain.billing import PostalAddress
from techdesk.domain.event_data import event_data
from techdesk.domain.events import (
    EVENT_KINDS,
    AppointmentScheduling,
    AppointmentType,
    Batched,
    ContactMethod,
    CustomerContact,
    CustomerContactType,
    EventKind,
    OtherEvent,
    RepairEta,
)
from techdesk.domain.instants import zone
from techdesk.domain.records import FOLLOWS, RECORD_CLASSES, RecordType
from techdesk.ui.event_icons import event_icon
from techdesk.ui.formats import Formats
from techdesk.ui.phrases import count_in_words, with_unit
from techdesk.ui.resources import icon_path
from techdesk.ui.wording import FIELD_LABELS, Words, as_text
from tests.support.builders import MORNING, FakeClock

WORDS = Words(formats=Formats(FakeClock(), zone("Europe/Oslo")), names={"s-1": "In repair"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("priority", "URGENT", "Urgent"),
        ("service_status_uid", "s-1", "In repair"),
        ("service_status_uid", "s-9", "one that is no longer offered"),
        ("ready_at_estimate", "2026-06-02T07:00:00.000Z", "Tomorrow 09:00"),
        ("ready_at_estimate", "soon", "soon"),
        ("max_price", "1500 NOK", "1,500.00 NOK"),
        ("warranty_until", "2027-03-01", "1 Mar 2027"),
        ("warranty_until", "spring", "spring"),
        ("requires_price_estimate", True, "yes"),
        ("warranty", False, "no"),
        ("description", "", "nothing"),
        ("customer", {"name": "Berg", "customer_uid": "c-1", "phone": "1"}, "Berg, 1"),
        ("assets", [{"maker": "Miele"}, {"maker": "Bosch", "serial_number": "S"}], "Miele; Bosch, S"),
    ],
)
def test_a_field_of_a_document_is_said_in_words(name: str, value: Any, said: str) -> None:
    assert WORDS.value(name, value) == said


def test_a_document_hides_what_has_no_word_and_what_follows_another_field() -> None:
    document = {"customer_uid": "c-1", "service_status_uid": "s-1", "service_status_name": "x", "title": "Noise"}
    assert WORDS.document(document) == [("Fault in a few words", "Noise"), ("Status", "In repair")]


@pytest.mark.parametrize("name", FIELD_LABELS)
def test_every_label_belongs_to_a_field_that_exists(name: str) -> None:
    known = {name for cls in RECORD_CLASSES.values() for name in inspect.signature(cls).parameters}
    nested = {"phone", "email", "address", "maker", "model", "condition", "accessories", "warranty_until", "time_zone"}
    address = set(inspect.signature(PostalAddress).parameters)
    assert name in known | nested | address | {"accepted", "reason"}
    assert name not in FOLLOWS


def test_an_event_is_said_with_its_choices_flags_times_and_details() -> None:
    made = AppointmentScheduling(appointment_event_type=AppointmentType.RESCHEDULED, appointment_date=MORNING)
    failed = CustomerContact(customer_contact_event_type=CustomerContactType.ATTEMPT_FAILED, method=ContactMethod.EMAIL)
    assert WORDS.event(failed) == [("Contact about", "No date agreed"), ("Contact by", "E-mail")]
    assert WORDS.event(made) == [("Appointment was", "Rescheduled"), ("Appointment at", "Today 11:12")]
    late = RepairEta(is_delayed=True, delay_reason="Parts")
    assert WORDS.event(late) == [("The repair is delayed", "yes"), ("Reason for the delay", "Parts")]
    slots = Batched(availability_windows=(MORNING, MORNING + timedelta(days=1)))
    assert WORDS.event(slots) == [("Available at", "Today 11:12\nTomorrow 11:12")]
    other = OtherEvent(event="x", metadata={"bay": "A3", "deep": [1, 2]}, extra={"theirs": True})
    assert WORDS.event(other) == [("bay", "A3"), ("deep", "2 values, kept as received"), ("theirs", "yes")]


def an_operation(intent: dict[str, Any], verb: Verb = Verb.CREATE) -> Operation:
    return Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o",
        record_type=RecordType.EVENT,
        record_id="r",
        verb=verb,
        intent=intent,
        created_at=MORNING,
    )


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda one: one.name)
def test_a_change_of_an_event_is_said_with_the_labels_of_its_kind(kind: EventKind) -> None:
    field = kind.fields[-1]
    value = {"one of a list": next(iter(field.enum or [None])), "date and time": MORNING, "yes or no": True}
    typed: Any = value.get(field.holds.value, "text") if "list of dates" not in field.holds.value else (MORNING,)
    data = event_data(kind.event_class(**{field.name: typed}))
    said = WORDS.operation(an_operation({"data": data, "notes": "n"}, Verb.UPDATE))
    assert [label for label, _ in said] == [field.label, "Notes"]


def test_a_removal_has_nothing_to_say() -> None:
    assert WORDS.operation(an_operation({}, Verb.DELETE)) == []


@pytest.mark.parametrize("name", [*EVENT_KINDS, "internal_note", "anything_else"])
def test_every_kind_has_an_icon(name: str) -> None:
    assert icon_path(event_icon(name)).is_file()


def test_copied_text_has_a_line_for_each_field() -> None:
    assert as_text("Parts on 7", [("Parts are", "Needed")]) == "Parts on 7\nParts are: Needed"
    assert count_in_words(1, "item") == "1 item"
    assert count_in_words(1234, "change is", "changes are") == "1\N{NO-BREAK SPACE}234 changes are"


def test_a_label_says_what_its_number_is_counted_in_where_that_is_known() -> None:
    assert (with_unit("Price each", "EUR"), with_unit("Price each", "")) == ("Price each (EUR)", "Price each")
