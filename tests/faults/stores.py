"""Stores that faults can strike: one in memory that dies at its commits, and the real one on a disk that fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import apsw
from typing_extensions import override

from techdesk.application.outbox import Operation, OpState, Outcome
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency, WriteTransaction
from techdesk.store import database
from techdesk.store.order_store import SqliteStore, open_store
from tests.faults.names import Step

KEY = bytes(range(32))
SCALE = 0.001
"""A second of waiting for another program's lock takes so many here."""

_numbers = count(1)

Reached = Callable[[Step, Operation | None], None]


class WatchedStore:
    """Say which named step each transaction is, before it is committed and after.

    Attributes:
        before_commit: Called before each one is.
    """

    def __init__(
        self, inner: OrderStore, reached: Reached, committed: Reached, is_child: Callable[[Operation], bool]
    ) -> None:
        self.inner = inner
        self._reached = reached
        self._committed = committed
        self.before_commit: Callable[[], None] = lambda: None
        self._is_child = is_child

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        with self.inner.read() as view:
            yield view

    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[WriteTransaction]:
        with self.inner.write(urgency) as tx:
            watched = _Watched(tx, self._is_child)
            yield watched
            for step, operation in watched.steps:
                self._reached(step, operation)
            self.before_commit()
        for step, operation in watched.steps:
            self._committed(step, operation)


class _Watched:
    """Pass everything on and note what kind of step it is part of."""

    def __init__(self, tx: WriteTransaction, is_child: Callable[[Operation], bool]) -> None:
        self._tx = tx
        self._is_child = is_child
        self.steps: list[tuple[Step, Operation | None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def add_operation(self, operation: Operation) -> Operation:
        self.steps.append((Step.S2, operation))
        return self._tx.add_operation(operation)

    def save_operation(self, operation: Operation) -> None:
        if operation.state is OpState.INFLIGHT:
            self.steps.append((Step.S14 if self._is_child(operation) else Step.S3, operation))
        self._tx.save_operation(operation)

    def add_attempt(self, op_id: str, at: Any, phase: str, outcome: Outcome | None) -> None:
        if phase == "answer":
            self.steps.append((Step.S13, self._tx.operation(op_id)))
        self._tx.add_attempt(op_id, at, phase, outcome)

    def apply_page(self, account_id: str, page: Any) -> Any:
        self.steps.append((Step.S16, None))
        return self._tx.apply_page(account_id, page)


class SickDisk:
    """A real store on a disk that fails on demand.

    Attributes:
        store: The real, encrypted store.
        sickness: Which fault is on; empty while the disk is well.
    """

    def __init__(self, folder: Path, template: Path) -> None:
        self.path = folder / "orders.db"
        folder.mkdir(parents=True)
        for one in template.iterdir():
            shutil.copy(one, folder / one.name)
        self.sickness = ""
        self._name = f"sick-{next(_numbers)}"
        self._vfs = _SickVfs(self._name, self)
        self._other: apsw.Connection | None = None
        self._busy_timeout_ms = database.BUSY_TIMEOUT_MS
        database.BUSY_TIMEOUT_MS = int(self._busy_timeout_ms * SCALE)
        self.store: SqliteStore = open_store(self.path, KEY, vfs=f"multipleciphers-{self._name}")

    def fall_ill(self, fault: str) -> None:
        """Let every write fail from now on."""
        self.sickness = fault
        if fault == "read_only":
            self.store._writer.execute("PRAGMA query_only = ON")
        if fault.startswith("busy"):
            self._other = apsw.Connection(str(self.path))
            self._other.execute("PRAGMA cipher = 'chacha20'")
            self._other.execute(f"PRAGMA key = 'raw:{KEY.hex()}'")
            self._other.execute("BEGIN IMMEDIATE")
        if fault == "busy_1s":
            self.store._writer.set_busy_handler(self._let_go)

    def _let_go(self, _tries: int) -> bool:
        """Let the other program end its transaction while SQLite waits for it."""
        self.get_well()
        return True

    def get_well(self) -> None:
        """Let writes succeed again."""
        if self.sickness == "read_only":
            self.store._writer.execute("PRAGMA query_only = OFF")
        self.sickness = ""
        other, self._other = self._other, None
        if other:
            other.close()

    def close(self) -> None:
        self.get_well()
        self.store.close()
        database.BUSY_TIMEOUT_MS = self._busy_timeout_ms
        self._vfs.unregister()


class _SickVfs(apsw.VFS):
    def __init__(self, name: str, disk: SickDisk) -> None:
        self._disk = disk
        super().__init__(name, "")

    @override
    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return _SickFile(self._disk, name, flags)


class _SickFile(apsw.VFSFile):
    def __init__(self, disk: SickDisk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        if self._disk.sickness == "enospc":
            raise apsw.FullError("no space left on device")
        if self._disk.sickness == "eio":
            raise apsw.IOError("input/output error")
        super().xWrite(data, offset)


def a_template(folder: Path) -> Path:
    """Return a folder with an empty store, to be copied."""
    folder.mkdir(parents=True)
    open_store(folder / "orders.db", KEY).close()
    return folder


def ill_for_s(fault: str) -> float:
    """Return the virtual seconds for which the disk is ill."""
    return {"busy_1s": 0.0, "busy_10s": 10.0, "busy_60s": 60.0}.get(fault, 20.0)
