"""Say what is done with the data while it takes longer than a moment to open; stands until the main window does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.store_news import OpeningStep
from techdesk.bundled import resources
from techdesk.ui.blocks import plain_label
from techdesk.ui.theme import Space

_LOOK_EVERY_MS = 100
_WIDTH = 460
_ICON = 48
_BAR_HEIGHT = 4

NO_STEP = OpeningStep("Opening your data", "If the keyring asks for its password, type it there.")
"""What is told where nothing is done with the data: it is the key that is waited for."""

_CALM = "Nothing is lost if this is interrupted. If you close this window, TechDesk finishes it and ends."


class OpeningWindow(QWidget):
    """The product's name, what is done now, and a bar that shows that the program lives."""

    def __init__(self, step: Callable[[], OpeningStep | None]) -> None:
        """Show the steps.

        Args:
            step: Returns what is done now; None where that is nothing with the data.
        """
        flags = Qt.WindowType.CustomizeWindowHint | Qt.WindowType.WindowTitleHint | Qt.WindowType.WindowCloseButtonHint
        super().__init__(None, Qt.WindowType.Window | flags)
        self._step = step
        self._look = QTimer(self, interval=_LOOK_EVERY_MS)
        self._look.timeout.connect(self._tell)
        self._title = plain_label(role="heading")
        self._words = plain_label(role="muted")
        self.setWindowTitle("TechDesk")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # a keyring may be asking for its password
        self._layout = self._lay_out()
        self._tell()
        self.move(self.screen().availableGeometry().center() - self.rect().center())

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look.stop()

    def _tell(self) -> None:
        step = self._step() or NO_STEP
        if self._title.text() != step.title or self._words.text() != step.words:
            self._title.setText(step.title)
            self._words.setText(step.words)
            self.setFixedSize(_WIDTH, self._layout.totalHeightForWidth(_WIDTH))
            self.setAccessibleDescription(f"{step.title}. {step.words}")

    def _lay_out(self) -> QHBoxLayout:
        icon = QLabel()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(str(resources() / "icons" / "techdesk.png"))
        picture = picture.scaledToHeight(round(_ICON * ratio), Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        icon.setPixmap(picture)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedHeight(_BAR_HEIGHT)
        bar.setAccessibleName("Working")
        told = QVBoxLayout()
        told.setSpacing(Space.XS)
        told.addWidget(plain_label("TechDesk", "title"))
        told.addSpacing(Space.S)
        told.addWidget(self._title)
        told.addWidget(self._words)
        told.addSpacing(Space.S)
        told.addWidget(bar)
        told.addSpacing(Space.S)
        told.addWidget(plain_label(_CALM, "small"))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        row.setSpacing(Space.L)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(told, 1)
        return row
