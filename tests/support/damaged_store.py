"""Fill a real store, leave it as a kill would, and damage its files in the ways in which files are damaged."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from techdesk.application.outbox import Clash, FrozenRequest, Operation, OpState, Outcome, OutcomeClass, Verb
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.domain.records import RecordType
from techdesk.store.backups import Backups
from techdesk.store.database import Database
from techdesk.store.log_file import live_frames
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.builders import MORNING, an_account
from tests.support.store_records import KEY, a_page, a_record, an_event, an_operation, pulled, pulled_event

PAGE = 4096
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REQUEST = FrozenRequest(method="POST", path="/orders", headers={"Idempotency-Key": "k"}, body=b'{"a":1}')
STATES = tuple(OpState)


@dataclass
class SomeStore:
    """A store as a person has it, in a folder of its own.

    Attributes:
        saved: The operations that were acknowledged, as they were last stored.
    """

    path: Path
    saved: dict[str, Operation]
    time: datetime = NOON

    @property
    def database(self) -> Database:
        return Database(self.path, KEY)

    def backups(self) -> Backups:
        return Backups(self.database, lambda: self.time)

    def stored(self) -> dict[str, Operation]:
        """Return the operations that the file holds now."""
        with closing(open_store(self.path, KEY)) as store, store.read() as view:
            return {one.op_id: one for one in view.operations()}


def save_order(store: SqliteStore, number: int, state: OpState = OpState.QUEUED) -> Operation:
    """Save an order that is made here, with an operation in this state and all that hangs on it."""
    was_sent = state not in (OpState.QUEUED, OpState.CANCELLED)
    order_id = f"tmp_{number:032x}"
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record(order_id, view={"title": f"Kettle {number}", "description": "x" * 300}))
        operation = tx.add_operation(
            an_operation(
                number,
                order_id=order_id,
                record_id=order_id,
                state=state,
                intent={"title": f"Kettle {number}", "description": "x" * 300},
                request=REQUEST if was_sent else None,
                attempts=int(was_sent),
                first_sent_at=MORNING if was_sent else None,
                last_sent_at=MORNING if was_sent else None,
            )
        )
        if was_sent:
            tx.add_attempt(operation.op_id, MORNING, "send", None)
            tx.add_attempt(operation.op_id, MORNING, "answer", Outcome(kind=OutcomeClass.AMBIGUOUS))
        if state is OpState.CONFLICT:
            tx.save_clashes(operation.op_id, [Clash(op_id=operation.op_id, field="title", base=1, mine=2, theirs=3)])
    return operation


def some_store(folder: Path, *, orders: int = 48, pulled_orders: int = 150, backup: bool = True) -> SomeStore:
    """Make a store with a backup in the middle of its life, killed with a log beside the file."""
    folder.mkdir(parents=True, exist_ok=True)
    made = SomeStore(folder / "store.db", {})
    live = folder / "live"
    store = open_store(live / "store.db", KEY)
    with closing(store):
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
            tx.save_note("timer", "running")
        with store.write(Urgency.BACKGROUND) as tx:
            events = (pulled_event(f"e{number}", notes="y" * 200) for number in count())
            found = [pulled(f"s{number}", next(events), title="x" * 500) for number in range(pulled_orders)]
            tx.apply_page("a1", a_page(*found))
        for number in range(orders // 2):
            _keep(made, save_order(store, number, STATES[number % len(STATES)]))
        if backup:
            copies = Backups(Database(live / "store.db", KEY), lambda: NOON - timedelta(hours=1))
            copies.write(BackupReason.HOURLY)
        store._checkpoint()
        with store.write(Urgency.PERSON) as tx:
            tx.save_note("timer", "stopped")
            update = tx.add_operation(_an_update(10_000))
            tx.save_record(an_event("e7", "s7", server_id="e7", base={"notes": "y"}, view={"notes": "mine"}))
        _keep(made, update)
        for number in range(orders // 2, orders):
            _keep(made, save_order(store, number, STATES[number % len(STATES)]))
        for end in ("", "-wal"):
            shutil.copyfile(live / f"store.db{end}", folder / f"store.db{end}")
    if backup:
        shutil.copytree(live / "backups", folder / "backups")
    return made


def _keep(made: SomeStore, operation: Operation) -> None:
    made.saved[operation.op_id] = operation


def _an_update(number: int) -> Operation:
    changes = {"order_id": "s7", "record_id": "e7", "record_type": RecordType.EVENT, "verb": Verb.UPDATE}
    return replace(an_operation(number, intent={"notes": "mine"}, base={"notes": "y"}), **changes)  # type: ignore[arg-type]  # values of their fields


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("rb+") as file:
        file.seek(at)
        file.write(content)


def log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _pages_in_the_middle(path: Path) -> None:
    for page in random.Random(1).sample(range(2, path.stat().st_size // PAGE), 12):
        overwrite(path, page * PAGE, os.urandom(PAGE))


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3 + 77)


def _without_a_beginning(path: Path) -> None:
    overwrite(path, 0, bytes(PAGE))


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _gone(path: Path) -> None:
    path.unlink()


def _log_of_another(path: Path) -> None:
    other = path.parent / "other" / "store.db"
    with closing(open_store(other, KEY[::-1])) as store:
        for number in range(40):
            save_order(store, number)
        log(path).write_bytes(log(other).read_bytes())
    shutil.rmtree(other.parent)


def _log_with_a_hole(path: Path) -> None:
    frames = live_frames(log(path))
    overwrite(log(path), frames[len(frames) // 2].at, os.urandom(600))


def _log_without_a_beginning(path: Path) -> None:
    overwrite(log(path), 0, os.urandom(512))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "pages in the middle": _pages_in_the_middle,
    "cut off": _cut_off,
    "without a beginning": _without_a_beginning,
    "empty": _empty,
    "gone": _gone,
    "the log of another": _log_of_another,
    "a log with a hole": _log_with_a_hole,
    "a log without a beginning": _log_without_a_beginning,
}
"""Every kind of damage."""
