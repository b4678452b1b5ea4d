"""The encrypted file, the readers and the gate."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from techdesk.application.ports import Urgency
from techdesk.domain.errors import DiskFullError, StoreBusyError, StoreCorruptError, StoreError, StoreLockedError
from techdesk.store.border import translated
from techdesk.store.database import Database, ReaderPool, WriteGate

KEY = bytes(range(32))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "home" / "techdesk.db", KEY)


def fill(database: Database) -> None:
    with closing(database.writer()) as writer:
        writer.execute("CREATE TABLE words (word); INSERT INTO words VALUES ('Johanna Berg')")


def test_only_the_owner_may_read_the_file_and_its_folder(database: Database) -> None:
    with closing(database.writer()) as writer:
        writer.execute("CREATE TABLE words (word)")
        for path in database.path.parent.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert stat.S_IMODE(database.path.parent.stat().st_mode) == 0o700


def test_nothing_of_the_file_can_be_read_without_the_key(database: Database) -> None:
    with closing(database.writer()) as writer:
        writer.execute("CREATE TABLE words (word); INSERT INTO words VALUES ('Johanna Berg')")
        everything = b"".join(path.read_bytes() for path in database.path.parent.iterdir())
    everything += database.path.read_bytes()
    assert b"Johanna" not in everything
    assert b"SQLite format 3" not in everything


def test_a_commit_is_durable_when_it_returns(database: Database) -> None:
    with closing(database.writer()) as writer:
        assert writer.pragma("journal_mode") == "wal"
        assert writer.pragma("synchronous") == 2


def test_a_key_of_another_length_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database(tmp_path / "a", b"short")


@pytest.mark.parametrize("opening", [Database.writer, Database.reader])
def test_a_wrong_key_leaves_the_file_as_it_is(
    database: Database, opening: Callable[[Database], apsw.Connection]
) -> None:
    fill(database)
    before = database.path.read_bytes()
    with pytest.raises(StoreLockedError):
        opening(Database(database.path, KEY[::-1]))
    assert database.path.read_bytes() == before
    with closing(database.reader()) as reader:
        assert reader.execute("SELECT word FROM words").get == "Johanna Berg"


def test_a_reader_cannot_write(database: Database) -> None:
    fill(database)
    with closing(database.reader()) as reader, pytest.raises(StoreError), translated():
        reader.execute("DELETE FROM words")


def test_a_reader_of_a_missing_file_is_told_so(database: Database) -> None:
    with pytest.raises(StoreError):
        database.reader()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (apsw.BusyError("x"), StoreBusyError),
        (apsw.LockedError("x"), StoreBusyError),
        (apsw.FullError("x"), DiskFullError),
        (apsw.CorruptError("x"), StoreCorruptError),
        (apsw.NotADBError("x"), StoreCorruptError),
        (apsw.IOError("disk gone"), StoreError),
        (apsw.CantOpenError("x"), StoreError),
        (apsw.ReadOnlyError("x"), StoreError),
    ],
)
def test_what_sqlite_says_about_the_world_becomes_ours(theirs: apsw.Error, ours: type[StoreError]) -> None:
    with pytest.raises(StoreError) as caught, translated():
        raise theirs
    assert type(caught.value) is ours
    assert caught.value.__cause__ is theirs


def test_what_sqlite_says_about_our_sql_stays_a_bug() -> None:
    with pytest.raises(apsw.SQLError), translated():
        raise apsw.SQLError("no such table")


def test_a_look_that_ends_badly_gives_its_connection_back(database: Database) -> None:
    fill(database)
    pool = ReaderPool(database)
    with pytest.raises(KeyError), pool.transaction() as (first, _):
        raise KeyError
    with pool.transaction() as (second, _):
        assert second is first
    pool.close()


def test_looks_inside_looks_have_connections_of_their_own(database: Database) -> None:
    fill(database)
    pool = ReaderPool(database)
    with pool.transaction() as (outer, _), pool.transaction() as (inner, _):
        assert outer is not inner
    pool.close()


def test_a_look_that_outlives_the_pool_closes_its_connection(database: Database) -> None:
    fill(database)
    pool = ReaderPool(database)
    with pool.transaction() as (connection, _):
        pool.close()
        assert connection.execute("SELECT count(*) FROM words").get == 1
    with pytest.raises(apsw.ConnectionClosedError):
        connection.execute("SELECT 1")


def test_a_look_at_a_damaged_file_leaves_no_transaction_open(database: Database) -> None:
    fill(database)
    pool = ReaderPool(database)
    with pool.transaction() as (connection, _):
        connection.execute("ROLLBACK")
    with pool.transaction() as (connection, _):
        assert connection.in_transaction
    pool.close()


@pytest.fixture
def gate() -> WriteGate:
    return WriteGate(timeout_s=10)


class Queue:
    """Threads that wait at a gate, each noting its name when it gets in."""

    def __init__(self, gate: WriteGate) -> None:
        self.gate = gate
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def join(self, name: str, urgency: Urgency) -> None:
        before = self.gate.waiting
        thread = threading.Thread(target=self._enter, args=(name, urgency))
        thread.start()
        self.threads.append(thread)
        while self.gate.waiting == before:
            thread.join(0.001)

    def _enter(self, name: str, urgency: Urgency) -> None:
        with self.gate.entered(urgency):
            self.order.append(name)


@pytest.fixture
def queue(gate: WriteGate) -> Iterator[Queue]:
    made = Queue(gate)
    yield made
    for thread in made.threads:
        thread.join()


def test_a_person_goes_before_every_background_write_that_waits(gate: WriteGate, queue: Queue) -> None:
    with gate.entered(Urgency.BACKGROUND):
        queue.join("page 2", Urgency.BACKGROUND)
        queue.join("page 3", Urgency.BACKGROUND)
        queue.join("person", Urgency.PERSON)
    for thread in queue.threads:
        thread.join()
    assert queue.order[0] == "person"
    assert sorted(queue.order) == ["page 2", "page 3", "person"]


def test_a_writer_that_hangs_does_not_hold_a_person_for_ever(queue: Queue) -> None:
    gate = WriteGate(timeout_s=0.01)
    caught: list[BaseException] = []

    def save() -> None:
        try:
            with gate.entered(Urgency.PERSON):
                pass
        except StoreBusyError as error:
            caught.append(error)

    with gate.entered(Urgency.BACKGROUND):
        person = threading.Thread(target=save)
        person.start()
        person.join()
    assert len(caught) == 1
    with gate.entered(Urgency.BACKGROUND):
        assert gate.waiting == 0


def test_a_write_inside_a_write_of_the_same_thread_is_a_bug(gate: WriteGate) -> None:
    with gate.entered(Urgency.PERSON), pytest.raises(RuntimeError), gate.entered(Urgency.PERSON):
        pass
    with gate.entered(Urgency.PERSON):
        pass
