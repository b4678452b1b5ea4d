"""Import Open Repair Data files: each row becomes a depot repair; nothing of a row is lost.

What becomes of the columns: `docs/backends.md`. A row is known by its provider and id. On a second run its columns are
compared with those of the first: equal rows change nothing, and of a changed row only the fields that follow from the
changed columns are written, so what people did meanwhile stays.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.orders import Role
from techdesk.server.bulk import BATCH, write_batch
from techdesk.server.database import Database
from techdesk.server.open_repair_rows import COLUMNS, FollowUp, RowError, checked_row, followed, new_order
from techdesk.server.order_values import folded_columns
from techdesk.server.publishing import publish
from techdesk.server.tables import imported_rows, orders, service_statuses, service_types, stores
from techdesk.server.work import Caller, Work

# as large as a request's body may be: longer than any real field, and an end to a file that never closes a quote
csv.field_size_limit(1_048_576)


@dataclass(slots=True)
class Report:
    """What an import did.

    Attributes:
        rows: Rows of data in the file.
        imported: How many were new or changed.
        unchanged: How many were there already.
        errors: `row` (from 1, the header not counted) and `message` of each row that was left out.
    """

    rows: int = 0
    imported: int = 0
    unchanged: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)


def import_file(database: Database, path: Path, now: str, *, dry_run: bool = False) -> Report:
    """Import the rows of a file; those with an error are left out and reported.

    Args:
        database: A database that was begun.
        path: CSV with the columns of Open Repair Data, in any order, UTF-8.
        now: The instant of the import.
        dry_run: Only say what would happen.

    Raises:
        NotFoundError: The file cannot be read.
        InvalidInputError: It lacks columns.
    """
    report = Report()
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            rows = _good_rows(csv.DictReader(file), report)
            while batch := list(islice(rows, BATCH)):
                _import_batch(database, batch, report, now if not dry_run else "")
    except OSError as error:
        raise NotFoundError(f"The file cannot be read: {error.strerror}") from error
    return report


def _good_rows(reader: csv.DictReader[str], report: Report) -> Iterator[dict[str, str]]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInputError(f"The file lacks the columns {', '.join(missing)}")
    seen: dict[tuple[str, str], int] = {}
    for row in _counted(reader, report):
        try:
            good = checked_row(row)
            first = seen.setdefault((good["data_provider"], good["id"]), report.rows)
            if first != report.rows:
                raise RowError(f"has the provider and id of row {first}")
        except RowError as error:
            report.errors.append({"row": report.rows, "message": str(error)})
        else:
            yield good


def _counted(reader: csv.DictReader[str], report: Report) -> Iterator[dict[Any, Any]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report.rows += 1
            report.errors.append({"row": report.rows, "message": f"cannot be read: {error}"})
            continue
        report.rows += 1
        yield row


def _import_batch(database: Database, batch: list[dict[str, str]], report: Report, now: str) -> None:
    """Import some rows in one transaction; without `now` only count."""
    with database.write() if now else database.read() as connection:
        known = _known(connection, batch)
        new = [row for row in batch if _key(row) not in known]
        changed = [row for row in batch if _key(row) in known and known[_key(row)]["columns"] != row]
        report.imported += len(new) + len(changed)
        report.unchanged += len(batch) - len(new) - len(changed)
        if not now:
            return
        follow_up = _follow_up(connection)
        write_batch(connection, [new_order(row, follow_up, now) for row in new])
        for row in changed:
            _change(connection, known[_key(row)], row, (follow_up, now))


def _known(connection: Connection, batch: list[dict[str, str]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    wanted = tuple_(imported_rows.c.provider, imported_rows.c.external_id).in_([_key(row) for row in batch])
    found = connection.execute(select(imported_rows).where(wanted)).mappings()
    return {(row["provider"], row["external_id"]): dict(row) for row in found}


def _key(row: Mapping[str, str]) -> tuple[str, str]:
    return row["data_provider"], row["id"]


def _change(connection: Connection, before: Mapping[str, Any], row: dict[str, str], how: tuple[FollowUp, str]) -> None:
    """Write what follows from the columns that changed."""
    follow_up, now = how
    uid = before["service_order_uid"]
    then = followed(before["columns"], follow_up)
    values = {name: value for name, value in followed(row, follow_up).items() if then[name] != value}
    order = connection.execute(select(orders).where(orders.c.service_order_uid == uid)).mappings().one()
    after = {**order, **values}
    connection.execute(
        update(orders).where(orders.c.service_order_uid == uid).values(**values, **folded_columns(after))
    )
    connection.execute(update(imported_rows).where(imported_rows.c.service_order_uid == uid).values(columns=row))
    importer = Caller("", row["data_provider"], Role.SUPERVISOR, order["tenant_uid"])
    publish(Work(connection, importer, order["store_uid"], now), uid)


def _follow_up(connection: Connection) -> FollowUp:
    """Return the first store, the first depot type, and the first statuses of new and of closed orders."""
    store = connection.execute(select(stores).order_by(stores.c.position)).mappings().first()
    depot = select(service_types).where(service_types.c.service_kind == "repair_depot")
    statuses = select(service_statuses).order_by(service_statuses.c.position)
    service_type = connection.execute(depot.order_by(service_types.c.position)).mappings().first()
    by_state: dict[str, Mapping[str, Any]] = {}
    for status in connection.execute(statuses).mappings():
        by_state.setdefault(status["service_state"], dict(status))
    if store is None or service_type is None or not {"NOT_STARTED", "CLOSED"} <= by_state.keys():
        raise InvalidInputError("The database has no depot type, or no status for new and closed orders")
    return FollowUp(dict(store), dict(service_type), by_state["NOT_STARTED"], by_state["CLOSED"])
