"""Fill an empty database with what a team needs to begin: a store, types, statuses, a rate and an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.server.administration.users import add_token, add_user, user_uid
from techdesk.server.storage.database import Database
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import hourly_rates, service_statuses, service_types, stores, tenants, tokens

ADMIN = "admin"

TYPES = (
    ("Depot repair", ServiceKind.DEPOT),
    ("Onsite repair", ServiceKind.ONSITE),
    ("Other service", ServiceKind.OTHER),
)

STATUSES = (
    ("New", ServiceState.NOT_STARTED, "#64748b", False),
    ("In diagnosis", ServiceState.IN_PROGRESS, "#0284c7", False),
    ("In repair", ServiceState.IN_PROGRESS, "#2563eb", False),
    ("Waiting for parts", ServiceState.ON_HOLD, "#b45309", False),
    ("Waiting for customer", ServiceState.ON_HOLD, "#c2410c", False),
    ("Ready for pickup", ServiceState.FINISHED, "#15803d", True),
    ("Closed", ServiceState.CLOSED, "#475569", False),
    ("Cancelled", ServiceState.CANCELLED, "#991b1b", False),
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an empty database was given: the one tenant and its first store."""

    tenant_uid: str
    store_uid: str


def tenant_uid(connection: Connection) -> str | None:
    """Return the tenant of a database, or None where it is empty."""
    return connection.execute(select(tenants.c.tenant_uid)).scalar()


def begin(database: Database, now: str) -> Beginning | None:
    """Fill an empty database; None where somebody began already."""
    with database.write() as connection:
        if tenant_uid(connection):
            return None
        tenant, store = new_uid(), new_uid()
        connection.execute(insert(tenants).values(tenant_uid=tenant, name="TechDesk"))
        depot = {"name": "Main depot", "currency": "EUR", "time_zone": "Europe/Berlin", "position": 1}
        connection.execute(insert(stores).values(store_uid=store, tenant_uid=tenant, **depot))
        _add_choices(connection, tenant)
        add_user(connection, ADMIN, Role.ADMIN, now)
        return Beginning(tenant, store)


def first_admin_token(database: Database, now: str) -> str | None:
    """Return a token for the administrator, who never had one; None where they had."""
    with database.write() as connection:
        admin = user_uid(connection, ADMIN)
        had = select(tokens.c.token_uid).where(tokens.c.tenant_user_uid == admin)
        return None if connection.execute(had).first() else add_token(connection, admin, now).token


def _add_choices(connection: Connection, tenant: str) -> None:
    types = [
        {
            "service_type_uid": new_uid(),
            "tenant_uid": tenant,
            "name": name,
            "service_kind": kind.value,
            "position": place,
            "active": True,
        }
        for place, (name, kind) in enumerate(TYPES, 1)
    ]
    statuses = [
        {
            "service_status_uid": new_uid(),
            "tenant_uid": tenant,
            "name": name,
            "service_state": state.value,
            "position": place,
            "color": color,
            "notify_customer": notifies,
            "active": True,
        }
        for place, (name, state, color, notifies) in enumerate(STATUSES, 1)
    ]
    rate = {"hourly_rate_uid": new_uid(), "tenant_uid": tenant, "name": "Workshop hour", "price": Decimal(68)}
    connection.execute(insert(service_types), types)
    connection.execute(insert(service_statuses), statuses)
    connection.execute(insert(hourly_rates).values(**rate, product_uid=None, active=True))
