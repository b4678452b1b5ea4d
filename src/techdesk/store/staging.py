"""Keep the orders of a change feed that is read anew, until they take the place of those that are here."""

from __future__ import annotations

import json
from collections.abc import Iterator

import apsw

from techdesk.application.exchange import PulledOrder, PulledPart, PullPage
from techdesk.store.pull import Pull
from techdesk.store.rows import RECORD_TYPES, TYPE_NUMBER, encoded

_AT_ONCE = 200


class Staging:
    """Stage orders of one account, and take them in."""

    def __init__(self, connection: apsw.Connection, pull: Pull) -> None:
        """Keep what is written to, and what takes orders in."""
        self._connection = connection
        self._account_no = pull.account_no
        self._pull = pull

    def keep(self, page: PullPage) -> int:
        """Keep a page; return how many records were set aside."""
        compared = self._pull.compare(page.orders)
        rows = [
            (self._account_no, one.server_id, None if compared[one.server_id] else _body(one), one.raw)
            for one in page.orders
            if one.server_id in compared
        ]
        bad = [*page.bad, *self._pull.unreadable]
        self._connection.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?)", rows)
        # one that cannot be read is still there, so it is staged as it is here
        self._connection.executemany(
            "INSERT OR REPLACE INTO staged VALUES (?, ?, NULL, NULL)",
            [(self._account_no, one.server_id) for one in bad],
        )
        self._connection.executemany(
            "DELETE FROM staged WHERE account_no = ? AND server_id = ?",
            [(self._account_no, server_id) for server_id in page.deleted],
        )
        return self._pull.set_aside(bad)

    def take_in(self) -> set[str]:
        """Store all that was staged; return our ids of the orders in which anything changed."""
        changed: set[str] = set()
        after = ""
        while some := list(self._next(after)):
            changed |= self._pull.take_in(some)
            after = some[-1].server_id
        return changed

    def _next(self, after: str) -> Iterator[PulledOrder]:
        rows = self._connection.execute(
            "SELECT server_id, body, raw FROM staged "
            "WHERE account_no = ? AND server_id > ? AND body IS NOT NULL ORDER BY server_id LIMIT ?",
            (self._account_no, after, _AT_ONCE),
        )
        for server_id, body, raw in rows:
            document, revision, parts = json.loads(body)
            yield PulledOrder(
                server_id=server_id,
                document=document,
                revision=revision,
                parts=[
                    PulledPart(record_type=RECORD_TYPES[type_no], server_id=uid, document=one, revision=part_revision)
                    for type_no, uid, one, part_revision in parts
                ],
                raw=raw,
            )


def drop_staged(connection: apsw.Connection, account_no: int) -> None:
    """Forget what was staged."""
    connection.execute("DELETE FROM staged WHERE account_no = ?", (account_no,))


def _body(order: PulledOrder) -> str:
    parts = [[TYPE_NUMBER[one.record_type], one.server_id, one.document, one.revision] for one in order.parts]
    return encoded([order.document, order.revision, parts])
