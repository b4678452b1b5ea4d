"""Read the store: one consistent look over one connection."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import apsw

from techdesk.application.accounts import Account
from techdesk.application.outbox import REPLACED, Attempt, Clash, Operation, OpState
from techdesk.application.ports import StoredRecord
from techdesk.application.queries import ListCounts, OrderFilter, OrderRow
from techdesk.domain.documents import Document, RecordType
from techdesk.store.list_reading import KeyCache, ListReading
from techdesk.store.names import Names
from techdesk.store.order_columns import number_key
from techdesk.store.rows import (
    OPERATION_COLUMNS,
    RECORD_COLUMNS,
    TYPE_NUMBER,
    RecordRow,
    account_of,
    attempt_of,
    clash_of,
    operation_of,
)
from techdesk.store.search_index import SearchIndex

if TYPE_CHECKING:
    from techdesk.application.exchange import BadRecord

SIGNED_OUT = "SELECT account_no FROM accounts WHERE document ->> '$.signed_out'"
"""The accounts whose orders and work nobody is shown."""


_BY_SERVER_ID = {
    "records_by_id": "record_id = wanted.value AND server_id = record_id",
    "records_by_server_id": "server_id = wanted.value AND server_id <> record_id",
}
_UNSETTLED = "operations INDEXED BY operations_unsettled WHERE settled = 0"
_SETTLED = "operations INDEXED BY operations_by_state WHERE settled = 1"
_SETTLED_OF_ORDER = "operations INDEXED BY operations_of_order WHERE settled = 1"
_ALL_SETTLED = "operations NOT INDEXED WHERE settled = 1"


class Reading:
    """A `ReadTransaction` over one connection."""

    def __init__(self, connection: apsw.Connection, names: Names, search: SearchIndex, cache: KeyCache | None) -> None:
        """Keep what is read from; a writer has no cache, as its own changes would be missing there."""
        self._connection = connection
        self._names = names
        self._list = ListReading(connection, names, search, cache)
        self._accounts: list[Account] | None = None

    def order_keys(self, wanted: OrderFilter) -> array[int]:
        """Return the row keys of all orders that fit, in the wanted order."""
        return self._list.keys(wanted)

    def first_order_rows(self, wanted: OrderFilter, limit: int) -> list[OrderRow]:
        """Return the first rows that fit, without finding out how many there are."""
        return self._list.first_rows(wanted, limit)

    def order_rows(self, keys: Sequence[int]) -> list[OrderRow]:
        """Return the rows of these keys, in their order; a key that is gone is left out."""
        return self._list.rows(keys)

    def counts(self, filters: Mapping[str, OrderFilter]) -> ListCounts:
        """Return for each named filter how many orders fit."""
        return self._list.counts(filters)

    def record(self, account_id: str, record_type: RecordType, record_id: str) -> StoredRecord | None:
        """Return a record by our id."""
        row = self._record_row(self._names.number(account_id), TYPE_NUMBER[record_type], record_id)
        return row.record(account_id) if row else None

    def record_by_server_id(self, account_id: str, record_type: RecordType, server_id: str) -> StoredRecord | None:
        """Return a record by the server's id; one made here goes before one that was pulled."""
        account_no, type_no = self._names.number(account_id), TYPE_NUMBER[record_type]
        for test in ("server_id = ? AND server_id <> record_id", "record_id = ? AND server_id = record_id"):
            found = self._record_rows(
                f"{test} AND record_type = ? AND account_no = ?", (server_id, type_no, account_no)
            )
            if found:
                return found[0].record(account_id)
        return None

    def orders_by_server_id(self, account_id: str, server_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        """Return by the server's id those of these orders that are here; one made here goes before one pulled."""
        found = orders_by_server_id(self._connection, self._names.number(account_id), server_ids)
        return {server_id: row.record(account_id) for server_id, row in found.items()}

    def order_server_ids(self, account_id: str) -> list[str]:
        """Return the server's ids of an account's orders, sorted; without those it has not confirmed."""
        select = (
            "SELECT server_id FROM records WHERE account_no = ? AND record_type = 0 AND server_id IS NOT NULL "
            "ORDER BY server_id"
        )
        return [server_id for (server_id,) in self._connection.execute(select, (self._names.number(account_id),))]

    def parts(self, account_id: str, order_id: str, record_type: RecordType | None = None) -> list[StoredRecord]:
        """Return an order's items, events and hours that are not deleted, oldest first."""
        account_no = self._names.number(account_id)
        test = "order_id = ? AND account_no = ? AND record_type <> 0 AND deleted = 0"
        rows = self._record_rows(test, (order_id, account_no))
        wanted = [one for one in rows if record_type is None or one.record_type == TYPE_NUMBER[record_type]]
        found = [one.record(account_id) for one in wanted]
        # Created at is ISO text in UTC with milliseconds, so it sorts as text; what has none came last.
        return sorted(found, key=lambda one: str(one.view.get("created_at") or "~"))

    def find_orders(self, text: str, account_id: str | None = None) -> list[StoredRecord]:
        """Return the orders whose uid (ours or the server's) or service number is exactly `text`."""
        by_number = "SELECT key FROM orders INDEXED BY orders_by_number WHERE number_key = ? AND number = ?"
        test = f"(record_id = ? OR server_id = ? AND server_id <> record_id OR record_no IN ({by_number}))"
        test += f" AND record_type = 0 AND record_no IN (SELECT key FROM orders) AND account_no NOT IN ({SIGNED_OUT})"
        rows = self._record_rows(test, (text, text, number_key(text), text))
        found = [one.record(self._names.name(one.account_no)) for one in rows]
        return [one for one in found if account_id is None or one.account_id == account_id]

    def references(self, account_id: str, kind: str) -> list[Document]:
        """Return the cached things to choose from."""
        found = self._connection.execute(
            "SELECT document FROM choices WHERE account_no = ? AND kind = ? ORDER BY position",
            (self._names.number(account_id), kind),
        )
        return [json.loads(document) for (document,) in found]

    def operation(self, op_id: str) -> Operation | None:
        """Return an operation."""
        found = self._operations(["operations WHERE op_id = ?"], (op_id,))
        return found[0] if found else None

    def operations(
        self,
        *,
        account_id: str | None = None,
        order_id: str | None = None,
        record_id: str | None = None,
        states: Iterable[OpState] | None = None,
    ) -> list[Operation]:
        """Return operations by position; all states unless some are named."""
        account_no = None if account_id is None else self._names.number(account_id)
        named = {"account_no": account_no, "order_id": order_id, "record_id": record_id}
        tests: dict[str, Sequence[Any]] = {f"{name} = ?": [one] for name, one in named.items() if one is not None}
        wanted = tuple(OpState if states is None else states)
        if states is not None:
            tests[_among(wanted)] = wanted
        test = " AND ".join(tests) or "1"
        if record_id is not None:
            sources = [f"operations INDEXED BY operations_of_record WHERE {test}"]
        else:
            sources = [f"{one} AND {test}" for one in _by_state(wanted, of_order=order_id is not None)]
        return self._operations(sources, tuple(chain.from_iterable(tests.values())))

    def operation_ids(self, states: Iterable[OpState]) -> list[tuple[str, OpState]]:
        """Return the ids of the operations in these states by position, without all that they hold."""
        wanted = tuple(states)
        test = f"{_among(wanted)} AND account_no NOT IN ({SIGNED_OUT})"
        sources = [f"{one} AND {test}" for one in _by_state(wanted)]
        found = self._by_position("position, seq, op_id, state", sources, wanted)
        return [(op_id, OpState(state)) for _, _, op_id, state in found]

    def settled_ids(self, state: OpState, limit: int) -> list[str]:
        """Return the operations that were settled so last, the latest first; one that another replaced is left out."""
        found = self._connection.execute(
            f"SELECT op_id FROM {_SETTLED} AND state = ? AND reason <> ? AND account_no NOT IN ({SIGNED_OUT}) "
            "ORDER BY done_at DESC, seq DESC LIMIT ?",
            (str(state), REPLACED, limit),
        )
        return [op_id for (op_id,) in found]

    def attempts(self, op_id: str) -> list[Attempt]:
        """Return the audit of an operation's attempts, oldest first."""
        found = self._connection.execute(
            "SELECT at, phase, outcome, http_status, code, reason FROM attempts WHERE op_id = ? ORDER BY attempt_no",
            (op_id,),
        )
        return [attempt_of(row) for row in found]

    def clashes(self, op_id: str) -> list[Clash]:
        """Return the fields in conflict of an operation."""
        found = self._connection.execute(
            "SELECT field, base, mine, theirs, choice FROM clashes WHERE op_id = ? ORDER BY field", (op_id,)
        )
        return [clash_of(op_id, row) for row in found]

    def outbox_counts(self, account_id: str | None = None) -> Mapping[OpState, int]:
        """Return how many operations are in each state."""
        test = f"account_no NOT IN ({SIGNED_OUT})"
        values: tuple[int, ...] = ()
        if account_id is not None:
            test, values = "account_no = ?", (self._names.number(account_id),)
        counts = dict.fromkeys(OpState, 0)
        for source in (_UNSETTLED, _SETTLED):
            counted = self._connection.execute(
                f"SELECT state, count(*) FROM {source} AND {test} GROUP BY state", values
            )
            counts |= {OpState(state): count for state, count in counted}
        return counts

    def oldest_unsent(self, *, signed_out: bool = False) -> Mapping[str, datetime]:
        """Return by account id when its oldest unsettled operation was made: of accounts in use or `signed_out`."""
        found = self._connection.execute(
            f"SELECT account_no, min(created_at) FROM {_UNSETTLED} AND (account_no IN ({SIGNED_OUT})) = ? "
            "GROUP BY account_no",
            (int(signed_out),),
        )
        return {self._names.name(number): datetime.fromisoformat(made) for number, made in found}

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        if self._accounts is None:  # asked for several times in one look
            found = self._connection.execute("SELECT document FROM accounts ORDER BY name_key")
            self._accounts = [account_of(document) for (document,) in found]
        return self._accounts.copy()

    def cursor(self, account_id: str) -> str:
        """Return our place in the account's change feed, empty at the beginning."""
        number = self._names.number(account_id)
        return str(self._connection.execute("SELECT cursor FROM cursors WHERE account_no = ?", (number,)).get or "")

    def staged_ids(self, account_id: str) -> frozenset[str]:
        """Return the server's ids of the orders that were staged; the empty id stands for one that told none."""
        rows = self._connection.execute(
            "SELECT server_id FROM staged WHERE account_no = ?", (self._names.number(account_id),)
        )
        return frozenset(server_id for (server_id,) in rows)

    def note(self, name: str) -> str | None:
        """Return a small fact kept under `name`."""
        found: str | None = self._connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).get
        return found

    def set_aside(self, account_id: str) -> list[BadRecord]:
        """Return the records of the server that could not be read, with their raw text."""
        from techdesk.application.exchange import BadRecord  # the first rows do not wait for what a pull is made of

        found = self._connection.execute(
            "SELECT server_id, reason, raw FROM quarantine WHERE account_no = ? ORDER BY server_id",
            (self._names.number(account_id),),
        )
        return [BadRecord(server_id=server_id, reason=reason, raw=raw) for server_id, reason, raw in found]

    def _record_row(self, account_no: int, type_no: int, record_id: str) -> RecordRow | None:
        test = "record_id = ? AND record_type = ? AND account_no = ?"
        found = self._record_rows(test, (record_id, type_no, account_no))
        return found[0] if found else None

    def _record_rows(self, test: str, values: tuple[Any, ...]) -> list[RecordRow]:
        select = f"SELECT {RECORD_COLUMNS} FROM records WHERE {test} ORDER BY record_no"
        return [RecordRow(*row) for row in self._connection.execute(select, values)]

    def _operations(self, sources: Sequence[str], values: tuple[Any, ...]) -> list[Operation]:
        """Return the operations of all sources by position; each source is asked with the same values."""
        found = self._by_position(f"position, seq, {OPERATION_COLUMNS}", sources, values)
        return [operation_of(row[1:], self._names.name) for row in found]

    def _by_position(self, columns: str, sources: Sequence[str], values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return the rows of all sources by position; the columns begin with `position, seq`."""
        selects = (self._connection.execute(f"SELECT {columns} FROM {one}", values) for one in sources)
        return sorted(chain.from_iterable(selects), key=itemgetter(0, 1))


def orders_by_server_id(
    connection: apsw.Connection, account_no: int, server_ids: Sequence[str]
) -> dict[str, RecordRow]:
    """Return by the server's id those of these orders that are here; one made here goes before one that was pulled."""
    found: dict[str, RecordRow] = {}
    wanted = json.dumps(list(server_ids))
    for index, test in _BY_SERVER_ID.items():
        rows = connection.execute(
            f"SELECT {RECORD_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN records INDEXED BY {index} "
            f"ON {test} AND record_type = 0 AND account_no = ?",
            (wanted, account_no),
        )
        found |= {str(row.server_id): row for row in (RecordRow(*one) for one in rows)}
    return found


def _among(states: Sequence[OpState]) -> str:
    return f"state IN ({', '.join('?' * len(states))})"


def _by_state(states: Sequence[OpState], *, of_order: bool = False) -> list[str]:
    """Return where operations in some states are found: what is settled and what is not have indexes of their own."""
    settled = _SETTLED_OF_ORDER if of_order else _SETTLED if len(states) < len(OpState) else _ALL_SETTLED
    kinds = {one.is_settled for one in states}
    return [source for is_settled, source in ((False, _UNSETTLED), (True, settled)) if is_settled in kinds]
