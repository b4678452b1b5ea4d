"""Hand the keyboard on to what a part of the window is mostly used with."""

from __future__ import annotations

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class Leading(QWidget):
    """A part of the window that leads to one widget in it.

    A focus proxy would do so too, and have the Tab key skip all that stands before that widget.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._leads_to: QWidget | None = None

    def lead_to(self, widget: QWidget) -> None:
        """Let this widget have the keyboard when this part is given it."""
        self._leads_to = widget

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._leads_to:
            self._leads_to.setFocus(event.reason())
        else:
            super().focusInEvent(event)
