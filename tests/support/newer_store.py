"""Make a store one that a newer TechDesk wrote, with work in it that only that one understands."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS, WRITTEN_BY
from tests.support.store_records import KEY

NEWER = "9.1.0"


def make_newer(path: Path, *statements: str, version: str | None = NEWER) -> None:
    """Change a file as a newer TechDesk might, named in it unless `version` is None."""
    with closing(Database(path, KEY).writer()) as connection:
        for one in statements:
            connection.execute(one)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 2}")
        connection.execute("DELETE FROM notes WHERE name = ?", (WRITTEN_BY,))
        if version is not None:
            connection.execute("INSERT INTO notes VALUES (?, ?)", (WRITTEN_BY, version))


def set_state(seq: int, state: str) -> tuple[str, str]:
    """Return what gives an operation a state that this TechDesk may not know."""
    return (
        f"INSERT OR IGNORE INTO moves SELECT state, '{state}' FROM operations WHERE seq = {seq}",
        f"UPDATE operations SET state = '{state}' WHERE seq = {seq}",
    )
