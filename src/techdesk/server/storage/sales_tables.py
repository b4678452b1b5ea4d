"""Describe the tables of sales orders and of e-mail that waits to be sent; `migrations/` makes them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table

from techdesk.server.storage.tables import Amount, FreeJson, PlainText, metadata

sales_orders = Table(
    "sales_orders",
    metadata,
    Column("sales_order_uid", PlainText, primary_key=True),
    Column("service_order_uid", PlainText, ForeignKey("orders.service_order_uid"), nullable=False, index=True),
    Column("order_number", PlainText, nullable=False, unique=True),
    Column("customer_uid", PlainText, nullable=False),
    Column("warehouse_uid", PlainText, nullable=True),
    Column("order_address", FreeJson, nullable=False),
    Column("invoice_address", FreeJson, nullable=True),
    Column("created_at", PlainText, nullable=False),
    Column("created_by", PlainText, nullable=False),
    Column("revision", Integer, nullable=False),
)

sales_order_lines = Table(
    "sales_order_lines",
    metadata,
    Column("sales_order_uid", PlainText, ForeignKey("sales_orders.sales_order_uid"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("service_order_uid", PlainText, ForeignKey("orders.service_order_uid"), nullable=False, index=True),
    Column("service_order_item_uid", PlainText, nullable=True, unique=True),
    Column("service_hours_uid", PlainText, nullable=True, unique=True),
    Column("product_uid", PlainText, nullable=True),
    Column("name", PlainText, nullable=False),
    Column("sku", PlainText, nullable=False),
    Column("quantity", Amount, nullable=False),
    Column("price", Amount, nullable=False),
    Column("total_price", Amount, nullable=False),
)
"""What was billed, as it stood on that day; an item or hours entry is billed once."""

outgoing_mail = Table(
    "outgoing_mail",
    metadata,
    Column(
        "service_notification_uid",
        PlainText,
        ForeignKey("notifications.service_notification_uid"),
        primary_key=True,
    ),
    Column("service_order_uid", PlainText, ForeignKey("orders.service_order_uid"), nullable=False, index=True),
    Column("due_at", PlainText, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("started_at", PlainText, nullable=True),
)
"""One row for each QUEUED message; `started_at` is set before it is sent, and cleared where it surely was not."""
