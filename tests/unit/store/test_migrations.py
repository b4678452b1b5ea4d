"""Making the tables, and refusing files that are not ours to touch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from techdesk.application.outbox import MOVES, OpState
from techdesk.application.ports import Urgency
from techdesk.domain.errors import DiskFullError, StoreCorruptError, StoreLockedError, StoreTooNewError
from techdesk.store import backups
from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS, migrate, set_moves
from techdesk.store.order_store import open_store
from tests.golden_db.make import FIRST_WITH_OUTBOX, golden_path
from tests.support.store_records import KEY, an_operation


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    with closing(apsw.Connection(":memory:")) as made:
        yield made


def tables(connection: apsw.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_a_new_file_sees_every_migration_once(connection: apsw.Connection) -> None:
    for _ in range(2):
        migrate(connection)
    assert connection.pragma("user_version") == len(MIGRATIONS)
    assert {"records", "orders", "operations", "attempts"} <= tables(connection)


def test_an_older_file_sees_the_rest(connection: apsw.Connection) -> None:
    migrate(connection, MIGRATIONS[:2])
    assert "orders" not in tables(connection)
    migrate(connection)
    assert "orders" in tables(connection)


def test_a_migration_that_fails_leaves_the_file_as_it_was(connection: apsw.Connection) -> None:
    def breaks(tx: apsw.Connection) -> None:
        tx.execute("CREATE TABLE half (done)")
        tx.execute("SELECT nonsense")

    migrate(connection)
    with pytest.raises(apsw.SQLError):
        migrate(connection, (*MIGRATIONS, breaks))
    assert "half" not in tables(connection)
    assert connection.pragma("user_version") == len(MIGRATIONS)
    assert not connection.in_transaction


def test_a_migration_that_lost_its_transaction_says_why(connection: apsw.Connection) -> None:
    def breaks(tx: apsw.Connection) -> None:
        tx.execute("ROLLBACK")
        tx.execute("SELECT nonsense")

    with pytest.raises(apsw.SQLError, match="nonsense"):
        migrate(connection, (breaks,))


def schema_of(connection: apsw.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_updated_file_has_the_very_tables_of_a_new_one(
    path: Path, version: int, connection: apsw.Connection
) -> None:
    migrate(connection)
    shutil.copy(golden_path(version), path)
    with closing(open_store(path, KEY)):
        pass
    with closing(Database(path, KEY).reader()) as updated:
        assert schema_of(updated) == schema_of(connection)


def test_an_update_leaves_tables_where_they_begin_as_a_repair_goes_by_that(path: Path) -> None:
    begins = "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    shutil.copy(golden_path(len(MIGRATIONS) - 1), path)
    with closing(Database(path, KEY).reader()) as reader:
        before = reader.execute(begins).fetchall()
    with closing(open_store(path, KEY)):
        pass
    with closing(Database(path, KEY).reader()) as reader:
        assert reader.execute(begins).fetchall() == before


def test_an_update_without_room_for_a_copy_says_so_and_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(golden_path(FIRST_WITH_OUTBOX), path)
    before = path.read_bytes()
    monkeypatch.setattr(backups, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(DiskFullError, match="cannot be brought up to date") as told:
        open_store(path, KEY)
    assert "Nothing was changed" in told.value.hint
    assert path.read_bytes() == before


def test_an_update_numbers_operations_on(path: Path) -> None:
    shutil.copy(golden_path(FIRST_WITH_OUTBOX), path)
    with closing(open_store(path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        known = {one.seq for one in tx.operations()}
        assert tx.add_operation(an_operation(20_000)).seq == max(known) + 1


def edited(path: Path, statement: str) -> bytes:
    with closing(open_store(path, KEY)):
        pass
    with closing(Database(path, KEY).writer()) as writer:
        writer.execute(statement)
    return path.read_bytes()


def test_a_file_of_a_newer_techdesk_is_left_alone(path: Path) -> None:
    before = edited(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreTooNewError):
        open_store(path, KEY)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_left_alone(path: Path) -> None:
    before = edited(path, "PRAGMA application_id = 7")
    with pytest.raises(StoreCorruptError):
        open_store(path, KEY)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"x" * 5000, b"some text that somebody put here" * 200])
def test_a_file_that_is_no_store_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreLockedError):
        open_store(path, KEY)
    assert path.read_bytes() == content


def test_the_file_asks_the_table_of_moves_that_the_program_knows(
    connection: apsw.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(connection)
    set_moves(connection)
    monkeypatch.setitem(MOVES, OpState.DONE, frozenset({OpState.QUEUED}))
    set_moves(connection)
    assert connection.execute("SELECT after FROM moves WHERE before = 'done'").get == "queued"
