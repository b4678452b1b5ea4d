"""The thread that decides, the threads that call, and what they tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

import pytest

from techdesk.application.changes import Changes
from techdesk.application.exchange import PullPage
from techdesk.application.outbox import Operation, OpState, OrderRef, Outcome
from techdesk.application.ports import Urgency
from techdesk.application.sync import loop as sync_loop
from techdesk.application.sync.loop import SyncListeners, SyncLoop, run_round
from techdesk.application.sync.round import SyncPorts
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.domain.errors import (
    DiskFullError,
    OfflineError,
    StoreCorruptError,
    StoreTakenError,
    WrongCredentialsError,
)
from techdesk.domain.events import ProductDiagnosed
from tests.support.builders import Ids, an_order, commands_over, order_document
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.memory_store import MemoryStore

PATIENCE_S = 20.0


class SystemClock:
    """The real clock: these tests are about real threads."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Desk:
    """A desk with a loop, and what its listeners heard."""

    def __init__(self) -> None:
        self.store, self.server = MemoryStore(), FakeServer()
        self.connector = FakeConnector(self.server)
        self.commands = commands_over(self.store, SystemClock())  # type: ignore[arg-type]
        self.states: SimpleQueue[SyncState] = SimpleQueue()
        self.changes: SimpleQueue[Changes] = SimpleQueue()
        self.crashes: SimpleQueue[Exception] = SimpleQueue()
        self.server.put_order("so-1", **order_document(an_order()))
        with self.store.write(Urgency.BACKGROUND) as tx:
            tx.apply_page("a1", self.server.page(""))
            tx.save_cursor("a1", "")
        self.ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.connector,
            clock=SystemClock(),
            new_id=Ids(iter(range(1000, 9999))),
            fraction=lambda: 0.0,
        )
        listeners = SyncListeners(on_state=self.states.put, on_changes=self.changes.put, on_crash=self.crashes.put)
        self.loop = SyncLoop(self.ports, listeners)

    def diagnose(self) -> Operation:
        self.commands.record_event(OrderRef("a1", "so-1"), ProductDiagnosed(diagnostic_explanation="Dead fuse"))
        return max(self.store.tables.operations.values(), key=lambda one: one.seq)

    def wait_for(self, wanted: Callable[[SyncState], bool]) -> SyncState:
        """Return the first state that is wanted."""
        while True:
            state = self.states.get(timeout=PATIENCE_S)
            if wanted(state):
                return state

    def idle(self) -> SyncState:
        return self.wait_for(lambda one: one.phase is SyncPhase.IDLE and one.unsent == 0)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.loop.stop()


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def test_a_first_sync_ends_idle_and_online_and_tells_what_to_read(desk):
    desk.loop.start()
    state = desk.idle()
    assert state.online
    assert state.as_of is not None
    told = desk.changes.get(timeout=PATIENCE_S)
    while not told.orders:
        told |= desk.changes.get(timeout=PATIENCE_S)
    assert told.orders == {"so-1"}


def test_what_a_person_saved_goes_out_when_the_loop_is_told(desk):
    desk.loop.start()
    desk.idle()
    operation = desk.diagnose()
    desk.loop.sync_now({"so-1"})
    desk.wait_for(lambda one: one.unsent == 0 and bool(desk.server.effects))
    desk.loop.stop()
    assert desk.store.tables.operations[operation.op_id].state is OpState.DONE
    assert [one.op_id for one in desk.server.effects] == [operation.op_id]


def test_sync_now_asks_the_server_at_once(desk):
    desk.loop.start()
    desk.idle()
    desk.server.put_order("so-2", **order_document(an_order()))
    desk.loop.sync_now()
    desk.wait_for(lambda one: one.pulled == 1)
    assert ("a1", "order", "so-2") in desk.store.tables.records


def test_what_is_new_right_after_something_was_told_is_told_within_a_moment(desk):
    desk.loop.work_offline(True)
    desk.loop.start()
    desk.wait_for(lambda one: one.phase is SyncPhase.PAUSED)
    desk.diagnose()
    desk.loop.sync_now({"so-1"})
    desk.wait_for(lambda one: one.unsent == 1)
    desk.diagnose()
    desk.loop.sync_now({"so-1"})
    desk.wait_for(lambda one: one.unsent == 2)


def test_working_offline_from_the_start_makes_no_call(desk):
    desk.connector.facts = failing(AssertionError("a call was made"))
    desk.loop.work_offline(True)
    desk.loop.start()
    assert desk.wait_for(lambda one: one.phase is SyncPhase.PAUSED).online is None
    del desk.connector.facts
    desk.loop.work_offline(False)
    assert desk.idle().online


def test_being_offline_is_told_with_a_hint(desk):
    desk.connector.facts = failing(OfflineError())
    desk.loop.start()
    state = desk.wait_for(lambda one: one.phase is SyncPhase.OFFLINE)
    assert (state.title, state.hint) == (OfflineError.default_title, OfflineError.default_hint)


