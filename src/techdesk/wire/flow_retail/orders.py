"""Model service orders, their customer, site, assets and items, and what a client sends to change them.

Field names are those of Flow Retail's published schema; customer, site, assets, acceptance, revision and the
external reference are ours (`docs/backends.md`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.wire.flow_retail.fields import (
    Answer,
    Flag,
    FreeJson,
    Name,
    Number,
    OptionalDay,
    OptionalInstant,
    OptionalUid,
    PriorityOrText,
    Request,
    StateOrText,
    Text,
    Uid,
    Zone,
)

Quantity = Annotated[Number, Field(gt=0, lt=1_000_000)]


class Totals(Answer):
    """Sum up an order in major units of the store's currency; follows from items and hours."""

    grand_total: Number = Decimal(0)
    parts_total: Number = Decimal(0)
    work_total: Number = Decimal(0)


class Customer(Answer):
    """Say whose order it is."""

    customer_uid: OptionalUid = None
    name: Text = ""
    phone: Text = ""
    email: Text = ""
    address: Text = ""


class Site(Answer):
    """Say where an onsite order is worked on; `time_zone` is an IANA name or empty."""

    name: Text = ""
    address: Text = ""
    time_zone: Text = ""


class Asset(Answer):
    """Describe a thing that is serviced."""

    asset_uid: OptionalUid = None
    name: Text = ""
    maker: Text = ""
    model: Text = ""
    serial_number: Text = ""
    condition: Text = ""
    accessories: Text = ""
    warranty_until: OptionalDay = None
    state: Text = ""


class Item(Answer):
    """Be a part or a piece of work on an order; `price` is for one, `total_price` = price × quantity."""

    service_order_item_uid: Uid
    service_order_uid: OptionalUid = None
    warehouse_uid: OptionalUid = None
    tenant_user_uid: OptionalUid = None
    product_uid: OptionalUid = None
    sales_order_uid: OptionalUid = None
    quantity: Number = Decimal(1)
    name: Text = ""
    sku: Text = ""
    price: Number | None = None
    cost_price: Number | None = None
    original_price: Number | None = None
    total_price: Number | None = None
    total_cost_price: Number | None = None
    serial_number: Text = ""
    note: Text = ""
    tenant_user_display_name: Text = ""
    created_at: OptionalInstant = None
    last_modified_at: OptionalInstant = None
    revision: int | None = None


class Order(Answer):
    """Be one service order as a GET shows it."""

    service_order_uid: Uid
    tenant_uid: OptionalUid = None
    store_uid: OptionalUid = None
    order_product_line_uid: OptionalUid = None
    order_uid: OptionalUid = None
    rma_order_item_uid: OptionalUid = None
    rma_order_uid: OptionalUid = None
    customer_uid: OptionalUid = None
    created_from_store_uid: OptionalUid = None
    assigned_user_uid: OptionalUid = None
    assigned_user_display_name: Text = ""
    service_type_uid: OptionalUid = None
    service_type_name: Text = ""
    service_status_uid: OptionalUid = None
    service_status_name: Text = ""
    service_state: StateOrText = ServiceState.NOT_STARTED
    title: Text = ""
    service_number: Text = ""
    external_service_number: Text = ""
    description: Text = ""
    location_label: Text = ""
    priority: PriorityOrText = Priority.NONE
    requires_price_estimate: bool | None = None
    estimated_price: Number | None = None
    max_price: Number | None = None
    ready_at_estimate: OptionalInstant = None
    ready_at_needed: OptionalInstant = None
    public_page_hash: Text = ""
    warranty: bool | None = None
    created_at: OptionalInstant = None
    created_by: Text = ""
    last_modified_at: OptionalInstant = None
    last_modified_by: Text = ""
    totals: Totals | None = None
    items: tuple[Item, ...] = ()
    assets: tuple[Asset, ...] = ()
    customer: Customer | None = None
    site: Site | None = None
    requires_acceptance: bool = False
    accepted_at: OptionalInstant = None
    closed_at: OptionalInstant = None
    revision: int | None = None
    external_system: Text = ""
    external_id: Text = ""
    work_order: FreeJson | None = None


