"""Where a back end keeps no keys but can be read, the effect is looked for before anything goes out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation, OpState, OrderRef, OutcomeClass
from techdesk.domain.errors import DiskFullError
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from tests.support.bench import REFUSED, UNKNOWN, Bench, diagnose
from tests.support.fake_server import KEYED

READABLE = replace(KEYED, creates=Dedup.READ_BACK, key_life_s=0.0, late_commit_s=120.0, visibility_lag_s=60.0)
SETTLES_S = 180.0


@pytest.fixture
def bench() -> Bench:
    return Bench(profile=READABLE)


@pytest.fixture
def order(bench: Bench) -> OrderRef:
    return bench.order()


def unanswered(bench: Bench, order: OrderRef, *, arrived: bool) -> Operation:
    """Send an event whose answer is lost, and wait until it is looked for."""
    diagnose(bench, order)
    (sent,) = bench.start()
    if arrived:
        bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(2)
    return bench.now(sent)


def test_what_is_found_is_confirmed_at_once_and_known_by_the_servers_id(bench, order):
    change = unanswered(bench, order, arrived=True)
    (looked_for,) = bench.looks()
    assert looked_for.op_id == change.op_id
    done = bench.look(looked_for)
    assert (done.state, done.reason) == (OpState.DONE, "")
    assert bench.record(done).server_id == bench.server.effects[0].server_id
    assert bench.engine.confirmed == 1


def test_what_is_absent_twice_after_it_has_settled_goes_out_again_with_its_bytes(bench, order):
    change = unanswered(bench, order, arrived=False)
    assert bench.look(change).settle_reads == 0
    bench.clock.advance(SETTLES_S)
    assert bench.look(bench.looks()[0]).settle_reads == 1
    assert bench.looks() == []
    bench.clock.advance(60)
    assert bench.look(bench.looks()[0]).settle_reads == 2
    bench.clock.advance(60)
    (again,) = bench.start()
    assert (again.request, again.attempts, again.settle_reads) == (change.request, 1, 0)
    assert bench.answer(again).state is OpState.DONE
    assert len(bench.server.effects) == 1


def test_a_look_that_began_before_it_had_settled_proves_nothing(bench, order):
    change = unanswered(bench, order, arrived=False)
    bench.clock.advance(SETTLES_S - 3)
    assert bench.look(change, took_s=30).settle_reads == 0
    assert bench.looks()[0].settle_reads == 0


def test_a_look_that_fails_is_taken_again_and_says_why(bench, order):
    change = unanswered(bench, order, arrived=True)
    waits = bench.look(change, ReadBack(sighting=Sighting.UNKNOWN, reason="The server does not answer"))
    assert (waits.state, waits.reason) == (OpState.AMBIGUOUS, "The server does not answer")
    assert bench.looks() == []
    bench.clock.advance(30)
    assert bench.look(bench.looks()[0]).state is OpState.DONE


def test_a_server_that_does_not_show_what_it_has_is_blind_after_all(bench, order):
    change = unanswered(bench, order, arrived=True)
    hidden = ReadBack(sighting=Sighting.HIDDEN, reason="Something else answers there")
    assert bench.look(change, hidden).state is OpState.AMBIGUOUS
    bench.clock.advance(SETTLES_S + 590)
    waits = bench.look(bench.looks()[0], hidden)
    assert (waits.state, waits.reason) == (OpState.AMBIGUOUS, "Something else answers there")
    bench.clock.advance(30)
    asked = bench.look(bench.looks()[0], hidden)
    assert (asked.state, asked.reason) == (OpState.NEEDS_CHECK, "Something else answers there")
    assert bench.start() == []


def test_what_a_whole_look_leaves_open_is_for_a_person_once_it_has_settled(bench, order):
    change = unanswered(bench, order, arrived=True)
    unclear = ReadBack(sighting=Sighting.UNCLEAR, reason="One looks the same")
    assert bench.look(change, unclear).state is OpState.AMBIGUOUS
    assert (bench.looks(), bench.start()) == ([], [])
    bench.clock.advance(SETTLES_S)
    asked = bench.look(bench.looks()[0], unclear)
    assert (asked.state, asked.reason, asked.settle_reads) == (OpState.NEEDS_CHECK, "One looks the same", 0)
    assert bench.start() == []


def test_a_lane_is_held_while_its_effect_is_looked_for(bench, order):
    change = unanswered(bench, order, arrived=True)
    later = diagnose(bench, order)
    (looked_for,) = bench.looks()
    assert bench.start() == []
    bench.look(looked_for)
    assert [one.op_id for one in bench.start()] == [later.op_id]
    assert bench.now(change).state is OpState.DONE


def test_a_look_is_a_request_like_any_other_and_goes_alone_while_the_host_is_not_well(bench):
    for number in range(5):
        diagnose(bench, bench.order(f"so-{number}"))
    while sent := bench.start():
        for operation in sent:
            bench.answer(operation, UNKNOWN)
    bench.clock.advance(SETTLES_S)
    assert len(bench.looks()) == 1


def test_a_refusal_after_a_look_is_the_first_word_on_it(bench, order):
    change = unanswered(bench, order, arrived=False)
    bench.clock.advance(SETTLES_S)
    for _ in range(2):
        bench.look(bench.looks()[0])
        bench.clock.advance(60)
    (again,) = bench.start()
    assert bench.answer(again, REFUSED).state is OpState.REJECTED
    assert bench.now(change).reason == REFUSED.reason


def began(bench: Bench) -> datetime:
    return bench.clock.now() - timedelta(seconds=bench.clock.monotonic())


def test_what_settles_goes_on_settling_over_a_restart_of_the_desk(bench, order):
    bench.engine.check_clock(bench.clock.now(), began(bench))
    unanswered(bench, order, arrived=False)
    bench.clock.advance(SETTLES_S)
    bench.restart()
    bench.engine.check_clock(bench.clock.now(), began(bench))
    assert bench.look(bench.looks()[0]).settle_reads == 1


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_what_settles_begins_anew_after_a_restart_if_the_clock_was_set_meanwhile(bench, order, jump):
    bench.engine.check_clock(bench.clock.now(), began(bench))
    change = unanswered(bench, order, arrived=False)
    bench.clock.at += jump
    bench.restart()
    bench.engine.check_clock(bench.clock.now(), began(bench))
    assert bench.look(change).settle_reads == 0


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_what_settles_begins_anew_when_the_clock_was_set(bench, order, jump):
    change = unanswered(bench, order, arrived=False)
    bench.engine.check_clock(bench.clock.now(), began(bench))
    bench.clock.at += jump
    bench.engine.check_clock(bench.clock.now(), began(bench))
    assert bench.look(change).settle_reads == 0
    bench.clock.advance(SETTLES_S)
    assert bench.look(bench.looks()[0]).settle_reads == 1


def test_what_was_in_flight_when_the_clock_was_set_and_the_desk_died_settles_from_its_restart(bench, order):
    diagnose(bench, order)
    (change,) = bench.start()
    bench.engine.check_clock(bench.clock.now(), began(bench))
    bench.clock.at -= timedelta(days=1)
    bench.engine.check_clock(bench.clock.now(), began(bench))
    bench.restart()
    looked = bench.look(bench.now(change))
    assert (looked.state, looked.settle_reads) == (OpState.AMBIGUOUS, 0)
    assert bench.looks() == []
    bench.clock.advance(SETTLES_S)
    assert bench.look(bench.looks()[0]).settle_reads == 1


def test_a_key_does_not_settle_anew(bench, order):
    keyed = Bench(profile=KEYED)
    change = unanswered(keyed, keyed.order(), arrived=False)
    keyed.clock.advance(5)
    keyed.engine.check_clock(keyed.clock.now(), began(keyed))
    assert keyed.now(change).last_sent_at == change.last_sent_at


def test_a_key_that_is_too_old_settles_anew_when_the_clock_was_set_before_it_is_looked_for():
    keyed = Bench(profile=replace(READABLE, creates=Dedup.KEYED, key_life_s=1000.0, reads_back=True))
    change = unanswered(keyed, keyed.order(), arrived=False)
    keyed.engine.check_clock(keyed.clock.now(), began(keyed))
    keyed.clock.at += timedelta(days=1)
    keyed.engine.check_clock(keyed.clock.now(), began(keyed))
    assert keyed.look(keyed.looks()[0]).settle_reads == 0
    keyed.clock.advance(SETTLES_S)
    assert keyed.look(keyed.looks()[0]).settle_reads == 1
    assert keyed.now(change).state is OpState.AMBIGUOUS


def test_a_look_that_could_not_be_stored_can_be_given_again(bench, order):
    change = unanswered(bench, order, arrived=True)
    (looked_for,) = bench.looks()

    def full() -> None:
        raise DiskFullError

    bench.store.before_commit = full
    with pytest.raises(DiskFullError):
        bench.look(looked_for)
    bench.store.before_commit = lambda: None
    assert bench.now(change).state is OpState.AMBIGUOUS
    assert bench.look(looked_for).state is OpState.DONE


def test_a_look_that_nothing_waits_for_changes_nothing(bench, order):
    change = unanswered(bench, order, arrived=True)
    bench.look(bench.looks()[0])
    assert bench.look(change).state is OpState.DONE
    assert bench.engine.confirmed == 1


def test_what_a_look_brought_stands_in_the_audit_unless_it_failed(bench, order):
    change = unanswered(bench, order, arrived=False)
    bench.look(change)
    bench.look(change, ReadBack(sighting=Sighting.UNKNOWN, reason="The server does not answer"))
    bench.look(change, ReadBack(sighting=Sighting.UNCLEAR, reason="One looks the same"))
    with bench.store.read() as view:
        said = [(one.phase, one.kind, one.reason) for one in view.attempts(change.op_id)]
    assert said[-2:] == [("look", None, ""), ("look", OutcomeClass.AMBIGUOUS, "One looks the same")]
    assert [phase for phase, _, _ in said] == ["send", "answer", "look", "look"]


# What is told by what it says, and looks at what was to be changed or removed.

PLAIN = replace(READABLE, has_etags=False, reads_back=True)
ALIKE = ReadBack(sighting=Sighting.FOUND, server_id="s7", record={"event_type": "x"}, by_likeness=True)


@pytest.fixture
def plain() -> Bench:
    return Bench(profile=PLAIN)


def shown(bench: Bench, server_id: str = "so-1") -> ReadBack:
    """Return what a look at a record shows."""
    there = bench.server.things.get(server_id)
    if there is None:
        return ReadBack(sighting=Sighting.GONE)
    return ReadBack(sighting=Sighting.SHOWN, server_id=server_id, record=dict(there.document), revision="9")


def look_twice(bench: Bench, server_id: str = "so-1") -> Operation:
    """Let it settle, and look as often as it takes."""
    bench.clock.advance(SETTLES_S)
    for _ in range(2):
        (looked_for,) = bench.looks()
        seen = bench.look(looked_for, shown(bench, server_id))
        bench.clock.advance(60)
    return seen


def retitled(bench: Bench, *, arrived: bool) -> Operation:
    """Change an order's title and lose the answer."""
    order = bench.order()
    bench.commands.change_order(order, {"title": "Mine"}, bench.view(order))
    (sent,) = bench.start()
    if arrived:
        bench.server.handle(sent)
    bench.answer(sent, UNKNOWN)
    bench.clock.advance(2)
    return bench.now(sent)


