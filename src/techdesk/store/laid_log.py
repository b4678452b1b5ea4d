"""Tell a log with commits that SQLite does not take from one that is in the file already (`docs/sync.md` §13.5)."""

from __future__ import annotations

import shutil
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from techdesk.domain.errors import StoreError
from techdesk.store.border import translated
from techdesk.store.database import Database
from techdesk.store.log_file import lay_by_hand, log_of


def holds_more(database: Database) -> bool:
    """Say whether the log, every page of it laid into a copy of the file, holds anything that SQLite does not show.

    Pages cannot be compared as they lie, as each is sealed anew when it is written. What cannot be laid or read counts
    as more.
    """
    with TemporaryDirectory(dir=database.path.parent, prefix="log-") as scratch:
        copy = database.beside(Path(scratch) / "copy.db")
        try:
            shutil.copyfile(database.path, copy.path)
            lay_by_hand(log_of(database.path), copy.path)
            with translated(), closing(copy.fixed_reader()) as laid, closing(database.reader()) as shown:
                return not _say_the_same(laid, shown)
        except (OSError, StoreError):
            return True


def _say_the_same(one: apsw.Connection, other: apsw.Connection) -> bool:
    """Compare row by row, the schema first, so that no table is asked for that only one of them has."""
    tables = [name for (name,) in one.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    queries = [f'SELECT * FROM "{name}"' for name in ("sqlite_schema", *tables)]
    rows = ((ours, theirs) for sql in queries for ours, theirs in zip_longest(one.execute(sql), other.execute(sql)))
    return all(ours == theirs for ours, theirs in rows)
