"""Going back to a backup, bringing an older file up to date, and rows that fit nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from techdesk.application.outbox import Operation, OpState, Verb
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.application.sync.rereading import rereading_at
from techdesk.domain.errors import DiskFullError, StoreCorruptError, StoreLockedError, StoreNotUpdatedError
from techdesk.domain.records import RecordType
from techdesk.store import migrations as migrations_module
from techdesk.store.backups import Backups
from techdesk.store.database import Database
from techdesk.store.mending import LOOK_WHETHER_DECIDED, RESTORED
from techdesk.store.migrations import MIGRATIONS
from techdesk.store.order_store import open_store
from techdesk.store.repair import repair, restore
from techdesk.store.workshop import Workshop
from tests.support.builders import MORNING, an_account
from tests.support.damaged_store import (
    NOON,
    PAGE,
    REQUEST,
    SomeStore,
    overwrite,
    some_store,
)
from tests.support.store_records import KEY, a_record, an_operation

HOUR_AGO = NOON - timedelta(hours=1)
WAITS = (OpState.NEEDS_CHECK, OpState.CONFLICT, OpState.REJECTED)


@pytest.fixture
def home(tmp_path: Path) -> SomeStore:
    return some_store(tmp_path / "home")


def shop_of(home: SomeStore) -> Workshop:
    return Workshop(database=home.database, backups=home.backups(), now=lambda: home.time)


def gone_back(home: SomeStore) -> tuple[dict[str, Operation], StoreNews]:
    """Go back to the only backup; returns what the store holds then."""
    shop = shop_of(home)
    news = restore(shop, shop.backups.all()[0])
    return home.stored(), news


def test_going_back_loses_no_unsent_work_that_the_present_file_holds(home: SomeStore) -> None:
    found, news = gone_back(home)
    assert set(found) == set(home.saved)
    assert "restored from a backup" in news.title
    for op_id, one in found.items():
        if home.saved[op_id].state is OpState.QUEUED:
            assert one.is_untouched
    assert (home.path.parent / "quarantine" / "2026-11-21-120000" / "store.db").exists()


def test_the_feed_of_an_account_that_the_backup_does_not_know_is_read_anew_too(home: SomeStore) -> None:
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(account_id="a2", name="Later"))
        tx.save_record(a_record("tmp_9", account_id="a2", order_id="tmp_9", server_id="s9", base={"title": "Kettle"}))
    gone_back(home)
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        assert [rereading_at(view, one) for one in ("a1", "a2")] == ["", ""]


def test_operations_are_numbered_on_from_what_was_salvaged(home: SomeStore) -> None:
    gone_back(home)
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        before = max(one.seq for one in tx.operations())
        assert tx.add_operation(an_operation(20_000)).seq > before


def test_where_the_present_file_is_gone_nothing_of_the_backup_goes_out_before_it_was_looked_for(
    home: SomeStore,
) -> None:
    for end in ("", "-wal"):
        home.path.with_name(f"store.db{end}").unlink()
    found, news = gone_back(home)
    assert len(found) == 24
    for op_id, now in found.items():
        before = home.saved[op_id]
        if before.state is OpState.QUEUED:
            assert now.may_be_elsewhere
            assert now.first_sent_at == HOUR_AGO
        elif before.state in (OpState.INFLIGHT, OpState.AMBIGUOUS):
            assert (now.state, now.attempts, now.last_sent_at) == (OpState.AMBIGUOUS, 1, NOON)
            assert now.first_sent_at == MORNING
        elif before.state in WAITS:
            assert now.state is before.state
            assert now.reason == LOOK_WHETHER_DECIDED
        else:
            assert now == before
        assert now.request == before.request
    doubtful = [one for one in found.values() if one.state in (OpState.QUEUED, OpState.AMBIGUOUS)]
    assert f"{len(doubtful)} may have been sent already" in news.hint
    assert "The old file" not in news.hint
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        assert [view.attempts(one.op_id)[-1].phase for one in doubtful] == [RESTORED] * len(doubtful)


def test_what_was_provably_not_sent_is_looked_for_too_after_going_back(home: SomeStore) -> None:
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        tx.add_operation(an_operation(9_000, request=REQUEST))
    found, _ = gone_back(home)
    frozen = found[an_operation(9_000).op_id]
    assert (frozen.state, frozen.attempts, frozen.request) == (OpState.AMBIGUOUS, 1, REQUEST)


def test_a_backup_of_another_key_is_not_called_damaged(home: SomeStore) -> None:
    backup = home.backups().all()[0]
    content = home.path.read_bytes()
    with closing(open_store(home.path.parent / "other.db", KEY[::-1])):
        pass
    backup.path.write_bytes((home.path.parent / "other.db").read_bytes())
    with pytest.raises(StoreLockedError):
        gone_back(home)
    assert home.path.read_bytes() == content


def test_a_damaged_backup_is_not_restored(home: SomeStore) -> None:
    backup = home.backups().all()[0]
    content = home.path.read_bytes()
    overwrite(backup.path, 5 * PAGE, os.urandom(20 * PAGE))
    with pytest.raises(StoreCorruptError, match="This backup is damaged"):
        gone_back(home)
    assert home.path.read_bytes() == content


def damaged_with(home: SomeStore, lost: Callable[[apsw.Connection], list[int]]) -> dict[str, Operation]:
    """Overwrite pages of a store that was closed, repair it, and return what it holds then."""
    with closing(home.database.writer()) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        pages = lost(connection)
    assert pages
    for page in pages:
        overwrite(home.path, (page - 1) * PAGE, os.urandom(PAGE))
    repair(shop_of(home))
    return home.stored()


def pages_of(*tables: str) -> Callable[[apsw.Connection], list[int]]:
    marks = ", ".join("?" * len(tables))
    return lambda connection: [
        page for (page,) in connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({marks})", tables)
    ]


def test_the_accounts_tell_whose_work_it_is_where_the_names_are_lost(tmp_path: Path) -> None:
    home = some_store(tmp_path / "home", backup=False)
    assert set(damaged_with(home, pages_of("names"))) == set(home.saved)


def test_work_of_which_nobody_knows_whose_it_is_is_left_in_the_old_file(tmp_path: Path) -> None:
    home = some_store(tmp_path / "home", backup=False)
    assert damaged_with(home, pages_of("names", "accounts")) == {}


def test_what_a_create_stands_on_is_made_again_where_it_cannot_be_read(tmp_path: Path) -> None:
    home = some_store(tmp_path / "home", orders=8, pulled_orders=5, backup=False)
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        for number, order_id in ((500, "s1"), (501, "tmp_1")):
            names = {"order_id": order_id, "record_id": f"tmp_e{number}", "record_type": RecordType.EVENT}
            tx.add_operation(an_operation(number, intent={"notes": "mine"}, **names))
    damaged_with(home, pages_of("records"))
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        for before in home.saved.values():
            record = view.record("a1", before.record_type, before.record_id)
            if before.verb is Verb.CREATE and not before.state.is_settled:
                assert record is not None
                assert record.view == before.intent
        for number, server_id in ((500, "s1"), (501, None)):
            event = view.record("a1", RecordType.EVENT, f"tmp_e{number}")
            assert event is not None
            assert event.view == {"notes": "mine"}
            order = view.record("a1", RecordType.ORDER, event.order_id)
            assert order is not None
            assert order.server_id == server_id


def test_a_record_that_is_newer_in_the_backup_stays(home: SomeStore) -> None:
    home.path.with_name("store.db-wal").unlink()
    with closing(open_store(home.path, KEY)) as store:
        with store.write(Urgency.PERSON) as tx:
            tx.save_record(a_record("tmp_new", view={"title": "first"}))
        old = home.path.read_bytes(), home.path.with_name("store.db-wal").read_bytes()
        with store.write(Urgency.PERSON) as tx:
            tx.save_record(a_record("tmp_new", view={"title": "second"}))
        store.back_up(BackupReason.SIGN_OUT)
    home.path.write_bytes(old[0])
    home.path.with_name("store.db-wal").write_bytes(old[1])
    shop = shop_of(home)
    restore(shop, next(one for one in shop.backups.all() if one.reason == "sign-out"))
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        record = view.record("a1", RecordType.ORDER, "tmp_new")
        assert record is not None
        assert record.view == {"title": "second"}


# Bringing an older file up to date.


def an_older_store(path: Path, version: int = 4) -> bytes:
    with closing(Database(path, KEY).writer()) as connection:
        migrations_module.migrate(connection, MIGRATIONS[:version])
    return path.read_bytes()


@pytest.mark.parametrize("version", [1, 2, 4, len(MIGRATIONS) - 1])
def test_an_older_file_is_copied_before_it_is_changed(tmp_path: Path, version: int) -> None:
    home = SomeStore(tmp_path / "home" / "store.db", {})
    an_older_store(home.path, version)
    with closing(open_store(home.path, KEY, now=lambda: NOON)):
        pass
    (backup,) = home.backups().all()
    assert (backup.taken_at, backup.reason) == (NOON, "before-migration")
    with closing(home.backups().opened(backup.path)) as copy:
        assert copy.pragma("user_version") == version
    with closing(open_store(home.path, KEY)):
        pass
    assert home.backups().all() == [backup]


def _breaks(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE half (done)")
    connection.execute("SELECT nonsense")


def test_a_migration_that_fails_leaves_the_old_file_whole_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = SomeStore(tmp_path / "home" / "store.db", {})
    before = an_older_store(home.path)
    monkeypatch.setattr(migrations_module, "MIGRATIONS", (*MIGRATIONS, _breaks))
    with pytest.raises(StoreNotUpdatedError, match="could not be brought up to date"):
        open_store(home.path, KEY)
    assert home.path.read_bytes() == before
    monkeypatch.setattr(migrations_module, "MIGRATIONS", MIGRATIONS[:4])
    with closing(home.database.reader()) as connection:
        assert connection.pragma("user_version") == 4


def test_without_room_for_the_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = SomeStore(tmp_path / "home" / "store.db", {})
    before = an_older_store(home.path)

    def full(_: Backups) -> None:
        raise DiskFullError

    monkeypatch.setattr(Backups, "_make_room", full)
    with pytest.raises(DiskFullError):
        open_store(home.path, KEY)
    assert home.path.read_bytes() == before
