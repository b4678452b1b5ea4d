"""Say how far an order has come: its status, and how much of its story has happened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One place in the life of an order.

    Attributes:
        status: Name of the status (`beginnings.STATUSES`).
        progress: How much of its story has happened, 0 to 1.
        is_open: Whether somebody still has to do something.
        weight: How common it is among open, or among closed, orders.
    """

    status: str
    progress: float
    is_open: bool
    weight: int


STAGES: tuple[Stage, ...] = (
    Stage("New", 0.0, is_open=True, weight=24),
    Stage("In diagnosis", 0.35, is_open=True, weight=17),
    Stage("In repair", 0.65, is_open=True, weight=23),
    Stage("Waiting for parts", 0.5, is_open=True, weight=14),
    Stage("Waiting for customer", 0.45, is_open=True, weight=8),
    Stage("Ready for pickup", 0.9, is_open=True, weight=14),
    Stage("Closed", 1.0, is_open=False, weight=92),
    Stage("Cancelled", 0.3, is_open=False, weight=8),
)

OPEN = tuple(stage for stage in STAGES if stage.is_open)
ENDED = tuple(stage for stage in STAGES if not stage.is_open)
OPEN_WEIGHTS = tuple(stage.weight for stage in OPEN)
ENDED_WEIGHTS = tuple(stage.weight for stage in ENDED)

_FULL_BENCH = 600
"""As many open orders as a team of this size keeps, about; the rest of a large sample is its past."""


def open_share(orders: int) -> float:
    """Return which part of so many orders is open: half of a small sample, a few percent of a large one."""
    return max(0.05, min(0.5, _FULL_BENCH / max(orders, 1)))
