"""Run the sync of every account: each in a thread of its own, or one round here and now."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from techdesk.application.changes import Changes
from techdesk.application.sync.state import RoundResult, SyncState

if TYPE_CHECKING:
    from techdesk.application.sync.loop import SyncListeners, SyncLoop
    from techdesk.application.sync.round import SyncPorts

fraction = random.SystemRandom().random
_log = logging.getLogger(__name__)


class SyncThreads:
    """The sync loops of a desk, by account; safe to use from several threads."""

    def __init__(self, ports_of: Callable[[str], SyncPorts]) -> None:
        """Keep what makes the ports of an account; it waits for nothing but the store."""
        self._ports_of = ports_of
        self._listeners: SyncListeners | None = None
        self._loops: dict[str, SyncLoop] = {}
        self._aside: set[str] = set()
        self._held: set[str] = set()
        self._turns: dict[str, threading.RLock] = {}
        self._stopping: list[threading.Thread] = []
        self._offline = False
        self._guard = threading.RLock()

    def begin(
        self,
        on_state: Callable[[SyncState], None],
        on_changes: Callable[[Changes], None],
        account_ids: Callable[[], Iterable[str]],
        is_offline: Callable[[], bool],
    ) -> None:
        """Start a loop for each account, and for every account that is added later; both are asked just now."""
        from techdesk.application.sync.loop import SyncListeners

        with self._guard:
            self._listeners = SyncListeners(on_state=on_state, on_changes=on_changes, on_crash=_report)
            self._offline = is_offline()
            for account_id in account_ids():
                self.start(account_id)

    def start(self, account_id: str) -> None:
        """Start the loop of an account; nothing happens before `begin`, or if it runs; one that is held starts then."""
        from techdesk.application.sync.loop import SyncLoop

        with self._guard:
            if self._listeners and account_id in self._held:
                self._aside.add(account_id)
            elif self._listeners and account_id not in self._loops:
                loop = SyncLoop(self._ports_of(account_id), self._listeners)
                if self._offline:
                    loop.work_offline(True)
                loop.start()
                self._loops[account_id] = loop

    @contextmanager
    def stopped(self, account_id: str) -> Iterator[None]:
        """Have the loop of an account stand aside, if it runs; waits for what is in flight.

        Whoever wants the same meanwhile waits too, as an outbox has one owner (`docs/sync.md` §7.1).
        """
        with self._guard:
            turn = self._turns.setdefault(account_id, threading.RLock())
        with turn:
            with self._guard:
                loop = self._loops.pop(account_id, None)
                self._held.add(account_id)
                self._aside |= {account_id} if loop else set()
            if loop:
                loop.stop()
            try:
                yield
            finally:
                with self._guard:
                    self._held.discard(account_id)
                    is_wanted = account_id in self._aside
                    self._aside.discard(account_id)
                if is_wanted:
                    self.start(account_id)

    def forget(self, account_id: str) -> None:
        """Do not start the loop of an account again that stands aside."""
        with self._guard:
            self._aside.discard(account_id)

    def sync_now(self, account_id: str | None, order_ids: Iterable[str] | None) -> None:
        """Wake the loop of one account or of all; does not wait."""
        wanted = None if order_ids is None else list(order_ids)
        with self._guard:
            for loop in [loop for name, loop in self._loops.items() if account_id in (None, name)]:
                loop.sync_now(wanted)

    def work_offline(self, offline: bool) -> None:
        """Have all loops make no call any more, or go on."""
        with self._guard:
            self._offline = offline
            for loop in self._loops.values():
                loop.work_offline(offline)

    def round(self, account_id: str) -> RoundResult:
        """Run one round here and now; a loop of this account stands aside meanwhile.

        Raises:
            ConnectionFailedError: Only a person can mend why the server could not be used.
            StoreError: The store failed.
        """
        from techdesk.application.sync.loop import run_round

        listeners = self._listeners
        with self.stopped(account_id):
            return run_round(self._ports_of(account_id), listeners.on_changes if listeners else None)

    def close(self, within_s: float) -> bool:
        """Stop all loops at once and wait for them; say whether all have ended. May be called again to wait on."""
        with self._guard:
            loops, self._loops = self._loops, {}
            self._listeners = None
        fresh = [threading.Thread(target=loop.stop, name="sync-stop", daemon=True) for loop in loops.values()]
        for one in fresh:
            one.start()
        self._stopping += fresh
        deadline = time.monotonic() + within_s
        for one in self._stopping:
            one.join(max(0.0, deadline - time.monotonic()))
        return not any(one.is_alive() for one in self._stopping)


def _report(error: Exception) -> None:
    """Hand a bug of a sync thread to whoever handles crashes of threads in this process."""
    _log.error("the sync of an account ended by a bug", exc_info=error)
    threading.excepthook(
        threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
    )
