"""A feed that must be read anew replaces what is here in one step; until then everything stays as it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import techdesk
from techdesk.application.exchange import AccountFacts, BadRecord, PulledOrder, PullPage
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.application.sync import rereading
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.pulling import Puller
from techdesk.application.sync.rereading import begin_rereading
from techdesk.domain.events import ProductReceived
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, MORNING, FakeClock, an_account, commands_over, put_order
from tests.support.memory_store import MemoryStore


class CutError(Exception):
    """The process is gone."""


class Desk:
    """A desk that holds three orders and is told that its place in the feed is unknown."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
            tx.save_cursor("a1", "c7")
        for one in ("s1", "s2", "s3"):
            put_order(self.store, server_id=one)
        self.copies: list[BackupReason] = []
        self.puller = Puller("a1", self.store, self.copies.append)
        self.start_over()

    def start_over(self) -> None:
        with self.store.write(Urgency.BACKGROUND) as tx:
            begin_rereading(tx, "a1")

    def take(self, *server_ids: str, cursor: str = "c2", more: bool = False, bad: Sequence[BadRecord] = ()) -> None:
        orders = [PulledOrder(server_id=one, document={"title": "New"}, revision="9") for one in server_ids]
        page = PullPage(orders=orders, cursor=cursor, more=more, bad=bad)
        self.puller.take(page, MORNING, has_feed=True)

    @property
    def titles(self) -> dict[str, object]:
        with self.store.read() as view:
            found = {one: view.record("a1", RecordType.ORDER, one) for one in view.order_server_ids("a1")}
            return {one: record.view["title"] for one, record in found.items() if record}


def test_nothing_changes_before_the_last_page():
    desk = Desk()
    desk.take("s1", "s4", more=True)
    assert desk.titles == dict.fromkeys(("s1", "s2", "s3"), "No power")
    assert desk.puller.cursor() == "c2"
    with desk.store.read() as view:
        assert view.note("as_of:a1") is None


def test_what_is_here_is_copied_before_it_is_replaced_and_at_no_other_time():
    desk = Desk()
    desk.take("s1", more=True)
    assert desk.copies == []
    desk.take("s2", cursor="c3")
    assert desk.copies == [BackupReason.BEFORE_BASELINE]
    desk.take("s3", cursor="c4")
    assert len(desk.copies) == 1


def test_where_no_store_of_its_own_is_behind_it_no_copy_is_kept():
    desk = Desk()
    desk.puller = Puller("a1", desk.store)
    desk.take("s1")
    assert desk.titles == {"s1": "New"}


def test_the_last_page_brings_everything_and_takes_away_what_the_feed_lacks():
    desk = Desk()
    desk.take("s1", "s4", more=True)
    desk.take("s2", cursor="c3")
    assert desk.titles == dict.fromkeys(("s1", "s2", "s4"), "New")
    assert desk.puller.cursor() == "c3"
    with desk.store.read() as view:
        assert (view.cursor("a1"), view.staged_ids("a1")) == ("c3", frozenset())


def test_a_crash_at_the_last_page_leaves_all_as_it_was_and_the_reading_goes_on_there():
    desk = Desk()
    desk.take("s1", "s4", more=True)

    def cut() -> None:
        raise CutError

    desk.store.before_commit = cut
    with pytest.raises(CutError):
        desk.take("s2", cursor="c3")
    desk.store.before_commit = lambda: None
    desk.puller = Puller("a1", desk.store)
    assert desk.titles == dict.fromkeys(("s1", "s2", "s3"), "No power")
    assert desk.puller.cursor() == "c2"
    desk.take("s2", cursor="c3")
    assert desk.titles == dict.fromkeys(("s1", "s2", "s4"), "New")


def test_a_reading_that_must_begin_anew_forgets_what_it_had_staged():
    desk = Desk()
    desk.take("s1", "s4", more=True)
    desk.start_over()
    assert desk.puller.cursor() == ""
    desk.take("s1", "s2", "s3")
    assert desk.titles == dict.fromkeys(("s1", "s2", "s3"), "New")


def test_unsent_work_stays_although_the_feed_lacks_its_order():
    desk = Desk()
    commands_over(desk.store, FakeClock()).record_event(OrderRef("a1", "s3"), ProductReceived(received_by="Kim"))
    desk.take("s1", "s2")
    assert desk.titles == {"s1": "New", "s2": "New", "s3": "No power"}
    with desk.store.read() as view:
        (operation,) = view.operations(account_id="a1")
        assert operation.intent["data"] == {"receivedBy": "Kim"}


