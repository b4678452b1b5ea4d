"""Choices are said in words of the trade; one that nobody has words for is said by its name."""

from __future__ import annotations

import pytest

from techdesk.domain.choice_words import choice_words
from techdesk.domain.events import EVENT_KINDS


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("parts_ordered", "Ordered"),
        ("schedule_attempt_failure", "No date agreed"),
        ("email_and_phone", "E-mail and phone"),
        ("rescheduled", "Rescheduled"),
        ("left_at_the_door", "Left at the door"),
    ],
)
def test_a_choice_is_said_as_people_say_it(value: str, words: str) -> None:
    assert choice_words(value) == words


def test_no_two_choices_of_a_field_are_said_alike() -> None:
    fields = [field for kind in EVENT_KINDS.values() for field in kind.fields if field.choices]
    assert fields
    assert all(len(set(field.choices.values())) == len(field.choices) for field in fields)
