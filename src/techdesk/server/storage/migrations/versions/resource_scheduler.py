"""Keep orders as Resource Scheduler clients sent them, and the access tokens that passwords are given for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "resource_scheduler"
down_revision = "public_pages"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of the dialect."""
    op.create_table(
        "resource_scheduler_orders",
        sa.Column(
            "service_order_uid",
            _TEXT,
            sa.ForeignKey("orders.service_order_uid", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("form", _TEXT, nullable=False),
        sa.Column("raw", _TEXT, nullable=False),
        sa.Column("item_uids", sa.JSON(), nullable=False),
    )
    op.create_table(
        "access_tokens",
        sa.Column("token_hash", _TEXT, primary_key=True),
        sa.Column("tenant_user_uid", _TEXT, sa.ForeignKey("users.tenant_user_uid"), nullable=False),
        sa.Column("expires_at", _TEXT, nullable=False),
    )


def downgrade() -> None:
    """Forget what the clients sent."""
    op.drop_table("access_tokens")
    op.drop_table("resource_scheduler_orders")
