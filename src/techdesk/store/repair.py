"""Put a damaged store aside and a whole one in its place; a crash leaves the old one or the new one (`docs/sync.md`).

The new file is built beside the old one: a backup, with all that can still be read of the old one laid over it. Once it
is whole and on the disk its name ends in `.mended`; from then on every start finishes the exchange.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import apsw

from techdesk.application.store_news import StoreNews
from techdesk.domain.errors import DiskFullError, StoreCorruptError, StoreError, StoreLockedError, StoreTooNewError
from techdesk.store.backups import Backup
from techdesk.store.border import translated
from techdesk.store.checks import clear, is_whole
from techdesk.store.database import Database, remove_files
from techdesk.store.log_file import has_log
from techdesk.store.mending import Mended, Past, mend
from techdesk.store.migrations import migrate
from techdesk.store.salvage import Salvaged, salvage
from techdesk.store.search_index import SearchIndex
from techdesk.store.upkeep import TOLD
from techdesk.store.whole_file import flush_folder
from techdesk.store.workshop import Workshop, finish_exchange, is_empty, put_aside

_DAMAGED = "TechDesk's data file was damaged and has been repaired"
_GONE = "TechDesk's data file was gone and has been restored"
_RESTORED = "TechDesk's data was restored from a backup"
_SCRATCH = "salvage"
_REPAIRING = "Repairing your data"
_RESTORING = "Going back to a backup"
_SEEKING = "Looking for the newest backup that is whole…"
_SAVING = "Saving unsent work…"


def repair(shop: Workshop) -> None:
    """Replace a file that is certainly damaged by the newest backup with everything salvaged laid over it.

    Raises:
        StoreLockedError: Nothing of it can be read with this key, so the key may be wrong; nothing was changed.
        DiskFullError: There is no room for it; nothing was changed.
        StoreError: It could not be done; nothing was changed.
    """
    with _tidied(shop.database):
        shop.begin(_REPAIRING, _SEEKING)
        newest = _newest_good(shop)
        shop.begin(_REPAIRING, _SAVING)
        salvaged = _salvaged(shop.database, newest)
        if not is_empty(shop.database.path) and not salvaged.found_any:
            raise StoreLockedError
        _exchange(shop, newest, salvaged, _GONE if is_empty(shop.database.path) else _DAMAGED)


def restore(shop: Workshop, backup: Backup) -> StoreNews:
    """Go back to a backup that a person chose; unsent work that can be read of the present file is laid over it.

    The answer says what was saved; the next opening tells it too.

    Raises:
        StoreLockedError: The backup has another key; nothing was changed.
        StoreCorruptError: The backup is damaged; nothing was changed.
        StoreTooNewError: A newer TechDesk made the backup; nothing was changed.
        DiskFullError: There is no room for it; nothing was changed.
        StoreError: It could not be done; nothing was changed.
    """
    shop.begin(_RESTORING, "Checking the backup…")
    with suppress(StoreCorruptError):
        shop.backups.opened(backup.path).close()  # with another key it is not damaged
    if not _is_good(shop, backup):
        raise StoreCorruptError("This backup is damaged", "Choose another one. Nothing was changed")
    if not shop.backups.fits(backup):
        raise StoreTooNewError("A newer TechDesk made this backup", "Choose an older one. Nothing was changed")
    with _tidied(shop.database):
        shop.begin(_RESTORING, _SAVING)
        return _exchange(shop, backup, _salvaged(shop.database, backup), _RESTORED)


def catch_up(shop: Workshop) -> None:
    """Treat a file that is whole, but older than it was, as the backup that it is.

    Raises:
        StoreError: It could not be done; nothing was changed.
    """
    with _tidied(shop.database):
        shop.begin(_REPAIRING, _SAVING)
        salvaged = replace(_salvaged(shop.database, None), whole=set(), current=set())
        shop.begin(_REPAIRING, _SEEKING)
        _exchange(shop, _newest_good(shop), salvaged, "TechDesk's data file was older than it should be")


def _newest_good(shop: Workshop) -> Backup | None:
    """Return the newest backup that is still whole, and that no newer TechDesk made."""
    return next((one for one in shop.backups.all() if shop.backups.fits(one) and _is_good(shop, one)), None)


def _is_good(shop: Workshop, backup: Backup) -> bool:
    with suppress(StoreError), translated(), closing(shop.backups.opened(backup.path)) as copy:
        return bool(copy.execute("PRAGMA quick_check(1)").get == "ok")
    return False


def _salvaged(database: Database, newest: Backup | None) -> Salvaged:
    if is_empty(database.path) and not has_log(database.path):
        return Salvaged()
    return salvage(database, database.beside(newest.path) if newest else None, database.path.with_name(_SCRATCH))


def _exchange(shop: Workshop, backup: Backup | None, salvaged: Salvaged, title: str) -> StoreNews:
    path = shop.database.path
    task = _RESTORING if title == _RESTORED else _REPAIRING
    shop.begin(task, "Writing the new data file…")
    mending = shop.database.beside(path.with_name(path.name + ".mending"))
    if backup:
        shutil.copyfile(backup.path, mending.path)
    aside = _free_folder(path.parent / "quarantine", shop.now())
    with closing(mending.writer()) as connection, translated():
        migrate(connection)
        past = Past(taken_at=backup.taken_at if backup else None, now=shop.now())
        with closing(SearchIndex(mending.beside(path.with_name(path.name + ".mending.search")))) as search:
            mended = mend(connection, search, salvaged, past)
        is_there = not is_empty(path) or has_log(path)
        news = StoreNews(title, _what_happened(backup, salvaged, mended, aside if is_there else None))
        connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (TOLD, f"{news.title}\n{news.hint}"))
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    shop.begin(task, "Checking the new data file…")
    if not is_whole(mending, thorough=True):
        raise StoreCorruptError("TechDesk's data could not be repaired", "Nothing was changed. Please report this")
    put_aside(path, aside)
    mending.path.replace(path.with_name(path.name + ".mended"))
    flush_folder(path.parent)
    finish_exchange(path)
    clear(shop.database)
    return news


def _free_folder(parent: Path, now: datetime) -> Path:
    name = f"{now:%Y-%m-%d-%H%M%S}"
    taken = [one.name for one in parent.glob(f"{name}*")]
    return parent / (f"{name}-{len(taken) + 1}" if taken else name)


def _what_happened(backup: Backup | None, salvaged: Salvaged, mended: Mended, aside: Path | None) -> str:
    """Return in plain words what was saved, what was restored, and where the old file is."""
    since = f"the backup of {backup.taken_at.astimezone():%Y-%m-%d %H:%M}" if backup else ""
    rest = f"comes from {since} and is" if backup else "is"
    unsent = f"Unsent changes saved: {mended.unsent}" if mended.unsent else "There was no unsent work in it"
    if "operations" not in salvaged.whole:
        unsent += ". Some of the file could not be read: look whether your last work is all there"
    if mended.doubtful:
        unsent += (
            f". {mended.doubtful} may have been sent already: TechDesk finds that out before it sends anything twice"
        )
    if mended.left_out:
        unsent += f". Left in the old file, as this TechDesk cannot make sense of it: {mended.left_out}"
    kept = f". The old file is kept in {aside}" if aside else ""
    return f"{unsent}. The rest {rest} downloaded anew{kept}"


@contextmanager
def _tidied(database: Database) -> Iterator[None]:
    """Leave nothing half-done beside the store, and tell what the system refuses as ours."""
    path = database.path
    leftovers = [path.with_name(f"{path.name}.mending{part}") for part in ("", ".search")]
    try:
        shutil.rmtree(path.with_name(_SCRATCH), ignore_errors=True)
        for one in leftovers:
            remove_files(one)
        yield
    except DiskFullError as error:
        raise _no_room() from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _no_room() from error
        raise StoreError("TechDesk's data could not be repaired", f"{error.strerror}: {error.filename}") from error
    finally:
        for one in leftovers:
            remove_files(one)


def _no_room() -> DiskFullError:
    return DiskFullError(
        "TechDesk's data must be repaired, but the disk is full", "Nothing was changed. Free some space, then try again"
    )
