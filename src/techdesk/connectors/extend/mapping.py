"""Turn what a person recorded into Extend's body, and what Extend shows into our documents.

Our documents hold times of events in epoch milliseconds and dates under the field table's names; the account's settings
say how they go over the wire. A time that is not believable in the account's unit is never sent, and an order that
comes with one is set aside with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from techdesk.application.exchange import PulledOrder, PulledPart
from techdesk.application.sync.recognizing import Mark
from techdesk.connectors.extend.settings import ExtendSettings
from techdesk.connectors.server_ids import checked_id
from techdesk.domain.errors import InvalidInputError, NotSupportedError
from techdesk.domain.event_data import WIRE_FIELDS
from techdesk.domain.events import EVENT_KINDS, FieldType
from techdesk.domain.instants import epoch_ms, from_epoch_ms, instant_text, parse_instant
from techdesk.domain.records import Document, RecordType, compact
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.wire.extend import MARK, OTHER_SPELLINGS, ServiceOrder, ShownEvent, UpdateRepair
from techdesk.wire.refusals import in_plain_words

SYSTEM = "extend"

_KIND_NAMES = {
    ServiceKind.DEPOT: "Depot repair",
    ServiceKind.ONSITE: "Onsite repair",
    ServiceKind.OTHER: "Other service",
}
_ENDED = {"completed": ServiceState.FINISHED, "closed": ServiceState.CLOSED, "declined": ServiceState.CANCELLED}
"""State words of a comparable vendor (Evy, "The service order object"); Extend's own are not published."""
_SHORT_ID = 8


def body_of(intent: Document, op_id: str, settings: ExtendSettings) -> dict[str, Any]:
    """Return the JSON body of an event, marked with the operation it is sent by.

    Raises:
        NotSupportedError: Extend would refuse it by a field's type; the text says where.
    """
    event, data = intent.get("event_type", ""), dict(intent.get("data", {}))
    data["metadata"] = {**(data.get("metadata") or {}), MARK: op_id}
    if not _has_own_date(event) and intent.get("occurred_at"):
        # it has no field for it, but "any request can contain any data", and an event made offline arrives late
        data.setdefault("eventDate", epoch_ms(parse_instant(intent["occurred_at"])))
    if intent.get("notes"):
        data["notes"] = intent["notes"]
    body = {"event": event, **data}
    try:
        UpdateRepair.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "event"
        label = WIRE_FIELDS[name].label if name in WIRE_FIELDS else name.capitalize()
        raise NotSupportedError("Extend would refuse this", f"{label}: {in_plain_words(first)}") from error
    return {settings.spellings.get(name, name): _sent(name, value, settings) for name, value in body.items()}


def read_order(order: ServiceOrder, settings: ExtendSettings) -> PulledOrder:
    """Return an order with its events as ours.

    Raises:
        InvalidInputError: A time is not believable in the account's unit, or its id cannot be asked for.
    """
    checked_id(order.id, "id")
    kind = ServiceKind(order.service_type) if order.service_type in list(ServiceKind) else ServiceKind.OTHER
    product = order.product
    state = _state(order)
    document = {
        "service_order_uid": order.id,
        "service_number": order.number or order.claim_id or order.id[:_SHORT_ID].upper(),
        "title": order.title or _product_name(order) or _type_name(order),
        "description": order.description,
        "service_kind": kind.value,
        "service_type_name": _type_name(order),
        "service_state": state.value,
        "service_status_name": order.status_name or _status_name(order, state),
        "assigned_user_display_name": order.assigned_to,
        "requires_acceptance": True,
        "accepted_at": _instant("acceptedAt", order.accepted_at, settings),
        "closed_at": _instant("closedAt", order.closed_at, settings),
        "created_at": _instant("createdAt", order.created_at, settings),
        "last_modified_at": _instant("updatedAt", order.updated_at, settings),
        "external_system": SYSTEM,
        "external_id": order.claim_id,
        "customer": order.customer.model_dump() if order.customer else None,
        "site": {"name": order.site.name, "address": order.site.address} if order.site else None,
        "assets": [
            compact(
                {
                    "name": product.name,
                    "maker": product.manufacturer,
                    "model": product.model,
                    "serial_number": product.serial_number,
                }
            )
        ]
        if product
        else None,
    }
    parts = [read_event(one, settings) for one in order.events or ()]
    known = compact(document)
    return PulledOrder(server_id=order.id, document=known, revision=known.get("last_modified_at"), parts=parts)


