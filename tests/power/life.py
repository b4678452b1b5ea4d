"""Live a short life of a desk on the real, encrypted store, and note which of its commits were acknowledged when.

Everything a person or the sync does goes through the real commands, the real engine and the real pull; only the server
is `FakeServer`. One life is one seed: the same saves, answers and pulls each time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from pathlib import Path
from random import Random

from pytest import MonkeyPatch

from techdesk.application.commands import Commands
from techdesk.application.exchange import BadRecord
from techdesk.application.outbox import Operation, OpState, OrderRef, Outcome, OutcomeClass, Verb
from techdesk.application.ports import ReadTransaction, Urgency, WriteTransaction
from techdesk.application.queries import OrderFilter
from techdesk.application.store_news import BackupReason
from techdesk.application.sync.engine import SyncEngine
from techdesk.domain.errors import TechDeskError
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.store import log_room, order_store
from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS
from techdesk.store.order_store import SqliteStore, open_store
from tests.golden_db.make import FIRST_WITH_OUTBOX, golden_path
from tests.power.contents import content_of
from tests.power.recorder import Log, recording
from tests.support.builders import FakeClock, Ids, an_account, an_order, order_document
from tests.support.fake_server import KEYED, FakeConnector, FakeServer
from tests.support.store_records import KEY

ACCOUNT = "a1"
FILE = "techdesk.db"
BACKUPS = "backups"
STEPS = 40
_STEPS_AFTER_UPDATE = 10
_LOG_BYTES = 1 << 17
"""So that a life fills the room in its log, and goes beyond."""

_ORDERS = 3


class Kind(Enum):
    """What a life is about, beside saves, answers and pulls."""

    WORK = "work"
    BACKUPS = "backups"
    UPDATE = "update"


_KINDS = (Kind.WORK, Kind.WORK, Kind.BACKUPS, Kind.UPDATE)
"""By the number of a life."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A commit that was acknowledged: after how many steps of the disk, what the store held then, and what it was."""

    steps: int
    content: int
    what: str


@dataclass
class Life:
    """A recorded life.

    Attributes:
        backups: The names of the backups that were acknowledged, and after how many steps.
        earlier: What the store held before the update of an older version, which a backup keeps.
    """

    seed: int
    log: Log
    marks: list[Mark] = field(default_factory=list)
    backups: dict[str, int] = field(default_factory=dict)
    earlier: set[int] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        """Return what it is about."""
        return kind_of(self.seed)

    def acknowledged(self, steps: int) -> int:
        """Return the number of the last mark that was made before so many steps, -1 if there is none."""
        return sum(mark.steps <= steps for mark in self.marks) - 1


def kind_of(seed: int) -> Kind:
    """Return what the life of a seed is about."""
    return _KINDS[seed % len(_KINDS)]


