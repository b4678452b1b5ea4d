"""Find orders by what is written in them, from a full-text index in a file of its own.

The index is fed behind the writes and can be made again from the store at any time: measured, full-text work inside a
person's transaction holds the lock for seconds. Three letters and more are found anywhere in a word (FTS5's trigram
tokenizer), one or two at a word's beginning (a second, tiny index of beginnings).
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import apsw

from techdesk.domain.errors import StoreCorruptError, StoreLockedError
from techdesk.store.border import translated, unlocking
from techdesk.store.database import Database, ReaderPool, remove_files

LONG = 3
"""A word of so many letters is found anywhere, a shorter one at the beginning of a word."""

_VERSION = 1
_LOG_PAGES = 4000
_TABLES = """
    DROP TABLE IF EXISTS inside;
    DROP TABLE IF EXISTS beginnings;
    DROP TABLE IF EXISTS progress;
    CREATE VIRTUAL TABLE inside USING fts5 (
        words, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');
    CREATE VIRTUAL TABLE beginnings USING fts5 (
        words, content = '', contentless_delete = 1, detail = none,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'");
    CREATE TABLE progress (epoch INTEGER NOT NULL, indexed_to INTEGER NOT NULL) STRICT;
    INSERT INTO inside (inside, rank) VALUES ('hashsize', 8388608);
    INSERT INTO beginnings (beginnings, rank) VALUES ('hashsize', 4194304);
"""


class SearchIndex:
    """The full-text index: asked by readers of any thread, fed by one."""

    def __init__(self, database: Database) -> None:
        """Open the index, or make it if it is missing, damaged or of another key.

        Raises:
            StoreError: The file can be neither opened nor made.
        """
        self._database = database
        self._lock = threading.Lock()
        self._damaged = False
        try:
            self._writer = _opened(database)
        except (StoreCorruptError, StoreLockedError):
            remove_files(database.path)
            self._writer = _opened(database)
        self._readers = ReaderPool(database)

    def hits(self, words: Sequence[str], limit: int | None) -> tuple[array[int], int]:
        """Return the keys of orders that have all the words, and up to which change the index knows the orders.

        A damaged index knows none: whoever asks looks through the orders themselves, until it is made again.

        Args:
            words: Folded words, all long or all short.
            limit: No more hits than this.

        Raises:
            StoreError: The index cannot be read.
        """
        if not self._damaged:
            with self._noticing_damage():
                return self._read_hits(words, limit)
        return array("q"), 0

    def is_ahead(self, epoch: int, change_no: int) -> bool:
        """Say whether the index knows changes of this very store that come after its last one: the store went back.

        It is fed behind the store's commits and flushed less often, so it can never be ahead by itself.
        """
        known, indexed_to = next(self._writer.execute("SELECT epoch, indexed_to FROM progress"))
        return bool(known == epoch and indexed_to > change_no)

    def indexed_to(self, epoch: int, change_no: int) -> int:
        """Return up to which change the index knows the orders; one that does not belong to the store is emptied first.

        Args:
            epoch: The store's search epoch.
            change_no: The store's last change; an index that knows later ones is of another store.

        Raises:
            StoreError: The index cannot be read or emptied.
        """
        with self._lock, self._noticing_damage():
            self._mend()
            known, indexed_to = next(self._writer.execute("SELECT epoch, indexed_to FROM progress"))
            if known == epoch and indexed_to <= change_no:
                return int(indexed_to)
            _make_tables(self._writer, epoch)
            self._writer.execute("VACUUM")
        return 0

    def feed(self, orders: Iterable[tuple[int, str]], indexed_to: int) -> None:
        """Take in orders as they are now.

        Args:
            orders: Their keys and words.
            indexed_to: The last change that is among them.

        Raises:
            StoreError: They could not be taken in; none was.
        """
        known = [(key, words) for key, words in orders]
        with self._lock, self._noticing_damage(), self._writer as tx:
            tx.executemany("INSERT OR REPLACE INTO inside (rowid, words) VALUES (?, ?)", known)
            starts = [(key, _beginnings(words)) for key, words in known]
            tx.executemany("INSERT OR REPLACE INTO beginnings (rowid, words) VALUES (?, ?)", starts)
            tx.execute("UPDATE progress SET indexed_to = ?", (indexed_to,))

    def close(self) -> None:
        """Close the index."""
        self._readers.close()
        with self._lock:
            self._writer.close()

    def _read_hits(self, words: Sequence[str], limit: int | None) -> tuple[array[int], int]:
        table = "inside" if len(words[0]) >= LONG else "beginnings"
        end = "" if limit is None else f" LIMIT {limit:d}"
        with self._readers.transaction() as (connection, _):
            indexed_to = int(connection.execute("SELECT indexed_to FROM progress").get)
            found = connection.execute(f"SELECT rowid FROM {table}(?){end}", (" ".join(map(_quoted, words)),))
            return array("q", chain.from_iterable(found)), indexed_to

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        """Remember that the file is damaged, so that it is made again; nobody is told."""
        with translated():
            try:
                yield
            except (apsw.CorruptError, apsw.NotADBError):
                self._damaged = True

    def _mend(self) -> None:
        """Make a damaged file again; readers that are under way keep the old one."""
        if self._damaged:
            self._readers.close()
            self._writer.close()
            remove_files(self._database.path)
            self._writer = _opened(self._database)
            self._readers = ReaderPool(self._database)
            self._damaged = False


def _opened(database: Database) -> apsw.Connection:
    connection = database.writer()
    try:
        with unlocking():
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            if connection.pragma("user_version") != _VERSION:
                _make_tables(connection, 0)
            connection.execute("SELECT count(*) FROM progress").fetchall()
    except (StoreCorruptError, StoreLockedError):
        connection.close()
        raise
    return connection


def _make_tables(connection: apsw.Connection, epoch: int) -> None:
    with connection:
        connection.execute(_TABLES)
        connection.execute("INSERT INTO progress VALUES (?, 0)", (epoch,))
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _quoted(word: str) -> str:
    doubled = word.replace('"', '""')
    return f'"{doubled}"'


def _beginnings(words: str) -> str:
    found = words.split()
    return " ".join({word[:1] for word in found} | {word[:2] for word in found})
