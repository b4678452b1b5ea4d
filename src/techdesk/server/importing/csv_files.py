"""Import CSV files: each row becomes a depot repair; nothing of a row is lost.

What becomes of the columns says a mapping: `docs/backends.md`. A row is known by its provider and id. On a second run
its columns are compared with those of the first: equal rows change nothing, and of a changed row only the fields that
follow from the changed columns are written, so what people did meanwhile stays.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.vocabulary import Role
from techdesk.server.importing.bulk import BATCH, write_batch
from techdesk.server.importing.mapping import FileMapping
from techdesk.server.importing.open_repair import OPEN_REPAIR
from techdesk.server.importing.rows import (
    FollowUp,
    ImportedRow,
    RowError,
    changed_values,
    checked_row,
    followed,
    new_order,
)
from techdesk.server.orders.publishing import publish
from techdesk.server.orders.values import folded_columns
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import imported_rows, orders, service_statuses, service_types, stores
from techdesk.server.storage.work import Caller, Work

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


def import_file(
    database: Database, path: Path, now: str, *, mapping: FileMapping = OPEN_REPAIR, dry_run: bool = False
) -> Report:
    """Import the rows of a file; those with an error are left out and reported.

    Args:
        database: A database that was begun.
        path: CSV with a header; its columns stand in any order.
        now: The instant of the import.
        mapping: What the columns become.
        dry_run: Only say what would happen.

    Raises:
        NotFoundError: The file cannot be read.
        InvalidInputError: It lacks columns, or is in another encoding.
    """
    report = Report()
    try:
        with path.open(encoding=mapping.encoding, errors="surrogateescape", newline="") as file:
            rows = _good_rows(csv.DictReader(file, delimiter=mapping.delimiter), report, mapping)
            with database.read() as connection:
                follow_up = _follow_up(connection, mapping, now)
            while batch := list(islice(rows, BATCH)):
                _import_batch(database, batch, report, (follow_up, dry_run))
    except OSError as error:
        raise NotFoundError(f"The file cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise InvalidInputError(f"The file is not written in {mapping.encoding}") from error
    return report


def _good_rows(reader: csv.DictReader[str], report: Report, mapping: FileMapping) -> Iterator[ImportedRow]:
    _check_header(reader.fieldnames or (), mapping)
    seen: dict[tuple[str, str], int] = {}
    for row in _counted(reader, report):
        try:
            good = checked_row(row, mapping)
            first = seen.setdefault(good.key, report.rows)
            if first != report.rows:
                raise RowError(f"has the provider and id of row {first}")
        except RowError as error:
            report.errors.append({"row": report.rows, "message": str(error)})
        else:
            yield good


def _check_header(names: Sequence[str], mapping: FileMapping) -> None:
    if missing := [name for name in mapping.columns() if name not in names]:
        raise InvalidInputError(f"The file lacks the columns {', '.join(missing)}")
    if twice := [name for name in mapping.columns() if names.count(name) > 1]:
        raise InvalidInputError(f"The file has two columns of the name {', '.join(twice)}")


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


def _import_batch(database: Database, batch: list[ImportedRow], report: Report, how: tuple[FollowUp, bool]) -> None:
    """Import some rows in one transaction; a dry run only counts."""
    follow_up, dry_run = how
    with database.read() if dry_run else database.write() as connection:
        known = _known(connection, batch)
        new = [row for row in batch if row.key not in known]
        changed = [row for row in batch if row.key in known and known[row.key]["columns"] != row.columns]
        report.imported += len(new) + len(changed)
        report.unchanged += len(batch) - len(new) - len(changed)
        if dry_run:
            return
        write_batch(connection, [new_order(row, follow_up) for row in new])
        for row in changed:
            _change(connection, known[row.key], row, follow_up)


def _known(connection: Connection, batch: list[ImportedRow]) -> dict[tuple[str, str], Mapping[str, Any]]:
    wanted = tuple_(imported_rows.c.provider, imported_rows.c.external_id).in_([row.key for row in batch])
    found = connection.execute(select(imported_rows).where(wanted)).mappings()
    return {(row["provider"], row["external_id"]): dict(row) for row in found}


def _change(connection: Connection, before: Mapping[str, Any], row: ImportedRow, follow_up: FollowUp) -> None:
    """Write what follows from the columns that changed."""
    uid = before["service_order_uid"]
    order = connection.execute(select(orders).where(orders.c.service_order_uid == uid)).mappings().one()
    values = changed_values(dict(order), _followed_then(before, row, follow_up), followed(row, follow_up))
    after = {**order, **values}
    connection.execute(
        update(orders).where(orders.c.service_order_uid == uid).values(**values, **folded_columns(after))
    )
    kept = update(imported_rows).where(imported_rows.c.service_order_uid == uid)
    connection.execute(kept.values(columns=row.columns))
    importer = Caller("", row.provider, Role.SUPERVISOR, order["tenant_uid"])
    publish(Work(connection, importer, order["store_uid"], follow_up.now), uid)


def _followed_then(before: Mapping[str, Any], row: ImportedRow, follow_up: FollowUp) -> dict[str, Any]:
    """Return what followed from the row as it was; nothing if this mapping cannot read what another one brought."""
    try:
        return followed(replace(row, columns=before["columns"]), follow_up)
    except RowError:
        return {}


def _follow_up(connection: Connection, mapping: FileMapping, now: str) -> FollowUp:
    """Return the first store, the first depot type, and the first status of each state that a row can have."""
    store = connection.execute(select(stores).order_by(stores.c.position)).mappings().first()
    depot = select(service_types).where(service_types.c.service_kind == "repair_depot")
    statuses = select(service_statuses).order_by(service_statuses.c.position)
    service_type = connection.execute(depot.order_by(service_types.c.position)).mappings().first()
    by_state: dict[str, Mapping[str, Any]] = {}
    for status in connection.execute(statuses).mappings():
        by_state.setdefault(status["service_state"], dict(status))
    if store is None or service_type is None:
        raise InvalidInputError("The database has no store or no depot type")
    if missing := sorted(mapping.states() - by_state.keys()):
        raise InvalidInputError(f"The database has no status for {', '.join(missing)}")
    return FollowUp(mapping, dict(store), dict(service_type), by_state, now)
