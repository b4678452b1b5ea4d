"""Show the hours of an order and its timer."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout

from techdesk.application.editing.rules import reason_against_work
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.hours import HoursEntry, duration_text
from techdesk.domain.records import RecordType
from techdesk.ui.asking import ask
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.hours_dialog import HoursDialog
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import joined
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.tables import Column, PartTable
from techdesk.ui.theme import Space
from techdesk.ui.timer import TimerButton
from techdesk.ui.wording import Words, names_of


class HoursTab(Leading):
    """Show the hours in a table with their sum below, and start and stop the timer."""

    label = "Hours"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._words = Words(formats=context.formats)
        columns = [
            Column("Who", lambda entry: entry.tenant_user_display_name, wide=True),
            Column("From", lambda entry: self._context.formats.when(entry.started_at)),
            Column("To", self._until),
            Column("Time", lambda entry: duration_text(entry.minutes), right=True),
            Column("Rate", self._rate),
            Column("Note", lambda entry: entry.note, wide=True),
        ]
        empty = "No hours on this order yet. Start the timer, or press Insert to add some."
        self.table = PartTable(context, "hours", columns, empty)
        self.timer = TimerButton(context)
        self.table.bar.addWidget(self.timer)
        self.sum = plain_label()
        self.lead_to(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.sum)
        self.table.add_wished.connect(self.add)
        self.table.change_wished.connect(self._change)
        self.table.remove_wished.connect(self._remove)
        self.table.decision_wished.connect(lambda op_id: open_decision(context, op_id, self.window()))

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the hours of an order."""
        self._detail = detail
        zone = detail.order.site.time_zone
        self._words = Words(formats=self._context.formats, site_zone=zone, names=names_of(detail.choices))
        unsupported = self._context.services.commands.why_not(detail.ref.account_id, RecordType.HOURS)
        reason = unsupported or reason_against_work(detail.order)
        self.table.show_rows(detail.hours, reason)
        self.timer.show_order(detail.ref, reason)
        minutes = sum(one.value.minutes for one in detail.hours)
        paid = sum(one.value.minutes for one in detail.hours if one.value.billable)
        work = detail.order.totals.work_total
        texts = (
            [f"Sum {duration_text(minutes)}", f"the customer pays for {duration_text(paid)}"] if detail.hours else []
        )
        self.sum.setText(joined(*texts, f"Work {self._context.formats.money(work)}" if work and texts else ""))

    def count(self, detail: OrderDetail) -> int:
        """Return how many entries there are."""
        return len(detail.hours)

    def add(self) -> None:
        """Open the dialog that adds an entry."""
        if self._detail:
            dialog = HoursDialog(self._context, self._detail, parent=self.window())
            self.table.choose_what_is_added(dialog.saved)
            dialog.open()

    def _change(self, shown: Shown[HoursEntry]) -> None:
        if self._detail:
            HoursDialog(self._context, self._detail, shown, self.window()).open()

    def _remove(self, shown: Shown[HoursEntry]) -> None:
        if self._detail:
            remove = self._context.services.commands.remove
            command = partial(remove, self._detail.ref, RecordType.HOURS, shown.record_id)
            length = duration_text(shown.value.minutes)
            ask(
                self.window(),
                f"Remove these hours ({length}) from this order?",
                "Remove",
                lambda: self._context.tasks.command(command),
            )

    def _until(self, entry: HoursEntry) -> str:
        if entry.ended_at is None:
            return ""
        formats = self._context.formats
        same_day = entry.started_at and formats.day(entry.started_at) == formats.day(entry.ended_at)
        return formats.time(entry.ended_at) if same_day else formats.when(entry.ended_at)

    def _rate(self, entry: HoursEntry) -> str:
        if not entry.billable:
            return "Not paid"
        return self._words.names.get(entry.hourly_rate_uid or "", "")
