"""Describe the tables; `migrations/` makes them.

Columns carry the names of the wire models' attributes, so that a row renders itself. Instants are ISO 8601 text in UTC
with milliseconds, which sorts as time; amounts are whole ten-thousandths, exact and summable in both databases.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from typing_extensions import override

metadata = MetaData()

PlainText = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that both databases compare by code point."""

FreeJson = JSON(none_as_null=True)


class Amount(TypeDecorator[Decimal]):
    """Keep a decimal of at most four places as a whole number of ten-thousandths."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else _ten_thousandths(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-4)


def _ten_thousandths(amount: Decimal) -> int:
    """Return what the database keeps for an amount."""
    return int(amount.scaleb(4))


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, PlainText, nullable=False, **options)


def _optional(name: str, **options: Any) -> Column[str]:
    return Column(name, PlainText, nullable=True, **options)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _of_tenant() -> Column[str]:
    return Column("tenant_uid", PlainText, ForeignKey("tenants.tenant_uid"), nullable=False)


def _of_order() -> Column[str]:
    return Column("service_order_uid", PlainText, ForeignKey("orders.service_order_uid"), nullable=False, index=True)


counters = Table(
    "counters",
    metadata,
    Column("counter_id", Integer, primary_key=True, autoincrement=False),
    Column("change_number", BigInteger, nullable=False),
    Column("service_order_id", Integer, nullable=False),
    _text("feed_uid"),
)
"""One row. Its lock makes writers take turns, so change numbers become visible in the order they were given."""

tenants = Table("tenants", metadata, _text("tenant_uid", primary_key=True), _text("name"))

stores = Table(
    "stores",
    metadata,
    _text("store_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    _text("currency"),
    _text("time_zone"),
    _whole("position"),
)

users = Table(
    "users",
    metadata,
    _text("tenant_user_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    _text("display_name"),
    _text("role"),
    _optional("password_hash"),
    _flag("active"),
    _text("created_at"),
    UniqueConstraint("tenant_uid", "name", name="users_name"),
)

tokens = Table(
    "tokens",
    metadata,
    _text("token_uid", primary_key=True),
    Column("tenant_user_uid", PlainText, ForeignKey("users.tenant_user_uid"), nullable=False),
    _text("token_hash", unique=True),
    _text("created_at"),
    _optional("revoked_at"),
)

warehouses = Table(
    "warehouses",
    metadata,
    _text("warehouse_uid", primary_key=True),
    _of_tenant(),
    _optional("store_uid"),
    _text("name"),
    _flag("active"),
)

products = Table(
    "products",
    metadata,
    _text("product_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    _text("sku"),
    Column("price", Amount),
    Column("cost_price", Amount),
    _flag("active"),
    _text("folded_text"),
)

service_types = Table(
    "service_types",
    metadata,
    _text("service_type_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    _text("service_kind"),
    _whole("position"),
    _flag("active"),
)

service_statuses = Table(
    "service_statuses",
    metadata,
    _text("service_status_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    _text("service_state"),
    _whole("position"),
    _text("color"),
    _flag("notify_customer"),
    _flag("active"),
)

hourly_rates = Table(
    "hourly_rates",
    metadata,
    _text("hourly_rate_uid", primary_key=True),
    _of_tenant(),
    _text("name"),
    Column("price", Amount, nullable=False),
    _optional("product_uid"),
    _flag("active"),
)

orders = Table(
    "orders",
    metadata,
    _text("service_order_uid", primary_key=True),
    Column("service_order_id", Integer, nullable=False, unique=True),
    _of_tenant(),
    Column("store_uid", PlainText, ForeignKey("stores.store_uid"), nullable=False),
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
    _text("title"),
    _text("service_number"),
    _text("external_service_number"),
    _text("description"),
    _text("location_label"),
    _text("priority"),
    _flag("requires_price_estimate"),
    Column("estimated_price", Amount),
    Column("max_price", Amount),
    _optional("ready_at_estimate"),
    _optional("ready_at_needed"),
    _text("public_page_hash"),
    _flag("warranty"),
    _text("created_at"),
    _text("created_by"),
    _text("last_modified_at"),
    _text("last_modified_by"),
    Column("assets", FreeJson, nullable=False),
    Column("customer", FreeJson),
    Column("site", FreeJson),
    _flag("requires_acceptance"),
    _optional("accepted_at"),
    _optional("closed_at"),
    _text("external_system"),
    _text("external_id"),
    Column("work_order", FreeJson),
    _whole("revision"),
    _text("folded_customer_name"),
    _text("folded_customer_phone"),
    _text("folded_customer_email"),
    _text("folded_service_number"),
    _text("folded_title"),
    _text("folded_serial_numbers"),
    Index("orders_service_number", "tenant_uid", "service_number"),
    Index("orders_external", "external_system", "external_id"),
    Index("orders_customer", "customer_uid"),
    Index("orders_public_page", "public_page_hash"),
)
"""The `folded_…` columns hold what search looks in, without case (`folding.folded`)."""

items = Table(
    "items",
    metadata,
    _text("service_order_item_uid", primary_key=True),
    _of_order(),
    _optional("warehouse_uid"),
    _optional("tenant_user_uid"),
    _optional("product_uid"),
    _optional("sales_order_uid"),
    Column("quantity", Amount, nullable=False),
    _text("name"),
    _text("sku"),
    Column("price", Amount, nullable=False),
    Column("cost_price", Amount),
    Column("original_price", Amount),
    Column("total_price", Amount, nullable=False),
    Column("total_cost_price", Amount),
    _text("serial_number"),
    _text("note"),
    _text("tenant_user_display_name"),
    _text("created_at"),
    _text("last_modified_at"),
    _whole("revision"),
)

events = Table(
    "events",
    metadata,
    _text("service_event_uid", primary_key=True),
    _of_order(),
    _text("event_type"),
    _optional("tenant_user_uid"),
    _text("tenant_user_display_name"),
    _text("occurred_at"),
    _text("notes"),
    Column("data", FreeJson, nullable=False),
    _text("created_at"),
    _text("created_by"),
    _optional("created_by_uid"),
    _text("last_modified_at"),
    _text("last_modified_by"),
    _whole("revision"),
)

hours = Table(
    "hours",
    metadata,
    _text("service_hours_uid", primary_key=True),
    _of_order(),
    _optional("tenant_user_uid"),
    _text("tenant_user_display_name"),
    _optional("hourly_rate_uid"),
    _text("started_at"),
    _optional("ended_at"),
    _whole("minutes"),
    _flag("billable"),
    _text("note"),
    Column("price", Amount, nullable=False),
    _text("created_at"),
    _optional("created_by_uid"),
    _text("last_modified_at"),
    _whole("revision"),
)

notifications = Table(
    "notifications",
    metadata,
    _text("service_notification_uid", primary_key=True),
    _of_order(),
    _text("channel"),
    _text("recipient"),
    _text("message"),
    _text("status"),
    _text("created_at"),
    _optional("sent_at"),
    _whole("revision"),
)

change_feed = Table(
    "change_feed",
    metadata,
    Column("change_number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _text("store_uid"),
    _text("service_order_uid", unique=True),
    _optional("document"),
    _optional("parts"),
    Index("change_feed_store", "store_uid", "change_number"),
)
"""One row an order, at the number of its last change: its JSON as GET shows it, and the members its parts add.

A deleted order keeps its row, with null for both."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _text("tenant_user_uid", primary_key=True),
    _text("idempotency_key", primary_key=True),
    _text("fingerprint"),
    _whole("status"),
    Column("headers", FreeJson, nullable=False),
    _text("body"),
    Column("created_at", PlainText, nullable=False, index=True),
)

imported_rows = Table(
    "imported_rows",
    metadata,
    _text("provider", primary_key=True),
    _text("external_id", primary_key=True),
    Column("service_order_uid", PlainText, ForeignKey("orders.service_order_uid"), nullable=False, index=True),
    Column("columns", FreeJson, nullable=False),
)
"""Every column of an imported row, as it stood in the file."""
