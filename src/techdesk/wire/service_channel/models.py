"""Model what ServiceChannel delivers: 4 members around a work order of 26, and its notes of 9.

Names are the document's. Every member but the work order's `Id` may be absent or null; members that a newer sender
adds are let through. Times stay the text they came as: some carry seven digits of a second, some no offset.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr, WithJsonSchema
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

_LARGEST_WHOLE = 2**63 - 1
_LARGEST_AMOUNT = Decimal(10) ** 15


def _read_amount(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("amount", "must be a number")
    number = Decimal(value)
    if abs(number) >= _LARGEST_AMOUNT:
        raise PydanticCustomError("amount", "must be a number below a thousand millions of millions")
    return number


Whole = Annotated[int, Field(strict=True, ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)]
Amount = Annotated[Decimal | None, BeforeValidator(_read_amount), WithJsonSchema({"type": ["number", "null"]})]
Text = StrictStr | None


class _Member(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True, extra="allow", frozen=True)


class Status(_Member):
    """Say where the work order stands, such as IN PROGRESS / PARTS ON ORDER."""

    primary: Text = None
    extended: Text = None


class Note(_Member):
    """Be one note of a work order."""

    id: Whole | None = None
    number: Whole | None = None
    note_data: Text = None
    date_created: Text = None
    scheduled_date: Text = None
    follow_up_date: Text = None
    action_required: StrictBool | None = None
    mailed_to: Text = None
    created_by: Text = None


class WorkOrder(_Member):
    """Be a work order; `id` is its number at ServiceChannel, `number` the provider's own."""

    id: Whole
    number: Text = None
    purchase_number: Text = None
    subscriber_id: Whole | None = None
    provider_id: Whole | None = None
    location_id: Whole | None = None
    status: Status | None = None
    caller: Text = None
    created_by: Text = None
    call_date: Text = None
    reassign_date: Text = None
    priority: Text = None
    trade: Text = None
    scheduled_date: Text = None
    completed_date: Text = None
    expiration_date: Text = None
    description: Text = None
    category: Text = None
    nte: Amount = None
    currency_alphabetical_code: Text = None
    problem_code: Text = None
    resolution: Text = None
    asset_id: Whole | None = None
    source: Text = None
    recall_work_order: Whole | None = None
    notes: tuple[Note, ...] | None = None


class EventResponse(_Member):
    """Be one delivery: the work order as it is now, and what happened to it."""

    object: WorkOrder
    type: Text = None
    action: Text = None
    event_type: Text = None
