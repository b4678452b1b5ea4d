"""Describe an item: a part or a piece of work on an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from techdesk.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of an order.

    Attributes:
        item_id: Our id on this computer.
        quantity: How many; may have decimals.
        price: For one.
        total_price: `price` × `quantity`, by the server.
        sales_order_uid: Set once the item is billed.
    """

    item_id: str = ""
    service_order_item_uid: str | None = None
    product_uid: str | None = None
    warehouse_uid: str | None = None
    tenant_user_uid: str | None = None
    tenant_user_display_name: str = ""
    sales_order_uid: str | None = None
    name: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(1)
    price: Money | None = None
    cost_price: Money | None = None
    original_price: Money | None = None
    total_price: Money | None = None
    total_cost_price: Money | None = None
    serial_number: str = ""
    note: str = ""
    created_at: datetime | None = None
    last_modified_at: datetime | None = None

    @property
    def is_billed(self) -> bool:
        """Say whether a sales order holds it, so that it can no longer change."""
        return self.sales_order_uid is not None

    @property
    def counted_price(self) -> Money | None:
        """Return `price` × `quantity`, rounded to two decimals; None without a price."""
        return self.price.times(self.quantity) if self.price else None
