"""Give a schedule the real, encrypted store instead of the one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from techdesk.application.outbox import Outcome
from techdesk.application.ports import ReadTransaction, Urgency, WriteTransaction
from techdesk.application.queries import OrderFilter
from techdesk.domain.records import RecordType
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.memory_store import Tables, nothing

KEY = bytes(range(32))

Attempt = tuple[str, datetime, str, Outcome | None]


class SealedStore:
    """The real store with a simulation's crashes around each commit, and its content as tables to look at."""

    def __init__(self, folder: Path) -> None:
        self._store: SqliteStore = open_store(folder / "orders.db", KEY)
        self._tables: Tables | None = None
        self._attempts: list[Attempt] = []
        self.before_commit: Callable[[], None] = nothing
        self.after_commit: Callable[[], None] = nothing

    def close(self) -> None:
        self._store.close()

    def read(self) -> AbstractContextManager[ReadTransaction]:
        return self._store.read()

    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[WriteTransaction]:
        attempts: list[Attempt] = []
        with self._store.write(urgency) as tx:
            noted = partial(_note, tx.add_attempt, attempts)
            tx.add_attempt = noted  # type: ignore[method-assign]
            yield tx
            self.before_commit()
        self._attempts += attempts
        self._tables = None
        self.after_commit()

    @property
    def tables(self) -> Tables:
        """Return what is stored, read once after each commit."""
        if self._tables is None:
            with self._store.read() as view:
                self._tables = _read(view)
            self._tables.attempts = self._attempts
        return self._tables


@contextmanager
def sealed_stores(folder: Path) -> Iterator[Callable[[], SealedStore]]:
    """Yield what opens a new store in a folder at each call; all of them are closed at the end."""
    opened: list[SealedStore] = []

    def open_one() -> SealedStore:
        place = folder / str(len(opened))
        place.mkdir(mode=0o700, parents=True)
        opened.append(SealedStore(place))
        return opened[-1]

    try:
        yield open_one
    finally:
        for one in opened:
            one.close()


def _note(add: Callable[..., None], attempts: list[Attempt], *attempt: object) -> None:
    attempts.append(attempt)  # type: ignore[arg-type]
    add(*attempt)


def _read(view: ReadTransaction) -> Tables:
    operations = {one.op_id: one for one in view.operations()}
    orders = view.order_rows(view.order_keys(OrderFilter()))
    records = [view.record(one.account_id, RecordType.ORDER, one.order_id) for one in orders]
    parts = [part for one in orders for part in view.parts(one.account_id, one.order_id)]
    known = [one for one in (*records, *parts) if one is not None]
    return Tables(
        operations=operations,
        records={(one.account_id, one.record_type, one.record_id): one for one in known},
        clashes={op_id: tuple(view.clashes(op_id)) for op_id in operations},
    )
