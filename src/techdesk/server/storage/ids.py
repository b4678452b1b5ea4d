"""Make the ids and secrets that the server hands out."""

from __future__ import annotations

import secrets
import threading
import time

_RANDOM_BITS = 74


class _UidMaker:
    """Make uids that sort in the order they were made, also within one millisecond and when the clock goes back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def __call__(self) -> str:
        """Return a fresh uid."""
        with self._lock:
            fresh = (time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS - 1))
            if fresh[0] <= self._last[0]:
                # counted on from the last one: RFC 9562 §6.2, method 2
                fresh = (self._last[0], self._last[1] + 1 + secrets.randbits(32))
            self._last = fresh
        return uid_at(*fresh)


def uid_at(milliseconds: int, random_bits: int) -> str:
    """Return the UUID of version 7 (RFC 9562 §5.7) of an instant.

    Ids made later sort later, so indexes grow at one end.

    Args:
        milliseconds: Since 1970-01-01 UTC, 48 bits.
        random_bits: 74 bits that make it unique.
    """
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | low
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


new_uid = _UidMaker()
"""Return a fresh uid; one maker for the process."""


def new_secret() -> str:
    """Return a secret of 256 random bits as text that fits a header and a URL."""
    return secrets.token_urlsafe(32)


def new_page_hash() -> str:
    """Return a hash of 128 random bits for the address of an order's public page."""
    return secrets.token_urlsafe(16)
