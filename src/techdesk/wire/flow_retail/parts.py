"""Model what an order gathers: events, hours and notifications.

An event's `data` holds the fields of its kind under the names of the catalogue (`domain.events`), dates in
epoch milliseconds, checked by type; `notes` stands beside it. Minutes and price of hours follow from times
and rate.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import check_data
from techdesk.domain.events import EVENT_KINDS, OTHER_EVENT_FIELDS
from techdesk.wire.flow_retail.fields import (
    Answer,
    Flag,
    FreeJson,
    Instant,
    Name,
    Number,
    OptionalInstant,
    OptionalUid,
    Request,
    Text,
    Uid,
)


class Event(Answer):
    """Be something that happened on an order; `created_by` is a display name."""

    service_event_uid: Uid
    service_order_uid: OptionalUid = None
    event_type: Text = ""
    tenant_user_uid: OptionalUid = None
    tenant_user_display_name: Text = ""
    occurred_at: OptionalInstant = None
    notes: Text = ""
    data: FreeJson = Field(default_factory=dict)
    created_at: OptionalInstant = None
    created_by: Text = ""
    last_modified_at: OptionalInstant = None
    last_modified_by: Text = ""
    revision: int | None = None


class Hours(Answer):
    """Be one stretch of work; an entry without `ended_at` is still running."""

    service_hours_uid: Uid
    service_order_uid: OptionalUid = None
    tenant_user_uid: OptionalUid = None
    tenant_user_display_name: Text = ""
    hourly_rate_uid: OptionalUid = None
    started_at: OptionalInstant = None
    ended_at: OptionalInstant = None
    minutes: int = 0
    billable: bool = True
    note: Text = ""
    price: Number | None = None
    created_at: OptionalInstant = None
    last_modified_at: OptionalInstant = None
    revision: int | None = None


class Notification(Answer):
    """Be a message to the customer: channel SMS or EMAIL, status QUEUED, SENT, FAILED or NOT_CONFIGURED."""

    service_notification_uid: Uid
    service_order_uid: OptionalUid = None
    channel: Text = ""
    recipient: Text = ""
    message: Text = ""
    status: Text = ""
    created_at: OptionalInstant = None
    sent_at: OptionalInstant = None
    revision: int | None = None


def check_event_data(event_type: str, data: dict[str, Any]) -> None:
    """Check that `data` holds only fields of the event's kind, each of its type.

    Raises:
        InvalidInputError: A field is unknown to the kind or of the wrong type; its `field` is the wire name.
    """
    kind = EVENT_KINDS.get(event_type)
    known = {one.wire for one in (kind.fields if kind else OTHER_EVENT_FIELDS)}
    for name in data:
        if name not in known:
            raise InvalidInputError(f"{event_type} has no field “{name[:40]}”", field=name)
    check_data(data)


class EventUpdate(Request):
    """Replace the named parts of an event; `data` is replaced whole. The name of the event stays."""

    tenant_user_uid: OptionalUid = None
    occurred_at: OptionalInstant = None
    notes: Text = ""
    data: FreeJson = Field(default_factory=dict)

    @field_validator("data")
    @classmethod
    def _without_empty_fields(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}


class EventCreate(EventUpdate):
    """Record an event; any name outside the catalogue is an other event with `eventDate` and `metadata`."""

    event_type: Name

    @model_validator(mode="after")
    def _data_fits_the_event(self) -> EventCreate:
        try:
            check_event_data(self.event_type, self.data)
        except InvalidInputError as error:
            raise PydanticCustomError(
                "invalid", "{message}", {"message": error.title, "pointer": f"/data/{error.field}"}
            ) from error
        return self


class HoursUpdate(Request):
    """Replace the named fields of an hours entry."""

    started_at: Instant | None = None
    ended_at: OptionalInstant = None
    tenant_user_uid: OptionalUid = None
    hourly_rate_uid: OptionalUid = None
    billable: Flag = True
    note: Text = ""


class HoursCreate(HoursUpdate):
    """Add an hours entry; `started_at` is needed."""

    started_at: Instant