class CustomerInput(Request):
    """Say whose order it is; without `customer_uid` the server makes one or keeps the order's."""

    customer_uid: OptionalUid = None
    name: Text = ""
    phone: Text = ""
    email: Text = ""
    address: Text = ""


class SiteInput(Request):
    """Say where an onsite order is worked on."""

    name: Text = ""
    address: Text = ""
    time_zone: Zone = ""


class AssetInput(Request):
    """Describe a thing that is serviced; without `asset_uid` the server makes one."""

    asset_uid: OptionalUid = None
    name: Text = ""
    maker: Text = ""
    model: Text = ""
    serial_number: Text = ""
    condition: Text = ""
    accessories: Text = ""
    warranty_until: OptionalDay = None
    state: Text = ""


class OrderUpdate(Request):
    """Replace the named fields of an order; `service_state` may only repeat what the status says."""

    title: Name = ""
    service_type_uid: Uid = ""
    service_status_uid: Uid = ""
    service_state: ServiceState | None = None
    order_product_line_uid: OptionalUid = None
    order_uid: OptionalUid = None
    rma_order_item_uid: OptionalUid = None
    rma_order_uid: OptionalUid = None
    customer_uid: OptionalUid = None
    assigned_user_uid: OptionalUid = None
    external_service_number: Text = ""
    description: Text = ""
    location_label: Text = ""
    priority: Priority = Priority.NONE
    requires_price_estimate: Flag = False
    estimated_price: Number | None = None
    max_price: Number | None = None
    ready_at_estimate: OptionalInstant = None
    ready_at_needed: OptionalInstant = None
    warranty: Flag = False
    assets: tuple[AssetInput, ...] = ()
    customer: CustomerInput | None = None
    site: SiteInput | None = None
    requires_acceptance: Flag = False
    external_system: Text = ""
    external_id: Text = ""


class OrderCreate(OrderUpdate):
    """Make an order; `title` and `service_type_uid` are needed."""

    title: Name
    service_type_uid: Uid
    created_from_store_uid: OptionalUid = None


class ItemUpdate(Request):
    """Replace the named fields of an item; prices are for one, in major units."""

    name: Name = ""
    warehouse_uid: OptionalUid = None
    tenant_user_uid: OptionalUid = None
    product_uid: OptionalUid = None
    quantity: Quantity = Decimal(1)
    sku: Text = ""
    price: Number = Decimal(0)
    cost_price: Number | None = None
    original_price: Number | None = None
    serial_number: Text = ""
    note: Text = ""


class ItemCreate(ItemUpdate):
    """Add an item; `name` is needed."""

    name: Name


class AcceptRequest(Request):
    """Accept an order or turn it down; the reason is kept."""

    accepted: Flag
    reason: Text = ""


class SearchRequest(Request):
    """Look for orders: partial, case-insensitive text; days in UTC; arrays filter; empty counts as absent.

    `query` looks in the customer's name, phone and e-mail, the service number and the title at once, and
    switches the customer and service fields off (Flow Retail, "Search for service orders").
    """

    query: Text = ""
    customer_name: Text = ""
    customer_phone: Text = ""
    customer_email: Text = ""
    service_number: Text = ""
    title: Text = ""
    serial_number: Text = ""
    from_date: OptionalDay = None
    to_date: OptionalDay = None
    service_states: tuple[ServiceState, ...] = ()
    service_type_uids: tuple[Uid, ...] = ()
    service_status_uids: tuple[Uid, ...] = ()
    assigned_user_uids: tuple[Uid, ...] = ()
    created_from_store_uids: tuple[Uid, ...] = ()
    priorities: tuple[Priority, ...] = ()
