"""What an outcome does to the operation and to its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.outbox import MERGED, Operation, OpState, OrderRef, Outcome, OutcomeClass
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.support.bench import OFFLINE, REFUSED, UNKNOWN, Bench, describe, diagnose, retitle

GONE = Outcome(kind=OutcomeClass.GONE, http_status=404, reason="It is no longer there")


def item_on(bench: Bench, order: OrderRef) -> Operation:
    bench.commands.add_item(order, Item(name="Fuse"))
    bench.sync()
    return bench.last()


def removed_item(bench: Bench) -> Operation:
    order = bench.order()
    made = item_on(bench, order)
    bench.commands.remove(order, RecordType.ITEM, made.record_id)
    return bench.last()


def test_a_confirmed_create_has_the_servers_id_and_revision(bench):
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    done = bench.answer(sent)
    record = bench.record(change)
    assert (done.state, done.done_at, done.http_status) == (OpState.DONE, bench.clock.now(), 201)
    assert record.server_id in bench.server.things
    assert record.revision == "1"
    assert record.base == bench.server.things[record.server_id].document


def test_a_confirmed_change_keeps_what_the_person_changed_since(bench):
    order = bench.order()
    retitle(bench, order, "First")
    (sent,) = bench.start()
    retitle(bench, order, "Second")
    bench.answer(sent)
    assert bench.view(order)["title"] == "Second"
    bench.sync()
    assert bench.server.things["so-1"].document["title"] == "Second"


def test_a_value_that_the_server_tidied_up_is_no_conflict_for_the_next_change(bench):
    order = bench.order()
    retitle(bench, order, "first")
    (sent,) = bench.start()
    second = retitle(bench, order, "second")
    answer = bench.server.handle(sent)
    bench.server.things["so-1"].document["title"] = "FIRST"
    bench.answer(sent, replace(answer, record={**answer.record, "title": "FIRST"}))
    assert bench.now(second).base == {"title": "FIRST"}
    bench.sync()
    assert bench.now(second).state is OpState.DONE


def test_a_confirmed_removal_takes_the_record_away(bench):
    removal = removed_item(bench)
    bench.sync()
    assert bench.now(removal).state is OpState.DONE
    assert not [one for one in bench.store.tables.records.values() if one.record_type is RecordType.ITEM]


def test_a_removal_of_what_is_gone_is_done(bench):
    removal = removed_item(bench)
    (sent,) = bench.start()
    assert bench.answer(sent, GONE).state is OpState.DONE
    assert bench.now(removal).state is OpState.DONE


def test_a_change_of_what_is_gone_is_refused_with_its_content(bench):
    retitle(bench, bench.order(), "Mine")
    (sent,) = bench.start()
    refused = bench.answer(sent, GONE)
    assert (refused.state, refused.reason) == (OpState.REJECTED, "It is no longer there")
    assert refused.intent == {"title": "Mine"}


def test_a_part_that_the_server_removed_goes_with_the_discarded_change_of_it(bench):
    order = bench.order()
    made = item_on(bench, order)
    bench.commands.change_item(order, made.record_id, {"note": "Ours"}, {})
    change = bench.last()
    (sent,) = bench.start()
    server_id = bench.record(made).server_id
    assert server_id is not None
    bench.server.remove(server_id)
    assert bench.answer(sent).state is OpState.REJECTED
    bench.pull()
    with bench.store.read() as view:
        assert len(view.parts(order.account_id, order.order_id)) == 1
    bench.commands.outbox.discard(change.op_id)
    with bench.store.read() as view:
        assert view.parts(order.account_id, order.order_id) == []


def test_a_confirmation_for_a_record_that_is_no_longer_here_settles_the_operation(bench):
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    del bench.store.tables.records["a1", RecordType.EVENT, change.record_id]
    assert bench.answer(sent).state is OpState.DONE


def test_a_confirmation_without_a_record_shows_what_was_sent(bench):
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, Outcome(kind=OutcomeClass.APPLIED, server_id="e9"))
    record = bench.record(change)
    assert record.server_id == "e9"
    assert record.base == record.view == {k: v for k, v in change.intent.items() if v}


def test_what_did_not_get_out_takes_its_attempt_back(bench):
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    queued = bench.answer(sent, OFFLINE)
    assert (queued.state, queued.attempts, queued.reason) == (OpState.QUEUED, 0, OFFLINE.reason)
    assert queued.request == sent.request
    bench.clock.advance(60)
    (again,) = bench.start()
    assert again.op_id == change.op_id
    assert again.first_sent_at == bench.clock.now()


def test_what_did_not_get_out_after_an_unknown_outcome_stays_unknown(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    (again,) = bench.start()
    ambiguous = bench.answer(again, OFFLINE)
    assert (ambiguous.state, ambiguous.attempts) == (OpState.AMBIGUOUS, 1)


def test_an_unknown_outcome_waits_as_long_as_the_server_asks(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    waiting = bench.answer(sent, replace(UNKNOWN, retry_after_s=90.0))
    assert (waiting.not_before - bench.clock.now()).total_seconds() == 90.0


def test_a_lost_answer_and_the_same_key_make_one_effect(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    bench.sync()
    assert bench.last().state is OpState.DONE
    assert len(bench.server.effects) == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_an_unknown_outcome_settles_from_its_answer_also_if_the_clock_was_set_meanwhile(days):
    bench = Bench(profile=Profile(creates=Dedup.BLIND, late_commit_s=120.0, visibility_lag_s=60.0))
    change = diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.clock.at += timedelta(days=days)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(170)
    assert bench.start() == []
    assert bench.now(change).state is OpState.AMBIGUOUS
    bench.clock.advance(20)
    assert bench.start() == []
    assert bench.now(change).state is OpState.NEEDS_CHECK


def test_a_refusal_after_an_unknown_outcome_of_an_update_needs_a_look(bench):
    retitle(bench, bench.order(), "Mine")
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    (again,) = bench.start()
    assert bench.answer(again, REFUSED).state is OpState.NEEDS_CHECK


def test_an_update_whose_answer_was_lost_is_recognised_by_its_values(bench):
    order = bench.order()
    retitle(bench, order, "Mine")
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    bench.sync()
    assert bench.last().state is OpState.DONE
    assert len(bench.server.effects) == 1
    assert bench.store.tables.records["a1", RecordType.ORDER, "so-1"].base["title"] == "Mine"


def test_an_edit_of_another_field_makes_a_successor_in_the_same_place(bench):
    order = bench.order()
    change = retitle(bench, order, "Mine")
    (sent,) = bench.start()
    bench.server.edit("so-1", description="Theirs")
    assert bench.answer(sent).state is OpState.CANCELLED
    successor = bench.last()
    assert (successor.replaces, successor.position) == (change.op_id, change.position)
    assert successor.is_untouched
    assert bench.view(order)["description"] == "Theirs"
    assert bench.view(order)["title"] == "Mine"
    bench.sync()
    assert bench.server.things["so-1"].document["title"] == "Mine"


def test_an_edit_of_the_same_field_is_a_conflict_with_both_texts(bench):
    order = bench.order()
    retitle(bench, order, "Mine")
    (sent,) = bench.start()
    bench.server.edit("so-1", title="Theirs")
    assert bench.answer(sent).state is OpState.CONFLICT
    (row,) = bench.store.tables.clashes[sent.op_id]
    assert (row.field, row.mine, row.theirs) == ("title", "Mine", "Theirs")
    assert bench.view(order)["title"] == "Mine"
    bench.commands.outbox.settle_clashes(sent.op_id, {"title": "mine"})
    bench.sync()
    assert bench.server.things["so-1"].document["title"] == "Mine"


def test_a_412_where_others_changed_other_fields_keeps_both_and_says_so(bench):
    change = retitle(bench, bench.order(), "Mine")
    (sent,) = bench.start()
    bench.server.edit("so-1", priority="HIGH", location_label="B2")
    bench.answer(sent)
    bench.sync()
    assert bench.now(change).state is OpState.CANCELLED
    assert bench.server.things["so-1"].document["title"] == "Mine"
    told = [outcome.reason for op_id, _, phase, outcome in bench.store.tables.attempts if phase == MERGED and outcome]
    assert told == ["somebody else changed location label, priority; both were kept"]


def test_a_412_on_a_note_to_which_both_added_keeps_both(bench):
    order = bench.order()
    seen = bench.view(order)["description"]
    change = describe(bench, order, f"{seen}\nAsked the customer")
    (sent,) = bench.start()
    bench.server.edit("so-1", description=f"{seen}\nSmells burnt")
    bench.answer(sent)
    bench.sync()
    both = f"{seen}\nSmells burnt\n[Kim Larsen, 2026-06-01 09:12 UTC] Asked the customer"
    assert bench.server.things["so-1"].document["description"] == both
    assert bench.view(order)["description"] == both
    assert bench.now(change).intent["description"] == f"{seen}\nAsked the customer"


def test_a_412_that_shows_nothing_waits_for_the_next_pull(bench):
    change = retitle(bench, bench.order(), "Mine")
    (sent,) = bench.start()
    bench.answer(sent, Outcome(kind=OutcomeClass.PRECONDITION, http_status=412))
    successor = bench.last()
    assert successor.replaces == change.op_id
    assert successor.not_before > bench.clock.now()
    assert bench.start() == []
    bench.server.edit("so-1", description="Theirs")
    bench.pull()
    bench.clock.advance(30)
    bench.sync()
    assert bench.now(successor).state is OpState.DONE


def test_a_412_that_shows_an_older_record_leaves_what_is_known_and_waits_for_the_next_pull(bench):
    order = bench.order()
    bench.server.edit(order.order_id, description="Newer")
    bench.pull()
    change = retitle(bench, order, "Mine")
    (sent,) = bench.start()
    past = Outcome(kind=OutcomeClass.PRECONDITION, http_status=412, record={"title": "Older"}, revision="1")
    assert bench.answer(sent, past).state is OpState.CANCELLED
    assert bench.record(change).revision == "2"
    assert bench.record(change).base["description"] == "Newer"
    assert bench.start() == []


def test_a_removal_that_was_overtaken_by_an_edit_is_a_conflict(bench):
    removal = removed_item(bench)
    (sent,) = bench.start()
    bench.server.edit(bench.record(removal).server_id, note="Keep this")
    assert bench.answer(sent).state is OpState.CONFLICT
    bench.commands.outbox.settle_clashes(removal.op_id, {"note": "theirs"})
    assert bench.record(removal).view["note"] == "Keep this"
    assert not bench.record(removal).deleted


def test_a_key_clash_needs_a_look(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    assert bench.answer(sent, Outcome(kind=OutcomeClass.KEY_CLASH, http_status=422)).state is OpState.NEEDS_CHECK


def test_what_a_blind_back_end_took_unreadably_is_done():
    bench = Bench(profile=Profile(creates=Dedup.BLIND))
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    assert bench.answer(sent, Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=200)).state is OpState.DONE


def test_what_was_made_unreadably_comes_with_the_next_pull_and_stands_there_once():
    bench = Bench(profile=Profile(creates=Dedup.BLIND))
    order = bench.order()
    diagnose(bench, order)
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=200))
    bench.pull()
    with bench.store.read() as view:
        assert len(view.parts(order.account_id, order.order_id)) == 1


def test_an_edit_that_a_look_shows_is_not_taken_for_our_own_text_tidied_up():
    bench = Bench(profile=Profile(creates=Dedup.READ_BACK))
    order = bench.order()
    bench.commands.add_item(order, Item(name="Fuse", note="First"))
    made = bench.last()
    (sent,) = bench.start()
    bench.commands.change_item(order, made.record_id, {"note": "Second"}, bench.record(made).view)
    bench.server.handle(sent)
    bench.server.edit(bench.server.effects[0].server_id, note="Theirs")
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(60)
    assert bench.look(bench.looks()[0]).state is OpState.DONE
    assert bench.last().base == {"note": "First"}
    bench.sync()
    assert bench.last().state is OpState.CONFLICT


def test_the_replayed_answer_to_an_acceptance_does_not_undo_newer_news(bench):
    order = bench.order(requires_acceptance=True)
    bench.commands.accept(order, True)
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.server.edit("so-1", description="Newer")
    bench.pull()
    bench.clock.advance(60)
    bench.sync()
    assert bench.last().state is OpState.DONE
    assert bench.view(order)["description"] == "Newer"


def twins(bench: Bench) -> tuple[Operation, str]:
    """Make an order whose confirmation is lost, and let a pull bring it under the server's own id."""
    bench.commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    made = bench.last()
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.pull()
    (server_id,) = bench.server.things
    bench.clock.advance(60)
    return made, server_id


