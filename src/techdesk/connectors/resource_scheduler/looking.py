"""Look at an order for what became of a change of it."""

from __future__ import annotations

from techdesk.application.exchange import PulledOrder, ReadBack, Sighting
from techdesk.application.outbox import Operation
from techdesk.connectors.resource_scheduler.mapping import have_arrived, new_keys
from techdesk.wire.resource_scheduler import Values, form_of, read_order

_ANOTHERS = "The answer is about another order"


def judged(operation: Operation, sent: Values, now: PulledOrder) -> ReadBack:
    """Return what the order as it is now says; what a change adds has no number yet, so it is told by what it says.

    Args:
        operation: The change.
        sent: The order that it sent.
        now: The order as it is.
    """
    if now.server_id != str(sent["ServiceOrderId"]):
        return ReadBack(sighting=Sighting.UNKNOWN, reason=_ANOTHERS)
    raw = now.raw or b""
    adds = bool(new_keys(operation.intent))
    is_there = adds and have_arrived(operation.intent, sent, read_order(raw, form_of(raw)))
    return ReadBack(
        sighting=Sighting.FOUND if is_there else Sighting.SHOWN,
        server_id=now.server_id,
        record=now.document,
        revision=now.revision,
        raw=now.raw,
        by_likeness=is_there,
        is_newer=now.revision != sent["LastModified"],
    )