def test_what_is_told_by_its_words_alone_counts_once_it_has_settled(bench, order):
    change = unanswered(bench, order, arrived=True)
    assert bench.look(change, ALIKE).state is OpState.AMBIGUOUS
    assert bench.looks() == []
    bench.clock.advance(SETTLES_S)
    done = bench.look(bench.looks()[0], ALIKE)
    assert (done.state, bench.record(done).server_id) == (OpState.DONE, "s7")


def test_what_another_operation_of_ours_made_is_not_taken_for_it(bench, order):
    first = diagnose(bench, order)
    bench.sync()
    change = unanswered(bench, order, arrived=False)
    bench.clock.advance(SETTLES_S)
    asked = bench.look(bench.looks()[0], replace(ALIKE, server_id=bench.record(first).server_id))
    assert (asked.op_id, asked.state) == (change.op_id, OpState.NEEDS_CHECK)
    assert asked.reason


def test_what_a_pull_brought_meanwhile_may_be_ours(bench, order):
    change = unanswered(bench, order, arrived=True)
    bench.pull()
    bench.clock.advance(SETTLES_S)
    there = bench.server.effects[0].server_id
    done = bench.look(bench.looks()[0], replace(ALIKE, server_id=there))
    assert (done.op_id, done.state, bench.record(done).server_id) == (change.op_id, OpState.DONE, there)


