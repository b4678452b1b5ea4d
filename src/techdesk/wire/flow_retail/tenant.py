"""Model what orders refer to: types, statuses, rates, people, stores, and what the server can do."""

from __future__ import annotations

from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.wire.flow_retail.fields import Answer, KindOrText, Number, OptionalUid, StateOrText, Text, Uid


class ServiceType(Answer):
    """Be a type of order, named by the tenant."""

    service_type_uid: Uid
    name: Text = ""
    service_kind: KindOrText = ServiceKind.OTHER
    position: int = 0
    active: bool = True


class ServiceStatus(Answer):
    """Be a step of the tenant's workflow; `color` is `#rrggbb` or empty."""

    service_status_uid: Uid
    name: Text = ""
    service_state: StateOrText = ServiceState.NOT_STARTED
    position: int = 0
    color: Text = ""
    notify_customer: bool = False
    active: bool = True


class HourlyRate(Answer):
    """Say what an hour costs, in major units."""

    hourly_rate_uid: Uid
    name: Text = ""
    price: Number | None = None
    product_uid: OptionalUid = None
    active: bool = True


class User(Answer):
    """Be a person of the tenant."""

    tenant_user_uid: Uid
    display_name: Text = ""
    role: Role = Role.TECHNICIAN
    active: bool = True


class Store(Answer):
    """Be a shop or depot; `currency` is an ISO 4217 code, `time_zone` an IANA name."""

    store_uid: Uid
    name: Text = ""
    currency: Text = ""
    time_zone: Text = ""


class Warehouse(Answer):
    """Be a place that items come from."""

    warehouse_uid: Uid
    name: Text = ""
    store_uid: OptionalUid = None
    active: bool = True


class Product(Answer):
    """Be something that can stand on an order as an item."""

    product_uid: Uid
    name: Text = ""
    sku: Text = ""
    price: Number | None = None
    cost_price: Number | None = None
    active: bool = True


class Me(Answer):
    """Say who the token belongs to and where they may work."""

    tenant_user_uid: Uid
    display_name: Text = ""
    role: Role = Role.TECHNICIAN
    tenant_uid: Uid
    stores: tuple[Store, ...] = ()


class Capabilities(Answer):
    """Say what this server adds to the dialect; a plain vendor answers 404 instead."""

    server: Text = ""
    version: Text = ""
    idempotency_keys: bool = False
    idempotency_key_days: int = 0
    etags: bool = False
    changes: bool = False
    acceptance: bool = False
    sales_orders: bool = False
    administration: bool = False
    sends_email: bool = False
    max_page_size: int = 500
    max_body_bytes: int = 1_048_576
    event_kinds: tuple[Text, ...] = ()
