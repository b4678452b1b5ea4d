"""List the backups of this computer's data and go back to one; works only while no desk is open."""

from __future__ import annotations

from argparse import Namespace

from techdesk.cli.answer import Answer, table
from techdesk.cli.patience import told_if_slow
from techdesk.desk.places import Places
from techdesk.desk.restoring import BackupChoice, backups_of, restore_backup
from techdesk.domain.errors import AlreadyRunningError, InvalidInputError
from techdesk.instance.claim import claim

_MEGABYTE = 1_000_000


def restore(options: Namespace, places: Places) -> Answer:
    """Run `techdesk restore`.

    Raises:
        InvalidInputError: Neither a name nor `--list` was given, or both.
        NotFoundError: There is no such backup, or several.
        AlreadyRunningError: The window is open.
        SecretsError: The keyring or the sealed file cannot be used.
        StoreError: It cannot be restored; nothing was changed.
    """
    if bool(options.name) == options.list:
        raise InvalidInputError("Say which backup", "`techdesk restore --list` names them")
    if options.list:
        return _listed(backups_of(places))
    claimed = claim(places.run)
    if claimed is None:
        raise AlreadyRunningError("TechDesk is open", "Close its window first, then restore the backup")
    try:
        with told_if_slow() as doing:
            news = restore_backup(places, options.name, doing=doing)
    finally:
        claimed.release()
    return Answer({"title": news.title, "hint": news.hint}, f"{news.title}. {news.hint}")


def _listed(backups: list[BackupChoice]) -> Answer:
    document = [
        {"name": one.name, "taken_at": one.taken_at.isoformat(), "reason": one.reason, "bytes": one.bytes}
        for one in backups
    ]
    rows = [
        (one.name, f"{one.taken_at.astimezone():%Y-%m-%d %H:%M}", one.reason, f"{one.bytes / _MEGABYTE:.1f} MB")
        for one in backups
    ]
    return Answer(document, table(rows) if rows else "There is no backup yet.")
