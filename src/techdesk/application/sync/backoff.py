"""Decide how long to wait: full jitter above the server's own wish, and deadlines that survive a wrong clock."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0
LONGEST_WISH_S = 3600.0
"""No server and no clock may silence us for longer than an hour."""


def delay_s(failures: int, fraction: float, retry_after_s: float | None = None) -> float:
    """Return seconds to wait after so many failures.

    Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): anything between nothing and the doubled bound.

    Args:
        failures: How many there were in a row, from 1.
        fraction: A random number in 0..1.
        retry_after_s: What the server asked for; the floor, cut to an hour.
    """
    bound = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures, 16))
    floor = min(max(retry_after_s or 0.0, 0.0), LONGEST_WISH_S)
    return max(floor, bound * fraction)


def later(now: datetime, seconds: float) -> datetime:
    """Return the instant `seconds` after `now`."""
    return now + timedelta(seconds=seconds)


def is_due(deadline: datetime | None, now: datetime) -> bool:
    """Say whether a deadline has come; one further off than an hour was set under a wrong clock and counts as come."""
    return deadline is None or deadline <= now or deadline - now > timedelta(seconds=LONGEST_WISH_S)
