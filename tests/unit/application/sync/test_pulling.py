"""What was asked for by name comes in beside the feed, without moving our place in it."""

from __future__ import annotations

import pytest

from techdesk.application.exchange import PulledOrder
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.sync.pulling import Puller
from techdesk.domain.records import RecordType
from tests.support.builders import an_account
from tests.support.memory_store import MemoryStore


def test_an_order_that_was_asked_for_is_kept_and_the_feed_goes_on_where_it_was():
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_cursor("a1", "c7")
    changes = Puller("a1", store).bring([PulledOrder(server_id="s1", document={"title": "Kettle"})])
    with store.read() as view:
        found = view.record_by_server_id("a1", RecordType.ORDER, "s1")
        assert found is not None
        assert (found.view, view.cursor("a1"), view.note("as_of:a1")) == ({"title": "Kettle"}, "c7", None)
    assert changes.orders == {found.record_id}


def test_an_order_that_is_here_is_left_as_the_feed_brought_it():
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
    puller = Puller("a1", store)
    puller.bring([PulledOrder(server_id="s1", document={"title": "New"})])
    assert not puller.bring([PulledOrder(server_id="s1", document={"title": "Old"})]).orders
    with store.read() as view:
        found = view.record_by_server_id("a1", RecordType.ORDER, "s1")
        assert found is not None and found.view == {"title": "New"}


NOON, LATER = "2026-06-01T12:00:00.000Z", "2026-06-01T12:00:00.001Z"


def a_file(modified: str, title: str, revision: str = "1") -> PulledOrder:
    document = {"title": title} | ({"last_modified_at": modified} if modified else {})
    return PulledOrder(server_id="4", document=document, revision=revision, raw=title.encode())


def an_empty_desk() -> MemoryStore:
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_cursor("a1", "c7")
    return store


def kept(store: MemoryStore) -> tuple[object, object, str]:
    with store.read() as view:
        found = view.record_by_server_id("a1", RecordType.ORDER, "4")
        assert found is not None
        return found.view["title"], found.raw, view.cursor("a1")


def test_the_order_of_a_file_is_kept_with_its_bytes():
    store = an_empty_desk()
    opened = Puller("a1", store).take_file(a_file(NOON, "Kettle"))
    assert (opened.order, opened.is_taken, opened.changes.orders) == (OrderRef("a1", "4"), True, frozenset({"4"}))
    assert kept(store) == ("Kettle", b"Kettle", "c7")


@pytest.mark.parametrize(
    ("here", "in_file", "is_taken"),
    [(NOON, LATER, True), (LATER, NOON, False), (NOON, NOON, False)],
)
def test_a_file_replaces_only_what_was_changed_before_it(here: str, in_file: str, is_taken: bool):
    store = an_empty_desk()
    puller = Puller("a1", store)
    puller.take_file(a_file(here, "Old"))
    opened = puller.take_file(a_file(in_file, "New", revision="2"))
    assert (opened.order, opened.is_taken) == (OrderRef("a1", "4"), is_taken)
    assert kept(store)[0] == ("New" if is_taken else "Old")


@pytest.mark.parametrize(("revision", "is_taken"), [("1", False), ("2", True)])
def test_without_times_the_revision_tells_whether_a_file_is_another(revision: str, is_taken: bool):
    puller = Puller("a1", an_empty_desk())
    puller.take_file(a_file("", "Old"))
    assert puller.take_file(a_file("", "New", revision)).is_taken is is_taken
