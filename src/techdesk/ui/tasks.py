"""Do the waiting elsewhere: reads, saves and slow calls run on threads of their own, answers come back to the window.

Four lanes that never wait for each other: quick reads of the store, slow ones (the keys and counts of a million
orders), saves, and calls that may take seconds (network, keyring). The GUI thread only ever receives. An answer for a
widget that is gone, or that asked again in the meantime, is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from techdesk.application.changes import Changes
from techdesk.application.ports import OrderStore, ReadTransaction
from techdesk.application.sync.state import SyncState
from techdesk.domain.errors import TechDeskError

_Result = TypeVar("_Result")

_GATHER_MS = 150
"""Changes that sync reports within this time are announced together, so that 10,000 of them are not 10,000 reads."""

_BUSY_GATHER_MS = 600
"""The same while one announcement follows the other: nobody reads a list that changes seven times a second."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Who asked what, and what is done with the answer."""

    owner: QObject
    topic: str
    number: int
    then: Callable[[Any], None]
    failed: Callable[[TechDeskError], None]


class Tasks(QObject):
    """Run work beside the window and bring its result back.

    Signals:
        changed: `Changes` of a command or of the sync; views read again what they show.
        sync_changed: An account's `SyncState`.
        failed: A `TechDeskError` that nobody else takes.
    """

    changed = Signal(object)
    sync_changed = Signal(object)
    failed = Signal(object)
    _answered = Signal(object, object)
    _reported = Signal(object)

    def __init__(self, store: OrderStore) -> None:
        super().__init__()
        self._store = store
        self._reader = ThreadPoolExecutor(1, "reader")
        self._counter = ThreadPoolExecutor(1, "counter")
        self._writer = ThreadPoolExecutor(1, "writer")
        self._slow = ThreadPoolExecutor(2, "slow")
        self._latest: dict[tuple[int, str], int] = {}
        self._number = 0
        self._is_open = True
        self._gathered = Changes()
        self._gathering = QTimer(self, singleShot=True)
        self._gathering.timeout.connect(self._announce_gathered)
        self._announced_at = QElapsedTimer()
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._reported.connect(self._gather, Qt.ConnectionType.QueuedConnection)

    def query(
        self,
        ask: Callable[[ReadTransaction], _Result],
        then: Callable[[_Result], None],
        owner: QObject,
        topic: str = "",
    ) -> None:
        """Read the store and hand the result to `then`; a failure goes to `failed`.

        Args:
            ask: Reads; runs on the reader's thread and must not touch widgets.
            then: Shows; runs on the GUI thread, unless `owner` is gone by then.
            owner: Who shows it.
            topic: Where given, only the owner's latest question on this topic is answered.
        """
        question = self._question(owner, topic, then, self.failed.emit)
        self._submit(self._reader, question, lambda: self._read(ask, question))

    def count(
        self,
        ask: Callable[[ReadTransaction], _Result],
        then: Callable[[_Result], None],
        owner: QObject,
        topic: str = "",
    ) -> None:
        """Read what may take long on a full store (keys, counts); as `query`, but typing never waits for it."""
        question = self._question(owner, topic, then, self.failed.emit)
        self._submit(self._counter, question, lambda: self._read(ask, question))

    def command(
        self,
        work: Callable[[], Changes],
        done: Callable[[Changes], None] | None = None,
        failed: Callable[[TechDeskError], None] | None = None,
    ) -> None:
        """Save something; its `Changes` are announced after `done` was called.

        Args:
            work: Saves; runs on the writer's thread and must not touch widgets.
            done: Called on the GUI thread once it is durable.
            failed: Called instead when it was not saved; `failed` is emitted where this is None.
        """

        def announce(changes: Changes) -> None:
            if done:
                done(changes)
            if changes:
                self.changed.emit(changes)

        question = self._question(self, "", announce, failed or self.failed.emit)
        self._submit(self._writer, question, work)

    def background(
        self,
        work: Callable[[], _Result],
        then: Callable[[_Result], None],
        failed: Callable[[TechDeskError], None] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Do something that may take seconds (network, keyring); same rules as `command`.

        Args:
            work: Runs on a thread of its own and must not touch widgets.
            then: Called on the GUI thread, unless `owner` is gone by then.
            failed: As in `command`.
            owner: Who waits for it; None where it concerns the whole window.
        """
        self._submit(self._slow, self._question(owner or self, "", then, failed or self.failed.emit), work)

    def report_changes(self, changes: Changes) -> None:
        """Announce changes from any thread, those that come close together as one."""
        self._reported.emit(changes)

    def report_sync(self, state: SyncState) -> None:
        """Announce an account's sync state from any thread."""
        self.sync_changed.emit(state)

    @property
    def is_open(self) -> bool:
        """Say whether work is still taken."""
        return self._is_open

    def close(self) -> None:
        """Wait for what runs, forget what has not begun but saves; no answer is delivered after this."""
        self._is_open = False
        self._answered.disconnect(self._deliver)
        self._reported.disconnect(self._gather)
        self._gathering.stop()
        self._reader.shutdown(wait=True, cancel_futures=True)
        self._counter.shutdown(wait=True, cancel_futures=True)
        self._slow.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True, cancel_futures=False)

    def _gather(self, changes: Changes) -> None:
        self._gathered |= changes
        if not self._gathering.isActive():
            follows = self._announced_at.isValid() and not self._announced_at.hasExpired(_BUSY_GATHER_MS)
            self._gathering.start(_BUSY_GATHER_MS if follows else _GATHER_MS)

    def _announce_gathered(self) -> None:
        gathered, self._gathered = self._gathered, Changes()
        self._announced_at.start()
        self.changed.emit(gathered)

    def _question(
        self, owner: QObject, topic: str, then: Callable[[Any], None], failed: Callable[[TechDeskError], None]
    ) -> _Question:
        self._number += 1
        if topic:
            self._latest[id(owner), topic] = self._number
        return _Question(owner, topic, self._number, then, failed)

    def _is_latest(self, question: _Question) -> bool:
        if not question.topic:
            return True
        return self._latest.get((id(question.owner), question.topic)) == question.number

    def _read(self, ask: Callable[[ReadTransaction], _Result], question: _Question) -> _Result | None:
        if not self._is_latest(question):
            return None
        with self._store.read() as view:
            return ask(view)

    def _submit(self, lane: ThreadPoolExecutor, question: _Question, work: Callable[[], Any]) -> None:
        future = lane.submit(work)
        future.add_done_callback(lambda done: self._answered.emit(question, done))

    def _deliver(self, question: _Question, done: Future[Any]) -> None:
        if done.cancelled() or not shiboken6.isValid(question.owner) or not self._is_latest(question):
            return
        error = done.exception()
        if error is None:
            question.then(done.result())
        elif isinstance(error, TechDeskError):
            question.failed(error)
        else:
            raise error
