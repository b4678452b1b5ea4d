"""Find out what a person can do about a store that a newer TechDesk wrote; nothing of it is changed."""

from __future__ import annotations

from contextlib import closing, suppress

from techdesk.domain.errors import StoreCorruptError, StoreError, StoreLockedError, StoreTooNewError
from techdesk.store.border import translated
from techdesk.store.migrations import refuse_newer
from techdesk.store.old_work import NewerWork, stored_work
from techdesk.store.workshop import Workshop, is_empty


def looked_into(shop: Workshop, key: bytes, error: StoreTooNewError) -> StoreTooNewError:
    """Return the error together with what is unsent in the store, and with the backups that this program can open."""
    unsent = None
    with suppress(StoreError), stored_work(shop.database.path, key) as view:
        unsent = view.unsent() if isinstance(view, NewerWork) else None
    fitting = [one.name for one in shop.backups.all() if shop.backups.fits(one)]
    return StoreTooNewError(error.title, error.hint, version=error.version, unsent=unsent, backups=fitting)


def refuse_to_repair(shop: Workshop) -> None:
    """Leave a damaged store to the newer TechDesk that wrote it; where that cannot be read, its newest backup tells.

    Raises:
        StoreTooNewError: A newer TechDesk wrote it.
        StoreError: The file is held or cannot be read.
    """
    unreadable = (StoreLockedError, StoreCorruptError)
    if not is_empty(shop.database.path):
        with suppress(*unreadable), translated(), closing(shop.database.reader()) as connection:
            refuse_newer(connection)
            return
    for newest in shop.backups.all()[:1]:
        with suppress(*unreadable), translated(), closing(shop.backups.opened(newest.path)) as copy:
            refuse_newer(copy)
