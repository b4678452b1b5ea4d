"""Find out how a store is: whole or not, of which version, copied when."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import apsw

from techdesk.application.store_news import StoreFacts
from techdesk.store.backups import Backups
from techdesk.store.border import translated
from techdesk.store.checks import is_whole
from techdesk.store.database import Database


def store_facts(database: Database, now: Callable[[], datetime]) -> StoreFacts:
    """Read all of the file, its indexes too; takes seconds where there is much.

    Raises:
        StoreError: The file is held or cannot be read.
    """
    with translated(), closing(database.reader()) as connection:
        schema = int(connection.pragma("user_version"))
    copies = Backups(database, now).all()
    return StoreFacts(
        is_whole=is_whole(database, thorough=True),
        schema=schema,
        engine=f"SQLite {apsw.sqlite_lib_version()}",
        size=database.path.stat().st_size,
        copies=len(copies),
        newest_copy=copies[0].taken_at if copies else None,
    )
