"""Keep the rows of the order list true to the records and operations they follow from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from techdesk.domain.documents import Document, RecordType
from techdesk.store.names import Names
from techdesk.store.order_columns import appointment_of, few_sort_key, number_key, order_columns, sort_key
from techdesk.store.rows import TYPE_NUMBER

_COLUMNS = (
    "number",
    "title",
    "customer",
    "product",
    "serial",
    "kind",
    "state",
    "priority",
    "status",
    "status_no",
    "assignee",
    "assignee_no",
    "created_at",
    "due_at",
    "words",
    "number_key",
    "customer_key",
    "product_key",
    "serial_key",
    "status_key",
    "assignee_key",
)
_INSERT = (
    f"INSERT INTO orders ({', '.join(_COLUMNS)}, account_no, order_id, key, change_no, appointment_at) "
    f"VALUES ({', '.join('?' * (len(_COLUMNS) + 5))})"
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM orders WHERE key = ?"

Values = tuple[Any, ...]


@dataclass(slots=True)
class Counters:
    """The numbers that the file gives out.

    Attributes:
        record_no: The last record's; never given twice, so that a key in a view or in the search index stays true.
        change_no: The last change's of any record.
        list_no: Counts the transactions that changed the order list.
        search_epoch: Another number than the search index's tells it to begin again.
        operation_no: The last operation's; never given twice, as it says in which order they were made.
    """

    record_no: int
    change_no: int
    list_no: int
    search_epoch: int
    operation_no: int

    def values(self) -> tuple[int, int, int, int, int]:
        """Return them in the order of their columns; `dataclasses.astuple` copies deeply, ten times as long."""
        return self.record_no, self.change_no, self.list_no, self.search_epoch, self.operation_no


class OrderList:
    """Write the rows of the order list inside one transaction."""

    def __init__(self, connection: apsw.Connection, names: Names, counters: Counters) -> None:
        """Keep what is written to."""
        self._connection = connection
        self._names = names
        self._counters = counters
        self.changed = False

    def put(self, key: int, account_no: int, order_id: str, document: Document) -> None:
        """Make the row of an order say what its document says; only what differs is written."""
        values = self._values(document)
        old = self._connection.execute(_SELECT, (key,)).fetchone()
        if old is None:
            self.insert([(*values, account_no, order_id, key, self._counters.change_no, None)])
            self.put_appointment(account_no, order_id)
        elif old != values:
            new = [(name, value) for name, value, before in zip(_COLUMNS, values, old, strict=True) if value != before]
            sets = ", ".join(f"{name} = ?" for name, _ in new)
            bound = [value for _, value in new]
            self._run(f"UPDATE orders SET {sets}, change_no = ? WHERE key = ?", *bound, self._counters.change_no, key)

    def account_no(self, account_id: str) -> int:
        """Return the number of an account, giving it one if it has none."""
        return self._names.given(account_id)

    def new_row(self, document: Document, place: tuple[int, str, int, int], events: Sequence[Document]) -> Values:
        """Return the row of an order without operations.

        Args:
            document: The order's.
            place: Its account, our id of it, its key and the number of this change.
            events: Its events' documents.
        """
        return (*self._values(document), *place, appointment_of(events) if events else None)

    def insert(self, rows: Iterable[Values]) -> None:
        """Insert rows made by `new_row`."""
        before = self._connection.total_changes()
        self._connection.executemany(_INSERT, rows)
        self.changed = self.changed or self._connection.total_changes() != before

    def remove(self, key: int) -> None:
        """Take an order out of the list."""
        self._run("DELETE FROM orders WHERE key = ?", key)

    def remove_order(self, account_no: int, order_id: str) -> None:
        """Forget an order with all its parts; its row in the list goes with it."""
        test = "account_no = ? AND (record_id = ? AND record_type = 0 OR order_id = ? AND record_type <> 0)"
        self._run(f"DELETE FROM records WHERE {test}", account_no, order_id, order_id)

    def put_appointment(self, account_no: int, order_id: str) -> None:
        """Find the order's appointment among its events."""
        found = self._connection.execute(
            "SELECT coalesce(view, base) FROM records INDEXED BY records_of_order "
            "WHERE order_id = ? AND account_no = ? AND record_type = ? AND deleted = 0 AND record_type <> 0 "
            "ORDER BY record_no",
            (order_id, account_no, TYPE_NUMBER[RecordType.EVENT]),
        )
        appointment = appointment_of(json.loads(document) for (document,) in found)
        row = "SELECT record_no FROM records WHERE record_id = ? AND record_type = 0 AND account_no = ?"
        self._run(
            f"UPDATE orders SET appointment_at = ? WHERE key = ({row}) AND appointment_at IS NOT ?",
            appointment,
            order_id,
            account_no,
            appointment,
        )

    def _run(self, statement: str, *values: Any) -> None:
        before = self._connection.total_changes()
        self._connection.execute(statement, values)
        self.changed = self.changed or self._connection.total_changes() != before

    def _values(self, document: Document) -> Values:
        """Return the values of `_COLUMNS`."""
        one = order_columns(document)
        return (
            one.number,
            one.title,
            one.customer,
            one.product,
            one.serial,
            one.kind,
            one.state,
            one.priority,
            one.status,
            self._names.given(one.status_uid),
            one.assignee,
            self._names.given(one.assignee_uid),
            one.created_at,
            one.due_at,
            one.words,
            number_key(one.number),
            sort_key(one.customer),
            sort_key(one.product),
            sort_key(one.serial),
            few_sort_key(one.status),
            few_sort_key(one.assignee),
        )
