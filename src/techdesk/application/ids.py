"""Make UUIDs of version 7, which sort by the time they were made, also while the clock goes back (RFC 9562 §5.7).

A record that was made here has a name of ours, `tmp_` and such an id without its hyphens, that never goes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock

_RANDOM_BITS = 74
_LOW_BITS = 62
_OURS = "tmp_"
_LOCAL_ID = re.compile(rb"tmp_[0-9a-f]{32}")


class Uuid7:
    """Make ids that only ever grow within one process; may be called from several threads."""

    def __init__(self, now_ms: Callable[[], int], random_bits: Callable[[int], int]) -> None:
        """Keep where time and chance come from.

        Args:
            now_ms: Returns milliseconds since 1970-01-01 UTC; may go back.
            random_bits: Returns an integer of as many random bits as asked (`random.SystemRandom().getrandbits`).
        """
        self._now_ms = now_ms
        self._random_bits = random_bits
        self._last = 0
        self._lock = Lock()

    def __call__(self) -> str:
        """Return the next id as text: later than every one before it, even if the clock went back."""
        with self._lock:
            fresh = self._now_ms() << _RANDOM_BITS | self._random_bits(_RANDOM_BITS)
            self._last = max(fresh, self._last + 1)
            return _uuid(self._last)


def is_local_id(record_id: str) -> bool:
    """Say whether a record was made here."""
    return record_id.startswith(_OURS)


def local_id(new_id: str) -> str:
    """Return the name on this computer of a record that is made here, from a new id."""
    return _OURS + new_id.replace("-", "")


def holds_local_id(sent: bytes) -> bool:
    """Say whether bytes hold the name of a record that only this computer knows."""
    return _LOCAL_ID.search(sent) is not None


def _uuid(number: int) -> str:
    """Lay 48 bits of time and 74 others around the version and the variant."""
    high, low = number >> _LOW_BITS, number & (1 << _LOW_BITS) - 1
    time_ms, upper = high >> 12, high & 0xFFF
    digits = f"{time_ms << 80 | 0x7 << 76 | upper << 64 | 0b10 << 62 | low:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
