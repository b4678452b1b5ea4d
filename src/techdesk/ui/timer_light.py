"""Show in the status line that the timer runs, wherever one works; a click goes to its order."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.editing.timer import RunningTimer, running_timer
from techdesk.application.ports import ReadTransaction
from techdesk.domain.documents import RecordType
from techdesk.ui.context import Context

_TICK_MS = 1000


class TimerLight(QPushButton):
    """Say for how long the timer has run and on which order; hidden while none runs.

    Signals:
        order_wished: The person wants to see the order of the timer (`OrderRef`).
    """

    order_wished = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._running: RunningTimer | None = None
        self._number = ""
        self.setFlat(True)
        self.setProperty("role", "inline")
        self.setToolTip("Go to the order on which the timer runs")
        self.clicked.connect(self._go)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._say)
        context.tasks.changed.connect(self._on_changes)
        context.theme.changed.connect(self._say)
        self.hide()

    def look(self) -> None:
        """Read from the store whether the timer runs."""
        self._context.tasks.query(timer_and_number, self._show, self, "timer light")

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._running:
            self._tick.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)

    def _on_changes(self, changes: Changes) -> None:
        if changes.orders:
            self.look()

    def _show(self, found: tuple[RunningTimer | None, str]) -> None:
        self._running, self._number = found
        self._say()
        self.setVisible(self._running is not None)

    def _say(self) -> None:
        if self._running:
            self.setIcon(self._context.icons.icon("clock", "accent"))
            clock = clock_text(self._context, self._running)
            self.setText(f"{clock} on {self._number or 'a new order'}")

    def _go(self) -> None:
        if self._running:
            self.order_wished.emit(self._running.order)


def clock_text(context: Context, running: RunningTimer) -> str:
    """Return for how long a timer has run: `1:05:09`."""
    seconds = max(0, int((context.services.clock.now() - running.started_at).total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def timer_and_number(view: ReadTransaction) -> tuple[RunningTimer | None, str]:
    """Return the running timer and its order's number, empty where it has none.

    Raises:
        StoreError: The store could not be read.
    """
    running = running_timer(view)
    if running is None:
        return None, ""
    record = view.record(running.order.account_id, RecordType.ORDER, running.order.order_id)
    return running, record.view.get("service_number", "") if record else ""
