"""Model sales orders: what an order's items and hours were billed as.

The shapes are ours, but for `invoiceAddress`, which is sent only where it differs from `orderAddress` (Flow Retail,
"Create sales order for a service-order").
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from techdesk.wire.flow_retail.fields import Answer, Number, OptionalInstant, OptionalUid, Request, Text, Uid
from techdesk.wire.flow_retail.orders import Totals

CountryCode = Annotated[Text, Field(pattern=r"^([A-Z]{2})?$")]
"""Two letters of ISO 3166-1, or empty."""


class PostalAddress(Answer):
    """Say where goods or an invoice go."""

    name: Text = ""
    address: Text = ""
    postal_code: Text = ""
    city: Text = ""
    country_code: Text = ""


class SalesOrderLine(Answer):
    """Be one billed item or hours entry; a line of hours counts hours, and `total_price` is what holds."""

    service_order_item_uid: OptionalUid = None
    service_hours_uid: OptionalUid = None
    product_uid: OptionalUid = None
    name: Text = ""
    sku: Text = ""
    quantity: Number = Decimal(1)
    price: Number = Decimal(0)
    total_price: Number = Decimal(0)


class SalesOrder(Answer):
    """Be a bill; `invoice_address` is null where it is the same as `order_address`."""

    sales_order_uid: Uid
    service_order_uid: OptionalUid = None
    order_number: Text = ""
    customer_uid: OptionalUid = None
    warehouse_uid: OptionalUid = None
    order_address: PostalAddress | None = None
    invoice_address: PostalAddress | None = None
    service_order_item_uids: tuple[Uid, ...] = ()
    lines: tuple[SalesOrderLine, ...] = ()
    totals: Totals | None = None
    created_at: OptionalInstant = None
    created_by: Text = ""
    revision: int | None = None


class PostalAddressInput(Request):
    """Say where goods or an invoice go."""

    name: Text = ""
    address: Text = ""
    postal_code: Text = ""
    city: Text = ""
    country_code: CountryCode = ""


class SalesOrderCreate(Request):
    """Bill what is not billed yet.

    Attributes:
        customer_uid: Default: the order's customer.
        order_address: Default: the customer's.
        invoice_address: Only where it differs.
        service_order_item_uids: Default: all items that are not billed yet. Hours always go in.
    """

    customer_uid: OptionalUid = None
    warehouse_uid: OptionalUid = None
    order_address: PostalAddressInput | None = None
    invoice_address: PostalAddressInput | None = None
    service_order_item_uids: tuple[Uid, ...] | None = None
