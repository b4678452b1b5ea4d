"""Find orders for the dialect, whatever store they are in, and show them with their events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from techdesk.domain.instants import epoch_ms, parse_instant
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import forbidden, not_found
from techdesk.server.storage.tables import events, orders
from techdesk.server.storage.work import Row, Work

CLAIMS = "extend"
"""`external_system` of an order whose `external_id` is a claim's id."""


class Found(NamedTuple):
    """An order, and the work in the store it is in."""

    work: Work
    order: Row


def order_of(work: Work, order_id: str) -> Found:
    """Return an order of the caller's tenant.

    Raises:
        Problem: 404, there is none.
    """
    found = _found(work, orders.c.service_order_uid == order_id.lower())
    if not found:
        raise not_found("order")
    return Found(replace(work, store_uid=found[0]["store_uid"]), found[0])


def workable_order(work: Work, order_id: str) -> Found:
    """Return an order that the caller may work on: their own or nobody's; a supervisor's are all.

    Raises:
        Problem: 404, there is none; 403, it is another's.
    """
    found = order_of(work, order_id)
    assignee = found.order["assigned_user_uid"]
    if assignee not in (None, work.caller.tenant_user_uid) and not work.caller.is_at_least(Role.SUPERVISOR):
        raise forbidden("This order is assigned to another servicer")
    return found


def orders_of_claim(work: Work, claim_id: str) -> list[Row]:
    """Return the orders of a claim, the oldest first."""
    return _found(work, (orders.c.external_system == CLAIMS) & (orders.c.external_id == claim_id))


def orders_of_id(work: Work, order_id: str) -> list[Row]:
    """Return the order of an id, or none."""
    return _found(work, orders.c.service_order_uid == order_id.lower())


def _found(work: Work, which: ColumnElement[bool]) -> list[Row]:
    query = select(orders).where(orders.c.tenant_uid == work.caller.tenant_uid, which)
    return work.rows(query.order_by(orders.c.service_order_id))


def shown(work: Work, order: Row) -> dict[str, Any]:
    """Return an order as the dialect shows it."""
    which = events.c.service_order_uid == order["service_order_uid"]
    recorded = work.rows(select(events).where(which).order_by(events.c.created_at, events.c.service_event_uid))
    return {
        "id": order["service_order_uid"],
        "claimId": order["external_id"] if order["external_system"] == CLAIMS else None,
        "number": order["service_number"],
        "title": order["title"],
        "description": order["description"],
        "serviceType": order["service_kind"],
        "status": order["service_state"],
        "statusName": order["service_status_name"],
        "assignedTo": order["assigned_user_display_name"] or None,
        "createdAt": milliseconds(order["created_at"]),
        "updatedAt": milliseconds(max(order["last_modified_at"], *(one["last_modified_at"] for one in recorded), "")),
        "acceptedAt": milliseconds(order["accepted_at"]),
        "closedAt": milliseconds(order["closed_at"]),
        "customer": _named(order["customer"], ("name", "phone", "email", "address")),
        "product": _product(order["assets"]),
        "site": _named(order["site"], ("name", "address")),
        "events": [_event(one) for one in recorded],
    }


def milliseconds(instant: str | None) -> int | None:
    """Return an instant of the database in epoch milliseconds."""
    return epoch_ms(parse_instant(instant)) if instant else None


def _event(row: Row) -> dict[str, Any]:
    """Return an event: its body, and over it what the server knows."""
    notes = {"notes": row["notes"]} if row["notes"] else {}
    return {
        **row["data"],
        **notes,
        "eventId": row["service_event_uid"],
        "event": row["event_type"],
        "createdAt": milliseconds(row["created_at"]),
        "createdBy": row["tenant_user_display_name"] or row["created_by"],
    }


def _named(value: Mapping[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    return {name: value.get(name, "") for name in names} if value else None


def _product(assets: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not assets:
        return None
    first = assets[0]
    return {
        "name": first.get("name", ""),
        "manufacturer": first.get("maker", ""),
        "model": first.get("model", ""),
        "serialNumber": first.get("serialNumber", ""),
    }
