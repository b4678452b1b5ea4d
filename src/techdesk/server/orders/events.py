"""Record, change and delete events, by the rules of Extend's page (`docs/backends.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import event_from_data
from techdesk.domain.events import fits
from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import ServiceKind
from techdesk.server.answers.problems import Problem, invalid
from techdesk.server.orders.choices import chosen
from techdesk.server.orders.parts import add_part, change_part, changeable_part, remove_part
from techdesk.server.orders.publishing import publish
from techdesk.server.orders.rows import open_order_row
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import events, users
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import EventCreate, EventUpdate, check_event_data


def create_event(work: Work, order_uid: str, body: EventCreate) -> dict[str, Any]:
    """Record an event on an open, accepted order of its service kind; returns its row.

    Raises:
        Problem: 404; 409 `order_closed`, `not_accepted` or `wrong_service_type`; 400 an unknown user.
    """
    own_date = event_from_data(body.event_type, body.data).own_date
    occurred_at = body.occurred_at or own_date
    values = {
        "occurred_at": instant_text(occurred_at) if occurred_at else work.now,
        "notes": body.notes,
        "data": body.data,
    }
    if body.tenant_user_uid:
        values |= _who(work, body.tenant_user_uid)
    return record_event(work, order_uid, body.event_type, values)


def record_event(work: Work, order_uid: str, event_type: str, values: dict[str, Any]) -> dict[str, Any]:
    """Record an event that a dialect has read: `occurred_at`, `notes` and `data`; returns its row.

    Raises:
        Problem: 404; 409 `order_closed`, `not_accepted` or `wrong_service_type`.
    """
    _ensure_takes(open_order_row(work, order_uid), event_type)
    written = add_part(work, events, _new(work, order_uid, event_type) | values)
    publish(work, order_uid)
    return written


def note(work: Work, order_uid: str, event_type: str, notes: str) -> None:
    """Record an event of the server's own: what it is called and a note; the caller publishes the order."""
    row = _new(work, order_uid, event_type) | {"occurred_at": work.now, "notes": notes, "data": {}}
    add_part(work, events, row)


def update_event(work: Work, place: tuple[str, str], body: EventUpdate, if_match: str | None) -> dict[str, Any]:
    """Change what the body names; `place` is the uid of the order and of the event.

    Raises:
        Problem: 400, 403, 404, 409 or 412; see `changeable_part`.
    """
    before = changeable_part(work, events, place, if_match)
    named = body.named()
    values: dict[str, Any] = {name: named[name] for name in ("notes", "data") if name in named}
    if "data" in values:
        _check_data(before, values["data"])
    if body.occurred_at:
        values["occurred_at"] = instant_text(body.occurred_at)
    if body.tenant_user_uid:
        values |= _who(work, body.tenant_user_uid)
    after = change_part(work, events, before, values)
    publish(work, place[0])
    return after


def delete_event(work: Work, place: tuple[str, str], if_match: str | None) -> None:
    """Delete an event; `place` is the uid of the order and of the event.

    Raises:
        Problem: 403, 404, 409 or 412; see `changeable_part`.
    """
    changeable_part(work, events, place, if_match)
    remove_part(work, events, place[1])
    publish(work, place[0])


def _new(work: Work, order_uid: str, event_type: str) -> dict[str, Any]:
    return {
        "service_event_uid": new_uid(),
        "service_order_uid": order_uid,
        "event_type": event_type,
        "tenant_user_uid": work.caller.tenant_user_uid,
        "tenant_user_display_name": work.caller.display_name,
        "created_by": work.caller.display_name,
        "created_by_uid": work.caller.tenant_user_uid,
        "last_modified_by": work.caller.display_name,
    }


def _who(work: Work, uid: str) -> dict[str, Any]:
    user = chosen(work, users, uid, "/tenantUserUid")
    return {"tenant_user_uid": uid, "tenant_user_display_name": user["display_name"]}


def _ensure_takes(order: Mapping[str, Any], event_type: str) -> None:
    if order["accepted_at"] is None:
        raise Problem(409, "not_accepted", "The order must be accepted first")
    if not fits(event_type, ServiceKind(order["service_kind"])):
        raise Problem(409, "wrong_service_type", f"{event_type} is no event of this type of order")


def _check_data(before: Mapping[str, Any], data: dict[str, Any]) -> None:
    """Check changed data; fields that another dialect left on the event may stay."""
    new = {name: value for name, value in data.items() if name not in before["data"] or before["data"][name] != value}
    try:
        check_event_data(before["event_type"], new)
    except InvalidInputError as error:
        raise invalid(error.title, f"/data/{error.field}") from error
