"""Ids sort by the time they were made, and never come twice."""

from __future__ import annotations

from uuid import UUID

from techdesk.application.ids import Uuid7


def ids_at(*milliseconds: int, bits: int = 0) -> list[str]:
    times = iter(milliseconds)
    make = Uuid7(lambda: next(times), lambda _: bits)
    return [make() for _ in milliseconds]


def test_an_id_is_a_uuid_of_version_7_that_holds_its_time():
    made = UUID(ids_at(1_780_000_000_123, bits=(1 << 74) - 1)[0])
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == 1_780_000_000_123


def test_ids_made_in_one_millisecond_only_grow():
    made = ids_at(5, 5, 5)
    assert made == sorted(set(made))


def test_ids_grow_while_the_clock_goes_back():
    made = ids_at(1000, 10, 11, 2000)
    assert made == sorted(set(made))


def test_chance_fills_what_the_time_leaves():
    assert ids_at(7, bits=1) != ids_at(7, bits=2)
