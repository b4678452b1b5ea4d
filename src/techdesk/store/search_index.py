"""Find orders by what is written in them, from a full-text index in a file of its own.

The index is fed behind the writes and can be made again from the store at any time: measured, full-text work inside a
person's transaction holds the lock for seconds. Three letters and more are found anywhere in a word (FTS5's trigram
tokenizer), one or two at a word's beginning (a second, tiny index of beginnings).
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import apsw

from techdesk.domain.errors import StoreCorrupt, StoreLocked
from techdesk.store.border import translated, unlocking
from techdesk.store.database import Database, ReaderPool

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
        try:
            self._writer = _opened(database)
        except (StoreCorrupt, StoreLocked):
            _remove(database.path)
            self._writer = _opened(database)
        self._readers = ReaderPool(database)
        self._lock = threading.Lock()

    def hits(self, words: Sequence[str], limit: int | None) -> tuple[array[int], int]:
        """Return the keys of orders that have all the words, and up to which change the index knows the orders.

        Args:
            words: Folded words.
            limit: No more hits than this.

        Raises:
            StoreError: The index cannot be read.
        """
        end = "" if limit is None else f" LIMIT {limit:d}"
        tables = {
            "inside": [one for one in words if len(one) > 2],
            "beginnings": [one for one in words if len(one) < 3],
        }
        asked = {table: " ".join(map(_quoted, some)) for table, some in tables.items() if some}
        tests = [f"SELECT rowid FROM {table}(?)" for table in asked]
        select = tests[0] if len(tests) == 1 else f"{tests[0]} WHERE rowid IN ({tests[1]})"
        with translated(), self._readers.transaction() as (connection, _):
            indexed_to = int(connection.execute("SELECT indexed_to FROM progress").get)
            found = connection.execute(select + end, tuple(asked.values()))
            return array("q", chain.from_iterable(found)), indexed_to

    def indexed_to(self, epoch: int, change_no: int) -> int:
        """Return up to which change the index knows the orders; one that does not belong to the store is emptied first.

        Args:
            epoch: The store's search epoch.
            change_no: The store's last change; an index that knows later ones is of another store.

        Raises:
            StoreError: The index cannot be read or emptied.
        """
        with self._lock, translated():
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
        with self._lock, translated(), self._writer as tx:
            tx.executemany("INSERT OR REPLACE INTO inside (rowid, words) VALUES (?, ?)", known)
            starts = [(key, _beginnings(words)) for key, words in known]
            tx.executemany("INSERT OR REPLACE INTO beginnings (rowid, words) VALUES (?, ?)", starts)
            tx.execute("UPDATE progress SET indexed_to = ?", (indexed_to,))

    def close(self) -> None:
        """Close the index."""
        self._readers.close()
        with self._lock:
            self._writer.close()


def _opened(database: Database) -> apsw.Connection:
    connection = database.writer()
    try:
        with unlocking():
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            if connection.pragma("user_version") != _VERSION:
                _make_tables(connection, 0)
            connection.execute("SELECT count(*) FROM progress").fetchall()
    except (StoreCorrupt, StoreLocked):
        connection.close()
        raise
    return connection


def _make_tables(connection: apsw.Connection, epoch: int) -> None:
    with connection:
        connection.execute(_TABLES)
        connection.execute("INSERT INTO progress VALUES (?, 0)", (epoch,))
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _remove(path: Path) -> None:
    """Remove the index: everything in it can be made again."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _quoted(word: str) -> str:
    doubled = word.replace('"', '""')
    return f'"{doubled}"'


def _beginnings(words: str) -> str:
    found = words.split()
    return " ".join({word[:1] for word in found} | {word[:2] for word in found})
