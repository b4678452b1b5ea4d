"""Where a back end keeps no keys but can be read, the effect is looked for before anything goes out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation, OpState, OrderRef, OutcomeClass
from techdesk.domain.errors import DiskFullError
from techdesk.domain.events import ProductDiagnosed
from tests.support.bench import REFUSED, UNKNOWN, Bench
from tests.support.fake_server import KEYED

READABLE = replace(KEYED, creates=Dedup.READ_BACK, key_life_s=0.0, late_commit_s=120.0, visibility_lag_s=60.0)
SETTLES_S = 180.0


@pytest.fixture
def bench() -> Bench:
    return Bench(profile=READABLE)


@pytest.fixture
def order(bench: Bench) -> OrderRef:
    return bench.order()


def diagnose(bench: Bench, order: OrderRef) -> Operation:
    bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="Dead fuse"))
    return bench.last()


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


def test_a_key_does_not_settle_anew(bench, order):
    keyed = Bench(profile=KEYED)
    change = unanswered(keyed, keyed.order(), arrived=False)
    keyed.clock.advance(5)
    keyed.engine.check_clock(keyed.clock.now(), began(keyed))
    assert keyed.now(change).last_sent_at == change.last_sent_at


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
