"""Keep orders in dictionaries: an `OrderStore` for tests, transactional by copy.

A write transaction works on a copy of everything and swaps it in at its end, so a crash in the middle leaves nothing.
`before_commit` and `after_commit` are called around the swap: a simulation crashes there.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any

from techdesk.application.accounts import Account
from techdesk.application.exchange import BadRecord, PulledOrder, PulledPart, PullPage
from techdesk.application.merge import rebase
from techdesk.application.outbox import MOVES, REPLACED, Attempt, Clash, Operation, OpState, Outcome, Verb
from techdesk.application.ports import PageEffect, StoredRecord, Urgency
from techdesk.application.queries import ListCounts, OrderFilter, OrderRow
from techdesk.domain.records import Document, RecordType
from tests.support.memory_rows import fits, row, sort_key

Key = tuple[str, RecordType, str]


@dataclass
class Tables:
    """Everything that is stored; values are frozen, so a shallow copy of each table is a copy of all."""

    records: dict[Key, StoredRecord] = field(default_factory=dict)
    row_keys: dict[Key, int] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    attempts: list[tuple[str, datetime, str, Outcome | None]] = field(default_factory=list)
    clashes: dict[str, tuple[Clash, ...]] = field(default_factory=dict)
    references: dict[tuple[str, str], list[Document]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    bad: dict[tuple[str, str], BadRecord] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)
    staged: dict[tuple[str, str], PulledOrder | None] = field(default_factory=dict)
    counter: int = 0

    def copied(self) -> Tables:
        return Tables(**{name: value if name == "counter" else value.copy() for name, value in vars(self).items()})


class MemoryView:
    """Read from the tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def order_keys(self, wanted: OrderFilter) -> array[int]:
        return array("q", [one.key for one in self._rows(wanted)])

    def first_order_rows(self, wanted: OrderFilter, limit: int) -> list[OrderRow]:
        return self._rows(wanted)[:limit]

    def order_rows(self, keys: Sequence[int]) -> list[OrderRow]:
        by_key = {one.key: one for one in self._all_rows()}
        return [by_key[key] for key in keys if key in by_key]

    def counts(self, filters: Mapping[str, OrderFilter]) -> ListCounts:
        return ListCounts({name: len(self._rows(wanted)) for name, wanted in filters.items()})

    def record(self, account_id: str, record_type: RecordType, record_id: str) -> StoredRecord | None:
        return self._tables.records.get((account_id, record_type, record_id))

    def record_by_server_id(self, account_id: str, record_type: RecordType, server_id: str) -> StoredRecord | None:
        of_type = (one for one in self._of_account(account_id) if one.record_type is record_type)
        return next((one for one in of_type if one.server_id == server_id), None)

    def orders_by_server_id(self, account_id: str, server_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        found = {one: self.record_by_server_id(account_id, RecordType.ORDER, one) for one in server_ids}
        return {server_id: record for server_id, record in found.items() if record}

    def order_server_ids(self, account_id: str) -> list[str]:
        orders = (one for one in self._of_account(account_id) if one.record_type is RecordType.ORDER)
        return sorted(one.server_id for one in orders if one.server_id)

    def parts(self, account_id: str, order_id: str, record_type: RecordType | None = None) -> list[StoredRecord]:
        parts = [one for one in self._of_order(account_id, order_id) if not one.deleted]
        parts = [one for one in parts if record_type in (None, one.record_type)]
        return sorted(parts, key=lambda one: self._tables.row_keys[_key(one)])

    def find_orders(self, text: str, account_id: str | None = None) -> list[StoredRecord]:
        hidden = self._signed_out()
        orders = (
            one for one in self._orders() if account_id in (None, one.account_id) and one.account_id not in hidden
        )
        return [one for one in orders if text in (one.record_id, one.server_id, one.view.get("service_number"))]

    def references(self, account_id: str, kind: str) -> list[Document]:
        return list(self._tables.references.get((account_id, kind), ()))

    def operation(self, op_id: str) -> Operation | None:
        return self._tables.operations.get(op_id)

    def operations(
        self,
        *,
        account_id: str | None = None,
        order_id: str | None = None,
        record_id: str | None = None,
        states: Iterable[OpState] | None = None,
    ) -> list[Operation]:
        wanted = None if states is None else frozenset(states)
        found = [
            one
            for one in self._tables.operations.values()
            if (wanted is None or one.state in wanted)
            and account_id in (None, one.account_id)
            and order_id in (None, one.order_id)
            and record_id in (None, one.record_id)
        ]
        return sorted(found, key=lambda one: (one.position, one.seq))

    def operation_ids(self, states: Iterable[OpState]) -> list[tuple[str, OpState]]:
        hidden = self._signed_out()
        return [(one.op_id, one.state) for one in self.operations(states=states) if one.account_id not in hidden]

    def settled_ids(self, state: OpState, limit: int) -> list[str]:
        known = dict(self.operation_ids([state]))
        settled = [one for one in self.operations(states=[state]) if one.reason != REPLACED and one.op_id in known]
        latest = sorted(settled, key=lambda one: (one.done_at is not None, one.done_at, one.seq), reverse=True)
        return [one.op_id for one in latest[:limit]]

    def clashes(self, op_id: str) -> list[Clash]:
        return list(self._tables.clashes.get(op_id, ()))

    def attempts(self, op_id: str) -> list[Attempt]:
        return [_attempt(at, phase, outcome) for one, at, phase, outcome in self._tables.attempts if one == op_id]

    def outbox_counts(self, account_id: str | None = None) -> Mapping[OpState, int]:
        counts = dict.fromkeys(OpState, 0)
        hidden = self._signed_out() if account_id is None else ()
        for one in self.operations(account_id=account_id):
            counts[one.state] += one.account_id not in hidden
        return counts

    def oldest_unsent(self, *, signed_out: bool = False) -> Mapping[str, datetime]:
        hidden, oldest = self._signed_out(), dict[str, datetime]()
        for one in self.operations():
            if not one.state.is_settled and (one.account_id in hidden) is signed_out:
                oldest[one.account_id] = min(oldest.get(one.account_id, one.created_at), one.created_at)
        return oldest

    def accounts(self) -> list[Account]:
        return sorted(self._tables.accounts.values(), key=lambda one: one.name.casefold())

    def cursor(self, account_id: str) -> str:
        return self._tables.cursors.get(account_id, "")

    def staged_ids(self, account_id: str) -> frozenset[str]:
        return frozenset(server_id for owner, server_id in self._tables.staged if owner == account_id)

    def note(self, name: str) -> str | None:
        return self._tables.notes.get(name)

    def _signed_out(self) -> frozenset[str]:
        return frozenset(one.account_id for one in self._tables.accounts.values() if one.signed_out)

    def _of_account(self, account_id: str) -> list[StoredRecord]:
        return [one for one in self._tables.records.values() if one.account_id == account_id]

    def _of_order(self, account_id: str, order_id: str) -> list[StoredRecord]:
        of_account = (one for one in self._of_account(account_id) if one.record_type is not RecordType.ORDER)
        return [one for one in of_account if one.order_id == order_id]

    def _orders(self) -> list[StoredRecord]:
        orders = (one for one in self._tables.records.values() if one.record_type is RecordType.ORDER)
        return [one for one in orders if not one.deleted or self._is_kept(one)]

    def _is_kept(self, order: StoredRecord) -> bool:
        removals = self.operations(account_id=order.account_id, record_id=order.record_id)
        return any(one.is_refused_removal for one in removals)

    def _all_rows(self) -> list[OrderRow]:
        return [self._row(one) for one in self._orders()]

    def _row(self, order: StoredRecord) -> OrderRow:
        pending = [one for one in self.operations(order_id=order.order_id) if not one.state.is_settled]
        return row(self._tables.row_keys[_key(order)], order, self.parts(order.account_id, order.order_id), pending)

    def _rows(self, wanted: OrderFilter) -> list[OrderRow]:
        hidden = () if wanted.account_ids else self._signed_out()
        shown = [(self._row(one), one) for one in self._orders() if one.account_id not in hidden]
        rows = [one for one, order in shown if fits(one, order, wanted)]
        return sorted(rows, key=lambda one: sort_key(one, wanted.sort_by), reverse=wanted.descending)


class MemoryTransaction(MemoryView):
    """Read and write a copy of the tables."""

    def save_record(self, record: StoredRecord) -> None:
        key = _key(record)
        before = self._tables.records.get(key)
        self._tables.row_keys.setdefault(key, len(self._tables.row_keys) + 1)
        self._tables.records[key] = replace(record, change_no=(before.change_no if before else 0) + 1)

    def remove_record(self, account_id: str, record_type: RecordType, record_id: str, heir: str = "") -> None:
        key = (account_id, record_type, record_id)
        if heir and key in self._tables.gone:
            self._tables.gone.add((account_id, record_type, heir))
        self._tables.records.pop(key, None)
        self._tables.gone.discard(key)
        if record_type is RecordType.ORDER:
            for part in self._of_order(account_id, record_id):
                self.remove_record(account_id, part.record_type, part.record_id)

    def add_operation(self, operation: Operation) -> Operation:
        assert operation.op_id not in self._tables.operations, "an operation is added once"
        self._tables.counter += 1
        seq = self._tables.counter
        stored = replace(operation, seq=seq, position=operation.position or seq)
        self._tables.operations[stored.op_id] = stored
        return stored

    def save_operation(self, operation: Operation) -> None:
        before = self._tables.operations[operation.op_id]
        assert operation.state in MOVES[before.state], f"{before.state} → {operation.state} is no move"
        assert before.request in (None, operation.request), "frozen bytes never change"
        assert operation.seq == before.seq, "a place in the outbox never changes"
        self._tables.operations[operation.op_id] = operation

    def add_attempt(self, op_id: str, at: datetime, phase: str, outcome: Outcome | None) -> None:
        self._tables.attempts.append((op_id, at, phase, outcome))

    def save_clashes(self, op_id: str, clashes: Sequence[Clash]) -> None:
        self._tables.clashes[op_id] = tuple(clashes)

    def apply_page(self, account_id: str, page: PullPage) -> PageEffect:
        before = {one.server_id: self._work_order(account_id, one.server_id) for one in page.orders}
        orders = frozenset(self._apply_order(account_id, one) for one in page.orders)
        news = {uid for uid, (known, old) in before.items() if known and old != self._work_order(account_id, uid)[1]}
        here = (self.record_by_server_id(account_id, RecordType.ORDER, uid) for uid in news)
        gone = frozenset(found for one in page.deleted if (found := self._apply_removal(account_id, one)))
        for bad in page.bad:
            self._tables.bad[account_id, bad.server_id] = bad
        self.save_cursor(account_id, page.cursor)
        changed = frozenset(one.record_id for one in here if one)
        return PageEffect(
            orders=orders | gone, list_changed=bool(orders or gone), bad=len(page.bad), work_orders=changed
        )

    def stage_page(self, account_id: str, page: PullPage) -> int:
        self._tables.staged |= {(account_id, one.server_id): one for one in page.orders}
        self._tables.staged |= {(account_id, one.server_id): None for one in page.bad}
        for one in page.deleted:
            self._tables.staged.pop((account_id, one), None)
        self._tables.bad |= {(account_id, one.server_id): one for one in page.bad}
        return len(page.bad)

    def take_staged(self, account_id: str, page: PullPage) -> PageEffect:
        orders = [one for (owner, _), one in sorted(self._tables.staged.items()) if one and owner == account_id]
        self.drop_staged(account_id)
        return self.apply_page(account_id, replace(page, orders=orders))

    def drop_staged(self, account_id: str) -> None:
        self._tables.staged = {key: one for key, one in self._tables.staged.items() if key[0] != account_id}

    def _work_order(self, account_id: str, server_id: str) -> tuple[bool, Any]:
        """Say whether an order is known, and what its base says of a work order."""
        known = self.record_by_server_id(account_id, RecordType.ORDER, server_id)
        return known is not None, (known.base or {}).get("work_order") if known else None

    def save_references(self, account_id: str, kind: str, documents: Sequence[Document]) -> None:
        self._tables.references[account_id, kind] = list(documents)

    def save_account(self, account: Account) -> None:
        self._tables.accounts[account.account_id] = account

    def remove_account(self, account_id: str) -> None:
        tables = self._tables
        tables.accounts.pop(account_id, None)
        tables.cursors.pop(account_id, None)
        tables.operations = {name: one for name, one in tables.operations.items() if one.account_id != account_id}
        tables.records = {key: one for key, one in tables.records.items() if one.account_id != account_id}
        tables.references = {key: one for key, one in tables.references.items() if key[0] != account_id}
        self.drop_staged(account_id)
        tables.notes = {name: one for name, one in tables.notes.items() if account_id not in name.split(":")}
        tables.bad = {key: one for key, one in tables.bad.items() if key[0] != account_id}

    def save_cursor(self, account_id: str, cursor: str) -> None:
        self._tables.cursors[account_id] = cursor

    def save_note(self, name: str, value: str | None) -> None:
        if value is None:
            self._tables.notes.pop(name, None)
        else:
            self._tables.notes[name] = value

    def _apply_order(self, account_id: str, pulled: PulledOrder) -> str:
        own = PulledPart(
            record_type=RecordType.ORDER,
            server_id=pulled.server_id,
            document=pulled.document,
            revision=pulled.revision,
        )
        order = replace(self._apply(account_id, own, None), raw=pulled.raw)
        self._tables.records[_key(order)] = order
        kept = {_key(self._apply(account_id, part, order.record_id)) for part in pulled.parts}
        self._tables.gone -= {_key(order), *kept}
        for part in self._of_order(account_id, order.record_id):
            if part.server_id and _key(part) not in kept:
                self._tables.gone.add(_key(part))
        return order.record_id

    def _apply(self, account_id: str, pulled: PulledPart, order_id: str | None) -> StoredRecord:
        known = self.record_by_server_id(account_id, pulled.record_type, pulled.server_id)
        record = known or StoredRecord(
            account_id=account_id,
            record_type=pulled.record_type,
            record_id=pulled.server_id,
            order_id=order_id or pulled.server_id,
            server_id=pulled.server_id,
        )
        pending = self._pending(record)
        fresh = replace(
            record,
            revision=pulled.revision,
            base=pulled.document,
            view=rebase(pulled.document, pending),
            deleted=any(one.verb is Verb.DELETE for one in pending),
        )
        self.save_record(fresh)
        return fresh

    def _apply_removal(self, account_id: str, server_id: str) -> str | None:
        known = self.record_by_server_id(account_id, RecordType.ORDER, server_id)
        if known is None:
            return None
        self._tables.gone.add(_key(known))
        return known.record_id

    def finish(self) -> None:
        """Drop what the server removed and what unsent work keeps no longer: orders, and parts of them."""
        for account_id, record_type, record_id in list(self._tables.gone):
            if record_type is RecordType.ORDER:
                work = self.operations(account_id=account_id, order_id=record_id)
            else:
                work = self.operations(account_id=account_id, record_id=record_id)
            if all(one.state.is_settled for one in work):
                self.remove_record(account_id, record_type, record_id)

    def _pending(self, record: StoredRecord) -> list[Operation]:
        found = self.operations(account_id=record.account_id, record_id=record.record_id)
        return [one for one in found if not one.state.is_settled]


class MemoryStore:
    """An order store in memory.

    Attributes:
        tables: What has been committed.
        before_commit: Called when a transaction is complete but not yet durable; raising drops it.
        after_commit: Called when it is durable; raising leaves it so.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self.before_commit: Callable[[], None] = nothing
        self.after_commit: Callable[[], None] = nothing
        self._gate = RLock()

    def read(self) -> AbstractContextManager[MemoryView]:
        return nullcontext(MemoryView(self.tables))

    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[MemoryTransaction]:
        with self._gate:
            tables = self.tables.copied()
            transaction = MemoryTransaction(tables)
            yield transaction
            transaction.finish()
            self.before_commit()
            self.tables = tables
            self.after_commit()


def _attempt(at: datetime, phase: str, outcome: Outcome | None) -> Attempt:
    if outcome is None:
        return Attempt(at=at, phase=phase)
    return Attempt(
        at=at,
        phase=phase,
        kind=outcome.kind,
        http_status=outcome.http_status,
        code=outcome.code,
        reason=outcome.reason,
    )


def _key(record: StoredRecord) -> Key:
    return (record.account_id, record.record_type, record.record_id)


def nothing() -> None:
    return None
