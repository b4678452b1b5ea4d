"""Tell a server that went back to an older state from a copy of it that merely lags behind (`docs/sync.md` §6.12).

The first sighting is kept over restarts, as a desk that is only opened for a moment would wait anew each time.
"""

from __future__ import annotations

from datetime import datetime

from techdesk.application.noted import note_instant, noted_instant
from techdesk.application.ports import WriteTransaction
from techdesk.application.sync.backoff import is_due, later


def lags_until(tx: WriteTransaction, account_id: str, lag_s: float, now: datetime) -> datetime | None:
    """Note that something older was shown; return until when that may be a lagging copy, None if it cannot be.

    Raises:
        StoreError: It was not stored.
    """
    since = noted_instant(tx, _name(account_id))
    if since is None:
        note_instant(tx, _name(account_id), now)
    until = later(since or now, lag_s)
    return None if is_due(until, now) else until


def forget_older(tx: WriteTransaction, account_id: str) -> None:
    """Take in that what is shown is up to date again, or that it was judged.

    Raises:
        StoreError: It was not stored.
    """
    tx.save_note(_name(account_id), None)


def _name(account_id: str) -> str:
    return f"older_since:{account_id}"
