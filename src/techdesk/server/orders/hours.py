"""Add, change and delete hours entries; minutes and price follow from the times and the rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.hours import worked_minutes
from techdesk.domain.instants import instant_text, parse_instant
from techdesk.server.answers.problems import invalid
from techdesk.server.orders.amounts import rounded
from techdesk.server.orders.choices import chosen
from techdesk.server.orders.parts import add_part, change_part, changeable_part, remove_part
from techdesk.server.orders.publishing import publish
from techdesk.server.orders.rows import open_order_row
from techdesk.server.orders.sales_rows import ensure_hours_unbilled
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import hourly_rates, hours, users
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import HoursCreate, HoursUpdate


def create_hours(work: Work, order_uid: str, body: HoursCreate) -> dict[str, Any]:
    """Add an hours entry to an open order; returns its row.

    Raises:
        Problem: 404; 409 the order is closed; 400 the end is before the start, or an unknown user or rate.
    """
    open_order_row(work, order_uid)
    row = {
        "service_hours_uid": new_uid(),
        "service_order_uid": order_uid,
        "tenant_user_uid": work.caller.tenant_user_uid,
        "tenant_user_display_name": work.caller.display_name,
        "hourly_rate_uid": None,
        "ended_at": None,
        "billable": body.billable,
        "note": "",
        "created_by_uid": work.caller.tenant_user_uid,
    }
    row |= _values(work, body)
    written = add_part(work, hours, row | _derived(work, row))
    publish(work, order_uid)
    return written


def update_hours(work: Work, place: tuple[str, str], body: HoursUpdate, if_match: str | None) -> dict[str, Any]:
    """Change what the body names; `place` is the uid of the order and of the entry.

    Raises:
        Problem: 400, 403, 404, 409 or 412; see `changeable_part`.
    """
    before = changeable_part(work, hours, place, if_match)
    ensure_hours_unbilled(work, place[1])
    values = _values(work, body)
    after = change_part(work, hours, before, values | _derived(work, {**before, **values}))
    publish(work, place[0])
    return after


def delete_hours(work: Work, place: tuple[str, str], if_match: str | None) -> None:
    """Delete an hours entry; `place` is the uid of the order and of the entry.

    Raises:
        Problem: 403, 404, 409 or 412; see `changeable_part`.
    """
    changeable_part(work, hours, place, if_match)
    ensure_hours_unbilled(work, place[1])
    remove_part(work, hours, place[1])
    publish(work, place[0])


def _values(work: Work, body: HoursUpdate) -> dict[str, Any]:
    named = body.named()
    values: dict[str, Any] = {name: named[name] for name in ("billable", "note") if name in named}
    if body.started_at:
        values["started_at"] = instant_text(body.started_at)
    if "ended_at" in named:
        values["ended_at"] = instant_text(body.ended_at) if body.ended_at else None
    if body.tenant_user_uid:
        user = chosen(work, users, body.tenant_user_uid, "/tenantUserUid")
        values |= {"tenant_user_uid": body.tenant_user_uid, "tenant_user_display_name": user["display_name"]}
    if "hourly_rate_uid" in named:
        values["hourly_rate_uid"] = body.hourly_rate_uid
        if body.hourly_rate_uid:
            chosen(work, hourly_rates, body.hourly_rate_uid, "/hourlyRateUid")
    return values


def _derived(work: Work, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return minutes and price; an entry that still runs has none."""
    minutes = _minutes(parse_instant(entry["started_at"]), entry["ended_at"])
    uid = entry["hourly_rate_uid"]
    rate = chosen(work, hourly_rates, uid, "/hourlyRateUid")["price"] if uid else Decimal(0)
    return {"minutes": minutes, "price": rounded(rate * minutes / 60, "/hourlyRateUid")}


def _minutes(started_at: datetime, ended_at: str | None) -> int:
    if ended_at is None:
        return 0
    try:
        return worked_minutes(started_at, parse_instant(ended_at))
    except InvalidInputError as error:
        raise invalid(error.title, "/endedAt") from error
