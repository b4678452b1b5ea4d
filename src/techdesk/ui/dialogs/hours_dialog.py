"""Add or change an hours entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.hours import HoursEntry, duration_text, overlaps, worked_minutes
from techdesk.domain.records import to_document
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.hours_rate import keep_rate, likely_rate, rate_rows
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import part_place
from techdesk.ui.editors.choices import SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor
from techdesk.ui.editors.text import LongTextEditor
from techdesk.ui.forms import Form, FormRow
from techdesk.ui.occasion import occasion_at
from techdesk.ui.phrases import joined


class HoursDialog(SavingDialog):
    """Ask from when to when somebody worked; warns where two entries of one person overlap."""

    def __init__(
        self,
        context: Context,
        detail: OrderDetail,
        shown: Shown[HoursEntry] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        order = detail.order
        subtitle = joined(order.service_number, order.title)
        super().__init__(context, "Change hours" if shown else "Add hours", subtitle, parent)
        self._detail = detail
        self._shown = shown
        self.place = part_place("hours", detail, shown)
        self.show_form(Form(self._rows(), BUTTON_KEYS))
        self.sum = plain_label(role="small")
        self.warning = plain_label()
        self.warning.setProperty("tone", "warn")
        for label in (self.sum, self.warning):
            self.add_line(label)
        self.form.changed.connect(self._look_at_times)
        self._look_at_times()

    def _rows(self) -> list[FormRow]:
        occasion = occasion_at(self.context, self._detail.account, self._detail.order, self._detail.ahead_s)
        before = self._shown.value if self._shown else self._new_entry(occasion.now())
        rows = [
            FormRow("started_at", "Started at", InstantEditor(occasion), "Say when the work began"),
            FormRow("ended_at", "Ended at", InstantEditor(occasion), "Say when the work ended"),
            *rate_rows(self.context, self._detail, before.hourly_rate_uid),
            FormRow("billable", "The customer pays for it", SegmentsEditor({True: "Yes", False: "No"})),
            FormRow("note", "Note", LongTextEditor()),
        ]
        for row in rows:
            value = getattr(before, row.name)
            row.editor.set_value(None if value == "" else value)
        return rows

    def _new_entry(self, now: datetime) -> HoursEntry:
        rate = likely_rate(self.context, self._detail)
        return HoursEntry(ended_at=now.replace(second=0, microsecond=0), hourly_rate_uid=rate)

    def _entry(self) -> HoursEntry:
        values = self.form.values()
        values["note"] = values["note"] or ""
        values["billable"] = bool(values["billable"])
        return replace(self._shown.value if self._shown else HoursEntry(), **values)

    def _look_at_times(self) -> None:
        self.sum.setText("")
        self.warning.setText("")
        if not self.form.problems():
            entry = self._entry()
            if entry.started_at and entry.ended_at and entry.ended_at >= entry.started_at:
                self.sum.setText(duration_text(worked_minutes(entry.started_at, entry.ended_at)))
            self.warning.setText(self._overlap(entry))
        self.warning.setVisible(bool(self.warning.text()))

    def _overlap(self, entry: HoursEntry) -> str:
        who = entry.tenant_user_uid or self._detail.account.user_uid
        own_id = self._shown.record_id if self._shown else ""
        others = [
            one.value
            for one in self._detail.hours
            if one.record_id != own_id and one.value.tenant_user_uid in (who, None) and overlaps(one.value, entry)
        ]
        if not others or others[0].started_at is None:
            return ""
        return f"This overlaps with hours from {self.context.formats.when(others[0].started_at)}"

    @override
    def _command(self) -> Command:
        entry = self._entry()
        if entry.started_at and entry.ended_at:
            entry = replace(entry, minutes=worked_minutes(entry.started_at, entry.ended_at))
        commands = self.context.services.commands
        keep_rate(self.context, self._detail, entry.hourly_rate_uid)
        if self._shown is None:
            return partial(commands.add_hours, self._detail.ref, entry)
        document = to_document(entry)
        intent = {name: document.get(name, "") for name in self.form.values()}
        intent["minutes"] = entry.minutes
        change = partial(commands.change_hours, self._detail.ref, self._shown.record_id)
        return self._change_command(change, intent, self._shown.document)
