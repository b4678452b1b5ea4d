"""Describe the receiver's own tables; `migrations/` makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table

from techdesk.server.storage.tables import PlainText, metadata


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, PlainText, nullable=False, **options)


def _optional(name: str) -> Column[str]:
    return Column(name, PlainText, nullable=True)


def _of_order() -> Column[str]:
    owner = ForeignKey("orders.service_order_uid", ondelete="CASCADE")
    return Column("service_order_uid", PlainText, owner, primary_key=True)


clients = Table(
    "service_channel_clients",
    metadata,
    _text("client_uid", primary_key=True),
    Column("tenant_uid", PlainText, ForeignKey("tenants.tenant_uid"), nullable=False),
    Column("store_uid", PlainText, ForeignKey("stores.store_uid"), nullable=False),
    _text("name", unique=True),
    _text("access_key_hash"),
    _text("signing_key_hash"),
    _optional("signing_secret"),
    Column("create_missing", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    _text("created_at"),
    _optional("rotated_at"),
)
"""Who may deliver. The two keys are only compared, so their hashes are kept; the secret is needed to check
signatures, so it is kept as it is, in a database that only the server's user can read."""

work_orders = Table(
    "service_channel_work_orders",
    metadata,
    _of_order(),
    _text("as_of"),
    Column("by_arrival", Boolean, nullable=False),
)
"""How new the state is that an order has of its work order."""

notes = Table(
    "service_channel_notes",
    metadata,
    _of_order(),
    _text("note_id", primary_key=True),
    _text("note_number", primary_key=True),
)
"""The notes that are events already."""

deliveries = Table(
    "service_channel_deliveries",
    metadata,
    _text("delivery_uid", primary_key=True),
    Column("client_uid", PlainText, ForeignKey("service_channel_clients.client_uid"), nullable=False, index=True),
    _text("received_at", index=True),
    _text("work_order_id"),
    _text("event_type"),
    _text("action"),
    _text("outcome"),
    _text("error"),
    _optional("service_order_uid"),
)
"""What came, and what became of it."""

bodies = Table(
    "service_channel_bodies",
    metadata,
    Column(
        "delivery_uid",
        PlainText,
        ForeignKey("service_channel_deliveries.delivery_uid", ondelete="CASCADE"),
        primary_key=True,
    ),
    _text("received_at"),
    _text("body"),
    Index("service_channel_bodies_age", "received_at"),
)
"""What deliveries said, for a few days."""
