"""Open the store: look first where something may be wrong, and repair what is certainly damaged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import apsw

from techdesk.application.store_news import OpeningStep, StoreNews, TellStep, tell_nobody
from techdesk.domain.errors import StoreCorruptError, StoreError, StoreLockedError, StoreTooNewError
from techdesk.store.backups import Backups
from techdesk.store.border import translated
from techdesk.store.checks import CheckStoppedError, clear, deadline, is_suspect, is_whole, was_found_damaged
from techdesk.store.database import Database
from techdesk.store.log_file import has_log, lost_acknowledged
from techdesk.store.order_store import SqliteStore, open_store, utc_now
from techdesk.store.upkeep import TOLD
from techdesk.store.workshop import Workshop, finish_exchange, is_empty

CHECK_WITHIN_S = 0.3
"""How long a start may be held up by a look at the file after the desk was not closed properly."""


CHECKING = OpeningStep("Checking your data", "Reading the data file from end to end…")


def open_whole(
    path: Path,
    key: bytes,
    now: Callable[[], datetime] = utc_now,
    doing: TellStep = tell_nobody,
) -> SqliteStore:
    """Open the store; one that is damaged, gone or older than it was is repaired first, and the person is told.

    Args:
        path: The file.
        key: 32 random bytes.
        now: Tells the time.
        doing: Told each step that may take seconds, as it begins.

    Raises:
        StoreLockedError: The key is wrong, or nothing of the file can be read with it. Nothing was changed.
        StoreTooNewError: A newer TechDesk wrote it. Nothing was changed.
        DiskFullError: It must be repaired, and there is no room for that. Nothing was changed.
        StoreError: It cannot be opened.
    """
    database = Database(path, key)
    shop = Workshop(database=database, backups=Backups(database, now), now=now, doing=doing)
    try:
        return _whole(shop, key)
    except StoreTooNewError as error:
        from techdesk.store.newer import looked_into

        raise looked_into(shop, key, error) from error


def _whole(shop: Workshop, key: bytes) -> SqliteStore:
    database, path = shop.database, shop.database.path
    _finish_exchange(path)
    if _is_gone(shop) or _is_certainly_damaged(database, shop.doing):
        _repair(shop)
    store = _opened(shop, key)
    if store.went_back:
        store.close()
        from techdesk.store.repair import catch_up

        catch_up(shop)
        store = open_store(path, key, now=shop.now, doing=shop.doing)
    _tell_what_happened(store)
    return store


def _opened(shop: Workshop, key: bytes) -> SqliteStore:
    """Open the file; what SQLite calls damaged then is repaired if a second look says the same."""
    path = shop.database.path
    try:
        return open_store(path, key, now=shop.now, doing=shop.doing)
    except StoreLockedError:
        _repair(shop)  # which finds out whether the key fits
    except StoreCorruptError:
        if is_whole(shop.database):
            raise
        _repair(shop)
    return open_store(path, key, now=shop.now, doing=shop.doing)


def _repair(shop: Workshop) -> None:
    from techdesk.store.newer import refuse_to_repair  # nearly no start needs these
    from techdesk.store.repair import repair

    refuse_to_repair(shop)
    repair(shop)


def _is_gone(shop: Workshop) -> bool:
    """Say whether the file is missing or empty though there was one: SQLite would make a new one without a word."""
    path = shop.database.path
    return is_empty(path) and (has_log(path) or bool(shop.backups.all()))


def _is_certainly_damaged(database: Database, doing: TellStep) -> bool:
    """Look at a file that was not closed properly, or that was found damaged, before anything is written to it."""
    if not is_suspect(database):
        return False
    was_found = was_found_damaged(database)
    if was_found:
        doing(CHECKING)
    try:
        is_fine = is_whole(database, thorough=True) if was_found else is_whole(database, deadline(CHECK_WITHIN_S))
    except CheckStoppedError:
        is_fine = True  # too long to wait for; it is checked behind the work
    except StoreLockedError:
        return False  # what cannot be opened at all is looked at when it is opened
    if is_fine and not _has_lost_commits(database):
        clear(database)
        return False
    return True


def _has_lost_commits(database: Database) -> bool:
    """Say whether the log holds commits that were acknowledged, that SQLite does not take and that the file lacks."""
    if not has_log(database.path):
        return False
    with translated(), closing(database.reader()) as connection:
        frames, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    if not lost_acknowledged(database.path, frames):
        return False
    from techdesk.store.laid_log import holds_more  # nearly no start needs it

    return holds_more(database)


def _finish_exchange(path: Path) -> None:
    try:
        finish_exchange(path)
    except OSError as error:
        raise StoreError("TechDesk's data cannot be opened", f"{error.strerror}: {error.filename}") from error


def _tell_what_happened(store: SqliteStore) -> None:
    """Tell what the last repair did, also where the desk ended before a person could hear it."""
    with store.read() as view:
        told = view.note(TOLD)
    if told:
        title, _, hint = told.partition("\n")
        store.tell(StoreNews(title, hint))
