"""Hold every order store to the port: the real one on a file, and the one in memory that other tests stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from techdesk.application.exchange import BadRecord, PulledOrder
from techdesk.application.outbox import Attempt, Clash, FrozenRequest, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import OrderStore, PageEffect, Urgency
from techdesk.application.queries import OrderFilter, OrderRow, SortBy
from techdesk.domain.instants import epoch_ms, instant_text
from techdesk.domain.records import Document, RecordType
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from tests.support.builders import MORNING, an_account
from tests.support.store_records import (
    a_record,
    add,
    an_event,
    an_operation,
    move,
    pull,
    pulled,
    pulled_event,
    record,
    save,
)


def rows(store: OrderStore, **wanted: Any) -> list[OrderRow]:
    with store.read() as view:
        found = view.first_order_rows(OrderFilter(**wanted), 100)
        assert [one.key for one in found] == list(view.order_keys(OrderFilter(**wanted)))
        assert found == view.order_rows([one.key for one in found])
        assert view.counts({"these": OrderFilter(**wanted)}).by_name == {"these": len(found)}
    return found


def ids(store: OrderStore, **wanted: Any) -> list[str]:
    return [one.order_id for one in rows(store, **wanted)]


# Records.


def test_a_record_comes_back_as_it_was_saved(store: OrderStore) -> None:
    whole = a_record(
        server_id="s1",
        revision='W/"7"',
        base={"title": "Kettle", "warranty": False, "assets": [{"name": "ÅÄ 🫖"}]},
        view={"title": "Kettle", "priority": "HIGH"},
        raw=b"\x00{}",
    )
    save(store, whole)
    assert replace(record(store, "tmp_1"), change_no=0) == whole


def test_a_view_that_equals_its_base_comes_back_as_well(store: OrderStore) -> None:
    save(store, a_record(base={"title": "Kettle"}))
    assert record(store, "tmp_1").view == {"title": "Kettle"}


def test_each_save_counts_up_the_change_number(store: OrderStore) -> None:
    save(store, a_record())
    before = record(store, "tmp_1").change_no
    save(store, a_record())
    assert record(store, "tmp_1").change_no > before


def test_a_record_is_found_by_the_servers_id(store: OrderStore) -> None:
    save(store, a_record(server_id="s1"), a_record("s2", server_id="s2"))
    with store.read() as view:
        for record_id, server_id in (("tmp_1", "s1"), ("s2", "s2")):
            found = view.record_by_server_id("a1", RecordType.ORDER, server_id)
            assert found is not None and found.record_id == record_id
        assert view.record_by_server_id("a1", RecordType.ORDER, "s3") is None
        assert view.record_by_server_id("a2", RecordType.ORDER, "s1") is None
        assert view.record_by_server_id("a1", RecordType.EVENT, "s1") is None


def test_orders_are_found_together_by_the_servers_ids(store: OrderStore) -> None:
    save(store, a_record(server_id="s1"), a_record("s2", server_id="s2"), a_record("s4", server_id="s4"))
    save(store, an_event("e1", "s2", server_id="e1"))
    with store.read() as view:
        found = view.orders_by_server_id("a1", ["s1", "s2", "s3", "e1", "s\ud800"])
        assert found == {"s1": record(store, "tmp_1"), "s2": record(store, "s2")}
        assert view.orders_by_server_id("a2", ["s1", "s2"]) == {}
        assert view.orders_by_server_id("a1", []) == {}


def test_the_orders_of_an_account_are_known_by_the_servers_ids(store: OrderStore) -> None:
    pull(store, pulled("s2", pulled_event("e1")), pulled("s1"))
    save(store, a_record("tmp_1"))
    with store.read() as tx:
        assert tx.order_server_ids("a1") == ["s1", "s2"]
        assert tx.order_server_ids("a2") == []


def test_accounts_do_not_see_each_others_records(store: OrderStore) -> None:
    save(store, a_record(), a_record(account_id="a2", view={"title": "Radio"}))
    with store.read() as view:
        mine, other = (view.record(account, RecordType.ORDER, "tmp_1") for account in ("a1", "a2"))
        assert view.record("a3", RecordType.ORDER, "tmp_1") is None
    assert mine and other
    assert (mine.view["title"], other.view["title"]) == ("Kettle", "Radio")


def test_the_parts_of_an_order_come_oldest_first_and_without_deleted_ones(store: OrderStore) -> None:
    save(
        store,
        a_record(),
        an_event("e1", "tmp_1"),
        an_event("e2", "tmp_1", deleted=True),
        an_event("i1", "tmp_1", record_type=RecordType.ITEM),
        an_event("h1", "tmp_1", record_type=RecordType.HOURS),
        an_event("e3", "tmp_1"),
        an_event("e4", "another"),
    )
    with store.read() as view:
        assert [one.record_id for one in view.parts("a1", "tmp_1")] == ["e1", "i1", "h1", "e3"]
        assert [one.record_id for one in view.parts("a1", "tmp_1", RecordType.EVENT)] == ["e1", "e3"]
        assert view.parts("a2", "tmp_1") == []


def test_removing_an_order_removes_its_parts(store: OrderStore) -> None:
    save(store, a_record(), an_event("e1", "tmp_1"), a_record("tmp_2"), an_event("e2", "tmp_2"))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_record("a1", RecordType.ORDER, "tmp_1")
        tx.remove_record("a1", RecordType.ORDER, "never there")
    assert ids(store) == ["tmp_2"]
    with store.read() as view:
        assert view.record("a1", RecordType.EVENT, "e1") is None
        assert view.record("a1", RecordType.EVENT, "e2") is not None


def test_a_part_is_removed_alone(store: OrderStore) -> None:
    save(store, a_record(), an_event("e1", "tmp_1"), an_event("i1", "tmp_1", record_type=RecordType.ITEM))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_record("a1", RecordType.EVENT, "e1")
        tx.remove_record("a1", RecordType.ITEM, "i1")
    with store.read() as view:
        assert view.parts("a1", "tmp_1") == []
        assert view.record("a1", RecordType.ORDER, "tmp_1") is not None


@pytest.mark.parametrize("text", ["tmp_1", "s1", "SO-007"])
def test_an_order_is_found_by_exactly_its_uid_or_number(store: OrderStore, text: str) -> None:
    save(store, a_record(server_id="s1", view={"service_number": "SO-007"}), a_record("tmp_2", account_id="a2"))
    with store.read() as view:
        assert [one.record_id for one in view.find_orders(text)] == ["tmp_1"]
        assert [one.record_id for one in view.find_orders(text, "a1")] == ["tmp_1"]
        assert view.find_orders(text, "a2") == []
        assert view.find_orders(text.lower() + " ") == []


def test_a_transaction_that_raises_leaves_nothing_behind(store: OrderStore) -> None:
    with pytest.raises(KeyError), store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record(view={"assigned_user_uid": "u1"}))
        tx.add_operation(an_operation())
        tx.save_note("timer", "x")
        raise KeyError
    with store.read() as view:
        assert view.note("timer") is None
        assert view.operations() == []
    assert rows(store) == []


def test_a_write_after_one_that_raised_starts_afresh(store: OrderStore) -> None:
    assigned = a_record(view={"assigned_user_uid": "u1"})
    with pytest.raises(KeyError), store.write(Urgency.PERSON) as tx:
        tx.save_record(assigned)
        raise KeyError
    save(store, a_record("tmp_2", view={"assigned_user_uid": "u2"}), assigned)
    assert ids(store, assignee_uids=frozenset({"u1"})) == ["tmp_1"]


# The list.


def test_a_row_shows_what_the_order_says(store: OrderStore) -> None:
    shown: Document = {
        "service_number": "SO-007",
        "title": "No heat",
        "description": "stays cold",
        "customer": {"name": "Ida Ångström"},
        "assets": [{"maker": "Bosch", "model": "K7", "serial_number": "B-1"}],
        "service_kind": "repair_depot",
        "service_status_name": "On the bench",
        "service_status_uid": "st1",
        "service_state": "IN_PROGRESS",
        "priority": "URGENT",
        "assigned_user_uid": "u1",
        "assigned_user_display_name": "Kim",
        "created_at": instant_text(MORNING),
        "ready_at_needed": instant_text(MORNING + timedelta(days=2)),
    }
    save(store, a_record(view=shown))
    [row] = rows(store)
    assert row == OrderRow(
        key=row.key,
        account_id="a1",
        order_id="tmp_1",
        number="SO-007",
        title="No heat",
        customer="Ida Ångström",
        product="Bosch K7",
        serial="B-1",
        kind=ServiceKind.DEPOT,
        status="On the bench",
        status_uid="st1",
        state=ServiceState.IN_PROGRESS,
        priority=Priority.URGENT,
        assignee="Kim",
        created_at=MORNING,
        due_at=MORNING + timedelta(days=2),
        appointment_at=None,
        sync=None,
        unsent=0,
    )


def test_a_row_of_an_almost_empty_order_has_defaults(store: OrderStore) -> None:
    save(store, a_record(view={"assets": [{"name": "Old lamp"}]}))
    [row] = rows(store)
    assert (row.kind, row.state, row.priority) == (ServiceKind.OTHER, ServiceState.NOT_STARTED, Priority.NONE)
    assert (row.created_at, row.due_at, row.status_uid, row.product) == (None, None, "", "Old lamp")


def test_the_estimate_goes_before_the_date_needed(store: OrderStore) -> None:
    dates = {"ready_at_estimate": instant_text(MORNING), "ready_at_needed": instant_text(MORNING + timedelta(days=2))}
    save(store, a_record(view=dates))
    assert rows(store)[0].due_at == MORNING


def test_a_row_keeps_its_key_when_the_order_changes(store: OrderStore) -> None:
    save(store, a_record(), a_record("tmp_2"))
    before = {one.order_id: one.key for one in rows(store)}
    save(store, a_record(view={"title": "Radio"}, server_id="s1"))
    assert {one.order_id: one.key for one in rows(store)} == before


def test_a_deleted_order_is_not_in_the_list_until_it_comes_back(store: OrderStore) -> None:
    save(store, a_record(), an_event("e1", "tmp_1", view=an_appointment(MORNING)))
    add(store, an_operation())
    before = rows(store)
    save(store, a_record(deleted=True))
    assert rows(store) == []
    save(store, a_record())
    assert rows(store) == before


@pytest.mark.parametrize("state", [OpState.REJECTED, OpState.CONFLICT])
def test_an_order_whose_removal_was_refused_is_in_the_list_until_a_person_decides(
    store: OrderStore, state: OpState
) -> None:
    pull(store, pulled("s1", title="Radio", service_number="77"), pulled("s2", title="Drill"))
    with store.write(Urgency.PERSON) as tx:
        order = tx.record("a1", RecordType.ORDER, "s1")
        assert order
        tx.save_record(replace(order, deleted=True))
        removal = tx.add_operation(an_operation(1, order_id="s1", record_id="s1", verb=Verb.DELETE, intent={}))
    assert ids(store) == ["s2"]
    move(store, removal, state=OpState.INFLIGHT)
    move(store, removal, state=state)
    assert [(one.order_id, one.title, one.sync) for one in rows(store, unsent=True)] == [("s1", "Radio", state)]
    assert ids(store, text="radio") == ["s1"]
    pull(store, pulled("s1", title="Radio and lamp", service_number="77"))
    assert ids(store, text="lamp") == ["s1"]
    with store.read() as view:
        assert [one.record_id for one in view.find_orders("77")] == ["s1"]
    with store.write(Urgency.PERSON) as tx:
        tx.save_operation(replace(removal, state=OpState.CANCELLED))
        tx.add_operation(an_operation(2, order_id="s1", record_id="s1", verb=Verb.DELETE, intent={}))
    assert ids(store) == ["s2"]


def test_a_removal_that_is_decided_leaves_no_trace_in_the_list(store: OrderStore) -> None:
    pull(store, pulled("s1"), pulled("s2"))
    removal = {"verb": Verb.DELETE, "intent": {}}
    withdrawn, confirmed = add(
        store,
        an_operation(1, order_id="s1", record_id="s1", **removal),
        an_operation(2, order_id="s2", record_id="s2", **removal),
    )
    for name in ("s1", "s2"):
        save(store, replace(record(store, name), deleted=True))
    assert ids(store) == []
    move(store, confirmed, state=OpState.INFLIGHT)
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_operation(replace(confirmed, state=OpState.DONE))
        tx.remove_record("a1", RecordType.ORDER, "s2")
        tx.save_operation(replace(withdrawn, state=OpState.CANCELLED))
        order = tx.record("a1", RecordType.ORDER, "s1")
        assert order
        tx.save_record(replace(order, deleted=False))
    assert ids(store) == ["s1"]


def test_a_key_that_is_gone_is_left_out(store: OrderStore) -> None:
    save(store, a_record())
    [row] = rows(store)
    with store.read() as view:
        assert view.order_rows([row.key + 1000, row.key]) == [row]
        assert view.order_rows([]) == []


ORDERS: dict[str, Document] = {
    "a": {
        "service_number": "9",
        "customer": {"name": "ben"},
        "assets": [{"maker": "Bosch", "serial_number": "3"}],
        "service_kind": "repair_onsite",
        "service_status_name": "Closed",
        "service_status_uid": "st2",
        "service_state": "CLOSED",
        "priority": "URGENT",
        "assigned_user_uid": "u2",
        "assigned_user_display_name": "lars",
        "created_at": "2026-05-01T00:00:00.000Z",
        "ready_at_estimate": "2026-06-03T00:00:00.000Z",
    },
    "b": {
        "service_number": "8",
        "customer": {"name": "Anna"},
        "assets": [{"maker": "apple", "serial_number": "1"}],
        "service_kind": "other",
        "service_status_name": "Waiting",
        "service_status_uid": "st1",
        "service_state": "ON_HOLD",
        "priority": "LOW",
        "assigned_user_uid": "u3",
        "assigned_user_display_name": "Mia",
        "created_at": "2026-05-03T00:00:00.000Z",
        "ready_at_estimate": "2026-06-02T00:00:00.000Z",
    },
    "c": {
        "service_number": "7",
        "customer": {"name": "Carla"},
        "assets": [{"maker": "Miele", "serial_number": "2"}],
        "service_kind": "repair_depot",
        "service_status_name": "bench",
        "service_status_uid": "st1",
        "service_state": "IN_PROGRESS",
        "priority": "MEDIUM",
        "assigned_user_uid": "u1",
        "assigned_user_display_name": "Kim",
        "created_at": "2026-05-02T00:00:00.000Z",
        "ready_at_estimate": "2026-06-01T00:00:00.000Z",
    },
}


@pytest.fixture
def shop(store: OrderStore) -> OrderStore:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account())
    save(store, *(a_record(name, view=document) for name, document in ORDERS.items()))
    return store


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        (SortBy.NUMBER, "cba"),
        (SortBy.CUSTOMER, "bac"),
        (SortBy.PRODUCT, "bac"),
        (SortBy.SERIAL, "bca"),
        (SortBy.KIND, "cab"),
        (SortBy.STATUS, "cab"),
        (SortBy.PRIORITY, "bca"),
        (SortBy.ASSIGNEE, "cab"),
        (SortBy.CREATED, "acb"),
        (SortBy.DUE, "cba"),
        (SortBy.ACCOUNT, "abc"),
    ],
)
def test_the_list_is_sorted_both_ways(shop: OrderStore, sort_by: SortBy, order: str) -> None:
    assert "".join(ids(shop, sort_by=sort_by, descending=False)) == order
    assert "".join(ids(shop, sort_by=sort_by)) == order[::-1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"states": frozenset({ServiceState.CLOSED, ServiceState.ON_HOLD})}, "ab"),
        ({"kinds": frozenset({ServiceKind.DEPOT})}, "c"),
        ({"status_uids": frozenset({"st1"})}, "bc"),
        ({"status_uids": frozenset({"never seen"})}, ""),
        ({"assignee_uids": frozenset({"u1", "u2"})}, "ac"),
        ({"assignee_uids": frozenset({"u1"}), "states": frozenset({ServiceState.CLOSED})}, ""),
        ({"account_ids": frozenset({"a1"})}, "abc"),
        ({"account_ids": frozenset({"a2"})}, ""),
        ({"due_before": MORNING + timedelta(days=1)}, "bc"),
        ({"unsent": True}, ""),
        ({"appointment_from": MORNING}, ""),
        ({"text": "BEN"}, "a"),
        ({"text": "bosch ben"}, "a"),
        ({"text": "bosch anna"}, ""),
        ({"text": "anna", "kinds": frozenset({ServiceKind.OTHER})}, "b"),
        ({"text": "anna", "kinds": frozenset({ServiceKind.DEPOT})}, ""),
    ],
)
def test_the_list_is_filtered(shop: OrderStore, wanted: dict[str, Any], found: str) -> None:
    for sort_by in (SortBy.CREATED, SortBy.CUSTOMER, SortBy.DUE):
        assert sorted(ids(shop, sort_by=sort_by, **wanted)) == list(found)


def test_orders_of_several_accounts_stand_in_one_list_by_account_name(shop: OrderStore) -> None:
    with shop.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="a0", name="anvil"))
    save(shop, a_record("d", account_id="a0"))
    assert ids(shop, sort_by=SortBy.ACCOUNT, descending=False)[0] == "d"
    assert ids(shop, account_ids=frozenset({"a0"})) == ["d"]


@pytest.mark.parametrize("place", ["service_number", "title", "description"])
def test_a_word_is_found_inside_the_texts_of_an_order(store: OrderStore, place: str) -> None:
    save(store, a_record(view={place: "xx ÅNGSTRÖM-7 yy"}), a_record("tmp_2"))
    for text in ("ångström", "NGSTR", "ström-7", "yy ång", "  ångström  "):
        assert ids(store, text=text) == ["tmp_1"]
    assert ids(store, text="ångström zz") == []


def test_a_changed_text_is_found_under_its_new_words_only(store: OrderStore) -> None:
    save(store, a_record(view={"title": "Kettle"}))
    save(store, a_record(view={"title": "Toaster"}))
    assert ids(store, text="kettle") == []
    assert ids(store, text="toaster") == ["tmp_1"]


def test_named_filters_are_counted_at_once(shop: OrderStore) -> None:
    filters = {
        "all": OrderFilter(),
        "open": OrderFilter(states=frozenset({ServiceState.ON_HOLD, ServiceState.IN_PROGRESS})),
        "mine": OrderFilter(assignee_uids=frozenset({"u1"})),
        "unsent": OrderFilter(unsent=True),
        "text": OrderFilter(text="anna"),
        "overdue": OrderFilter(due_before=MORNING + timedelta(days=1)),
    }
    with shop.read() as view:
        assert view.counts(filters).by_name == {"all": 3, "open": 2, "mine": 1, "unsent": 0, "text": 1, "overdue": 2}
        assert view.counts({}).by_name == {}


# Appointments.


def an_appointment(at: Any = None, kind: str = "scheduled", said_at: Any = MORNING) -> Document:
    data = {"appointmentEventType": kind} | ({"appointmentDate": epoch_ms(at)} if at else {})
    return {"event_type": "appointment_scheduling", "data": data, "occurred_at": instant_text(said_at)}


def test_an_orders_appointment_is_the_one_made_last(store: OrderStore) -> None:
    later = MORNING + timedelta(hours=1)
    save(
        store,
        a_record(),
        an_event("e1", "tmp_1", view=an_appointment(MORNING + timedelta(days=9), "rescheduled", later)),
        an_event("e2", "tmp_1", view=an_appointment(MORNING + timedelta(days=1))),
        an_event("e3", "tmp_1", view={"event_type": "resolved"}),
    )
    assert rows(store)[0].appointment_at == MORNING + timedelta(days=9)
    around = {"appointment_from": MORNING + timedelta(days=8), "appointment_before": MORNING + timedelta(days=10)}
    assert ids(store, **around) == ["tmp_1"]
    assert ids(store, appointment_before=MORNING + timedelta(days=9)) == []


def test_an_event_that_no_longer_tells_an_appointment_leaves_the_order_without(store: OrderStore) -> None:
    save(store, a_record(), an_event("e1", "tmp_1", view=an_appointment(MORNING)))
    assert rows(store)[0].appointment_at == MORNING
    save(store, an_event("e1", "tmp_1", view={"event_type": "resolved"}))
    assert rows(store)[0].appointment_at is None


def test_a_removed_appointment_gives_way_to_the_one_before(store: OrderStore) -> None:
    save(
        store,
        a_record(),
        an_event("e1", "tmp_1", view=an_appointment(MORNING)),
        an_event("e2", "tmp_1", view=an_appointment(MORNING + timedelta(days=1), said_at=MORNING + timedelta(hours=1))),
    )
    with store.write(Urgency.PERSON) as tx:
        tx.remove_record("a1", RecordType.EVENT, "e2")
    assert rows(store)[0].appointment_at == MORNING


# The outbox.


def test_an_operation_comes_back_as_it_was_added(store: OrderStore) -> None:
    operation = an_operation(
        verb=Verb.UPDATE,
        base={"title": "Old"},
        created_by="Kim",
        needs=("x", "y"),
        not_before=MORNING + timedelta(microseconds=7),
        replaces="z",
        reason="ümlaut",
    )
    [added] = add(store, operation)
    assert added == replace(operation, seq=added.seq, position=added.seq)
    assert added.seq > 0
    with store.read() as view:
        assert view.operation(operation.op_id) == added
        assert view.operation("never") is None


def test_every_field_that_sending_sets_is_kept(store: OrderStore) -> None:
    [added] = add(store, an_operation())
    request = FrozenRequest(method="POST", path="/orders", headers={"Idempotency-Key": "k"}, body=b'{"a":"\xc3\xa5"}')
    sent = replace(
        added,
        state=OpState.INFLIGHT,
        attempts=1,
        first_sent_at=MORNING,
        last_sent_at=MORNING,
        settle_reads=1,
        request=request,
        http_status=500,
    )
    done = replace(sent, state=OpState.DONE, done_at=MORNING)
    for state in (sent, done):
        with store.write(Urgency.BACKGROUND) as tx:
            tx.save_operation(state)
        with store.read() as view:
            assert view.operation(added.op_id) == state


def test_operations_come_by_position_and_are_chosen_by_what_they_belong_to(store: OrderStore) -> None:
    first, second, third = add(
        store,
        an_operation(1),
        an_operation(2, record_id="e1", record_type=RecordType.EVENT),
        an_operation(3, order_id="tmp_2", record_id="tmp_2"),
    )
    [stand_in] = add(store, an_operation(4, position=first.position, replaces=first.op_id))
    [other] = add(store, an_operation(5, account_id="a2"))
    move(store, first, state=OpState.CANCELLED)
    with store.read() as view:
        assert [one.op_id for one in view.operations()] == [
            one.op_id for one in (first, stand_in, second, third, other)
        ]
        assert [one.op_id for one in view.operations(order_id="tmp_2")] == [third.op_id]
        assert [one.op_id for one in view.operations(account_id="a2")] == [other.op_id]
        assert [one.op_id for one in view.operations(record_id="e1", account_id="a1")] == [second.op_id]
        assert [one.op_id for one in view.operations(states=[OpState.CANCELLED])] == [first.op_id]
        assert view.operations(states=[]) == []
        counts = view.outbox_counts("a1")
        assert (counts[OpState.QUEUED], counts[OpState.CANCELLED], counts[OpState.DONE]) == (3, 1, 0)
        assert view.outbox_counts()[OpState.QUEUED] == 4


def test_what_is_settled_and_what_is_not_come_together_by_position(store: OrderStore) -> None:
    made = add(store, *(an_operation(number) for number in (1, 2, 3)), an_operation(4, record_id="e1"))
    move(store, made[1], state=OpState.CANCELLED)
    states = [OpState.QUEUED, OpState.CANCELLED]
    with store.read() as view:
        ids_of = [one.op_id for one in made]
        assert [one.op_id for one in view.operations(account_id="a1", order_id="tmp_1")] == ids_of
        assert [one.op_id for one in view.operations(order_id="tmp_1", states=states)] == ids_of
        assert [one.op_id for one in view.operations(states=states)] == ids_of
        assert view.operation_ids(states) == [
            (op_id, OpState.CANCELLED if op_id == made[1].op_id else OpState.QUEUED) for op_id in ids_of
        ]
        assert [one.op_id for one in view.operations(order_id="tmp_1", states=states[1:])] == [made[1].op_id]
        assert [one.op_id for one in view.operations(record_id="tmp_1", states=states)] == ids_of[:3]
        assert view.operations(order_id="tmp_1", record_id="e2") == []


def test_an_operation_gets_no_number_that_another_had(store: OrderStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
    [gone] = add(store, an_operation(1))
    with store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    [added] = add(store, an_operation(2))
    assert added.seq > gone.seq


def test_the_oldest_unsent_of_each_account_counts_in_whatever_order_they_came(store: OrderStore) -> None:
    late, early = MORNING + timedelta(hours=3), MORNING + timedelta(microseconds=7)
    first, old, _, done = add(
        store,
        an_operation(1, created_at=late),
        an_operation(2, created_at=early, order_id="tmp_2", record_id="tmp_2"),
        an_operation(3, account_id="a2", created_at=late),
        an_operation(4, created_at=MORNING),
    )
    move(store, done, state=OpState.CANCELLED)
    with store.read() as view:
        assert view.oldest_unsent() == {"a1": early, "a2": late}
    move(store, old, state=OpState.REJECTED, reason="no")
    with store.read() as view:
        assert view.oldest_unsent() == {"a1": early, "a2": late}
    move(store, replace(old, state=OpState.REJECTED, reason="no"), state=OpState.CANCELLED)
    with store.read() as view:
        assert view.oldest_unsent() == {"a1": late, "a2": late}
    move(store, first, state=OpState.CANCELLED)
    with store.read() as view:
        assert view.oldest_unsent() == {"a2": late}


def test_a_row_shows_the_most_pressing_of_its_unsettled_operations(store: OrderStore) -> None:
    save(store, a_record())
    first, second = add(store, an_operation(1), an_operation(2, record_id="e1", record_type=RecordType.EVENT))
    assert (rows(store)[0].sync, rows(store)[0].unsent) == (OpState.QUEUED, 2)
    move(store, second, state=OpState.REJECTED, reason="no")
    assert (rows(store)[0].sync, rows(store)[0].unsent) == (OpState.REJECTED, 2)
    assert ids(store, unsent=True) == ["tmp_1"]
    move(store, first, state=OpState.CANCELLED)
    with store.read() as view:
        rejected = view.operation(second.op_id)
    assert rejected is not None
    move(store, rejected, state=OpState.CANCELLED)
    assert (rows(store)[0].sync, rows(store)[0].unsent) == (None, 0)
    assert ids(store, unsent=True) == []


def test_an_operation_that_is_stored_before_its_order_counts_too(store: OrderStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.add_operation(an_operation())
        tx.save_record(a_record())
    assert rows(store)[0].unsent == 1


def test_a_move_that_is_not_in_the_table_is_refused(store: OrderStore) -> None:
    [added] = add(store, an_operation())
    with pytest.raises(AssertionError):
        move(store, added, state=OpState.DONE)
    with store.read() as view:
        assert view.operation(added.op_id) == added


def test_frozen_bytes_never_change(store: OrderStore) -> None:
    [added] = add(store, an_operation())
    sent = replace(added, state=OpState.INFLIGHT, request=FrozenRequest(method="POST", path="/a", body=b"1"))
    move(store, sent)
    for other in (FrozenRequest(method="POST", path="/b", body=b"1"), replace(sent.request, body=b"2"), None):  # type: ignore[type-var]  # it was set above
        with pytest.raises(AssertionError):
            move(store, sent, state=OpState.QUEUED, request=other)


def test_the_fields_in_conflict_are_replaced_as_a_whole(store: OrderStore) -> None:
    [added] = add(store, an_operation())
    rows_of = [
        Clash(op_id=added.op_id, field="priority", base=None, mine="HIGH", theirs="LOW"),
        Clash(op_id=added.op_id, field="title", base="a", mine=["b"], theirs={"c": 1}, choice="mine"),
    ]
    for wanted in (rows_of, rows_of[1:]):
        with store.write(Urgency.PERSON) as tx:
            tx.save_clashes(added.op_id, wanted)
        with store.read() as view:
            assert view.clashes(added.op_id) == wanted


def test_the_audit_of_an_operation_is_told_in_its_order(store: OrderStore) -> None:
    added, other = add(store, an_operation(1), an_operation(2))
    answered = Outcome(kind=OutcomeClass.REJECTED, http_status=422, reason="No such status")
    with store.write(Urgency.BACKGROUND) as tx:
        tx.add_attempt(added.op_id, MORNING, "send", None)
        tx.add_attempt(other.op_id, MORNING, "send", None)
        tx.add_attempt(added.op_id, MORNING + timedelta(seconds=1), "answer", answered)
    with store.read() as view:
        assert view.operation(added.op_id) == added
        assert view.attempts(added.op_id) == [
            Attempt(at=MORNING, phase="send"),
            Attempt(
                at=MORNING + timedelta(seconds=1),
                phase="answer",
                kind=OutcomeClass.REJECTED,
                http_status=422,
                reason="No such status",
            ),
        ]


def test_ids_of_operations_come_by_position_with_their_states(store: OrderStore) -> None:
    first, second, third = add(store, *(an_operation(number) for number in range(1, 4)))
    move(store, second, state=OpState.INFLIGHT)
    with store.read() as view:
        both = view.operation_ids([OpState.QUEUED, OpState.INFLIGHT])
        assert both == [
            (first.op_id, OpState.QUEUED),
            (second.op_id, OpState.INFLIGHT),
            (third.op_id, OpState.QUEUED),
        ]
        assert view.operation_ids([OpState.INFLIGHT]) == [(second.op_id, OpState.INFLIGHT)]
        assert view.operation_ids([OpState.DONE]) == []


def test_what_was_settled_last_comes_first_without_what_another_one_replaced(store: OrderStore) -> None:
    made = add(store, *(an_operation(number) for number in range(1, 5)))
    fates = [(0, "discarded"), (2, "discarded"), (1, "replaced"), (0, "discarded")]
    for one, (hours, reason) in zip(made, fates, strict=True):
        at = MORNING + timedelta(hours=hours)
        move(store, one, state=OpState.CANCELLED, done_at=at, reason=reason)
    first, latest, _, second = (one.op_id for one in made)
    with store.read() as view:
        assert view.settled_ids(OpState.CANCELLED, 10) == [latest, second, first]
        assert view.settled_ids(OpState.CANCELLED, 1) == [latest]
        assert view.settled_ids(OpState.DONE, 10) == []


# A pull.


def test_a_pull_brings_orders_with_their_parts_and_the_cursor(store: OrderStore) -> None:
    effect = pull(store, pulled("s1", pulled_event(event_type="resolved")), cursor="c7")
    assert effect.orders == {"s1"}
    assert effect.list_changed
    order, event = record(store, "s1"), record(store, "e1", RecordType.EVENT)
    assert (order.server_id, order.order_id, order.revision, order.base) == ("s1", "s1", "1", {"title": "Radio"})
    assert (event.server_id, event.order_id, event.view) == ("e1", "s1", {"event_type": "resolved"})
    assert ids(store) == ["s1"]
    with store.read() as view:
        assert view.cursor("a1") == "c7"
        assert view.cursor("a2") == ""


def test_a_pulled_appointment_shows_in_the_list(store: OrderStore) -> None:
    pull(store, pulled("s1", pulled_event(**an_appointment(MORNING))), pulled("s2"))
    assert {one.order_id: one.appointment_at for one in rows(store)} == {"s1": MORNING, "s2": None}
    moved = MORNING + timedelta(days=1)
    pull(store, pulled("s1", pulled_event(revision="2", **an_appointment(moved))))
    assert rows(store, appointment_from=MORNING)[0].appointment_at == moved


def test_a_second_pull_replaces_base_and_revision(store: OrderStore) -> None:
    pull(store, pulled("s1"))
    [before] = rows(store)
    effect = pull(store, PulledOrder(server_id="s1", document={"title": "Lamp"}, revision="2"))
    assert effect == PageEffect(orders=frozenset({"s1"}), list_changed=True)
    after = record(store, "s1")
    assert (after.base, after.view, after.revision) == ({"title": "Lamp"}, {"title": "Lamp"}, "2")
    assert rows(store) == [replace(before, title="Lamp")]


def test_the_last_of_two_copies_in_a_page_stays(store: OrderStore) -> None:
    pull(store, pulled("s1"), pulled("s1", title="Lamp"))
    assert [one.title for one in rows(store)] == ["Lamp"]


def test_unsent_work_is_laid_over_what_a_pull_brings(store: OrderStore) -> None:
    pull(store, pulled("s1", pulled_event(notes="old")))
    own = {"order_id": "s1", "record_id": "s1", "verb": Verb.UPDATE}
    event = {"order_id": "s1", "record_id": "e1", "record_type": RecordType.EVENT, "verb": Verb.UPDATE}
    [change, *_] = add(
        store,
        an_operation(1, **own | {"intent": {"title": "Mine", "priority": "HIGH"}}),
        an_operation(2, **own | {"intent": {"title": "Mine too"}}),
        an_operation(3, **event | {"intent": {"notes": "new"}}),
    )
    pull(store, pulled("s1", pulled_event(notes="theirs"), title="Theirs", warranty=True))
    order = record(store, "s1")
    assert order.base == {"title": "Theirs", "warranty": True}
    assert order.view == {"title": "Mine too", "warranty": True, "priority": "HIGH"}
    assert record(store, "e1", RecordType.EVENT).view == {"notes": "new"}
    assert [(one.title, one.priority) for one in rows(store)] == [("Mine too", Priority.HIGH)]
    move(store, change, state=OpState.CANCELLED)
    pull(store, pulled("s1", pulled_event(notes="theirs")))
    assert record(store, "s1").view == {"title": "Mine too"}


def test_what_a_person_removed_stays_hidden_until_the_server_knows(store: OrderStore) -> None:
    pull(store, pulled("s1", pulled_event()), pulled("s2"))
    removal = {"order_id": "s1", "verb": Verb.DELETE, "intent": {}}
    whole, part = add(
        store,
        an_operation(1, record_id="s1", **removal),
        an_operation(2, record_id="e1", record_type=RecordType.EVENT, **removal),
    )
    pull(store, pulled("s1", pulled_event(notes="x"), title="Changed"))
    assert ids(store) == ["s2"]
    assert record(store, "e1", RecordType.EVENT).deleted
    for operation in (whole, part):
        move(store, operation, state=OpState.CANCELLED)
    pull(store, pulled("s1", pulled_event(notes="x"), title="Changed"))
    assert sorted(ids(store)) == ["s1", "s2"]
    assert not record(store, "e1", RecordType.EVENT).deleted


def test_a_part_that_the_server_no_longer_has_goes(store: OrderStore) -> None:
    pull(store, pulled("s1", pulled_event("e1"), pulled_event("e2"), pulled_event("e3")))
    save(store, an_event("tmp_e", "s1"))
    add(store, an_operation(order_id="s1", record_id="e2", record_type=RecordType.EVENT, verb=Verb.UPDATE))
    pull(store, pulled("s1", pulled_event("e1")))
    with store.read() as view:
        assert {one.record_id for one in view.parts("a1", "s1")} == {"e1", "e2", "tmp_e"}


def test_a_pull_finds_the_order_and_the_part_that_were_made_here(store: OrderStore) -> None:
    save(store, a_record(server_id="s1"), an_event("tmp_e", "tmp_1", server_id="e1"))
    effect = pull(store, pulled("s1", pulled_event("e1", notes="theirs")))
    assert effect.orders == {"tmp_1"}
    assert ids(store) == ["tmp_1"]
    assert record(store, "tmp_e", RecordType.EVENT).base == {"notes": "theirs"}
    with store.read() as view:
        assert [one.record_id for one in view.parts("a1", "tmp_1")] == ["tmp_e"]


def test_a_record_that_could_not_be_read_does_not_hold_up_its_page(store: OrderStore) -> None:
    effect = pull(store, pulled("s1"), bad=[BadRecord(server_id="s2", reason="no title", raw=b"{")], cursor="c2")
    assert effect.bad == 1
    assert ids(store) == ["s1"]
    with store.read() as view:
        assert view.cursor("a1") == "c2"


def test_an_empty_page_moves_the_cursor_only(store: OrderStore) -> None:
    pull(store, pulled("s1"))
    effect = pull(store, cursor="c9")
    assert effect == PageEffect(orders=frozenset(), list_changed=False)
    with store.read() as view:
        assert view.cursor("a1") == "c9"


# Everything else.


def test_accounts_come_by_name_and_are_replaced_by_their_id(store: OrderStore) -> None:
    bench, anvil = an_account(settings={"zone": "EU"}), an_account(account_id="a2", name="anvil", enabled=False)
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(bench)
        tx.save_account(anvil)
    renamed = replace(bench, name="Abacus")
    with store.read() as view:
        assert view.accounts() == [anvil, bench]
    with store.write(Urgency.PERSON) as tx:
        assert tx.accounts() == [anvil, bench]
        tx.save_account(renamed)
        assert tx.accounts() == [renamed, anvil]
    with store.read() as view:
        assert view.accounts() == [renamed, anvil]
    with store.write(Urgency.PERSON) as tx:
        assert tx.accounts() == [renamed, anvil]
        tx.remove_account("a1")
        assert tx.accounts() == [anvil]


def test_removing_an_account_removes_every_row_of_it(store: OrderStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_account(an_account(account_id="a2", name="Other"))
        tx.save_references("a1", "users", [{"tenant_user_uid": "u1"}])
        tx.add_operation(an_operation())
        tx.save_record(a_record("d", account_id="a2"))
        for name in ("as_of:a1", "warning:a1:clock_off", "as_of:a12", "timer"):
            tx.save_note(name, "kept")
    pull(store, pulled("s1", pulled_event()), bad=[BadRecord(server_id="s2", reason="?", raw=b"{")])
    with store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    assert ids(store) == ["d"]
    with store.read() as view:
        assert [one.account_id for one in view.accounts()] == ["a2"]
        assert view.operations() == []
        assert view.references("a1", "users") == []
        assert view.cursor("a1") == ""
        assert view.record("a1", RecordType.EVENT, "e1") is None
        kept = [one for one in ("as_of:a1", "warning:a1:clock_off", "as_of:a12", "timer") if view.note(one)]
    assert kept == ["as_of:a12", "timer"]


def test_nothing_of_an_account_that_is_signed_out_is_found_unless_it_is_named(store: OrderStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_account(an_account(account_id="a2", name="Other"))
        for account_id in ("a1", "a2"):
            order = a_record(f"order-{account_id}", account_id=account_id)
            tx.save_record(replace(order, view={**order.view, "service_number": "7", "title": "Radio"}))
    pending, withdrawn = add(store, an_operation(1), an_operation(2))
    move(store, withdrawn, state=OpState.CANCELLED)
    everything = {
        "all": OrderFilter(),
        "words": OrderFilter(text="radio"),
        "first": OrderFilter(account_ids=frozenset({"a1"})),
    }

    def found() -> tuple[Any, ...]:
        with store.read() as view:
            return (
                ids(store),
                sorted(one.order_id for one in view.first_order_rows(OrderFilter(text="radio"), 9)),
                dict(view.counts(everything).by_name),
                [one.record_id for one in view.find_orders("7")],
                [op_id for op_id, _ in view.operation_ids(OpState)],
                view.settled_ids(OpState.CANCELLED, 9),
                sum(view.outbox_counts().values()),
                sum(view.outbox_counts("a1").values()),
                set(view.oldest_unsent()),
                set(view.oldest_unsent(signed_out=True)),
            )

    before = found()
    for signed_out in (True, True, False):
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account(signed_out=signed_out))
        if signed_out:
            counted = {"all": 1, "words": 1, "first": 1}
            assert found() == (["order-a2"], ["order-a2"], counted, ["order-a2"], [], [], 0, 2, set(), {"a1"})
            with store.read() as view:
                assert next(one for one in view.accounts() if one.account_id == "a1").signed_out
                assert len(view.operations()) == 2
    assert found() == before
    assert before[4] == [pending.op_id, withdrawn.op_id]


def test_references_are_replaced_as_a_whole_and_keep_their_order(store: OrderStore) -> None:
    for wanted in ([{"name": "b"}, {"name": "a"}], [{"name": "c"}]):
        with store.write(Urgency.BACKGROUND) as tx:
            tx.save_references("a1", "hourly_rates", wanted)
        with store.read() as view:
            assert view.references("a1", "hourly_rates") == wanted
            assert view.references("a1", "users") == []
            assert view.references("a2", "hourly_rates") == []


def test_notes_are_kept_replaced_and_forgotten(store: OrderStore) -> None:
    for value in ("one", "two", None, None):
        with store.write(Urgency.PERSON) as tx:
            tx.save_note("timer", value)
        with store.read() as view:
            assert view.note("timer") == value


def test_a_look_does_not_change_while_it_is_open(store: OrderStore) -> None:
    save(store, a_record())
    with store.read() as view:
        assert len(view.order_keys(OrderFilter())) == 1
        save(store, a_record("tmp_2"))
        assert len(view.order_keys(OrderFilter())) == 1
    with store.read() as view:
        assert len(view.order_keys(OrderFilter())) == 2


def test_a_write_sees_its_own_changes(store: OrderStore) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
        tx.add_operation(an_operation())
        [row] = tx.first_order_rows(OrderFilter(text="kettle"), 5)
        assert row.unsent == 1
        assert list(tx.order_keys(OrderFilter())) == [row.key]


def test_a_page_names_the_known_orders_whose_work_order_it_changed(store: OrderStore) -> None:
    first = pull(store, pulled("s1", work_order={"number": "W1"}), pulled("s2"), pulled("s3"))
    second = pull(
        store,
        pulled("s1", work_order={"number": "W2"}),
        pulled("s2", work_order={"number": "W3"}),
        pulled("s3", title="Lamp"),
    )
    third = pull(store, pulled("s1"), pulled("s2", title="Lamp", work_order={"number": "W3"}))

    assert [one.work_orders for one in (first, second, third)] == [frozenset(), {"s1", "s2"}, {"s1"}]


@pytest.mark.parametrize("text", ["W-7788", "7788", "po-5", "140004"])
def test_an_order_is_found_by_the_numbers_of_its_work_order(store: OrderStore, text: str) -> None:
    numbers = {"number": "W-7788", "purchase_number": "PO-5", "work_order_id": 140004}
    pull(store, pulled("s1", work_order=numbers), pulled("s2", work_order={"trade": "HVAC"}), pulled("s3"))

    assert [one.order_id for one in rows(store, text=text)] == ["s1"]
