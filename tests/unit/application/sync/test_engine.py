"""The engine says what to send, takes what came of it, and forgets nothing over a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from techdesk.application.outbox import OpState, Outcome, OutcomeClass
from techdesk.application.sync.engine import LANES_A_TRANSACTION
from techdesk.domain.errors import DiskFullError
from tests.support.bench import OFFLINE, REFUSED, UNKNOWN, diagnose

THROTTLED = Outcome(kind=OutcomeClass.THROTTLED, http_status=429, retry_after_s=60.0)
SIGNED_OUT = Outcome(kind=OutcomeClass.AUTH, http_status=401)


def fail(error: Exception):
    def raise_it() -> None:
        raise error

    return raise_it


def test_what_was_in_flight_at_a_crash_is_unknown_and_goes_out_again_with_its_bytes(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    changes = bench.restart()
    assert changes.orders == {"so-1"}
    assert bench.now(sent).state is OpState.AMBIGUOUS
    (again,) = bench.start()
    assert again.request == sent.request


def test_a_start_with_nothing_in_flight_changes_nothing(bench):
    diagnose(bench, bench.order())
    assert not bench.restart()


def test_the_hosts_wish_for_silence_outlives_a_restart(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, THROTTLED)
    bench.restart()
    assert bench.start() == []
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now() + timedelta(seconds=60)
    bench.clock.advance(60)
    assert len(bench.start()) == 1


def test_a_wish_heard_beside_the_outbox_is_kept_as_well(bench):
    diagnose(bench, bench.order())
    bench.engine.heard(THROTTLED, bench.clock.now())
    bench.engine.heard(Outcome(kind=OutcomeClass.APPLIED), bench.clock.now())
    bench.restart()
    assert bench.start() == []


def test_a_refused_sign_in_costs_no_operation_and_all_go_out_after_it_works(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    assert bench.answer(sent, SIGNED_OUT).state is OpState.QUEUED
    assert bench.start() == []
    assert bench.engine.wake_at(bench.clock.now()) is None
    bench.engine.signed_in()
    assert len(bench.start()) == 1


def test_our_own_patience_ends_when_a_person_asks(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, OFFLINE)
    assert bench.start() == []
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now() + timedelta(seconds=2)
    bench.engine.hurry()
    assert len(bench.start()) == 1


def test_only_the_named_orders_are_looked_at_again(bench):
    first, second = bench.order("so-1"), bench.order("so-2")
    diagnose(bench, first)
    diagnose(bench, second)
    bench.engine.refresh(["so-2"])
    assert [one.order_id for one in bench.engine.start(bench.clock.now()).operations] == ["so-2"]


def test_the_screen_is_told_what_changed(bench):
    diagnose(bench, bench.order())
    bench.engine.refresh()
    started = bench.engine.start(bench.clock.now())
    assert started.changes.orders == {"so-1"}
    assert started.changes.outbox
    changes = bench.engine.settle(started.operations[0].op_id, REFUSED, bench.clock.now())
    assert changes.orders == {"so-1"}


def test_an_outcome_that_nothing_waits_for_changes_nothing(bench):
    change = diagnose(bench, bench.order())
    assert not bench.engine.settle(change.op_id, REFUSED, bench.clock.now())
    assert not bench.engine.settle("unknown", REFUSED, bench.clock.now())
    assert bench.now(change).state is OpState.QUEUED


def test_an_outcome_that_could_not_be_stored_can_be_given_again(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    outcome = bench.server.handle(sent)
    bench.store.before_commit = fail(DiskFullError())
    with pytest.raises(DiskFullError):
        bench.answer(sent, outcome)
    assert bench.engine.in_flight == 1
    bench.store.before_commit = lambda: None
    assert bench.answer(sent, outcome).state is OpState.DONE
    assert (bench.engine.in_flight, bench.engine.confirmed) == (0, 1)


def test_nothing_goes_out_whose_attempt_could_not_be_stored(bench):
    change = diagnose(bench, bench.order())
    bench.store.before_commit = fail(DiskFullError())
    with pytest.raises(DiskFullError):
        bench.start()
    assert (bench.engine.in_flight, bench.engine.sent) == (0, 0)
    bench.store.before_commit = lambda: None
    assert [one.op_id for one in bench.start()] == [change.op_id]


def test_lanes_that_have_nothing_to_send_do_not_stop_the_search(bench):
    for number in range(LANES_A_TRANSACTION + 5):
        change = diagnose(bench, bench.order(f"so-{number}"))
        if number < LANES_A_TRANSACTION + 4:
            bench.change(change, not_before=bench.clock.now() + timedelta(minutes=5))
    assert [one.op_id for one in bench.start()] == [change.op_id]


def test_there_is_one_wake_time_the_earliest(bench):
    for number, minutes in enumerate((9, 3, 6)):
        change = diagnose(bench, bench.order(f"so-{number}"))
        bench.change(change, not_before=bench.clock.now() + timedelta(minutes=minutes))
    bench.start()
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now() + timedelta(minutes=3)
    bench.engine.host = replace(bench.engine.host, retry_at=bench.clock.now() + timedelta(minutes=4))
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now() + timedelta(minutes=4)


def test_nothing_is_waited_for_when_there_is_nothing_to_do(bench):
    assert bench.engine.wake_at(bench.clock.now()) is None


def test_what_is_ready_but_has_no_room_waits_for_news(bench):
    order = bench.order()
    diagnose(bench, order)
    diagnose(bench, bench.order("so-2"))
    bench.engine.refresh(["so-2"])
    assert bench.engine.wake_at(bench.clock.now()) == bench.clock.now()
    bench.start()
    bench.engine._lanes.ready["so-3"] = None
    assert bench.engine.wake_at(bench.clock.now()) is None


def test_a_deadline_under_a_clock_that_was_set_back_a_day_does_not_hold_for_a_day(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent, UNKNOWN)
    bench.clock.at -= timedelta(days=1)
    assert len(bench.start()) == 1


def test_a_lane_is_freed_once_for_an_outcome(bench):
    diagnose(bench, bench.order())
    (sent,) = bench.start()
    bench.answer(sent)
    assert not bench.engine.settle(sent.op_id, REFUSED, bench.clock.now())
    assert bench.now(sent).state is OpState.DONE
