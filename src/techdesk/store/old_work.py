"""Read the unsent work of a store that is not open, also of one that an older or a newer TechDesk wrote.

A column that its version did not have yet reads as NULL. What only a newer version understands is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
from typing_extensions import override

from techdesk.application.accounts import Account
from techdesk.application.outbox import Attempt, Clash, Operation, OpState
from techdesk.application.ports import StoredRecord
from techdesk.domain.documents import RecordType
from techdesk.store.border import translated
from techdesk.store.database import Database
from techdesk.store.migrations import MIGRATIONS, version_of
from techdesk.store.names import Names
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

_ATTEMPT_COLUMNS = "at, phase, outcome, http_status, code, reason"
_CLASH_COLUMNS = "field, base, mine, theirs, choice"
_STRANGE = (ValueError, TypeError, KeyError, IndexError, apsw.SQLError)
"""What making sense of a row of another version can end in."""

_Made = TypeVar("_Made")


@contextmanager
def stored_work(path: Path, key: bytes, *, only_older: bool = False) -> Iterator[OldWork | None]:
    """Look into a store; None where there is none, or no outbox in it.

    Args:
        path: The file.
        key: 32 random bytes.
        only_older: None also where the store need not be brought up to date.

    Raises:
        StoreError: The file cannot be read.
    """
    if not path.exists() or not path.stat().st_size:
        yield None
        return
    with translated(), closing(Database(path, key).reader()) as connection:
        version = int(connection.pragma("user_version"))
        if version > len(MIGRATIONS) and not only_older:
            yield NewerWork(connection)
            return
        is_meant = not only_older or version < len(MIGRATIONS)
        yield OldWork(connection) if is_meant and _has(connection, "operations") else None


class OldWork:
    """What rescuing work reads (`application.rescue.WorkView`), over one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Keep what is read from."""
        self._connection = connection
        self._names = Names(connection)

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        return self._each(self._rows("accounts", "document", "1 ORDER BY name_key"), lambda row: account_of(row[0]))

    def operation(self, op_id: str) -> Operation | None:
        """Return an operation."""
        found = self._operations("op_id = ?", op_id)
        return found[0] if found else None

    def operations(self, *, states: Iterable[OpState] | None = None) -> list[Operation]:
        """Return operations by position; all states unless some are named."""
        wanted = [str(one) for one in (OpState if states is None else states)]
        return self._operations(f"state IN ({', '.join('?' * len(wanted))})", *wanted)

    def attempts(self, op_id: str) -> list[Attempt]:
        """Return the audit of an operation, oldest first."""
        rows = self._rows("attempts", _ATTEMPT_COLUMNS, "op_id = ? ORDER BY attempt_no", op_id)
        return self._each(rows, attempt_of)

    def clashes(self, op_id: str) -> list[Clash]:
        """Return the fields in conflict of an operation."""
        rows = self._rows("clashes", _CLASH_COLUMNS, "op_id = ? ORDER BY field", op_id)
        return self._each(rows, partial(clash_of, op_id))

    def record(self, account_id: str, record_type: RecordType, record_id: str) -> StoredRecord | None:
        """Return a record by our id."""
        test = "account_no = ? AND record_type = ? AND record_id = ?"
        values = (self._names.number(account_id), TYPE_NUMBER[record_type], record_id)
        rows = self._rows("records", RECORD_COLUMNS, test, *values)
        found = self._each(rows, lambda row: RecordRow(*row).record(account_id))
        return found[0] if found else None

    def _operations(self, test: str, *values: Any) -> list[Operation]:
        rows = self._rows("operations", f"seq, {OPERATION_COLUMNS}", f"{test} ORDER BY position, seq", *values)
        return self._each(rows, lambda row: operation_of(row, self._names.name))

    def _each(self, rows: Iterable[Sequence[Any]], make: Callable[[Sequence[Any]], _Made]) -> list[_Made]:
        """Return what is made of each row."""
        return [make(row) for row in rows]

    def _rows(self, table: str, columns: str, test: str, *values: Any) -> list[tuple[Any, ...]]:
        present = _has(self._connection, table)
        read = ", ".join(one if one in present else f"NULL AS {one}" for one in columns.split(", "))
        return list(self._connection.execute(f"SELECT {read} FROM {table} WHERE {test}", values))


class NewerWork(OldWork):
    """The same of a store that a newer TechDesk wrote; a row that this one does not understand is passed over."""

    @property
    def version(self) -> str:
        """Return the version of the TechDesk that opens the store; empty where it does not tell."""
        return version_of(self._connection)

    def unsent(self, account_id: str | None = None) -> int | None:
        """Return how many changes are not settled, understood or not; None where this program cannot tell."""
        settled = ", ".join(f"'{one}'" for one in OpState if one.is_settled)
        count = f"SELECT count(*) FROM operations WHERE state NOT IN ({settled})"
        try:
            if account_id is None:
                return int(str(self._connection.execute(count).get))
            one_account = (self._names.number(account_id),)
            return int(str(self._connection.execute(f"{count} AND account_no = ?", one_account).get))
        except apsw.SQLError:
            return None

    @override
    def _each(self, rows: Iterable[Sequence[Any]], make: Callable[[Sequence[Any]], _Made]) -> list[_Made]:
        made: list[_Made] = []
        for row in rows:
            with suppress(*_STRANGE):
                made.append(make(row))
        return made

    @override
    def _rows(self, table: str, columns: str, test: str, *values: Any) -> list[tuple[Any, ...]]:
        with suppress(apsw.SQLError):  # the table or what it is asked for is called otherwise
            return super()._rows(table, columns, test, *values)
        return []


def _has(connection: apsw.Connection, table: str) -> set[str]:
    """Return the columns of a table, none where there is no such table."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
