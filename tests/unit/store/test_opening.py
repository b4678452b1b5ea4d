"""Every kind of damage, and what must not be taken for damage: what a start makes of it, and what it tells."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from techdesk.application.outbox import Operation, OpState
from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.application.sync.rereading import rereading_at
from techdesk.domain.errors import (
    DiskFullError,
    StoreBusyError,
    StoreCorruptError,
    StoreError,
    StoreLockedError,
    StoreTooNewError,
)
from techdesk.domain.records import RecordType
from techdesk.store import checks as checks_module
from techdesk.store import opening as opening_module
from techdesk.store import repair as repair_module
from techdesk.store.checks import is_whole, suspect
from techdesk.store.mending import LOOK_WHETHER_DECIDED
from techdesk.store.opening import open_whole
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.damaged_store import DAMAGES, NOON, PAGE, SomeStore, log, overwrite, save_order, some_store
from tests.support.store_records import KEY


@pytest.fixture
def home(tmp_path: Path) -> SomeStore:
    return some_store(tmp_path / "home")


def opened(home: SomeStore) -> SqliteStore:
    return open_whole(home.path, KEY, lambda: home.time)


def told(store: SqliteStore) -> list[StoreNews]:
    """Return what the store tells; closes it."""
    news: list[StoreNews] = []
    with closing(store):
        store._upkeep.news.listen(news.append)
    return news


def files(home: SomeStore) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in home.path.parent.iterdir() if one.is_file()}


_GOES_OUT = (OpState.QUEUED, OpState.INFLIGHT, OpState.AMBIGUOUS)


def without_doubt(operation: Operation) -> Operation:
    """Return an operation without what says that it is to be found out before it goes out."""
    if operation.state not in _GOES_OUT:
        return replace(operation, reason=operation.reason.replace(LOOK_WHETHER_DECIDED, ""), seq=0)
    return replace(
        operation, state=OpState.QUEUED, attempts=0, first_sent_at=None, last_sent_at=None, not_before=None, seq=0
    )


def test_a_whole_store_is_opened_as_it_is(home: SomeStore) -> None:
    assert told(opened(home)) == []
    assert home.stored() == home.saved
    assert not (home.path.parent / "quarantine").exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_put_aside_told_and_repaired(home: SomeStore, damage: str) -> None:
    DAMAGES[damage](home.path)
    before = files(home)
    if damage == "without a beginning":
        log(home.path).unlink()
        before.pop("store.db-wal")
    news = told(opened(home))
    assert [one.is_bad for one in news] == [True]
    assert is_whole(home.database, thorough=True)
    aside = home.path.parent / "quarantine" / "2026-11-21-120000"
    kept = {one.name: one.read_bytes() for one in aside.iterdir() if not one.name.endswith("-shm")}
    assert kept == {name: content for name, content in before.items() if name in ("store.db", "store.db-wal")}
    assert str(aside) in news[0].hint
    assert "downloaded anew" in news[0].hint
    assert not [one.name for one in home.path.parent.iterdir() if "mend" in one.name or one.name == "salvage"]
    assert told(opened(home)) == news
    with closing(opened(home)) as store:
        heard: list[StoreNews] = []
        store.look_after_itself(heard.append)
        assert heard == news
    assert told(opened(home)) == []


SPARES_EVERY_SAVE = ("empty", "gone", "pages in the middle", "a log with a hole", "a log without a beginning")


@pytest.mark.parametrize("damage", SPARES_EVERY_SAVE)
def test_nothing_saved_is_lost_where_the_rows_can_be_read_or_are_in_the_backup(home: SomeStore, damage: str) -> None:
    DAMAGES[damage](home.path)
    told(opened(home))
    found = home.stored()
    assert {op_id: without_doubt(one) for op_id, one in found.items()} == {
        op_id: without_doubt(one) for op_id, one in home.saved.items()
    }
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        for one in found.values():
            assert view.attempts(one.op_id)[: one.attempts] != [] or one.attempts == 0
            assert bool(view.clashes(one.op_id)) == (one.state is OpState.CONFLICT)
            if one.order_id.startswith("tmp_"):
                record = view.record("a1", RecordType.ORDER, one.order_id)
                assert record is not None
                assert record.view == (one.intent if not one.state.is_settled else record.view)
        assert damage == "pages in the middle" or view.note("timer") == "stopped"


def test_what_may_have_been_sent_is_found_out_and_what_waits_for_a_person_stays(home: SomeStore) -> None:
    DAMAGES["a log with a hole"](home.path)
    told(opened(home))
    for op_id, now in home.stored().items():
        before = home.saved[op_id]
        if before.state in (OpState.INFLIGHT, OpState.AMBIGUOUS):
            assert now.state is OpState.AMBIGUOUS
            assert now.last_sent_at == NOON
            assert now.first_sent_at == before.first_sent_at
        else:
            assert now == before
        assert now.request == before.request


def test_everything_is_downloaded_anew(home: SomeStore) -> None:
    DAMAGES["a log with a hole"](home.path)
    with closing(opened(home)) as store, store.read() as view:
        assert view.cursor("a1") == ""
        assert rereading_at(view, "a1") == ""
        assert len(view.order_server_ids("a1")) == 150


def outbox_pages(home: SomeStore) -> tuple[set[int], int]:
    """Return the pages of what no server can give back, and how many pages there are."""
    ours = ("operations", "attempts", "clashes", "names", "accounts", "notes", "sqlite_schema", "sqlite_sequence")
    with closing(home.database.writer()) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        rows = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({', '.join('?' * len(ours))})", ours)
        return {page for (page,) in rows}, connection.pragma("page_count")


@pytest.mark.parametrize("seed", range(8))
def test_damage_anywhere_but_in_the_outbox_loses_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    home = some_store(tmp_path / "home", backup=bool(seed % 2))
    outbox, pages = outbox_pages(home)
    others = [page for page in range(1, pages + 1) if page not in outbox]
    for page in dice.sample(others, dice.choice((1, 5, 40, len(others)))):
        overwrite(home.path, (page - 1) * PAGE, dice.randbytes(PAGE))
    suspect(home.database)
    news = told(opened(home))
    assert len(news) == 1
    assert "could not be read" not in news[0].hint
    found = home.stored()
    assert set(found) == set(home.saved)
    for op_id, now in found.items():
        assert without_doubt(now) == without_doubt(home.saved[op_id])
        if home.saved[op_id].state is OpState.QUEUED:
            assert now.is_untouched


def rows_on(home: SomeStore, page: int) -> set[int]:
    """Return the numbers of the operations that lie on a leaf page."""
    with closing(home.database.reader()) as connection:
        leaves = list(
            connection.execute(
                "SELECT pageno, ncell FROM dbstat WHERE name = 'operations' AND pagetype = 'leaf' ORDER BY path"
            )
        )
        seqs = [seq for (seq,) in connection.execute("SELECT seq FROM operations ORDER BY seq")]
    for number, cells in leaves:
        here, seqs = seqs[:cells], seqs[cells:]
        if number == page:
            return set(here)
    return set()


@pytest.mark.parametrize("backup", [True, False])
def test_rows_come_back_where_the_pages_that_lead_to_them_are_lost(tmp_path: Path, backup: bool) -> None:
    home = some_store(tmp_path / "home", orders=160, pulled_orders=20, backup=backup)
    outbox_pages(home)
    with closing(home.database.reader()) as connection:
        ways = "SELECT pageno FROM dbstat WHERE name IN ('operations', 'records', 'attempts') AND pagetype = 'internal'"
        lost = [page for (page,) in connection.execute(ways)]
    assert len(lost) >= 3
    for page in lost:
        overwrite(home.path, (page - 1) * PAGE, os.urandom(PAGE))
    suspect(home.database)
    told(opened(home))
    found = home.stored()
    assert {op_id: without_doubt(one) for op_id, one in found.items()} == {
        op_id: without_doubt(one) for op_id, one in home.saved.items()
    }
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        for one in found.values():
            record = view.record("a1", one.record_type, one.record_id)
            assert backup or one.record_id == "e7" or (record is not None and record.view == one.intent)


@pytest.mark.parametrize("seed", range(8))
def test_of_a_damaged_outbox_every_row_that_can_still_be_read_comes_back(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    home = some_store(tmp_path / "home", orders=160, pulled_orders=20, backup=False)
    outbox_pages(home)
    with closing(home.database.reader()) as connection:
        leaves = [
            page
            for (page,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = 'operations' AND pagetype = 'leaf'"
            )
        ]
    hit = dice.sample(leaves, dice.choice((1, 2, 5)))
    lost = set[int]().union(*(rows_on(home, page) for page in hit))
    assert lost
    for page in hit:
        overwrite(home.path, (page - 1) * PAGE, dice.randbytes(PAGE))
    suspect(home.database)
    news = told(opened(home))
    assert "Some of the file could not be read" in news[0].hint
    assert {one.op_id for one in home.stored().values()} == {
        one.op_id for one in home.saved.values() if one.seq not in lost
    }


# What is no damage.


def test_a_wrong_key_changes_nothing(home: SomeStore) -> None:
    before = files(home)
    with pytest.raises(StoreLockedError):
        open_whole(home.path, KEY[::-1])
    assert {name: content for name, content in files(home).items() if not name.endswith("-shm")} == before
    assert not (home.path.parent / "quarantine").exists()


def test_a_file_of_which_nothing_can_be_read_is_left_alone(home: SomeStore) -> None:
    log(home.path).unlink()
    home.path.write_bytes(b"somebody put this here" * 1000)
    with pytest.raises(StoreLockedError):
        opened(home)
    assert home.path.read_bytes() == b"somebody put this here" * 1000


def test_a_file_that_another_program_holds_is_not_repaired(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techdesk.store.database.BUSY_TIMEOUT_MS", 0)
    holds = (
        "import sys, apsw; from pathlib import Path; from techdesk.store.database import Database;"
        "c = Database(Path(sys.argv[1]), bytes(range(32))).writer(); c.execute('PRAGMA locking_mode=EXCLUSIVE');"
        "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    )
    source = str(Path(__file__).parents[3] / "src")
    with subprocess.Popen(
        [sys.executable, "-c", holds, str(home.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": source},
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StoreBusyError):
            told(opened(home))
        other.kill()
    assert told(opened(home)) == []
    assert home.stored() == home.saved


@pytest.mark.parametrize(
    "error", [apsw.IOError("disk gone"), apsw.CantOpenError("no rights"), apsw.ReadOnlyError("read-only")]
)
def test_what_the_system_refuses_is_not_repaired(
    home: SomeStore, monkeypatch: pytest.MonkeyPatch, error: apsw.Error
) -> None:
    def refuse(*_: object, **__: object) -> apsw.Connection:
        raise error

    with monkeypatch.context() as refused:
        refused.setattr(apsw, "Connection", refuse)
        with pytest.raises(StoreError) as caught:
            opened(home)
        assert not isinstance(caught.value, StoreCorruptError | StoreLockedError)
    assert home.stored() == home.saved
    assert not (home.path.parent / "quarantine").exists()


def test_a_full_disk_stops_a_repair_and_changes_nothing(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    DAMAGES["pages in the middle"](home.path)
    before = home.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "store.db.mending")

    with monkeypatch.context() as no_room:
        no_room.setattr(shutil, "copyfile", full)
        with pytest.raises(DiskFullError, match="must be repaired"):
            opened(home)
    assert home.path.read_bytes() == before
    assert (
        sorted(one.name for one in home.path.parent.iterdir() if one.name.startswith("store.db"))
        == [
            "store.db",
            "store.db-wal",
        ]
        or (home.path.parent / "store.db-shm").exists()
    )
    told(opened(home))
    assert set(home.stored()) == set(home.saved)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("kilobytes", [300, 2000])
def test_on_a_disk_that_is_really_full_a_repair_changes_nothing(tmp_path: Path, kilobytes: int) -> None:
    home = some_store(tmp_path / "home", orders=20, pulled_orders=2000, backup=False)
    DAMAGES["a log with a hole"](home.path)
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        small = SomeStore(disk / "store.db", home.saved)
        for end in ("", "-wal"):
            (disk / f"store.db{end}").write_bytes(home.path.with_name(f"store.db{end}").read_bytes())
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "ballast").write_bytes(bytes(free - kilobytes * 1024))
        before = {end: (disk / f"store.db{end}").read_bytes() for end in ("", "-wal")}
        with pytest.raises(DiskFullError):
            opened(small)
        assert {end: (disk / f"store.db{end}").read_bytes() for end in ("", "-wal")} == before
        (disk / "ballast").unlink()
        told(opened(small))
        assert set(small.stored()) == set(home.saved)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_file_of_another_program_is_not_repaired(home: SomeStore) -> None:
    with closing(home.database.writer()) as connection:
        connection.execute("PRAGMA application_id = 7")
    with pytest.raises(StoreCorruptError, match="another program"):
        opened(home)
    assert not (home.path.parent / "quarantine").exists()


def test_a_store_of_a_newer_program_is_not_repaired(home: SomeStore) -> None:
    with closing(home.database.writer()) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreTooNewError):
        opened(home)


# When it looks, and what comes of it.


def test_a_store_that_was_closed_is_not_looked_at_before_it_opens(
    home: SomeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(opened(home))

    def look(*_: object, **__: object) -> bool:
        raise AssertionError("it was looked at")

    monkeypatch.setattr(opening_module, "is_whole", look)
    assert told(opened(home)) == []


@pytest.mark.parametrize("torn_at", [0, 8, 16, 24, 31])
def test_a_log_that_was_being_begun_anew_when_the_power_went_is_not_taken_for_damage(
    home: SomeStore, torn_at: int
) -> None:
    with closing(home.database.writer()) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
    overwrite(log(home.path), torn_at, b"\x77")
    assert told(opened(home)) == []
    assert home.stored() == home.saved
    assert not (home.path.parent / "quarantine").exists()


def test_a_log_whose_header_is_torn_while_the_file_lacks_what_it_holds_is_damage(home: SomeStore) -> None:
    overwrite(log(home.path), 16, b"\x77")
    assert [one.title for one in told(opened(home))] == ["TechDesk's data file was damaged and has been repaired"]
    assert home.stored().keys() == home.saved.keys()


def test_a_look_that_takes_too_long_is_left_to_the_upkeep(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_module, "CHECK_WITHIN_S", -1.0)
    assert told(opened(home)) == []
    assert home.stored() == home.saved


def test_damage_that_was_found_while_the_desk_was_open_is_looked_at_from_end_to_end(home: SomeStore) -> None:
    outbox, pages = outbox_pages(home)
    page = next(page for page in range(pages, 1, -1) if page not in outbox)
    overwrite(home.path, (page - 1) * PAGE, os.urandom(PAGE))
    suspect(home.database)
    assert len(told(opened(home))) == 1
    assert not checks_module.was_found_damaged(home.database)
    assert told(opened(home)) != []
    assert not checks_module.is_suspect(home.database)


def test_a_suspicion_about_a_store_that_was_closed_is_forgotten_too(home: SomeStore) -> None:
    told(opened(home))
    suspect(home.database)
    assert told(opened(home)) == []
    assert not checks_module.was_found_damaged(home.database)


def test_a_suspicion_that_is_not_confirmed_is_forgotten(home: SomeStore) -> None:
    suspect(home.database)
    assert told(opened(home)) == []
    assert not checks_module.was_found_damaged(home.database)


def test_a_file_that_was_cut_off_after_it_was_closed_is_repaired_when_it_does_not_open(home: SomeStore) -> None:
    outbox_pages(home)
    assert not log(home.path).exists()
    os.truncate(home.path, home.path.stat().st_size // 2 // PAGE * PAGE)
    assert len(told(opened(home))) == 1
    assert is_whole(home.database, thorough=True)


def test_notes_before_and_behind_a_lost_page_come_back(tmp_path: Path) -> None:
    home = some_store(tmp_path / "home", orders=2, pulled_orders=2, backup=False)
    names = [f"note {number:03}" for number in range(60)]
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        for name in names:
            tx.save_note(name, name * 60)
    with closing(home.database.writer()) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        rows = connection.execute("SELECT pageno FROM dbstat WHERE name = 'notes' AND pagetype = 'leaf' ORDER BY path")
        leaves = [int(str(page)) for (page,) in rows]
    assert len(leaves) > 4
    overwrite(home.path, (leaves[len(leaves) // 2] - 1) * PAGE, os.urandom(PAGE))
    suspect(home.database)
    with closing(opened(home)) as store, store.read() as view:
        found = [name for name in names if view.note(name) == name * 60]
    assert len(names) - 10 < len(found) < len(names)
    assert found[0] == names[0]
    assert found[-1] == names[-1]


def test_an_error_that_a_second_look_does_not_confirm_is_only_told(
    home: SomeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> SqliteStore:
        raise StoreCorruptError

    with monkeypatch.context() as once:
        once.setattr(opening_module, "open_store", damaged)
        with pytest.raises(StoreCorruptError):
            opened(home)
    assert told(opened(home)) == []


def test_a_store_that_went_back_asks_before_it_sends_anything_again(home: SomeStore) -> None:
    with closing(open_store(home.path, KEY)) as store:
        old = {end: home.path.with_name(f"store.db{end}").read_bytes() for end in ("", "-wal")}
        save_order(store, 700)
        store.index_now()
    for end, content in old.items():
        home.path.with_name(f"store.db{end}").write_bytes(content)
    news = told(opened(home))
    assert "older" in news[0].title
    found = home.stored()
    assert set(found) == set(home.saved)
    assert not [one for one in found.values() if one.state in _GOES_OUT and one.attempts == 0]
    assert len(told(opened(home))) == 1


def test_an_account_that_was_signed_out_since_the_backup_stays_signed_out(home: SomeStore) -> None:
    with closing(open_store(home.path, KEY)) as store, store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    with closing(home.database.writer()) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        page = int(str(connection.execute("SELECT pageno FROM dbstat WHERE name = 'orders_by_kind'").get))
    overwrite(home.path, (page - 1) * PAGE, os.urandom(PAGE))
    suspect(home.database)
    assert len(told(opened(home))) == 1
    with closing(open_store(home.path, KEY)) as store, store.read() as view:
        assert view.accounts() == []
        assert view.operations() == []


def test_a_damaged_backup_is_passed_over(home: SomeStore) -> None:
    newest = home.backups().all()[0]
    later = home.backups().write(BackupReason.HOURLY)
    overwrite(later.path, 5 * PAGE, os.urandom(PAGE * 20))
    DAMAGES["pages in the middle"](home.path)
    suspect(home.database)
    news = told(opened(home))
    assert f"{newest.taken_at.astimezone():%Y-%m-%d %H:%M}" in news[0].hint


# A repair that is broken off.


STEPS = ("mend", "is_whole", "put_aside", "finish_exchange", "clear")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_repair_that_is_killed_at_any_step_is_made_again_or_finished(
    home: SomeStore, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    class Killed(BaseException):
        pass

    real = getattr(repair_module, step)

    def killed(*args: object, **named: object) -> object:
        if after:
            real(*args, **named)
        raise Killed

    DAMAGES["a log with a hole"](home.path)
    with monkeypatch.context() as kill:
        kill.setattr(repair_module, step, killed)
        with pytest.raises(Killed):
            opened(home)
    assert len(told(opened(home))) == 1
    assert set(home.stored()) == set(home.saved)
    assert not [one.name for one in home.path.parent.iterdir() if "mend" in one.name or one.name == "salvage"]


def test_a_disk_that_fills_up_during_a_repair_is_told(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFullError

    DAMAGES["a log with a hole"](home.path)
    monkeypatch.setattr(repair_module, "mend", full)
    with pytest.raises(DiskFullError, match="must be repaired"):
        opened(home)


def test_files_that_cannot_be_moved_are_told(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied", "store.db")

    with monkeypatch.context() as refused:
        refused.setattr(opening_module, "finish_exchange", refuse)
        with pytest.raises(StoreError, match="cannot be opened"):
            opened(home)
    DAMAGES["a log with a hole"](home.path)
    with monkeypatch.context() as refused:
        refused.setattr(repair_module, "put_aside", lambda *_: refuse(home.path))
        with pytest.raises(StoreError, match="could not be repaired"):
            opened(home)


def test_where_a_file_can_have_no_second_name_it_is_copied_aside(
    home: SomeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    DAMAGES["a log with a hole"](home.path)
    before = home.path.read_bytes()
    told(opened(home))
    assert (home.path.parent / "quarantine" / "2026-11-21-120000" / "store.db").read_bytes() == before


def test_two_repairs_of_one_second_keep_both_files(home: SomeStore) -> None:
    for _ in range(2):
        DAMAGES["empty"](home.path)
        told(opened(home))
    assert len(list((home.path.parent / "quarantine").iterdir())) == 2


def test_a_repair_that_brings_nothing_whole_changes_nothing(home: SomeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    DAMAGES["a log with a hole"](home.path)
    before = home.path.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(repair_module, "is_whole", lambda *_, **__: False)
        with pytest.raises(StoreCorruptError, match="could not be repaired"):
            opened(home)
    assert home.path.read_bytes() == before


@pytest.fixture(autouse=True)
def nothing_left_over(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob("*.mending*"))
