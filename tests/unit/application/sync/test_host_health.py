"""The host is left alone when it asks for it, or when nothing gets through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.application.sync.host_health import FAILURES_TO_OPEN, PARALLEL, PROBE_EVERY_S, HostHealth
from tests.support.builders import MORNING

OFFLINE = Outcome(kind=OutcomeClass.NOT_SENT)
UNKNOWN = Outcome(kind=OutcomeClass.AMBIGUOUS)
APPLIED = Outcome(kind=OutcomeClass.APPLIED)


def throttled(seconds: float) -> Outcome:
    return Outcome(kind=OutcomeClass.THROTTLED, retry_after_s=seconds)


def after(*outcomes: Outcome, fraction: float = 1.0) -> HostHealth:
    health = HostHealth()
    for outcome in outcomes:
        health = health.after(outcome, MORNING, fraction)
    return health


def test_a_healthy_host_takes_four_requests_at_once():
    assert HostHealth().room(MORNING, 1) == PARALLEL - 1
    assert HostHealth().room(MORNING, 9) == 0


def test_a_request_that_did_not_get_out_makes_us_wait():
    health = after(OFFLINE)
    assert health.room(MORNING, 0) == 0
    assert health.wake_at(MORNING) == MORNING + timedelta(seconds=2)
    assert health.room(MORNING + timedelta(seconds=2), 0) == PARALLEL


def test_after_five_failures_one_request_is_the_probe():
    health = after(*[OFFLINE] * FAILURES_TO_OPEN)
    then = MORNING + timedelta(seconds=PROBE_EVERY_S)
    assert health.wake_at(MORNING) == then
    assert health.room(then, 0) == 1
    assert health.room(then, 1) == 0


def test_unknown_outcomes_open_the_circuit_but_a_single_one_stops_nobody():
    assert after(UNKNOWN).room(MORNING, 0) == PARALLEL
    assert after(*[UNKNOWN] * FAILURES_TO_OPEN).room(MORNING, 0) == 0


def test_the_first_request_that_gets_through_closes_the_circuit():
    health = after(*[OFFLINE] * FAILURES_TO_OPEN, APPLIED)
    assert health.room(MORNING, 0) == PARALLEL


def test_the_hosts_wish_is_kept_to_the_second():
    health = after(throttled(60), fraction=0.0)
    assert health.room(MORNING + timedelta(seconds=59), 0) == 0
    assert health.room(MORNING + timedelta(seconds=60), 0) == PARALLEL


def test_a_shorter_wish_does_not_replace_a_longer_one():
    assert after(throttled(60), throttled(1), fraction=0.0).silent_until == MORNING + timedelta(seconds=60)


def test_another_request_that_got_through_does_not_end_the_hosts_wish():
    assert after(throttled(60), APPLIED).room(MORNING, 0) == 0


def test_a_person_can_end_our_own_patience_but_not_the_hosts_wish():
    assert after(OFFLINE).hurried().room(MORNING, 0) == PARALLEL
    assert after(throttled(60)).hurried().room(MORNING, 0) == 0


def test_a_refused_sign_in_stops_everything_until_it_works_again():
    health = after(Outcome(kind=OutcomeClass.AUTH))
    assert health.room(MORNING, 0) == 0
    assert health.wake_at(MORNING) is None
    assert health.after(APPLIED, MORNING, 0.0).room(MORNING, 0) == 0
    assert health.signed_in().room(MORNING, 0) == PARALLEL


@pytest.mark.parametrize("kind", [OutcomeClass.NOT_SENT, OutcomeClass.CAPTIVE])
def test_our_patience_never_exceeds_the_probe(kind):
    health = after(*[Outcome(kind=kind)] * (FAILURES_TO_OPEN - 1))
    assert health.wake_at(MORNING) == MORNING + timedelta(seconds=16)