def test_a_record_that_a_pull_brought_before_its_confirmation_becomes_ours(bench):
    made, server_id = twins(bench)
    bench.server.edit(server_id, description="Theirs, meanwhile")
    bench.pull()
    bench.sync()
    records = [one for one in bench.store.tables.records.values() if one.record_type is RecordType.ORDER]
    assert [one.record_id for one in records] == [made.record_id]
    assert records[0].server_id == server_id
    assert records[0].view["description"] == "Theirs, meanwhile"


def test_work_on_a_record_that_a_pull_brought_moves_to_ours(bench):
    made, server_id = twins(bench)
    twin = OrderRef("a1", server_id)
    event, change = diagnose(bench, twin), retitle(bench, twin, "Mine")
    bench.sync()
    assert {bench.now(one).order_id for one in (event, change)} <= {made.record_id, server_id}
    orders = {one.order_id for one in bench.store.tables.records.values()}
    assert orders == {made.record_id}
    assert bench.now(event).state is bench.last().state is OpState.DONE
    assert bench.last().replaces == change.op_id
    assert bench.server.things[server_id].document["title"] == "Mine"


def test_queued_work_on_a_twin_moves_with_its_parts(bench):
    made, server_id = twins(bench)
    bench.server.put_part(server_id, "i9", RecordType.ITEM, name="Fuse")
    bench.pull()
    change = retitle(bench, OrderRef("a1", server_id), "Mine")
    bench.engine.refresh([made.order_id])
    (sent,) = bench.engine.start(bench.clock.now()).operations
    bench.answer(sent)
    assert bench.now(change).order_id == bench.now(change).record_id == made.record_id
    assert {one.order_id for one in bench.store.tables.records.values()} == {made.record_id}


