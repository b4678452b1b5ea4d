"""Model what a server answers; the documents show no answer, so all of this is ours (`docs/backends.md`).

A reader tolerates what it does not know. Instants are numbers in the unit of an account's setting, so they stay bare.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr
from pydantic.alias_generators import to_camel

Number = int | float


class _Answer(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, defer_build=True
    )


class Refusal(_Answer):
    """Say why a request was refused; `code` is for programs, `message` for people."""

    code: StrictStr
    message: StrictStr


class Recorded(_Answer):
    """Say that an event was recorded."""

    service_order_id: StrictStr
    event_id: StrictStr
    event: StrictStr
    received_at: Number


class Accepted(_Answer):
    """Say that an order was accepted or declined."""

    service_order_id: StrictStr
    accepted: bool
    accepted_at: Number | None = None


class Customer(_Answer):
    """Be who the service is for."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None


class Product(_Answer):
    """Be the thing that is repaired."""

    name: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None


_RECEIVES = "product_received"


class ShownEvent(_Answer):
    """Be an event as it was sent, and what the server adds.

    Attributes:
        created_at: When the server received it; one may say `receivedAt` instead, which is also a field of one body.
        created_by: Who sent it, for people.
    """

    model_config = ConfigDict(extra="allow")

    event_id: StrictStr
    event: StrictStr
    created_at: Number | None = None
    created_by: str | None = None

    @property
    def came_at(self) -> float | None:
        """When the server received it, as it says; None if it does not."""
        return self._extra["receivedAt"] if self._says_received_at else self.created_at

    def body(self) -> dict[str, Any]:
        """Return the fields of the body, without `event`."""
        return {name: one for name, one in self._extra.items() if name != "receivedAt" or not self._says_received_at}

    @property
    def _extra(self) -> dict[str, Any]:
        return self.model_extra or {}

    @property
    def _says_received_at(self) -> bool:
        """Say whether `receivedAt` is the server's; on the kind that has such a field it is the technician's."""
        value = self._extra.get("receivedAt")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self.created_at is None and self.event != _RECEIVES


class ServiceOrder(_Answer):
    """Be a service order with all its events.

    Attributes:
        status: A state, such as `IN_PROGRESS`.
        status_name: What the state is called there.
        assigned_to: Who works on it, for people.
    """

    id: StrictStr
    claim_id: str | None = None
    number: str | None = None
    title: str | None = None
    description: str | None = None
    service_type: str | None = None
    status: str | None = None
    status_name: str | None = None
    assigned_to: str | None = None
    created_at: Number | None = None
    updated_at: Number | None = None
    accepted_at: Number | None = None
    closed_at: Number | None = None
    customer: Customer | None = None
    product: Product | None = None
    site: Customer | None = None
    events: list[ShownEvent] | None = Field(default=None)


class Found(_Answer):
    """Be the service orders of a claim, or the one of an id."""

    service_orders: list[ServiceOrder]
