"""Read one delivery, JSON or XML, and say what matters about it: which work order, which notes, how new it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from techdesk.domain.errors import InvalidInputError
from techdesk.wire.json_text import parse_json, plain_numbers
from techdesk.wire.service_channel.answers import Format
from techdesk.wire.service_channel.events import of_a_part, of_a_work_order
from techdesk.wire.service_channel.models import EventResponse
from techdesk.wire.service_channel.xml_text import parse_xml

_EVENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PLAUSIBLE_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery.

    Attributes:
        members: The work order, every member as it came, also those of a newer sender.
    """

    members: Mapping[str, Any]
    type: str = ""
    action: str = ""
    event_type: str = ""

    @property
    def work_order_id(self) -> int:
        """Return the work order's number at ServiceChannel."""
        return int(self.members["Id"])

    @property
    def is_of_a_work_order(self) -> bool:
        """Say whether the event is one of a work order's; its object may be something else otherwise.

        A text that is no event's name, such as the document's own “sample string 3”, says as little as none.
        """
        return _EVENT_NAME.fullmatch(self.event_type) is None or of_a_work_order(self.event_type)

    @property
    def deletes(self) -> bool:
        """Say whether the work order is gone; an event about a part of it, such as an attachment, deletes only that."""
        return self.action.strip().upper() == "DELETE" and not of_a_part(self.event_type)

    @property
    def notes(self) -> list[dict[str, Any]]:
        """Return the notes it brings."""
        return list(self.members.get("Notes") or ())

    @property
    def as_of(self) -> datetime | None:
        """Return how new it is: `UpdatedDate`, else its latest note's `DateCreated`; None where it has neither."""
        updated = time_of(self.members, "UpdatedDate")
        noted = [at for one in self.notes if (at := time_of(one, "DateCreated"))]
        return updated or max(noted, default=None)


def read_delivery(body: bytes, given: Format) -> Delivery:
    """Read a delivery's body.

    Raises:
        InvalidInputError: It is not JSON or XML by our rules, or a member holds something else than the document says;
            `field` is a JSON pointer.
    """
    value = parse_json(body) if given is Format.JSON else parse_xml(body)
    try:
        read = EventResponse.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        raise InvalidInputError(f"{pointer}: {first['msg']}", field=pointer) from error
    return Delivery(plain_numbers(value["Object"]), read.type or "", read.action or "", read.event_type or "")


def time_of(members: Mapping[str, Any], name: str) -> datetime | None:
    """Return a member's time; its twin `…_DTO` goes first, as only that has an offset.

    A time without an offset is taken as UTC: enough to say which of two deliveries is newer.
    """
    for text in (members.get(f"{name}_DTO"), members.get(name)):
        if not isinstance(text, str):
            continue
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            continue
        if found.year in _PLAUSIBLE_YEARS:
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return None
