"""Answer operations 25, 27 and 30, what is there to choose from, who the caller is and what this server can do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from sqlalchemy import Select, Table, case, select

import techdesk
from techdesk.domain.events import EVENT_KINDS
from techdesk.domain.vocabulary import ServiceState
from techdesk.server.answers.rendering import (
    PRODUCT,
    RATE,
    STATUS,
    STORE,
    TYPE,
    USER,
    WAREHOUSE,
    Fields,
    rendered,
    to_json,
)
from techdesk.server.flow_retail.paths import TENANT, AnyCall, TenantCall, router
from techdesk.server.requests.idempotency import KEPT_DAYS
from techdesk.server.requests.listing import MAX_PAGE_SIZE, Paged, PagedAndSorted, PageRequest, Sorts, envelope, page_of
from techdesk.server.requests.reading import MAX_BODY_BYTES
from techdesk.server.storage.folding import folded
from techdesk.server.storage.tables import (
    hourly_rates,
    products,
    service_statuses,
    service_types,
    stores,
    users,
    warehouses,
)
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import (
    Capabilities,
    HourlyRate,
    Me,
    Page,
    Product,
    ServiceStatus,
    ServiceType,
    User,
    Warehouse,
)

routes = router("Tenant")

_TYPE_SORTS: Sorts = {
    "serviceTypeUid": service_types.c.service_type_uid,
    "name": service_types.c.name,
    "position": service_types.c.position,
    "serviceKind": service_types.c.service_kind,
}
_STATUS_SORTS: Sorts = {
    "serviceStatusUid": service_statuses.c.service_status_uid,
    "name": service_statuses.c.name,
    "position": service_statuses.c.position,
    "serviceState": case(
        {one.value: rank for rank, one in enumerate(ServiceState)}, value=service_statuses.c.service_state
    ),
}
_RATE_ORDER: Sorts = {"hourlyRateUid": hourly_rates.c.hourly_rate_uid}
_USER_ORDER: Sorts = {"tenantUserUid": users.c.tenant_user_uid, "displayName": users.c.display_name}
_WAREHOUSE_ORDER: Sorts = {"warehouseUid": warehouses.c.warehouse_uid, "name": warehouses.c.name}
_PRODUCT_ORDER: Sorts = {"productUid": products.c.product_uid, "name": products.c.name}


@routes.get("/v2/capabilities", response_model=Capabilities)
def get_capabilities(call: AnyCall) -> Response:
    """Say what this server adds to the dialect."""
    capabilities = Capabilities(
        server="TechDesk",
        version=techdesk.__version__,
        idempotency_keys=True,
        idempotency_key_days=KEPT_DAYS,
        etags=True,
        changes=True,
        acceptance=True,
        sales_orders=True,
        administration=True,
        sends_email=call.server.sends_email,
        max_page_size=MAX_PAGE_SIZE,
        max_body_bytes=MAX_BODY_BYTES,
        event_kinds=tuple(EVENT_KINDS),
    )
    return call.read(lambda _: capabilities.model_dump_json(by_alias=True))


@routes.get("/v2/me", response_model=Me)
def get_me(call: AnyCall) -> Response:
    """Say who the token belongs to and where they may work: every store of the tenant."""
    return call.read(_me)


@routes.get(f"{TENANT}/serviceorders/types", response_model=Page[ServiceType])
def list_types(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the service types."""
    return call.read(lambda work: _listed(work, service_types, TYPE, (_TYPE_SORTS, page)))


@routes.get(f"{TENANT}/serviceorders/statuses", response_model=Page[ServiceStatus])
def list_statuses(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the statuses."""
    return call.read(lambda work: _listed(work, service_statuses, STATUS, (_STATUS_SORTS, page)))


@routes.get(f"{TENANT}/serviceorders/hourlyrates", response_model=Page[HourlyRate])
def list_rates(call: TenantCall, page: Paged) -> Response:
    """List the hourly rates; this list knows no sorting."""
    return call.read(lambda work: _listed(work, hourly_rates, RATE, (_RATE_ORDER, page)))


@routes.get(f"{TENANT}/users", response_model=Page[User])
def list_users(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the people of the tenant."""
    return call.read(lambda work: _listed(work, users, USER, (_USER_ORDER, page)))


@routes.get(f"{TENANT}/warehouses", response_model=Page[Warehouse])
def list_warehouses(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the warehouses."""
    return call.read(lambda work: _listed(work, warehouses, WAREHOUSE, (_WAREHOUSE_ORDER, page)))


@routes.get(f"{TENANT}/products", response_model=Page[Product])
def list_products(call: TenantCall, page: PagedAndSorted, query: Annotated[str, Query()] = "") -> Response:
    """List the products whose name or number holds `query`."""

    def found(work: Work) -> str:
        wanted = _of_tenant(work, products).where(products.c.folded_text.contains(folded(query), autoescape=True))
        rows, total = page_of(work, wanted, _PRODUCT_ORDER, page)
        return envelope([rendered(row, PRODUCT) for row in rows], total, page)

    return call.read(found)


def _me(work: Work) -> str:
    owned = work.rows(_of_tenant(work, stores).order_by(stores.c.position, stores.c.store_uid))
    me = {
        "tenantUserUid": work.caller.tenant_user_uid,
        "displayName": work.caller.display_name,
        "role": work.caller.role.value,
        "tenantUid": work.caller.tenant_uid,
        "stores": [rendered(row, STORE) for row in owned],
    }
    return to_json(me)


def _of_tenant(work: Work, table: Table) -> Select[Any]:
    return select(table).where(table.c.tenant_uid == work.caller.tenant_uid)


def _listed(work: Work, table: Table, fields: Fields, sorted_page: tuple[Sorts, PageRequest]) -> str:
    rows, total = page_of(work, _of_tenant(work, table), *sorted_page)
    return envelope([rendered(row, fields) for row in rows], total, sorted_page[1])
