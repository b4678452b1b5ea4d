"""Make the tables of ServiceChannel's receiver: clients, states of work orders, notes, deliveries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "service_channel"
down_revision = "sales_orders"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _make_clients()
    _make_states()
    _make_deliveries()


def downgrade() -> None:
    """Take them away, with the log in them."""
    for name in ("bodies", "deliveries", "notes", "work_orders", "clients"):
        op.drop_table(f"service_channel_{name}")


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _make_clients() -> None:
    op.create_table(
        "service_channel_clients",
        _text("client_uid"),
        _text("tenant_uid"),
        _text("store_uid"),
        _text("name"),
        _text("access_key_hash"),
        _text("signing_key_hash"),
        _text("signing_secret", nullable=True),
        _flag("create_missing"),
        _flag("active"),
        _text("created_at"),
        _text("rotated_at", nullable=True),
        sa.PrimaryKeyConstraint("client_uid"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.ForeignKeyConstraint(["store_uid"], ["stores.store_uid"]),
        sa.UniqueConstraint("name"),
    )


def _make_states() -> None:
    order = ["service_order_uid"], ["orders.service_order_uid"]
    op.create_table(
        "service_channel_work_orders",
        _text("service_order_uid"),
        _text("as_of"),
        _flag("by_arrival"),
        sa.PrimaryKeyConstraint("service_order_uid"),
        sa.ForeignKeyConstraint(*order, ondelete="CASCADE"),
    )
    op.create_table(
        "service_channel_notes",
        _text("service_order_uid"),
        _text("note_id"),
        _text("note_number"),
        sa.PrimaryKeyConstraint("service_order_uid", "note_id", "note_number"),
        sa.ForeignKeyConstraint(*order, ondelete="CASCADE"),
    )


def _make_deliveries() -> None:
    op.create_table(
        "service_channel_deliveries",
        _text("delivery_uid"),
        _text("client_uid"),
        _text("received_at"),
        _text("work_order_id"),
        _text("event_type"),
        _text("action"),
        _text("outcome"),
        _text("error"),
        _text("service_order_uid", nullable=True),
        sa.PrimaryKeyConstraint("delivery_uid"),
        sa.ForeignKeyConstraint(["client_uid"], ["service_channel_clients.client_uid"]),
    )
    for column in ("client_uid", "received_at"):
        name = f"ix_service_channel_deliveries_{column}"
        op.create_index(name, "service_channel_deliveries", [column])
    op.create_table(
        "service_channel_bodies",
        _text("delivery_uid"),
        _text("received_at"),
        _text("body"),
        sa.PrimaryKeyConstraint("delivery_uid"),
        sa.ForeignKeyConstraint(["delivery_uid"], ["service_channel_deliveries.delivery_uid"], ondelete="CASCADE"),
    )
    op.create_index("service_channel_bodies_age", "service_channel_bodies", ["received_at"])
