"""Describe the tables of the dialect."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from techdesk.server.storage.tables import FreeJson, PlainText, metadata

kept_orders = Table(
    "resource_scheduler_orders",
    metadata,
    Column(
        "service_order_uid",
        PlainText,
        ForeignKey("orders.service_order_uid", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("form", PlainText, nullable=False),
    Column("raw", PlainText, nullable=False),
    Column("item_uids", FreeJson, nullable=False),
)
"""An order as a client sent it last, and which of our items stands at each place of its list."""

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_hash", PlainText, primary_key=True),
    Column("tenant_user_uid", PlainText, ForeignKey("users.tenant_user_uid"), nullable=False),
    Column("expires_at", PlainText, nullable=False),
)
"""Tokens that were given for a password; only their hash is kept, and only until they expire."""
