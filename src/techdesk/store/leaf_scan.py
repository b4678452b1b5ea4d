"""Read the rows of every page that is still whole, where the pages that lead to it are lost.

A page that holds rows is a table of its own to SQLite once the schema says that it begins there. So the copy gets a
first page with a few tables of many columns, and those are pointed at one page after the other. SQLite opens the seal,
decodes the rows and follows long values. What kind of row it is shows in its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

import apsw

from techdesk.application.outbox import OpState, Verb
from techdesk.store.database import Database
from techdesk.store.log_file import PAGE_BYTES
from techdesk.store.migrations import migrate

Values = tuple[Any, ...]
Row = Mapping[str, Any]

_AT_ONCE = 12
"""Their definitions fit into the first page."""

_COLUMNS = 40
"""More than any of our tables has."""

_PULLED_RECORD = "typeof(c3) = 'text' AND c3 IS c5"
"""A record that has the server's name here too: nearly all rows of a file, and all can be downloaded anew."""

_OP_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def prepare(probe: Database, pages: int) -> tuple[bytes, int]:
    """Make a store of at least so many pages that knows only the tables for the scan.

    Returns:
        Its first page, and how many pages it has.
    """
    with closing(probe.writer()) as connection:
        columns = ", ".join(f"c{number}" for number in range(_COLUMNS))
        for number in range(_AT_ONCE):
            connection.execute(f"CREATE TABLE t{number} ({columns})")
        connection.execute("CREATE TABLE filler (content)")
        connection.execute("INSERT INTO filler VALUES (zeroblob(?))", (pages * PAGE_BYTES,))
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        pages = connection.pragma("page_count")
    with probe.path.open("rb") as file:
        return file.read(PAGE_BYTES), pages


def scan(copy: Database, pages: int) -> Iterator[tuple[str, Row]]:
    """Return each row of ours in the copy with the name of its table; the same row may come several times.

    Args:
        copy: A copy with the first page of `prepare`; it is changed.
        pages: How many pages it has.
    """
    columns = _columns_of_tables()
    with closing(copy.writer()) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA writable_schema = ON")
        for first in range(2, pages + 1, _AT_ONCE):
            here = range(first, min(first + _AT_ONCE, pages + 1))
            with connection:
                for number, page in enumerate(here):
                    connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = ?", (page, f"t{number}"))
            connection.execute("PRAGMA writable_schema = RESET")
            connection.execute("PRAGMA writable_schema = ON")
            for number in range(len(here)):
                for table, values in _read(connection, number):
                    yield table, dict(zip(columns[table], _with_number(table, values), strict=False))


def _read(connection: apsw.Connection, number: int) -> Iterator[tuple[str, Values]]:
    """Return the rows of one page; one that holds none, or rows of no table of ours, gives nothing."""
    with suppress(apsw.CorruptError, apsw.SQLError):
        for values in connection.execute(f"SELECT rowid, * FROM t{number} WHERE NOT ({_PULLED_RECORD})"):
            table = _table_of(values)
            if table is None:
                return
            yield table, values


def _columns_of_tables() -> dict[str, list[str]]:
    with closing(apsw.Connection(":memory:")) as connection:
        migrate(connection)
        return {
            table: ["rowid", *(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))]
            for table in _LOOKS_LIKE
        }


def _with_number(table: str, values: Values) -> Values:
    """Put the row's number where the table calls it its key: SQLite stores nothing there."""
    return values if table == "clashes" else (values[0], values[0], *values[2:])


def _is_op_id(value: object) -> bool:
    return isinstance(value, str) and _OP_ID.fullmatch(value) is not None


def _are(values: Sequence[object], *kinds: type) -> bool:
    return all(isinstance(one, kind) for one, kind in zip(values, kinds, strict=False))


_LOOKS_LIKE: dict[str, Callable[[Values], bool]] = {
    "operations": lambda row: (
        row[1] is None and _is_op_id(row[3]) and row[8] in list(Verb) and row[14] in list(OpState)
    ),
    "attempts": lambda row: row[1] is None and _is_op_id(row[2]) and _are(row[3:5], str, str) and row[9] is None,
    "clashes": lambda row: _is_op_id(row[1]) and _are(row[2:7], str, str, str, str, str) and row[7] is None,
    "records": lambda row: row[1] is None and _are(row[2:6], int, int, str, str) and _are(row[8:11], int, int, int),
    "accounts": lambda row: row[1] is None and _are(row[2:4], str, str) and '"account_id"' in row[3] and row[4] is None,
}
"""What tells the rows of a table from all others; the row's number comes first. `names` looks like `cursors`."""


def _table_of(values: Values) -> str | None:
    return next((table for table, fits in _LOOKS_LIKE.items() if fits(values)), None)