@pytest.mark.parametrize("outcome", [UNKNOWN, REFUSED])
def test_work_on_a_twin_that_is_in_flight_when_it_becomes_ours_moves_with_its_outcome(bench, outcome):
    made, server_id = twins(bench)
    change = retitle(bench, OrderRef("a1", server_id), "Mine")
    again, on_twin = bench.start()
    assert (again.op_id, on_twin.op_id) == (made.op_id, change.op_id)
    bench.answer(again)
    assert bench.now(change).order_id == server_id, "its lane is busy"
    changes = bench.engine.settle(change.op_id, outcome, bench.clock.now())
    moved = bench.now(change)
    assert moved.order_id == moved.record_id == made.record_id
    assert moved.request == on_twin.request
    assert made.record_id in changes.orders
    assert bench.view(OrderRef("a1", made.record_id))["title"] == "Mine"


def test_work_on_a_twin_that_is_in_flight_when_it_becomes_ours_is_confirmed_at_last(bench):
    _, server_id = twins(bench)
    change = retitle(bench, OrderRef("a1", server_id), "Mine")
    again, on_twin = bench.start()
    bench.answer(again)
    bench.answer(on_twin, UNKNOWN)
    bench.clock.advance(600)
    sent = bench.engine.start(bench.clock.now()).operations
    assert [one.op_id for one in sent] == [change.op_id], "the lane it came to is looked at by itself"
    bench.answer(sent[0])
    assert bench.now(change).state is OpState.DONE
    assert bench.server.things[server_id].document["title"] == "Mine"


def test_a_part_that_a_pull_brought_before_its_confirmation_becomes_ours(bench):
    order = bench.order()
    bench.commands.add_item(order, Item(name="Fuse"))
    made = bench.last()
    (sent,) = bench.start()
    bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.pull()
    (twin,) = [one for one in bench.store.tables.records.values() if one.server_id and one.record_id != "so-1"]
    bench.commands.change_item(order, twin.record_id, {"note": "on the twin"}, twin.view)
    on_twin, on_order = bench.last(), retitle(bench, order, "Mine")
    bench.clock.advance(60)
    (again,) = bench.start()
    bench.answer(again)
    assert bench.now(on_twin).record_id == made.record_id
    assert bench.now(on_order).record_id == "so-1"
    bench.sync()
    assert bench.server.things[twin.server_id].document["note"] == "on the twin"


def test_a_later_change_of_another_field_stands_as_it_was(bench):
    order = bench.order()
    retitle(bench, order, "First")
    (sent,) = bench.start()
    bench.commands.change_order(order, {"description": "Second"}, bench.view(order))
    later = bench.last()
    bench.answer(sent)
    assert bench.now(later) == later
