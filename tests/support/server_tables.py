"""Look into a server's own tables, past all of its code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class KeptEvent:
    """One row of the table of events."""

    row: int
    order_uid: str
    event_type: str
    data: Mapping[str, Any]
    notes: str
    occurred_at: str


class ServerTables:
    """Read the SQLite file of a server, which may run or not."""

    def __init__(self, file: Path) -> None:
        assert file.is_file()
        self._address = f"file:{file}?mode=ro"

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with closing(sqlite3.connect(self._address, uri=True, timeout=10.0)) as tables:
            return tables.execute(sql, values).fetchall()

    def events(self, after: int = 0) -> list[KeptEvent]:
        """Return every event of every order that was kept after a row, in the order in which they were kept."""
        columns = "rowid, service_order_uid, event_type, data, notes, occurred_at"
        found = self.rows(f"select {columns} from events where rowid > ? order by rowid", after)
        return [
            KeptEvent(row=row, order_uid=uid, event_type=kind, data=json.loads(data), notes=notes, occurred_at=at)
            for row, uid, kind, data, notes, at in found
        ]

    def last_event(self) -> int:
        """Return the row of the latest event."""
        return int(self.rows("select coalesce(max(rowid), 0) from events")[0][0])

    def open_orders(self, kind: str) -> list[tuple[str, str]]:
        """Return uid and number of the orders of a service kind that take work."""
        states = "'NOT_STARTED', 'IN_PROGRESS', 'ON_HOLD'"
        where = f"service_kind = ? and accepted_at is not null and service_state in ({states})"
        return self.rows(f"select service_order_uid, service_number from orders where {where} order by 2", kind)

    def order(self, uid: str, column: str) -> Any:
        """Return one value of an order."""
        return self.rows(f"select {column} from orders where service_order_uid = ?", uid)[0][0]
