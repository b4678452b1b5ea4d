"""A feed that is read anew is kept beside what is here, and takes its place all at once; in both stores alike."""

from __future__ import annotations

from techdesk.application.exchange import BadRecord, PulledOrder
from techdesk.application.outbox import OpState, Verb
from techdesk.application.ports import OrderStore, PageEffect, Urgency
from techdesk.domain.records import RecordType
from tests.support.builders import an_account
from tests.support.store_records import a_page, an_operation, events_of, pulled, pulled_event


def pull(store: OrderStore, *orders: PulledOrder) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account())
        tx.apply_page("a1", a_page(*orders))


def stage(store: OrderStore, *orders: PulledOrder, deleted: tuple[str, ...] = ()) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.stage_page("a1", a_page(*orders, deleted=deleted))


def swap(store: OrderStore, *deleted: str) -> PageEffect:
    with store.write(Urgency.BACKGROUND) as tx:
        return tx.take_staged("a1", a_page(deleted=deleted, cursor="c9"))


def titles(store: OrderStore) -> dict[str, object]:
    with store.read() as view:
        found = {one: view.record("a1", RecordType.ORDER, one) for one in view.order_server_ids("a1")}
        return {one: record.view["title"] for one, record in found.items() if record}


def test_what_is_staged_is_seen_by_nobody(store: OrderStore):
    pull(store, pulled("s1", title="Old"))
    stage(store, pulled("s1", title="New"), pulled("s2"))
    with store.read() as view:
        assert view.staged_ids("a1") == {"s1", "s2"}
        assert view.staged_ids("a2") == frozenset()
        assert view.cursor("a1") == "c1"
    assert titles(store) == {"s1": "Old"}


def test_what_was_staged_takes_the_place_of_what_is_here_with_its_parts(store: OrderStore):
    same = pulled("s3", pulled_event("e3"), title="Same")
    pull(store, pulled("s1", pulled_event("e1"), title="Old"), pulled("s2", title="Gone"), same)
    new = pulled("s1", pulled_event("e2", "7", notes="Hum"), title="New")
    stage(store, new, same)
    effect = swap(store, "s2")
    assert titles(store) == {"s1": "New", "s3": "Same"}
    assert (events_of(store, "s1"), events_of(store, "s3")) == (["e2"], ["e3"])
    assert effect.orders >= {"s1", "s2"}
    with store.read() as view:
        event = view.record("a1", RecordType.EVENT, "e2")
        assert event and (event.base, event.revision) == ({"notes": "Hum"}, "7")
        assert (view.staged_ids("a1"), view.cursor("a1")) == (frozenset(), "c9")


def test_the_newest_of_an_order_counts_and_one_that_was_deleted_since_is_no_longer_there(store: OrderStore):
    pull(store, pulled("s1", title="Old"))
    stage(store, pulled("s1", title="Newer"), pulled("s2"))
    stage(store, pulled("s1", title="Newest"), deleted=("s2",))
    swap(store)
    assert titles(store) == {"s1": "Newest"}


def test_an_order_that_goes_back_to_what_is_here_while_it_is_staged_stays_so(store: OrderStore):
    pull(store, pulled("s1", title="Old"))
    stage(store, pulled("s1", title="Newer"))
    stage(store, pulled("s1", title="Old"))
    swap(store)
    assert titles(store) == {"s1": "Old"}


def test_many_orders_come_in_at_once(store: OrderStore):
    wanted = {f"s{number:03}": f"Order {number}" for number in range(450)}
    pull(store, pulled("s000", title="Old"))
    stage(store, *(pulled(one, title=title) for one, title in wanted.items()))
    swap(store)
    assert titles(store) == wanted


def test_an_order_that_cannot_be_read_is_staged_as_it_is_here(store: OrderStore):
    pull(store, pulled("s1", title="Old"))
    with store.write(Urgency.BACKGROUND) as tx:
        bad = BadRecord(server_id="s1", reason="torn", raw=b"{")
        assert tx.stage_page("a1", a_page(bad=[bad])) == 1
        assert tx.staged_ids("a1") == {"s1"}
    swap(store)
    assert titles(store) == {"s1": "Old"}


def test_unsent_work_is_laid_over_what_was_staged(store: OrderStore):
    pull(store, pulled("s1", title="Old", description="Hums"))
    with store.write(Urgency.PERSON) as tx:
        tx.add_operation(
            an_operation(order_id="s1", record_id="s1", verb=Verb.UPDATE, intent={"title": "Mine"}, base={"title": "x"})
        )
    stage(store, pulled("s1", title="Theirs", description="Rattles"))
    swap(store)
    with store.read() as view:
        record = view.record("a1", RecordType.ORDER, "s1")
        assert record and record.base == {"title": "Theirs", "description": "Rattles"}
        assert record.view == {"title": "Mine", "description": "Rattles"}
        assert [one.state for one in view.operations(account_id="a1")] == [OpState.QUEUED]


def test_what_was_staged_can_be_forgotten(store: OrderStore):
    stage(store, pulled("s1"))
    with store.write(Urgency.BACKGROUND) as tx:
        tx.drop_staged("a1")
        assert tx.staged_ids("a1") == frozenset()


def test_an_account_that_is_removed_leaves_nothing_staged(store: OrderStore):
    pull(store)
    stage(store, pulled("s1"))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
        assert tx.staged_ids("a1") == frozenset()
