"""Say what a store holds, and whether it holds together: no damage, cache and outbox agree, only known moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from techdesk.application.merge import rebase
from techdesk.application.outbox import MOVES, Operation, Verb
from techdesk.domain.documents import RecordType, compact
from techdesk.store.names import Names
from techdesk.store.order_columns import ROW_COLUMNS
from techdesk.store.rows import OPERATION_COLUMNS, RECORD_COLUMNS, TYPE_NUMBER, RecordRow, operation_of

_NOT_CONTENT = {"lease"}
"""Who writes now is not what is written: it changes with each opening."""


def content_of(connection: apsw.Connection) -> int:
    """Return a number that stands for every row of every table."""
    named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    tables = [name for (name,) in named if name not in _NOT_CONTENT and not name.startswith("sqlite_stat")]
    return hash(tuple((name, *connection.execute(f"SELECT * FROM {name}")) for name in tables))


def damage_of(connection: apsw.Connection) -> str:
    """Return what SQLite's own check finds, or empty text."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    return "" if found == ["ok"] else "; ".join(found)


def disagreements(connection: apsw.Connection) -> Iterator[str]:
    """Yield where the cache and the outbox do not fit each other."""
    names = Names(connection)
    operations = [
        operation_of(row, names.name)
        for row in connection.execute(f"SELECT seq, {OPERATION_COLUMNS} FROM operations ORDER BY position, seq")
    ]
    unsettled = [one for one in operations if not one.state.is_settled]
    rows = [RecordRow(*row) for row in connection.execute(f"SELECT {RECORD_COLUMNS} FROM records")]
    yield from _views(rows, unsettled, names)
    yield from _without_record(rows, unsettled)
    yield from _list(connection, rows, unsettled)
    moves = {(str(before), str(after)) for before, allowed in MOVES.items() for after in allowed}
    if set(connection.execute("SELECT before, after FROM moves")) != moves:
        yield "the table of moves is not the program's"
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        yield "a foreign key points nowhere"


def _views(rows: list[RecordRow], unsettled: list[Operation], names: Names) -> Iterator[str]:
    for row in rows:
        record = row.record(names.name(row.account_no))
        own = [one for one in unsettled if one.record_id == row.record_id and _type(one) == row.record_type]
        wanted: dict[str, Any] = rebase(record.base, own)
        if not record.deleted and compact(record.view) != compact(wanted):
            yield f"{row.record_id} shows {record.view}, base and intents say {wanted}"
        if record.deleted != any(one.verb is Verb.DELETE for one in own):
            yield f"{row.record_id} is hidden without a removal, or shown with one"


def _without_record(rows: list[RecordRow], unsettled: list[Operation]) -> Iterator[str]:
    known = {(row.record_type, row.record_id) for row in rows}
    yield from (f"{one.op_id} has no record" for one in unsettled if (_type(one), one.record_id) not in known)


def _list(connection: apsw.Connection, rows: list[RecordRow], unsettled: list[Operation]) -> Iterator[str]:
    rows_shown = connection.execute(f"SELECT {ROW_COLUMNS} FROM orders")
    listed = {order_id: unsent for _, _, order_id, *_, unsent in rows_shown}
    shown = {row.record_id for row in rows if row.record_type == TYPE_NUMBER[RecordType.ORDER] and not row.deleted}
    if listed.keys() != shown:
        yield f"the list shows {sorted(listed)}, the records say {sorted(shown)}"
    counted = {order_id: sum(one.order_id == order_id for one in unsettled) for order_id in listed}
    if counted != listed:
        yield f"the list counts unsent work as {listed}, the outbox as {counted}"


def _type(operation: Operation) -> int:
    return TYPE_NUMBER[operation.record_type]
