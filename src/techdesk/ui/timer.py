"""Start and stop the timer; it is kept in the store, so it runs on while TechDesk is closed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.editing.timer import RunningTimer
from techdesk.application.order_detail import OrderDetail
from techdesk.application.outbox import OrderRef
from techdesk.domain.hours import duration_text, worked_minutes
from techdesk.ui.asking import ask
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.dialogs.hours_rate import RATE, keep_rate, likely_rate, rate_rows
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import STOP_TIMER, FormPlace
from techdesk.ui.editors.choices import SegmentsEditor
from techdesk.ui.editors.text import LongTextEditor
from techdesk.ui.forms import Form, FormRow
from techdesk.ui.order_reading import detail_or_none
from techdesk.ui.theme import Space
from techdesk.ui.timer_light import clock_text, timer_and_number

_TICK_MS = 1000


class TimerButton(QWidget):
    """Show the running timer, wherever it runs, and start or stop it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._order: OrderRef | None = None
        self._why_not = ""
        self._running: RunningTimer | None = None
        self._number = ""
        self.elapsed = plain_label(role="muted", wrap=False)
        self.button = push_button("Start &timer", self.press)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(self.elapsed)
        layout.addWidget(self.button)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._say)
        context.tasks.changed.connect(self._look)
        context.theme.changed.connect(self._say)

    def show_order(self, order: OrderRef, why_not: str = "") -> None:
        """Offer the timer for an order; `why_not` says why it cannot be started there."""
        self._order, self._why_not = order, why_not
        self._look()

    def press(self) -> None:
        """Start the timer, or ask what was done and stop it."""
        if self._running:
            look = partial(detail_or_none, self._running.order)
            self._context.tasks.query(look, partial(self._ask, self._running), self, "stop")
        elif self._order and not self._why_not:
            self._context.tasks.command(partial(self._context.services.commands.timer.start, self._order))

    def _ask(self, running: RunningTimer, detail: OrderDetail | None) -> None:
        """Ask what was done; also where the order is gone, as the timer still has to be stopped."""
        StopTimerDialog(self._context, running, detail, self.window()).open()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)

    def _look(self) -> None:
        if self.isVisible():
            self._context.tasks.query(timer_and_number, self._show, self, "timer")

    def _show(self, found: tuple[RunningTimer | None, str]) -> None:
        self._running, self._number = found
        if self._running and self.isVisible():
            self._tick.start()
        else:
            self._tick.stop()
        self._say()

    def _say(self) -> None:
        icons = self._context.icons
        running = self._running
        if running is None:
            self.elapsed.setText("")
            self.button.setText("Start &timer")
            self.button.setIcon(icons.icon("timer-start", "good"))
            self.button.setEnabled(not self._why_not)
            self.button.setToolTip(self._why_not or "Count the time you work on this order")
            return
        here = running.order == self._order
        clock = clock_text(self._context, running)
        self.elapsed.setText(clock if here else f"{clock} on {self._number or 'another order'}")
        self.button.setText("Stop &timer")
        self.button.setIcon(icons.icon("timer-stop", "bad"))
        self.button.setEnabled(True)
        self.button.setToolTip("Stop it and record the hours")


class StopTimerDialog(SavingDialog):
    """Ask what was done, stop the timer and record its hours."""

    def __init__(
        self, context: Context, running: RunningTimer, detail: OrderDetail | None, parent: QWidget | None = None
    ) -> None:
        number = detail.order.service_number if detail else ""
        goes_on = f"The hours go on order {number}" if number else "The hours go on a new order"
        super().__init__(context, "Stop the timer", goes_on, parent)
        self._running = running
        self._detail = detail
        self.place = FormPlace(STOP_TIMER, running.order)
        self.span = plain_label(role="heading")
        self.add_heading(self.span)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._say)
        self._tick.start()
        self._say()
        self.show_form(Form(self._rows(), f"{BUTTON_KEYS}w"))
        self.save_button.setText("&Stop and save")
        self.forget_button = push_button("Stop &without recording…", self._ask_to_forget, role="danger")
        self.add_line(_at_the_left(self.forget_button))

    def _rows(self) -> list[FormRow]:
        billable = SegmentsEditor({True: "Yes", False: "No"})
        billable.set_value(True)
        rates = rate_rows(self.context, self._detail, likely_rate(self.context, self._detail)) if self._detail else []
        note = FormRow("note", "What was done", LongTextEditor())
        return [note, *rates, FormRow("billable", "The customer pays for it", billable)]

    @override
    def _command(self) -> Command:
        values = self.form.values()
        rate = values.get(RATE)
        if self._detail:
            keep_rate(self.context, self._detail, rate)
        stop = self.context.services.commands.timer.stop
        return partial(stop, values["note"] or "", billable=bool(values["billable"]), rate=rate)

    def _ask_to_forget(self) -> None:
        question = f"Stop the timer and record nothing of {self.span.text()}?"
        ask(self, question, "Stop without recording", lambda: self._start(self.context.services.commands.timer.discard))

    def _say(self) -> None:
        """Say since when and for how long it has run: that is what is recorded."""
        formats, now = self.context.formats, self.context.services.clock.now()
        minutes = worked_minutes(self._running.started_at, max(now, self._running.started_at))
        since, until = formats.when(self._running.started_at), formats.time(now)
        self.span.setText(f"{duration_text(minutes)} · {since} to {until}")


def _at_the_left(button: QWidget) -> QWidget:
    """Return a line with the button as wide as its words."""
    line = QWidget()
    layout = QHBoxLayout(line)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(button)
    layout.addStretch(1)
    return line
