"""What a person changes is on this computer at once, together with the operation that will send it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from techdesk.application.accounts import Deed, Profile
from techdesk.application.commands import Commands
from techdesk.application.outbox import Operation, OpState, OrderRef, Verb
from techdesk.application.ports import OrderStore, Urgency
from techdesk.domain.errors import (
    InvalidInputError,
    InvalidTextError,
    NotAcceptedError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    OrderClosedError,
    RecordGoneError,
    RemovalRefusedError,
    WrongServiceTypeError,
)
from techdesk.domain.events import OtherEvent, ProductDiagnosed, RepairEta, Resolved
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordedEvent, RecordType
from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from tests.support.builders import (
    MORNING,
    FakeClock,
    an_account,
    an_order,
    commands_over,
    put_order,
    put_part,
)
from tests.support.outbox_states import put_in_state


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def commands(store, clock) -> Commands:
    return commands_over(store, clock)


def operations(store: OrderStore, **wanted) -> list[Operation]:
    with store.read() as view:
        return view.operations(**wanted)


def only_operation(store: OrderStore) -> Operation:
    (operation,) = operations(store)
    return operation


def test_a_recorded_event_is_shown_at_once_and_queued_in_the_same_step(store, clock, commands):
    order = put_order(store)
    event = ProductDiagnosed(diagnosed_by="Kim", diagnostic_explanation="Blown fuse", notes="smells")
    changes = commands.record_event(order, event)
    operation = only_operation(store)
    assert changes.op_ids == (operation.op_id,)
    assert (operation.state, operation.verb, operation.record_type) == (OpState.QUEUED, Verb.CREATE, RecordType.EVENT)
    with store.read() as view:
        (shown,) = view.parts("a1", order.order_id, RecordType.EVENT)
    assert shown.view["event_type"] == "product_diagnosed"
    assert shown.view["data"] == {"diagnosedBy": "Kim", "diagnosticExplanation": "Blown fuse"}
    assert shown.view["tenant_user_uid"] == "u-kim"
    assert shown.record_id.startswith("tmp_")


def test_an_event_happened_at_its_own_date_else_now(store, clock, commands):
    order = put_order(store)
    commands.record_event(order, ProductDiagnosed(diagnostic_completed_at=MORNING - timedelta(hours=3)))
    commands.record_event(order, RepairEta(estimated_repair_completion_at=MORNING + timedelta(days=9)))
    occurred = [one.intent["occurred_at"] for one in operations(store)]
    assert occurred == ["2026-06-01T06:12:00.000Z", "2026-06-01T09:12:00.000Z"]


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (an_order(service_state=ServiceState.CLOSED), OrderClosedError),
        (an_order(service_state=ServiceState.CANCELLED), OrderClosedError),
        (an_order(requires_acceptance=True), NotAcceptedError),
    ],
)
def test_an_order_that_takes_no_events_refuses_before_anything_is_saved(store, commands, order, refusal):
    ref = put_order(store, order)
    with pytest.raises(refusal):
        commands.record_event(ref, OtherEvent(event="anything"))
    assert operations(store) == []


def test_an_onsite_event_is_refused_on_a_depot_order(store, commands):
    with pytest.raises(WrongServiceTypeError, match="onsite"):
        commands.record_event(put_order(store), Resolved(reason="done"))


def test_lists_are_checked_and_kept(store, commands):
    order = put_order(store)
    commands.change_order(order, {"assets": [{"maker": "Aurora"}]}, {})
    assert only_operation(store).intent == {"assets": [{"maker": "Aurora"}]}


def test_text_that_cannot_be_stored_is_refused_before_anything_is_saved(store, commands):
    order = put_order(store)
    with pytest.raises(InvalidTextError):
        commands.record_event(order, OtherEvent(event="x", notes="\ud800"))
    with pytest.raises(InvalidTextError):
        commands.change_order(order, {"title": "a\0"}, {})
    assert operations(store) == []


def test_a_system_without_a_record_type_says_why(store, clock):
    profile = Profile(refusals={Deed(RecordType.EVENT, Verb.CREATE): "This system has no events"})
    commands = commands_over(store, clock, profile)
    with pytest.raises(NotSupportedError, match="has no events"):
        commands.record_event(put_order(store), OtherEvent(event="x"))


def test_what_a_system_cannot_do_is_known_before_anybody_tries(store, clock):
    profile = Profile(refusals={Deed(RecordType.EVENT, Verb.CREATE): "No events here"})
    commands = commands_over(store, clock, profile)
    assert "No events here" in commands.why_not("a1", RecordType.EVENT)
    assert commands.why_not("a1", RecordType.ITEM) == ""


def test_a_field_that_cannot_be_set_has_its_own_reason_unless_nothing_of_an_order_can(store, clock):
    commands = commands_over(store, clock, Profile(refused_fields={"priority": "It has no priorities"}))
    assert commands.why_not_set("a1", "priority") == "It has no priorities"
    assert commands.why_not_set("a1", "title") == ""
    closed = Profile(refusals={Deed(RecordType.ORDER, Verb.UPDATE): "Orders stay as they are"})
    assert commands_over(store, clock, closed).why_not_set("a1", "priority") == "Orders stay as they are"


def test_an_order_that_is_not_here_and_an_account_that_is_not_here_are_named_so(store, commands):
    with pytest.raises(NotFoundError):
        commands.record_event(OrderRef("a1", "gone"), OtherEvent(event="x"))
    with pytest.raises(NotFoundError, match="account"):
        commands.create_order("a9", Order(title="x", service_type_uid="t"))


def test_a_changed_field_is_queued_with_the_value_the_person_saw(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "No power at all", "priority": "HIGH"}, {"title": "No power"})
    operation = only_operation(store)
    assert operation.intent == {"title": "No power at all", "priority": "HIGH"}
    assert operation.base == {"title": "No power"}


def test_a_change_that_changes_nothing_saves_nothing(store, commands):
    order = put_order(store)
    assert not commands.change_order(order, {"title": "No power", "note": ""}, {"title": "No power"})
    assert operations(store) == []


def test_a_second_change_before_sending_folds_into_the_first(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "A"}, {"title": "No power"})
    commands.change_order(order, {"title": "B"}, {"title": "A"})
    operation = only_operation(store)
    assert (operation.intent, operation.base) == ({"title": "B"}, {"title": "No power"})


def test_a_field_that_was_empty_stays_compared_with_nothing_however_often_it_is_changed(store, commands):
    order = put_order(store)
    commands.change_order(order, {"location_label": "A1"}, {})
    commands.change_order(order, {"location_label": "A2"}, {"location_label": "A1"})
    operation = only_operation(store)
    assert (operation.intent, operation.base) == ({"location_label": "A2"}, {})
    commands.change_order(order, {"location_label": ""}, {"location_label": "A2"})
    assert only_operation(store).state is OpState.CANCELLED


def test_a_change_back_to_what_it_was_withdraws_the_operation(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "A"}, {"title": "No power"})
    commands.change_order(order, {"title": "No power"}, {"title": "A"})
    assert only_operation(store).state is OpState.CANCELLED


def test_a_change_after_an_attempt_is_an_operation_of_its_own(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "A"}, {"title": "No power"})
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_operation(replace(only_operation(store), state=OpState.INFLIGHT, attempts=1))
    commands.change_order(order, {"title": "B"}, {"title": "A"})
    first, second = operations(store)
    assert first.intent == {"title": "A"}
    assert (second.intent, second.base) == ({"title": "B"}, {"title": "A"})


def test_several_orders_change_together_or_not_at_all(store, commands):
    one, other = put_order(store, server_id="so-1"), put_order(store, server_id="so-2")
    closed = put_order(store, an_order(service_state=ServiceState.CLOSED), server_id="so-3")
    number = an_order().service_number
    with pytest.raises(NotAllowedError, match=f"^{number}: This order is closed. None of the orders was changed"):
        commands.change_orders([one, other, closed], {"priority": "LOW"})
    with pytest.raises(OrderClosedError):
        commands.change_orders([closed], {"priority": "LOW"})
    assert operations(store) == []
    assert commands.change_orders([one, other], {"priority": "LOW"}).orders == {"so-1", "so-2"}
    assert len(operations(store)) == 2


def test_a_technician_takes_work_but_does_not_hand_it_out(store, commands):
    order = put_order(store)
    commands.change_order(order, {"assigned_user_uid": "u-kim"}, {})
    with pytest.raises(NotAllowedError, match="supervisor"):
        commands.change_order(order, {"assigned_user_uid": "u-else"}, {})


def test_a_supervisor_reopens_a_closed_order(store, commands):
    order = put_order(store, an_order(service_state=ServiceState.CLOSED))
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(role=Role.SUPERVISOR))
    assert commands.change_order(order, {"service_status_uid": "s-new"}, {})


def test_an_item_needs_a_name_and_an_open_order(store, commands):
    with pytest.raises(InvalidInputError, match="name"):
        commands.add_item(put_order(store), Item(name="  "))
    with pytest.raises(OrderClosedError):
        commands.add_item(put_order(store, an_order(service_state=ServiceState.CLOSED)), Item(name="Fuse"))


def test_an_added_item_can_be_changed_before_it_is_sent(store, commands):
    order = put_order(store)
    commands.add_item(order, Item(name="Fuse", price=Money(Decimal("2.50"), "NOK")))
    item_id = only_operation(store).record_id
    commands.change_item(order, item_id, {"quantity": "3"}, {"quantity": "1"})
    operation = only_operation(store)
    assert operation.verb is Verb.CREATE
    assert (operation.intent["name"], operation.intent["quantity"]) == ("Fuse", "3")


def test_a_billed_item_no_longer_changes(store, commands):
    order = put_order(store)
    put_part(store, order, Item(name="Fuse", sales_order_uid="b1"), record_type=RecordType.ITEM, server_id="i1")
    with pytest.raises(NotAllowedError, match="bill"):
        commands.change_item(order, "i1", {"quantity": "3"}, {"quantity": "1"})


def test_the_minutes_of_an_entry_follow_from_its_times(store, commands):
    order = put_order(store)
    commands.add_hours(order, HoursEntry(started_at=MORNING, ended_at=MORNING + timedelta(minutes=45)))
    operation = only_operation(store)
    assert operation.intent["minutes"] == 45
    assert operation.intent["tenant_user_uid"] == "u-kim"
    seen = operation.intent
    commands.change_hours(order, operation.record_id, {"ended_at": "2026-06-01T10:42:00.000Z"}, seen)
    assert only_operation(store).intent["minutes"] == 90
    commands.change_hours(order, operation.record_id, {"note": "lunch"}, seen)
    assert only_operation(store).intent["note"] == "lunch"
    with pytest.raises(InvalidInputError, match="before the start"):
        commands.change_hours(order, operation.record_id, {"ended_at": "2026-06-01T08:00:00.000Z"}, seen)


def test_hours_without_an_end_are_kept_as_they_are(store, commands):
    commands.add_hours(put_order(store), HoursEntry(started_at=MORNING, minutes=30))
    assert only_operation(store).intent["minutes"] == 30


def test_a_technician_does_not_change_what_somebody_else_entered(store, commands):
    order = put_order(store)
    theirs = RecordedEvent(event_type="x", tenant_user_uid="u-else")
    put_part(store, order, theirs, record_type=RecordType.EVENT, server_id="e1")
    with store.write(Urgency.BACKGROUND) as tx:
        record = tx.record("a1", RecordType.EVENT, "e1")
        assert record is not None
        tx.save_record(replace(record, view={"event_type": "x", "tenant_user_uid": "u-else"}))
    with pytest.raises(NotAllowedError, match="somebody else"):
        commands.remove(order, RecordType.EVENT, "e1")


def test_an_own_event_can_be_changed_with_its_date(store, commands):
    order = put_order(store)
    commands.record_event(order, ProductDiagnosed(diagnosed_by="Kim"))
    made = only_operation(store)
    better = ProductDiagnosed(diagnosed_by="Kim", diagnostic_completed_at=MORNING, notes="again")
    commands.change_event(order, made.record_id, better, made.intent)
    folded = only_operation(store)
    assert folded.intent["notes"] == "again"
    assert folded.intent["occurred_at"] == "2026-06-01T09:12:00.000Z"
    commands.change_event(order, made.record_id, RepairEta(is_delayed=True), folded.intent)
    assert only_operation(store).intent["data"] == {"isDelayed": True}


def test_a_new_order_needs_a_title_and_a_type_and_is_its_own_lane(store, commands):
    with pytest.raises(InvalidInputError, match="title"):
        commands.create_order("a1", Order(service_type_uid="t"))
    with pytest.raises(InvalidInputError, match="service type"):
        commands.create_order("a1", Order(title="x"))
    changes = commands.create_order("a1", Order(title="Cracked screen", service_type_uid="t-depot"))
    operation = only_operation(store)
    assert operation.order_id == operation.record_id
    assert changes.orders == {operation.order_id}
    commands.record_event(OrderRef("a1", operation.order_id), OtherEvent(event="note"))
    assert operations(store)[1].order_id == operation.order_id


def test_what_never_left_this_computer_is_withdrawn_without_a_trace_on_the_screen(store, commands):
    order = put_order(store)
    commands.add_item(order, Item(name="Fuse"))
    made = only_operation(store)
    commands.change_item(order, made.record_id, {"quantity": "2"}, made.intent)
    commands.remove(order, RecordType.ITEM, made.record_id)
    assert only_operation(store).state is OpState.CANCELLED
    with store.read() as view:
        assert view.parts("a1", order.order_id) == []
    with pytest.raises(NotFoundError):
        commands.remove(order, RecordType.ITEM, made.record_id)


def test_an_order_that_never_left_is_withdrawn_but_not_from_under_other_unsent_work(store, commands):
    commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    order = OrderRef("a1", only_operation(store).order_id)
    commands.record_event(order, OtherEvent(event="note"))
    made, event = operations(store)
    with pytest.raises(NotAllowedError, match="Other unsent work"):
        commands.remove(order, RecordType.ORDER, order.order_id)
    assert [one.state for one in operations(store)] == [OpState.QUEUED, OpState.QUEUED]
    commands.remove(order, RecordType.EVENT, event.record_id)
    commands.remove(order, RecordType.ORDER, order.order_id)
    assert {one.op_id: one.state for one in operations(store)} == dict.fromkeys(
        (made.op_id, event.op_id), OpState.CANCELLED
    )
    with store.read() as view:
        assert view.record("a1", RecordType.ORDER, order.order_id) is None


def test_hours_that_are_changed_before_they_are_sent_stay_one_entry(store, clock, commands):
    order = put_order(store)
    commands.add_hours(order, HoursEntry(started_at=clock.now(), minutes=30, note="Drive"))
    made = only_operation(store)
    commands.change_hours(order, made.record_id, {"minutes": 45}, made.intent)
    folded = only_operation(store)
    assert (folded.verb, folded.op_id) == (Verb.CREATE, made.op_id)
    assert (folded.intent["minutes"], folded.intent["note"]) == (45, "Drive")


def test_the_same_event_twice_stays_two_events(store, commands):
    order = put_order(store)
    for _ in range(2):
        commands.record_event(order, OtherEvent(event="note"))
    first, second = operations(store)
    assert first.record_id != second.record_id
    assert [one.verb for one in (first, second)] == [Verb.CREATE, Verb.CREATE]


def test_a_removal_never_takes_back_what_may_have_arrived(store, commands):
    order = put_order(store)
    commands.add_item(order, Item(name="Fuse"))
    made = only_operation(store)
    store.tables.operations[made.op_id] = replace(made, state=OpState.INFLIGHT, attempts=1)
    commands.change_item(order, made.record_id, {"quantity": "2"}, made.intent)
    commands.remove(order, RecordType.ITEM, made.record_id)
    assert [(one.verb, one.state) for one in operations(store)] == [
        (Verb.CREATE, OpState.INFLIGHT),
        (Verb.UPDATE, OpState.CANCELLED),
        (Verb.DELETE, OpState.QUEUED),
    ]


def test_what_the_server_has_is_removed_there_and_hidden_here(store, commands):
    order = put_order(store)
    put_part(store, order, Item(name="Fuse"), record_type=RecordType.ITEM, server_id="i1")
    commands.change_item(order, "i1", {"quantity": "3"}, {"quantity": "1"})
    commands.remove(order, RecordType.ITEM, "i1")
    changed, removed = operations(store)
    assert changed.state is OpState.CANCELLED
    assert (removed.verb, removed.state) == (Verb.DELETE, OpState.QUEUED)
    with store.read() as view:
        assert view.parts("a1", order.order_id) == []


@pytest.mark.parametrize("state", [OpState.REJECTED, OpState.CONFLICT])
def test_what_the_server_did_not_remove_says_where_to_decide_to_who_works_on_it(store, commands, state):
    order = put_order(store)
    (op_id,) = commands.remove(order, RecordType.ORDER, order.order_id).op_ids
    with pytest.raises(RecordGoneError) as under_way:
        commands.record_event(order, ProductDiagnosed())
    assert not isinstance(under_way.value, RemovalRefusedError)
    put_in_state(store, op_id, state, "It has a bill")
    with pytest.raises(RemovalRefusedError, match="the server kept it"):
        commands.record_event(order, ProductDiagnosed())


def test_a_removal_is_not_made_over_what_ones_own_unsent_text_hid(store, commands):
    order = put_order(store)
    put_part(store, order, Item(name="Fuse"), record_type=RecordType.ITEM, server_id="i1")
    commands.change_item(order, "i1", {"note": "mine"}, {})
    with store.write(Urgency.BACKGROUND) as tx:
        record = tx.record("a1", RecordType.ITEM, "i1")
        tx.save_record(replace(record, base={**record.base, "note": "theirs", "quantity": "2"}))
    commands.remove(order, RecordType.ITEM, "i1")
    removed = operations(store)[-1]
    assert (removed.base.get("note"), removed.base["quantity"]) == (None, "2")


def test_accepting_an_order_opens_it_for_events_at_once(store, commands):
    order = put_order(store, an_order(requires_acceptance=True))
    commands.accept(order, accepted=True)
    commands.record_event(order, OtherEvent(event="x"))
    accept, _ = operations(store)
    assert accept.verb is Verb.ACCEPT
    assert accept.intent["accepted"] is True


def test_notes_go_along_with_an_acceptance_and_are_no_part_of_the_order(store, commands):
    order = put_order(store, an_order(requires_acceptance=True))
    commands.accept(order, accepted=False, reason="No parts", notes="Until March")
    assert only_operation(store).intent["notes"] == "Until March"
    with store.read() as view:
        kept = view.record(order.account_id, RecordType.ORDER, order.order_id)
    assert kept.view["reason"] == "No parts"
    assert "notes" not in kept.view
    assert not commands.takes_acceptance_notes(order.account_id)


def test_declining_an_order_keeps_the_reason(store, commands):
    order = put_order(store, an_order(requires_acceptance=True))
    commands.accept(order, accepted=False, reason="No parts for this model")
    operation = only_operation(store)
    assert (operation.intent["accepted"], operation.intent["reason"]) == (False, "No parts for this model")
    with pytest.raises(NotAcceptedError):
        commands.record_event(order, OtherEvent(event="x"))


def test_one_timer_runs_at_a_time_and_its_hours_are_recorded_once(store, clock, commands):
    order = put_order(store)
    with pytest.raises(NotAllowedError, match="No timer"):
        commands.timer.stop()
    assert commands.timer.running() is None
    commands.timer.start(order)
    with pytest.raises(NotAllowedError, match="already running"):
        commands.timer.start(order)
    running = commands.timer.running()
    assert running is not None
    assert (running.order, running.started_at) == (order, MORNING)
    clock.advance(25 * 60)
    commands.timer.stop("bench", billable=False, rate="h-1")
    assert commands.timer.running() is None
    intent = only_operation(store).intent
    assert (intent["minutes"], intent["note"], intent["billable"]) == (25, "bench", False)
    assert intent["hourly_rate_uid"] == "h-1"


def test_a_timer_whose_hours_cannot_be_saved_goes_on_running(store, commands):
    order = put_order(store)
    commands.timer.start(order)
    put_order(store, an_order(service_state=ServiceState.CLOSED))
    with pytest.raises(OrderClosedError):
        commands.timer.stop()
    assert commands.timer.running() is not None


def test_a_discarded_timer_records_nothing(store, commands):
    order = put_order(store)
    assert not commands.timer.discard()
    commands.timer.start(order)
    assert commands.timer.discard().orders == {order.order_id}
    assert operations(store) == []
