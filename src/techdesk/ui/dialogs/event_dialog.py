"""Record or change an event; the form follows from the catalogue, so a new kind needs nothing here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.event_data import event_data
from techdesk.domain.events import (
    EVENT_KINDS,
    INTERNAL_NOTE,
    OTHER_EVENT_FIELDS,
    AppointmentScheduling,
    AppointmentType,
    Event,
    EventField,
    FieldType,
    OtherEvent,
    Prefill,
    event_fields,
    fits,
)
from techdesk.domain.instants import instant_text
from techdesk.domain.records import Document, RecordedEvent
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import FormPlace
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.forms import Form, FormRow, event_row
from techdesk.ui.occasion import occasion_at
from techdesk.ui.phrases import joined

OTHER_EVENT = ""
"""Stands for an event whose name the person types."""


class EventDialog(SavingDialog):
    """Ask for the fields of one kind of event, or of one that was recorded before."""

    def __init__(
        self,
        context: Context,
        detail: OrderDetail,
        kind_name: str,
        shown: Shown[RecordedEvent] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            context: The window's context.
            detail: The order.
            kind_name: The kind to record; ignored where `shown` is given.
            shown: The recorded event to change, None to record a new one.
            parent: The window the dialog belongs to.
        """
        self._before = shown.value.event if shown else None
        self._kind_name = self._before.name if self._before else kind_name
        super().__init__(context, self._title(), _subtitle(detail), parent)
        self._detail = detail
        self._shown = shown
        self._occasion = occasion_at(context, detail.account, detail.order, detail.ahead_s)
        seen = shown.document if shown else {}
        self.place = FormPlace("event", detail.ref, shown.record_id if shown else "", self._kind_name, seen)
        self.show_form(Form(self._rows(), BUTTON_KEYS))

    def _event_typed(self) -> Event:
        """Return the event that the form describes.

        Raises:
            InvalidInputError: The name is one of the catalogue's, which has a dialog of its own.
        """
        values = self.form.values()
        values["notes"] = values["notes"] or ""
        if self._before:
            return replace(self._before, **values)
        kind = EVENT_KINDS.get(self._kind_name)
        if kind:
            return kind.event_class(**values)
        values.setdefault("event", self._kind_name)
        self._check_name(values["event"])
        return OtherEvent(**values)

    def _rows(self) -> list[FormRow]:
        before = self._before
        kind = EVENT_KINDS.get(self._kind_name)
        fields = event_fields(before) if before else kind.fields if kind else OTHER_EVENT_FIELDS
        rows = [self._event_row(one) for one in fields]
        if self._kind_name == OTHER_EVENT:
            rows.insert(0, FormRow("event", "What happened", TextEditor(), "Give the event a name"))
        rows.append(FormRow("notes", "Notes", LongTextEditor()))
        if before:
            for row in rows:
                row.editor.set_value(getattr(before, row.name))
        return rows

    def _event_row(self, field: EventField) -> FormRow:
        row = event_row(field, self._occasion)
        if isinstance(row.editor, TextEditor) and field.holds is FieldType.TEXT:
            listed = self._detail.choices.offered.get(field.offers, ())
            arrow = self.context.icons.icon("chevron-down", "muted") if listed else None
            row.editor.offer(listed or _offered(field, self._detail), arrow)
        return row

    def _title(self) -> str:
        kind = EVENT_KINDS.get(self._kind_name)
        name = self._before.label if self._before else kind.label if kind else "Other event"
        return f"Change: {name}" if self._before else name

    def _check_name(self, name: str) -> None:
        kind = EVENT_KINDS.get(name)
        service = self._detail.order.service_kind
        if kind and fits(name, service) and service in (kind.service, type(service).OTHER):
            raise InvalidInputError(f"“{kind.label}” has its own form", "Close this one and choose it", field="event")

    @override
    def _command(self) -> Command:
        event = self._event_typed()
        commands = self.context.services.commands
        if self._shown and self.edits:
            return partial(commands.outbox.edit, self.edits, _intent(event))
        if self._shown:
            return partial(commands.change_event, self._detail.ref, self._shown.record_id, event, self._shown.document)
        return partial(commands.record_event, self._detail.ref, event, event.own_date)

    @override
    def _saved(self, changes: Changes) -> None:
        """Say what was recorded where, as the tab that shows it may not be open."""
        super()._saved(changes)
        if self._shown is None:
            where = self._detail.order.service_number or "the new order"
            self.context.notices.confirm(f"{self._title()} recorded on {where}")

    @override
    def _row_of(self, field: str) -> str:
        kind = EVENT_KINDS.get(self._kind_name)
        by_wire = {one.wire: one.name for one in (kind.fields if kind else OTHER_EVENT_FIELDS)}
        return by_wire.get(field, field)


class NoteDialog(EventDialog):
    """Ask for an internal note and nothing else."""

    @override
    def _rows(self) -> list[FormRow]:
        editor = LongTextEditor()
        editor.set_value(self._before.notes if self._before else None)
        return [FormRow("notes", "Note", editor, "Write the note first")]

    @override
    def _title(self) -> str:
        return "Change: internal note" if self._before else "Internal note"

    @override
    def _event_typed(self) -> Event:
        if self._before:
            return replace(self._before, notes=self.form.values()["notes"])
        return OtherEvent(event=INTERNAL_NOTE, event_date=self._occasion.now(), notes=self.form.values()["notes"])


class AppointmentDialog(EventDialog):
    """Ask for an appointment; what likely happened to it is chosen, so that its time can be typed at once."""

    @override
    def _event_row(self, field: EventField) -> FormRow:
        row = super()._event_row(field)
        if field.enum is AppointmentType:
            row.editor.set_value(AppointmentType.RESCHEDULED if self._stands() else AppointmentType.SCHEDULED)
        return row

    def _stands(self) -> bool:
        """Say whether the order has an appointment: the latest one that was recorded was not cancelled."""
        newest_first = (one.value.event for one in reversed(self._detail.events))
        latest = next((one for one in newest_first if isinstance(one, AppointmentScheduling)), None)
        return latest is not None and latest.appointment_event_type is not AppointmentType.CANCELLED


def _intent(event: Event) -> Document:
    """Return what a changed event sets, as `Commands.change_event` does."""
    intent: Document = {"data": event_data(event), "notes": event.notes}
    return {**intent, "occurred_at": instant_text(event.own_date)} if event.own_date else intent


def _offered(field: EventField, detail: OrderDetail) -> list[str]:
    """Return names that are likely to be typed into a field of text: colleagues, or the customer."""
    if field.prefill is Prefill.ME:
        return [one.display_name for one in detail.choices.users]
    return [detail.order.customer.name] if field.name == "delivered_to" and detail.order.customer.name else []


def _subtitle(detail: OrderDetail) -> str:
    order = detail.order
    return joined(order.service_number, order.title, order.customer.name)
