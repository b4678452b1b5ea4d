"""Keep a log of deliveries: what came, what became of it, and for some days what it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from techdesk.domain.instants import instant_text, parse_instant
from techdesk.server.answers.problems import not_found
from techdesk.server.requests.listing import PageRequest, Sorts, envelope, page_of
from techdesk.server.service_channel.tables import bodies, clients, deliveries
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import orders
from techdesk.server.storage.work import Work
from techdesk.wire.service_channel import Delivery

BODY_DAYS = 14
KEPT_DAYS = 90
BODY_CHARACTERS = 65_536
"""A longer body is kept up to here."""

_TEXT_CHARACTERS = 200
_NEWEST_FIRST: Sorts = {"deliveryUid": deliveries.c.delivery_uid}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery.

    Attributes:
        name: created, applied, unchanged, older, no_order, ignored or refused.
        order_uid: The order it belongs to.
        order_id: The number it is answered with.
        error: Why it was refused, in words.
    """

    name: str
    order_uid: str | None = None
    order_id: int | None = None
    error: str = ""


def keep_delivery(
    connection: Connection, client_uid: str, now: str, outcome: Outcome, came: tuple[Delivery | None, bytes]
) -> None:
    """Write a delivery into the log, and take out what is too old.

    Args:
        connection: A writing transaction.
        client_uid: Who delivered.
        now: ISO text of this instant.
        outcome: What became of it.
        came: What could be read of it, and its raw body; the body is kept only of a known sender.
    """
    delivery, body = came
    row = {
        "delivery_uid": new_uid(),
        "client_uid": client_uid,
        "received_at": now,
        "work_order_id": str(delivery.work_order_id) if delivery else "",
        "event_type": delivery.event_type[:_TEXT_CHARACTERS] if delivery else "",
        "action": delivery.action[:_TEXT_CHARACTERS] if delivery else "",
        "outcome": outcome.name,
        "error": outcome.error[:_TEXT_CHARACTERS],
        "service_order_uid": outcome.order_uid,
    }
    connection.execute(insert(deliveries).values(**row))
    if body:
        text = body.decode("utf-8", "replace").replace("\0", "\ufffd")[:BODY_CHARACTERS]
        kept = {"delivery_uid": row["delivery_uid"], "received_at": now, "body": text}
        connection.execute(insert(bodies).values(**kept))
    _forget_old(connection, now)


def deliveries_page(work: Work, page: PageRequest, client_uid: str) -> str:
    """Return the JSON of a page of deliveries, the newest first; of one client or of all."""
    query = _shown_query(work)
    if client_uid:
        query = query.where(deliveries.c.client_uid == client_uid.lower())
    newest = PageRequest(page.page_number, page.page_size, "", descending=True)
    rows, total = page_of(work, query, _NEWEST_FIRST, newest)
    return envelope([_shown(row) for row in rows], total, page)


def delivery_shown(work: Work, uid: str) -> dict[str, Any]:
    """Return one delivery with what it said, as long as that is kept.

    Raises:
        Problem: 404, there is none.
    """
    row = work.row(_shown_query(work).where(deliveries.c.delivery_uid == uid))
    if row is None:
        raise not_found("delivery")
    kept = work.row(select(bodies.c.body).where(bodies.c.delivery_uid == uid))
    return _shown(row) | {"body": kept["body"] if kept else None}


def _shown_query(work: Work) -> Any:
    return (
        select(deliveries, clients.c.name, orders.c.service_number, orders.c.service_order_id)
        .join(clients, clients.c.client_uid == deliveries.c.client_uid)
        .outerjoin(orders, orders.c.service_order_uid == deliveries.c.service_order_uid)
        .where(clients.c.tenant_uid == work.caller.tenant_uid)
    )


def _shown(row: Any) -> dict[str, Any]:
    return {
        "deliveryUid": row["delivery_uid"],
        "receivedAt": row["received_at"],
        "clientId": row["client_uid"],
        "clientName": row["name"],
        "workOrderId": row["work_order_id"],
        "eventType": row["event_type"],
        "action": row["action"],
        "outcome": row["outcome"],
        "error": row["error"],
        "serviceOrderUid": row["service_order_uid"],
        "serviceOrderId": row["service_order_id"],
        "serviceNumber": row["service_number"] or "",
    }


def _forget_old(connection: Connection, now: str) -> None:
    def before(days: int) -> str:
        return instant_text(parse_instant(now) - timedelta(days=days))

    connection.execute(delete(bodies).where(bodies.c.received_at < before(BODY_DAYS)))
    connection.execute(delete(deliveries).where(deliveries.c.received_at < before(KEPT_DAYS)))
