"""Choose the icon of each kind of event."""

from __future__ import annotations

from techdesk.domain.events import INTERNAL_NOTE

_ICONS = {
    "product_received": "received",
    "product_delivered": "delivered",
    "product_diagnosed": "diagnose",
    "repair_eta": "calendar",
    "repair_started": "repair",
    "repair_completed": "check",
    "repair_shipped": "delivered",
    "part_management": "parts",
    "appointment_scheduling": "calendar",
    "customer_contact": "phone",
    "batched": "clock",
    "resolved": "check",
    INTERNAL_NOTE: "note",
}


def event_icon(name: str) -> str:
    """Return the icon's name for an event's name; events of any other name share one."""
    return _ICONS.get(name, "other")
