"""Do what a delivery says, in one transaction: equal ones change nothing, older ones never overwrite newer ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from techdesk.domain.instants import epoch_ms, instant_text, parse_instant
from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.server.orders.orders import create_order, update_order
from techdesk.server.orders.parts import add_part
from techdesk.server.orders.publishing import publish
from techdesk.server.service_channel.clients import Client
from techdesk.server.service_channel.deliveries import Outcome
from techdesk.server.service_channel.statuses import state_of, status_texts
from techdesk.server.service_channel.tables import notes, work_orders
from techdesk.server.service_channel.work_order import Members, NoteKey, merged, new_notes
from techdesk.server.storage.ids import new_uid
from techdesk.server.storage.tables import events, orders, service_statuses, service_types
from techdesk.server.storage.work import Caller, Row, Work
from techdesk.wire.flow_retail import OrderCreate, OrderUpdate
from techdesk.wire.service_channel import Delivery, time_of

SYSTEM = "service_channel"
NAME = "ServiceChannel"
NOTE_EVENT = "work_order_note"

_TITLE_CHARACTERS = 120


def receive(
    connection: Connection, client: Client, delivery: Delivery, now: str, *, sends_email: bool = False
) -> Outcome:
    """Bring the order of a work order up to date; the order's JSON and place in the feed with it.

    Raises:
        Problem: 400, an order must be made and the tenant has no type or status for it.
    """
    caller = Caller("", NAME, Role.ADMIN, client.tenant_uid)
    work = Work(connection, caller, client.store_uid, now, sends_email)
    if not delivery.is_of_a_work_order:
        return _outcome("ignored", _tied_order(work, delivery.work_order_id))
    order = _tied_order(work, delivery.work_order_id)
    if order is None and not client.create_missing:
        return Outcome("no_order")
    name = "applied" if order else "created"
    order = order or _made_order(work, delivery)
    return _applied(replace(work, store_uid=order["store_uid"]), order, delivery, name)


def _applied(work: Work, order: Row, delivery: Delivery, name: str) -> Outcome:
    uid = order["service_order_uid"]
    is_older = not _advance(work, uid, delivery)
    known = order["work_order"] or {}
    after = merged(known, delivery.members, is_older=is_older)
    noted = _record_notes(work, uid, delivery.notes)
    status = None if is_older else _status_to_enter(work, order, known, delivery)
    if after != known:
        which = orders.c.service_order_uid == uid
        work.connection.execute(update(orders).where(which).values(work_order=after))
    if status:
        update_order(work, uid, OrderUpdate(service_status_uid=status), None)
    elif after != known or noted:
        publish(work, uid)
    if name == "created":
        return _outcome(name, order)
    if is_older:
        return _outcome("older", order)
    return _outcome(name if after != known or noted or status else "unchanged", order)


def _outcome(name: str, order: Row | None) -> Outcome:
    return Outcome(name, order["service_order_uid"], order["service_order_id"]) if order else Outcome(name)


def _tied_order(work: Work, work_order_id: int) -> Row | None:
    """Return the order that a work order belongs to: the first that people or a delivery tied to it."""
    query = (
        select(orders)
        .where(
            orders.c.external_system == SYSTEM,
            orders.c.external_id == str(work_order_id),
            orders.c.tenant_uid == work.caller.tenant_uid,
        )
        .order_by(orders.c.service_order_id)
        .limit(1)
    )
    return work.row(query)


def _made_order(work: Work, delivery: Delivery) -> Row:
    members = delivery.members
    body = OrderCreate(
        title=_title(members),
        description=str(members.get("Description") or ""),
        service_type_uid=_type_uid(work),
        external_system=SYSTEM,
        external_id=str(delivery.work_order_id),
        external_service_number=str(members.get("Number") or ""),
    )
    uid, _ = create_order(work, body)
    return work.rows(select(orders).where(orders.c.service_order_uid == uid))[0]


def _title(members: Members) -> str:
    first_line = next(iter(str(members.get("Description") or "").strip().splitlines()), "")
    trade = " – ".join(str(members[name]) for name in ("Trade", "ProblemCode") if members.get(name))
    title = first_line or trade or f"Work order {members.get('Number') or members['Id']}"
    return title if len(title) <= _TITLE_CHARACTERS else f"{title[: _TITLE_CHARACTERS - 1]}…"


def _type_uid(work: Work) -> str:
    """Return the service type of work at a customer's site, as all work of ServiceChannel is; else the first."""
    query = (
        select(service_types)
        .where(service_types.c.tenant_uid == work.caller.tenant_uid, service_types.c.active)
        .order_by(service_types.c.position)
    )
    found = work.rows(query)
    onsite = [row for row in found if row["service_kind"] == ServiceKind.ONSITE]
    return str(next(iter(onsite or found), {"service_type_uid": "none"})["service_type_uid"])


