"""An account's outbox has one owner at a time, whoever asks for rounds meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest

from techdesk.application.sync.state import RoundResult, SyncPhase, SyncState
from techdesk.desk.desk import Desk
from techdesk.domain.events import ProductReceived
from tests.support.builders import put_order
from tests.unit.desk.fakes import FakeConnector, FakeSystem, Workbench

pytestmark = pytest.mark.usefixtures("account")

LONG_ENOUGH_TO_CALL_S = 0.3


@dataclass
class SlowSystem(FakeSystem):
    """A back end whose sign-ins are answered when they may be; it notes how many wait at once."""

    may_sign_in: threading.Event = field(default_factory=threading.Event)
    waits: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def note(self, what: str, connector: FakeConnector) -> None:
        super().note(what, connector)
        if what == "facts":
            self.waits.release()
            assert self.may_sign_in.wait(10)


@pytest.fixture
def bench() -> Workbench:
    return Workbench(system=SlowSystem())


@pytest.fixture
def system(bench: Workbench) -> SlowSystem:
    assert isinstance(bench.system, SlowSystem)
    return bench.system


def test_two_rounds_of_an_account_go_one_after_the_other(desk: Desk, bench: Workbench, system: SlowSystem) -> None:
    order = put_order(bench.store)
    with ThreadPoolExecutor(2) as threads, ExitStack() as at_the_end:
        at_the_end.callback(system.may_sign_in.set)
        first: Future[RoundResult] = threads.submit(desk.sync_once, "a1")
        assert system.waits.acquire(timeout=10)
        second: Future[RoundResult] = threads.submit(desk.sync_once, "a1")
        assert not system.waits.acquire(timeout=LONG_ENOUGH_TO_CALL_S)
        desk.commands.record_event(order, ProductReceived(received_by="Kim"))
        system.may_sign_in.set()
        assert first.result(10).confirmed + second.result(10).confirmed == 1
    assert len(system.sent) == 1


def test_the_threads_of_a_window_that_opens_wait_for_a_round_that_runs(desk: Desk, system: SlowSystem) -> None:
    states: SimpleQueue[SyncState] = SimpleQueue()
    with ThreadPoolExecutor(1) as threads, ExitStack() as at_the_end:
        at_the_end.callback(system.may_sign_in.set)
        running: Future[RoundResult] = threads.submit(desk.sync_once, "a1")
        assert system.waits.acquire(timeout=10)
        desk.start_sync(states.put, lambda _: None)
        assert not system.waits.acquire(timeout=LONG_ENOUGH_TO_CALL_S)
        system.may_sign_in.set()
        assert running.result(10).online
    while states.get(timeout=10).phase is not SyncPhase.IDLE:
        pass
