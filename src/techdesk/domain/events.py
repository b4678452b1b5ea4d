"""Know every event kind: its name on the wire, its label, its fields and the kind of service it belongs to.

The catalogue is the one of Extend's "Update a service order" page (both its field table and its prose): seven depot and
five onsite kinds, recommended order, none enforced, every field optional. Any other name is an `OtherEvent`. A new kind
is one decorated class here; dialogs, wire data, menus, history lines and tests follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from typing_extensions import override

from techdesk.domain.choice_words import choice_words
from techdesk.domain.vocabulary import ServiceKind

INTERNAL_NOTE = "internal_note"
"""Name of the other event that carries nothing but a note."""


class FieldType(Enum):
    """What a field of an event holds; each has one editor in the dialogs."""

    TEXT = "text"
    LONG_TEXT = "long text"
    INSTANT = "date and time"
    FLAG = "yes or no"
    CHOICE = "one of a list"
    INSTANTS = "list of dates and times"
    METADATA = "names and values"


class Prefill(Enum):
    """What a dialog fills in before the person types."""

    NOTHING = "nothing"
    ME = "the technician's name"
    NOW = "the moment the dialog opened"


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of an event kind.

    Attributes:
        name: Attribute of the class (`received_by`).
        wire: Name in JSON (`receivedBy`).
        label: What the dialog shows.
        holds: What it holds.
        enum: The allowed values of a `CHOICE`; None otherwise.
        prefill: What a dialog fills in.
        own_date: True on the one field that says when the event happened.
        offers: Kind of reference whose names a dialog offers beside free text; empty for none.
    """

    name: str
    wire: str
    label: str
    holds: FieldType
    enum: type[StrEnum] | None
    prefill: Prefill
    own_date: bool
    offers: str = ""

    @property
    def choices(self) -> Mapping[str, str]:
        """Return the allowed values, JSON text to label; empty where any value is taken."""
        return {one.value: choice_words(one.value) for one in self.enum or ()}


