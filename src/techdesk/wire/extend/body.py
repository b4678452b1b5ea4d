"""Model what a servicer sends: an event (Extend, "Update a service order") and acceptance ("Accept/Decline …").

"Any request can contain any data for any event and all fields are optional except for the event name"; "the only
restrictions are around field types". So a type is checked whatever the event, and a field we do not know is kept.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    WithJsonSchema,
    model_validator,
)

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.events import AppointmentType, ContactMethod, CustomerContactType, PartManagementType
from techdesk.domain.instants import from_epoch_ms
from techdesk.wire.json_text import plain_numbers
from techdesk.wire.refusals import not_blank, refusal

TOKEN_HEADER = "X-Extend-Access-Token"  # noqa: S105 - the name of a header
VERSION = "2022-02-01"
LATEST = "latest"

MARK = "techdeskOpId"
"""Member of `metadata` that names our operation: how an event is known again, as Extend knows no idempotency key."""

OTHER_SPELLINGS = {"receptionDate": "receivedAt", "deliveredDate": "deliveredAt"}
"""The prose's spelling → the field table's; the page disagrees with itself, so both are read."""


def _timestamp(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("must be a number: milliseconds since 1970")
    try:
        from_epoch_ms(value)
    except InvalidInputError as error:
        raise refusal(error.title) from error
    return value


Timestamp = Annotated[int | float, BeforeValidator(_timestamp), WithJsonSchema({"type": "number"})]
Text = StrictStr | None
When = Timestamp | None


class UpdateRepair(BaseModel):
    """Record one event: 28 fields, each but `event` optional; null counts as absent."""

    model_config = ConfigDict(extra="allow", frozen=True)

    event: Annotated[StrictStr, AfterValidator(not_blank)]
    received_by: Text = Field(default=None, alias="receivedBy")
    received_at: When = Field(default=None, alias="receivedAt")
    delivered_to: Text = Field(default=None, alias="deliveredTo")
    delivered_at: When = Field(default=None, alias="deliveredAt")
    diagnosed_by: Text = Field(default=None, alias="diagnosedBy")
    diagnostic_explanation: Text = Field(default=None, alias="diagnosticExplanation")
    diagnostic_completed_at: When = Field(default=None, alias="diagnosticCompletedAt")
    is_delayed: StrictBool | None = Field(default=None, alias="isDelayed")
    delay_reason: Text = Field(default=None, alias="delayReason")
    estimated_repair_completion_at: When = Field(default=None, alias="estimatedRepairCompletionAt")
    repair_started_at: When = Field(default=None, alias="repairStartedAt")
    repair_completed_at: When = Field(default=None, alias="repairCompletedAt")
    repair_shipped_at: When = Field(default=None, alias="repairShippedAt")
    repair_explanation: Text = Field(default=None, alias="repairExplanation")
    part_management_event_type: PartManagementType | None = Field(default=None, alias="partManagementEventType")
    appointment_event_type: AppointmentType | None = Field(default=None, alias="appointmentEventType")
    appointment_date: When = Field(default=None, alias="appointmentDate")
    customer_contact_event_type: CustomerContactType | None = Field(default=None, alias="customerContactEventType")
    method: ContactMethod | None = None
    contact_timestamp: When = Field(default=None, alias="contactTimestamp")
    appointment_timestamps: list[Timestamp] | None = Field(default=None, alias="appointmentTimestamps")
    availability_windows: list[Timestamp] | None = Field(default=None, alias="availabilityWindows")
    resolution_type: Text = Field(default=None, alias="resolutionType")
    reason: Text = None
    metadata: dict[str, Any] | None = None
    event_date: When = Field(default=None, alias="eventDate")
    notes: Text = None

    @model_validator(mode="before")
    @classmethod
    def _in_one_spelling(cls, body: Any) -> Any:
        """Leave nulls out, take both spellings of two dates, and turn exact decimals into JSON's numbers."""
        if not isinstance(body, dict):
            return body
        named = {name: value for name, value in body.items() if value is not None}
        for other, name in OTHER_SPELLINGS.items():
            value = named.pop(other, None)
            if value is not None and named.setdefault(name, value) != value:
                raise refusal(f"{name} and {other} are two spellings of one date, and differ")
        try:
            return plain_numbers(named)
        except InvalidInputError as error:
            raise refusal(error.title) from error

    def data(self) -> dict[str, Any]:
        """Return the fields that were sent, `event` and `notes` left out, under the field table's names."""
        sent = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"event", "notes"})
        return {name: value for name, value in sent.items() if name not in ("event", "notes")}


class AcceptRepair(BaseModel):
    """Accept or decline a service order; the page shows a boolean and two strings and lost their names: these are ours.

    Attributes:
        reason: Why it was declined.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    accepted: StrictBool
    reason: StrictStr | None = None
    notes: StrictStr | None = None
