"""Keep verified copies of the store: taken behind the work in small steps, thinned as they age.

SQLite's online backup copies the pages of one consistent look (sqlite.org/backup.html), so nobody who saves waits for
it. The copy is encrypted with the same key. It has another name until it was opened with that key, checked, compared
with what it was taken from, and flushed: a file called `.db` in the folder is whole.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import disk_usage

import apsw

from techdesk.application.store_news import BackupReason
from techdesk.domain.errors import DiskFullError, NotFoundError, StoreCorruptError, StoreError
from techdesk.store.border import translated
from techdesk.store.checks import CheckStoppedError
from techdesk.store.database import Database, remove_files
from techdesk.store.migrations import refuse_newer
from techdesk.store.whole_file import flush_folder

STEP_PAGES = 256
"""One megabyte: measured, a step takes 3 ms, and its flush never holds up the flush of a save for long."""

KEPT_HOURLY, KEPT_DAILY, KEPT_WEEKLY = 24, 7, 4
KEPT_BEFORE = 8
"""Copies made before something that cannot be undone are kept beside those that the clock made."""

MOST_BYTES = 2 << 30
"""What all copies together may take; the newest three stay in any case."""

_ALWAYS_KEPT = 3
_SPARE_BYTES = 64 << 20
"""A copy is not begun where it would leave less than this for the work itself."""

_STAMP = "%Y-%m-%d-%H%M%S"
_STAMP_LENGTH = len("2026-11-21-104300")
_UNFINISHED = "unfinished"

IsStopping = Callable[[], bool]


@dataclass(frozen=True, slots=True, order=True)
class Backup:
    """One verified copy.

    Attributes:
        taken_at: When the look began that it holds.
        reason: Why it was made, as its name says.
        path: Where it is.
    """

    taken_at: datetime
    reason: str
    path: Path

    @property
    def name(self) -> str:
        """Return what a person calls it."""
        return self.path.stem


class Backups:
    """The folder of copies of one store."""

    def __init__(self, store: Database, now: Callable[[], datetime]) -> None:
        """Keep what is copied and what tells the time; nothing is made yet."""
        self._store = store
        self._folder = store.path.parent / "backups"
        self._now = now
        self._one_at_a_time = threading.Lock()

    def all(self) -> list[Backup]:
        """Return the copies, newest first; other files in the folder are passed over."""
        return backups_in(self._folder)

    def named(self, name: str) -> Backup:
        """Return the copy that a person means: its name, or the beginning of only one.

        Raises:
            NotFoundError: There is none, or more than one.
        """
        found = [one for one in self.all() if one.name.startswith(name)]
        exact = [one for one in found if one.name == name]
        if len(exact or found) != 1:
            raise NotFoundError(f"There is no single backup called “{name}”", "`techdesk restore --list` names them")
        return (exact or found)[0]

    def opened(self, backup: Path) -> apsw.Connection:
        """Open a copy for reading, as the fixed file it is; nothing appears beside it.

        Raises:
            StoreLockedError: It has another key, or is no store.
            StoreError: It cannot be read.
        """
        return self._store.beside(backup).fixed_reader()

    def fits(self, backup: Backup) -> bool:
        """Say whether this program can open a copy: it can be read, and no newer TechDesk wrote it."""
        with suppress(StoreError), translated(), closing(self.opened(backup.path)) as copy:
            refuse_newer(copy)
            return True
        return False

    def write(self, reason: BackupReason, stopping: IsStopping = lambda: False) -> Backup:
        """Write a verified copy; a caller that has nothing else to do waits here, others use `steps`.

        Raises:
            StoreError: As `steps`.
        """
        steps = self.steps(reason, stopping)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                made: Backup = end.value
                return made

    def steps(self, reason: BackupReason, stopping: IsStopping = lambda: False) -> Generator[None, None, Backup]:
        """Write a verified copy step by step and return it at the end; giving up between two leaves nothing.

        Args:
            reason: Goes into its name.
            stopping: Asked while the copy is checked, which cannot be done in steps.

        Raises:
            DiskFullError: There is no room; nothing half-written stays.
            StoreCorruptError: The store or the copy of it is damaged.
            StoreError: It cannot be read or written.
            CheckStoppedError: `stopping` said so.
        """
        with self._one_at_a_time, translated(), _told_as_ours():
            self._make_room()
            unfinished = self._folder / _UNFINISHED
            remove_files(unfinished)
            try:
                taken_at = self._now()
                with self._store.look() as source:
                    yield from self._copy(source, unfinished)
                    self._verify(source, unfinished, stopping)
                made = self._free_name(taken_at, reason)
                unfinished.replace(made.path)
                flush_folder(self._folder)
            finally:
                remove_files(unfinished)
            self._thin()
            return made

    def _make_room(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if disk_usage(self._folder).free < self._store.path.stat().st_size + _SPARE_BYTES:
            raise _no_room()

    def _copy(self, source: apsw.Connection, unfinished: Path) -> Iterator[None]:
        target = self._store.beside(unfinished)
        with closing(target.copy_target(source)) as copy, copy.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(STEP_PAGES)
                _flush(unfinished)
                yield
        _flush(unfinished)

    def _verify(self, source: apsw.Connection, unfinished: Path, stopping: IsStopping) -> None:
        with closing(self.opened(unfinished)) as copy:
            copy.set_progress_handler(stopping, 1000)
            try:
                found = copy.execute("PRAGMA integrity_check(1)").get
            except apsw.InterruptError:
                raise CheckStoppedError from None
            copy.set_progress_handler(None)
            if found != "ok" or _marks(copy) != _marks(source):
                raise StoreCorruptError

    def _free_name(self, taken_at: datetime, reason: BackupReason) -> Backup:
        taken_at = taken_at.astimezone(UTC).replace(microsecond=0)
        while True:
            path = self._folder / f"{taken_at.strftime(_STAMP)}-{reason}.db"
            if not path.exists():
                return Backup(taken_at, reason, path)
            taken_at += timedelta(seconds=1)

    def _thin(self) -> None:
        for one in superfluous(self.all()):
            one.path.unlink(missing_ok=True)


def backups_in(folder: Path) -> list[Backup]:
    """Return the copies in a folder, newest first; needs no key, and passes other files over."""
    found = (_backup(path) for path in folder.glob("*.db"))
    return sorted((one for one in found if one), reverse=True)


def superfluous(backups: Sequence[Backup], most_bytes: int = MOST_BYTES) -> list[Backup]:
    """Return the copies that may go: 24 hours, 7 days and 4 weeks have one each, the newest of it.

    Args:
        backups: All there are, newest first.
        most_bytes: What those that stay may take together.
    """
    kept = {one for one in backups if one.reason != BackupReason.HOURLY and _is_among(one, backups, KEPT_BEFORE)}
    for count, period in ((KEPT_HOURLY, "%Y-%m-%d-%H"), (KEPT_DAILY, "%Y-%m-%d"), (KEPT_WEEKLY, "%G-%V")):
        newest_of: dict[str, Backup] = {}
        for one in backups:
            newest_of.setdefault(one.taken_at.strftime(period), one)
        kept |= set(list(newest_of.values())[:count])
    total, small_enough = 0, set(backups[:_ALWAYS_KEPT])
    for one in sorted(kept, reverse=True):
        total += one.path.stat().st_size
        if total <= most_bytes:
            small_enough.add(one)
    return [one for one in backups if one not in kept or one not in small_enough]


def _is_among(one: Backup, backups: Sequence[Backup], newest: int) -> bool:
    return one in [each for each in backups if each.reason != BackupReason.HOURLY][:newest]


def _backup(path: Path) -> Backup | None:
    stamp, reason = path.stem[:_STAMP_LENGTH], path.stem[_STAMP_LENGTH + 1 :]
    try:
        taken_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Backup(taken_at, reason, path)


def _marks(connection: apsw.Connection) -> list[tuple[object, ...]]:
    """Return what must be the same in a copy, beside its being whole."""
    marks: list[tuple[object, ...]] = [(connection.pragma("user_version"),)]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table, sums in (("operations", "max(seq), sum(attempts), sum(settled)"), ("records", "max(record_no)")):
        if table in tables:  # a store of an early version is copied before it is brought up to date, too
            marks += connection.execute(f"SELECT count(*), {sums} FROM {table}")
    return marks


def _no_room() -> DiskFullError:
    return DiskFullError(
        "No backup was made: the disk is nearly full", "Your work is saved as ever. Free some space for backups"
    )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Raise what the system says about the folder as our errors."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _no_room() from error
        raise StoreError("No backup could be written", f"{error.strerror}: {error.filename}") from error
