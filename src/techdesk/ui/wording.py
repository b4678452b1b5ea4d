"""Say records, fields and values in words: what the timeline, the sync centre and a copied text show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from techdesk.application.order_detail import Choices
from techdesk.application.order_form import OrderForm
from techdesk.application.outbox import Operation
from techdesk.domain.choice_words import choice_words
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import event_as_received
from techdesk.domain.events import EVENT_KINDS, Event, FieldType, event_fields
from techdesk.domain.instants import parse_instant
from techdesk.domain.money import parse_money
from techdesk.domain.records import FOLLOWS, RecordType
from techdesk.ui.editors.metadata import value_in_words
from techdesk.ui.form_words import FormWords
from techdesk.ui.formats import Formats

Line = tuple[str, str]
"""A label and what stands behind it."""

FIELD_LABELS: Mapping[str, str] = {
    "title": "Fault in a few words",
    "description": "What the customer says",
    "customer": "Customer",
    "site": "Site",
    "assets": "Device",
    "service_type_uid": "Service type",
    "service_status_uid": "Status",
    "assigned_user_uid": "Assigned to",
    "priority": "Priority",
    "location_label": "Shelf",
    "external_service_number": "Their number",
    "warranty": "Warranty",
    "requires_price_estimate": "Wants an estimate first",
    "estimated_price": "Estimate",
    "max_price": "Price limit",
    "ready_at_estimate": "Promised for",
    "ready_at_needed": "Needed by",
    "name": "Name",
    "maker": "Maker",
    "model": "Model",
    "serial_number": "Serial number",
    "condition": "Condition",
    "accessories": "Accessories",
    "warranty_until": "Warranty until",
    "phone": "Phone",
    "email": "E-mail",
    "address": "Address",
    "time_zone": "Time zone",
    "sku": "Article number",
    "quantity": "Quantity",
    "price": "Price each",
    "cost_price": "Cost",
    "warehouse_uid": "From warehouse",
    "order_address": "Order address",
    "invoice_address": "Invoice address",
    "postal_code": "Postal code",
    "city": "City",
    "country_code": "Country",
    "hourly_rate_uid": "Hourly rate",
    "started_at": "Started at",
    "ended_at": "Ended at",
    "minutes": "Minutes",
    "billable": "The customer pays for it",
    "note": "Note",
    "notes": "Notes",
    "occurred_at": "Happened at",
    "accepted": "Accepted",
    "reason": "Reason",
}
"""What people call a field; a field that is not here is never shown."""


_IN_CONFLICT_ONLY = {"data": "What was recorded", "event_type": "Kind of event"}
_INSTANTS = frozenset({"ready_at_estimate", "ready_at_needed", "started_at", "ended_at", "occurred_at"})
_AMOUNTS = frozenset({"estimated_price", "max_price", "price", "cost_price"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is needed to say values: formats, the site's zone, and names for uids.

    Attributes:
        formats: How times and amounts are written.
        site_zone: IANA name of the zone of the place of work, empty where it is not known.
        names: Uid → name, of everything one can choose from.
        form: The form of whole orders of the account's system, empty where there is none.
        order: The order's document, for what the entries of its form are called.
    """

    formats: Formats
    site_zone: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    form: OrderForm = ()
    order: Mapping[str, Any] = field(default_factory=dict)

    def when(self, value: datetime) -> str:
        """Say an instant in one's own zone and, where it differs, in the site's."""
        return self.formats.both_zones(value, self.site_zone)

    def event(self, event: Event) -> list[Line]:
        """Say the fields of an event that are set, without its notes."""
        lines = [
            (one.label, self._event_value(one.holds, getattr(event, one.name)))
            for one in event_fields(event)
            if one.holds is not FieldType.METADATA and getattr(event, one.name) is not None
        ]
        free = {**(getattr(event, "metadata", None) or {}), **event.extra}
        return lines + [(name, value_in_words(value)) for name, value in free.items()]

    def document(self, document: Mapping[str, Any]) -> list[Line]:
        """Say the fields of a document that people have a word for, in the order of `FIELD_LABELS`."""
        known = [name for name in FIELD_LABELS if name in document and name not in FOLLOWS]
        formed = [name for name in document if name not in FIELD_LABELS and self._in_form.label(name)]
        return [(self.label(name), self.value(name, document[name])) for name in (*known, *formed)]

    def label(self, name: str) -> str:
        """Say what a document's field is called; never by a name that only programs know."""
        return self._in_form.label(name) or FIELD_LABELS.get(name) or _IN_CONFLICT_ONLY.get(name, "Another field")

    def value(self, name: str, value: Any) -> str:
        """Say the value of a document's field."""
        if value is None or value in ("", [], {}):
            return "taken out" if self._in_form.is_entry(name) else "nothing"
        if self._in_form.label(name):
            return self._in_form.at(name, value)
        if name.endswith("_uid"):
            return self.names.get(str(value), "one that is no longer offered")
        if name == "priority":
            return str(value).capitalize()
        if isinstance(value, Mapping):
            return ", ".join(text for _, text in self.document(value)) or "nothing"
        if isinstance(value, list):
            return "; ".join(self.value(name, one) for one in value)
        try:
            return self._plain(name, value)
        except (InvalidInputError, ValueError):
            return str(value)

    def side(self, operation: Operation, name: str, value: Any) -> str:
        """Say one side of a field in conflict; what an event holds is said as its card does."""
        if operation.record_type is not RecordType.EVENT or name != "data" or not isinstance(value, Mapping):
            return self.value(name, value)
        kind = operation.intent.get("event_type") or _kind_of(value)
        said = self.event(event_as_received(kind, dict(value), ""))
        return "\n".join(f"{label}: {text}" for label, text in said) or "nothing"

    def operation(self, operation: Operation) -> list[Line]:
        """Say what an operation sets, as its person entered it."""
        intent = operation.intent
        if operation.record_type is not RecordType.EVENT or not intent:
            # what a change adds is called what the change itself calls it
            return replace(self, order={**self.order, **intent}).document(intent)
        data = intent.get("data", {})
        event = event_as_received(intent.get("event_type") or _kind_of(data), data, intent.get("notes", ""))
        notes = [("Notes", event.notes)] if event.notes else []
        return [*self.event(event), *notes]

    @property
    def _in_form(self) -> FormWords:
        return FormWords(formats=self.formats, form=self.form, document=self.order)

    def _event_value(self, holds: FieldType, value: Any) -> str:
        if holds is FieldType.INSTANT:
            return self.when(value)
        if holds is FieldType.INSTANTS:
            return "\n".join(self.when(one) for one in value)
        if holds is FieldType.CHOICE:
            return choice_words(str(value))
        return value_in_words(value)

    def _plain(self, name: str, value: Any) -> str:
        """Say a value that a document keeps as text of its own form.

        Raises:
            InvalidInputError: It does not have that form.
            ValueError: It is no day.
        """
        if name in _INSTANTS:
            return self.when(parse_instant(value))
        if name in _AMOUNTS:
            return self.formats.money(parse_money(value))
        return self.formats.day(date.fromisoformat(value)) if name == "warranty_until" else value_in_words(value)


def _kind_of(data: Mapping[str, Any]) -> str:
    """Return the name of a kind that has all these fields; a change of an event does not repeat its name."""
    wanted = set(data)
    return next((name for name, kind in EVENT_KINDS.items() if wanted <= {one.wire for one in kind.fields}), "")


def names_of(choices: Choices) -> dict[str, str]:
    """Return the name of every uid that can be chosen."""
    names = {one.service_type_uid: one.name for one in choices.types}
    names |= {one.service_status_uid: one.name for one in choices.statuses}
    names |= {one.hourly_rate_uid: one.name for one in choices.rates}
    names |= {one.tenant_user_uid: one.display_name for one in choices.users}
    names |= {one.product_uid: one.name for one in choices.products}
    return names | {one.warehouse_uid: one.name for one in choices.warehouses}


def as_text(title: str, lines: Iterable[Line]) -> str:
    """Write a title and lines as plain text for the clipboard."""
    return "\n".join([title, *(f"{label}: {text}" for label, text in lines)])
