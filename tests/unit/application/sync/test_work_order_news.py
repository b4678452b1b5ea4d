"""News of work orders: kept with their time, and told to whom they concern."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from techdesk.application.changes import Changes
from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.sync.pulling import Puller
from techdesk.application.sync.work_order_news import changed_at, note_change, numbers_to_tell
from techdesk.domain.work_orders import WorkOrder
from tests.support.builders import an_account, an_order, put_order
from tests.support.memory_store import MemoryStore
from tests.support.store_records import a_page, pulled

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REF = OrderRef("a1", "s1")


def _store() -> MemoryStore:
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(replace(an_account(), account_id="a1", user_uid="u-1"))
    return store


def _take(store: MemoryStore, **document: object) -> Changes:
    return Puller("a1", store).take(a_page(pulled("s1", **document)), NOW)


def test_a_pull_that_changes_a_known_orders_work_order_says_so_and_the_order_keeps_when() -> None:
    store = _store()

    first = _take(store, work_order={"nte": "1"})
    same = _take(store, title="Cooler", work_order={"nte": "1"})
    changed = _take(store, title="Cooler", work_order={"nte": "2"})

    assert (first.work_orders, same.work_orders, changed.work_orders) == (frozenset(), frozenset(), frozenset({REF}))
    with store.read() as view:
        assert changed_at(view, REF) == NOW
        assert order_detail(view, REF).work_order_changed_at == NOW


def test_an_order_whose_work_order_never_changed_has_no_such_time() -> None:
    store = _store()
    with_one = put_order(store, an_order(work_order=WorkOrder(number="W1")))
    without = put_order(store, an_order(), server_id="so-2")

    with store.read() as view:
        assert order_detail(view, with_one).work_order_changed_at is None
        assert order_detail(view, without).work_order_changed_at is None


def test_news_concern_the_assigned_person_and_whoever_looks_at_the_order() -> None:
    store = _store()
    mine = put_order(store, an_order(service_number="1", assigned_user_uid="u-1"), server_id="so-1")
    shown = put_order(store, an_order(service_number="2", assigned_user_uid="u-2"), server_id="so-2")
    put_order(store, an_order(service_number="3", assigned_user_uid="u-2"), server_id="so-3")
    nameless = put_order(store, an_order(service_number="", title="Cooler", assigned_user_uid="u-1"), server_id="so-4")
    all_of_them = [mine, shown, OrderRef("a1", "so-3"), nameless, OrderRef("a1", "gone")]

    with store.read() as view:
        assert numbers_to_tell(view, all_of_them, shown) == ["1", "2", "Cooler"]
        assert numbers_to_tell(view, all_of_them, None) == ["1", "Cooler"]


def test_nobody_is_concerned_as_long_as_nobody_is_known() -> None:
    store = MemoryStore()
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(replace(an_account(), account_id="a1", user_uid=""))
        note_change(tx, [], NOW)
    order = put_order(store, an_order(assigned_user_uid=None))

    with store.read() as view:
        assert numbers_to_tell(view, [order], None) == []


def test_changes_together_hold_the_news_of_both() -> None:
    other = OrderRef("a1", "s2")

    both = Changes(work_orders=frozenset({REF})) | Changes(work_orders=frozenset({other}))

    assert both.work_orders == {REF, other}