@dataclass(frozen=True, slots=True)
class EventKind:
    """One entry of the catalogue.

    Attributes:
        name: Name in JSON, as the catalogue spells it.
        label: What menus and the history show.
        service: The kind of service it belongs to.
        step: Place in the recommended order of its service kind, from 1.
        event_class: The class of its events.
        fields: Its fields, in the order of the dialog, without `notes`.
    """

    name: str
    label: str
    service: ServiceKind
    step: int
    event_class: type[Event]
    fields: tuple[EventField, ...]

    @property
    def own_date_field(self) -> EventField | None:
        """Return the field that says when the event happened, where the kind has one."""
        return next((one for one in self.fields if one.own_date), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened on an order; subclasses add the fields of their kind.

    Attributes:
        notes: Free text, allowed on every event.
        extra: Fields that another program sent with this event; kept and sent back as they came.
    """

    KIND: ClassVar[EventKind]

    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """Return the event's name in JSON."""
        return self.KIND.name

    @property
    def label(self) -> str:
        """Return the event's name for people."""
        return self.KIND.label

    @property
    def own_date(self) -> datetime | None:
        """Return when the event happened by its own date field, if it has one and it is set."""
        own = self.KIND.own_date_field
        return getattr(self, own.name) if own else None


EVENT_KINDS: dict[str, EventKind] = {}
"""The catalogue, by name, in recommended order; depot kinds first."""


def _field(
    wire: str,
    label: str,
    *,
    prefill: Prefill = Prefill.NOTHING,
    long: bool = False,
    own_date: bool = False,
) -> Any:
    """Declare an optional field of an event kind; its type follows from the annotation."""
    metadata = {"wire": wire, "label": label, "prefill": prefill, "long": long, "own_date": own_date}
    return field(default=None, metadata=metadata)


def _offering(wire: str, label: str, offers: str) -> Any:
    """Declare a field of free text whose dialog offers the names of a kind of reference."""
    return field(default=None, metadata={**_field(wire, label).metadata, "offers": offers})


_TYPES: dict[Any, FieldType] = {
    str: FieldType.TEXT,
    datetime: FieldType.INSTANT,
    bool: FieldType.FLAG,
    tuple[datetime, ...]: FieldType.INSTANTS,
    Mapping[str, Any]: FieldType.METADATA,
}


def _described(name: str, annotation: Any, metadata: Mapping[str, Any]) -> EventField:
    """Describe one declared field by its annotation (`X | None`) and its metadata."""
    bare = next(one for one in get_args(annotation) if one is not type(None))
    is_choice = isinstance(bare, type) and issubclass(bare, StrEnum)
    kind = FieldType.CHOICE if is_choice else _TYPES[bare]
    return EventField(
        name=name,
        wire=metadata["wire"],
        label=metadata["label"],
        holds=FieldType.LONG_TEXT if metadata["long"] else kind,
        enum=bare if is_choice else None,
        prefill=metadata["prefill"],
        own_date=metadata["own_date"],
        offers=metadata.get("offers", ""),
    )


def _own_fields(cls: type[Event]) -> tuple[EventField, ...]:
    hints = get_type_hints(cls)
    return tuple(_described(one.name, hints[one.name], one.metadata) for one in fields(cls) if "wire" in one.metadata)


_EventType = TypeVar("_EventType", bound=type[Event])


def event_kind(name: str, *, label: str, service: ServiceKind) -> Callable[[_EventType], _EventType]:
    """Enter a class in the catalogue under its JSON name."""

    def enter(cls: _EventType) -> _EventType:
        step = 1 + sum(one.service is service for one in EVENT_KINDS.values())
        cls.KIND = EventKind(name, label, service, step, cls, _own_fields(cls))
        EVENT_KINDS[name] = cls.KIND
        return cls

    return enter


@event_kind("product_received", label="Product received", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductReceived(Event):
    """The product arrived at the depot."""

    received_by: str | None = _field("receivedBy", "Received by", prefill=Prefill.ME)
    received_at: datetime | None = _field("receivedAt", "Received at", prefill=Prefill.NOW, own_date=True)


@event_kind("product_delivered", label="Product delivered", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDelivered(Event):
    """The product was handed over."""

    delivered_to: str | None = _field("deliveredTo", "Delivered to")
    delivered_at: datetime | None = _field("deliveredAt", "Delivered at", prefill=Prefill.NOW, own_date=True)


@event_kind("product_diagnosed", label="Product diagnosed", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDiagnosed(Event):
    """The fault was found."""

    diagnosed_by: str | None = _field("diagnosedBy", "Diagnosed by", prefill=Prefill.ME)
    diagnostic_explanation: str | None = _field("diagnosticExplanation", "What was found", long=True)
    diagnostic_completed_at: datetime | None = _field(
        "diagnosticCompletedAt", "Diagnosis completed at", prefill=Prefill.NOW, own_date=True
    )


@event_kind("repair_eta", label="Repair estimate", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class RepairEta(Event):
    """The day the repair is expected to be done was set or moved."""

    estimated_repair_completion_at: datetime | None = _field("estimatedRepairCompletionAt", "Expected to be done at")
    is_delayed: bool | None = _field("isDelayed", "The repair is delayed")
    delay_reason: str | None = _field("delayReason", "Reason for the delay", long=True)


@event_kind("repair_started", label="Repair started", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class RepairStarted(Event):
    """Work on the product began."""

    repair_started_at: datetime | None = _field("repairStartedAt", "Started at", prefill=Prefill.NOW, own_date=True)


@event_kind("repair_completed", label="Repair completed", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCompleted(Event):
    """Work on the product is done."""

    repair_completed_at: datetime | None = _field(
        "repairCompletedAt", "Completed at", prefill=Prefill.NOW, own_date=True
    )
    repair_explanation: str | None = _field("repairExplanation", "What was done", long=True)


@event_kind("repair_shipped", label="Repair shipped", service=ServiceKind.DEPOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class RepairShipped(Event):
    """The repaired product left the depot."""

    repair_shipped_at: datetime | None = _field("repairShippedAt", "Shipped at", prefill=Prefill.NOW, own_date=True)


class PartManagementType(StrEnum):
    """Where the parts of an onsite repair are."""

    NEEDED = "parts_needed"
    ORDERED = "parts_ordered"
    SHIPPED = "parts_shipped"
    DELIVERED = "parts_delivered"


@event_kind("part_management", label="Parts", service=ServiceKind.ONSITE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PartManagement(Event):
    """Parts were needed, ordered, shipped or delivered."""

    part_management_event_type: PartManagementType | None = _field("partManagementEventType", "Parts are")


class AppointmentType(StrEnum):
    """What happened to an appointment."""

    SCHEDULED = "scheduled"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


@event_kind("appointment_scheduling", label="Appointment", service=ServiceKind.ONSITE)
@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentScheduling(Event):
    """An appointment was made, moved or cancelled."""

    appointment_event_type: AppointmentType | None = _field("appointmentEventType", "Appointment was")
    appointment_date: datetime | None = _field("appointmentDate", "Appointment at")


class CustomerContactType(StrEnum):
    """Why the customer was contacted."""

    REMINDER = "appointment_reminder"
    ATTEMPT_FAILED = "schedule_attempt_failure"
    REQUESTED = "appointment_requested"
    REQUEST_CONFIRMED = "appointment_request_confirmed"


class ContactMethod(StrEnum):
    """How the customer was contacted."""

    EMAIL = "email"
    PHONE = "phone"
    BOTH = "email_and_phone"


@event_kind("customer_contact", label="Customer contact", service=ServiceKind.ONSITE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerContact(Event):
    """The customer was contacted, or it was tried."""

    customer_contact_event_type: CustomerContactType | None = _field("customerContactEventType", "Contact about")
    method: ContactMethod | None = _field("method", "Contact by")
    contact_timestamp: datetime | None = _field("contactTimestamp", "Contacted at", prefill=Prefill.NOW, own_date=True)
    appointment_timestamps: tuple[datetime, ...] | None = _field("appointmentTimestamps", "Proposed appointments")


@event_kind("batched", label="Availability", service=ServiceKind.ONSITE)
@dataclass(frozen=True, slots=True, kw_only=True)
class Batched(Event):
    """The customer's possible times were collected."""

    availability_windows: tuple[datetime, ...] | None = _field("availabilityWindows", "Available at")


@event_kind("resolved", label="Resolved", service=ServiceKind.ONSITE)
@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Event):
    """The onsite repair came to its end; the allowed values are unpublished, so any text is taken."""

    resolution_type: str | None = _offering("resolutionType", "Resolution", "resolution_types")
    reason: str | None = _offering("reason", "Reason", "resolution_reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent(Event):
    """An event of any other name, legal for every kind of service.

    Attributes:
        event: The name in JSON, as given.
        event_date: When it happened.
        metadata: Free names and JSON values.
    """

    event: str
    event_date: datetime | None = _field("eventDate", "Happened at", prefill=Prefill.NOW, own_date=True)
    metadata: Mapping[str, Any] | None = _field("metadata", "Details")

    @property
    @override
    def name(self) -> str:
        return self.event

    @property
    @override
    def label(self) -> str:
        return self.event.replace("_", " ").strip().capitalize() or "Other event"

    @property
    @override
    def own_date(self) -> datetime | None:
        return self.event_date


OTHER_EVENT_FIELDS: tuple[EventField, ...] = _own_fields(OtherEvent)
"""The fields of an event of any other name, beside `notes`."""


def kinds_for(service: ServiceKind) -> tuple[EventKind, ...]:
    """Return the kinds of `service` in recommended order; an order of another kind takes every kind."""
    return tuple(one for one in EVENT_KINDS.values() if service in (one.service, ServiceKind.OTHER))


def event_fields(event: Event) -> tuple[EventField, ...]:
    """Return the described fields of an event, without `notes`."""
    return OTHER_EVENT_FIELDS if isinstance(event, OtherEvent) else event.KIND.fields


def fits(name: str, service: ServiceKind) -> bool:
    """Say whether an event called `name` may be recorded on an order of this service kind.

    A listed event belongs to its service kind only; any other name, and any order of kind `other`, takes all
    (Extend, "Important notes about events"). `repair_shipped` stands in no event list there, so onsite takes it as
    an other event.
    """
    kind = EVENT_KINDS.get(name)
    return kind is None or kind.service is service or service is ServiceKind.OTHER or name == "repair_shipped"
