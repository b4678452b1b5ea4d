"""What goes next in a lane, and what holds it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.exchange import FreezeTarget
from techdesk.application.outbox import Operation, OpState, Outcome, OutcomeClass
from techdesk.application.ports import Urgency
from techdesk.application.sync.lanes import CHANGED_ELSEWHERE, LOOK_FIRST, OVERTAKEN, PARENT_REFUSED, RECORD_GONE
from techdesk.domain.errors import NotSupportedError, OwnIdError
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from tests.support.bench import OFFLINE, REFUSED, UNKNOWN, Bench, describe, diagnose, new_order, retitle
from tests.support.fake_server import KEYED

BLIND = Profile(creates=Dedup.BLIND, late_commit_s=120.0, visibility_lag_s=60.0)


def test_operations_of_an_order_go_out_one_after_the_other(bench):
    order = bench.order()
    first, second = diagnose(bench, order), diagnose(bench, order)
    (sent,) = bench.start()
    assert sent.op_id == first.op_id
    assert bench.start() == []
    bench.answer(sent)
    assert [one.op_id for one in bench.start()] == [second.op_id]


def test_four_orders_go_out_at_once_and_the_fifth_waits(bench):
    for number in range(5):
        diagnose(bench, bench.order(f"so-{number}"))
    sent = bench.start()
    assert len(sent) == 4
    assert bench.start() == []
    bench.answer(sent[0])
    assert len(bench.start()) == 1


def test_the_attempt_is_durable_with_its_bytes_before_it_is_made(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    stored = bench.now(sent)
    assert stored.state is OpState.INFLIGHT
    assert stored.request == sent.request
    assert (stored.attempts, stored.first_sent_at) == (1, bench.clock.now())


def test_a_repeated_attempt_sends_the_same_bytes(bench):
    diagnose(bench, bench.order())
    (first,) = bench.start()
    bench.answer(first, UNKNOWN)
    bench.clock.advance(10)
    (second,) = bench.start()
    assert second.request == first.request
    assert second.attempts == 2
    assert second.first_sent_at == first.first_sent_at


def test_a_deadline_holds_its_lane(bench):
    order = bench.order()
    first = diagnose(bench, order)
    diagnose(bench, order)
    bench.change(first, not_before=bench.clock.now().replace(minute=30))
    assert bench.start() == []
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now().replace(minute=30)
    bench.clock.advance(3600)
    assert [one.op_id for one in bench.start()] == [first.op_id]


def test_an_unknown_outcome_holds_its_lane_until_it_is_tried_again(bench):
    order = bench.order()
    diagnose(bench, order)
    diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    assert bench.start() == []
    bench.clock.advance(3)
    assert [one.op_id for one in bench.start()] == [sent.op_id]


def test_a_refused_operation_does_not_hold_its_lane(bench):
    order = bench.order()
    diagnose(bench, order)
    second = diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, REFUSED)
    assert [one.op_id for one in bench.start()] == [second.op_id]


def test_what_a_person_looks_after_holds_its_lane_as_long_as_it_may_still_arrive():
    bench = Bench(profile=BLIND)
    order = bench.order()
    checked, later = diagnose(bench, order), diagnose(bench, order)
    (sent,) = bench.start()
    clash = Outcome(kind=OutcomeClass.KEY_CLASH, http_status=422, reason="Another text under this key")
    assert bench.answer(sent, clash).state is OpState.NEEDS_CHECK
    bench.clock.advance(179)
    assert bench.start() == []
    bench.clock.advance(1)
    assert [one.op_id for one in bench.start()] == [later.op_id]
    assert bench.now(checked).state is OpState.NEEDS_CHECK


def test_what_was_never_sent_from_here_holds_nothing_while_a_person_looks_after_it(bench):
    order = bench.order()
    restored, later = diagnose(bench, order), diagnose(bench, order)
    bench.change(restored, state=OpState.NEEDS_CHECK)
    assert [one.op_id for one in bench.start()] == [later.op_id]


def test_what_is_about_the_same_record_waits_for_the_person(bench):
    order = bench.order()
    retitle(bench, order, "First")
    (sent,) = bench.start()
    retitle(bench, order, "Second")
    event = diagnose(bench, order)
    bench.answer(sent, REFUSED)
    assert [one.op_id for one in bench.start()] == [event.op_id]
    bench.answer(bench.now(event))
    assert bench.start() == []


def test_parts_of_a_new_order_wait_for_its_server_id_and_never_name_our_own(bench):
    made, order = new_order(bench)
    event = diagnose(bench, order)
    (sent,) = bench.start()
    assert sent.op_id == made.op_id
    assert bench.start() == []
    bench.answer(sent)
    (child,) = bench.start()
    assert child.op_id == event.op_id
    assert "tmp_" not in child.request.path
    assert bench.record(made).server_id in child.request.path


def test_parts_of_a_new_order_wait_while_a_person_looks_for_it(bench):
    made, order = new_order(bench)
    event = diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.change(made, state=OpState.NEEDS_CHECK)
    bench.clock.advance(600)
    assert bench.start() == []
    assert bench.now(event).state is OpState.QUEUED


def test_what_stands_on_a_refused_create_is_refused_with_its_content(bench):
    made, order = new_order(bench)
    event = diagnose(bench, order, "Typed once")
    bench.commands.add_item(order, Item(name="Fuse"))
    item = bench.last()
    (sent,) = bench.start()
    bench.answer(sent, REFUSED)
    assert bench.start() == []
    for child in (event, item):
        assert bench.now(child).state is OpState.REJECTED
        assert bench.now(child).reason == PARENT_REFUSED
        assert bench.now(child).needs == (made.op_id,)
        assert bench.now(child).intent == child.intent


def test_what_was_refused_with_its_parent_follows_when_that_is_tried_again(bench):
    made, order = new_order(bench)
    event = diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, REFUSED)
    bench.start()
    bench.commands.outbox.retry(made.op_id)
    (again,) = bench.start()
    assert again.replaces == made.op_id
    assert bench.now(event).state is OpState.QUEUED
    bench.answer(again)
    bench.sync()
    assert bench.now(event).state is OpState.DONE
    assert [one.verb for one in bench.server.effects] == ["create", "create"]


def test_what_was_refused_with_its_parent_stays_refused_when_that_is_no_longer_here(bench):
    made, order = new_order(bench)
    event = diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, REFUSED)
    bench.start()
    bench.change(made, state=OpState.DONE)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record(order.account_id, RecordType.ORDER, order.order_id)
    assert bench.start() == []
    assert (bench.now(event).state, bench.now(event).reason) == (OpState.REJECTED, RECORD_GONE)


def test_a_change_of_a_part_that_was_refused_is_refused_with_it(bench):
    order = bench.order()
    bench.commands.add_item(order, Item(name="Fuse"))
    made = bench.last()
    (sent,) = bench.start()
    bench.commands.change_item(order, made.record_id, {"note": "later"}, bench.record(made).view)
    change = bench.last()
    bench.answer(sent, REFUSED)
    bench.start()
    assert bench.now(change).state is OpState.REJECTED


def test_what_needs_a_withdrawn_operation_is_refused(bench):
    order, other = bench.order(), bench.order("so-2")
    needed, event = diagnose(bench, other), diagnose(bench, order)
    bench.change(event, needs=(needed.op_id,))
    bench.commands.outbox.discard(needed.op_id)
    assert bench.start() == []
    assert bench.now(event).state is OpState.REJECTED


def test_an_operation_waits_for_what_it_needs_on_another_order(bench):
    order, other = bench.order("so-1"), bench.order("so-2")
    needed, event = diagnose(bench, other), diagnose(bench, order)
    bench.change(event, needs=(needed.op_id, "cleared away long ago"))
    (sent,) = bench.start()
    assert sent.op_id == needed.op_id
    bench.answer(sent)
    assert [one.op_id for one in bench.engine.start(bench.clock.now()).operations] == [event.op_id]


def test_a_field_that_changed_elsewhere_stops_an_update_before_it_is_sent(bench):
    order = bench.order()
    change = retitle(bench, order, "Mine")
    later = diagnose(bench, order)
    bench.server.edit("so-1", title="Theirs")
    bench.pull()
    assert [one.op_id for one in bench.start()] == [later.op_id]
    assert bench.now(change).state is OpState.CONFLICT
    assert bench.now(change).reason == CHANGED_ELSEWHERE
    (row,) = bench.store.tables.clashes[change.op_id]
    assert (row.base, row.mine, row.theirs) == ("No power", "Mine", "Theirs")
    assert bench.view(order)["title"] == "Mine"


def test_another_field_that_changed_elsewhere_stops_nothing(bench):
    order = bench.order()
    retitle(bench, order, "Mine")
    bench.server.edit("so-1", description="Theirs")
    bench.pull()
    bench.sync()
    assert bench.server.things["so-1"].document["title"] == "Mine"
    assert bench.server.things["so-1"].document["description"] == "Theirs"


def test_a_removal_of_what_changed_elsewhere_is_a_conflict(bench):
    order = bench.order()
    bench.commands.add_item(order, Item(name="Fuse"))
    made = bench.last()
    bench.sync()
    bench.commands.remove(order, RecordType.ITEM, made.record_id)
    removal = bench.last()
    bench.server.edit(bench.record(made).server_id, note="Keep this")
    bench.pull()
    assert bench.start() == []
    assert bench.now(removal).state is OpState.CONFLICT
    bench.commands.outbox.settle_clashes(removal.op_id, {"note": "mine"})
    bench.sync()
    assert bench.last().state is OpState.DONE
    assert not bench.server.things.keys() - {"so-1"}


def test_what_the_back_end_cannot_do_is_refused_in_its_words(bench):
    def freeze(operation: Operation, target: FreezeTarget):
        raise NotSupportedError("No events here")

    change = diagnose(bench, bench.order())
    bench.connector.freeze = freeze
    assert bench.start() == []
    assert bench.now(change).state is OpState.REJECTED
    assert bench.now(change).reason == "No events here"
    assert bench.start() == []


def test_what_names_something_that_only_this_computer_knows_is_refused_before_its_bytes_are_fixed(bench):
    order = bench.order()
    bench.commands.add_item(order, Item(name="Fuse"))
    ours = bench.last().record_id
    change = diagnose(bench, order, f"As in {ours}")
    bench.answer(bench.start()[0])
    assert bench.start() == []
    refused = bench.now(change)
    assert (refused.state, refused.request) == (OpState.REJECTED, None)
    assert refused.reason == str(OwnIdError())
    bench.commands.outbox.edit(change.op_id, {"data": {"diagnosticExplanation": "As above"}})
    assert [one.replaces for one in bench.start()] == [change.op_id]


@pytest.mark.parametrize("lost", [RecordType.EVENT, RecordType.ORDER])
def test_what_belongs_to_nothing_any_more_is_refused(bench, lost):
    change = diagnose(bench, bench.order())
    record_id = change.record_id if lost is RecordType.EVENT else change.order_id
    del bench.store.tables.records["a1", lost, record_id]
    assert bench.start() == []
    assert bench.now(change).reason.startswith(RECORD_GONE)


def test_a_change_of_something_the_server_never_had_is_refused(bench):
    order = bench.order()
    change = retitle(bench, order, "Mine")
    key = ("a1", RecordType.ORDER, order.order_id)
    bench.store.tables.records[key] = replace(bench.store.tables.records[key], server_id=None)
    event = diagnose(bench, order)
    assert bench.start() == []
    assert bench.now(change).state is bench.now(event).state is OpState.REJECTED


def test_a_key_is_trusted_for_most_of_its_life_and_then_a_person_looks():
    bench = Bench(profile=replace(KEYED, key_life_s=1000.0))
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(799)
    (again,) = bench.start()
    bench.answer(again, UNKNOWN)
    bench.clock.advance(5)
    assert bench.start() == []
    assert bench.engine.wake_at(bench.clock.now()) is not None
    bench.clock.advance(180)
    assert bench.start() == []
    assert bench.now(change).state is OpState.NEEDS_CHECK
    assert bench.now(change).reason == LOOK_FIRST


def test_a_blind_create_is_never_repeated_by_itself():
    bench = Bench(profile=BLIND)
    order = bench.order()
    change, later = diagnose(bench, order), diagnose(bench, order)
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(179)
    assert bench.start() == []
    bench.clock.advance(1)
    assert [one.op_id for one in bench.start()] == [later.op_id]
    assert bench.now(change).state is OpState.NEEDS_CHECK


def test_an_update_without_revisions_settles_before_it_is_repeated():
    bench = Bench(profile=BLIND)
    change = retitle(bench, bench.order(), "Mine")
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(179)
    assert bench.start() == []
    bench.clock.advance(1)
    assert [one.op_id for one in bench.start()] == [change.op_id]


def test_an_update_without_revisions_that_another_edit_overtook_is_not_repeated():
    bench = Bench(profile=BLIND)
    order = bench.order()
    change = retitle(bench, order, "Mine")
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.server.edit(order.order_id, title="Theirs")
    bench.pull()
    bench.clock.advance(180)
    assert bench.start() == []
    assert (bench.now(change).state, bench.now(change).reason) == (OpState.NEEDS_CHECK, OVERTAKEN)


def test_a_lane_with_something_in_flight_is_left_alone(bench):
    order = bench.order()
    first = diagnose(bench, order)
    diagnose(bench, order)
    bench.start()
    bench.engine._lanes.busy.clear()
    assert bench.start() == []
    assert bench.now(first).state is OpState.INFLIGHT


def test_a_note_to_which_a_colleague_added_meanwhile_goes_out_with_both(bench):
    order = bench.order()
    seen = bench.view(order)["description"]
    change = describe(bench, order, f"{seen}\nAsked the customer")
    bench.server.edit("so-1", description=f"{seen}\nSmells burnt")
    bench.pull()
    (sent,) = bench.start()
    assert sent.op_id == change.op_id
    assert "Smells burnt" in bench.view(order)["description"]
    bench.answer(sent)
    both = f"{seen}\nSmells burnt\n[Kim Larsen, 2026-06-01 09:12 UTC] Asked the customer"
    assert bench.server.things["so-1"].document["description"] == both


def test_a_note_whose_bytes_are_fixed_is_for_a_person_to_decide(bench):
    order = bench.order()
    seen = bench.view(order)["description"]
    change = describe(bench, order, f"{seen}\nAsked the customer")
    (sent,) = bench.start()
    bench.answer(sent, OFFLINE)
    bench.server.edit("so-1", description=f"{seen}\nSmells burnt")
    bench.pull()
    bench.clock.advance(60)
    assert bench.start() == []
    assert bench.now(change).state is OpState.CONFLICT
