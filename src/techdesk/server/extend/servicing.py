"""Answer what a servicer sends: an event, and whether an order is accepted. The same body twice makes two events."""

from __future__ import annotations

from fastapi import Response

from techdesk.domain.event_data import event_from_data
from techdesk.domain.instants import from_epoch_ms, instant_text
from techdesk.server.answers.problems import Problem
from techdesk.server.answers.rendering import to_json
from techdesk.server.extend.orders import milliseconds, order_of, workable_order
from techdesk.server.extend.paths import ORDER, ExtendCall, OrderId, router
from techdesk.server.orders.events import record_event
from techdesk.server.orders.orders import accept_order
from techdesk.server.requests.idempotency import Reply
from techdesk.server.storage.work import Work
from techdesk.wire.extend import Accepted, AcceptRepair, Recorded, UpdateRepair
from techdesk.wire.flow_retail import AcceptRequest

routes = router("Extend")


@routes.post(f"{ORDER}/update-repair", response_model=Recorded)
def update_repair(call: ExtendCall, order_id: OrderId, body: UpdateRepair) -> Response:
    """Record an event on an accepted order that is not closed."""
    return call.write_unkeyed(lambda work: _recorded(work, order_id, body))


@routes.post(f"{ORDER}/accept-repair", response_model=Accepted)
def accept_repair(call: ExtendCall, order_id: OrderId, body: AcceptRepair) -> Response:
    """Accept an order that is assigned, or decline it."""
    return call.write_unkeyed(lambda work: _accepted(work, order_id, body))


def _recorded(work: Work, order_id: str, body: UpdateRepair) -> Reply:
    found = workable_order(work, order_id)
    data = body.data()
    values = {"occurred_at": _occurred_at(work, body, data), "notes": body.notes or "", "data": data}
    event = record_event(found.work, found.order["service_order_uid"], body.event, values)
    answer = {
        "serviceOrderId": found.order["service_order_uid"],
        "eventId": event["service_event_uid"],
        "event": body.event,
        "receivedAt": milliseconds(work.now),
    }
    return Reply(200, to_json(answer))


def _occurred_at(work: Work, body: UpdateRepair, data: dict[str, object]) -> str:
    """Return when it happened: the kind's own date, else `eventDate`, which any event may carry, else now."""
    own_date = event_from_data(body.event, data).own_date
    if own_date is None and body.event_date is not None:
        own_date = from_epoch_ms(body.event_date)
    return instant_text(own_date) if own_date else work.now


def _accepted(work: Work, order_id: str, body: AcceptRepair) -> Reply:
    found = workable_order(work, order_id)
    if found.order["assigned_user_uid"] is None:
        raise Problem(409, "not_assigned", "The order is not assigned to a servicer")
    said = "\n".join(text for text in (body.reason, body.notes) if text)
    accept_order(found.work, found.order["service_order_uid"], AcceptRequest(accepted=body.accepted, reason=said))
    after = order_of(work, order_id).order
    answer = {
        "serviceOrderId": after["service_order_uid"],
        "accepted": body.accepted,
        "acceptedAt": milliseconds(after["accepted_at"]),
    }
    return Reply(200, to_json(answer))
