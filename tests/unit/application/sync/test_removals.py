"""What the server removes goes here too, unless it is so much that it is hardly meant: then a person decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.application.exchange import PulledOrder, PullPage
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import WarningCommands, WarningKind, sync_warnings
from techdesk.application.sync.held_removals import is_too_much
from techdesk.application.sync.pulling import Puller
from techdesk.domain.events import ProductReceived
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING, FakeClock, an_account, commands_over, put_order
from tests.support.memory_store import MemoryStore


class Desk:
    """A desk with forty orders, and what pulls bring it."""

    def __init__(self, orders: int = 40) -> None:
        self.store = MemoryStore()
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.puller = Puller("a1", self.store)
        self.ids = [f"so-{number:02}" for number in range(orders)]
        for one in self.ids:
            put_order(self.store, server_id=one)

    def pull(self, deleted: Sequence[str] = (), *orders: str, more: bool = False, lists_nothing: bool = False) -> bool:
        """Take a page in; return whether the window is told of a warning."""
        brought = [PulledOrder(server_id=one, document={"title": "Back"}, revision="2") for one in orders]
        page = PullPage(orders=brought, deleted=deleted, cursor="c9", more=more, lists_nothing=lists_nothing)
        return self.puller.take(page, MORNING).outbox

    @property
    def here(self) -> list[str]:
        with self.store.read() as view:
            return view.order_server_ids("a1")

    @property
    def asked(self) -> list[str]:
        with self.store.read() as view:
            return [f"{one.facts['removed']} of {one.facts['here']}" for one in sync_warnings(view)]

    def answer(self, action: str) -> None:
        WarningCommands(self.store).answer("a1", WarningKind.MASS_REMOVAL, action)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_person_is_asked_above_ten_orders_and_a_fifth(going: int, rest: int):
    here = going + rest
    assert is_too_much(going, here, lists_nothing=False) is (going > 10 and going * 5 > here)
    assert is_too_much(going, here, lists_nothing=True) is (going > 0)


def test_a_few_removals_are_carried_out_at_once():
    desk = Desk()
    assert not desk.pull(desk.ids[:10])
    assert (desk.here, desk.asked) == (desk.ids[10:], [])


def test_too_many_removals_wait_for_a_person_and_all_else_goes_in():
    desk = Desk()
    assert desk.pull(desk.ids[:11], "new")
    assert desk.here == sorted([*desk.ids, "new"])
    assert desk.asked == ["11 of 40"]
    with desk.store.read() as view:
        assert view.cursor("a1") == "c9"


def test_many_removals_of_very_many_orders_are_carried_out():
    desk = Desk(60)
    desk.pull(desk.ids[:12])
    assert (len(desk.here), desk.asked) == (48, [])


def test_removals_that_come_in_small_pages_are_judged_together():
    desk = Desk()
    desk.pull(desk.ids[:6], more=True)
    assert len(desk.here) == 40
    desk.pull(desk.ids[6:12])
    assert (len(desk.here), desk.asked) == (40, ["12 of 40"])


def test_removals_of_an_earlier_page_are_carried_out_at_the_last_one():
    desk = Desk()
    desk.pull(desk.ids[:2], more=True)
    desk.pull([desk.ids[2]])
    assert desk.here == desk.ids[3:]


def test_an_order_that_a_later_page_brings_back_stays():
    desk = Desk()
    desk.pull(desk.ids[:2], more=True)
    desk.pull([], desk.ids[0])
    assert desk.here == [desk.ids[0], *desk.ids[2:]]


def test_a_list_with_nothing_in_it_removes_nothing_by_itself():
    desk = Desk(2)
    assert desk.pull(desk.ids, lists_nothing=True)
    assert (desk.here, desk.asked) == (desk.ids, ["2 of 2"])


def test_what_a_person_was_asked_about_stays_until_they_answer():
    desk = Desk()
    desk.pull(desk.ids[:11])
    assert not desk.pull()
    desk.pull([], *(f"new-{number}" for number in range(60)))
    assert (len(desk.here), desk.asked) == (100, ["11 of 40"])
    desk.pull([desk.ids[20]])
    assert (len(desk.here), desk.asked) == (100, ["12 of 100"])


def test_orders_that_all_come_back_end_the_question():
    desk = Desk()
    desk.pull(desk.ids[:11])
    assert desk.pull([], *desk.ids[:11])
    assert (desk.here, desk.asked) == (desk.ids, [])


def test_a_person_removes_them():
    desk = Desk()
    desk.pull(desk.ids[:11])
    desk.answer("remove")
    assert (desk.here, desk.asked) == (desk.ids[11:], [])
    desk.pull([], "new")
    assert desk.asked == []


def test_a_person_keeps_them_and_everything_is_read_anew():
    desk = Desk()
    desk.pull(desk.ids[:11])
    desk.answer("look_again")
    assert (desk.here, desk.asked, desk.puller.cursor()) == (desk.ids, [], "")


@pytest.mark.parametrize("number", [1, 11])
def test_an_order_with_unsent_work_stays_and_its_work_keeps_its_content(number: int):
    desk = Desk()
    order = OrderRef("a1", desk.ids[0])
    commands_over(desk.store, FakeClock()).record_event(order, ProductReceived(received_by="Kim"))
    desk.pull(desk.ids[:number])
    if number > 10:
        desk.answer("remove")
    assert desk.here == [desk.ids[0], *desk.ids[number:]]
    with desk.store.read() as view:
        (operation,) = view.operations(account_id="a1")
        assert (operation.state, operation.intent["data"]) == (OpState.QUEUED, {"receivedBy": "Kim"})
        assert view.record("a1", RecordType.EVENT, operation.record_id) is not None
