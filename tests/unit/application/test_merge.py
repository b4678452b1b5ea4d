"""Three values a field: what the person saw, what they set, what the server has now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.application.merge import changed_by_others, clashes, is_applied, joined_notes, rebase, seen_again
from techdesk.application.outbox import Operation, Verb
from techdesk.application.typed_values import NOTES, agree
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING

A1 = {"asset_uid": "a", "n": "1"}


def operation(intent: dict[str, Any], base: dict[str, Any] | None = None, verb: Verb = Verb.UPDATE) -> Operation:
    return Operation(
        op_id="op-1",
        account_id="a1",
        order_id="so-1",
        record_type=RecordType.ORDER,
        record_id="so-1",
        verb=verb,
        intent=intent,
        base=base or {},
        created_at=MORNING,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        ("", []),
        ({}, None),
        ({"phone": ""}, {}),
        ({"name": "Ann", "phone": None}, {"name": "Ann"}),
        ("text ", "text"),
        ([" a"], ["a"]),
        ({"name": " Ann"}, {"name": "Ann"}),
    ],
)
def test_values_that_mean_the_same_agree(one, other):
    assert agree(one, other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), (False, None), (0, ""), ("a b", "ab"), ([1], [2]), ("1", 1)])
def test_values_that_mean_different_things_do_not_agree(one, other):
    assert not agree(one, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("price", "12.50 NOK", "12.5 NOK"),
        ("quantity", "1.0", " 1"),
        ("ready_at_needed", "2026-06-01T12:00:00Z", "2026-06-01T14:00:00.000+02:00"),
        ("data", {"startedAt": "2026-06-01T12:00:00Z"}, {"startedAt": "2026-06-01T12:00:00.000Z"}),
        ("service_order_item_uids", ["a", "b"], ["b", "a"]),
        ("totals", {"grand_total": "7.0 NOK"}, {"grand_total": "7.00 NOK"}),
        (
            "assets",
            [{"asset_uid": "a", "n": "1"}, {"asset_uid": "b"}],
            [{"asset_uid": "b"}, {"asset_uid": "a", "n": "1"}],
        ),
        ("totals", {"grand_total": ""}, None),
    ],
)
def test_values_are_compared_as_what_they_are(name, one, other):
    assert agree(one, other, name)
    assert agree(other, one, name)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("price", "12.50 NOK", "12.50 SEK"),
        ("price", "soon", "later"),
        ("serial_number", "007", "7"),
        ("ready_at_needed", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00"),
        ("service_order_item_uids", ["a"], ["a", "b"]),
        ("service_order_item_uids", [1], [2]),
        ("steps", ["a", "b"], ["b", "a"]),
        ("assets", [{"asset_uid": "a", "n": "1"}], [{"asset_uid": "a", "n": "2"}]),
        (
            "assets",
            [{"asset_uid": "a"}, {"asset_uid": "a", "n": "1"}],
            [{"asset_uid": "a", "n": "1"}, {"asset_uid": "a"}],
        ),
        ("assets", [{"n": "1"}], [{"n": "2"}]),
        ("warranty", True, 1),
    ],
)
def test_values_that_only_look_alike_are_told_apart(name, one, other):
    assert not agree(one, other, name)


def test_a_field_that_nobody_else_touched_does_not_clash():
    assert clashes(operation({"title": "mine"}, {"title": "base"}), {"title": "base", "notes": "theirs"}) == ()


def test_a_field_that_somebody_else_set_to_the_same_does_not_clash():
    assert clashes(operation({"title": "mine"}, {"title": "base"}), {"title": "mine"}) == ()


def test_a_field_that_somebody_else_set_otherwise_clashes_with_all_three_texts():
    (clash,) = clashes(operation({"title": "mine"}, {"title": "base"}), {"title": "theirs"})
    assert (clash.field, clash.base, clash.mine, clash.theirs) == ("title", "base", "mine", "theirs")


def test_a_field_that_was_empty_and_that_both_filled_clashes():
    assert [one.field for one in clashes(operation({"title": "mine"}), {"title": "theirs"})] == ["title"]


def test_a_field_that_somebody_else_cleared_clashes():
    assert [one.theirs for one in clashes(operation({"title": "mine"}, {"title": "base"}), {})] == [None]


def test_a_field_that_follows_another_never_clashes():
    changed = operation({"service_status_uid": "s2", "service_status_name": "Done"}, {"service_status_uid": "s1"})
    assert clashes(changed, {"service_status_uid": "s1", "service_status_name": "Renamed"}) == ()


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.ACCEPT])
def test_what_replaces_nothing_never_clashes(verb):
    assert clashes(operation({"title": "mine"}, verb=verb), {"title": "theirs"}) == ()


def test_a_removal_clashes_with_any_edit_of_what_was_seen():
    removal = operation({}, {"name": "Fuse", "note": "old"}, Verb.DELETE)
    assert [one.field for one in clashes(removal, {"name": "Fuse", "note": "new", "sku": "1"})] == ["note", "sku"]


def test_a_removal_does_not_clash_with_what_the_server_works_out():
    removal = operation({}, {"name": "Fuse", "total_price": "1 EUR"}, Verb.DELETE)
    assert clashes(removal, {"name": "Fuse", "total_price": "2 EUR", "last_modified_at": "later"}) == ()


def test_a_removal_does_not_clash_with_the_id_that_the_server_made_meanwhile():
    removal = operation({}, {"name": "Fuse"}, Verb.DELETE)
    assert clashes(removal, {"name": "Fuse", "service_order_item_uid": "i-1"}) == ()


def test_a_removal_of_something_never_seen_from_the_server_has_nothing_to_compare():
    assert clashes(operation({}, {}, Verb.DELETE), {"name": "Fuse"}) == ()


def test_an_update_is_applied_when_the_server_holds_all_that_was_sent():
    changed = operation({"title": "mine", "service_state": "CLOSED"}, {"title": "base"})
    assert is_applied(changed, {"title": "mine", "service_state": "ON_HOLD"})
    assert not is_applied(changed, {"title": "theirs"})


def test_a_removal_is_never_applied_while_the_record_is_there():
    assert not is_applied(operation({}, {}, Verb.DELETE), {})


def test_the_view_is_the_base_with_the_intents_in_order():
    first, second = operation({"title": "one", "notes": "kept"}), operation({"title": "two", "customer": ""})
    assert rebase({"title": "base", "customer": "Ann"}, [first, second]) == {"title": "two", "notes": "kept"}


def test_the_view_of_something_made_here_is_its_intent():
    assert rebase(None, [operation({"title": "new"}, verb=Verb.CREATE)]) == {"title": "new"}


def test_a_later_change_stands_on_the_value_as_the_server_wrote_it():
    later = operation({"title": "third"}, {"title": "second"})
    assert seen_again(later, {"title": "second"}, {"title": "SECOND"}).base == {"title": "SECOND"}


def test_a_later_change_of_another_field_is_left_alone():
    later = operation({"notes": "third"}, {"notes": "second"})
    assert seen_again(later, {"title": "second"}, {"title": "SECOND"}) is later


def test_a_later_change_that_stands_on_another_value_is_left_alone():
    later = operation({"title": "third"}, {"title": "something else"})
    assert seen_again(later, {"title": "second"}, {"title": "SECOND"}) is later


documents = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["", "1", "2", " 1"]))


@given(base=documents, mine=documents, theirs=documents)
def test_a_merge_asks_exactly_where_both_changed_a_field_differently(base, mine, theirs):
    asked = {one.field for one in clashes(operation(mine, base), theirs)}
    for name in mine:
        values = [base.get(name, "").strip(), mine[name].strip(), theirs.get(name, "").strip()]
        assert (name in asked) == (values[0] != values[2] != values[1])


@given(base=documents, first=documents, second=documents)
def test_laying_intents_over_a_base_twice_changes_nothing_more(base, first, second):
    operations = [operation(first), operation(second)]
    once = rebase(base, operations)
    assert rebase(once, operations) == once


# Notes to which both added.


def a_note(mine: str, base: str = "Hums") -> Operation:
    return operation({"description": mine, "title": "Mine"}, {"description": base, "title": "Base"})


def joined(mine: str, theirs: str, base: str = "Hums") -> str | None:
    found = a_note(mine, base)
    both = joined_notes(found, clashes(found, {"description": theirs, "title": "Base"}))
    return None if both is None else str(both.intent["description"])


def test_a_note_to_which_both_added_holds_both_and_says_who_wrote_ours():
    one = replace(a_note("Hums\nAsked the customer"), created_by="Kim Larsen")
    both = joined_notes(one, clashes(one, {"description": "Hums\nAlso smells", "title": "Base"}))
    assert both is not None
    assert both.intent["description"] == "Hums\nAlso smells\n[Kim Larsen, 2026-06-01 09:12 UTC] Asked the customer"
    assert (both.intent["title"], both.base["description"]) == ("Mine", "Hums\nAlso smells")
    assert clashes(both, {"description": "Hums\nAlso smells", "title": "Base"}) == ()


def test_without_a_name_the_time_alone_says_when_it_was_written():
    assert joined("Hums a", "Hums b") == "Hums b\n[2026-06-01 09:12 UTC] a"


@pytest.mark.parametrize(
    ("mine", "theirs", "base"),
    [
        ("Asked", "Smells", ""),
        ("Hums a", "Rattles", "Hums"),
        ("Rattles", "Hums b", "Hums"),
        ("Humsy", "Hums b", "Hums"),
        ("Hums a", "", "Hums"),
    ],
)
def test_a_note_in_which_something_was_changed_is_for_a_person_to_decide(mine, theirs, base):
    assert joined(mine, theirs, base) is None


def test_another_field_that_clashes_too_is_for_a_person_to_decide():
    one = a_note("Hums a")
    assert joined_notes(one, clashes(one, {"description": "Hums b", "title": "Theirs"})) is None


def test_only_notes_are_joined():
    one = operation({"title": "Base mine"}, {"title": "Base"})
    assert joined_notes(one, clashes(one, {"title": "Base theirs"})) is None


def test_what_somebody_else_set_is_told_without_what_the_server_works_out():
    known = {"title": "A", "priority": "LOW", "last_modified_at": "x"}
    assert changed_by_others(known, {"title": "A ", "note": "new", "last_modified_at": "y"}) == ["note", "priority"]
    assert changed_by_others(None, {"title": "A"}) == ["title"]


# What holds for every merge.

FIELDS = st.sampled_from(["title", "description", "priority", "price", "note", "location_label"])
TEXTS = st.text(st.sampled_from("ab1. \n"), max_size=6)
DOCUMENTS = st.dictionaries(FIELDS, TEXTS, max_size=5)


@given(DOCUMENTS, DOCUMENTS)
def test_what_was_merged_once_merges_to_the_same(base: dict[str, Any], intent: dict[str, Any]):
    one = operation(intent, {name: base[name] for name in intent if name in base})
    once = rebase(base, [one])
    assert rebase(once, [one]) == once
    assert is_applied(one, once)
    assert clashes(one, once) == ()


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_changes_of_different_fields_merge_in_any_order(base: dict[str, Any], one: dict[str, Any], two: dict[str, Any]):
    two = {name: value for name, value in two.items() if name not in one}
    first, second = operation(one, base), operation(two, base)
    assert rebase(base, [first, second]) == rebase(base, [second, first])
    assert clashes(first, rebase(base, [second])) == ()


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_a_merge_never_invents_a_value(base: dict[str, Any], intent: dict[str, Any], theirs: dict[str, Any]):
    one = operation(intent, {name: base[name] for name in intent if name in base})
    shown = rebase(theirs, [one])
    assert all(value in (theirs.get(name), intent.get(name)) for name, value in shown.items())
    for clash in clashes(one, theirs):
        assert (clash.base, clash.mine, clash.theirs) == (
            base.get(clash.field),
            intent[clash.field],
            theirs.get(clash.field),
        )


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_joined_notes_lose_no_word_of_either(base: dict[str, Any], intent: dict[str, Any], theirs: dict[str, Any]):
    one = operation(intent, {name: base[name] for name in intent if name in base})
    found = clashes(one, theirs)
    both = joined_notes(one, found)
    assert (both is None) or all(one.field in NOTES for one in found)
    for clash in found if both else ():
        text = both.intent[clash.field] if both else ""
        assert text.startswith(clash.theirs.rstrip())
        assert text.endswith(clash.mine.rstrip()[len(clash.base.rstrip()) :].strip())
    assert both is None or clashes(both, theirs) == ()


@given(FIELDS, TEXTS, TEXTS, TEXTS)
def test_agreeing_is_fair(name: str, one: str, two: str, three: str):
    assert agree(one, one, name)
    assert agree(one, two, name) is agree(two, one, name)
    if agree(one, two, name) and agree(two, three, name):
        assert agree(one, three, name)
