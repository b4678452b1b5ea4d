"""Before an older store is brought up to date, its unsent work stands whole in a rescue file."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.application.unsent.rescue import RescueWork
from techdesk.desk import opening
from techdesk.desk.clock import SystemClock
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.desk.rescue_stored import rescue_stored
from techdesk.desk.rescuing import RescueFolder
from techdesk.desk.restoring import backups_of, restore_backup
from techdesk.domain.errors import DiskFullError, FileNotSavedError, StoreLockedError
from techdesk.store.migrations import MIGRATIONS
from techdesk.store.old_work import stored_work
from techdesk.store.order_store import open_store
from techdesk.store.sealed_file import SealedFile
from tests.golden_db.make import golden_path
from tests.support.fake_desk import NoSecrets
from tests.support.store_records import KEY

FIRST_WITH_OUTBOX = 4
OLD = range(FIRST_WITH_OUTBOX, len(MIGRATIONS))


def copied(version: int, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(golden_path(version), path))


def test_on_a_full_disk_it_is_the_disk_that_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise FileNotSavedError

    places = Places.below(tmp_path)
    places.make()
    SealedFile(places.sealed, "horse battery").write("store-key", KEY.hex())
    before = copied(FIRST_WITH_OUTBOX, places.store).read_bytes()
    monkeypatch.setattr(opening, "rescue_stored", full)
    monkeypatch.setattr(opening, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(DiskFullError, match="cannot open: the disk is full"):
        open_desk(places, "horse battery")
    assert places.store.read_bytes() == before
    monkeypatch.setattr(opening, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    with pytest.raises(FileNotSavedError):
        open_desk(places, "horse battery")


def content(work: RescueWork) -> tuple[object, ...]:
    return work.accounts, work.entries, work.records


@pytest.mark.parametrize("version", OLD)
def test_the_work_of_an_older_store_is_what_todays_program_finds_in_it(version: int, tmp_path: Path) -> None:
    path = copied(version, tmp_path / "techdesk.db")
    folder = RescueFolder(NoSecrets(), SystemClock(), tmp_path / "rescue")
    before = path.read_bytes()
    with stored_work(path, KEY) as view:
        assert view
        old = folder.gathered(view, None, "upgrade")
        assert view.operation("no such operation") is None
        assert len(view.operations()) >= len(old.entries)
        assert view.record("a1", next(iter(old.records)).record_type, "no such record") is None
    assert path.read_bytes() == before
    with closing(open_store(path, KEY)) as store, store.read() as view:
        assert content(folder.gathered(view, None, "upgrade")) == content(old)
    assert {one.operation.state for one in old.unsent} == {one for one in OpState if not one.is_settled}
    assert any(one.clashes for one in old.entries)
    assert any(one.attempts for one in old.entries)


@pytest.mark.parametrize("version", [*range(1, FIRST_WITH_OUTBOX), len(MIGRATIONS)])
def test_a_store_without_an_outbox_or_of_today_needs_no_rescue(version: int, tmp_path: Path) -> None:
    with stored_work(copied(version, tmp_path / "techdesk.db"), KEY, only_older=True) as view:
        assert view is None


def test_the_work_of_a_store_of_today_can_be_rescued_too(places: Places) -> None:
    with closing(open_store(copied(OLD[-1], places.store), KEY)) as store, store.read() as view:
        unsent = [one.op_id for one in view.operations() if not one.state.is_settled]
    rescue_stored(places, KEY, NoSecrets(), "restore")
    (made,) = places.rescue.iterdir()
    read = RescueFolder(NoSecrets(), SystemClock(), places.rescue).read(made)
    assert [one.operation.op_id for one in read.work.unsent] == unsent
    assert read.work.maker.reason == "restore"


def test_where_there_is_no_store_yet_there_is_nothing_to_rescue(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    for name in ("none.db", "empty.db"):
        with stored_work(tmp_path / name, KEY) as view:
            assert view is None


def test_with_a_wrong_key_nothing_is_read(tmp_path: Path) -> None:
    path = copied(OLD[0], tmp_path / "techdesk.db")
    with pytest.raises(StoreLockedError), stored_work(path, bytes(32)):
        pass


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """The places of a desk that an older TechDesk left behind."""
    made = Places.below(tmp_path / "home")
    made.make()
    SealedFile(made.sealed, "horse battery").write("store-key", KEY.hex())
    return made


def test_opening_an_older_store_leaves_a_rescue_file_and_opening_it_again_none(places: Places) -> None:
    copied(OLD[-1], places.store)
    for _ in range(2):
        with closing(open_desk(places, "horse battery")) as desk:
            (made,) = places.rescue.iterdir()
            file = desk.rescue.read(made)
            assert file.work.maker.reason == "upgrade"
            with desk.store.write(Urgency.PERSON) as tx:
                unsent = [one for one in tx.operations() if not one.state.is_settled]
            assert [one.operation.op_id for one in file.work.unsent] == [one.op_id for one in unsent]


def test_going_back_to_a_backup_leaves_a_rescue_file_of_what_was_unsent_before(places: Places) -> None:
    copied(OLD[-1], places.store)
    with closing(open_store(places.store, KEY)) as store:
        store.back_up(BackupReason.HOURLY)
        with store.read() as view:
            unsent = {one.op_id for one in view.operations() if not one.state.is_settled}
    restore_backup(places, backups_of(places)[0].name, "horse battery")
    (made,) = places.rescue.glob("*restore*")
    read = RescueFolder(NoSecrets(), SystemClock(), places.rescue).read(made)
    assert {one.operation.op_id for one in read.work.unsent} == unsent


def test_a_store_that_cannot_be_read_is_left_to_the_opening(places: Places, caplog: pytest.LogCaptureFixture) -> None:
    copied(OLD[-1], places.store)
    SealedFile(places.sealed, "horse battery").write("store-key", bytes(32).hex())
    with pytest.raises(StoreLockedError):
        open_desk(places, "horse battery")
    assert "could not be read before the upgrade" in caplog.text
    assert not places.rescue.exists()
