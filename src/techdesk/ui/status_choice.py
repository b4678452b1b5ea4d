"""Say what choosing a status for an order sets."""

from __future__ import annotations

from techdesk.domain.orders import ServiceStatus
from techdesk.domain.records import Document


def status_intent(status: ServiceStatus) -> Document:
    """Return what giving an order this status sets; the name and state follow from it on the screen."""
    return {
        "service_status_uid": status.service_status_uid,
        "service_status_name": status.name,
        "service_state": status.service_state.value,
    }
