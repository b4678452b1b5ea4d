"""A person decides about operations; bytes that have been sent never change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from techdesk.application.accounts import Profile
from techdesk.application.outbox import Clash, FrozenRequest, Operation, OpState, Verb, support_code
from techdesk.application.phrases import what
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.unsent.deciding import Decided
from techdesk.application.unsent.outbox_list import SETTLED_SHOWN, OutboxAction, outbox_entries, outbox_list
from techdesk.domain.errors import InvalidInputError, InvalidTextError, NotAllowedError, NotFoundError
from techdesk.domain.events import OtherEvent, ProductDiagnosed
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING, FakeClock, an_order, commands_over, put_order, put_part


def operations(store: OrderStore) -> list[Operation]:
    with store.read() as view:
        return view.operations()


def last(store: OrderStore) -> Operation:
    return max(operations(store), key=lambda one: one.seq)


def title_of(store: OrderStore, order_id: str = "so-1") -> str | None:
    with store.read() as view:
        record = view.record("a1", RecordType.ORDER, order_id)
        return record.view.get("title") if record else None


def walk(store: OrderStore, *states: OpState) -> Operation:
    """Lead the last operation through the states an attempt would."""
    operation = last(store)
    for state in states:
        request = FrozenRequest(method="PUT", path="/x", body=b"{}")
        operation = replace(operation, state=state, attempts=1, request=request, first_sent_at=MORNING)
        with store.write(Urgency.BACKGROUND) as tx:
            tx.save_operation(operation)
    return operation


def refused(store: OrderStore) -> Operation:
    return walk(store, OpState.INFLIGHT, OpState.REJECTED)


def in_conflict(store: OrderStore, **theirs: str) -> Operation:
    operation = walk(store, OpState.INFLIGHT, OpState.CONFLICT)
    with store.write(Urgency.BACKGROUND) as tx:
        record = tx.record("a1", RecordType.ORDER, "so-1")
        assert record is not None
        assert record.base is not None
        tx.save_record(replace(record, base={**record.base, **theirs}))
        rows = [
            Clash(op_id=operation.op_id, field=name, base="No power", mine=operation.intent[name], theirs=text)
            for name, text in theirs.items()
        ]
        tx.save_clashes(operation.op_id, rows)
    return operation


def test_trying_again_a_waiting_operation_only_ends_its_wait(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_operation(replace(last(store), not_before=MORNING))
    commands.outbox.retry(last(store).op_id)
    (operation,) = operations(store)
    assert operation.not_before is None


def test_trying_again_what_was_refused_is_a_new_operation_in_the_same_place(store, commands):
    order = put_order(store)
    commands.change_order(order, {"title": "A"}, {"title": "No power"})
    old = refused(store)
    commands.record_event(order, OtherEvent(event="later"))
    commands.outbox.retry(old.op_id)
    first, second, later = operations(store)
    assert (first.state, first.request) == (OpState.CANCELLED, old.request)
    assert (second.replaces, second.position, second.request) == (old.op_id, old.position, None)
    assert second.op_id != old.op_id
    assert later.position > second.position


@pytest.mark.parametrize("states", [(OpState.INFLIGHT, OpState.CONFLICT), (OpState.INFLIGHT, OpState.DONE)])
def test_what_is_in_conflict_or_done_cannot_simply_be_tried_again(store, commands, states):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    operation = walk(store, *states)
    with pytest.raises(NotAllowedError):
        commands.outbox.retry(operation.op_id)


def test_an_operation_that_is_not_here_is_named_so(commands):
    with pytest.raises(NotFoundError):
        commands.outbox.retry("0190f3e2-0000-7000-8000-00000000ffff")


def test_an_unsent_change_is_edited_in_place(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    commands.outbox.edit(last(store).op_id, {"title": "B"})
    (operation,) = operations(store)
    assert operation.intent == {"title": "B"}
    assert title_of(store) == "B"


def test_an_unsent_change_edited_back_is_withdrawn(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    commands.outbox.edit(last(store).op_id, {"title": "No power"})
    (operation,) = operations(store)
    assert operation.state is OpState.CANCELLED
    assert title_of(store) == "No power"


def test_a_refused_change_is_edited_into_a_successor(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    old = refused(store)
    commands.outbox.edit(old.op_id, {"title": "B"})
    assert last(store).intent == {"title": "B"}
    assert last(store).base == {"title": "No power"}
    assert title_of(store) == "B"


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_field_that_an_edit_adds_is_compared_with_what_the_person_saw_in_it(store, commands, is_refused):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    op_id = refused(store).op_id if is_refused else last(store).op_id
    commands.outbox.edit(op_id, {"description": "Sparks", "location_label": "A1"})
    assert last(store).intent == {"title": "A", "description": "Sparks", "location_label": "A1"}
    assert last(store).base == {"title": "No power", "description": "Dead after a thunderstorm"}


def test_an_edited_creation_is_compared_with_nothing(store, commands):
    commands.add_item(put_order(store), Item(name="Fuse"))
    commands.outbox.edit(refused(store).op_id, {"name": "Fuse 5 A", "note": "slow"})
    assert (last(store).intent["name"], last(store).intent["note"], last(store).base) == ("Fuse 5 A", "slow", {})


def test_an_edited_creation_says_nothing_of_what_is_empty_now(store, commands):
    commands.add_item(put_order(store), Item(name="Fuse", note="slow"))
    commands.outbox.edit(refused(store).op_id, {"note": ""})
    assert "note" not in last(store).intent


def test_what_is_on_its_way_is_neither_edited_nor_discarded(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    operation = walk(store, OpState.INFLIGHT)
    with pytest.raises(NotAllowedError, match="on its way"):
        commands.outbox.edit(operation.op_id, {"title": "B"})
    with pytest.raises(NotAllowedError, match="on its way"):
        commands.outbox.discard(operation.op_id)


@pytest.mark.parametrize(
    ("state", "words"), [(OpState.DONE, "confirmed"), (OpState.CANCELLED, "withdrawn or replaced")]
)
def test_what_is_settled_is_told_as_such_whatever_is_decided_about_it(store, commands, state, words):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    op_id = walk(store, OpState.INFLIGHT, state).op_id
    outbox = commands.outbox
    decisions = [outbox.retry, outbox.discard, outbox.it_arrived, outbox.send_again]
    decisions += [partial(outbox.edit, intent={"title": "B"}), partial(outbox.settle_clashes, choices={})]
    for decide in decisions:
        with pytest.raises(NotAllowedError, match=words):
            decide(op_id)
    assert [one.state for one in operations(store)] == [state]


def test_a_discarded_change_shows_the_servers_value_again_and_keeps_its_content(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    commands.outbox.discard(refused(store).op_id)
    (operation,) = operations(store)
    assert (operation.state, operation.intent) == (OpState.CANCELLED, {"title": "A"})
    assert title_of(store) == "No power"


def test_a_discarded_event_is_gone_from_the_screen(store, commands):
    order = put_order(store)
    commands.record_event(order, OtherEvent(event="x"))
    commands.outbox.discard(last(store).op_id)
    with store.read() as view:
        assert view.parts("a1", order.order_id) == []


def test_discarding_a_removal_brings_the_record_back(store, commands):
    order = put_order(store)
    put_part(store, order, Item(name="Fuse"), record_type=RecordType.ITEM, server_id="i1")
    commands.remove(order, RecordType.ITEM, "i1")
    commands.outbox.discard(last(store).op_id)
    with store.read() as view:
        assert [one.view["name"] for one in view.parts("a1", order.order_id)] == ["Fuse"]


def test_an_order_with_unsent_work_on_it_is_not_discarded(store, commands):
    (order_id,) = commands.create_order("a1", Order(title="x", service_type_uid="t")).orders
    made = last(store)
    commands.record_event(type(put_order(store))("a1", order_id), OtherEvent(event="x"))
    with pytest.raises(NotAllowedError, match="Other unsent work"):
        commands.outbox.discard(made.op_id)
    commands.outbox.discard(last(store).op_id)
    commands.outbox.discard(made.op_id)
    assert title_of(store, order_id) is None


def test_discarding_a_new_record_withdraws_its_later_changes_too(store, commands):
    order = put_order(store)
    commands.add_item(order, Item(name="Fuse"))
    made = refused(store)
    commands.change_item(order, made.record_id, {"quantity": "2"}, made.intent)
    commands.outbox.discard(made.op_id)
    assert [one.state for one in operations(store)] == [OpState.CANCELLED, OpState.CANCELLED]


def test_keeping_mine_sends_my_text_over_theirs_knowingly(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    old = in_conflict(store, title="Theirs")
    commands.outbox.settle_clashes(old.op_id, {"title": "mine"})
    assert (last(store).intent, last(store).base) == ({"title": "Mine"}, {"title": "Theirs"})
    assert title_of(store) == "Mine"
    with store.read() as view:
        assert [(one.choice, one.theirs) for one in view.clashes(old.op_id)] == [("mine", "Theirs")]


def test_keeping_theirs_leaves_nothing_to_send(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    commands.outbox.settle_clashes(in_conflict(store, title="Theirs").op_id, {"title": "theirs"})
    (operation,) = operations(store)
    assert operation.state is OpState.CANCELLED
    assert title_of(store) == "Theirs"


def test_a_text_of_ones_own_goes_out_in_place_of_both(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    old = in_conflict(store, title="Theirs")
    commands.outbox.settle_clashes(old.op_id, {"title": "own"}, Decided(own={"title": "Mine and theirs"}))
    assert (last(store).intent, last(store).base) == ({"title": "Mine and theirs"}, {"title": "Theirs"})
    assert title_of(store) == "Mine and theirs"
    with store.read() as view:
        (clash,) = view.clashes(old.op_id)
    assert (clash.choice, clash.mine, clash.theirs) == ("own", "Mine", "Theirs")


def test_a_text_of_ones_own_must_be_there_and_one_that_can_be_stored(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    old = in_conflict(store, title="Theirs")
    for decided, error in ((Decided(), InvalidInputError), (Decided(own={"title": "a\0b"}), InvalidTextError)):
        with pytest.raises(error):
            commands.outbox.settle_clashes(old.op_id, {"title": "own"}, decided)
    assert last(store).state is OpState.CONFLICT


def test_mine_stands_on_what_the_person_saw_where_that_was_newer_than_the_conflict(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    old = in_conflict(store, title="Theirs")
    commands.outbox.settle_clashes(old.op_id, {"title": "mine"}, Decided(seen={"title": "Theirs, later"}))
    assert last(store).base == {"title": "Theirs, later"}
    with store.read() as view:
        assert [one.theirs for one in view.clashes(old.op_id)] == ["Theirs, later"]


def test_what_follows_a_field_is_dropped_with_it(store, commands):
    mine = {"service_status_uid": "s-work", "service_status_name": "In repair", "title": "Mine"}
    commands.change_order(put_order(store), mine, {"service_status_uid": "s-new", "title": "No power"})
    old = in_conflict(store, service_status_uid="s-done", title="Theirs")
    commands.outbox.settle_clashes(old.op_id, {"service_status_uid": "theirs", "title": "mine"})
    assert last(store).intent == {"title": "Mine"}


def test_every_field_in_conflict_needs_a_choice(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    with pytest.raises(InvalidInputError) as asked:
        commands.outbox.settle_clashes(in_conflict(store, title="Theirs").op_id, {})
    assert asked.value.field == "title"
    with pytest.raises(NotAllowedError, match="not in conflict"):
        commands.change_order(put_order(store, server_id="so-2"), {"title": "B"}, {})
        commands.outbox.settle_clashes(last(store).op_id, {})


def test_a_person_who_found_it_at_the_server_confirms_it(store, commands):
    order = put_order(store)
    commands.record_event(order, OtherEvent(event="x"))
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    commands.outbox.it_arrived(operation.op_id)
    assert last(store).state is OpState.DONE
    with store.read() as view:
        assert view.parts("a1", order.order_id) == []


def test_where_nothing_can_be_read_what_a_person_found_stays_as_it_was_sent(store):
    commands = commands_over(store, FakeClock(), Profile(orders_are_followed=True))
    order = put_order(store)
    commands.record_event(order, OtherEvent(event="x"))
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    commands.outbox.it_arrived(operation.op_id)
    assert last(store).state is OpState.DONE
    with store.read() as view:
        (event,) = view.parts("a1", order.order_id)
    assert event.base == event.view
    assert event.view["event_type"] == "x"


def test_where_nothing_can_be_read_an_acceptance_that_a_person_found_holds(store):
    commands = commands_over(store, FakeClock(), Profile(orders_are_followed=True))
    commands.accept(put_order(store, an_order(requires_acceptance=True, accepted_at=None)), accepted=True)
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    commands.outbox.it_arrived(operation.op_id)
    with store.read() as view:
        record = view.record("a1", RecordType.ORDER, operation.record_id)
    assert record is not None
    assert record.base is not None
    assert record.view["accepted_at"] == record.base["accepted_at"]


def test_what_is_no_longer_here_does_not_come_back_by_what_a_person_found(store):
    commands = commands_over(store, FakeClock(), Profile(orders_are_followed=True))
    commands.record_event(put_order(store), OtherEvent(event="x"))
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    with store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.EVENT, operation.record_id)
    commands.outbox.it_arrived(operation.op_id)
    assert last(store).state is OpState.DONE


def test_a_change_found_at_the_server_leaves_the_record_alone(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    commands.outbox.it_arrived(operation.op_id)
    assert last(store).state is OpState.DONE
    assert title_of(store) is not None


def test_a_person_who_did_not_find_it_sends_it_again_under_a_new_key(store, commands):
    commands.record_event(put_order(store), OtherEvent(event="x"))
    operation = walk(store, OpState.INFLIGHT, OpState.AMBIGUOUS, OpState.NEEDS_CHECK)
    commands.outbox.send_again(operation.op_id)
    assert last(store).replaces == operation.op_id
    with pytest.raises(NotAllowedError, match="wait for a check"):
        commands.outbox.send_again(last(store).op_id)


def test_the_outbox_says_in_words_what_each_operation_is(store, commands):
    order = put_order(store)
    commands.record_event(order, ProductDiagnosed(diagnosed_by="Kim"))
    commands.add_item(order, Item(name="Fuse"))
    commands.change_order(order, {"title": "A"}, {"title": "No power"})
    commands.accept(order, accepted=False, reason="no")
    commands.accept(order, accepted=True)
    with store.read() as view:
        entries = outbox_list(view)
    assert [one.what for one in entries] == [
        "Product diagnosed",
        "Item added: Fuse",
        "Order changed: A",
        "Order declined",
        "Order accepted",
    ]
    assert {one.words for one in entries} == {"Saved here"}
    assert entries[0].number == "10042"
    assert OutboxAction.EDIT in entries[0].actions
    assert len(entries[0].operation.support_code) == 6


def test_a_conflict_offers_its_fields_and_a_sent_one_only_waits(store, commands):
    commands.change_order(put_order(store), {"title": "Mine"}, {"title": "No power"})
    in_conflict(store, title="Theirs")
    commands.add_item(put_order(store, server_id="so-2"), Item(name="x"))
    walk(store, OpState.INFLIGHT)
    with store.read() as view:
        conflict, sending = outbox_list(view, "a1")
    assert [one.field for one in conflict.clashes] == ["title"]
    assert OutboxAction.CHOOSE in conflict.actions
    assert sending.actions == (OutboxAction.COPY,)


def test_discarding_work_on_a_record_that_is_gone_needs_no_record(store, commands):
    commands.change_order(put_order(store), {"title": "A"}, {"title": "No power"})
    operation = refused(store)
    with store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, "so-1")
    commands.outbox.discard(operation.op_id)
    assert last(store).state is OpState.CANCELLED


def test_a_state_that_waits_for_a_person_says_so():
    assert OpState.CONFLICT.needs_person
    assert not OpState.QUEUED.needs_person


def test_a_removed_record_is_called_removed_and_a_custom_event_by_its_name():
    made = Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o",
        record_type=RecordType.HOURS,
        record_id="h",
        verb=Verb.DELETE,
        intent={},
        created_at=MORNING,
    )
    assert what(made) == "Hours removed"
    custom = replace(made, record_type=RecordType.EVENT, verb=Verb.CREATE, intent={"event_type": "loaner_given"})
    assert what(custom) == "Loaner given"


def test_a_support_code_is_the_end_of_the_id_in_letters_nobody_mistakes():
    assert support_code("0190f3e2-0000-7000-8000-00003fffffff") == "ZZZZZZ"
    assert support_code("0190f3e2-0000-7000-8000-000000000021") == "000011"


def test_what_was_withdrawn_is_listed_the_latest_first_without_what_goes_on_under_another_id(store):
    clock = FakeClock()
    commands = commands_over(store, clock)
    ref = put_order(store)
    commands.change_orders([ref], {"title": "First"})
    refused(store)
    commands.outbox.retry(last(store).op_id)
    commands.outbox.discard(last(store).op_id)
    clock.advance(60)
    commands.record_event(ref, OtherEvent(event="called"))
    commands.outbox.discard(last(store).op_id)
    with store.read() as view:
        listed = outbox_entries(view, view.settled_ids(OpState.CANCELLED, SETTLED_SHOWN))
    assert [(one.what, one.words) for one in listed] == [("Called", "Withdrawn"), ("Order changed: First", "Withdrawn")]
    assert {one.actions for one in listed} == {(OutboxAction.COPY,)}


def test_a_text_that_nothing_can_store_is_not_taken_into_work_either(store, commands):
    order = put_order(store)
    op_id = commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse")).op_ids[0]
    with pytest.raises(InvalidTextError):
        commands.outbox.edit(op_id, {"notes": "half \ud800"})
