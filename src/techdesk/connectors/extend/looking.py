"""Look on an order for what became of an operation: its event, or whether the order is accepted."""

from __future__ import annotations

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation
from techdesk.application.sync.recognizing import Mark, Shown, recognized
from techdesk.connectors.extend.mapping import mark_of, read_event, read_order
from techdesk.connectors.extend.settings import ExtendSettings
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.records import Document
from techdesk.wire.extend import ServiceOrder, ShownEvent


def look_for_event(operation: Operation, order: ServiceOrder, settings: ExtendSettings) -> ReadBack:
    """Look for the event that an operation records; its intent is what was sent.

    Raises:
        InvalidInputError: It is there and cannot be read.
    """
    if order.events is None:
        return ReadBack(sighting=Sighting.HIDDEN, reason="The server shows the order without its events")
    return recognized(operation, [_shown(one, operation.op_id, settings) for one in order.events])


def look_for_acceptance(operation: Operation, order: ServiceOrder, settings: ExtendSettings) -> ReadBack:
    """Look whether an order is as the person wished: accepted, or back with nobody.

    Raises:
        InvalidInputError: The order cannot be read.
    """
    is_accepted = order.accepted_at is not None
    wants_it = bool(operation.intent.get("accepted"))
    if not wants_it and "assigned_to" not in order.model_fields_set:
        return ReadBack(sighting=Sighting.HIDDEN, reason="The server does not show whose the order is")
    wished = is_accepted if wants_it else not is_accepted and order.assigned_to is None
    if not wished:
        return ReadBack(sighting=Sighting.ABSENT)
    document = read_order(order, settings).document
    return ReadBack(sighting=Sighting.FOUND, server_id=order.id, record=document)


def _shown(event: ShownEvent, op_id: str, settings: ExtendSettings) -> Shown:
    """Return an event with what its mark says; one that cannot be read might be ours.

    Raises:
        InvalidInputError: It carries our mark and cannot be read.
    """
    mark = mark_of(event, op_id)
    try:
        document: Document | None = read_event(event, settings).document
    except InvalidInputError:
        if mark is Mark.OURS:
            raise
        document = None
    return Shown(server_id=event.event_id, document=document, mark=mark)
