"""Run an account's sync: in a thread of its own, or one round here and now (`docs/sync.md` §7).

Everything that happens is an action on the round, put into one inbox: an outcome, a page, a wish of the person. The
thread that empties the inbox is the only one that decides and writes; the callers do nothing but HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from techdesk.application.changes import Changes
from techdesk.application.sync.host_health import PARALLEL
from techdesk.application.sync.report import round_result, sync_state
from techdesk.application.sync.round import Call, SyncPorts, SyncRound
from techdesk.application.sync.state import RoundResult, SyncPhase, SyncState
from techdesk.domain.errors import StoreError

STOP_WITHIN_S = 5.0
LONGEST_SLEEP_S = 60.0
"""The wall clock may be set while we sleep; a look a minute costs nothing."""
LEAVE_CALLS_AFTER_S = 0.1
TELL_EVERY_S = 0.1
"""Ten thousand confirmations are not ten thousand repaints."""

_Action = Callable[[SyncRound], None]
_Inbox = SimpleQueue[_Action | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncListeners:
    """Who is told; all calls come from the sync's threads.

    Attributes:
        on_state: How the account's sync stands now.
        on_changes: What is to be read again.
        on_crash: A bug of ours ended the sync of this account.
    """

    on_state: Callable[[SyncState], None]
    on_changes: Callable[[Changes], None]
    on_crash: Callable[[Exception], None]


class SyncLoop:
    """Keep one account in step, with one thread that decides and up to four that call the server."""

    def __init__(self, ports: SyncPorts, listeners: SyncListeners) -> None:
        """Keep the ports and the listeners; nothing happens before `start`."""
        self._ports = ports
        self._listeners = listeners
        self._inbox: _Inbox = SimpleQueue()
        self._callers = _Callers(self._inbox, listeners.on_crash, ports.account_id)
        self._round = SyncRound(ports, self._callers.submit)
        self._told = SyncState(account_id=ports.account_id)
        self._tell_at = float("-inf")
        self._holds_back = False
        self._thread = Thread(target=self._guarded_run, name=f"sync {ports.account_id}", daemon=True)

    def start(self) -> None:
        """Begin; the listeners hear from now on."""
        self._callers.start()
        self._thread.start()

    def sync_now(self, order_ids: Iterable[str] | None = None) -> None:
        """Wake the sync at once: for orders that a person has just changed, or for everything; does not wait."""
        wanted = None if order_ids is None else frozenset(order_ids)
        self._inbox.put(lambda one: one.hurry(wanted))

    def work_offline(self, offline: bool) -> None:
        """Make no call any more, or go on; what is in flight is finished."""
        self._inbox.put(lambda one: one.pause(offline))

    def stop(self) -> None:
        """Finish what is in flight, for at most five seconds, and end; what is not finished is found out next time."""
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S + 1.0)
        self._callers.stop()

    def _guarded_run(self) -> None:
        _guarded(self._run, self._inbox, self._listeners.on_crash)

    def _run(self) -> None:
        going = self._take_actions(0.0)
        while going:
            self._step()
            going = self._take_actions(self._patience_s())
        self._finish()

    def _step(self) -> None:
        self._round.advance()
        self._tell()

    def _take_actions(self, patience_s: float) -> bool:
        """Do what has come in meanwhile, waiting for the first; say whether to go on."""
        try:
            action = self._inbox.get(timeout=patience_s)
            while action is not None:
                action(self._round)
                action = self._inbox.get_nowait()
        except Empty:
            return True
        return False

    def _finish(self) -> None:
        """Wait a little for what is in flight."""
        self._round.pause(True)
        clock = self._ports.clock
        end = clock.monotonic() + STOP_WITHIN_S
        while not self._round.is_over and self._round.engine.in_flight and (left_s := end - clock.monotonic()) > 0:
            self._take_actions(left_s)
            self._step()

    def _patience_s(self) -> float:
        """Return seconds until something is due although nothing happens."""
        wake_at = self._round.wake_at()
        seconds = LONGEST_SLEEP_S
        if wake_at is not None:
            seconds = min(seconds, max(0.0, (wake_at - self._ports.clock.now()).total_seconds()))
        if self._holds_back:
            seconds = min(seconds, max(0.0, self._tell_at - self._ports.clock.monotonic()))
        return seconds

    def _tell(self) -> None:
        """Tell the listeners what is new, at once after a pause, else ten times a second."""
        now = self._ports.clock.monotonic()
        self._holds_back = now < self._tell_at
        if self._holds_back:
            return
        self._tell_at = now + TELL_EVERY_S
        changes = self._round.take_changes()
        if changes:
            self._listeners.on_changes(changes)
        state = self._state()
        if state != self._told:
            self._told = state
            self._listeners.on_state(state)

    def _state(self) -> SyncState:
        try:
            return sync_state(self._round, self._ports.store, self._ports.account_id, self._ports.clock.now())
        except StoreError as error:
            return replace(self._told, phase=SyncPhase.WAITING, title=error.title, hint=error.hint)


def run_round(ports: SyncPorts, on_changes: Callable[[Changes], None] | None = None) -> RoundResult:
    """Push and pull once, here and now, as far as nothing has to wait; for where no `SyncLoop` runs.

    `on_changes` is told at the end what is to be read again.

    Raises:
        ConnectionFailedError: Only a person can mend why the server could not be used (sign-in, address, certificate).
        StoreError: The store failed; what was sent is found out next time.
    """
    inbox: _Inbox = SimpleQueue()
    crashes: list[Exception] = []
    callers = _Callers(inbox, crashes.append, ports.account_id)
    callers.start()
    try:
        one = SyncRound(ports, callers.submit)
        one.advance()
        while one.is_busy and not isinstance(one.failure, StoreError):
            action = inbox.get()
            if action is None:
                raise crashes[0]
            action(one)
            one.advance()
    finally:
        callers.stop()
    if on_changes:
        on_changes(one.take_changes())
    return round_result(one, ports.store, ports.account_id, ports.clock.now())


class _Callers:
    """Threads that make calls and put the news into the inbox."""

    def __init__(self, inbox: _Inbox, on_crash: Callable[[Exception], None], name: str) -> None:
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._inbox = inbox
        self._threads = [
            Thread(target=_guarded, args=(self._run, inbox, on_crash), name=f"calls {name} {number}", daemon=True)
            for number in range(PARALLEL)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, call: Call) -> None:
        self._calls.put(call)

    def stop(self) -> None:
        """Let each thread end after the call it is in; a call that hangs is left behind."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in (one for one in self._threads if one.is_alive()):
            thread.join(LEAVE_CALLS_AFTER_S)

    def _run(self) -> None:
        while call := self._calls.get():
            news = call()
            self._inbox.put(partial(SyncRound.take, news=news))


def _guarded(run: Callable[[], None], inbox: _Inbox, on_crash: Callable[[Exception], None]) -> None:
    """Run a thread; a bug in it ends this account's sync and is told, never swallowed."""
    try:
        run()
    except Exception as error:  # noqa: BLE001 - the outermost frame of the sync's threads: told as a crash
        on_crash(error)
        inbox.put(None)
