"""Describe the work order that an order was made for: what ServiceChannel's customer asked for, and its limits.

It is shown and never changed here. Times are kept as they came: some carry an offset, some are the site's wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from techdesk.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderNote:
    """One note on a work order; `follow_up_date` asks for something by then."""

    note_id: int | None = None
    number: int | None = None
    text: str = ""
    created_at: str = ""
    created_by: str = ""
    scheduled_date: str = ""
    follow_up_date: str = ""
    action_required: bool = False
    mailed_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """A work order.

    Attributes:
        work_order_id: Its number at ServiceChannel; `number` is the provider's own.
        nte: The amount that must not be exceeded, in major units of `currency`.
        call_date: When it was asked for.
    """

    work_order_id: int | None = None
    number: str = ""
    purchase_number: str = ""
    location: str = ""
    status: str = ""
    status_extended: str = ""
    caller: str = ""
    priority: str = ""
    trade: str = ""
    category: str = ""
    problem_code: str = ""
    description: str = ""
    resolution: str = ""
    nte: Decimal | None = None
    currency: str = ""
    call_date: str = ""
    scheduled_date: str = ""
    expiration_date: str = ""
    completed_date: str = ""
    notes: tuple[WorkOrderNote, ...] = ()

    @property
    def limit(self) -> Money | None:
        """Return the amount that must not be exceeded."""
        return None if self.nte is None else Money(self.nte, self.currency)


def work_order_time(text: str) -> datetime | None:
    """Return a work order's time, without a zone where it has no offset; None where it is no time."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
