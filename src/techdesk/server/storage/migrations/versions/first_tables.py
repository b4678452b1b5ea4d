"""Make the first tables: tenant, people, choices, orders and their parts, feed and keys."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables."""
    _make_counters_and_feed()
    _make_people()
    _make_choices()
    _make_workflow()
    _make_orders()
    _make_order_indexes()
    _make_items_and_events()
    _make_hours_and_notifications()
    _begin_to_count()


def downgrade() -> None:
    """Refuse: the first step has nothing to go back to."""
    raise NotImplementedError


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=False)


def _optional(name: str) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=True)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _amount(name: str, *, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _json(name: str, *, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _make_counters_and_feed() -> None:
    op.create_table(
        "counters",
        sa.Column("counter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        _whole("service_order_id"),
        _text("feed_uid"),
        sa.PrimaryKeyConstraint("counter_id"),
    )
    op.create_table(
        "change_feed",
        sa.Column(
            "change_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        _text("store_uid"),
        _text("service_order_uid"),
        _optional("document"),
        _optional("parts"),
        sa.PrimaryKeyConstraint("change_number"),
        sa.UniqueConstraint("service_order_uid"),
    )
    op.create_index("change_feed_store", "change_feed", ["store_uid", "change_number"], unique=False)
    op.create_table(
        "idempotency_keys",
        _text("tenant_user_uid"),
        _text("idempotency_key"),
        _text("fingerprint"),
        _whole("status"),
        _json("headers", nullable=False),
        _text("body"),
        _text("created_at"),
        sa.PrimaryKeyConstraint("tenant_user_uid", "idempotency_key"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)


def _make_people() -> None:
    op.create_table(
        "tenants",
        _text("tenant_uid"),
        _text("name"),
        sa.PrimaryKeyConstraint("tenant_uid"),
    )
    op.create_table(
        "stores",
        _text("store_uid"),
        _text("tenant_uid"),
        _text("name"),
        _text("currency"),
        _text("time_zone"),
        _whole("position"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("store_uid"),
    )
    op.create_table(
        "users",
        _text("tenant_user_uid"),
        _text("tenant_uid"),
        _text("name"),
        _text("display_name"),
        _text("role"),
        _optional("password_hash"),
        _flag("active"),
        _text("created_at"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("tenant_user_uid"),
        sa.UniqueConstraint("tenant_uid", "name", name="users_name"),
    )
    op.create_table(
        "tokens",
        _text("token_uid"),
        _text("tenant_user_uid"),
        _text("token_hash"),
        _text("created_at"),
        _optional("revoked_at"),
        sa.ForeignKeyConstraint(["tenant_user_uid"], ["users.tenant_user_uid"]),
        sa.PrimaryKeyConstraint("token_uid"),
        sa.UniqueConstraint("token_hash"),
    )


def _make_choices() -> None:
    op.create_table(
        "warehouses",
        _text("warehouse_uid"),
        _text("tenant_uid"),
        _optional("store_uid"),
        _text("name"),
        _flag("active"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("warehouse_uid"),
    )
    op.create_table(
        "products",
        _text("product_uid"),
        _text("tenant_uid"),
        _text("name"),
        _text("sku"),
        _amount("price", nullable=True),
        _amount("cost_price", nullable=True),
        _flag("active"),
        _text("folded_text"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("product_uid"),
    )


def _make_workflow() -> None:
    op.create_table(
        "service_types",
        _text("service_type_uid"),
        _text("tenant_uid"),
        _text("name"),
        _text("service_kind"),
        _whole("position"),
        _flag("active"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("service_type_uid"),
    )
    op.create_table(
        "service_statuses",
        _text("service_status_uid"),
        _text("tenant_uid"),
        _text("name"),
        _text("service_state"),
        _whole("position"),
        _text("color"),
        _flag("notify_customer"),
        _flag("active"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("service_status_uid"),
    )
    op.create_table(
        "hourly_rates",
        _text("hourly_rate_uid"),
        _text("tenant_uid"),
        _text("name"),
        _amount("price", nullable=False),
        _optional("product_uid"),
        _flag("active"),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("hourly_rate_uid"),
    )


def _make_orders() -> None:
    op.create_table(
        "orders",
        *_order_references(),
        *_order_texts(),
        *_order_times_and_more(),
        sa.ForeignKeyConstraint(["store_uid"], ["stores.store_uid"]),
        sa.ForeignKeyConstraint(["tenant_uid"], ["tenants.tenant_uid"]),
        sa.PrimaryKeyConstraint("service_order_uid"),
        sa.UniqueConstraint("service_order_id"),
    )


def _order_references() -> list[sa.Column[Any]]:
    return [
        _text("service_order_uid"),
        _whole("service_order_id"),
        _text("tenant_uid"),
        _text("store_uid"),
        _optional("order_product_line_uid"),
        _optional("order_uid"),
        _optional("rma_order_item_uid"),
        _optional("rma_order_uid"),
        _optional("customer_uid"),
        _optional("created_from_store_uid"),
        _optional("assigned_user_uid"),
        _text("assigned_user_display_name"),
        _text("service_type_uid"),
        _text("service_type_name"),
        _text("service_kind"),
        _text("service_status_uid"),
        _text("service_status_name"),
        _text("service_state"),
    ]


def _order_texts() -> list[sa.Column[Any]]:
    return [
        _text("title"),
        _text("service_number"),
        _text("external_service_number"),
        _text("description"),
        _text("location_label"),
        _text("priority"),
        _flag("requires_price_estimate"),
        _amount("estimated_price", nullable=True),
        _amount("max_price", nullable=True),
        _optional("ready_at_estimate"),
        _optional("ready_at_needed"),
    ]


def _order_times_and_more() -> list[sa.Column[Any]]:
    return [
        _text("public_page_hash"),
        _flag("warranty"),
        _text("created_at"),
        _text("created_by"),
        _text("last_modified_at"),
        _text("last_modified_by"),
        _json("assets", nullable=False),
        _json("customer", nullable=True),
        _json("site", nullable=True),
        _flag("requires_acceptance"),
        _optional("accepted_at"),
        _optional("closed_at"),
        _text("external_system"),
        _text("external_id"),
        _json("work_order", nullable=True),
        _whole("revision"),
        _text("folded_customer_name"),
        _text("folded_customer_phone"),
        _text("folded_customer_email"),
        _text("folded_service_number"),
        _text("folded_title"),
        _text("folded_serial_numbers"),
    ]


def _make_order_indexes() -> None:
    op.create_index("orders_customer", "orders", ["customer_uid"], unique=False)
    op.create_index("orders_external", "orders", ["external_system", "external_id"], unique=False)
    op.create_index("orders_service_number", "orders", ["tenant_uid", "service_number"], unique=False)


def _make_items_and_events() -> None:
    op.create_table(
        "items",
        _text("service_order_item_uid"),
        _text("service_order_uid"),
        _optional("warehouse_uid"),
        _optional("tenant_user_uid"),
        _optional("product_uid"),
        _optional("sales_order_uid"),
        _amount("quantity", nullable=False),
        _text("name"),
        _text("sku"),
        _amount("price", nullable=False),
        _amount("cost_price", nullable=True),
        _amount("original_price", nullable=True),
        _amount("total_price", nullable=False),
        _amount("total_cost_price", nullable=True),
        _text("serial_number"),
        _text("note"),
        _text("tenant_user_display_name"),
        _text("created_at"),
        _text("last_modified_at"),
        _whole("revision"),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("service_order_item_uid"),
    )
    op.create_index("ix_items_service_order_uid", "items", ["service_order_uid"], unique=False)
    op.create_table(
        "events",
        _text("service_event_uid"),
        _text("service_order_uid"),
        _text("event_type"),
        _optional("tenant_user_uid"),
        _text("tenant_user_display_name"),
        _text("occurred_at"),
        _text("notes"),
        _json("data", nullable=False),
        _text("created_at"),
        _text("created_by"),
        _optional("created_by_uid"),
        _text("last_modified_at"),
        _text("last_modified_by"),
        _whole("revision"),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("service_event_uid"),
    )
    op.create_index("ix_events_service_order_uid", "events", ["service_order_uid"], unique=False)


def _make_hours_and_notifications() -> None:
    op.create_table(
        "hours",
        _text("service_hours_uid"),
        _text("service_order_uid"),
        _optional("tenant_user_uid"),
        _text("tenant_user_display_name"),
        _optional("hourly_rate_uid"),
        _text("started_at"),
        _optional("ended_at"),
        _whole("minutes"),
        _flag("billable"),
        _text("note"),
        _amount("price", nullable=False),
        _text("created_at"),
        _optional("created_by_uid"),
        _text("last_modified_at"),
        _whole("revision"),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("service_hours_uid"),
    )
    op.create_index("ix_hours_service_order_uid", "hours", ["service_order_uid"], unique=False)
    op.create_table(
        "notifications",
        _text("service_notification_uid"),
        _text("service_order_uid"),
        _text("channel"),
        _text("recipient"),
        _text("message"),
        _text("status"),
        _text("created_at"),
        _optional("sent_at"),
        _whole("revision"),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("service_notification_uid"),
    )
    op.create_index("ix_notifications_service_order_uid", "notifications", ["service_order_uid"], unique=False)
    op.create_table(
        "imported_rows",
        _text("provider"),
        _text("external_id"),
        _text("service_order_uid"),
        _json("columns", nullable=False),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("provider", "external_id"),
    )
    op.create_index("ix_imported_rows_service_order_uid", "imported_rows", ["service_order_uid"], unique=False)


def _begin_to_count() -> None:
    counters = sa.table(
        "counters", *(sa.column(name) for name in ("counter_id", "change_number", "service_order_id", "feed_uid"))
    )
    # behind 10000, so that service numbers have as many digits for a long time
    first = {"counter_id": 1, "change_number": 0, "service_order_id": 10_000, "feed_uid": str(uuid.uuid4())}
    op.execute(counters.insert().values(**first))
