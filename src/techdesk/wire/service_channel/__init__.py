"""Speak as ServiceChannel's webhook does: what it delivers, as JSON or XML, and what it is answered."""

from techdesk.wire.service_channel.answers import Format, answer_text, asked_format, given_format
from techdesk.wire.service_channel.deliveries import Delivery, read_delivery, time_of
from techdesk.wire.service_channel.models import EventResponse, Note, Status, WorkOrder
from techdesk.wire.service_channel.xml_text import NAMESPACE

__all__ = [
    "NAMESPACE",
    "Delivery",
    "EventResponse",
    "Format",
    "Note",
    "Status",
    "WorkOrder",
    "answer_text",
    "asked_format",
    "given_format",
    "read_delivery",
    "time_of",
]
