"""Answer operations 7 to 19: the items, events and hours of an order."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response
from sqlalchemy import Table, select

from techdesk.server.flow_retail.paths import (
    NO_CONTENT,
    ORDER,
    IfMatch,
    OrderUid,
    PostingCall,
    StoreCall,
    part_reply,
    router,
)
from techdesk.server.orders.events import create_event, delete_event, update_event
from techdesk.server.orders.hours import create_hours, delete_hours, update_hours
from techdesk.server.orders.items import create_item, delete_item, update_item
from techdesk.server.orders.parts import key_of, part_row, shown_part
from techdesk.server.orders.rows import order_row
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.listing import PagedAndSorted, PageRequest, Sorts, envelope, page_of
from techdesk.server.storage.tables import events, hours, items
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import (
    Event,
    EventCreate,
    EventUpdate,
    Hours,
    HoursCreate,
    HoursUpdate,
    Item,
    ItemCreate,
    ItemUpdate,
    Page,
)
from techdesk.wire.flow_retail.fields import UID_PATTERN

routes = router("Items, events, hours")

ItemUid = Annotated[str, Path(alias="serviceOrderItemUid", pattern=UID_PATTERN)]
EventUid = Annotated[str, Path(alias="serviceEventUid", pattern=UID_PATTERN)]
HoursUid = Annotated[str, Path(alias="serviceHoursUid", pattern=UID_PATTERN)]

_EVENT_SORTS: Sorts = {
    "serviceEventUid": events.c.service_event_uid,
    "eventType": events.c.event_type,
    "occurredAt": events.c.occurred_at,
    "createdAt": events.c.created_at,
    "lastModifiedAt": events.c.last_modified_at,
}
_HOURS_SORTS: Sorts = {
    "serviceHoursUid": hours.c.service_hours_uid,
    "startedAt": hours.c.started_at,
    "endedAt": hours.c.ended_at,
    "minutes": hours.c.minutes,
    "createdAt": hours.c.created_at,
    "lastModifiedAt": hours.c.last_modified_at,
}


@routes.post(f"{ORDER}/items", response_model=Item, status_code=201)
def post_item(call: PostingCall, order_uid: OrderUid, body: ItemCreate) -> Response:
    """Add an item."""
    return call.write(lambda work: _made(items, create_item(work, order_uid, body), call.request.url.path))


@routes.put(f"{ORDER}/items/{{serviceOrderItemUid}}", response_model=Item)
def put_item(
    call: StoreCall, order_uid: OrderUid, item_uid: ItemUid, body: ItemUpdate, if_match: IfMatch = None
) -> Response:
    """Change the fields of an item that the body names."""
    place = (order_uid, item_uid)
    return call.write(lambda work: part_reply(shown_part(items, update_item(work, place, body, if_match))))


@routes.delete(f"{ORDER}/items/{{serviceOrderItemUid}}", status_code=204)
def remove_item(call: StoreCall, order_uid: OrderUid, item_uid: ItemUid, if_match: IfMatch = None) -> Response:
    """Delete an item."""

    def remove(work: Work) -> Reply:
        delete_item(work, (order_uid, item_uid), if_match)
        return NO_CONTENT

    return call.write(remove)


@routes.get(f"{ORDER}/events", response_model=Page[Event])
def list_events(call: StoreCall, order_uid: OrderUid, page: PagedAndSorted) -> Response:
    """List the events of an order."""
    return call.read(lambda work: _listed(work, events, order_uid, _EVENT_SORTS, page))


@routes.get(f"{ORDER}/events/{{serviceEventUid}}", response_model=Event)
def get_event(call: StoreCall, order_uid: OrderUid, event_uid: EventUid) -> Response:
    """Get an event."""
    return call.read(lambda work: part_reply(shown_part(events, part_row(work, events, order_uid, event_uid))))


@routes.post(f"{ORDER}/events", response_model=Event, status_code=201)
def post_event(call: PostingCall, order_uid: OrderUid, body: EventCreate) -> Response:
    """Record an event."""
    return call.write(lambda work: _made(events, create_event(work, order_uid, body), call.request.url.path))


@routes.put(f"{ORDER}/events/{{serviceEventUid}}", response_model=Event)
def put_event(
    call: StoreCall, order_uid: OrderUid, event_uid: EventUid, body: EventUpdate, if_match: IfMatch = None
) -> Response:
    """Change the parts of an event that the body names."""
    place = (order_uid, event_uid)
    return call.write(lambda work: part_reply(shown_part(events, update_event(work, place, body, if_match))))


@routes.delete(f"{ORDER}/events/{{serviceEventUid}}", status_code=204)
def remove_event(call: StoreCall, order_uid: OrderUid, event_uid: EventUid, if_match: IfMatch = None) -> Response:
    """Delete an event."""

    def remove(work: Work) -> Reply:
        delete_event(work, (order_uid, event_uid), if_match)
        return NO_CONTENT

    return call.write(remove)


@routes.get(f"{ORDER}/hours", response_model=Page[Hours])
def list_hours(call: StoreCall, order_uid: OrderUid, page: PagedAndSorted) -> Response:
    """List the hours of an order."""
    return call.read(lambda work: _listed(work, hours, order_uid, _HOURS_SORTS, page))


@routes.get(f"{ORDER}/hours/{{serviceHoursUid}}", response_model=Hours)
def get_hours(call: StoreCall, order_uid: OrderUid, hours_uid: HoursUid) -> Response:
    """Get an hours entry."""
    return call.read(lambda work: part_reply(shown_part(hours, part_row(work, hours, order_uid, hours_uid))))


@routes.post(f"{ORDER}/hours", response_model=Hours, status_code=201)
def post_hours(call: PostingCall, order_uid: OrderUid, body: HoursCreate) -> Response:
    """Add an hours entry."""
    return call.write(lambda work: _made(hours, create_hours(work, order_uid, body), call.request.url.path))


@routes.put(f"{ORDER}/hours/{{serviceHoursUid}}", response_model=Hours)
def put_hours(
    call: StoreCall, order_uid: OrderUid, hours_uid: HoursUid, body: HoursUpdate, if_match: IfMatch = None
) -> Response:
    """Change the fields of an hours entry that the body names."""
    place = (order_uid, hours_uid)
    return call.write(lambda work: part_reply(shown_part(hours, update_hours(work, place, body, if_match))))


@routes.delete(f"{ORDER}/hours/{{serviceHoursUid}}", status_code=204)
def remove_hours(call: StoreCall, order_uid: OrderUid, hours_uid: HoursUid, if_match: IfMatch = None) -> Response:
    """Delete an hours entry."""

    def remove(work: Work) -> Reply:
        delete_hours(work, (order_uid, hours_uid), if_match)
        return NO_CONTENT

    return call.write(remove)


def _made(table: Table, row: dict[str, Any], path: str) -> Reply:
    return part_reply(shown_part(table, row), 201, f"{path}/{row[key_of(table).name]}")


def _listed(work: Work, table: Table, order_uid: str, sorts: Sorts, page: PageRequest) -> str:
    order_row(work, order_uid)
    rows, total = page_of(work, select(table).where(table.c.service_order_uid == order_uid), sorts, page)
    return envelope([shown_part(table, row) for row in rows], total, page)
