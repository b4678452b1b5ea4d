"""Write the store inside one transaction: what a person did, what an answer told, what a pull brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import apsw

from techdesk.application.accounts import Account
from techdesk.application.exchange import PullPage
from techdesk.application.outbox import UNSETTLED, Clash, Operation, Outcome, Verb
from techdesk.application.ports import PageEffect, StoredRecord
from techdesk.domain.documents import Document, RecordType
from techdesk.store.names import Names
from techdesk.store.order_columns import tells_appointment
from techdesk.store.order_list import Counters, OrderList
from techdesk.store.pull import Pull
from techdesk.store.reading import Reading
from techdesk.store.rows import (
    OPERATION_COLUMNS,
    RECORD_COLUMNS,
    TYPE_NUMBER,
    RecordRow,
    account_text,
    encoded,
    operation_values,
    view_text,
)
from techdesk.store.search_index import SearchIndex
from techdesk.store.staging import Staging, drop_staged

_PUT_RECORD = """
    INSERT INTO records (record_no, account_no, record_type, record_id, order_id, server_id, revision, deleted,
        change_no, base, view, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (record_id, record_type, account_no) DO UPDATE SET
        order_id = excluded.order_id, server_id = excluded.server_id, revision = excluded.revision,
        deleted = excluded.deleted, change_no = excluded.change_no, base = excluded.base, view = excluded.view,
        raw = excluded.raw
    RETURNING record_no
"""
_MARKS = ", ".join("?" * len(OPERATION_COLUMNS.split(",")))
_ADD_OPERATION = f"INSERT INTO operations (seq, {OPERATION_COLUMNS}) VALUES (?, {_MARKS})"
_KEEP_COUNTERS = "UPDATE counters SET record_no = ?, change_no = ?, list_no = ?, search_epoch = ?, operation_no = ?"
_GONE = f"SELECT {RECORD_COLUMNS} FROM records WHERE gone = 1 AND account_no = ? AND +order_id = ?"
_INHERIT = "UPDATE records SET gone = 1 WHERE account_no = ? AND record_type = ? AND record_id = ?"
_UNSETTLED = "SELECT record_id FROM operations WHERE settled = 0 AND account_no = ? AND order_id = ?"
_CHANGE_OPERATION = f"UPDATE operations SET ({OPERATION_COLUMNS}) = ({_MARKS})"


class Writing(Reading):
    """A `WriteTransaction` over the writer's connection."""

    def __init__(self, connection: apsw.Connection, names: Names, search: SearchIndex) -> None:
        """Begin with the numbers that the file gives out."""
        super().__init__(connection, names, search, None)
        row = connection.execute("SELECT record_no, change_no, list_no, search_epoch, operation_no FROM counters")
        self._counters = Counters(*next(row))
        self._before = self._counters.values()
        self._orders = OrderList(connection, names, self._counters)
        self._settled_in: set[tuple[int, str]] = set()
        self._removed_orders: set[tuple[int, str]] = set()

    def finish(self) -> None:
        """Do what is left before the commit: what only unsent work kept may go, and the numbers are kept."""
        for account_no, order_id in self._removed_orders:
            self._list_if_kept(account_no, order_id)
        for account_no, order_id in self._settled_in:
            self._drop_gone(account_no, order_id)
        self._counters.list_no += self._orders.changed
        values = self._counters.values()
        if values != self._before:
            self._run(_KEEP_COUNTERS, *values)

    def save_record(self, record: StoredRecord) -> None:
        """Insert or replace a record, counting up its `change_no`; the list's columns follow from its view."""
        account_no, type_no = self._names.given(record.account_id), TYPE_NUMBER[record.record_type]
        self._counters.change_no += 1
        key = self._run(
            _PUT_RECORD,
            self._counters.record_no + 1,
            account_no,
            type_no,
            record.record_id,
            record.order_id,
            record.server_id,
            record.revision,
            int(record.deleted),
            self._counters.change_no,
            None if record.base is None else encoded(record.base),
            view_text(record.base, record.view),
            record.raw,
        ).get
        is_new = key > self._counters.record_no
        self._counters.record_no = max(self._counters.record_no, key)
        if record.record_type is RecordType.EVENT:
            if not is_new or tells_appointment(record.view):
                self._orders.put_appointment(account_no, record.order_id)
        elif record.record_type is RecordType.ORDER and record.deleted:
            self._removed_orders.add((account_no, record.order_id))
        elif record.record_type is RecordType.ORDER:
            self._orders.put(key, account_no, record.order_id, record.view)

    def remove_record(self, account_id: str, record_type: RecordType, record_id: str, heir: str = "") -> None:
        """Forget a record (an order with all its parts); an heir inherits that the server removed it."""
        account_no, type_no = self._names.number(account_id), TYPE_NUMBER[record_type]
        row = self._record_row(account_no, type_no, record_id)
        if row is None:
            return
        if row.gone:
            self._run(_INHERIT, account_no, type_no, heir)
        if record_type is RecordType.ORDER:
            self._counters.change_no += 1
            self._orders.remove_order(account_no, record_id)
        else:
            self._forget_part(row)

    def add_operation(self, operation: Operation) -> Operation:
        """Append an operation; the answer has its `seq`, and its `position` where that was 0 (the same number)."""
        account_no = self._names.given(operation.account_id)
        self._counters.operation_no += 1
        seq = self._counters.operation_no
        stored = replace(operation, seq=seq, position=operation.position or seq)
        self._run(_ADD_OPERATION, seq, *operation_values(stored, account_no))
        self._orders.changed = True
        return stored

    def save_operation(self, operation: Operation) -> None:
        """Store an operation's new state.

        Raises:
            AssertionError: The move is not in the table of `docs/sync.md`, or frozen bytes would change.
        """
        account_no = self._names.number(operation.account_id)
        values = operation_values(operation, account_no)
        before = self._connection.total_changes()
        try:
            self._run(f"{_CHANGE_OPERATION} WHERE op_id = ?", *values, operation.op_id)
        except apsw.ConstraintError as error:
            raise AssertionError(str(error)) from error
        if self._connection.total_changes() == before:
            raise AssertionError("there is no such operation")
        self._orders.changed = True
        if operation.state.is_settled:
            self._settled_in.add((account_no, operation.order_id))
        if operation.verb is Verb.DELETE and operation.record_type is RecordType.ORDER:
            self._removed_orders.add((account_no, operation.order_id))

    def add_attempt(self, op_id: str, at: datetime, phase: str, outcome: Outcome | None) -> None:
        """Append to the audit of attempts."""
        came = (
            (outcome.kind.value, outcome.http_status, outcome.code, outcome.reason) if outcome else (None, None, "", "")
        )
        self._run(
            "INSERT INTO attempts (op_id, at, phase, outcome, http_status, code, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
            op_id,
            at.isoformat(),
            phase,
            *came,
        )

    def save_clashes(self, op_id: str, clashes: Sequence[Clash]) -> None:
        """Replace the fields in conflict of an operation."""
        self._run("DELETE FROM clashes WHERE op_id = ?", op_id)
        self._connection.executemany(
            "INSERT INTO clashes (op_id, field, base, mine, theirs, choice) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (op_id, one.field, encoded(one.base), encoded(one.mine), encoded(one.theirs), one.choice)
                for one in clashes
            ],
        )

    def apply_page(self, account_id: str, page: PullPage) -> PageEffect:
        """Take in a page of a pull and its cursor: bases are replaced, views are base plus unsettled intents.

        An order with unsettled operations is never dropped because the server deleted it.
        """
        return self._take(account_id, page, lambda pull: pull.take_in(page.orders))

    def stage_page(self, account_id: str, page: PullPage) -> int:
        """Keep the orders of a page beside those that are here; say how many were set aside."""
        return self._staging(self._pull(account_id)).keep(page)

    def take_staged(self, account_id: str, page: PullPage) -> PageEffect:
        """Take in all staged orders as `apply_page` does, and with them what the page deletes and its cursor."""
        effect = self._take(account_id, page, lambda pull: self._staging(pull).take_in())
        self.drop_staged(account_id)
        return effect

    def drop_staged(self, account_id: str) -> None:
        """Forget what was staged."""
        drop_staged(self._connection, self._names.number(account_id))

    def save_references(self, account_id: str, kind: str, documents: Sequence[Document]) -> None:
        """Replace the cached things to choose from."""
        account_no = self._names.given(account_id)
        self._run("DELETE FROM choices WHERE account_no = ? AND kind = ?", account_no, kind)
        self._connection.executemany(
            "INSERT INTO choices (account_no, kind, position, document) VALUES (?, ?, ?, ?)",
            [(account_no, kind, position, encoded(document)) for position, document in enumerate(documents)],
        )

    def save_account(self, account: Account) -> None:
        """Insert or replace an account; the list changes with whether it is signed out."""
        account_no = self._names.given(account.account_id)
        known = self._run("SELECT document ->> '$.signed_out' FROM accounts WHERE account_no = ?", account_no).get
        self._orders.changed |= bool(known) is not account.signed_out
        self._run(
            "INSERT INTO accounts (account_no, name_key, document) VALUES (?, ?, ?) ON CONFLICT (account_no) "
            "DO UPDATE SET name_key = excluded.name_key, document = excluded.document",
            account_no,
            account.name.casefold(),
            account_text(account),
        )
        self._accounts = None

    def remove_account(self, account_id: str) -> None:
        """Remove an account and every row of it, overwriting what was there."""
        account_no = self._names.number(account_id)
        self._accounts = None
        self._connection.execute("PRAGMA secure_delete = ON")
        try:
            for table in ("accounts", "records", "operations", "choices", "quarantine", "cursors", "staged"):
                self._run(f"DELETE FROM {table} WHERE account_no = ?", account_no)
            for table in ("attempts", "clashes"):
                self._run(f"DELETE FROM {table} WHERE op_id NOT IN (SELECT op_id FROM operations)")
            self._run("DELETE FROM notes WHERE instr(':' || name || ':', ?) > 0", f":{account_id}:")
        finally:
            self._connection.execute("PRAGMA secure_delete = OFF")
        self._counters.change_no += 1
        self._counters.search_epoch += 1
        self._orders.changed = True

    def save_cursor(self, account_id: str, cursor: str) -> None:
        """Set our place in the account's change feed."""
        self._run(
            "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (account_no) DO UPDATE SET cursor = excluded.cursor",
            self._names.given(account_id),
            cursor,
        )

    def save_note(self, name: str, value: str | None) -> None:
        """Keep a small fact, or forget it with None."""
        if value is None:
            self._run("DELETE FROM notes WHERE name = ?", name)
        else:
            self._run("INSERT OR REPLACE INTO notes VALUES (?, ?)", name, value)

    def _take(self, account_id: str, page: PullPage, take_in: Callable[[Pull], set[str]]) -> PageEffect:
        changed_before, self._orders.changed = self._orders.changed, False
        pull = self._pull(account_id)
        orders = take_in(pull) | pull.drop(page.deleted)
        bad = pull.set_aside([*page.bad, *pull.unreadable])
        self.save_cursor(account_id, page.cursor)
        list_changed, self._orders.changed = self._orders.changed, self._orders.changed or changed_before
        return PageEffect(
            orders=frozenset(orders), list_changed=list_changed, bad=bad, work_orders=frozenset(pull.work_orders)
        )

    def _pull(self, account_id: str) -> Pull:
        return Pull(self._connection, account_id, self._counters, self._orders)

    def _staging(self, pull: Pull) -> Staging:
        return Staging(self._connection, pull)

    def _drop_gone(self, account_no: int, order_id: str) -> None:
        """Drop an order, or parts of it, that the server removed, once nothing unsent stands on them any more."""
        gone = [RecordRow(*row) for row in self._run(_GONE, account_no, order_id)]
        unsettled = self._run(_UNSETTLED, account_no, order_id) if gone else ()
        pending = {record_id for (record_id,) in unsettled}
        for row in gone:
            is_order = row.record_type == TYPE_NUMBER[RecordType.ORDER]
            if is_order and not pending:
                self._counters.change_no += 1
                self._orders.remove_order(account_no, order_id)
            elif not is_order and row.record_id not in pending:
                self._forget_part(row)

    def _list_if_kept(self, account_no: int, order_id: str) -> None:
        """Show an order that was removed here only where the server refused that, until a person decides."""
        row = self._record_row(account_no, TYPE_NUMBER[RecordType.ORDER], order_id)
        if row is None or not row.deleted:
            return
        account_id = self._names.name(account_no)
        pending = self.operations(account_id=account_id, record_id=order_id, states=UNSETTLED)
        if any(one.is_refused_removal for one in pending):
            self._counters.change_no += 1
            self._orders.put(row.record_no, account_no, order_id, row.record(account_id).view)
        else:
            self._orders.remove(row.record_no)

    def _forget_part(self, row: RecordRow) -> None:
        self._counters.change_no += 1
        self._run("DELETE FROM records WHERE record_no = ?", row.record_no)
        if row.record_type == TYPE_NUMBER[RecordType.EVENT]:
            self._orders.put_appointment(row.account_no, row.order_id)

    def _run(self, statement: str, *values: Any) -> apsw.Cursor:
        return self._connection.execute(statement, values)
