"""Say whose turn it is, the feed's or what is to be sent (`docs/sync.md` §6.1)."""

from __future__ import annotations

from datetime import datetime

from techdesk.application.sync.backoff import is_due, later


class PullTurn:
    """Know when the feed is to be asked, and let a page in between two sends that follow each other without a pause.

    Attributes:
        due_at: When the feed is to be asked; None is at once.
        sends: How many requests went out; a page asked for before the last may be older than its answer.
    """

    def __init__(self, patience_s: float) -> None:
        """Keep for how many seconds things may be sent before the feed has its turn."""
        self._patience_s = patience_s
        self._owed_at: datetime | None = None
        self._begun_at, self._is_within = -1, True
        self.due_at: datetime | None = None
        self.sends = 0

    def sent(self, count: int, now: datetime) -> None:
        """Count what goes out; with the first of it the feed's patience begins."""
        self.sends += count
        if count and self._owed_at is None:
            self._owed_at = later(now, self._patience_s)

    def is_owed(self, now: datetime) -> bool:
        """Say whether nothing more may go out before the feed has had its turn."""
        return self._owed_at is not None and is_due(self._owed_at, now)

    def asked(self) -> int:
        """Note that a page is asked for, with which a reading of the feed begins or goes on; return what was sent."""
        if not self._is_within:
            self._begun_at = self.sends
        return self.sends

    def took(self, *, more: bool) -> None:
        """Note that a page was taken in, and whether its reading of the feed goes on."""
        self._is_within = more

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was sent since the first page of the present reading of the feed was asked for.

        Else what was sent may be missing, as it may be of a part of the feed that was read before. The first reading of
        a process may have begun in another one.
        """
        return self._begun_at == self.sends

    def had(self, due_at: datetime | None) -> None:
        """Note that the feed had its turn, whatever came of it, and when the next one is."""
        self.due_at = due_at
        self._owed_at = None
