"""Read what can still be read of a damaged store: row by row, around the pages that are lost.

Each page is sealed with the key, so a page is either as it was written or not readable at all; nothing is guessed. Only
copies are opened. A file whose first page is lost, or that was cut off, is opened through the first page of a store
with the same tables: where tables begin does not change once they are made.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from techdesk.domain.errors import StoreCorruptError, StoreLockedError
from techdesk.store.border import translated
from techdesk.store.database import Database, remove_files
from techdesk.store.leaf_scan import prepare, scan
from techdesk.store.log_file import PAGE_BYTES, all_frames, has_log, lay_by_hand, log_of
from techdesk.store.migrations import migrate

Row = Mapping[str, Any]

_BEYOND = 10_000
"""How many rows may be past the last that an index or a backup knows of."""

_DAMAGE = (apsw.CorruptError, apsw.NotADBError)
_NO_STORE = (*_DAMAGE, StoreCorruptError, StoreLockedError, apsw.SQLError)
"""What a copy says that gives nothing: SQLite has no words of its own for a file without our tables."""


class _Table(NamedTuple):
    name: str
    key: str
    test: str = "1"


_HERE_ALONE = "server_id IS NULL OR server_id <> record_id OR order_id IN (SELECT value FROM json_each(:orders))"
"""What no server can give back: records made here, and what unsent work stands on."""

_TABLES = (
    _Table("names", "name_no"),
    _Table("accounts", "account_no"),
    _Table("operations", "seq"),
    _Table("attempts", "attempt_no"),
    _Table("clashes", "rowid"),
    _Table("notes", "name"),
    _Table("records", "record_no", _HERE_ALONE),
)


@dataclass
class Salvaged:
    """What could be read.

    Attributes:
        tables: Rows by table and key, as they stand in the file.
        whole: Tables of which every row could be read, with everything that was ever committed.
        current: Numbers of the operations that were read as they were last committed; others may be older.
    """

    tables: dict[str, dict[Any, Row]] = field(default_factory=lambda: {one.name: {} for one in _TABLES})
    whole: set[str] = field(default_factory=set)
    current: set[int] = field(default_factory=set)

    @property
    def is_enough(self) -> bool:
        """Say whether nothing is missing that no server can give back, so that looking on is of no use."""
        here = {(row["account_no"], row["record_id"]) for row in self.tables["records"].values()}
        operations = self.tables["operations"].values()
        stand_on = {(row["account_no"], row["record_id"]) for row in operations if not row.get("settled")}
        return self.whole >= {"names", "accounts", "operations", "attempts", "clashes"} and stand_on <= here

    @property
    def found_any(self) -> bool:
        """Say whether anything could be read, so that the key is the right one."""
        return any(self.tables.values())


def salvage(damaged: Database, template: Database | None, scratch: Path) -> Salvaged:
    """Read all that can still be read.

    Args:
        damaged: The file, with its log beside it; it is only copied.
        template: A whole copy of the same store, the newer the better; None where there is none.
        scratch: A folder of ours; it must not exist, and is removed.

    Raises:
        StoreError: There is no room for copies, or the file cannot be read by the system.
    """
    found = Salvaged()
    scratch.mkdir(mode=0o700, parents=True)
    try:
        with translated():
            for copy, has_log in _copies(damaged, template, scratch):
                _read(copy, found, is_current=has_log)
                if found.is_enough:
                    break
            else:
                _read_loose_pages(damaged, scratch, found)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return found


class _Log(Enum):
    """What is done with the log of a copy."""

    LAID_BY_HAND = "every page of it that is there"
    BY_SQLITE = "as far as SQLite takes it"
    LEFT_OUT = "not at all"


def _copies(damaged: Database, template: Database | None, scratch: Path) -> Iterator[tuple[Database, bool]]:
    """Copy the file in each way that may help to open it, the best first; say whether it is as of the last commit."""
    path = damaged.path
    is_here = path.exists() and path.stat().st_size > 0
    instead = template.path if template else None
    grown = None
    for log in tuple(_Log) if has_log(path) else (_Log.LEFT_OUT,):
        for with_own_first_page in (True, False):
            copy = damaged.beside(scratch / "copy.db")
            remove_files(copy.path)
            _copy(path if is_here else instead, copy.path)
            if not with_own_first_page:
                grown = grown or _first_page(damaged, template, scratch)
                _graft(copy.path, grown)
            is_current = is_here and not has_log(path)
            if log is _Log.LAID_BY_HAND:
                is_current = lay_by_hand(log_of(path), copy.path) and is_here
            elif log is _Log.BY_SQLITE:
                shutil.copyfile(log_of(path), log_of(copy.path))
            yield copy, is_current


def _read_loose_pages(damaged: Database, scratch: Path, found: Salvaged) -> None:
    """Add the rows of pages that nothing leads to any more; of several versions the latest, which may still be old."""
    copy = damaged.beside(scratch / "copy.db")
    remove_files(copy.path)
    _copy(damaged.path if damaged.path.exists() else None, copy.path)
    pages = _pages(damaged)
    _graft(copy.path, prepare(damaged.beside(scratch / "probe.db"), pages))
    if has_log(damaged.path):
        lay_by_hand(log_of(damaged.path), copy.path, first_page=False)
    keys = {one.name: one.key for one in _TABLES}
    loose: dict[str, dict[Any, Row]] = {name: {} for name in keys}
    for table, row in scan(copy, pages):
        here = loose[table]
        before = here.get(row[keys[table]])
        if before is None or _age(row) > _age(before):
            here[row[keys[table]]] = row
    for table, rows in loose.items():
        if table not in found.whole:
            found.tables[table] = rows | found.tables[table]


def _age(row: Row) -> tuple[Any, ...]:
    return row.get("settled", 0), row.get("attempts", 0), row.get("last_sent_at") or "", row.get("change_no", 0)


def _pages(damaged: Database) -> int:
    """Return at least how many pages the file had."""
    path, log = damaged.path, log_of(damaged.path)
    in_file = path.stat().st_size // PAGE_BYTES if path.exists() else 0
    return in_file + (len(all_frames(log)) if log.exists() else 0) + 2


def _copy(source: Path | None, target: Path) -> None:
    if source:
        shutil.copyfile(source, target)
    else:
        target.touch(mode=0o600)


def _first_page(damaged: Database, template: Database | None, scratch: Path) -> tuple[bytes, int]:
    """Return the first page of a store that is at least as long, and how long that one is."""
    store = damaged.beside(scratch / "template.db")
    if template:
        shutil.copyfile(template.path, store.path)
    with closing(store.writer()) as writer:
        migrate(writer)
        missing = max(0, _pages(damaged) - writer.pragma("page_count")) * PAGE_BYTES
        # SQLite believes the first page how long the file is; this makes it long enough, and touches no other table
        writer.execute("INSERT INTO quarantine VALUES (0, '', '', zeroblob(?))", (missing,))
        writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        pages = writer.pragma("page_count")
    with store.path.open("rb") as file:
        return file.read(PAGE_BYTES), pages


def _graft(path: Path, grown: tuple[bytes, int]) -> None:
    page, pages = grown
    with path.open("rb+") as file:
        file.write(page)
    os.truncate(path, max(path.stat().st_size, pages * PAGE_BYTES))


def _read(copy: Database, found: Salvaged, *, is_current: bool) -> None:
    """Add what this copy gives; what was read before stays, as the copy before was the better one."""
    with suppress(*_NO_STORE), closing(copy.writer()) as connection:
        known = set(found.tables["operations"])
        for table in _TABLES:
            if table.name in found.whole:
                continue
            rows, is_whole = _rows(connection, table, _orders(found))
            for row in rows:
                found.tables[table.name].setdefault(row[table.key], row)
            if is_whole and is_current:
                found.whole.add(table.name)
        if is_current:
            found.current |= set(found.tables["operations"]) - known


def _orders(found: Salvaged) -> str:
    """Return the orders that unsettled work stands on, as JSON."""
    operations = found.tables["operations"].values()
    return json.dumps(sorted({str(row["order_id"]) for row in operations if not row.get("settled")}))


def _rows(connection: apsw.Connection, table: _Table, orders: str) -> tuple[list[Row], bool]:
    """Return the rows that can be read, and whether those are all."""
    try:
        return list(_select(connection, table, "1", orders)), True
    except _DAMAGE:
        pass
    if table.key == "name":
        return _from_both_ends(connection, table, orders), False
    return _around_the_damage(connection, table, orders), False


def _select(connection: apsw.Connection, table: _Table, span: str, orders: str, end: str = "") -> Iterator[Row]:
    rows = connection.execute(
        f"SELECT rowid, * FROM {table.name} NOT INDEXED WHERE ({table.test}) AND {span} ORDER BY {table.key} {end}"
        if table.key != "name"
        else f"SELECT * FROM {table.name} WHERE {span} ORDER BY {table.key} {end}",
        {"orders": orders},
        can_cache=False,
    )
    names = None
    for row in rows:
        names = names or [one[0] for one in rows.get_description()]
        yield dict(zip(names, row, strict=True))


def _from_both_ends(connection: apsw.Connection, table: _Table, orders: str) -> list[Row]:
    """Read from the first row on, and from the last one back, each until the damage."""
    rows: dict[str, Row] = {}
    for end in ("ASC", "DESC"):
        with suppress(*_DAMAGE):
            for row in _select(connection, table, "1", orders, end):
                rows[row[table.key]] = row
    return list(rows.values())


def _around_the_damage(connection: apsw.Connection, table: _Table, orders: str) -> list[Row]:
    """Halve what cannot be read until single rows are left."""
    rows: list[Row] = []
    spans = [(0, _last(connection, table.name) + _BEYOND)]
    while spans:
        first, last = spans.pop()
        try:
            for row in _select(connection, table, f"{table.key} BETWEEN {first:d} AND {last:d}", orders):
                rows.append(row)
                first = row[table.key] + 1
        except _DAMAGE:
            if first < last:
                middle = (first + last) // 2
                spans += [(middle + 1, last), (first, middle)]
    return rows


def _last(connection: apsw.Connection, table: str) -> int:
    """Return the highest number that the table or one of its indexes can still tell."""
    found = [0]
    names: list[str] = []
    with suppress(*_DAMAGE):
        names = [row[1] for row in connection.execute(f"PRAGMA index_list({table})")]
    for source in ("NOT INDEXED", *(f"INDEXED BY {name}" for name in names if not name.startswith("sqlite_"))):
        with suppress(*_DAMAGE, apsw.SQLError):
            found.append(connection.execute(f"SELECT max(rowid) FROM {table} {source}").get or 0)
    return max(found)