def live(seed: int, folder: Path, synchronous: str = "FULL") -> Life:
    """Record the life of a seed in an empty folder.

    Args:
        seed: What everything in it follows from.
        folder: Where; nothing in it is needed afterwards.
        synchronous: What SQLite is told to wait for; anything but FULL is the control that must fail.
    """
    if kind_of(seed) is Kind.UPDATE:
        versions = range(FIRST_WITH_OUTBOX, len(MIGRATIONS) + 1)
        shutil.copy(golden_path(versions[seed // len(_KINDS) % len(versions)]), folder / FILE)
    life = Life(seed, Log(folder), earlier=_content_before(folder / FILE))
    with recording(life.log) as vfs, _one_thread():
        desk = _Desk(life, folder / FILE, vfs, synchronous)
        try:
            desk.work()
        finally:
            desk.store.close()
        life.marks.append(Mark(len(life.log.steps), desk.content, "closed"))
    return life


def _content_before(path: Path) -> set[int]:
    if not path.exists():
        return set()
    with closing(Database(path, KEY).fixed_reader()) as connection:
        return {content_of(connection)}


class _NoFeeder:
    """Do nothing behind the writes: a life has one thread, so that its steps come in one order."""

    def __init__(self, step: Callable[[], bool]) -> None:
        self._step = step

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def _one_thread() -> Iterator[None]:
    with MonkeyPatch.context() as patch:
        patch.setattr(order_store, "Feeder", _NoFeeder)
        patch.setattr(log_room, "FULL_BYTES", _LOG_BYTES)
        yield


class _Acknowledging:
    """The real store; each commit that it acknowledges is marked."""

    def __init__(self, store: SqliteStore, mark: Callable[[], None]) -> None:
        self._store = store
        self._mark = mark

    def read(self) -> AbstractContextManager[ReadTransaction]:
        return self._store.read()

    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[WriteTransaction]:
        with self._store.write(urgency) as tx:
            yield tx
        self._mark()


class _Desk:
    def __init__(self, life: Life, path: Path, vfs: str, synchronous: str) -> None:
        self._life, self._path, self._vfs, self._synchronous = life, path, vfs, synchronous
        self._dice = Random(life.seed)
        self._clock = FakeClock()
        self._new_id = Ids(count(1000))
        self._server = FakeServer()
        self._what = "opened"
        self.content = 0
        self._open()

    def work(self) -> None:
        """Do what a life of this kind is about."""
        record = [self._record] * 3
        if self._life.kind is Kind.UPDATE:
            self._do_some(_STEPS_AFTER_UPDATE, [*record, self._behind])
            return
        with self.acknowledging.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        for number in range(_ORDERS):
            self._server.put_order(f"so-{number}", **order_document(an_order(service_number=str(10040 + number))))
        self._pull()
        rarely = [self._pull, self._behind, self._read_anew]
        more = [self._back_up] if self._life.kind is Kind.BACKUPS else []
        self._do_some(STEPS, [*record, self._sync, self._sync, *rarely, *more])

    def _do_some(self, count: int, steps: Sequence[Callable[[], None]]) -> None:
        for _ in range(count):
            self._do_one(steps)

    def _do_one(self, steps: Sequence[Callable[[], None]]) -> None:
        """Do one thing that the dice choose; what the desk refuses is no thing done."""
        chosen = self._dice.choice(steps) if self._dice.random() > 0.03 else self._restart
        self._what = chosen.__name__.strip("_")
        self._clock.advance(self._dice.choice((1, 20, 400)))
        with suppress(TechDeskError):
            chosen()

    def _open(self) -> None:
        self.store = open_store(self._path, KEY, vfs=self._vfs, now=self._clock.now)
        for connection in (self.store._writer, self.store._tidier):
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        self._mark()
        self.acknowledging = _Acknowledging(self.store, self._mark)
        self._commands = Commands(self.acknowledging, self._clock, self._new_id, lambda _: KEYED)
        connector = FakeConnector(self._server)
        self._engine = SyncEngine(ACCOUNT, self.acknowledging, connector, self._new_id, self._dice.random)
        self._engine.recover(self._clock.now())

    def _mark(self) -> None:
        self.content = content_of(self.store._writer)
        self._life.marks.append(Mark(len(self._life.log.steps), self.content, self._what))

    def _restart(self) -> None:
        self.store.close()
        self._mark_closed()
        self._open()

    def _mark_closed(self) -> None:
        self._life.marks.append(Mark(len(self._life.log.steps), self.content, "closed"))

    def _record(self) -> None:
        text = f"words {self._dice.randrange(1000)} " * self._dice.choice((1, 1, 60))
        order = self._some_order()
        verb = self._dice.choice(("event", "item", "title", "title", "new", "remove", "withdraw", "choose"))
        if verb == "event":
            self._commands.record_event(order, ProductDiagnosed(diagnostic_explanation=text))
        elif verb == "item":
            self._commands.add_item(order, Item(name=text))
        elif verb == "title":
            self._change_title(order, text)
        elif verb == "new":
            self._commands.create_order(ACCOUNT, an_order(title=text))
        elif verb == "remove":
            self._remove_item(order)
        else:
            self._decide(verb)

    def _some_order(self) -> OrderRef:
        with self.store.read() as view:
            rows = view.order_rows(view.order_keys(OrderFilter()))
        return OrderRef(ACCOUNT, self._dice.choice(rows).order_id)

    def _change_title(self, order: OrderRef, text: str) -> None:
        with self.store.read() as view:
            record = view.record(ACCOUNT, RecordType.ORDER, order.order_id)
        assert record is not None
        self._commands.change_order(order, {"title": text}, record.view)

    def _remove_item(self, order: OrderRef) -> None:
        with self.store.read() as view:
            items = view.parts(ACCOUNT, order.order_id, RecordType.ITEM)
        if items:
            self._commands.remove(order, RecordType.ITEM, self._dice.choice(items).record_id)

    def _decide(self, verb: str) -> None:
        states = [OpState.QUEUED] if verb == "withdraw" else [OpState.REJECTED, OpState.NEEDS_CHECK]
        with self.store.read() as view:
            waiting = view.operations(states=states)
        if waiting:
            self._commands.outbox.discard(self._dice.choice(waiting).op_id)

    def _sync(self) -> None:
        self._engine.refresh()
        started = self._engine.start(self._clock.now())
        for operation in started.looks:
            self._engine.sighted(
                operation.op_id, self._server.sighting(operation), self._clock.now(), self._clock.now()
            )
        for operation in started.operations:
            self._engine.settle(operation.op_id, self._fate(operation), self._clock.now())

    def _fate(self, operation: Operation) -> Outcome:
        fate = self._dice.random()
        if fate < 0.1:
            return Outcome(kind=OutcomeClass.NOT_SENT, reason="The server does not answer")
        if fate < 0.2:
            return Outcome(kind=OutcomeClass.REJECTED, http_status=409, reason="The order is closed")
        answer = self._server.handle(operation)
        if fate < 0.4:
            return Outcome(kind=OutcomeClass.AMBIGUOUS, reason="No answer came")
        return answer

    def _pull(self) -> None:
        if self._is_unclear():
            return
        for name in [name for name, one in self._server.things.items() if one.record_type is RecordType.ORDER]:
            if self._dice.random() < 0.3:
                self._server.edit(name, description=f"theirs {self._dice.randrange(1000)}")
        if self._dice.random() < 0.2:
            self._server.put_order(f"so-{len(self._server.changes)}", **order_document(an_order(title="theirs")))
        with self.acknowledging.write(Urgency.BACKGROUND) as tx:
            page = self._server.page(tx.cursor(ACCOUNT))
            if self._dice.random() < 0.3:
                page = replace(page, bad=[BadRecord(server_id="bad", reason="no order", raw=b"{" * 50)])
            tx.apply_page(ACCOUNT, page)

    def _is_unclear(self) -> bool:
        """Say whether a record that was made here may have arrived: nothing is pulled then (`docs/sync.md`, 6.8)."""
        with self.store.read() as view:
            return any(one.verb is Verb.CREATE for one in view.operations(states=[OpState.AMBIGUOUS]))

    def _read_anew(self) -> None:
        """Read the feed from its beginning beside what is here, then let it take that one's place."""
        if self._is_unclear():
            return
        cursor, more = "", True
        while more:
            page = self._server.page(cursor, size=2)
            cursor, more = page.cursor, page.more
            with self.acknowledging.write(Urgency.BACKGROUND) as tx:
                if more:
                    tx.stage_page(ACCOUNT, page)
                else:
                    tx.take_staged(ACCOUNT, page)
                    tx.drop_staged(ACCOUNT)

    def _back_up(self) -> None:
        self._clock.advance(self._dice.choice((60, 4000)))
        before = {path.name for path in self._backups()}
        self.store.back_up(self._dice.choice(list(BackupReason)))
        (made,) = {path.name for path in self._backups()} - before
        self._life.backups[made] = len(self._life.log.steps)

    def _backups(self) -> Iterable[Path]:
        return (self._path.parent / BACKUPS).glob("*.db")

    def _behind(self) -> None:
        """Do what is done behind the writes: the log moves into the file, the search index is fed."""
        if self._dice.random() < 0.5:
            self.store._checkpoint()
        else:
            self.store.index_now()
