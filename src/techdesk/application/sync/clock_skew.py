"""Know by how much this computer's clock differs from a server's, and whose time is used (`docs/sync.md` §5.8)."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from statistics import median

from techdesk.application.ports import Clock, OrderStore, ReadTransaction, WriteTransaction
from techdesk.application.sync.account_warnings import (
    WarningKind,
    forget_clock_choice,
    takes_servers_time,
    unwarn,
    warn,
)

COMPARED = 9
WARNED_ABOVE_S = 120.0
ASKED_ABOVE_S = 300.0
_NOTED_EVERY_S = 5.0


class SkewMeter:
    """Measure by the server's own `Date`: the median of the latest nine, so that one slow answer means nothing.

    Attributes:
        seconds: By how much this computer's clock is ahead.
    """

    def __init__(self) -> None:
        """Start without any measurement."""
        self._seen: deque[float] = deque(maxlen=COMPARED)
        self.seconds = 0.0

    def saw(self, server_time: datetime, now: datetime) -> None:
        """Take in what an answer said."""
        self._seen.append((now - server_time).total_seconds())
        self.seconds = median(self._seen)


class Clocks:
    """Say for the account of a record what time it is."""

    def __init__(self, store: OrderStore, clock: Clock) -> None:
        """Keep where the difference is noted, and this computer's clock."""
        self._store = store
        self._clock = clock

    def now(self, account_id: str) -> datetime:
        """Return the time by the clock that is right for an account.

        Raises:
            StoreError: The store could not be read.
        """
        with self._store.read() as view:
            return right_time(view, account_id, self._clock.now())


def must_ask(view: ReadTransaction, account_id: str) -> bool:
    """Say whether the clocks differ by too much to go on before a person has said whose time is right.

    The answer is `WarningCommands.answer` to `WarningKind.CLOCK_OFF`.

    Raises:
        StoreError: The store could not be read.
    """
    is_open = takes_servers_time(view, account_id) is None
    return is_open and abs(noted_skew_s(view, account_id)) > ASKED_ABOVE_S


def ahead_s(view: ReadTransaction, account_id: str) -> float:
    """Return by how many seconds this computer's clock is ahead of the time that is right for an account.

    Raises:
        StoreError: The store could not be read.
    """
    return noted_skew_s(view, account_id) if takes_servers_time(view, account_id) else 0.0


def right_time(view: ReadTransaction, account_id: str, now: datetime) -> datetime:
    """Return the server's time where a person chose it, else this computer's.

    Raises:
        StoreError: The store could not be read.
    """
    return now - timedelta(seconds=ahead_s(view, account_id))


def noted_skew_s(view: ReadTransaction, account_id: str) -> float:
    """Return by how many seconds this computer's clock is ahead, 0 where it is not worth a word.

    Raises:
        StoreError: The store could not be read.
    """
    return float(view.note(_name(account_id)) or 0.0)


def note_skew(tx: WriteTransaction, account_id: str, seconds: float) -> bool:
    """Keep what was measured and warn of it; say whether a warning is new, changed or gone.

    Raises:
        StoreError: It was not stored.
    """
    known = noted_skew_s(tx, account_id)
    if abs(seconds) <= WARNED_ABOVE_S:
        if known:
            tx.save_note(_name(account_id), None)
            forget_clock_choice(tx, account_id)
        return unwarn(tx, account_id, WarningKind.CLOCK_OFF)
    if abs(seconds - known) > _NOTED_EVERY_S:
        tx.save_note(_name(account_id), f"{seconds:.0f}")
    if takes_servers_time(tx, account_id) is not None:
        return False
    direction = "ahead of" if seconds > 0 else "behind"
    return warn(tx, account_id, WarningKind.CLOCK_OFF, {"by": in_words(abs(seconds)), "direction": direction})


def in_words(seconds: float) -> str:
    """Say a length of time roughly: `7 minutes`, `3 hours`, `2 days`."""
    units = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))
    size, name = next((one for one in units if seconds >= 2 * one[0]), units[-1])
    return f"{seconds / size:.0f} {name}"


def _name(account_id: str) -> str:
    return f"clock_skew:{account_id}"
