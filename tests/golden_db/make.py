"""Make the golden store of every version that has none yet: `python -m tests.golden_db.make`.

A file that exists is never made again: it is what that version left on somebody's disk. Each comes with its rows as
JSON, so that what must be there afterwards does not depend on what the code of a later day makes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS, migrate
from techdesk.store.order_store import open_store
from tests.golden_db.rows import put_golden
from tests.support.store_records import KEY

FILES = Path(__file__).parent / "files"

Rows = dict[str, list[dict[str, Any]]]
"""The rows of each table, each by the names of its columns."""

FIRST_WITH_OUTBOX = 4
"""Earlier versions had none, and were never given to anybody."""

_MADE_BY_THE_PROGRAM = {"moves", "lease"}


def golden_path(version: int) -> Path:
    """Return where the golden store of a version is."""
    return FILES / f"version-{version:02}.db"


def rows_of(connection: apsw.Connection) -> Rows:
    """Return all rows of all tables but those that the program makes anew at each start."""
    return {name: _rows(name, connection) for name in _tables(connection)}


def make_missing() -> list[Path]:
    """Make the golden stores that are missing; return where they are."""
    missing = [one for one in range(1, len(MIGRATIONS) + 1) if not golden_path(one).exists()]
    for version in missing:
        with tempfile.TemporaryDirectory() as folder:
            full = Path(folder) / "full.db"
            with closing(open_store(full, KEY)) as store:
                put_golden(store, version)
            _make(version, full, Path(folder) / "made.db", golden_path(version))
    return [golden_path(one) for one in missing]


def _make(version: int, full: Path, beside: Path, path: Path) -> None:
    with closing(Database(full, KEY).reader()) as source, closing(Database(beside, KEY).writer()) as target:
        migrate(target, MIGRATIONS[:version])
        with target:
            for name in _tables(target):
                _copy(name, source, target)
        rows = rows_of(target)
        target.execute("VACUUM").fetchall()
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.with_suffix(".json").write_text(json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    path.write_bytes(beside.read_bytes())


def _copy(name: str, source: apsw.Connection, target: apsw.Connection) -> None:
    columns = ", ".join(_columns(name, target))
    target.execute(f"DELETE FROM {name}")
    rows = source.execute(f"SELECT {columns} FROM {name}").fetchall()
    target.executemany(f"INSERT INTO {name} ({columns}) VALUES ({', '.join('?' * len(_columns(name, target)))})", rows)


def _tables(connection: apsw.Connection) -> list[str]:
    named = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    )
    return [name for (name,) in named if name not in _MADE_BY_THE_PROGRAM]


def _columns(name: str, connection: apsw.Connection) -> Sequence[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]


def _rows(name: str, connection: apsw.Connection) -> list[dict[str, Any]]:
    columns = _columns(name, connection)
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2")
    return [dict(zip(columns, map(_as_json, row), strict=True)) for row in found]


def _as_json(value: Any) -> Any:
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


if __name__ == "__main__":
    for one in make_missing():
        sys.stdout.write(f"made {one}\n")
