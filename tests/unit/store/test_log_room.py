"""The log has its full length from the beginning, and nothing takes the room in it for anything else."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.ports import Urgency
from techdesk.application.store_news import StoreNews
from techdesk.domain.records import RecordType
from techdesk.store.log_file import PAGE_BYTES, has_log, lay_by_hand, live_frames, log_of, lost_acknowledged
from techdesk.store.log_room import FULL_BYTES, make_room
from techdesk.store.opening import open_whole
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.store_records import KEY, a_record

needs_room = pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system sets no blocks aside")


def save(store: SqliteStore, record_id: str) -> None:
    with store.write(Urgency.PERSON) as tx:
        tx.save_record(a_record(record_id))


def killed(store: SqliteStore, path: Path, home: Path) -> Path:
    """Return a copy of an open store as a kill leaves it."""
    home.mkdir()
    for one in (path, log_of(path)):
        shutil.copyfile(one, home / one.name)
    return home / path.name


@needs_room
def test_saves_do_not_make_the_log_longer(store: SqliteStore, path: Path) -> None:
    assert log_of(path).stat().st_size == FULL_BYTES
    for number in range(20):
        save(store, f"tmp_{number}")
    assert log_of(path).stat().st_size == FULL_BYTES


@needs_room
def test_a_log_that_is_longer_stays_so(path: Path) -> None:
    log_of(path).write_bytes(b"x" * (FULL_BYTES + 1))
    make_room(path)
    assert log_of(path).read_bytes() == b"x" * (FULL_BYTES + 1)


@needs_room
def test_what_was_saved_before_a_kill_is_there_and_nothing_is_taken_for_damage(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    save(store, "tmp_1")
    left = killed(store, path, tmp_path / "left")
    news: list[StoreNews] = []
    assert has_log(left)
    with closing(open_whole(left, KEY)) as again:
        again.look_after_itself(news.append)
        with again.read() as view:
            assert view.record("a1", RecordType.ORDER, "tmp_1") is not None
    assert news == []
    assert list(left.parent.glob("quarantine*")) == []


@needs_room
def test_room_is_no_page_of_the_log_even_where_its_header_is_damaged(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    save(store, "tmp_1")
    left = killed(store, path, tmp_path / "left")
    frames = live_frames(log_of(left))
    with log_of(left).open("rb+") as log:
        log.write(os.urandom(32))
    assert live_frames(log_of(left)) == frames
    assert all(one.page for one in frames)
    assert not lost_acknowledged(left, len(frames))
    assert lay_by_hand(log_of(left), left)
    assert left.stat().st_size == max(one.page for one in frames) * PAGE_BYTES


def test_a_system_that_sets_no_blocks_aside_saves_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    with closing(open_store(path, KEY)) as store:
        save(store, "tmp_1")
        assert log_of(path).stat().st_size < FULL_BYTES


def test_a_disk_without_that_much_room_takes_saves_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _start: int, _length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with closing(open_store(path, KEY)) as store:
        save(store, "tmp_1")
        assert log_of(path).stat().st_size < FULL_BYTES
