"""Let one process alone write the store, even where the lock beside it failed: whoever opened it last.

The lock file keeps a second desk out; but it can be deleted, and two sessions may not see each other's locks. So each
opening puts a token of its own into the file, and each write transaction compares it first. A process that was
overtaken finds another one there and changes nothing any more.
"""

from __future__ import annotations

import os

import apsw

from techdesk.domain.errors import StoreTakenError

_TOKEN_BYTES = 16


class Lease:
    """The right to write, until somebody else takes it."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Take the store over from whoever had it."""
        self._connection = connection
        self._token = os.urandom(_TOKEN_BYTES)
        with connection:
            connection.execute("DELETE FROM lease")
            connection.execute("INSERT INTO lease VALUES (?)", (self._token,))

    def check(self) -> None:
        """Return if it is still ours; to be asked inside a write transaction.

        Raises:
            StoreTakenError: Another process has opened the store since.
        """
        if self._connection.execute("SELECT token FROM lease").get != self._token:
            raise StoreTakenError