def test_two_with_our_mark_confirm_it_and_are_watched(bench, order):
    change = unanswered(bench, order, arrived=True)
    done = bench.look(change, replace(ALIKE, by_likeness=False, is_double=True))
    assert done.state is OpState.DONE
    assert "sent_again:a1" in bench.store.tables.notes


def test_a_change_that_took_effect_is_seen_and_not_repeated(plain):
    change = retitled(plain, arrived=True)
    assert plain.look(plain.looks()[0], shown(plain)).settle_reads == 0
    done = look_twice(plain)
    assert (done.op_id, done.state) == (change.op_id, OpState.DONE)
    assert plain.record(done).revision == "9"
    assert len(plain.server.effects) == 1


def test_a_change_that_did_not_take_effect_goes_out_anew_on_what_is_there_now(plain):
    change = retitled(plain, arrived=False)
    plain.server.edit("so-1", description="Theirs")
    assert look_twice(plain).state is OpState.CANCELLED
    (again,) = plain.start()
    assert (again.replaces, again.intent, again.attempts) == (change.op_id, {"title": "Mine"}, 1)
    plain.answer(again)
    assert plain.server.things["so-1"].document["title"] == "Mine"
    assert plain.server.things["so-1"].document["description"] == "Theirs"


def test_a_change_that_somebody_overtook_is_a_conflict_with_both_texts(plain):
    change = retitled(plain, arrived=False)
    plain.server.edit("so-1", title="Theirs")
    assert look_twice(plain).state is OpState.CONFLICT
    (clash,) = plain.store.tables.clashes[change.op_id]
    assert (clash.mine, clash.theirs) == ("Mine", "Theirs")
    assert plain.start() == []


