"""A store that a newer TechDesk wrote stays as it is, and tells what a person can do about it."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from techdesk import __version__
from techdesk.application.outbox import OpState
from techdesk.application.store_news import BackupReason
from techdesk.domain.errors import StoreTooNewError
from techdesk.domain.records import RecordType
from techdesk.store.backups import Backup
from techdesk.store.checks import suspect
from techdesk.store.old_work import NewerWork, stored_work
from techdesk.store.opening import open_whole
from techdesk.store.repair import restore
from techdesk.store.workshop import Workshop
from tests.support.damaged_store import DAMAGES, NOON, PAGE, SomeStore, overwrite, some_store
from tests.support.newer_store import NEWER, make_newer, set_state
from tests.support.store_records import KEY


@pytest.fixture
def home(tmp_path: Path) -> SomeStore:
    return some_store(tmp_path / "home", orders=16, pulled_orders=20)


def shop_of(home: SomeStore) -> Workshop:
    return Workshop(database=home.database, backups=home.backups(), now=lambda: NOON)


def open_it(home: SomeStore) -> None:
    open_whole(home.path, KEY, lambda: NOON).close()


def refused(home: SomeStore) -> StoreTooNewError:
    """Return what the opening says about a store that this TechDesk does not open."""
    with pytest.raises(StoreTooNewError) as caught:
        open_it(home)
    return caught.value


def unsent(home: SomeStore) -> int:
    return sum(not one.state.is_settled for one in home.saved.values())


def newer_backup(home: SomeStore) -> Backup:
    """Take a backup of the store as it is when a newer TechDesk has it, newer than the one that is there."""
    kept = home.path.read_bytes(), home.path.with_name("store.db-wal").read_bytes()
    make_newer(home.path)
    made = home.backups().write(BackupReason.HOURLY)
    home.path.write_bytes(kept[0])
    home.path.with_name("store.db-wal").write_bytes(kept[1])
    home.path.with_name("store.db-shm").unlink(missing_ok=True)
    return made


def test_it_says_which_techdesk_is_needed_what_is_unsent_and_which_backups_fit(home: SomeStore) -> None:
    (fitting,) = home.backups().all()
    make_newer(home.path)
    newer = home.backups().write(BackupReason.HOURLY)
    before = home.path.read_bytes()
    error = refused(home)
    assert (error.version, error.unsent, error.backups) == (NEWER, unsent(home), [fitting.name])
    assert f"Install TechDesk {NEWER} or newer" in error.hint
    assert newer.name in [one.name for one in home.backups().all()]
    assert home.path.read_bytes() == before


@pytest.mark.parametrize("version", [None, __version__])
def test_where_the_file_names_no_newer_techdesk_none_is_named(home: SomeStore, version: str | None) -> None:
    make_newer(home.path, version=version)
    error = refused(home)
    assert error.version == ""
    assert error.hint == StoreTooNewError.default_hint


def test_a_file_without_notes_names_none_and_a_strange_outbox_is_not_counted(home: SomeStore) -> None:
    make_newer(home.path)
    make_newer(home.path, "ALTER TABLE operations RENAME COLUMN state TO stage", version=None)
    with closing(home.database.writer()) as connection:
        connection.execute("ALTER TABLE notes RENAME TO remarks")
    error = refused(home)
    assert (error.version, error.unsent) == ("", None)


def test_every_file_names_the_techdesk_that_gave_it_its_form(home: SomeStore) -> None:
    with closing(home.database.reader()) as connection:
        assert connection.execute("SELECT value FROM notes WHERE name = 'written_by'").get == __version__


def test_a_backup_of_another_key_fits_nobody(home: SomeStore) -> None:
    (backup,) = home.backups().all()
    other = some_store(home.path.parent / "other", orders=2, pulled_orders=0, backup=False)
    backup.path.write_bytes(bytes(one ^ 255 for one in other.path.read_bytes()))
    make_newer(home.path)
    assert refused(home).backups == []


def test_a_backup_that_a_newer_techdesk_made_is_not_gone_back_to(home: SomeStore) -> None:
    backup = newer_backup(home)
    before = home.path.read_bytes()
    with pytest.raises(StoreTooNewError, match="made this backup"):
        restore(shop_of(home), backup)
    assert home.path.read_bytes() == before
    assert not (home.path.parent / "quarantine").exists()


# A damaged file.


def test_a_damaged_file_of_a_newer_techdesk_is_left_for_that_one_to_repair(home: SomeStore) -> None:
    make_newer(home.path)
    with closing(home.database.writer()) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        pages = [page for (page,) in connection.execute("SELECT pageno FROM dbstat WHERE name = 'operations'")]
    for page in pages:
        overwrite(home.path, (page - 1) * PAGE, os.urandom(PAGE))
    suspect(home.database)
    before = home.path.read_bytes()
    assert refused(home).version == NEWER
    assert home.path.read_bytes() == before
    assert not (home.path.parent / "quarantine").exists()


@pytest.mark.parametrize("damage", ["gone", "empty", "without a beginning"])
def test_where_the_file_cannot_tell_its_newest_backup_does(home: SomeStore, damage: str) -> None:
    (fitting,) = home.backups().all()
    newer_backup(home)
    home.path.with_name("store.db-wal").unlink()
    DAMAGES[damage](home.path)
    error = refused(home)
    assert (error.version, error.backups) == (NEWER, [fitting.name])
    assert not (home.path.parent / "quarantine").exists()


def test_a_damaged_file_of_today_is_repaired_whatever_backups_a_newer_techdesk_left(home: SomeStore) -> None:
    newer_backup(home)
    DAMAGES["a log with a hole"](home.path)
    open_it(home)
    assert set(home.stored()) == set(home.saved)


# Its unsent work.


def test_what_this_techdesk_does_not_understand_is_counted_and_passed_over(home: SomeStore) -> None:
    make_newer(
        home.path,
        *set_state(1, "parked"),
        "UPDATE operations SET verb = 'transplant' WHERE seq = 2",
        "UPDATE operations SET record_type = 77 WHERE seq = 3",
        "INSERT INTO names VALUES (900, 'new')",
        """INSERT INTO accounts VALUES (900, 'z', '{"name": "Z", "clan": 1}')""",
        "DROP TRIGGER attempts_never_change",
        "UPDATE attempts SET outcome = 'eaten' WHERE attempt_no = 1",
        "UPDATE clashes SET base = 'no JSON'",
    )
    with stored_work(home.path, KEY) as view:
        assert isinstance(view, NewerWork)
        assert [one.account_id for one in view.accounts()] == ["a1"]
        found = {one.seq: one for one in view.operations()}
        assert set(found) == {one.seq for one in home.saved.values()} - {1, 2, 3}
        settled = sum(one.state.is_settled for one in home.saved.values() if one.seq > 3)
        assert view.unsent() == view.unsent("a1") == len(home.saved) - settled
        assert view.unsent("nobody") == 0
        for one in found.values():
            assert view.clashes(one.op_id) == []
        sent = next(one for one in found.values() if one.state is OpState.AMBIGUOUS)
        assert len(view.attempts(sent.op_id)) == 2
        order = view.record("a1", RecordType.ORDER, sent.order_id)
        assert order is not None
        assert order.view == sent.intent


def test_where_the_tables_have_other_names_nothing_is_found(home: SomeStore) -> None:
    make_newer(home.path, "ALTER TABLE operations RENAME TO deeds", "ALTER TABLE records RENAME TO things")
    with stored_work(home.path, KEY) as view:
        assert isinstance(view, NewerWork)
        assert (view.operations(), view.unsent()) == ([], None)
        assert view.record("a1", RecordType.ORDER, "s1") is None


def test_before_an_upgrade_a_newer_file_is_not_looked_into(home: SomeStore) -> None:
    make_newer(home.path)
    with stored_work(home.path, KEY, only_older=True) as view:
        assert view is None


def test_going_back_from_a_newer_file_brings_what_is_understood_and_says_what_is_not(home: SomeStore) -> None:
    late = max(one.seq for one in home.saved.values() if one.state is OpState.QUEUED)
    make_newer(
        home.path,
        "ALTER TABLE operations ADD COLUMN mood TEXT",
        *set_state(late, "parked"),
        "UPDATE records SET record_type = 77 WHERE record_type = 0 AND record_id = 's3'",
    )
    (backup,) = home.backups().all()
    news = restore(shop_of(home), backup)
    assert "Left in the old file, as this TechDesk cannot make sense of it: 1" in news.hint
    open_it(home)
    assert set(home.stored()) == {one.op_id for one in home.saved.values() if one.seq != late}


@pytest.mark.parametrize("strange", [set_state(1, "parked"), ("ALTER TABLE operations RENAME COLUMN intent TO wish",)])
def test_what_only_the_backup_tells_of_such_a_change_is_looked_for_before_it_goes_out(
    home: SomeStore, strange: tuple[str, ...]
) -> None:
    (first,) = [one for one in home.saved.values() if one.seq == 1]
    assert first.is_untouched
    make_newer(home.path, *strange)
    restore(shop_of(home), home.backups().all()[0])
    now = home.stored()[first.op_id]
    assert (now.state, now.attempts) == (OpState.QUEUED, 1)


def test_going_back_from_a_file_whose_records_have_another_form_brings_the_outbox(home: SomeStore) -> None:
    make_newer(home.path, "ALTER TABLE records RENAME COLUMN revision TO etag")
    home = replace(home, time=NOON + timedelta(hours=1))
    news = restore(shop_of(home), home.backups().all()[0])
    assert "Left in the old file" not in news.hint
    assert set(home.stored()) == set(home.saved)
