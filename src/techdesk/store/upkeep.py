"""Look after the file behind the work: check it after the start, keep a copy of every hour in which it changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from techdesk.application.store_news import BackupReason, StoreNews
from techdesk.domain.errors import StoreCorruptError, StoreError, StoreLockedError
from techdesk.store.backups import Backups
from techdesk.store.checks import CheckStoppedError, is_whole, suspect
from techdesk.store.database import Database

CHECK_AFTER_S = 20.0
"""Not while the window opens and the first round runs."""

LOOK_EVERY_S = 60.0
STEP_PAUSE_S = 0.01
"""Between two steps of a copy, so that a save never finds the disk busy for long."""

COPY_EVERY = timedelta(hours=1)
COPY_ANYWAY = timedelta(days=7)
"""Each copy is checked from end to end, and so is what it was taken from: this is the weekly check as well."""

TOLD = "repaired"
"""The note in the store that says what a repair did, until a person was told."""

DAMAGED = StoreNews(
    "TechDesk's data file is damaged",
    "Close TechDesk and start it again: it puts the damaged file aside, saves all unsent work that can be read, "
    "and restores the newest backup",
)

_log = logging.getLogger(__name__)


class News:
    """What the store has to tell; what nobody has heard yet is kept until somebody listens."""

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        self._lock = threading.Lock()
        self._kept: list[StoreNews] = []
        self._listener: Callable[[StoreNews], object] | None = None

    def tell(self, news: StoreNews) -> None:
        """Tell it now, or as soon as somebody listens."""
        with self._lock:
            listener = self._listener
            if listener is None:
                self._kept.append(news)
        if listener:
            listener(news)

    def listen(self, listener: Callable[[StoreNews], object]) -> None:
        """Call this from now on, from any thread, and at once with what was kept."""
        with self._lock:
            self._listener = listener
            kept, self._kept = self._kept, []
        for one in kept:
            listener(one)


class Upkeep:
    """The thread that checks and copies one store.

    Attributes:
        news: What it has to tell.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        """Keep what is looked after and what tells the time; the thread starts with `start`."""
        self.news = News()
        self._database = database
        self._backups = Backups(database, now)
        self._now = now
        self._told = ""
        self._changed = True
        self._is_damaged = False
        self._suspicious = threading.Event()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._first: Callable[[], None]
        self._thread = threading.Thread(target=self._run, name="store upkeep", daemon=True)

    def start(self, first: Callable[[], None]) -> None:
        """Begin to look after the file.

        Args:
            first: What the thread does before anything else.
        """
        self._first = first
        self._thread.start()

    def note_change(self) -> None:
        """Tell that something was written."""
        self._changed = True

    def note_damage(self) -> None:
        """Tell that SQLite called the file damaged; it is checked at once, as one error alone proves nothing."""
        self._suspicious.set()
        self._wake.set()

    def copy_now(self, reason: BackupReason) -> None:
        """Make a copy before something that cannot be undone, and wait for it; a failure is told, and work goes on."""
        self._attempt(lambda: self._copy(reason, 0.0))

    def close(self) -> None:
        """Give up what runs and end the thread; a second time does nothing."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._attempt(self._first)
        self._wake.wait(CHECK_AFTER_S)
        self._suspicious.set()
        while not self._stopping.is_set():
            self._wake.clear()
            self._attempt(self._do_what_is_due)
            self._wake.wait(LOOK_EVERY_S)

    def _do_what_is_due(self) -> None:
        if self._suspicious.is_set():
            self._suspicious.clear()
            self._check(thorough=False)
        if not self._is_damaged and self._is_copy_due():
            self._copy(BackupReason.HOURLY, STEP_PAUSE_S)

    def _is_copy_due(self) -> bool:
        newest = next(iter(self._backups.all()), None)
        if newest is None:
            return True
        age = abs(self._now() - newest.taken_at)
        return age >= (COPY_EVERY if self._changed else COPY_ANYWAY)

    def _copy(self, reason: BackupReason, pause_s: float) -> None:
        self._changed = False
        try:
            with closing(self._backups.steps(reason, self._stopping.is_set)) as steps:
                for _ in steps:
                    if self._stopping.wait(pause_s):
                        return
        except StoreCorruptError:
            self._changed = True
            self._check(thorough=True)
        except StoreError:
            self._changed = True
            raise
        else:
            self._told = ""

    def _check(self, *, thorough: bool) -> None:
        try:
            if is_whole(self._database, self._stopping.is_set, thorough=thorough):
                return
        except StoreLockedError:
            pass  # the key opened it at the start, so it is the beginning of the file that is damaged
        self._is_damaged = True
        try:
            suspect(self._database)
        except OSError as error:
            _log.warning("that the store is damaged could not be noted: %s", error.strerror)
        self.news.tell(DAMAGED)

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do what may fail; the same failure is told once."""
        try:
            work()
        except CheckStoppedError:
            return
        except StoreError as error:
            if error.title != self._told:
                self._told = error.title
                self.news.tell(StoreNews(error.title, error.hint))
