"""Find the order of a public page: only by its whole hash, and nobody can try many."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from starlette.requests import Request

from techdesk.server.answers.problems import not_found
from techdesk.server.requests.calls import Server
from techdesk.server.storage.tables import orders, stores
from techdesk.server.storage.work import Row

_HASH = re.compile(r"[A-Za-z0-9_-]{20,128}")
_ADDRESS = re.compile(r"(/public/)[^/]+")

_SHOWN = (
    "service_number",
    "title",
    "service_type_name",
    "service_status_name",
    "service_state",
    "ready_at_estimate",
    "estimated_price",
)
_SHOP = (stores.c.name.label("shop"), stores.c.currency, stores.c.time_zone)


@dataclass(frozen=True, slots=True)
class Place:
    """The tenant and store that an address names."""

    tenant_uid: str
    store_uid: str


def public_order(server: Server, request: Request, page_hash: str, place: Place | None = None) -> Row:
    """Return what may be seen of the order behind a hash, with `shop`, `currency` and `time_zone` of its store.

    Args:
        server: Where to look.
        request: Who asks.
        page_hash: As it stands in the address.
        place: The order must be there, where given.

    Raises:
        Problem: 404 for whatever is not the hash of an order there; 429 after too many of those.
    """
    found = _row(server, page_hash, place) if _HASH.fullmatch(page_hash) else None
    if found is None:
        raise server.wrong_pages.count(request.client.host if request.client else "", not_found("page"))
    return found


def without_hash(path: str) -> str:
    """Return a path as the log may have it: who knows the hash of a page can read it."""
    return _ADDRESS.sub(r"\1…", path)


def _row(server: Server, page_hash: str, place: Place | None) -> Row | None:
    columns = [orders.c[name] for name in _SHOWN]
    query = select(*columns, *_SHOP).join(stores, stores.c.store_uid == orders.c.store_uid)
    query = query.where(orders.c.public_page_hash == page_hash)
    if place:
        query = query.where(orders.c.tenant_uid == place.tenant_uid, orders.c.store_uid == place.store_uid)
    with server.database.read() as connection:
        row = connection.execute(query).mappings().first()
    return dict(row) if row else None
