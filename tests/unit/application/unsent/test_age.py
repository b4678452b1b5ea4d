"""The age of unsent work: what counts, in which account, and how loudly it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.unsent.age import (
    CARRIED_AFTER,
    SHOWN_AFTER,
    TOLD_AFTER,
    AgeLevel,
    UnsentWork,
    age_level,
    unsent_work,
)
from techdesk.domain.events import ProductDiagnosed
from tests.support.bench import Bench
from tests.support.builders import MORNING, an_account
from tests.support.outbox_states import put_in_state
from tests.support.store_records import an_operation

_SECOND = timedelta(seconds=1)


def read(bench: Bench) -> UnsentWork:
    with bench.store.read() as view:
        return unsent_work(view)


def diagnose(bench: Bench) -> str:
    (op_id,) = bench.commands.record_event(bench.order(), ProductDiagnosed()).op_ids
    return op_id


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (timedelta(hours=-5), AgeLevel.QUIET),
        (SHOWN_AFTER - _SECOND, AgeLevel.QUIET),
        (SHOWN_AFTER, AgeLevel.SHOWN),
        (TOLD_AFTER - _SECOND, AgeLevel.SHOWN),
        (TOLD_AFTER, AgeLevel.TOLD),
        (CARRIED_AFTER - _SECOND, AgeLevel.TOLD),
        (CARRIED_AFTER, AgeLevel.CARRIED),
        (timedelta(days=400), AgeLevel.CARRIED),
    ],
)
def test_an_hour_a_day_and_three_days_are_the_steps(age: timedelta, level: AgeLevel) -> None:
    assert tuple(timedelta(hours=one) for one in (1, 24, 72)) == (SHOWN_AFTER, TOLD_AFTER, CARRIED_AFTER)
    assert age_level(MORNING - age, MORNING) is level


def test_where_nothing_is_unsent_nothing_is_old() -> None:
    work = read(Bench())
    assert (work.number, work.needs_person, work.oldest_at) == (0, 0, None)
    assert work.level(MORNING) is AgeLevel.QUIET
    assert work.late_accounts(MORNING) == []
    assert (work.kept, work.oldest_kept_at, work.kept_level(MORNING)) == (0, None, AgeLevel.QUIET)


@pytest.mark.parametrize("state", [one for one in OpState if not one.is_settled])
def test_whatever_is_not_settled_grows_old(state: OpState) -> None:
    bench = Bench()
    op_id = diagnose(bench)
    made_at = bench.clock.now()
    put_in_state(bench.store, op_id, state)
    work = read(bench)
    assert (work.number, work.needs_person, work.oldest_at) == (1, int(state.needs_person), made_at)


def test_what_goes_out_in_place_of_old_work_is_as_old() -> None:
    bench = Bench()
    op_id = diagnose(bench)
    made_at = bench.clock.now()
    put_in_state(bench.store, op_id, OpState.REJECTED)
    bench.clock.advance(TOLD_AFTER.total_seconds())
    bench.commands.outbox.retry(op_id)
    work = read(bench)
    assert (work.number, work.oldest_at) == (1, made_at)
    assert work.level(bench.clock.now()) is AgeLevel.TOLD


def test_the_age_goes_with_the_work_that_is_sent() -> None:
    bench = Bench()
    diagnose(bench)
    bench.clock.advance(CARRIED_AFTER.total_seconds())
    assert read(bench).level(bench.clock.now()) is AgeLevel.CARRIED
    bench.sync()
    work = read(bench)
    assert (work.number, work.since, work.level(bench.clock.now())) == (0, {}, AgeLevel.QUIET)


def test_each_account_has_an_age_of_its_own_and_the_oldest_speaks_for_all() -> None:
    bench = Bench()
    now = MORNING + timedelta(days=5)
    ages = {"a1": timedelta(days=1), "a2": timedelta(days=2), "a3": timedelta(hours=2)}
    with bench.store.write(Urgency.BACKGROUND) as tx:
        for number, (account_id, age) in enumerate(ages.items(), 1):
            tx.save_account(an_account(account_id=account_id, name=account_id))
            tx.add_operation(an_operation(number, account_id=account_id, created_at=now - age))
            tx.add_operation(an_operation(10 + number, account_id=account_id, created_at=now))
    work = read(bench)
    assert work.since == {account_id: now - age for account_id, age in ages.items()}
    assert work.oldest_at == now - ages["a2"]
    assert (work.number, work.level(now), work.late_accounts(now)) == (6, AgeLevel.TOLD, ["a2", "a1"])


def test_what_is_kept_of_a_signed_out_account_is_told_apart_and_grows_old_too() -> None:
    bench = Bench()
    now = MORNING + timedelta(days=5)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        for number, account_id in enumerate(("a1", "a2", "a3"), 1):
            tx.save_account(an_account(account_id=account_id, name=account_id, signed_out=account_id != "a1"))
            tx.add_operation(an_operation(number, account_id=account_id, created_at=now - timedelta(days=number)))
            tx.add_operation(an_operation(10 + number, account_id=account_id, created_at=now))
    put_in_state(bench.store, an_operation(13).op_id, OpState.CANCELLED)
    work = read(bench)
    assert (work.number, work.oldest_at, work.level(now)) == (2, now - timedelta(days=1), AgeLevel.TOLD)
    assert (work.kept, work.oldest_kept_at) == (3, now - timedelta(days=3))
    assert work.kept_level(now) is AgeLevel.CARRIED
    assert work.late_accounts(now) == ["a1"]
