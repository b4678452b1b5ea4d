"""Three values a field: what the person saw, what they set, what the server has now."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.application.merge import agree, clashes, is_applied, rebase, seen_again
from techdesk.application.outbox import Operation, Verb
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING


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