def test_stopping_finishes_the_request_that_is_in_flight(desk: Desk, monkeypatch):
    began, may_end = Event(), Event()
    send = desk.connector.send

    def slow(operation: Operation) -> Outcome:
        began.set()
        may_end.wait(PATIENCE_S)
        return send(operation)

    monkeypatch.setattr(desk.connector, "send", slow)
    operation = desk.diagnose()
    desk.loop.start()
    assert began.wait(PATIENCE_S)
    desk.loop._inbox.put(None)
    may_end.set()
    desk.loop.stop()
    assert desk.store.tables.operations[operation.op_id].state is OpState.DONE


def test_stopping_leaves_a_request_that_hangs_to_be_found_out(desk: Desk, monkeypatch):
    monkeypatch.setattr(sync_loop, "STOP_WITHIN_S", 0.05)
    began, may_end = Event(), Event()

    def hangs(operation: Operation) -> Outcome:
        began.set()
        may_end.wait(PATIENCE_S)
        return desk.server.handle(operation)

    monkeypatch.setattr(desk.connector, "send", hangs)
    operation = desk.diagnose()
    desk.loop.start()
    assert began.wait(PATIENCE_S)
    desk.loop.stop()
    assert desk.store.tables.operations[operation.op_id].state is OpState.INFLIGHT
    may_end.set()


def test_a_loop_that_never_started_can_be_stopped(desk):
    desk.loop.stop()
    assert desk.states.empty()


def test_a_bug_in_a_call_ends_the_sync_and_is_told(desk):
    bug = RuntimeError("a bug of ours")
    desk.connector.pull = failing(bug)
    desk.loop.start()
    assert desk.crashes.get(timeout=PATIENCE_S) is bug
    desk.loop._thread.join(PATIENCE_S)
    assert not desk.loop._thread.is_alive()


def test_a_bug_in_the_loop_is_told(desk):
    bug = RuntimeError("a bug of ours")
    desk.connector.pull = lambda cursor, followed: bug_page(bug)
    desk.loop.start()
    assert desk.crashes.get(timeout=PATIENCE_S) is bug


def bug_page(bug: Exception) -> PullPage:
    class Orders(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            raise bug

    return PullPage(orders=Orders(), cursor="1", more=False)


def test_a_store_that_cannot_be_read_is_told_in_its_words(desk):
    desk.loop.start()
    desk.idle()
    desk.store.read = failing(StoreCorruptError())
    desk.loop.sync_now()
    state = desk.wait_for(lambda one: bool(one.title))
    assert (state.phase, state.title) == (SyncPhase.WAITING, StoreCorruptError.default_title)


def test_many_confirmations_are_told_together(desk, monkeypatch):
    monkeypatch.setattr(sync_loop, "TELL_EVERY_S", 0.5)
    for _ in range(20):
        desk.diagnose()
    desk.loop.start()
    desk.wait_for(lambda one: one.unsent == 0 and len(desk.server.effects) == 20)
    desk.loop.stop()
    told = 0
    while True:
        try:
            desk.changes.get_nowait()
        except Empty:
            break
        told += 1
    assert told < 10


def test_a_round_here_and_now_sends_pulls_and_counts(desk):
    run_round(desk.ports)
    desk.diagnose()
    told: list[Changes] = []
    result = run_round(desk.ports, told.append)
    assert (result.sent, result.confirmed, result.unsent, result.pulled, result.online) == (1, 1, 0, 1, True)
    assert not result.must_wait
    assert told[0].orders == {"so-1"}


def test_a_round_that_reaches_nobody_says_so(desk):
    desk.connector.facts = failing(OfflineError())
    result = run_round(desk.ports)
    assert not result.online


def test_a_round_with_a_wrong_credential_raises_it(desk):
    desk.connector.facts = failing(WrongCredentialsError())
    with pytest.raises(WrongCredentialsError):
        run_round(desk.ports)


def test_a_round_that_finds_the_disk_full_raises_it(desk: Desk, monkeypatch):
    run_round(desk.ports)
    desk.diagnose()
    send = desk.connector.send

    def send_and_fill(operation: Operation) -> Outcome:
        desk.store.before_commit = failing(DiskFullError())
        return send(operation)

    monkeypatch.setattr(desk.connector, "send", send_and_fill)
    with pytest.raises(DiskFullError):
        run_round(desk.ports)


def test_a_bug_in_a_round_is_raised(desk):
    bug = RuntimeError("a bug of ours")
    desk.connector.facts = failing(bug)
    with pytest.raises(RuntimeError) as raised:
        run_round(desk.ports)
    assert raised.value is bug


def test_a_loop_that_was_overtaken_by_another_desk_says_so_and_ends_at_once(desk, monkeypatch):
    monkeypatch.setattr(sync_loop, "STOP_WITHIN_S", 3600.0)
    desk.diagnose()
    server: FakeServer = desk.server

    def send_while_another_opens(operation: Operation) -> Outcome:
        desk.store.before_commit = failing(StoreTakenError())
        return server.handle(operation)

    monkeypatch.setattr(desk.connector, "send", send_while_another_opens)
    desk.loop.start()
    state = desk.wait_for(lambda one: one.phase is SyncPhase.TAKEN)
    assert state.title == StoreTakenError.default_title
    desk.loop.stop()
    assert len(desk.server.effects) == 1
