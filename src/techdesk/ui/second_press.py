"""Let a button act on its second press only, where one press too many could not be taken back."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QPushButton
from typing_extensions import override

_ARMED_MS = 6000


class SecondPressButton(QPushButton):
    """Say after the first press what the second one does; leaving the button, or waiting, takes the first one back.

    Signals:
        confirmed: It was pressed twice.
    """

    confirmed = Signal()

    def __init__(self, text: str, again: str) -> None:
        """Make it; `again` is what it says after the first press."""
        super().__init__(text)
        self._texts = (text, again)
        self._armed = False
        self.setAutoDefault(False)
        wider = max(self.fontMetrics().horizontalAdvance(one) for one in self._texts)
        self.setMinimumWidth(wider + 28)
        self._timer = QTimer(self, singleShot=True, interval=_ARMED_MS)
        self._timer.timeout.connect(self._disarm)
        self.clicked.connect(self._press)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._disarm()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._disarm()

    def _press(self) -> None:
        if self._armed:
            self._disarm()
            self.confirmed.emit()
            return
        self._armed = True
        self.setText(self._texts[1])
        self._timer.start()

    def _disarm(self) -> None:
        self._timer.stop()
        self._armed = False
        self.setText(self._texts[0])
