"""Verified copies: what they hold, that nobody waits for them, and which of them stay."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from errno import EACCES, ENOSPC
from pathlib import Path
from typing import NamedTuple

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.store_news import BackupReason
from techdesk.domain.errors import DiskFullError, NotFoundError, StoreCorruptError, StoreError, StoreLockedError
from techdesk.domain.records import RecordType
from techdesk.store import backups as backups_module
from techdesk.store.backups import Backup, Backups, superfluous
from techdesk.store.checks import CheckStoppedError
from techdesk.store.database import Database
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.builders import an_account
from tests.support.store_records import KEY, a_page, a_record, an_operation, pulled

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def backups(store: SqliteStore, path: Path) -> Backups:
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account())
        tx.save_record(a_record())
        tx.add_operation(an_operation())
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(2000))))
    return Backups(Database(path, KEY), lambda: NOON)


def test_a_copy_holds_everything_and_opens_with_the_same_key_alone(backups: Backups, path: Path) -> None:
    made = backups.write(BackupReason.HOURLY)
    assert made == Backup(NOON, "hourly", path.parent / "backups" / "2026-11-21-120000-hourly.db")
    assert made.name == "2026-11-21-120000-hourly"
    with closing(backups.opened(made.path)) as copy:
        assert copy.execute("SELECT count(*) FROM operations").get == 1
        assert copy.execute("SELECT count(*) FROM records").get == 2001
    assert b"SQLite format 3" not in made.path.read_bytes()[:16]
    with pytest.raises(StoreLockedError):
        Database(made.path, KEY[::-1]).fixed_reader()
    with closing(open_store(made.path, KEY)) as again, again.read() as view:
        assert view.record("a1", RecordType.ORDER, "tmp_1")


def test_nothing_but_the_copy_is_left_in_the_folder_and_only_its_owner_may_read_it(backups: Backups) -> None:
    made = backups.write(BackupReason.SIGN_OUT)
    assert list(made.path.parent.iterdir()) == [made.path]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700


def test_saves_go_on_between_the_steps_and_the_copy_is_as_it_was_at_the_beginning(
    backups: Backups, store: SqliteStore
) -> None:
    number = 1
    for _ in backups.steps(BackupReason.HOURLY):
        number += 1
        with store.write(Urgency.PERSON) as tx:
            tx.save_record(a_record(f"tmp_{number}"))
    assert number > 3
    with closing(backups.opened(backups.all()[0].path)) as copy:
        assert copy.execute("SELECT count(*) FROM records").get == 2001


def test_a_copy_that_is_given_up_halfway_leaves_nothing(backups: Backups, path: Path) -> None:
    with closing(backups.steps(BackupReason.HOURLY)) as steps:
        next(steps)
        assert backups.all() == []
    assert list((path.parent / "backups").iterdir()) == []


def test_a_half_written_copy_of_a_process_that_died_never_counts_and_is_cleared_away(
    backups: Backups, path: Path
) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    (folder / "unfinished").write_bytes(b"half")
    (folder / "unfinished-wal").write_bytes(b"half")
    assert backups.all() == []
    made = backups.write(BackupReason.HOURLY)
    assert list(folder.iterdir()) == [made.path]


def test_other_files_in_the_folder_are_passed_over_and_left_alone(backups: Backups, path: Path) -> None:
    backups.write(BackupReason.HOURLY)
    for name in ("notes.txt", "mine.db", "2026-99-99-000000-hourly.db"):
        (path.parent / "backups" / name).write_bytes(b"x")
    backups.write(BackupReason.HOURLY)
    assert len(backups.all()) == 1
    assert (path.parent / "backups" / "mine.db").exists()


def test_two_copies_of_one_second_do_not_overwrite_each_other(backups: Backups) -> None:
    backups.write(BackupReason.SIGN_OUT)
    backups.write(BackupReason.SIGN_OUT)
    assert [one.taken_at - NOON for one in backups.all()] == [timedelta(seconds=1), timedelta(0)]


def test_checking_stops_when_the_desk_closes(backups: Backups) -> None:
    with pytest.raises(CheckStoppedError):
        backups.write(BackupReason.HOURLY, lambda: True)
    assert backups.all() == []


def test_a_damaged_store_gives_no_copy(backups: Backups, store: SqliteStore, path: Path) -> None:
    backups.write(BackupReason.HOURLY)
    store.close()
    content = path.read_bytes()
    half = len(content) // 2 // 4096 * 4096
    path.write_bytes(content[:half] + os.urandom(4096) + content[half + 4096 :])
    with pytest.raises(StoreCorruptError):
        backups.write(BackupReason.BEFORE_BASELINE)
    assert [one.reason for one in backups.all()] == ["hourly"]
    assert len(list((path.parent / "backups").iterdir())) == 1


def test_a_copy_that_lacks_something_does_not_count(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: Iterator[list[tuple[object, ...]]] = iter([[(4,)], [(5,)]])
    monkeypatch.setattr(backups_module, "_marks", lambda _: next(marks))
    with pytest.raises(StoreCorruptError):
        backups.write(BackupReason.HOURLY)
    assert backups.all() == []


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_copy_is_not_begun_where_it_would_take_the_room_that_the_work_needs(
    backups: Backups, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = path.stat().st_size + 1000
    monkeypatch.setattr(backups_module, "disk_usage", lambda _: Usage(free, 0, free))
    with pytest.raises(DiskFullError, match="No backup was made"):
        backups.write(BackupReason.HOURLY)
    assert backups.all() == []


@pytest.mark.parametrize(("number", "error"), [(ENOSPC, DiskFullError), (EACCES, StoreError)])
def test_what_the_system_refuses_is_told_and_nothing_half_written_stays(
    backups: Backups, path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[StoreError]
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(number, os.strerror(number), "backups")

    monkeypatch.setattr(backups_module, "flush_folder", refuse)
    with pytest.raises(StoreError) as caught:
        backups.write(BackupReason.HOURLY)
    assert type(caught.value) is error
    assert not (path.parent / "backups" / "unfinished").exists()


def test_a_person_names_a_copy_by_its_beginning(backups: Backups) -> None:
    first = backups.write(BackupReason.SIGN_OUT)
    assert backups.named("2026-11-21") == first
    second = backups.write(BackupReason.SIGN_OUT)
    assert backups.named(second.name) == second
    for name in ("2026-11-21", "2025"):
        with pytest.raises(NotFoundError):
            backups.named(name)


def of(folder: Path, moments: Sequence[datetime], reason: str = "hourly") -> list[Backup]:
    """Return copies of these moments, newest first, each 10 bytes long."""
    made = []
    for moment in moments:
        path = folder / f"{moment:%Y-%m-%d-%H%M%S}-{reason}.db"
        path.write_bytes(b"x" * 10)
        made.append(Backup(moment, reason, path))
    return sorted(made, reverse=True)


def kept(backups: Sequence[Backup], most_bytes: int = 10**9) -> list[Backup]:
    gone = superfluous(backups, most_bytes)
    return [one for one in backups if one not in gone]


def test_24_hours_7_days_and_4_weeks_stay(tmp_path: Path) -> None:
    every_20_minutes = of(tmp_path, [NOON - timedelta(minutes=20 * number) for number in range(3 * 24 * 60)])
    staying = kept(every_20_minutes)
    assert staying[0].taken_at == NOON
    hours = [one.taken_at for one in staying if NOON - one.taken_at < timedelta(hours=24)]
    assert len(hours) == 24
    assert {one.minute for one in hours[1:]} == {40}
    days = {one.taken_at.date() for one in staying}
    assert {NOON.date() - timedelta(days=number) for number in range(7)} <= days
    assert len({one.taken_at.isocalendar()[:2] for one in staying}) == 4
    assert len(staying) == 24 + 5 + 2
    assert kept(staying) == staying


def test_copies_of_days_on_which_nobody_worked_are_not_missed(tmp_path: Path) -> None:
    rare = of(tmp_path, [NOON - timedelta(days=40 * number) for number in range(30)])
    assert kept(rare) == rare[:24]


def test_copies_made_before_something_final_are_kept_beside_the_others(tmp_path: Path) -> None:
    before = of(tmp_path, [NOON - timedelta(minutes=number) for number in range(1, 12)], "sign-out")
    hourly = of(tmp_path, [NOON])
    assert kept(hourly + before) == [*hourly, *before[:8]]


def test_copies_take_no_more_than_their_share_but_the_newest_three_always_stay(tmp_path: Path) -> None:
    hourly = of(tmp_path, [NOON - timedelta(hours=number) for number in range(10)])
    assert kept(hourly, 50) == hourly[:5]
    assert kept(hourly, 5) == hourly[:3]


def test_a_place_where_no_folder_can_be_made_is_told(backups: Backups, path: Path) -> None:
    (path.parent / "backups").write_bytes(b"a file")
    with pytest.raises(StoreError, match="No backup could be written"):
        backups.write(BackupReason.HOURLY)
