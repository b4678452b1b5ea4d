"""Open the local store: the one file that everything a person did is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import apsw

from techdesk.application.ports import ReadTransaction, Urgency, WriteTransaction
from techdesk.application.store_news import BackupReason, OpeningStep, StoreFacts, StoreNews, TellStep, tell_nobody
from techdesk.domain.errors import DiskFullError, StoreCorruptError, StoreError, StoreNotUpdatedError
from techdesk.store.backups import Backups
from techdesk.store.border import translated, unlocking
from techdesk.store.checks import suspect
from techdesk.store.database import Database, ReaderPool, WriteGate
from techdesk.store.facts import store_facts
from techdesk.store.feeder import Feeder
from techdesk.store.lease import Lease
from techdesk.store.list_reading import KeyCache
from techdesk.store.log_room import make_room
from techdesk.store.migrations import is_behind, migrate, set_moves
from techdesk.store.names import Names
from techdesk.store.reading import Reading
from techdesk.store.search_index import SearchIndex
from techdesk.store.upkeep import TOLD, Upkeep

_UPDATING = "Bringing your data up to date"
_NO_ROOM = "Your data cannot be brought up to date: the disk is nearly full"
_FREE_SOME = "It is copied first, with 64 MB to spare. Nothing was changed. Free some space, then try again"
_INDEXED_AT_ONCE = 1000
_LOG_PAGES = 4000
"""Pages in the log (16 MB) from which on they are moved into the file, behind the writes."""


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def open_store(
    path: Path,
    key: bytes,
    *,
    vfs: str | None = None,
    now: Callable[[], datetime] = utc_now,
    doing: TellStep = tell_nobody,
) -> SqliteStore:
    """Open the store, making or updating its file.

    Args:
        path: The file; the search index stands beside it.
        key: 32 random bytes.
        vfs: Name of a registered apsw VFS, for tests of power cuts.
        now: Tells the time, for the names of backups.
        doing: Told each step that may take seconds, as it begins.

    Raises:
        StoreLockedError: The key is wrong, or the file is no store. Nothing was changed.
        StoreTooNewError: A newer TechDesk wrote it. Nothing was changed.
        StoreNotUpdatedError: An older TechDesk wrote it, and it could not be brought up to date. Nothing was changed.
        StoreError: It cannot be opened.
    """
    database = Database(path, key, vfs)
    writer = database.writer()
    try:
        with unlocking():
            _bring_up_to_date(database, writer, now, doing)
            set_moves(writer)
            lease = Lease(writer)
        make_room(path)
        index = Database(path.with_name(path.name + ".search"), key, vfs, synchronous="NORMAL")
        search = SearchIndex(index)
    except StoreError:
        writer.close()
        raise
    epoch, change_no = next(writer.execute("SELECT search_epoch, change_no FROM counters"))
    went_back = search.is_ahead(epoch, change_no)
    store = SqliteStore(database, Writer(writer, lease), search, Upkeep(database, now))
    store.went_back = went_back
    return store


def _bring_up_to_date(
    database: Database, connection: apsw.Connection, now: Callable[[], datetime], doing: TellStep
) -> None:
    """Run the migrations; before an older file is changed there is a copy of it.

    Raises:
        StoreNotUpdatedError: A migration failed; nothing was changed.
        DiskFullError: There is no room for the copy or the change; nothing was changed.
        StoreError: As `migrate`, or the copy could not be made; nothing was changed.
    """
    if is_behind(connection):
        doing(OpeningStep(_UPDATING, "Making a backup first…"))
        try:
            Backups(database, now).write(BackupReason.BEFORE_MIGRATION)
        except DiskFullError as error:
            raise DiskFullError(_NO_ROOM, _FREE_SOME) from error
        doing(OpeningStep(_UPDATING, "Changing the data file…"))
    try:
        migrate(connection)
    except (apsw.SQLError, apsw.ConstraintError) as error:
        raise StoreNotUpdatedError from error


class Writer(NamedTuple):
    """The one connection that writes, and its right to."""

    connection: apsw.Connection
    lease: Lease


class SqliteStore:
    """The `OrderStore` on one encrypted SQLite file; threads may share it.

    Attributes:
        went_back: The file was older at its opening than it had been before.
    """

    went_back = False

    def __init__(self, database: Database, writer: Writer, search: SearchIndex, upkeep: Upkeep) -> None:
        """Take over an opened file, its search index and what looks after it."""
        self._database = database
        self._upkeep = upkeep
        self._writer, self._lease = writer
        self._tidier = database.writer()
        self._writer_names = Names(self._writer)
        self._gate = WriteGate()
        self._readers = ReaderPool(database)
        self._search = search
        self._lists = KeyCache()
        self._log_pages = 0
        self._feeder = Feeder(self._do_background_step)
        self._writer.set_wal_hook(self._count_log)
        self._feeder.wake()

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """Open a consistent look.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._noticing_damage(), self._readers.transaction() as (connection, names):
            yield Reading(connection, names, self._search, self._lists)

    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[WriteTransaction]:
        """Open a transaction through the write gate; a person's goes before the background's.

        Raises:
            StoreTakenError: Another process has opened the store since.
            StoreError: It could not be made durable; nothing of it is stored.
        """
        from techdesk.store.writing import Writing  # reading the first rows does not wait for it

        with self._noticing_damage(), self._gate.entered(urgency):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._lease.check()
                tx = Writing(self._writer, self._writer_names, self._search)
                yield tx
                tx.finish()
                self._writer.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        self._upkeep.note_change()
        self._feeder.wake()

    def look_after_itself(self, tell: Callable[[StoreNews], object]) -> None:
        """Check the file and copy it every hour from now on, in a thread of its own, until the store is closed.

        Args:
            tell: Called from that thread, or at once, with what a person should know.
        """
        self._upkeep.news.listen(tell)
        self._upkeep.start(self._forget_what_was_told)

    def tell(self, news: StoreNews) -> None:
        """Tell a person something about the store, as soon as somebody listens."""
        self._upkeep.news.tell(news)

    def facts(self) -> StoreFacts:
        """Read all of the file and tell how it is; takes seconds where there is much.

        Where it is not whole, the next start looks before it does anything else.

        Raises:
            StoreError: The file cannot be read.
        """
        found = store_facts(self._database, utc_now)
        if not found.is_whole:
            with suppress(OSError):
                suspect(self._database)
        return found

    def back_up(self, reason: BackupReason) -> None:
        """Keep a verified copy before something that cannot be undone; a failure is told and stops nobody."""
        self._upkeep.copy_now(reason)

    def index_now(self) -> None:
        """Bring the search index up to date before this returns.

        Raises:
            StoreError: The file or the index cannot be read or written.
        """
        more_left = True
        while more_left:
            more_left = self._feed_index()

    def close(self) -> None:
        """Close the file, with its log moved into it as far as possible; a second time does nothing."""
        self._upkeep.close()
        self._feeder.close()
        self._search.close()
        self._readers.close()
        with self._gate.entered(Urgency.BACKGROUND):
            self._writer.close()
        self._tidier.close()

    def _forget_what_was_told(self) -> None:
        with suppress(StoreError):  # then it is told once more
            with self.read() as view:
                is_told = view.note(TOLD) is not None
            if is_told:
                with self.write(Urgency.BACKGROUND) as tx:
                    tx.save_note(TOLD, None)

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        """Raise what SQLite says as ours, and have the file checked if it says that it is damaged."""
        try:
            with translated():
                yield
        except StoreCorruptError:
            self._upkeep.note_damage()
            raise

    def _roll_back(self) -> None:
        self._writer_names.forget()
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def _count_log(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _do_background_step(self) -> bool:
        """Do one step behind the writes; return whether another is left."""
        with suppress(StoreError):
            if self._log_pages > _LOG_PAGES:
                self._checkpoint()
            return self._feed_index()
        return False

    def _feed_index(self) -> bool:
        """Take the next changed orders into the search index; return whether more may be left."""
        with translated(), self._readers.transaction() as (connection, _):
            epoch, change_no = next(connection.execute("SELECT search_epoch, change_no FROM counters"))
            indexed_to = self._search.indexed_to(epoch, change_no)
            rows = connection.execute(
                "SELECT key, words, change_no FROM orders INDEXED BY orders_by_change WHERE change_no > ? "
                "ORDER BY change_no LIMIT ?",
                (indexed_to, _INDEXED_AT_ONCE),
            )
            changed = list(rows)
        if changed:
            self._search.feed(((key, words) for key, words, _ in changed), changed[-1][2])
        return len(changed) == _INDEXED_AT_ONCE

    def _checkpoint(self) -> None:
        """Move the log into the file as far as no reader stands in the way; nobody who writes waits for it."""
        self._log_pages = 0
        with translated():
            self._tidier.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
