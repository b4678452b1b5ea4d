"""Find out whether the file is whole; only what SQLite itself calls damaged, twice, counts as damaged.

A file that is held, full, unreadable for the system, or of another key is none of that: those errors go through.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

import apsw

from techdesk.domain.errors import StoreCorruptError
from techdesk.store.border import translated
from techdesk.store.database import Database
from techdesk.store.log_file import has_log
from techdesk.store.whole_file import replace_file

_OPS_BETWEEN_QUESTIONS = 1000


class CheckStoppedError(Exception):
    """Say that a check did not come to its end; nothing is known then."""


def is_whole(database: Database, stopping: Callable[[], bool] = lambda: False, *, thorough: bool = False) -> bool:
    """Check the file over a fresh connection.

    Args:
        database: The file.
        stopping: Asked all the time; the check ends where it says so.
        thorough: Compare the indexes with their tables too (`integrity_check`); takes several times as long.

    Raises:
        CheckStoppedError: `stopping` said so.
        StoreLockedError: The key is wrong, or the beginning of the file is damaged.
        StoreError: The file is held or cannot be read: nothing is known.
    """
    pragma = "integrity_check(1)" if thorough else "quick_check(1)"
    try:
        with translated(), closing(database.reader()) as connection:
            connection.set_progress_handler(stopping, _OPS_BETWEEN_QUESTIONS)
            return bool(connection.execute(f"PRAGMA {pragma}").get == "ok")
    except apsw.InterruptError:
        raise CheckStoppedError from None
    except StoreCorruptError:
        return False


def deadline(seconds: float) -> Callable[[], bool]:
    """Return what says whether so many seconds have passed."""
    ends_at = time.monotonic() + seconds
    return lambda: time.monotonic() > ends_at


def suspect(database: Database) -> None:
    """Note beside the file that damage was found, so that the next start looks before it does anything else.

    Raises:
        OSError: The note cannot be written.
    """
    replace_file(database.path.with_name(database.path.name + ".damaged"), b"")


def is_suspect(database: Database) -> bool:
    """Say whether damage was found, or the desk was not closed properly: its log is still there."""
    return was_found_damaged(database) or has_log(database.path)


def was_found_damaged(database: Database) -> bool:
    """Say whether damage was found while the desk was open."""
    return database.path.with_name(database.path.name + ".damaged").exists()


def clear(database: Database) -> None:
    """Forget the suspicion."""
    database.path.with_name(database.path.name + ".damaged").unlink(missing_ok=True)
