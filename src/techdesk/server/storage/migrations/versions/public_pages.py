"""Find an order by the hash of its public page without looking at every order."""

from __future__ import annotations

from alembic import op

revision = "public_pages"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("orders_public_page", "orders", ["public_page_hash"], unique=False)


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("orders_public_page", "orders")
