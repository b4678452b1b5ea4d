"""Stores as every earlier version left them: today's program opens each, and nothing in them is lost or altered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.engine import SyncEngine
from techdesk.domain.documents import RecordType
from techdesk.domain.errors import StoreTooNewError
from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS
from techdesk.store.order_store import SqliteStore, open_store
from tests.golden_db.make import FILES, FIRST_WITH_OUTBOX, Rows, golden_path, rows_of
from tests.golden_db.rows import EVERY_BYTE, golden_rows
from tests.support.builders import FakeClock, Ids
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.store_records import KEY, a_record, an_operation

WORKED_OUT = {"orders", "counters"}
"""Tables that follow from others."""

MAY_GROW = {"notes", "names"}
"""Tables in which a start may leave something of its own."""

GOLDEN = sorted(FILES.glob("version-*.db"))


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a golden store."""
    return Path(shutil.copy(request.param, tmp_path / "techdesk.db"))


@pytest.fixture(params=range(FIRST_WITH_OUTBOX, len(GOLDEN) + 1))
def version(request: pytest.FixtureRequest) -> int:
    """A version of which there is a golden store; the earliest had no outbox yet."""
    return int(request.param)


@pytest.fixture
def with_outbox(version: int, tmp_path: Path) -> Iterator[SqliteStore]:
    """A golden store, opened by today's program."""
    copy = Path(shutil.copy(golden_path(version), tmp_path / "techdesk.db"))
    with closing(open_store(copy, KEY)) as store:
        yield store


def version_of(path: Path) -> int:
    with closing(Database(path, KEY).reader()) as reader:
        return int(reader.pragma("user_version"))


def rows_as_made(path: Path) -> Rows:
    made: Rows = json.loads(golden_path(version_of(path)).with_suffix(".json").read_text())
    return made


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_every_version_before_the_newest_has_a_golden_store(version: int, tmp_path: Path) -> None:
    assert golden_path(version).exists(), (
        f"migration {version + 1} was added and no golden store shows what it will meet: "
        "run `.venv/bin/python -m tests.golden_db.make` and commit what it makes"
    )
    assert version_of(Path(shutil.copy(golden_path(version), tmp_path))) == version


def missing(made: Rows, now: Rows) -> list[str]:
    """Return the tables in which a row is gone or altered."""
    lost = []
    for table in sorted(made.keys() - WORKED_OUT):
        columns = made[table][0].keys() if made[table] else ()
        found = [{name: row[name] for name in columns} for row in now[table]]
        if table in MAY_GROW:
            found = [row for row in found if row in made[table]]
        if found != made[table]:
            lost.append(table)
    return lost


def test_every_row_is_there_after_all_migrations(golden: Path) -> None:
    made = rows_as_made(golden)
    with closing(open_store(golden, KEY)):
        pass
    with closing(Database(golden, KEY).reader()) as reader:
        assert reader.pragma("user_version") == len(MIGRATIONS)
        assert reader.execute("PRAGMA integrity_check").get == "ok"
        now = rows_of(reader)
    assert missing(made, now) == []
    if "orders" in made:
        assert len(now["orders"]) == len(made["orders"])


@pytest.mark.parametrize(
    ("damage", "table"),
    [
        ("UPDATE operations SET reason = '' WHERE seq = 4", "operations"),
        ("UPDATE operations SET created_at = replace(created_at, '.123456', '')", "operations"),
        ("UPDATE records SET raw = NULL", "records"),
        ("DELETE FROM clashes WHERE field = 'price'", "clashes"),
        ("DELETE FROM notes WHERE name = 'device_id'", "notes"),
    ],
)
def test_a_migration_that_loses_something_would_be_seen(tmp_path: Path, damage: str, table: str) -> None:
    copy = Path(shutil.copy(GOLDEN[-1], tmp_path / "techdesk.db"))
    with closing(Database(copy, KEY).writer()) as writer:
        writer.execute(damage)
        assert missing(rows_as_made(copy), rows_of(writer)) == [table]


def test_every_operation_is_there_field_by_field(with_outbox: SqliteStore, version: int) -> None:
    with with_outbox.read() as view:
        for one in golden_rows(version):
            assert view.operation(one.operation.op_id) == one.operation
            assert view.clashes(one.operation.op_id) == list(one.clashes)
            kept = view.record("a1", RecordType.ITEM, one.record.record_id)
            assert kept is not None
            assert (kept.view, kept.base, kept.raw) == (one.record.view, one.record.base, one.record.raw)
        assert {one.state for one in view.operations()} == set(OpState)
        assert view.cursor("a1") == "c-78"


def test_frozen_bytes_are_the_same_to_the_byte(with_outbox: SqliteStore) -> None:
    with with_outbox.read() as view:
        frozen = {one.seq: one.request.body for one in view.operations() if one.request}
    assert frozen == {number: EVERY_BYTE * number for number in frozen}
    assert len(frozen) >= len(OpState) - 2


def test_the_sync_goes_on_from_there(with_outbox: SqliteStore) -> None:
    with with_outbox.read() as view:
        (in_flight,) = view.operations(states=[OpState.INFLIGHT])
    SyncEngine("a1", with_outbox, FakeConnector(FakeServer()), Ids(), lambda: 0.5).recover(FakeClock().now())
    with with_outbox.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
        added = tx.add_operation(an_operation(4096))
    with with_outbox.read() as view:
        unknown = view.operation(in_flight.op_id)
        last = max(one.seq for one in view.operations())
    assert unknown is not None
    assert (unknown.state, unknown.request) == (OpState.AMBIGUOUS, in_flight.request)
    assert added.seq == last, "numbers go on where they were"


def test_a_newer_version_is_refused_without_a_change(golden: Path) -> None:
    with closing(Database(golden, KEY).writer()) as writer:
        writer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = {path.name: path.read_bytes() for path in golden.parent.iterdir()}
    with pytest.raises(StoreTooNewError):
        open_store(golden, KEY)
    assert {path.name: path.read_bytes() for path in golden.parent.iterdir()} == before
