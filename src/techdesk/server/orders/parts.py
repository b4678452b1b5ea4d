"""Share what events, hours and items have in common: finding one, guarding it, writing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import forbidden, not_found
from techdesk.server.answers.rendering import EVENT, HOURS, ITEM, Fields, rendered
from techdesk.server.orders.rows import open_order_row, order_row
from techdesk.server.requests.revisions import check_revision, step
from techdesk.server.storage.tables import events, hours, items
from techdesk.server.storage.work import Row, Work

_FIELDS: dict[Table, Fields] = {events: EVENT, hours: HOURS, items: ITEM}
_NAMES = {events: "event", hours: "hours entry", items: "item"}


def key_of(table: Table) -> Any:
    """Return the column that holds a part's uid."""
    return next(iter(table.primary_key.columns))


def shown_part(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part's JSON object."""
    return rendered(row, _FIELDS[table])


def part_row(work: Work, table: Table, order_uid: str, uid: str) -> Row:
    """Return a part of an order of the caller's store.

    Raises:
        Problem: 404, there is no such order or part.
    """
    order_row(work, order_uid)
    row = work.row(select(table).where(key_of(table) == uid, table.c.service_order_uid == order_uid))
    if row is None:
        raise not_found(_NAMES[table])
    return row


def changeable_part(work: Work, table: Table, place: tuple[str, str], if_match: str | None) -> Row:
    """Return a part that the caller may change now.

    Args:
        work: The transaction.
        table: What kind of part.
        place: Uid of the order, uid of the part.
        if_match: The If-Match header.

    Raises:
        Problem: 404; 409 the order is closed; 403 it is another's; 412 somebody else changed it.
    """
    order_uid, uid = place
    row = part_row(work, table, order_uid, uid)
    _ensure_own(work, row)
    check_revision(if_match, row["revision"], shown_part(table, row))
    open_order_row(work, order_uid)
    return row


def add_part(work: Work, table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Write a new part down."""
    row = values | {"created_at": work.now, "last_modified_at": work.now, "revision": 1}
    work.connection.execute(insert(table).values(**row))
    return row


def change_part(work: Work, table: Table, before: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Write a part's changed values down; what changes nothing leaves revision and dates alone."""
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return dict(before)
    changed |= {"last_modified_at": work.now, "revision": before["revision"] + step()}
    if "last_modified_by" in before:
        changed["last_modified_by"] = work.caller.display_name
    key = key_of(table)
    work.connection.execute(update(table).where(key == before[key.name]).values(**changed))
    return {**before, **changed}


def remove_part(work: Work, table: Table, uid: str) -> None:
    """Delete a part."""
    work.connection.execute(delete(table).where(key_of(table) == uid))


def _ensure_own(work: Work, row: Row) -> None:
    """Let a technician change only what they recorded or did; items belong to all."""
    if "created_by_uid" not in row or work.caller.is_at_least(Role.SUPERVISOR):
        return
    if work.caller.tenant_user_uid not in (row["created_by_uid"], row["tenant_user_uid"]):
        raise forbidden("Only a supervisor changes what another recorded")
