"""Prove that every field of every kind can be given in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from techdesk.cli.record import event_from_words
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import event_data
from techdesk.domain.events import EVENT_KINDS, EventField, FieldType, OtherEvent
from techdesk.domain.instants import epoch_ms
from tests.support.builders import MORNING

_NOON_MS = epoch_ms(datetime(2026, 6, 1, 10, 0, tzinfo=UTC))


def _words_and_value(field: EventField) -> tuple[list[str], Any]:
    noon = f"{field.wire}=2026-06-01T12:00+02:00"
    if field.holds is FieldType.INSTANT:
        return [noon], _NOON_MS
    if field.holds is FieldType.INSTANTS:
        return [noon, f"{field.wire}=now"], [_NOON_MS, epoch_ms(MORNING)]
    if field.holds is FieldType.FLAG:
        return [f"{field.wire}=yes"], True
    if field.holds is FieldType.CHOICE:
        choice = next(iter(field.choices))
        return [f"{field.wire}={choice}"], choice
    return [f"{field.wire}=a = b, “ü” 🔧"], "a = b, “ü” 🔧"


@pytest.mark.parametrize("name", EVENT_KINDS)
def test_every_field_of_every_kind_can_be_given(name: str) -> None:
    given = {one.wire: _words_and_value(one) for one in EVENT_KINDS[name].fields}
    words = [word for several, _ in given.values() for word in several]
    event = event_from_words(name, [*words, "notes=line 1\nline 2"], MORNING)
    assert event_data(event) == {wire: value for wire, (_, value) in given.items()}
    assert event.notes == "line 1\nline 2"


def test_an_event_of_any_other_name_takes_a_date_and_entries() -> None:
    words = ["eventDate=now", "metadata.shelf=B4", "metadata.a.b=c=d", "notes=n"]
    event = event_from_words("photo_taken", words, MORNING)
    assert isinstance(event, OtherEvent)
    assert event_data(event) == {"eventDate": epoch_ms(MORNING), "metadata": {"shelf": "B4", "a.b": "c=d"}}
    assert event.name == "photo_taken"


def test_a_field_may_be_spelt_as_here() -> None:
    assert event_data(event_from_words("product_received", ["received_by=Kim"], MORNING)) == {"receivedBy": "Kim"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["receivedBy"], "field=value"),
        (["repairStartedAt=now"], "has no field “repairStartedAt”"),
        (["metadata.x=1"], "has no field"),
        (["receivedBy=a", "received_by=b"], "twice"),
        (["notes=a", "notes=b"], "twice"),
        (["receivedAt=tomorrow"], "2026-06-01T09:12"),
        (["receivedAt=2026-06-01T12:00"], "time zone"),
    ],
)
def test_a_word_that_does_not_fit_is_told(words: list[str], told: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        event_from_words("product_received", words, MORNING)
    assert told in str(refused.value)


def test_a_choice_outside_its_list_names_the_list() -> None:
    with pytest.raises(InvalidInputError, match="parts_needed, parts_ordered"):
        event_from_words("part_management", ["partManagementEventType=lost"], MORNING)


def test_a_flag_is_yes_or_no() -> None:
    assert event_data(event_from_words("repair_eta", ["isDelayed=False"], MORNING)) == {"isDelayed": False}
    with pytest.raises(InvalidInputError, match="true or false"):
        event_from_words("repair_eta", ["isDelayed=maybe"], MORNING)


def test_metadata_as_a_whole_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(InvalidInputError, match="photo_taken has no field “metadata”") as refused:
        event_from_words("photo_taken", ["metadata={}"], MORNING)
    assert "metadata.NAME" in refused.value.hint


@pytest.mark.parametrize("name", ["", "  "])
def test_an_event_without_a_kind_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="kind"):
        event_from_words(name, [], MORNING)
