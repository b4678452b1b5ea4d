"""Write the unsent work of a store that is not open into a rescue file, before something is done to the store."""

from __future__ import annotations

import logging

from techdesk.application.ports import Secrets
from techdesk.desk.clock import SystemClock
from techdesk.desk.places import Places
from techdesk.domain.errors import StoreError
from techdesk.store.old_work import stored_work

_log = logging.getLogger(__name__)


def rescue_stored(places: Places, key: bytes, secrets: Secrets, reason: str, *, only_older: bool = False) -> None:
    """Write a rescue file where anything is unsent; a store that cannot be read is left to what comes next.

    Args:
        places: Where the store and the rescue files lie.
        key: The store's key.
        secrets: Hold the key that rescue files are signed with.
        reason: What is to be done, in a few words.
        only_older: Do nothing unless an older TechDesk wrote the store.

    Raises:
        FileNotSavedError: The file could not be written.
    """
    try:
        with stored_work(places.store, key, only_older=only_older) as view:
            if view:
                from techdesk.desk.rescuing import RescueFolder  # only here, as it takes its time at the start

                folder = RescueFolder(secrets, SystemClock(), places.rescue)
                folder.keep(folder.gathered(view, None, reason))
    except StoreError as error:
        _log.warning("unsent work could not be read before the %s: %s", reason, error.title)