def test_a_feed_with_nothing_in_it_takes_nothing_away_by_itself():
    desk = Desk()
    desk.take()
    assert len(desk.titles) == 3
    with desk.store.read() as view:
        assert [one.facts["removed"] for one in sync_warnings(view)] == ["3"]


@pytest.mark.parametrize(("server_id", "left"), [("s3", {"s1", "s3"}), ("", {"s1", "s2", "s3"})])
def test_an_order_that_cannot_be_read_does_not_count_as_missing(server_id: str, left: set[str]):
    desk = Desk()
    desk.take("s1", bad=[BadRecord(server_id=server_id, reason="torn", raw=b"{")])
    assert desk.titles.keys() == left


def test_where_there_is_nothing_yet_pages_go_straight_in():
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        begin_rereading(tx, "a1")
    puller = Puller("a1", store)
    order = PulledOrder(server_id="s1", document={"title": "New"})
    puller.take(PullPage(orders=[order], cursor="c1", more=True), MORNING, has_feed=True)
    with store.read() as view:
        assert view.order_server_ids("a1") == ["s1"]


def test_a_list_that_does_not_tell_everything_goes_straight_in():
    desk = Desk()
    order = PulledOrder(server_id="s1", document={"title": "New"})
    desk.puller.take(PullPage(orders=[order], cursor="c1", more=False), MORNING)
    assert desk.titles == {"s1": "New", "s2": "No power", "s3": "No power"}
    assert desk.puller.cursor() == "c1"


def understanding(desk: Desk, monkeypatch, version: str) -> str:
    """Return where the next page begins after a TechDesk of this version has signed in."""
    monkeypatch.setattr(rereading, "__version__", version)
    facts = AccountFacts(user_uid="u1", user_name="Kim", role="technician", profile=KEYED, references={})
    desk.puller.learn(facts)
    return desk.puller.cursor()


def test_what_this_version_cannot_read_is_read_anew_by_another_one(monkeypatch):
    desk = Desk()
    odd = BadRecord(server_id="s2", reason="title: is not text", raw=b"{}")
    desk.take("s1", "s3", bad=[odd], cursor="c9")
    assert understanding(desk, monkeypatch, techdesk.__version__) == "c9"
    assert understanding(desk, monkeypatch, "99.0") == ""
    desk.take("s1", "s2", "s3", cursor="c12")
    assert desk.titles == dict.fromkeys(("s1", "s2", "s3"), "New")
    assert understanding(desk, monkeypatch, "99.1") == "c12"


def test_a_field_that_this_version_set_aside_is_read_anew_by_another_one(monkeypatch):
    desk = Desk()
    page = PullPage(orders=[], cursor="c9", more=False, odd_fields=["order: priority"])
    desk.puller.take(page, MORNING, has_feed=True)
    assert understanding(desk, monkeypatch, "99.0") == ""


def test_a_last_page_is_left_if_a_person_looks_again_while_the_copy_before_it_is_made():
    desk = Desk()
    desk.take("s1", "s2", cursor="c2", more=True)
    desk.puller = Puller("a1", desk.store, lambda _: desk.start_over())
    last = PullPage(orders=[], cursor="c9", more=False)
    assert not desk.puller.take(last, MORNING, has_feed=True, after=desk.puller.cursor())
    assert (set(desk.titles), desk.puller.cursor()) == ({"s1", "s2", "s3"}, "")


def test_a_page_that_begins_at_our_place_is_taken():
    desk = Desk()
    page = PullPage(orders=[PulledOrder(server_id="s1", document={"title": "New"})], cursor="c2", more=True)
    desk.puller.take(page, MORNING, has_feed=True, after="")
    assert desk.puller.cursor() == "c2"


def test_an_order_that_is_not_shown_is_no_reason_to_read_anew(monkeypatch):
    desk = Desk()
    hidden = BadRecord(server_id="s2", reason="Not yours", raw=b"", is_hidden=True)
    desk.take("s1", "s2", "s3", bad=[hidden], cursor="c9")
    assert understanding(desk, monkeypatch, "99.0") == "c9"
