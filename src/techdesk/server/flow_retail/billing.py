"""Answer operations 20 to 22: the notifications of an order, and its sales orders."""

from __future__ import annotations

from fastapi import Response
from sqlalchemy import func, select

from techdesk.domain.vocabulary import Role
from techdesk.server.answers.rendering import NOTIFICATION, rendered
from techdesk.server.flow_retail.paths import ORDER, OrderUid, PostingCall, StoreCall, part_reply, router
from techdesk.server.orders.rows import order_row
from techdesk.server.orders.sales import create_sales_order
from techdesk.server.orders.sales_rows import sales_of
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.listing import Paged, PagedAndSorted, Sorts, envelope, page_of
from techdesk.server.storage.tables import notifications
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import Notification, Page, SalesOrder, SalesOrderCreate

routes = router("Notifications, sales orders")

_NOTIFICATION_SORTS: Sorts = {
    "serviceNotificationUid": notifications.c.service_notification_uid,
    "channel": notifications.c.channel,
    "recipient": func.lower(notifications.c.recipient),
    "status": notifications.c.status,
    "createdAt": notifications.c.created_at,
    "sentAt": notifications.c.sent_at,
}


@routes.get(f"{ORDER}/notifications", response_model=Page[Notification])
def list_notifications(call: StoreCall, order_uid: OrderUid, page: PagedAndSorted) -> Response:
    """List the messages that the customer of an order got or should get."""

    def listed(work: Work) -> str:
        order_row(work, order_uid)
        wanted = select(notifications).where(notifications.c.service_order_uid == order_uid)
        rows, total = page_of(work, wanted, _NOTIFICATION_SORTS, page)
        return envelope([rendered(row, NOTIFICATION) for row in rows], total, page)

    return call.read(listed)


@routes.get(f"{ORDER}/salesorders", response_model=Page[SalesOrder])
def list_sales_orders(call: StoreCall, order_uid: OrderUid, page: Paged) -> Response:
    """List the sales orders of an order, the oldest first; this list knows no sorting."""

    def listed(work: Work) -> str:
        order_row(work, order_uid)
        found = sales_of(work.connection, [order_uid]).get(order_uid, [])
        start = (page.page_number - 1) * page.page_size
        return envelope(found[start : start + page.page_size], len(found), page)

    return call.read(listed)


@routes.post(f"{ORDER}/salesorders", response_model=SalesOrder, status_code=201)
def post_sales_order(call: PostingCall, order_uid: OrderUid, body: SalesOrderCreate) -> Response:
    """Bill the items and billable hours of an order that are not billed yet."""

    def make(work: Work) -> Reply:
        return part_reply(create_sales_order(work, order_uid, body), 201)

    return call.write(make, role=Role.SUPERVISOR)
