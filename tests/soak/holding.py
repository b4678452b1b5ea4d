"""Tell what a process holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import apsw


class Held(NamedTuple):
    """What a process holds: kilobytes of memory, how many of them are SQLite's, nearly all pages, and open handles."""

    kilobytes: int
    page_cache: int
    handles: int


def held() -> Held:
    """Return what this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    kilobytes = pages * os.sysconf("SC_PAGE_SIZE") // 1024
    return Held(kilobytes, apsw.memory_used() // 1024, len(list(Path("/proc/self/fd").iterdir())))
