"""Carry the new name of a status, type or person into all their orders and the feed, in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update

from techdesk.server.answers.rendering import ORDER, to_json
from techdesk.server.orders.publishing import next_change_numbers
from techdesk.server.requests.revisions import step
from techdesk.server.storage.tables import change_feed, orders
from techdesk.server.storage.work import Row, Work

_BATCH = 500
_WIRE = dict(ORDER)


def rewrite_orders(
    work: Work, which: ColumnElement[bool], values: Mapping[str, Any], *, also: Sequence[str] = ()
) -> int:
    """Set columns of many orders and show them so; returns how many orders there are.

    It costs one pass over the orders, where publishing each alone would read every part of every order again.

    Args:
        work: The transaction.
        which: The orders, by a column that `values` leaves alone.
        values: Columns of `orders`, as plain values.
        also: Columns that the caller has changed already and that must be shown.
    """
    stamp = {"last_modified_at": work.now, "last_modified_by": work.caller.display_name}
    changed = {**values, **stamp, "revision": orders.c.revision + step()}
    work.connection.execute(update(orders).where(which).values(**changed))
    shown = [orders.c[name] for name in (*values, *also, *stamp, "revision") if name in _WIRE]
    count = 0
    for batch in _batches(work, which, shown):
        last = next_change_numbers(work, len(batch))
        entries = [
            {"uid": row["service_order_uid"], "number": last - place, "json": _patched(row)}
            for place, row in enumerate(reversed(batch))
        ]
        entry = update(change_feed).where(change_feed.c.service_order_uid == bindparam("uid"))
        entry = entry.values(change_number=bindparam("number"), document=bindparam("json"))
        work.connection.execute(entry, entries)
        count += len(batch)
    return count


def _batches(work: Work, which: ColumnElement[bool], shown: Sequence[ColumnElement[Any]]) -> Iterator[list[Row]]:
    after = ""
    while True:
        query = (
            select(orders.c.service_order_uid, change_feed.c.document, *shown)
            .join(change_feed, change_feed.c.service_order_uid == orders.c.service_order_uid)
            .where(which, orders.c.service_order_uid > after)
            .order_by(orders.c.service_order_uid)
            .limit(_BATCH)
        )
        batch = work.rows(query)
        if not batch:
            return
        yield batch
        after = batch[-1]["service_order_uid"]


def _patched(row: Row) -> str:
    document = json.loads(row["document"])
    for name, value in row.items():
        if name not in ("service_order_uid", "document"):
            document[_WIRE[name]] = value
    return to_json(document)
