"""Check that a database is whole: its file, its references, and that what is shown follows from what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, select

from techdesk.server.answers.rendering import order_object, parts_members, to_json
from techdesk.server.orders.sales_rows import sales_of
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import change_feed, counters, events, hours, items, notifications, orders

_BATCH = 500
_MOST_TOLD = 100


def problems_of(database: Database) -> tuple[int, list[str]]:
    """Return how many orders there are and what is wrong, in words; at most a hundred things are told."""
    found: list[str] = []
    with database.read() as connection:
        if database.is_sqlite:
            found.extend(_problems_of_file(connection))
        found.extend(_problems_of_numbers(connection))
        for problem in _problems_of_orders(connection):
            if len(found) >= _MOST_TOLD:
                break
            found.append(problem)
        count = connection.execute(select(func.count()).select_from(orders)).scalar_one()
    return count, found


def _problems_of_file(connection: Connection) -> Iterator[str]:
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield f"file: {line}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{row[0]}: row {row[1]} refers to nothing in {row[2]}"


def _problems_of_numbers(connection: Connection) -> Iterator[str]:
    counter = connection.execute(select(counters)).mappings().one()
    last = connection.execute(select(func.max(change_feed.c.change_number))).scalar() or 0
    if last > counter["change_number"]:
        yield f"change feed: number {last} was never given out"
    last_id = connection.execute(select(func.max(orders.c.service_order_id))).scalar() or 0
    if last_id > counter["service_order_id"]:
        yield f"orders: id {last_id} was never given out"


def _problems_of_orders(connection: Connection) -> Iterator[str]:
    """Compare each order's published JSON with what its rows say."""
    after = ""
    while batch := _orders_after(connection, after):
        uids = [order["service_order_uid"] for order in batch]
        parts = {table: _parts_of(connection, table, uids) for table in (items, events, hours, notifications)}
        bills = sales_of(connection, uids)
        for order in batch:
            uid = order["service_order_uid"]
            worked = parts[hours].get(uid, [])
            shown = order_object(order, parts[items].get(uid, []), worked)
            told = parts[notifications].get(uid, [])
            gathered = parts_members(parts[events].get(uid, []), worked, told, bills.get(uid, []))
            if order["document"] is None:
                yield f"order {uid}: missing in the change feed"
            elif _object(order["document"]) != _object(to_json(shown)):
                yield f"order {uid}: shown otherwise than kept"
            elif _object(f"{{{order['parts']}}}") != _object(to_json(gathered)):
                yield f"order {uid}: its parts are shown otherwise than kept"
        after = uids[-1]


def _orders_after(connection: Connection, uid: str) -> list[Any]:
    query = (
        select(orders, change_feed.c.document, change_feed.c.parts)
        .outerjoin(change_feed, change_feed.c.service_order_uid == orders.c.service_order_uid)
        .where(orders.c.service_order_uid > uid)
        .order_by(orders.c.service_order_uid)
        .limit(_BATCH)
    )
    return list(connection.execute(query).mappings())


def _parts_of(connection: Connection, table: Table, uids: list[str]) -> dict[str, list[Any]]:
    key = next(iter(table.primary_key.columns))
    query = select(table).where(table.c.service_order_uid.in_(uids)).order_by(table.c.created_at, key)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["service_order_uid"], []).append(row)
    return found


def _object(text: str) -> Any:
    return json.loads(text)
