"""Make the tables of sales orders and of waiting e-mail, and show sales orders in the feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "sales_orders"
down_revision = "resource_scheduler"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; orders in the feed have no sales orders yet, and say so."""
    _make_sales_orders()
    _make_lines()
    _make_outgoing_mail()
    op.execute("UPDATE change_feed SET parts = parts || ',\"salesOrders\":[]' WHERE parts IS NOT NULL")


def downgrade() -> None:
    """Refuse: bills must not be lost."""
    raise NotImplementedError


def _make_sales_orders() -> None:
    op.create_table(
        "sales_orders",
        sa.Column("sales_order_uid", _TEXT, nullable=False),
        sa.Column("service_order_uid", _TEXT, nullable=False),
        sa.Column("order_number", _TEXT, nullable=False),
        sa.Column("customer_uid", _TEXT, nullable=False),
        sa.Column("warehouse_uid", _TEXT, nullable=True),
        sa.Column("order_address", sa.JSON(), nullable=False),
        sa.Column("invoice_address", sa.JSON(), nullable=True),
        sa.Column("created_at", _TEXT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("sales_order_uid"),
        sa.UniqueConstraint("order_number"),
    )
    op.create_index("ix_sales_orders_service_order_uid", "sales_orders", ["service_order_uid"], unique=False)


def _make_lines() -> None:
    op.create_table(
        "sales_order_lines",
        sa.Column("sales_order_uid", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service_order_uid", _TEXT, nullable=False),
        sa.Column("service_order_item_uid", _TEXT, nullable=True),
        sa.Column("service_hours_uid", _TEXT, nullable=True),
        sa.Column("product_uid", _TEXT, nullable=True),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("total_price", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sales_order_uid"], ["sales_orders.sales_order_uid"]),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("sales_order_uid", "position"),
        sa.UniqueConstraint("service_hours_uid"),
        sa.UniqueConstraint("service_order_item_uid"),
    )
    op.create_index("ix_sales_order_lines_service_order_uid", "sales_order_lines", ["service_order_uid"], unique=False)


def _make_outgoing_mail() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("service_notification_uid", _TEXT, nullable=False),
        sa.Column("service_order_uid", _TEXT, nullable=False),
        sa.Column("due_at", _TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", _TEXT, nullable=True),
        sa.ForeignKeyConstraint(["service_notification_uid"], ["notifications.service_notification_uid"]),
        sa.ForeignKeyConstraint(["service_order_uid"], ["orders.service_order_uid"]),
        sa.PrimaryKeyConstraint("service_notification_uid"),
    )
    op.create_index("ix_outgoing_mail_due_at", "outgoing_mail", ["due_at"], unique=False)
    op.create_index("ix_outgoing_mail_service_order_uid", "outgoing_mail", ["service_order_uid"], unique=False)
