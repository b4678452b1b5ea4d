"""Count time in epoch milliseconds: for a million orders that is several times faster than with `datetime`."""

from __future__ import annotations

import time

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def text_of(milliseconds: int) -> str:
    """Return the instant as the wire and the tables write it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:03d}Z"
