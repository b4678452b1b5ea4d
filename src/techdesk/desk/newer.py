"""Save the unsent work of data that a newer TechDesk wrote, which no desk of this one opens; nothing is changed."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from pathlib import Path

from techdesk.application.unsent.rescue import SavedOfNewer
from techdesk.desk.clock import SystemClock
from techdesk.desk.new_files import check_is_free
from techdesk.desk.opening import run_beside
from techdesk.desk.places import Places
from techdesk.desk.rescuing import RescueFolder
from techdesk.desk.withheld import master_password
from techdesk.domain.errors import NotFoundError, StoreTooNewError
from techdesk.store.old_work import NewerWork, stored_work
from techdesk.store.secrets import store_key

REASON = "saved by an older TechDesk"
_CANNOT_READ = "This TechDesk cannot read the unsent work in it"


def save_newer(places: Places, path: Path, account: str = "", password: str | None = None) -> SavedOfNewer:
    """Write the unsent work of data that a newer TechDesk wrote into a rescue file, as far as this one understands it.

    Args:
        places: Where everything lies.
        path: A new file.
        account: The name of the account whose work is wanted; empty for all.
        password: The master password, if one was typed; else `TECHDESK_MASTER_PASSWORD` is asked.

    Raises:
        NotFoundError: There is no unsent work, or no such account.
        StoreTooNewError: None of it can be understood.
        FileNotSavedError: The file could not be written, or there is one already.
        SecretsError: The keyring or the sealed file cannot be used.
        StoreError: The data cannot be read.
    """
    check_is_free(path)
    secrets = places.secrets(master_password(password))
    folder = RescueFolder(secrets, SystemClock(), places.rescue)
    with stored_work(places.store, store_key(secrets, places.store)) as view:
        if not isinstance(view, NewerWork):
            raise NotFoundError("There is no unsent work")
        wanted = _account_id(view, account) if account else None
        there = view.unsent(wanted)
        work = folder.gathered(view, wanted, REASON)
        version = view.version
    if there is None or (there and not work.unsent):
        raise StoreTooNewError(_CANNOT_READ, version=version)
    if not work.unsent:
        raise NotFoundError("There is no unsent work")
    return SavedOfNewer(folder.save(path, work), there - len(work.unsent))


def save_newer_in_background(places: Places, path: Path, password: str | None = None) -> Future[SavedOfNewer]:
    """Save it in a thread of its own; the future ends with what `save_newer` returns or raises."""
    saving: Future[SavedOfNewer] = Future()
    run_beside(saving, partial(save_newer, places, path, password=password))
    return saving


def _account_id(view: NewerWork, name: str) -> str:
    """Return the id of the account of this name.

    Raises:
        NotFoundError: There is none.
    """
    for one in view.accounts():
        if one.name.casefold() == name.casefold():
            return one.account_id
    raise NotFoundError(f"There is no account “{name}” in it")