def read_event(event: ShownEvent, settings: ExtendSettings) -> PulledPart:
    """Return an event as ours, without our mark.

    Raises:
        InvalidInputError: The moment it was received is not believable in the account's unit.
    """
    created_at = _instant("createdAt", event.came_at, settings)
    document = event_document(event.event, event.body(), settings) | {
        "service_event_uid": event.event_id,
        "created_at": created_at,
        "created_by": event.created_by,
        "tenant_user_display_name": event.created_by,
    }
    document.setdefault("occurred_at", created_at)
    return PulledPart(record_type=RecordType.EVENT, server_id=event.event_id, document=compact(document))


def event_document(event: str, body: Mapping[str, Any], settings: ExtendSettings) -> Document:
    """Return what a body says as the document of an event."""
    data = {OTHER_SPELLINGS.get(name, name): value for name, value in body.items() if value is not None}
    data = {name: _received(name, value, settings) for name, value in data.items()}
    if isinstance(data.get("metadata"), dict):
        data["metadata"] = {name: value for name, value in data["metadata"].items() if name != MARK}
    kind = EVENT_KINDS.get(event)
    own_date = kind.own_date_field if kind else WIRE_FIELDS["eventDate"]
    occurred_at = _believable(data.get(own_date.wire)) if own_date else _believable(data.pop("eventDate", None))
    return compact({"event_type": event, "notes": data.pop("notes", None), "data": data, "occurred_at": occurred_at})


def skeleton(order_id: str, kind: ServiceKind) -> PulledOrder:
    """Return an order of which nothing but its id can be known: it counts as accepted, and the server has the word."""
    short = order_id[:_SHORT_ID].upper()
    document = {
        "service_order_uid": order_id,
        "service_number": short,
        "title": f"Service order {short}",
        "service_kind": kind.value,
        "service_type_name": _KIND_NAMES[kind],
        "service_state": ServiceState.IN_PROGRESS.value,
        "service_status_name": "Not readable",
        "external_system": SYSTEM,
    }
    return PulledOrder(server_id=order_id, document=document)


def mark_of(event: ShownEvent, op_id: str) -> Mark:
    """Return by which operation an event says it was sent."""
    metadata = event.body().get("metadata")
    mark = metadata.get(MARK) if isinstance(metadata, dict) else None
    if not mark:
        return Mark.NONE
    return Mark.OURS if mark == op_id else Mark.ANOTHERS


def _has_own_date(event: str) -> bool:
    kind = EVENT_KINDS.get(event)
    return kind is None or kind.own_date_field is not None


def _state(order: ServiceOrder) -> ServiceState:
    """Return the state; where an order says that it is closed, that counts more than the word of its status."""
    word = order.status or ""
    known = ServiceState(word) if word in list(ServiceState) else _ENDED.get(word.lower())
    if order.closed_at is not None:
        return known if known and not known.takes_work else ServiceState.CLOSED
    if known is None:
        return ServiceState.IN_PROGRESS if order.accepted_at is not None else ServiceState.NOT_STARTED
    return known


def _type_name(order: ServiceOrder) -> str:
    """Return what the type is called; a word we do not know stands as it came."""
    word = order.service_type or ServiceKind.OTHER.value
    return _KIND_NAMES[ServiceKind(word)] if word in list(ServiceKind) else word


def _status_name(order: ServiceOrder, state: ServiceState) -> str:
    """Return what a status without a name is called; a word we do not know stands as it came."""
    word = order.status or state.value
    return word.replace("_", " ").capitalize() if word in list(ServiceState) or word.lower() in _ENDED else word


def _product_name(order: ServiceOrder) -> str:
    product = order.product
    return (
        " ".join(one for one in (product.manufacturer, product.model) if one) or product.name or "" if product else ""
    )


def _instant(name: str, value: float | None, settings: ExtendSettings) -> str | None:
    if value is None:
        return None
    try:
        return instant_text(from_epoch_ms(value * 1000 if settings.in_seconds else value))
    except InvalidInputError as error:
        unit = "seconds" if settings.in_seconds else "milliseconds"
        hint = "Check in the account whether times are in ms or s"
        raise InvalidInputError(f"{name} is no time in {unit}", hint, field=name) from error


def _believable(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return instant_text(from_epoch_ms(value))
    except InvalidInputError:
        return None


def _sent(name: str, value: Any, settings: ExtendSettings) -> Any:
    return _each_time(name, value, lambda time: int(time // 1000)) if settings.in_seconds else value


def _received(name: str, value: Any, settings: ExtendSettings) -> Any:
    return _each_time(name, value, lambda time: time * 1000) if settings.in_seconds else value


def _each_time(name: str, value: Any, turn: Any) -> Any:
    holds = WIRE_FIELDS[name].holds if name in WIRE_FIELDS else None
    if holds is FieldType.INSTANT and _is_number(value):
        return turn(value)
    if holds is FieldType.INSTANTS and isinstance(value, list):
        return [turn(one) if _is_number(one) else one for one in value]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
