"""Tie some onsite orders of the sample to work orders, as ServiceChannel would have delivered them."""

from __future__ import annotations

from typing import Any

from techdesk.domain.instants import epoch_ms, parse_instant
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.server.importing.bulk import NewOrder
from techdesk.server.sample.cases import Case
from techdesk.server.sample.times import DAY, text_of
from techdesk.server.service_channel.receiving import note_event
from techdesk.server.storage.ids import uid_at

_STATUSES = {
    ServiceState.NOT_STARTED: ("OPEN", ""),
    ServiceState.IN_PROGRESS: ("IN PROGRESS", "DISPATCH CONFIRMED"),
    ServiceState.ON_HOLD: ("IN PROGRESS", "PARTS ON ORDER"),
    ServiceState.FINISHED: ("COMPLETED", "PENDING CONFIRMATION"),
    ServiceState.CLOSED: ("COMPLETED", "CONFIRMED"),
    ServiceState.CANCELLED: ("COMPLETED", "CANCELLED"),
}
_PRIORITIES = ("P1 - 4 HOURS", "P2 - 8 HOURS", "P3 - 48 HOURS")
_CATEGORIES = ("REPAIR", "MAINTENANCE")
_EVERY = 3


def work_order_columns(case: Case, order: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an order that belongs to a work order; none for most orders."""
    if case.device.kind is not ServiceKind.ONSITE or case.number % _EVERY or order["external_id"]:
        return {}
    number = 140_000_000 + case.number
    members = _members(case, order, number)
    return {"external_system": "service_channel", "external_id": str(number), "work_order": members}


def _members(case: Case, order: dict[str, Any], number: int) -> dict[str, Any]:
    primary, extended = _STATUSES[ServiceState(order["service_state"])]
    site = order["customer"]["name"]
    return {
        "Id": number,
        "Number": f"W{number}",
        "PurchaseNumber": f"PO-{70_000 + case.number}",
        "SubscriberId": 2014917243,
        "ProviderId": 2000090505,
        "LocationId": 2006081000 + case.number % 40,
        "LocationName": site,
        "Status": {"Primary": primary, "Extended": extended},
        "Caller": "Store manager",
        "CreatedBy": "Dispatch centre",
        "CallDate": text_of(case.created_at),
        "Priority": _PRIORITIES[case.number % len(_PRIORITIES)],
        "Trade": case.device.name.upper(),
        "ScheduledDate": text_of(case.due_at),
        "ExpirationDate": text_of(case.due_at + 3 * DAY),
        "Description": case.fault.told,
        "Category": _CATEGORIES[case.number % len(_CATEGORIES)],
        "Nte": 250 + 50 * (case.number % 9),
        "CurrencyAlphabeticalCode": "EUR",
        "ProblemCode": case.fault.title.upper()[:40],
        "Source": "Web",
        "UpdatedDate": text_of(case.last_at),
        "Notes": _notes(case, number),
    }


def _notes(case: Case, number: int) -> list[dict[str, Any]]:
    # within what has happened, also on an order that came a minute ago
    quarter = (case.last_at - case.created_at) // 4
    at = case.created_at + quarter
    first = {
        "Id": number * 10 + 1,
        "Number": 1,
        "NoteData": "Report to the desk at the entrance on arrival and before leaving.",
        "DateCreated": text_of(at),
        "ActionRequired": False,
        "CreatedBy": "Dispatch centre",
    }
    second = {
        "Id": number * 10 + 2,
        "Number": 2,
        "NoteData": "Please tell us the day of the visit.",
        "DateCreated": text_of(at + quarter),
        "FollowUpDate": text_of(case.due_at - DAY),
        "ActionRequired": True,
        "CreatedBy": "Store manager",
    }
    return [first, second]


def add_notes(made: NewOrder) -> None:
    """Make an event of every note, and remember that it is one, as the receiver does."""
    uid = made.order["service_order_uid"]
    for note in (made.order["work_order"] or {}).get("Notes", ()):
        at = note["DateCreated"]
        stamp = {"service_event_uid": uid_at(epoch_ms(parse_instant(at)), note["Id"]), "revision": 1}
        made.events.append(note_event(uid, note, at) | stamp | {"created_at": at, "last_modified_at": at})
        number = {"note_id": str(note["Id"]), "note_number": str(note["Number"])}
        made.service_channel_notes.append({"service_order_uid": uid} | number)
    made.events.sort(key=lambda row: (row["created_at"], row["service_event_uid"]))
