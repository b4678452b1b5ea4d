"""The thread behind the work: when it checks and copies, and what it tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter
from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.domain.errors import DiskFullError, StoreBusyError, StoreCorruptError, StoreError
from techdesk.store import upkeep as upkeep_module
from techdesk.store.backups import Backups
from techdesk.store.checks import CheckStoppedError, is_suspect
from techdesk.store.database import Database
from techdesk.store.order_store import SqliteStore, open_store
from techdesk.store.upkeep import DAMAGED, News, Upkeep
from tests.support.store_records import KEY, a_page, a_record, pulled

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAGE = 4096


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep_module, "CHECK_AFTER_S", 0.0)


class Bench:
    """One store, its copies, its upkeep, and a clock that a test sets."""

    def __init__(self, path: Path) -> None:
        self.time = NOON
        self.database = Database(path, KEY)
        self.backups = Backups(self.database, lambda: self.time)
        self.told: list[StoreNews] = []
        self.upkeep = Upkeep(self.database, lambda: self.time)
        self.upkeep.news.listen(self.told.append)

    def look(self) -> list[str]:
        """Do what is due; returns the hours of the copies there are."""
        self.upkeep._attempt(self.upkeep._do_what_is_due)
        return [f"{one.taken_at:%d %H:%M}" for one in self.backups.all()]


@pytest.fixture
def bench(store: SqliteStore, path: Path) -> Iterator[Bench]:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record())
    made = Bench(path)
    yield made
    made.upkeep.close()


def damage(path: Path) -> None:
    content = path.read_bytes()
    half = len(content) // 2 // PAGE * PAGE
    path.write_bytes(content[:half] + os.urandom(len(content) - half))


def test_a_store_without_a_copy_gets_one_and_then_one_an_hour_in_which_it_changed(bench: Bench) -> None:
    assert bench.look() == ["21 12:00"]
    bench.time += timedelta(minutes=59)
    bench.upkeep.note_change()
    assert bench.look() == ["21 12:00"]
    bench.time += timedelta(minutes=1)
    assert bench.look() == ["21 13:00", "21 12:00"]
    bench.time += timedelta(days=6)
    assert bench.look() == ["21 13:00", "21 12:00"]
    bench.time += timedelta(days=1)
    assert len(bench.look()) == 3
    assert bench.told == []


def test_copies_go_on_where_the_clock_was_set_back(bench: Bench) -> None:
    assert bench.look() == ["21 12:00"]
    bench.time -= timedelta(days=1)
    bench.upkeep.note_change()
    assert bench.look() == ["21 12:00", "20 12:00"]


def test_a_full_disk_is_told_once_and_again_after_there_was_room(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(Backups, "_make_room", _refuse)
        for _ in range(3):
            assert bench.look() == []
    assert [one.title for one in bench.told] == ["The disk is full"]
    assert bench.look() == ["21 12:00"]
    with monkeypatch.context() as full:
        full.setattr(Backups, "_make_room", _refuse)
        bench.upkeep.copy_now(BackupReason.SIGN_OUT)
    assert [one.title for one in bench.told] == ["The disk is full"] * 2
    bench.time += timedelta(hours=1)
    assert bench.look()[0] == "21 13:00"


def _refuse(_: Backups) -> None:
    raise DiskFullError("The disk is full")


def test_damage_that_a_copy_finds_is_told_noted_and_no_copy_is_tried_again(
    bench: Bench, store: SqliteStore, path: Path
) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(200))))
    store.close()
    damage(path)
    assert bench.look() == []
    assert bench.told == [DAMAGED]
    assert is_suspect(bench.database)
    bench.look()
    assert bench.told == [DAMAGED]


def test_a_copy_that_is_not_whole_of_a_store_that_is_whole_is_only_made_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Backups, "_verify", _find_damage)
        assert bench.look() == []
    assert bench.told == []
    assert not (bench.database.path.with_name(bench.database.path.name + ".damaged")).exists()
    assert bench.look() == ["21 12:00"]


def _find_damage(*_: object) -> None:
    raise StoreCorruptError


@pytest.mark.parametrize("beginning", [True, False])
def test_an_error_that_says_damage_has_the_file_checked_at_once(
    store: SqliteStore, path: Path, beginning: bool
) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(200))))
    store.close()
    again = open_store(path, KEY)
    with closing(again):
        content = path.read_bytes()
        start = 0 if beginning else len(content) // 2
        path.write_bytes(content[:start] + os.urandom(len(content) - start))
        news: SimpleQueue[StoreNews] = SimpleQueue()
        with pytest.raises(StoreError), again.read() as view:
            view.order_keys(OrderFilter())
            view.find_orders("s7")
        again.look_after_itself(news.put)
        assert news.get(timeout=10) == DAMAGED
    assert path.with_name(path.name + ".damaged").exists()


def test_damage_is_told_also_where_it_cannot_be_noted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Database) -> None:
        raise OSError(28, "No space left")

    monkeypatch.setattr(upkeep_module, "suspect", refuse)
    monkeypatch.setattr(upkeep_module, "is_whole", lambda *_, **__: False)
    bench.upkeep.note_damage()
    bench.look()
    assert bench.told == [DAMAGED]


def test_a_file_that_is_held_is_not_called_damaged(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object, **__: object) -> bool:
        raise StoreBusyError

    monkeypatch.setattr(upkeep_module, "is_whole", held)
    bench.upkeep.note_damage()
    bench.look()
    assert DAMAGED not in bench.told
    assert not bench.database.path.with_name(bench.database.path.name + ".damaged").exists()


def test_a_check_that_the_end_of_the_desk_breaks_off_says_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> bool:
        raise CheckStoppedError

    monkeypatch.setattr(upkeep_module, "is_whole", stopped)
    bench.upkeep.note_damage()
    assert bench.look() == []
    assert bench.told == []


def test_the_thread_copies_by_itself_and_a_store_is_closed_in_the_middle_of_a_copy(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write(Urgency.BACKGROUND) as tx:
        tx.apply_page("a1", a_page(*(pulled(f"s{number}", title="x" * 900) for number in range(2000))))
    monkeypatch.setattr(upkeep_module, "STEP_PAUSE_S", 60.0)
    store.look_after_itself(lambda _: None)
    unfinished = path.parent / "backups" / "unfinished"
    while not unfinished.exists():
        pass
    store.close()
    assert list(unfinished.parent.iterdir()) == []


def test_a_copy_before_something_final_is_there_when_the_call_returns(store: SqliteStore, path: Path) -> None:
    store.back_up(BackupReason.BEFORE_BASELINE)
    assert [one.reason for one in Backups(Database(path, KEY), lambda: NOON).all()] == ["before-baseline"]


def test_what_is_told_before_anybody_listens_is_kept() -> None:
    news, heard = News(), list[StoreNews]()
    news.tell(StoreNews("first"))
    news.listen(heard.append)
    news.tell(StoreNews("second"))
    assert [one.title for one in heard] == ["first", "second"]
