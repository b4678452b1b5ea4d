"""Lay what was salvaged over a backup, and make sure that nothing goes out twice (`docs/sync.md`, "The file").

A backup is the past: what it calls unsent may have been sent since. So whatever was not read from the damaged file as
it was last committed is found out before it goes out again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw

from techdesk.application.ids import is_local_id
from techdesk.application.merge import laid_over
from techdesk.application.outbox import UNSETTLED, Operation, OpState, Verb
from techdesk.application.ports import StoredRecord
from techdesk.application.sync.rereading import begin_rereading
from techdesk.domain.documents import RecordType
from techdesk.store.border import translated
from techdesk.store.migrations import set_moves
from techdesk.store.names import Names
from techdesk.store.reading import Reading
from techdesk.store.rows import RECORD_COLUMNS, RECORD_TYPES, RecordRow
from techdesk.store.salvage import Row, Salvaged
from techdesk.store.search_index import SearchIndex
from techdesk.store.writing import Writing

_RECORD_FIELDS = RECORD_COLUMNS.split(", ")
RESTORED = "restored from a backup"
"""What the audit of an operation says that was made doubtful."""

_NUMBERS_GO_ON = "UPDATE counters SET operation_no = max(operation_no, (SELECT ifnull(max(seq), 0) FROM operations))"
"""What was salvaged keeps its numbers."""

_NOT_CURRENT = "seq NOT IN (SELECT value FROM json_each(:current))"

LOOK_WHETHER_DECIDED = "This is from a backup. Look whether it was decided since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """From when a backup is, and when it is laid over.

    Attributes:
        taken_at: When the backup was taken; None where nothing was restored.
    """

    taken_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of unsent work.

    Attributes:
        unsent: How many changes there are.
        doubtful: How many of them are looked for before they go out.
        left_out: How many were read, but fit nowhere here: whose they are is lost, or a newer TechDesk made them.
    """

    unsent: int
    doubtful: int
    left_out: int


def mend(connection: apsw.Connection, search: SearchIndex, salvaged: Salvaged, past: Past) -> Mended:
    """Lay what was salvaged over the backup that `connection` writes, in one transaction.

    Raises:
        StoreError: It could not be written; the backup is as it was.
    """
    set_moves(connection)
    with translated(), connection:
        connection.execute("UPDATE counters SET search_epoch = search_epoch + 1")
        tx = Writing(connection, Names(connection), search)
        mending = _Mending(connection, tx, salvaged)
        mending.lay_over()
        left_out = mending.left_out()
        doubtful = mending.doubt(past)
        mending.show()
        for account in Reading(connection, Names(connection), search, None).accounts():  # those laid over it too
            begin_rereading(tx, account.account_id)
        tx.finish()
        connection.execute(_NUMBERS_GO_ON)
    unsent = connection.execute("SELECT count(*) FROM operations WHERE settled = 0").get
    return Mended(unsent, doubtful, left_out)


