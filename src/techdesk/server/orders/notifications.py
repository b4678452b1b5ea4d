"""Write down the message that a customer should get when an order enters a status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.sales_tables import outgoing_mail
from techdesk.server.storage.tables import notifications
from techdesk.server.storage.work import Work


def notify(work: Work, order: Mapping[str, Any], status_name: str) -> None:
    """Note the message to the order's customer; without a phone number or e-mail address there is none.

    An e-mail waits to be sent (`mail.post_office`) where a mail server is configured; everything else is
    NOT_CONFIGURED, and the desk says so.
    """
    customer = order["customer"] or {}
    recipient = customer.get("email") or customer.get("phone")
    if not recipient:
        return
    is_sent = work.sends_email and bool(customer.get("email"))
    uid = new_uid()
    message = {
        "service_notification_uid": uid,
        "service_order_uid": order["service_order_uid"],
        "channel": "EMAIL" if customer.get("email") else "SMS",
        "recipient": recipient,
        "message": f"{order['service_number']} · {order['title']}: {status_name}",
        "status": "QUEUED" if is_sent else "NOT_CONFIGURED",
        "created_at": work.now,
        "sent_at": None,
        "revision": 1,
    }
    work.connection.execute(insert(notifications).values(**message))
    if is_sent:
        waits = {"service_notification_uid": uid, "service_order_uid": order["service_order_uid"]}
        work.connection.execute(insert(outgoing_mail).values(**waits, due_at=work.now, attempts=0, started_at=None))
