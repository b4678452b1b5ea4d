"""The command line's words: options stand wherever a person puts them."""

from __future__ import annotations

import pytest

from techdesk.cli.arguments import parse
from techdesk.domain.errors import InvalidInputError


@pytest.mark.parametrize(
    "words",
    [
        "record W-1 note --json --account A notes=a eventDate=now",
        "record --json W-1 --account A note notes=a eventDate=now",
        "record W-1 note notes=a --account A eventDate=now --json",
        "--json record W-1 note notes=a eventDate=now --account A",
    ],
)
def test_options_may_stand_anywhere_among_the_words_of_a_command(words: str) -> None:
    options = parse(words.split())
    assert (options.order, options.kind, options.fields) == ("W-1", "note", ["notes=a", "eventDate=now"])
    assert (options.json, options.account, options.other) == (True, "A", False)


def test_words_with_options_between_them_are_one_search_or_one_decision() -> None:
    assert parse(["orders", "kettle", "--json", "leaks"]).query == ["kettle", "leaks"]
    assert parse(["outbox", "resolve", "7F3K2Q", "title=mine", "--json", "notes=theirs"]).answers == [
        "title=mine",
        "notes=theirs",
    ]


@pytest.mark.parametrize("given", ["--set a=1 --set b=2", "--set a=1 b=2"])
def test_settings_stand_behind_one_set_each_or_behind_one(given: str) -> None:
    words = f"account add Desk --system extend --address http://x --token-stdin {given} --json"
    options = parse(words.split())
    assert (options.name, options.settings) == ("Desk", ["a=1", "b=2"])
    assert parse(["account", "change", "Desk"]).settings == []


def test_only_the_words_that_are_needed_are_said_to_be_missing() -> None:
    with pytest.raises(InvalidInputError, match=r"required: KIND\. See"):
        parse(["record", "W-1"])
    with pytest.raises(InvalidInputError, match="Unrecognized arguments: --bogus"):
        parse(["orders", "a", "--bogus", "b"])
    assert (parse(["orders"]).query, parse(["record", "W-1", "note"]).fields) == ([], [])
