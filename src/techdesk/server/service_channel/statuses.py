"""Say which state of ours a status of ServiceChannel means; its texts are upper case, subscribers add their own."""

from __future__ import annotations

from typing import Any

from techdesk.domain.vocabulary import ServiceState

_ON_HOLD = frozenset({"PARTS ON ORDER", "WAITING FOR QUOTE", "WAITING FOR APPROVAL", "INCOMPLETE", "INCOMPLETED"})
_COMPLETED = {
    "PENDING CONFIRMATION": ServiceState.FINISHED,
    "CANCELLED": ServiceState.CANCELLED,
    "NO CHARGE": ServiceState.CANCELLED,
}
_PRIMARY = {
    "OPEN": ServiceState.NOT_STARTED,
    "VOID": ServiceState.CANCELLED,
    "INVOICED": ServiceState.CLOSED,
}


def state_of(status: Any) -> ServiceState | None:
    """Return the state that a work order's `Status` means; None for a text nobody knows.

    Args:
        status: `{"Primary": …, "Extended": …}`, or nothing.
    """
    primary, extended = status_texts(status)
    if primary == "IN PROGRESS":
        return ServiceState.ON_HOLD if extended in _ON_HOLD else ServiceState.IN_PROGRESS
    if primary == "COMPLETED":
        return _COMPLETED.get(extended, ServiceState.CLOSED)
    return _PRIMARY.get(primary)


def status_texts(status: Any) -> tuple[str, str]:
    """Return a status's two texts in upper case, with single blanks."""
    members = status if isinstance(status, dict) else {}
    return _plain(members.get("Primary")), _plain(members.get("Extended"))


def _plain(text: Any) -> str:
    return " ".join(str(text or "").upper().split())
