"""Describe what an order's items and hours were billed as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from techdesk.domain.money import Money
from techdesk.domain.orders import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """Say where goods or an invoice go; `country_code` is ISO 3166-1, two letters."""

    name: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrderLine:
    """One billed item or hours entry; of a line of hours `quantity` is hours."""

    service_order_item_uid: str | None = None
    service_hours_uid: str | None = None
    product_uid: str | None = None
    name: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(1)
    price: Money | None = None
    total_price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrder:
    """A bill, made by the back end from what is not billed yet.

    Attributes:
        order_address: Where the goods go; empty: the customer's address.
        invoice_address: Where the invoice goes, only if that is somewhere else.
        service_order_item_uids: The billed items; empty in a new one: all that are not billed yet.
        order_number: What people call it.
    """

    sales_order_uid: str | None = None
    order_number: str = ""
    customer_uid: str | None = None
    warehouse_uid: str | None = None
    order_address: PostalAddress | None = None
    invoice_address: PostalAddress | None = None
    service_order_item_uids: tuple[str, ...] = ()
    lines: tuple[SalesOrderLine, ...] = ()
    totals: Totals | None = None
    created_at: datetime | None = None
    created_by: str = ""
