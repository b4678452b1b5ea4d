"""What was asked for by name comes in beside the feed, without moving our place in it."""

from __future__ import annotations

from techdesk.application.ports import PulledOrder, Urgency
from techdesk.application.pulling import Puller
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
