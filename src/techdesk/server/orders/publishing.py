"""Publish an order: the one place where its JSON, its revision and its place in the change feed are made.

Every write of an order or of a part ends here, inside its transaction. The revision counts what GET shows, so it stays
where only an event came in; the change number counts everything. What changed nothing publishes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from techdesk.server.answers.rendering import order_object, parts_members, to_json
from techdesk.server.orders.sales_rows import sales_of
from techdesk.server.requests.revisions import step
from techdesk.server.storage.tables import change_feed, counters, events, hours, items, notifications, orders
from techdesk.server.storage.work import Row, Work

_FOLLOWS = ("revision", "lastModifiedAt", "lastModifiedBy")
"""Members that follow from a change, so they do not make one."""


@dataclass(frozen=True, slots=True)
class Published:
    """An order's JSON as GET shows it, and its revision."""

    document: str
    revision: int


def publish(work: Work, order_uid: str, *, is_touched: bool = False) -> Published:
    """Bring an order's JSON, totals, revision and place in the feed up to date with its rows.

    Args:
        work: The transaction.
        order_uid: Which order.
        is_touched: Something was changed that only another dialect shows, so the revision counts on.
    """
    order = work.rows(select(orders).where(orders.c.service_order_uid == order_uid))[0]
    worked = parts_of(work, hours, order_uid)
    shown = order_object(order, parts_of(work, items, order_uid), worked)
    told = parts_of(work, notifications, order_uid)
    billed = sales_of(work.connection, [order_uid]).get(order_uid, [])
    gathered = parts_members(parts_of(work, events, order_uid), worked, told, billed)
    parts = to_json(gathered)[1:-1]
    before = work.row(select(change_feed).where(change_feed.c.service_order_uid == order_uid))
    if before and not is_touched and _stable(json.loads(before["document"])) == _stable(shown):
        if before["parts"] != parts:
            _enter(work, order_uid, before["document"], parts)
        return Published(before["document"], order["revision"])
    stamp = _stamp(work, order)
    document = to_json(shown | {"revision": stamp["revision"], **_shown_stamp(stamp)})
    _enter(work, order_uid, document, parts)
    return Published(document, stamp["revision"])


def withdraw(work: Work, order_uid: str) -> None:
    """Tell the feed that an order was deleted."""
    _enter(work, order_uid, None, None)


def next_change_numbers(work: Work, count: int = 1) -> int:
    """Take `count` change numbers in a row and return the last."""
    taken = update(counters).values(change_number=counters.c.change_number + count)
    return int(work.connection.execute(taken.returning(counters.c.change_number)).scalar_one())


def parts_of(work: Work, table: Table, order_uid: str) -> list[Row]:
    """Return an order's rows in one of the tables of parts, in the order in which they were made."""
    key = next(iter(table.primary_key.columns))
    return work.rows(select(table).where(table.c.service_order_uid == order_uid).order_by(table.c.created_at, key))


def _stable(document: Mapping[str, Any]) -> str:
    return to_json({name: value for name, value in document.items() if name not in _FOLLOWS})


def _stamp(work: Work, order: Mapping[str, Any]) -> dict[str, Any]:
    """Count the revision on and say who changed the order; a new order keeps what its maker wrote there."""
    stamp = {"revision": order["revision"] + step() if order["revision"] else 1}
    if order["revision"]:
        stamp |= {"last_modified_at": work.now, "last_modified_by": work.caller.display_name}
    which = orders.c.service_order_uid == order["service_order_uid"]
    work.connection.execute(update(orders).where(which).values(**stamp))
    return stamp


def _shown_stamp(stamp: Mapping[str, Any]) -> dict[str, Any]:
    if "last_modified_at" not in stamp:
        return {}
    return {"lastModifiedAt": stamp["last_modified_at"], "lastModifiedBy": stamp["last_modified_by"]}


def _enter(work: Work, order_uid: str, document: str | None, parts: str | None) -> None:
    work.connection.execute(delete(change_feed).where(change_feed.c.service_order_uid == order_uid))
    entry = {
        "change_number": next_change_numbers(work),
        "store_uid": work.store_uid,
        "service_order_uid": order_uid,
        "document": document,
        "parts": parts,
    }
    work.connection.execute(insert(change_feed).values(**entry))
