"""Make the sample: its people and stores once, then orders as a stream, so that a million fit in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.administration.beginnings import tenant_uid
from techdesk.server.administration.users import add_user
from techdesk.server.importing.bulk import NewOrder, write_orders
from techdesk.server.sample.cases import Workplace
from techdesk.server.sample.catalogue import DEVICES
from techdesk.server.sample.orders import OrderMaker
from techdesk.server.sample.people import STORES, TEAM
from techdesk.server.sample.rooms import add_rooms
from techdesk.server.storage.database import Database
from techdesk.server.storage.folding import folded
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import (
    hourly_rates,
    orders,
    products,
    service_statuses,
    service_types,
    stores,
    users,
    warehouses,
)

_SEED = 20_260_101


def make_sample(database: Database, count: int, now: datetime) -> int:
    """Make `count` orders where there are none, and the people, stores and parts they speak of.

    Args:
        database: A database that was begun.
        count: How many orders.
        now: Dates lie around this instant, so that there is something to do today. The same instant makes
            the same orders; only the uids of people and choices differ, and the hashes of public pages, which
            nobody may foretell.

    Returns:
        How many were made: 0 where orders exist already.
    """
    with database.write() as connection:
        if connection.execute(select(func.count()).select_from(orders)).scalar_one():
            return 0
        if not connection.execute(select(users.c.name).where(users.c.name == TEAM[0][0])).first():
            _add_surroundings(connection, instant_text(now))
        workplace = _workplace(connection)
    maker = OrderMaker(workplace, count, now, Random(_SEED))  # noqa: S311 - lifelike, not secret
    made = write_orders(database, _stream(maker, count))
    add_rooms(database)
    return made


def _stream(maker: OrderMaker, count: int) -> Iterator[NewOrder]:
    for number in range(count):
        yield maker.order(number)


def _add_surroundings(connection: Connection, now: str) -> None:
    tenant = tenant_uid(connection)
    for name, role in TEAM:
        add_user(connection, name, role, now)
    rows = [
        {
            "store_uid": new_uid(),
            "tenant_uid": tenant,
            "name": name,
            "currency": currency,
            "time_zone": zone,
            "position": place,
        }
        for place, (name, currency, zone) in enumerate(STORES, 2)
    ]
    connection.execute(insert(stores), rows)
    shelf = {"warehouse_uid": new_uid(), "tenant_uid": tenant, "store_uid": None, "name": "Parts store"}
    van = {"warehouse_uid": new_uid(), "tenant_uid": tenant, "store_uid": None, "name": "Van stock"}
    connection.execute(insert(warehouses), [shelf | {"active": True}, van | {"active": True}])
    onsite = {"hourly_rate_uid": new_uid(), "tenant_uid": tenant, "name": "Onsite hour", "price": Decimal(84)}
    connection.execute(insert(hourly_rates).values(**onsite, product_uid=None, active=True))
    connection.execute(insert(products), _products(str(tenant)))


def _products(tenant: str) -> list[dict[str, Any]]:
    parts = [fault for device in DEVICES for fault in device.faults if fault.part]
    return [
        {
            "product_uid": new_uid(),
            "tenant_uid": tenant,
            "name": fault.part,
            "sku": f"P-{1000 + place}",
            "price": Decimal(fault.price),
            "cost_price": (Decimal(fault.price) * Decimal("0.6")).quantize(Decimal("0.01")),
            "active": True,
            "folded_text": folded(f"{fault.part}\nP-{1000 + place}"),
        }
        for place, fault in enumerate(parts)
    ]


def _workplace(connection: Connection) -> Workplace:
    def rows(table: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in connection.execute(select(table)).mappings()]

    team = {name for name, _ in TEAM}
    return Workplace(
        tenant_uid=str(tenant_uid(connection)),
        store_uids=[row["store_uid"] for row in sorted(rows(stores), key=lambda row: row["position"])],
        types={ServiceKind(row["service_kind"]): row for row in rows(service_types)},
        statuses={row["name"]: row for row in rows(service_statuses)},
        technicians=[row for row in rows(users) if row["name"] in team and row["role"] == "technician"],
        rates={row["name"]: row for row in rows(hourly_rates)},
        products={row["name"]: row for row in rows(products)},
        warehouse_uid=rows(warehouses)[0]["warehouse_uid"],
    )
