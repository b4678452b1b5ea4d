"""Name what an order can be, how it can stand, how urgent it can be, and what a person may do.

They stand apart from the order itself because the list needs no more: the first rows do not wait for what an order is
made of.
"""

from __future__ import annotations

from enum import StrEnum


class ServiceKind(StrEnum):
    """How an order is worked on: the product comes to us, or we go to it."""

    DEPOT = "repair_depot"
    ONSITE = "repair_onsite"
    OTHER = "other"


class ServiceState(StrEnum):
    """The fixed state behind a status that the tenant named."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    FINISHED = "FINISHED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"

    @property
    def takes_work(self) -> bool:
        """Say whether events, items and hours may still be recorded; FINISHED still takes them."""
        return self not in (ServiceState.CLOSED, ServiceState.CANCELLED)

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to work on it."""
        return self.takes_work and self is not ServiceState.FINISHED


class Priority(StrEnum):
    """How urgent an order is, least first."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Role(StrEnum):
    """What a person may do, least first."""

    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
