"""Manage who may deliver work orders, and check their keys.

A client is added by a name; its keys are random, shown once and kept only as hashes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.text import checked_text
from techdesk.server.requests.auth import token_hash
from techdesk.server.service_channel.tables import clients
from techdesk.server.storage.ids import new_secret, new_uid
from techdesk.server.storage.tables import stores, tenants

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_NO_HASH = token_hash("")


@dataclass(frozen=True, slots=True)
class Client:
    """A client that may deliver now.

    Attributes:
        store_uid: Where orders made for unknown work orders go.
        signing_secret: What its deliveries are signed with; empty where they are not.
    """

    client_uid: str
    name: str
    tenant_uid: str
    store_uid: str
    signing_secret: str
    create_missing: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """A client's keys as they are shown once; `signing_secret` is None where deliveries are not signed."""

    client_uid: str
    access_key: str
    signing_key: str
    signing_secret: str | None

    def shown(self) -> dict[str, str | None]:
        """Return the members of the answer that shows them."""
        return {
            "clientId": self.client_uid,
            "accessKey": self.access_key,
            "signingKey": self.signing_key,
            "signingSecret": self.signing_secret,
        }


def add_client(connection: Connection, name: str, now: str, *, create_missing: bool, signed: bool) -> Keys:
    """Add a client and return its keys.

    Args:
        connection: A writing transaction.
        name: What people call it.
        now: ISO text of this instant.
        create_missing: Whether an unknown work order makes an order.
        signed: Whether its deliveries must be signed.

    Raises:
        InvalidInputError: The name is blank or taken.
    """
    if not checked_text(name).strip():
        raise InvalidInputError("A client needs a name", field="name")
    if is_taken(connection, name):
        raise InvalidInputError(f"There is a client called “{name}” already", field="name")
    keys = _new_keys(new_uid(), signed=signed)
    store = select(stores.c.store_uid).order_by(stores.c.position, stores.c.store_uid)
    row = {
        "client_uid": keys.client_uid,
        "tenant_uid": connection.execute(select(tenants.c.tenant_uid)).scalar_one(),
        "store_uid": connection.execute(store).scalars().first(),
        "name": name,
        "create_missing": create_missing,
        "active": True,
        "created_at": now,
        "rotated_at": None,
    }
    connection.execute(insert(clients).values(**row, **_kept(keys)))
    return keys


def is_taken(connection: Connection, name: str) -> bool:
    """Say whether there is a client of this name."""
    return connection.execute(select(clients.c.name).where(clients.c.name == name)).first() is not None


def rotate_keys(connection: Connection, which: str, now: str) -> Keys:
    """Give a client new keys; the old ones are worthless at once. `which` is its id or its name.

    Raises:
        NotFoundError: There is no such client.
    """
    row = client_row(connection, which)
    keys = _new_keys(row["client_uid"], signed=row["signing_secret"] is not None)
    one = clients.c.client_uid == row["client_uid"]
    connection.execute(update(clients).where(one).values(rotated_at=now, **_kept(keys)))
    return keys


def change_client(connection: Connection, which: str, changes: dict[str, bool]) -> dict[str, Any]:
    """Set `active` or `create_missing` of a client and return what is shown of it; `which` is its id or its name.

    Raises:
        NotFoundError: There is no such client.
    """
    row = client_row(connection, which)
    if changes:
        one = clients.c.client_uid == row["client_uid"]
        connection.execute(update(clients).where(one).values(**changes))
    return shown_client(row | changes)


def client_row(connection: Connection, which: str) -> dict[str, Any]:
    """Return the row of the client with this id or name.

    Raises:
        NotFoundError: There is no such client.
    """
    by_id = clients.c.client_uid == which.lower()
    found = connection.execute(select(clients).where(by_id | (clients.c.name == which))).mappings().first()
    if found is None:
        raise NotFoundError(f"There is no client “{which}”")
    return dict(found)


def clients_listed(connection: Connection) -> list[dict[str, Any]]:
    """Return all clients, without their secrets."""
    return [shown_client(dict(row)) for row in connection.execute(select(clients).order_by(clients.c.name)).mappings()]


def shown_client(row: dict[str, Any]) -> dict[str, Any]:
    """Return what may be shown of a client at any time."""
    return {
        "clientId": row["client_uid"],
        "name": row["name"],
        "active": row["active"],
        "createMissing": row["create_missing"],
        "signed": row["signing_secret"] is not None,
        "storeUid": row["store_uid"],
        "createdAt": row["created_at"],
        "rotatedAt": row["rotated_at"],
    }


@dataclass(frozen=True, slots=True)
class Entry:
    """Who knocks, and whether they may come in.

    Attributes:
        client: None where the keys are wrong or the client is switched off.
        known_uid: The id of the client that is named, None where there is no such one.
    """

    client: Client | None
    known_uid: str | None


def entering_client(connection: Connection, client_id: str, access_key: str, signing_key: str) -> Entry:
    """Compare keys; both comparisons are made, also where there is no such client, so that time tells nothing."""
    found = connection.execute(select(clients).where(clients.c.client_uid == client_id.lower())).mappings().first()
    kept = (found["access_key_hash"], found["signing_key_hash"]) if found else (_NO_HASH, _NO_HASH)
    access = hmac.compare_digest(kept[0], token_hash(access_key))
    signing = hmac.compare_digest(kept[1], token_hash(signing_key))
    if found is None:
        return Entry(None, None)
    if not (access & signing and found["active"]):
        return Entry(None, found["client_uid"])
    client = Client(
        found["client_uid"],
        found["name"],
        found["tenant_uid"],
        found["store_uid"],
        found["signing_secret"] or "",
        found["create_missing"],
    )
    return Entry(client, client.client_uid)


def is_signed(secret: str, body: bytes, sign_type: str, sign_data: str) -> bool:
    """Say whether a body carries the signature of its sender: base64 of its HMAC-SHA256, over the raw bytes."""
    try:
        given = base64.b64decode(sign_data.strip(), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    right = hmac.compare_digest(given, hmac.digest(secret.encode(), body, hashlib.sha256))
    return sign_type.strip().upper() == "HMACSHA256" and right


def _new_keys(client_uid: str, *, signed: bool) -> Keys:
    return Keys(client_uid, new_secret(), new_secret(), new_secret() if signed else None)


def _kept(keys: Keys) -> dict[str, str | None]:
    return {
        "access_key_hash": token_hash(keys.access_key),
        "signing_key_hash": token_hash(keys.signing_key),
        "signing_secret": keys.signing_secret,
    }
