"""Tell the person what happened, in a bar inside the window; never in a box that stops them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from techdesk.domain.errors import TechDeskError

_SHOWN_MS = 6000


class Tone(Enum):
    """How a notice looks; its value is the style sheet's `tone`."""

    INFO = "info"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: what happened, and what to do."""

    title: str
    hint: str = ""
    tone: Tone = Tone.INFO


class Notices(QObject):
    """Where anybody says something; the window's bar shows it."""

    told = Signal(object)

    def tell(self, title: str, hint: str = "") -> None:
        """Say something that needs no answer."""
        self.told.emit(Notice(title, hint))

    def confirm(self, title: str) -> None:
        """Say that something worked."""
        self.told.emit(Notice(title, "", Tone.GOOD))

    def error(self, error: TechDeskError) -> None:
        """Say what went wrong, in the error's own words."""
        self.told.emit(Notice(error.title, error.hint, Tone.BAD))


class NoticeBar(QFrame):
    """Show the latest notice; a bad one stays until it is closed."""

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        close = QPushButton("Close")
        close.setFlat(True)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.addWidget(self._text)
        layout.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        notices.told.connect(self._show)
        self.hide()

    @property
    def text(self) -> str:
        """Return what the bar says."""
        return self._text.text()

    def _show(self, notice: Notice) -> None:
        self._text.setText(f"{notice.title}. {notice.hint}" if notice.hint else notice.title)
        self.setProperty("tone", notice.tone.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        if notice.tone is Tone.BAD:
            self._timer.stop()
        else:
            self._timer.start()
