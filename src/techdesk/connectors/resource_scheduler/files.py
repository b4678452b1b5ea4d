"""Read a file of one order, as somebody saved or sent it."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.application.exchange import PulledOrder
from techdesk.connectors.resource_scheduler.mapping import pulled_order
from techdesk.wire.resource_scheduler import form_of


def opened_order(raw: bytes, given: Mapping[str, str]) -> PulledOrder:
    """Read a file of one order, in JSON or XML, as an order of an account with these settings.

    Raises:
        InvalidInputError: The file holds no order.
    """
    return pulled_order(raw, form_of(raw), given.get("currency", "").strip())
