"""One order as the screen shows it, and the views of the sidebar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from techdesk.application.changes import Changes
from techdesk.application.editing.order_history import Fate
from techdesk.application.editing.rules import reason_against, reason_against_work
from techdesk.application.order_detail import hours_with_prices, items_with_totals, order_detail
from techdesk.application.outbox import Clash, OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.views import SAVED_VIEWS, Today
from techdesk.domain.errors import NotFoundError
from techdesk.domain.events import OtherEvent
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.orders import Order, Totals
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from tests.support.builders import MORNING, FakeClock, an_order, commands_over, put_order, put_part
from tests.support.outbox_states import put_in_state


def nok(amount: str) -> Money:
    return Money(Decimal(amount), "NOK")


def detail(store, ref):
    with store.read() as view:
        return order_detail(view, ref)


def test_what_an_account_lists_for_a_field_of_events_is_offered_in_its_order(store, commands):
    ref = put_order(store)
    assert detail(store, ref).choices.offered == {"resolution_reasons": [], "resolution_types": []}
    with store.write(Urgency.PERSON) as tx:
        tx.save_references(ref.account_id, "resolution_types", [{"name": "Replaced"}, {"name": "Repaired"}])
    assert detail(store, ref).choices.offered["resolution_types"] == ["Replaced", "Repaired"]


def test_an_order_is_read_whole_with_the_state_of_each_part(store, commands):
    ref = put_order(store)
    put_part(store, ref, Item(name="Fuse", price=nok("2.50")), record_type=RecordType.ITEM, server_id="i1")
    commands.record_event(ref, OtherEvent(event="called"))
    read = detail(store, ref)
    assert [one.value.name for one in read.items] == ["Fuse"]
    assert [(one.value.event_type, one.state) for one in read.events] == [("called", OpState.QUEUED)]
    assert read.items[0].state is None
    assert read.order.items[0].name == "Fuse"
    assert read.account.user_name == "Kim Larsen"
    assert len(read.unsettled) == 1


def test_the_servers_totals_hold_until_something_is_unsent_then_they_follow_at_once(store, commands):
    totals = Totals(parts_total=nok("2.50"), work_total=nok("0.00"), grand_total=nok("2.50"))
    ref = put_order(store, an_order(totals=totals))
    put_part(store, ref, Item(name="Fuse", price=nok("2.50")), record_type=RecordType.ITEM, server_id="i1")
    with store.write(Urgency.BACKGROUND) as tx:
        rates = [
            {"hourly_rate_uid": "r1", "name": "Bench", "price": "600 NOK"},
            {"hourly_rate_uid": "r0", "name": "Old", "price": "1 NOK", "active": False},
        ]
        tx.save_references("a1", "hourly_rates", rates)
    assert detail(store, ref).order.totals == totals
    commands.add_item(ref, Item(name="Board", quantity=Decimal(2), price=nok("100")))
    entry = HoursEntry(started_at=MORNING, ended_at=MORNING + timedelta(minutes=30), hourly_rate_uid="r1")
    commands.add_hours(ref, entry)
    commands.add_hours(ref, replace(entry, billable=False))
    commands.add_hours(ref, replace(entry, hourly_rate_uid=None, price=nok("50")))
    commands.add_item(ref, Item(name="Gift"))
    now = detail(store, ref).order.totals
    assert (now.parts_total, now.work_total, now.grand_total) == (nok("202.50"), nok("350.00"), nok("552.50"))


def test_the_totals_follow_what_is_removed_at_once_too(store, commands):
    totals = Totals(parts_total=nok("102.50"), work_total=nok("0.00"), grand_total=nok("102.50"))
    ref = put_order(store, an_order(totals=totals))
    for name, price in (("Fuse", "2.50"), ("Board", "100")):
        put_part(store, ref, Item(name=name, price=nok(price)), record_type=RecordType.ITEM, server_id=name)
    commands.remove(ref, RecordType.ITEM, "Board")
    read = detail(store, ref)
    assert [one.value.name for one in read.items] == ["Fuse"]
    assert read.order.totals.grand_total == nok("2.50")


@pytest.mark.parametrize("state", [OpState.REJECTED, OpState.CONFLICT])
def test_what_the_server_did_not_remove_is_shown_again_where_it_stood(store, commands, state):
    ref = put_order(store)
    for name, day in (("Board", "2026-06-01"), ("Fuse", "2026-06-02")):
        item = Item(name=name, price=nok("2.50"), created_at=datetime.fromisoformat(f"{day}T08:00:00+00:00"))
        put_part(store, ref, item, record_type=RecordType.ITEM, server_id=name)
    (op_id,) = commands.remove(ref, RecordType.ITEM, "Board").op_ids
    assert [one.value.name for one in detail(store, ref).items] == ["Fuse"]
    put_in_state(store, op_id, state, "It is on a bill")
    board, fuse = detail(store, ref).items
    assert (board.value.name, board.state, board.is_kept_by_server) == ("Board", state, True)
    assert board.reason == "Not removed. It is on a bill"
    assert (fuse.value.name, fuse.reason, fuse.is_kept_by_server) == ("Fuse", "", False)
    assert detail(store, ref).order.totals.parts_total == nok("5.00")
    commands.outbox.discard(op_id)
    assert [(one.value.name, one.state) for one in detail(store, ref).items] == [("Board", None), ("Fuse", None)]


def test_what_may_be_removed_already_stays_hidden(store, commands):
    ref = put_order(store)
    put_part(store, ref, Item(name="Board"), record_type=RecordType.ITEM, server_id="i1")
    (op_id,) = commands.remove(ref, RecordType.ITEM, "i1").op_ids
    put_in_state(store, op_id, OpState.NEEDS_CHECK)
    assert detail(store, ref).items == []


def test_only_active_choices_are_offered_and_statuses_by_position(store, commands):
    ref = put_order(store)
    with store.write(Urgency.BACKGROUND) as tx:
        statuses = [
            {"service_status_uid": "b", "name": "Done", "service_state": "FINISHED", "position": 2},
            {"service_status_uid": "a", "name": "New", "service_state": "NOT_STARTED", "position": 1},
        ]
        tx.save_references("a1", "service_statuses", statuses)
    assert [one.name for one in detail(store, ref).choices.statuses] == ["New", "Done"]


def test_an_order_that_is_not_here_is_named_so(store):
    with pytest.raises(NotFoundError):
        detail(store, OrderRef("a1", "gone"))


def test_the_reason_against_an_event_is_empty_when_it_is_allowed():
    assert reason_against(Order(service_kind=ServiceKind.DEPOT), "repair_started") == ""
    assert "onsite" in reason_against(Order(service_kind=ServiceKind.DEPOT), "resolved")
    assert "closed" in reason_against(Order(service_state=ServiceState.CLOSED), "anything")


def test_the_reason_against_items_and_hours_is_that_the_order_is_closed():
    assert reason_against_work(Order()) == ""
    assert "closed" in reason_against_work(Order(service_state=ServiceState.CANCELLED))


def test_today_is_the_technicians_day():
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    today = Today(now=late, zone=ZoneInfo("Europe/Oslo"), me=frozenset({"u-kim"}))
    wanted = next(one for one in SAVED_VIEWS if one.name == "onsite_today").filter(today)
    assert wanted.appointment_from == datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
    assert wanted.appointment_before == datetime(2026, 6, 2, 22, 0, tzinfo=UTC)


def test_every_saved_view_is_a_filter_with_words_for_an_empty_list():
    today = Today(now=MORNING, zone=UTC, me=frozenset({"u-kim"}))
    filters = {one.name: one.filter(today) for one in SAVED_VIEWS}
    assert list(filters) == ["mine", "depot", "onsite_today", "overdue", "waiting", "unsent", "all"]
    assert filters["mine"].assignee_uids == {"u-kim"}
    assert filters["depot"].kinds == {ServiceKind.DEPOT}
    assert filters["overdue"].due_before == MORNING
    assert ServiceState.FINISHED not in filters["overdue"].states
    assert filters["waiting"].states == {ServiceState.ON_HOLD}
    assert filters["unsent"].unsent
    assert all(one.empty.endswith(".") for one in SAVED_VIEWS)


def test_changes_add_up_and_say_whether_there_are_any():
    both = Changes(orders=frozenset({"a"}), op_ids=("1",)) | Changes(outbox=True, op_ids=("2",))
    assert both == Changes(orders=frozenset({"a"}), outbox=True, op_ids=("1", "2"))
    assert both
    assert not Changes()


def history(store, ref):
    return [(one.fate, one.operation.intent) for one in detail(store, ref).history]


def test_a_discarded_change_stays_in_the_orders_history_with_its_content_and_time(store, commands):
    ref = put_order(store)
    commands.record_event(ref, OtherEvent(event="called", notes="asked for Friday"))
    (operation,) = detail(store, ref).unsettled
    assert detail(store, ref).history == []
    commands.outbox.discard(operation.op_id)
    (past,) = detail(store, ref).history
    assert past.fate is Fate.WITHDRAWN
    assert past.operation.intent["notes"] == "asked for Friday"
    assert past.at == past.operation.done_at


def test_both_texts_of_a_settled_conflict_stay_in_the_history(store, commands):
    ref = put_order(store)
    commands.change_orders([ref], {"title": "Mine"})
    (operation,) = detail(store, ref).unsettled
    clash = Clash(op_id=operation.op_id, field="title", base="Before", mine="Mine", theirs="Theirs")
    put_in_state(store, operation.op_id, OpState.CONFLICT, clashes=[clash])
    assert detail(store, ref).history == []
    commands.outbox.settle_clashes(operation.op_id, {"title": "theirs"})
    (past,) = detail(store, ref).history
    assert past.fate is Fate.OVERRULED
    assert [(one.mine, one.theirs, one.choice) for one in past.clashes] == [("Mine", "Theirs", "theirs")]


def test_a_text_that_was_replaced_stays_in_the_history_and_one_that_is_sent_again_does_not(store, commands):
    ref = put_order(store)
    commands.change_orders([ref], {"title": "First"})
    (operation,) = detail(store, ref).unsettled
    put_in_state(store, operation.op_id, OpState.REJECTED)
    commands.outbox.retry(operation.op_id)
    assert history(store, ref) == []
    (again,) = detail(store, ref).unsettled
    put_in_state(store, again.op_id, OpState.REJECTED)
    commands.outbox.edit(again.op_id, {"title": "Second"})
    assert history(store, ref) == [(Fate.REPLACED, {"title": "First"})]


def test_the_latest_of_the_history_comes_first(store):
    clock = FakeClock()
    commands = commands_over(store, clock)
    ref = put_order(store)
    for title in ("First", "Second"):
        commands.change_orders([ref], {"title": title})
        commands.outbox.discard(detail(store, ref).unsettled[0].op_id)
        clock.advance(60)
    assert [intent["title"] for _, intent in history(store, ref)] == ["Second", "First"]


def test_amounts_are_the_servers_until_something_unsent_makes_them_ours(store, commands):
    ref = put_order(store)
    with store.write(Urgency.BACKGROUND) as tx:
        rate = {"hourly_rate_uid": "h1", "name": "Standard", "price": "600.00 NOK"}
        tx.save_references("a1", "hourly_rates", [rate])
    item = Item(name="Fuse", price=nok("2.50"), total_price=nok("2.40"))
    put_part(store, ref, item, record_type=RecordType.ITEM, server_id="i1")
    entry = HoursEntry(minutes=30, hourly_rate_uid="h1", price=nok("290"), started_at=MORNING)
    put_part(store, ref, entry, record_type=RecordType.HOURS, server_id="w1")
    read = detail(store, ref)
    assert [one.total_price for one in items_with_totals(read)] == [nok("2.4")]
    assert [one.price for one in hours_with_prices(read)] == [nok("290")]

    commands.change_item(ref, "i1", {"quantity": "4"}, read.items[0].document)
    commands.change_hours(ref, "w1", {"note": "Soldered"}, read.hours[0].document)
    changed = detail(store, ref)
    assert [one.total_price for one in items_with_totals(changed)] == [nok("10.00")]
    assert [one.price for one in hours_with_prices(changed)] == [nok("300.00")]