class _Mending:
    """One store that is being mended."""

    def __init__(self, connection: apsw.Connection, tx: Writing, salvaged: Salvaged) -> None:
        self._connection = connection
        self._tx = tx
        self._salvaged = salvaged
        self._names = Names(connection)
        self._current = set(salvaged.current)
        accounts = salvaged.tables["accounts"].items()
        self._theirs = {number: json.loads(row["document"])["account_id"] for number, row in accounts}
        self._theirs |= {number: row["name"] for number, row in salvaged.tables["names"].items()}

    def lay_over(self) -> None:
        """Write the salvaged rows over those of the backup."""
        tables = self._salvaged.tables
        self._sign_out_again()
        for row in tables["accounts"].values():
            self._put("accounts", self._placed(row))
        for row in tables["operations"].values():
            is_current = row["seq"] in self._salvaged.current
            if not (
                _is_ours(row) and self._put("operations", self._placed(row), "REPLACE" if is_current else "IGNORE")
            ):
                self._current.discard(row["seq"])  # the backup may hold an older version of it
        for row in tables["attempts"].values():
            self._put("attempts", row, "IGNORE")
        for row in tables["clashes"].values():
            self._put("clashes", row)
        for row in tables["notes"].values():
            self._put("notes", row)
        for row in sorted(tables["records"].values(), key=lambda one: int(one.get("record_type", 0))):
            self._put_record(row)

    def left_out(self) -> int:
        """Return how many unsent changes were read that are not here."""
        here = {op_id for (op_id,) in self._connection.execute("SELECT op_id FROM operations")}
        read = self._salvaged.tables["operations"].values()
        return sum(not row.get("settled") and row["op_id"] not in here for row in read)

    def doubt(self, past: Past) -> int:
        """Have whatever may have been sent be found out before it goes out; return how much that is."""
        current = json.dumps(sorted(self._current))
        values = {"now": past.now.isoformat(), "since": past.taken_at and past.taken_at.isoformat(), "current": current}
        found = self._mark(
            "state = 'ambiguous', settle_reads = 0, not_before = NULL, attempts = max(attempts, 1), "
            "first_sent_at = coalesce(first_sent_at, :since, created_at), last_sent_at = :now",
            "(state IN ('inflight', 'ambiguous') OR state = 'queued' AND request_head IS NOT NULL)",
            values,
        )
        found += self._mark(
            "attempts = 1, first_sent_at = coalesce(:since, created_at)",
            f"state = 'queued' AND attempts = 0 AND request_head IS NULL AND {_NOT_CURRENT}",
            values,
        )
        self._connection.execute(
            "UPDATE operations SET reason = trim(reason || ' ' || :words) "
            f"WHERE state IN ('needs_check', 'conflict', 'rejected') AND {_NOT_CURRENT}",
            values | {"words": LOOK_WHETHER_DECIDED},
        )
        return found

    def show(self) -> None:
        """Lay what is under way over its records."""
        unsettled = self._tx.operations(states=UNSETTLED)
        for operation in unsettled:
            self._bring_back(operation)
        for operation in unsettled:
            key = (operation.account_id, operation.record_type, operation.record_id)
            record = self._tx.record(*key)
            if record:
                pending = [one for one in unsettled if (one.account_id, one.record_type, one.record_id) == key]
                self._tx.save_record(laid_over(record, pending))

    def _sign_out_again(self) -> None:
        """Remove the accounts that were signed out since the backup; that is certain only if all others were read."""
        if self._salvaged.whole >= {"accounts", "names"}:
            signed_in = {self._name(number) for number in self._salvaged.tables["accounts"]}
            for account in self._tx.accounts():
                if account.account_id not in signed_in:
                    self._tx.remove_account(account.account_id)

    def _mark(self, sets: str, test: str, values: Mapping[str, Any]) -> int:
        found = [op_id for (op_id,) in self._connection.execute(f"SELECT op_id FROM operations WHERE {test}", values)]
        wanted = {"op_ids": json.dumps(found)}
        self._connection.execute(
            f"UPDATE operations SET {sets} WHERE op_id IN (SELECT value FROM json_each(:op_ids))", {**values, **wanted}
        )
        self._connection.executemany(
            f"INSERT INTO attempts (op_id, at, phase, code, reason) VALUES (?, ?, '{RESTORED}', '', '')",
            [(op_id, values["now"]) for op_id in found],
        )
        return len(found)

    def _put(self, table: str, row: Row | None, otherwise: str = "REPLACE") -> bool:
        """Write a row as far as this program's table has its columns; say whether it fits and so is a row of it."""
        columns = {one[1] for one in self._connection.execute(f"PRAGMA table_info({table})")}
        fitting = {name: value for name, value in (row or {}).items() if name in columns}
        marks = ", ".join("?" * len(fitting))
        if not fitting:
            return False
        with suppress(apsw.ConstraintError):
            self._connection.execute(
                f"INSERT OR {otherwise} INTO {table} ({', '.join(fitting)}) VALUES ({marks})",
                tuple(fitting.values()),
            )
            return True
        return False

    def _put_record(self, row: Row) -> None:
        if not _is_known(row, _RECORD_FIELDS):
            return
        account_id = self._name(row["account_no"])
        record = RecordRow(*(row[name] for name in _RECORD_FIELDS)).record(account_id)
        here = self._tx.record(account_id, record.record_type, record.record_id)
        if account_id and (here is None or here.change_no <= record.change_no):
            self._tx.save_record(record)

    def _bring_back(self, operation: Operation) -> None:
        """Make what a create stands on, where it could not be read: its record from the intent, its order by its id."""
        if operation.verb is not Verb.CREATE:
            return
        account_id, order_id = operation.account_id, operation.order_id
        if order_id != operation.record_id and not self._tx.record(account_id, RecordType.ORDER, order_id):
            server_id = None if is_local_id(order_id) else order_id
            order = StoredRecord(
                account_id=account_id,
                record_type=RecordType.ORDER,
                record_id=order_id,
                order_id=order_id,
                server_id=server_id,
            )
            self._tx.save_record(order)
        if not self._tx.record(account_id, operation.record_type, operation.record_id):
            record = StoredRecord(
                account_id=account_id,
                record_type=operation.record_type,
                record_id=operation.record_id,
                order_id=order_id,
            )
            self._tx.save_record(record)

    def _placed(self, row: Row) -> Row | None:
        """Return a row under the number that its account has here; None where nobody knows whose it is."""
        name = self._name(row["account_no"])
        return {**row, "account_no": self._names.given(name)} if name else None

    def _name(self, number: int) -> str:
        """Return the name of a number of the damaged file; the backup gave the same ones, as far as it goes."""
        known: str | None = self._theirs.get(number)
        return known or self._connection.execute("SELECT name FROM names WHERE name_no = ?", (number,)).get or ""


def _is_ours(row: Row) -> bool:
    """Say whether this program knows what a row of operations says."""
    return _is_known(row, ("account_no", "state", "verb")) and row["state"] in set(OpState) and row["verb"] in set(Verb)


def _is_known(row: Row, columns: Sequence[str]) -> bool:
    """Say whether a row has these columns and a type that this program knows; one of a newer TechDesk may not."""
    return row.keys() >= {"record_type", *columns} and row["record_type"] in range(len(RECORD_TYPES))
