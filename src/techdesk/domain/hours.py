"""Describe an hours entry: who worked how long on an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursEntry:
    """One stretch of work; `minutes` follow from start and end."""

    hours_id: str = ""
    service_hours_uid: str | None = None
    tenant_user_uid: str | None = None
    tenant_user_display_name: str = ""
    hourly_rate_uid: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    minutes: int = 0
    billable: bool = True
    note: str = ""
    price: Money | None = None
    created_at: datetime | None = None
    last_modified_at: datetime | None = None


def worked_minutes(started_at: datetime, ended_at: datetime) -> int:
    """Return whole minutes between two instants, rounded to the nearest.

    Raises:
        InvalidInputError: The end is before the start; its `field` is `ended_at`.
    """
    if ended_at < started_at:
        raise InvalidInputError("The end is before the start", "Correct one of the two times", field="ended_at")
    return round((ended_at - started_at) / timedelta(minutes=1))


def duration_text(minutes: int) -> str:
    """Write a stretch of time: `1 h 25 min`, `45 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join(parts + ([f"{rest} min"] if rest or not hours else []))


def overlaps(one: HoursEntry, other: HoursEntry) -> bool:
    """Say whether two entries of one person share time; an open end counts as endless."""
    if not one.started_at or not other.started_at:
        return False
    return (one.ended_at is None or other.started_at < one.ended_at) and (
        other.ended_at is None or one.started_at < other.ended_at
    )
