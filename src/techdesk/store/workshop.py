"""Say what a repair of the store needs, and exchange its files so that a crash leaves the old ones or the new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from techdesk.application.store_news import OpeningStep, TellStep, tell_nobody
from techdesk.store.backups import Backups
from techdesk.store.database import ENDS, Database, remove_files
from techdesk.store.whole_file import flush_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a repair needs.

    Attributes:
        database: The store.
        backups: Its copies.
        now: Tells the time.
        doing: Told each step that may take seconds, as it begins.
    """

    database: Database
    backups: Backups
    now: Callable[[], datetime]
    doing: TellStep = tell_nobody

    def begin(self, title: str, words: str) -> None:
        """Tell that a step begins."""
        self.doing(OpeningStep(title, words))


def is_empty(path: Path) -> bool:
    """Say whether there is no file, or nothing in it."""
    return not path.exists() or not path.stat().st_size


def put_aside(path: Path, folder: Path) -> None:
    """Keep the old files together under another name; they stay in their place as well until the new one takes it.

    Raises:
        OSError: They cannot be kept.
    """
    folder.mkdir(mode=0o700, parents=True)
    for end in ENDS:
        old = path.with_name(path.name + end)
        if old.exists():
            new = folder / old.name
            try:
                os.link(old, new)
            except OSError:  # not every file system has second names
                shutil.copy2(old, new)
    flush_folder(folder)
    flush_folder(folder.parent)


def finish_exchange(path: Path) -> None:
    """Finish an exchange of files that was broken off; does nothing where none was.

    Raises:
        OSError: The files cannot be moved.
    """
    mended = path.with_name(path.name + ".mended")
    if mended.exists():
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        remove_files(path.with_name(f"{path.name}.search"))
        mended.replace(path)
        flush_folder(path.parent)
