"""What the order list works out from documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.store.order_columns import (
    NEVER,
    appointment_of,
    folded,
    instant_of,
    milliseconds,
    number_key,
    order_columns,
    search_words,
    sort_key,
)


def test_numbers_sort_by_their_digits_value() -> None:
    numbers = ["SO-10", "SO-9", "so-1", "100", "SO-10-2", ""]
    assert sorted(numbers, key=number_key) == ["100", "so-1", "SO-9", "SO-10", "SO-10-2", ""]


def test_names_sort_without_regard_to_case_and_accents_and_empty_last() -> None:
    names = ["zoe", "Ángel", "", "angela", "ÅSE", "Bo", "  adam"]
    assert sorted(names, key=sort_key) == ["  adam", "Ángel", "angela", "ÅSE", "Bo", "zoe", ""]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_every_word_of_a_text_is_found_in_it(text: str) -> None:
    words = search_words(text)
    assert all(f" {word}" in words for word in words.split())
    assert words == "".join(f" {word}" for word in words.split())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:00:01.500Z", 1500),
        ("1970-01-01T02:00:00.000+02:00", 0),
        ("1969-12-31T23:59:59.000Z", -1000),
        ("9999-12-31T00:00:00.000Z", NEVER),
        ("2026-01-01T00:00:00", NEVER),
        ("soon", NEVER),
        (None, NEVER),
        (7, NEVER),
    ],
)
def test_instants_become_milliseconds_and_what_is_none_comes_last(value: Any, expected: int) -> None:
    assert milliseconds(value) == expected


def test_no_date_stays_none() -> None:
    assert instant_of(NEVER) is None
    assert instant_of(None) is None
    assert instant_of(1500) == datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)


def test_values_of_the_wrong_type_count_as_empty() -> None:
    wrong: dict[str, Any] = {"title": 7, "customer": "Ida", "assets": ["lamp"], "service_state": [], "priority": "SOON"}
    odd = order_columns({name: value for name, value in wrong.items() if name != "service_state"})
    assert odd == order_columns({})


def said(at: str, kind: str | None, date: Any) -> dict[str, Any]:
    data = {"appointmentEventType": kind, "appointmentDate": date}
    return {"event_type": "appointment_scheduling", "occurred_at": at, "data": data}


@pytest.mark.parametrize(
    ("events", "appointment"),
    [
        ([], None),
        ([{"event_type": "resolved", "data": {"appointmentDate": 5}}], None),
        ([said("2026-01-01", "scheduled", 5)], 5),
        ([said("2026-01-02", "rescheduled", 6), said("2026-01-01", "scheduled", 5)], 6),
        ([said("2026-01-01", "scheduled", 5), said("2026-01-01", "rescheduled", 6)], 5),
        ([said("2026-01-01", "scheduled", 5), said("2026-01-02", "cancelled", 5)], None),
        ([said("2026-01-02", "cancelled", None), said("2026-01-03", "scheduled", 9.0)], 9),
        ([said("2026-01-01", None, 5)], 5),
        ([said("2026-01-01", "scheduled", "tomorrow")], None),
        ([{"event_type": "appointment_scheduling", "data": "?", "created_at": "2026-01-01"}], None),
    ],
)
def test_the_last_word_about_an_appointment_counts(events: list[dict[str, Any]], appointment: int | None) -> None:
    assert appointment_of(events) == appointment
