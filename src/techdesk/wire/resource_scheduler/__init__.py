"""The JSON and XML of Resource Scheduler: an order as described tables, read, written, and changed in its own bytes."""

from techdesk.wire.resource_scheduler.completing import completed
from techdesk.wire.resource_scheduler.dates import text_of_ticks, ticks, twin_of, with_twins
from techdesk.wire.resource_scheduler.editing import edit
from techdesk.wire.resource_scheduler.members import (
    DELIVERY,
    ITEM,
    OPTION,
    ORDER,
    PHASES,
    TWINS,
    UDF,
    Kind,
    Member,
    Section,
    Shape,
)
from techdesk.wire.resource_scheduler.reading import Values, flat, form_of, read_order, split
from techdesk.wire.resource_scheduler.writing import Form, joined, write_order

__all__ = [
    "DELIVERY",
    "ITEM",
    "OPTION",
    "ORDER",
    "PHASES",
    "TWINS",
    "UDF",
    "Form",
    "Kind",
    "Member",
    "Section",
    "Shape",
    "Values",
    "completed",
    "edit",
    "flat",
    "form_of",
    "joined",
    "read_order",
    "split",
    "text_of_ticks",
    "ticks",
    "twin_of",
    "with_twins",
    "write_order",
]