def _advance(work: Work, uid: str, delivery: Delivery) -> bool:
    """Note how new a delivery is; returns False for one that is older than what was applied.

    Where only one of the two carries a time of its own, they are as new as they came.
    """
    known = work.row(select(work_orders).where(work_orders.c.service_order_uid == uid))
    own = delivery.as_of
    as_of = instant_text(own) if own else work.now
    if known and not known["by_arrival"] and own and as_of < known["as_of"]:
        return False
    row = {"service_order_uid": uid, "as_of": as_of, "by_arrival": own is None}
    work.connection.execute(delete(work_orders).where(work_orders.c.service_order_uid == uid))
    work.connection.execute(insert(work_orders).values(**row))
    return True


def _status_to_enter(work: Work, order: Row, known: Members, delivery: Delivery) -> str | None:
    """Return the uid of the status that the order enters; None where it stays.

    Only a status that changed at ServiceChannel moves the order: a note that comes in must not undo what a technician
    set here meanwhile.
    """
    came = delivery.members.get("Status")
    state = ServiceState.CANCELLED if delivery.deletes else state_of(came)
    is_news = delivery.deletes or status_texts(came) != status_texts(known.get("Status"))
    if state is None or not is_news or state == order["service_state"]:
        return None
    query = (
        select(service_statuses.c.service_status_uid)
        .where(
            service_statuses.c.tenant_uid == work.caller.tenant_uid,
            service_statuses.c.active,
            service_statuses.c.service_state == state.value,
        )
        .order_by(service_statuses.c.position)
    )
    found = work.row(query)
    return str(found["service_status_uid"]) if found else None


def _record_notes(work: Work, uid: str, came: Sequence[Members]) -> bool:
    """Make an event of every note that is none yet; returns whether there was one."""
    query = select(notes.c.note_id, notes.c.note_number).where(notes.c.service_order_uid == uid)
    known: set[NoteKey] = {(row["note_id"], row["note_number"]) for row in work.rows(query)}
    found = new_notes(came, known)
    for (note_id, number), note in found.items():
        row = {"service_order_uid": uid, "note_id": note_id, "note_number": number}
        work.connection.execute(insert(notes).values(**row))
        add_part(work, events, note_event(uid, note, work.now) | {"service_event_uid": new_uid()})
    return bool(found)


def note_event(uid: str, note: Mapping[str, Any], now: str) -> dict[str, Any]:
    """Return what an event of the order `uid` says of a note; one without a date is of this instant."""
    at = time_of(note, "DateCreated") or parse_instant(now)
    writer = str(note.get("CreatedBy") or NAME)
    return {
        "service_order_uid": uid,
        "event_type": NOTE_EVENT,
        "tenant_user_uid": None,
        "tenant_user_display_name": writer,
        "occurred_at": instant_text(at),
        "notes": str(note.get("NoteData") or ""),
        "data": {"eventDate": epoch_ms(at), "metadata": _metadata(note)},
        "created_by": NAME,
        "created_by_uid": None,
        "last_modified_by": NAME,
    }


def _metadata(note: Mapping[str, Any]) -> dict[str, Any]:
    def when(name: str) -> datetime | None:
        return time_of(note, name)

    times = {ours: when(theirs) for ours, theirs in (("followUpAt", "FollowUpDate"), ("scheduledAt", "ScheduledDate"))}
    found = {
        "actionRequired": note.get("ActionRequired") or None,
        "mailedTo": note.get("MailedTo"),
        **{name: instant_text(at) for name, at in times.items() if at},
    }
    return {name: value for name, value in found.items() if value}
