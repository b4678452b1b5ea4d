"""Go back to a backup while no desk is open (`docs/sync.md`, "The file")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from techdesk.application.store_news import StoreNews, TellStep, tell_nobody
from techdesk.desk.clock import SystemClock
from techdesk.desk.desk import Desk
from techdesk.desk.opening import Opening, in_background, open_desk
from techdesk.desk.places import Places
from techdesk.desk.rescue_stored import rescue_stored
from techdesk.desk.withheld import master_password
from techdesk.store.backups import Backups, backups_in
from techdesk.store.database import Database
from techdesk.store.secrets import store_key
from techdesk.store.workshop import Workshop, finish_exchange


@dataclass(frozen=True, slots=True)
class BackupChoice:
    """A backup as a person chooses it.

    Attributes:
        name: What it is called on the command line.
        reason: Why it was made, in words of its name.
    """

    name: str
    taken_at: datetime
    reason: str
    bytes: int


def backups_of(places: Places) -> list[BackupChoice]:
    """Return the backups there are, newest first; needs no key."""
    found = backups_in(places.backups)
    return [BackupChoice(one.name, one.taken_at, one.reason, one.path.stat().st_size) for one in found]


def restore_backup(places: Places, name: str, password: str | None = None, doing: TellStep = tell_nobody) -> StoreNews:
    """Put a backup in the place of the store; the caller has claimed the desk, and no desk is open.

    Unsent work that can be read of the present file is laid over it, and the present file is kept. The answer says what
    was done. Before that, the unsent work goes into a rescue file.

    Args:
        places: Where everything lies.
        name: The backup's name, or how only one begins.
        password: The master password, if one was typed; else `TECHDESK_MASTER_PASSWORD` is asked.
        doing: Told each step that may take seconds, as it begins.

    Raises:
        FileNotSavedError: The rescue file could not be written; nothing was changed.
        NotFoundError: There is no such backup, or several.
        SecretsError: The keyring or the sealed file cannot be used.
        StoreError: It cannot be restored; nothing was changed.
    """
    from techdesk.store.repair import restore

    secrets = places.secrets(master_password(password))
    key = store_key(secrets, places.store)
    database = Database(places.store, key)
    clock = SystemClock()
    backups = Backups(database, clock.now)
    shop = Workshop(database=database, backups=backups, now=clock.now, doing=doing)
    backup = shop.backups.named(name)
    finish_exchange(places.store)
    rescue_stored(places, key, secrets, "restore of a backup")
    return restore(shop, backup)


def restore_in_background(places: Places, name: str, password: str | None) -> Opening:
    """Restore a backup and open the desk, in a thread of its own."""

    def work(doing: TellStep) -> Desk:
        restore_backup(places, name, password, doing)
        return open_desk(places, password, doing=doing)

    return in_background(work)
