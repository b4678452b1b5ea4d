"""Look into the log beside the store where SQLite stops reading it (sqlite.org/fileformat.html, "The Write-Ahead Log").

SQLite takes a log up to the first frame whose checksum is wrong, and is silent about the rest: after a power cut that
is right, as what follows was never acknowledged. But each commit is flushed before the next one begins, so what a power
cut leaves behind the first wrong frame belongs to one commit at most. Two or more mean that a commit was damaged that
a person was told to be saved.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = (0x377F0682, 0x377F0683)
PAGE_BYTES = 4096
"""SQLite's own choice of a page, which the store does not change."""

Salts = tuple[int, int]


class Frame(NamedTuple):
    """One page in the log.

    Attributes:
        ends_commit: It is the last one of its transaction.
        at: Where the page begins in the file.
    """

    page: int
    ends_commit: bool
    salts: Salts
    at: int


def log_of(store: Path) -> Path:
    """Return where the log of a store is."""
    return store.with_name(store.name + "-wal")


def has_log(store: Path) -> bool:
    """Say whether a log is there that holds anything: the store was not closed properly."""
    log = log_of(store)
    return log.exists() and log.stat().st_size > _HEADER.size


def lost_acknowledged(store: Path, valid: int) -> bool:
    """Say whether the log holds a commit that was acknowledged and that SQLite does not take.

    Args:
        store: The store's file.
        valid: How many frames SQLite takes.
    """
    log = log_of(store)
    lost = sum(one.ends_commit for one in live_frames(log)[valid:])
    return lost > (0 if _header_salts(log) is None else 1)


def lay_by_hand(log: Path, store: Path, *, first_page: bool = True) -> bool:
    """Write the newest page of each number from the log into the file, past frames that are damaged.

    The seal of a page does not depend on where it lies, so pages are copied as they are. The answer says whether the
    log could be made sense of, so that the file is now as of the last commit.

    Args:
        log: The log.
        store: A copy of the store's file, which is changed.
        first_page: Whether the first page is laid as well.
    """
    frames = live_frames(log)
    ends = [number for number, one in enumerate(frames) if one.ends_commit]
    with log.open("rb") as source, store.open("rb+") as target:
        for one in frames[: ends[-1] + 1 if ends else 0]:
            source.seek(one.at)
            if one.page == 1 and not first_page:
                continue
            target.seek((one.page - 1) * PAGE_BYTES)
            target.write(source.read(PAGE_BYTES))
    return bool(ends) or _header_salts(log) is not None


def live_frames(log: Path) -> Sequence[Frame]:
    """Return the frames of the log as it is now; those of earlier rounds, which are in the file already, are left out.

    The header says which those are. Where it is damaged itself, it is what most frames say.
    """
    frames = all_frames(log)
    salts = _header_salts(log) or (Counter(one.salts for one in frames).most_common(1)[0][0] if frames else None)
    return [one for one in frames if one.salts == salts]


def all_frames(log: Path) -> Sequence[Frame]:
    """Return the frames of the log and of its earlier rounds; the room behind them is none."""
    frames = []
    with log.open("rb") as file:
        for at in range(_HEADER.size, log.stat().st_size - _FRAME.size - PAGE_BYTES + 1, _FRAME.size + PAGE_BYTES):
            file.seek(at)
            page, pages, salt_1, salt_2, _, _ = _FRAME.unpack(file.read(_FRAME.size))
            if page:
                frames.append(Frame(page, pages > 0, (salt_1, salt_2), at + _FRAME.size))
    return frames


def _header_salts(log: Path) -> Salts | None:
    """Return the salts of the log's header, None if it is damaged."""
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
    magic, version, page_bytes, _, salt_1, salt_2, *sums = _HEADER.unpack(header)
    first = second = 0
    order = ">" if magic == _MAGIC[1] else "<"
    words = struct.unpack(f"{order}6I", header[:24])
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    is_whole = magic in _MAGIC and version and page_bytes == PAGE_BYTES and sums == [first, second]
    return (salt_1, salt_2) if is_whole else None
