"""`@person` and `#status` in a search narrow the list; all other words are searched for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter
from techdesk.application.search_words import SearchNames, narrowed, narrows, read_names
from tests.support.builders import an_account
from tests.support.memory_store import MemoryStore

NAMES = SearchNames(
    people=[("me", "u-kim"), ("nobody", ""), ("kim larsen", "u-kim"), ("ana ruiz", "u-ana"), ("ana ek", "u-ek")],
    statuses=[("waiting for parts", "s-parts"), ("waiting for customer", "s-customer"), ("new", "s-new")],
)


def people(text: str, of_view: frozenset[str] = frozenset()) -> set[str]:
    return set(narrowed(OrderFilter(assignee_uids=of_view), text, NAMES).assignee_uids)


def test_words_without_a_mark_are_searched_for_as_they_were_typed() -> None:
    view = OrderFilter(unsent=True)
    assert narrowed(view, " laptop  charge", NAMES) == replace(view, text=" laptop  charge")
    assert narrowed(view, "#10042 @7 a#b", NAMES) == replace(view, text="10042 @7 a#b")
    assert not narrows("laptop a@b c# #10042")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@kim", {"u-kim"}),
        ("@LARS laptop", {"u-kim"}),
        ("@ana", {"u-ana", "u-ek"}),
        ("@ruiz @kim", {"u-ana", "u-kim"}),
        ("@me", {"u-kim"}),
        ("@nobody", {""}),
        ("@", set()),
        ("@uiz", {"no such uid"}),
    ],
)
def test_a_person_is_named_by_how_a_word_of_the_name_begins(text: str, meant: set[str]) -> None:
    assert people(text) == meant


def test_a_view_of_ones_own_work_stays_one() -> None:
    assert people("@ana", frozenset({"u-kim"})) == {"no such uid"}
    assert people("@kim", frozenset({"u-kim", "u-2"})) == {"u-kim"}


@pytest.mark.parametrize(
    ("text", "meant", "searched"),
    [
        ("#parts", {"s-parts"}, ""),
        ("dell #wait xps", {"s-parts", "s-customer"}, "dell xps"),
        ("#gone", {"no such uid"}, ""),
        ("#", set(), ""),
    ],
)
def test_a_status_is_named_the_same_way_and_the_other_words_are_searched_for(
    text: str, meant: set[str], searched: str
) -> None:
    found = narrowed(OrderFilter(), text, NAMES)
    assert (set(found.status_uids), found.text) == (meant, searched)


def test_while_the_names_are_not_known_nothing_is_narrowed() -> None:
    assert narrowed(OrderFilter(), "dell @kim", None) == OrderFilter(text="dell")
    assert narrows("dell @kim")
    assert narrows("#")


def test_the_names_are_those_of_all_accounts_that_are_signed_in() -> None:
    store = MemoryStore()
    with store.write(Urgency.BACKGROUND) as tx:
        for account in (
            an_account(),
            an_account(account_id="a2", user_uid=""),
            an_account(account_id="a3", signed_out=True),
        ):
            tx.save_account(account)
            uid = f"u-{account.account_id}"
            users = [{"display_name": "Ana Ruiz", "tenant_user_uid": uid}, {"display_name": "No uid"}]
            tx.save_references(account.account_id, "users", users)
        tx.save_references("a2", "service_statuses", [{"name": "New", "service_status_uid": "s-new"}])
    with store.read() as view:
        names = read_names(view)
    assert list(names.people) == [("me", "u-kim"), ("nobody", ""), ("ana ruiz", "u-a1"), ("ana ruiz", "u-a2")]
    assert list(names.statuses) == [("new", "s-new")]
