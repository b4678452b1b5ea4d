"""Describe a service order and everything it refers to.

Field names are the Flow Retail API's in snake case, so that mapping is mechanical. Uids are text; an empty reference is
None. Amounts are `Money` in the store's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.vocabulary import Priority, Role, ServiceKind, ServiceState
from techdesk.domain.work_orders import WorkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who brought the thing or whom we visit."""

    customer_uid: str | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an onsite order is worked on; `time_zone` is an IANA name or empty."""

    name: str = ""
    address: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A thing that is serviced."""

    asset_uid: str | None = None
    name: str = ""
    maker: str = ""
    model: str = ""
    serial_number: str = ""
    condition: str = ""
    accessories: str = ""
    warranty_until: date | None = None
    state: str = ""

    @property
    def product(self) -> str:
        """Return maker and model, else the name."""
        return " ".join(part for part in (self.maker, self.model) if part) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What an order costs; follows from its items and hours."""

    parts_total: Money | None = None
    work_total: Money | None = None
    grand_total: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One service order.

    Attributes:
        order_id: Our id on this computer; never changes, also when the server gives its own.
        service_order_uid: The server's id; None until it is confirmed.
        service_number: The number people use.
        ready_at_estimate: When it was promised.
        ready_at_needed: When the customer needs it.
        max_price: The ceiling the customer approved.
        work_order: What ServiceChannel's customer asked for, on an order made for it.
    """

    order_id: str = ""
    account_id: str = ""
    service_order_uid: str | None = None
    service_number: str = ""
    external_service_number: str = ""
    title: str = ""
    description: str = ""
    service_type_uid: str | None = None
    service_type_name: str = ""
    service_kind: ServiceKind = ServiceKind.OTHER
    service_status_uid: str | None = None
    service_status_name: str = ""
    service_state: ServiceState = ServiceState.NOT_STARTED
    priority: Priority = Priority.NONE
    assigned_user_uid: str | None = None
    assigned_user_display_name: str = ""
    customer_uid: str | None = None
    customer: Customer = field(default_factory=Customer)
    site: Site = field(default_factory=Site)
    assets: tuple[Asset, ...] = ()
    items: tuple[Item, ...] = ()
    totals: Totals = field(default_factory=Totals)
    location_label: str = ""
    warranty: bool = False
    requires_price_estimate: bool = False
    estimated_price: Money | None = None
    max_price: Money | None = None
    ready_at_estimate: datetime | None = None
    ready_at_needed: datetime | None = None
    requires_acceptance: bool = False
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    public_page_hash: str = ""
    store_uid: str | None = None
    created_from_store_uid: str | None = None
    currency: str = ""
    external_system: str = ""
    external_id: str = ""
    work_order: WorkOrder | None = None
    created_at: datetime | None = None
    created_by: str = ""
    last_modified_at: datetime | None = None
    last_modified_by: str = ""

    @property
    def is_accepted(self) -> bool:
        """Say whether events may be recorded as far as acceptance goes."""
        return not self.requires_acceptance or self.accepted_at is not None

    @property
    def due_at(self) -> datetime | None:
        """Return the estimate, else the needed-by date."""
        return self.ready_at_estimate or self.ready_at_needed

    @property
    def device(self) -> Asset:
        """Return the first thing serviced, or an empty one."""
        return self.assets[0] if self.assets else Asset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceType:
    """A type of service order, named by the tenant."""

    service_type_uid: str
    name: str
    service_kind: ServiceKind = ServiceKind.OTHER
    position: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """A step of the tenant's workflow; `color` is `#rrggbb` or empty."""

    service_status_uid: str
    name: str
    service_state: ServiceState
    position: int = 0
    color: str = ""
    notify_customer: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyRate:
    """What an hour costs."""

    hourly_rate_uid: str
    name: str
    price: Money | None = None
    product_uid: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the tenant, to assign work to."""

    tenant_user_uid: str
    display_name: str
    role: Role = Role.TECHNICIAN
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that can be put on an order as an item."""

    product_uid: str
    name: str
    sku: str = ""
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """Where items come from."""

    warehouse_uid: str
    name: str
