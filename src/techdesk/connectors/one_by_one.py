"""Fetch records one by one, so that one for which the server always fails holds up no other.

A failure says nothing by itself: the server may be down, or the network. That the same record failed again and again,
while others came, says that it is this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from techdesk.application.exchange import BadRecord
from techdesk.domain.errors import BusyError, ConnectionFailedError, OfflineError, WrongAddressError

TRIES = 3
"""So often a record fails before the others are fetched without it."""

_OF_ONE = (BusyError, OfflineError, WrongAddressError)
"""What may be about one record; a refused sign-in or a network's log-in page is about all."""


class OneByOne:
    """Take records one by one, and remember how often one failed."""

    def __init__(self) -> None:
        """Begin with no failures."""
        self._failed: Counter[str] = Counter()

    def take(
        self, wanted: Iterable[str], take: Callable[[str], object], *, is_there: bool
    ) -> dict[str, ConnectionFailedError]:
        """Take each; return those that were left out, with why.

        Args:
            wanted: The records' ids.
            take: Fetches one and keeps it.
            is_there: The server has just answered something else.

        Raises:
            ConnectionFailedError: It is the server, or the way to it, and not one record; or nobody knows so soon.
        """
        left: dict[str, ConnectionFailedError] = {}
        is_silent = False
        for one in wanted:
            try:
                take(one)
            except _OF_ONE as error:
                self._failed[one] += 1
                # two in a row for which nothing answers at all are the network's fault, and each takes its time
                if self._failed[one] < TRIES or _asks_to_wait(error) or (is_silent and isinstance(error, OfflineError)):
                    raise
                is_silent = isinstance(error, OfflineError)
                left[one] = error
            else:
                del self._failed[one]
                is_there, is_silent = True, False
        if left and not is_there:
            raise next(iter(left.values()))
        return left


def failing(server_id: str, why: ConnectionFailedError) -> BadRecord:
    """Return what tells of a record that was left out."""
    return BadRecord(server_id=server_id, reason=why.title, raw=b"", is_hidden=True, fails=True)


def _asks_to_wait(error: ConnectionFailedError) -> bool:
    return isinstance(error, BusyError) and error.retry_after_s is not None
