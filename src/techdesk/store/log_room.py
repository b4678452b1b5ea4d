"""Let the log have its full length from the beginning, so that a save need not make the file longer."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from techdesk.store.log_file import log_of

FULL_BYTES = 16 << 20
"""At this length the log begins anew; what is longer then is cut off (`journal_size_limit`)."""


def make_room(store: Path) -> None:
    """Have the file system set blocks aside behind the last commit, where the system can; nothing is written.

    They read as zeros, which SQLite takes for the log's end, as it does what an earlier round left there.
    """
    if hasattr(os, "posix_fallocate"):
        with suppress(OSError), log_of(store).open("rb+") as log:
            os.posix_fallocate(log.fileno(), 0, FULL_BYTES)
