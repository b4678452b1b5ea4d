"""Tell the person what happened, in a bar inside the window; never in a box that stops them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import push_button, restyle
from techdesk.ui.remedies import Helps, remedy_for
from techdesk.ui.theme import Space

_SHOWN_MS = 6000
_NARROWEST, _WIDEST = 320, 760
_FROM_EDGE = 16


class Tone(Enum):
    """How a notice looks; its value is the style sheet's `tone`."""

    INFO = "info"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: what happened, and what to do; with the error it tells of, where there is one."""

    title: str
    hint: str = ""
    tone: Tone = Tone.INFO
    error: TechDeskError | None = None


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
        self.told.emit(Notice(error.title, error.hint or remedy_for(error).hint, Tone.BAD, error))


class NoticeBar(QFrame):
    """Show the latest notice over the lower edge of what it belongs to, so that nothing moves; a bad one stays.

    An error has a button that does something about it beside the one that closes the bar; Esc closes it, too.
    """

    def __init__(self, notices: Notices, window: Helps, over: QWidget) -> None:
        """Make it over a widget; `window` is what an error's button works on."""
        super().__init__(over)
        self._window, self._over = window, over
        self._error: TechDeskError | None = None
        self.setObjectName("toast")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.help_button = push_button("", self._help)
        self._close = push_button("Close", self.hide)
        self._close.setFlat(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.help_button)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        self._leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), over, enabled=False)
        self._leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._leave.activated.connect(self.hide)
        self._leave.activatedAmbiguously.connect(self.hide)  # the sync centre has this key, too
        notices.told.connect(self._show)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """Return what the bar says."""
        return self._text.text()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _show(self, notice: Notice) -> None:
        self._text.setText(f"{notice.title}. {notice.hint}" if notice.hint else notice.title)
        restyle(self, "tone", notice.tone.value)
        self._error = notice.error
        self.help_button.setVisible(notice.error is not None)
        if notice.error is not None:
            self.help_button.setText(remedy_for(notice.error).label)
        self.show()
        self._place()
        self.raise_()
        self._leave.setEnabled(notice.tone is Tone.BAD)
        if notice.tone is Tone.BAD:
            self._timer.stop()
        else:
            self._timer.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._leave.setEnabled(False)

    def _help(self) -> None:
        error = self._error
        self.hide()
        if error is not None:
            remedy_for(error).act(self._window, error)

    def _place(self) -> None:
        """Stand in the middle above the lower edge: as wide as its words, as far as that is good to read."""
        over = self._over
        buttons = [one for one in (self.help_button, self._close) if not one.isHidden()]
        beside = sum(one.sizeHint().width() + Space.S for one in buttons)
        words = self._text.fontMetrics().horizontalAdvance(self._text.text())
        wanted = max(_NARROWEST, words + beside + 2 * Space.XL)
        width = min(wanted, _WIDEST, over.width() - 2 * _FROM_EDGE)
        height = self.heightForWidth(width)
        self.setGeometry((over.width() - width) // 2, over.height() - height - _FROM_EDGE, width, height)