def test_a_change_of_what_is_gone_is_refused_with_its_content(plain):
    change = retitled(plain, arrived=False)
    plain.server.remove("so-1")
    plain.clock.advance(SETTLES_S)
    refused = plain.look(plain.looks()[0], shown(plain))
    assert (refused.op_id, refused.state) == (change.op_id, OpState.REJECTED)
    assert (refused.intent, bool(refused.reason)) == ({"title": "Mine"}, True)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_removal_is_looked_for_too(plain, arrived):
    order = plain.order()
    plain.commands.add_item(order, Item(name="Fuse"))
    plain.sync()
    made = plain.last()
    server_id = plain.record(made).server_id
    plain.commands.remove(order, RecordType.ITEM, made.record_id)
    (sent,) = plain.start()
    if arrived:
        plain.server.handle(sent)
    plain.answer(sent, UNKNOWN)
    plain.clock.advance(SETTLES_S)
    if arrived:
        assert plain.look(plain.looks()[0], shown(plain, server_id)).state is OpState.DONE
        assert ("a1", RecordType.ITEM, made.record_id) not in plain.store.tables.records
        return
    assert look_twice(plain, server_id).state is OpState.CANCELLED
    (again,) = plain.start()
    assert plain.answer(again).state is OpState.DONE
    assert server_id not in plain.server.things


def test_a_key_that_is_no_longer_trusted_is_looked_for_where_that_is_possible():
    bench = Bench(profile=replace(READABLE, creates=Dedup.KEYED, key_life_s=1000.0, reads_back=True))
    change = unanswered(bench, bench.order(), arrived=False)
    (again,) = bench.start()
    bench.answer(again, UNKNOWN)
    bench.clock.advance(900)
    for _ in range(2):
        bench.look(bench.looks()[0])
        bench.clock.advance(60)
    (anew,) = bench.start()
    assert (anew.op_id, anew.request, anew.first_sent_at) == (change.op_id, change.request, bench.clock.now())
    assert bench.answer(anew).state is OpState.DONE
    assert len(bench.server.effects) == 1
