"""Take a page of a pull into the records: bases are replaced, views laid anew over them (`docs/sync.md`, 6).

Nearly every order of a first sync is new, so new ones go in by the page, and only known ones one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from techdesk.application.exchange import BadRecord, PulledOrder
from techdesk.application.merge import rebase
from techdesk.application.outbox import Operation, Verb
from techdesk.domain.documents import Document, RecordType
from techdesk.store.order_list import Counters, OrderList
from techdesk.store.reading import orders_by_server_id
from techdesk.store.rows import (
    OPERATION_COLUMNS,
    RECORD_COLUMNS,
    TYPE_NUMBER,
    RecordRow,
    encoded,
    operation_of,
    view_text,
)

_ORDER = TYPE_NUMBER[RecordType.ORDER]
_EVENT = TYPE_NUMBER[RecordType.EVENT]

_WORK_ORDER = "work_order"

_INSERT = """
    INSERT OR REPLACE INTO records (record_no, account_no, record_type, record_id, order_id, server_id, revision,
        deleted, change_no, base, view, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
    UPDATE records SET order_id = ?, revision = ?, deleted = ?, base = ?, view = ?, raw = ?, change_no = ?, gone = 0
    WHERE record_no = ?
"""
_KEPT_BY_WORK = "UPDATE records SET gone = 1 WHERE record_no = ?"
RecordKey = tuple[int, str]
"""A record's type and our id."""

Waiting = Mapping[RecordKey, Sequence[Operation]]
"""The unsettled operations of each record, by position."""


class Incoming(NamedTuple):
    """A record as it came, ready to be stored."""

    type_no: int
    server_id: str
    revision: str | None
    document: Document
    base: str
    raw: bytes | None


class Pull:
    """Take in what a pull brought for one account, inside one transaction.

    Attributes:
        account_no: The account's number.
        unreadable: Orders that could not be stored.
        work_orders: Our ids of the orders whose work order changed.
    """

    def __init__(self, connection: apsw.Connection, account_id: str, counters: Counters, orders: OrderList) -> None:
        """Keep what is written to."""
        self._connection = connection
        self._account_id = account_id
        self.account_no = orders.account_no(account_id)
        self._counters = counters
        self._orders = orders
        self.unreadable: list[BadRecord] = []
        self.work_orders: set[str] = set()

    def take_in(self, pulled: Sequence[PulledOrder]) -> set[str]:
        """Store orders with their parts; return our ids of those in which anything changed."""
        readable = {one.server_id: found for one in pulled if (found := self._read(one))}
        known = self._known(list(readable))
        changed = self._insert_all([one for server_id, one in readable.items() if server_id not in known])
        waiting = self._unsettled(_order_ids(known))
        changed |= {
            row.order_id for server_id, row in known.items() if self._refresh(row, readable[server_id], waiting)
        }
        self._forgive(readable)
        return changed

    def drop(self, server_ids: Sequence[str]) -> set[str]:
        """Drop orders that the server removed; one with unsent work stays until that is settled."""
        known = self._known(server_ids)
        kept = {one.order_id for some in self._unsettled(_order_ids(known)).values() for one in some}
        for row in known.values():
            self._counters.change_no += 1
            if row.order_id in kept:
                self._connection.execute(_KEPT_BY_WORK, (row.record_no,))
            else:
                self._orders.remove_order(self.account_no, row.order_id)
        return set(_order_ids(known))

    def compare(self, pulled: Sequence[PulledOrder]) -> dict[str, bool]:
        """Return of each readable order, by the server's id, whether it is here with all its parts just as it came."""
        readable = {one.server_id: found for one in pulled if (found := self._read(one))}
        known = self._known(list(readable))
        return {uid: uid in known and self._is_same(known[uid], incoming) for uid, incoming in readable.items()}

    def set_aside(self, bad: Sequence[BadRecord]) -> int:
        """Keep records that could not be read, with their raw text; return how many."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO quarantine (account_no, server_id, reason, raw) VALUES (?, ?, ?, ?)",
            [(self.account_no, _storable(one.server_id), one.reason, one.raw) for one in bad],
        )
        return len(bad)

    def _read(self, one: PulledOrder) -> list[Incoming] | None:
        """Return an order and its parts ready to be stored; one that cannot be is set aside."""
        try:
            encoded([one.server_id, one.revision, *((part.server_id, part.revision) for part in one.parts)])
            order = Incoming(_ORDER, one.server_id, one.revision, one.document, encoded(one.document), one.raw)
            parts = [
                Incoming(
                    TYPE_NUMBER[part.record_type],
                    part.server_id,
                    part.revision,
                    part.document,
                    encoded(part.document),
                    None,
                )
                for part in one.parts
            ]
        except ValueError as error:
            raw = one.raw or json.dumps(one.document).encode()
            self.unreadable.append(BadRecord(server_id=one.server_id, reason=str(error), raw=raw))
            return None
        return [order, *parts]

    def _is_same(self, row: RecordRow, incoming: Sequence[Incoming]) -> bool:
        order, *parts = incoming
        here = {_told(one) for one in self._parts_of(row.order_id) if one.server_id and not one.gone}
        return not row.gone and _told(row) == _told(order) and here == {_told(one) for one in parts}

    def _insert_all(self, new: Sequence[Sequence[Incoming]]) -> set[str]:
        records: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        for order, *parts in new:
            records.append(self._new_record(order, order.server_id))
            place = (self.account_no, order.server_id, self._counters.record_no, self._counters.change_no)
            rows.append(
                self._orders.new_row(order.document, place, [one.document for one in parts if one.type_no == _EVENT])
            )
            records.extend(self._new_record(part, order.server_id) for part in parts)
        self._connection.executemany(_INSERT, records)
        self._orders.insert(rows)
        return {order.server_id for order, *_ in new}

    def _new_record(self, one: Incoming, order_id: str) -> tuple[Any, ...]:
        counters = self._counters
        counters.record_no += 1
        counters.change_no += 1
        names = (one.server_id, order_id, one.server_id, one.revision)
        return (
            counters.record_no,
            self.account_no,
            one.type_no,
            *names,
            0,
            counters.change_no,
            one.base,
            None,
            one.raw,
        )

    def _refresh(self, row: RecordRow, incoming: Sequence[Incoming], waiting: Waiting) -> bool:
        """Bring a known order and its parts up to date; return whether anything changed."""
        order, *parts = incoming
        changed = self._update(row, order, row.order_id, waiting)
        if changed:
            if _work_order(row.base) != order.document.get(_WORK_ORDER):
                self.work_orders.add(row.order_id)
            self._show(row, order.document, waiting.get((_ORDER, row.record_id), ()))
        types = self._refresh_parts(row.order_id, parts, waiting)
        if _EVENT in types:
            self._orders.put_appointment(self.account_no, row.order_id)
        return changed or bool(types)

    def _refresh_parts(self, order_id: str, parts: Sequence[Incoming], waiting: Waiting) -> set[int]:
        """Bring an order's parts up to date; return the types of those that changed."""
        here = {(row.record_type, row.server_id): row for row in self._parts_of(order_id) if row.server_id}
        changed = set()
        for part in parts:
            row = here.pop((part.type_no, part.server_id), None)
            if row is None:
                self._connection.execute(_INSERT, self._new_record(part, order_id))
                changed.add(part.type_no)
            elif self._update(row, part, order_id, waiting):
                changed.add(part.type_no)
        for row in here.values():
            if (row.record_type, row.record_id) in waiting:
                self._connection.execute(_KEPT_BY_WORK, (row.record_no,))
                continue
            self._counters.change_no += 1
            self._connection.execute("DELETE FROM records WHERE record_no = ?", (row.record_no,))
            changed.add(row.record_type)
        return changed

    def _update(self, row: RecordRow, one: Incoming, order_id: str, waiting: Waiting) -> bool:
        """Replace a record's base and lay its view anew over it; return whether anything is different."""
        operations = waiting.get((row.record_type, row.record_id), ())
        deleted = int(any(operation.verb is Verb.DELETE for operation in operations))
        view = view_text(one.document, rebase(one.document, operations)) if operations else None
        new = (order_id, one.revision, deleted, one.base, view, one.raw)
        if new == (row.order_id, row.revision, row.deleted, row.base, row.view, row.raw) and not row.gone:
            return False
        self._counters.change_no += 1
        self._connection.execute(_UPDATE, (*new, self._counters.change_no, row.record_no))
        return True

    def _show(self, row: RecordRow, document: Document, operations: Sequence[Operation]) -> None:
        if any(one.verb is Verb.DELETE and not one.is_refused_removal for one in operations):
            self._orders.remove(row.record_no)
        else:
            self._orders.put(row.record_no, self.account_no, row.order_id, rebase(document, operations))

    def _forgive(self, server_ids: Iterable[str]) -> None:
        """Forget what was set aside of orders that can be read now."""
        if self._connection.execute("SELECT 1 FROM quarantine LIMIT 1").get:
            self._connection.executemany(
                "DELETE FROM quarantine WHERE account_no = ? AND server_id = ?",
                [(self.account_no, server_id) for server_id in server_ids],
            )

    def _known(self, server_ids: Sequence[str]) -> dict[str, RecordRow]:
        """Return the orders of these server ids; one made here goes before one that was pulled."""
        return orders_by_server_id(self._connection, self.account_no, server_ids)

    def _parts_of(self, order_id: str) -> list[RecordRow]:
        rows = self._connection.execute(
            f"SELECT {RECORD_COLUMNS} FROM records INDEXED BY records_of_order "
            f"WHERE order_id = ? AND account_no = ? AND record_type <> {_ORDER}",
            (order_id, self.account_no),
        )
        return [RecordRow(*row) for row in rows]

    def _unsettled(self, order_ids: Sequence[str]) -> dict[RecordKey, list[Operation]]:
        """Return the unsettled operations of some orders by type and our id of their record, by position."""
        rows = self._connection.execute(
            f"SELECT seq, {OPERATION_COLUMNS} FROM json_each(?) AS wanted "
            "CROSS JOIN operations INDEXED BY operations_unsettled "
            "ON settled = 0 AND account_no = ? AND order_id = wanted.value ORDER BY position, seq",
            (json.dumps(order_ids), self.account_no),
        )
        found: dict[RecordKey, list[Operation]] = {}
        for operation in (operation_of(row, lambda _: self._account_id) for row in rows):
            found.setdefault((TYPE_NUMBER[operation.record_type], operation.record_id), []).append(operation)
        return found


def _storable(text: str) -> str:
    """Return a text without the halves of characters that no file takes."""
    return text.encode("utf-8", "replace").decode()


def _told(one: RecordRow | Incoming) -> tuple[int, str | None, str | None, str | None, bytes | None]:
    """Return what the server tells of a record."""
    type_no = one.type_no if isinstance(one, Incoming) else one.record_type
    return (type_no, one.server_id, one.revision, one.base, one.raw)


def _work_order(base: str | None) -> Any:
    """Return the work order of a known order; most have none, which needs no look into the whole document."""
    return json.loads(base).get(_WORK_ORDER) if base and f'"{_WORK_ORDER}"' in base else None


def _order_ids(rows: Mapping[str, RecordRow]) -> list[str]:
    return [row.order_id for row in rows.values()]
