"""Know a sign-in's tenant and stores, and keep our place in the change feed of each store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from techdesk.connectors.flow_retail.reading import Reader
from techdesk.domain.errors import CursorExpiredError, WrongAddressError
from techdesk.domain.records import Document
from techdesk.wire.flow_retail import Me


class Tenancy:
    """Where a sign-in works.

    Attributes:
        kinds: Service type uid → service kind; learns more as types are made.
        store_uids: The stores it works in, in the order of the server.
    """

    def __init__(
        self,
        me: Me,
        only_store: str,
        kinds: dict[str, str],
        make_reader: Callable[[str, Mapping[str, str]], Reader] = Reader,
    ) -> None:
        """Keep tenant, stores and kinds.

        Args:
            me: Who the token belongs to.
            only_store: The one store that the account is narrowed to; empty for all.
            kinds: Service type uid → service kind.
            make_reader: What makes the reader of a currency's records.

        Raises:
            WrongAddressError: The sign-in may use no store, or not the one that was set.
        """
        self._tenant_uid = me.tenant_uid
        self.store_uids = [one.store_uid for one in me.stores if only_store in ("", one.store_uid)]
        if not self.store_uids:
            raise WrongAddressError("This sign-in has no store it may use", "Ask your administrator")
        self.kinds = kinds
        self._readers = {one.store_uid: make_reader(one.currency, kinds) for one in me.stores}

    @property
    def tenant_path(self) -> str:
        """Return the path of the tenant."""
        return f"/v2/tenants/{self._tenant_uid}"

    @property
    def types_path(self) -> str:
        """Return the path of the tenant's service types."""
        return f"{self.tenant_path}/serviceorders/types"

    def store_path(self, store_uid: str) -> str:
        """Return the path of a store."""
        return f"{self.tenant_path}/stores/{store_uid}"

    def store_of(self, order: Document) -> str:
        """Return the store an order is or will be in: its own, the one it was made for, or our first."""
        known = (order.get("store_uid"), order.get("created_from_store_uid"))
        return next((one for one in known if one), self.store_uids[0])

    def reader(self, store_uid: str) -> Reader:
        """Return what reads the records of a store."""
        return self._readers.get(store_uid) or self._readers[self.store_uids[0]]


def kinds_of(service_types: Sequence[Document], unknown: str = "") -> dict[str, str]:
    """Return service type uid → service kind of the documents of types; what is no text is left out."""
    named = ((one.get("service_type_uid"), one.get("service_kind", unknown)) for one in service_types)
    return {uid: kind for uid, kind in named if isinstance(uid, str) and isinstance(kind, str)}


@dataclass(frozen=True, slots=True)
class Place:
    """Our place in the feeds of all stores.

    Attributes:
        cursors: Store uid → its own cursor.
        store_uid: Which store is read next.
    """

    cursors: Mapping[str, str]
    store_uid: str

    def after(self, cursor: str, store_uids: Sequence[str], *, more: bool) -> Place:
        """Return the place after a page of this store: the same store while it has more, else the next one."""
        following = (store_uids.index(self.store_uid) + (0 if more else 1)) % len(store_uids)
        return Place({**self.cursors, self.store_uid: cursor}, store_uids[following])

    def __str__(self) -> str:
        return json.dumps({"cursors": dict(self.cursors), "next": self.store_uid})


def parse_place(text: str, store_uids: Sequence[str]) -> Place:
    """Read a place; stores that are no longer ours are left out.

    Raises:
        CursorExpiredError: It is one of a server without a feed.
    """
    kept: dict[str, Any] = json.loads(text) if text else {"cursors": {}, "next": ""}
    if "cursors" not in kept:
        raise CursorExpiredError
    cursors = {uid: cursor for uid, cursor in kept["cursors"].items() if uid in store_uids}
    return Place(cursors, kept["next"] if kept["next"] in store_uids else store_uids[0])
