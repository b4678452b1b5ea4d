"""Build the small things that every page is made of, so that they look and behave the same everywhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.ui.icons import Icons
from techdesk.ui.theme import STATE_ICONS, STATE_TONES, Space

PILL_HEIGHT = 20
"""Pixels; the style sheet rounds pills by just under half of it, and Qt draws no rounder corner than fits."""

_BADGE_ICON = 14
_BADGE_INDENT = _BADGE_ICON + 4
_BADGE_MARGIN = 8


def plain_label(text: str = "", role: str = "", *, wrap: bool = True) -> QLabel:
    """Return a label that shows its text literally: what a server sent is never taken for HTML."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role:
        label.setProperty("role", role)
    return label


class MessageLine(QLabel):
    """Say what is done, what came of it, or why it was not; its text is shown literally."""

    def __init__(self, role: str = "muted") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", role)

    def say(self, words: str, role: str = "muted") -> None:
        """Show words in the look of their role: `muted`, `good` or `error`."""
        self.setText(words)
        restyle(self, "role", role)


def selectable_label(text: str = "", role: str = "") -> QLabel:
    """Return a plain label whose text can be marked and copied, also with the keyboard."""
    label = plain_label(text, role)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def push_button(text: str, pressed: Callable[[], object], tip: str = "", role: str = "") -> QPushButton:
    """Return a button that Enter never presses by itself (a scanner ends each code with one)."""
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.setToolTip(tip)
    if role:
        button.setProperty("role", role)
    button.clicked.connect(lambda: pressed())  # noqa: PLW0108 - keeps Qt's `checked` from becoming an argument
    return button


def icon_button(icons: Icons, icon: str, name: str, pressed: Callable[[], object]) -> QPushButton:
    """Return a small button with a picture; `name` is its tip and what a screen reader says."""
    button = push_button("", pressed, name, "icon")
    button.setIcon(icons.icon(icon, "muted"))
    button.setAccessibleName(name)
    button.setFlat(True)
    return button


def literal_tip(text: str) -> str:
    """Return a tip that Qt shows as it is: a tip is taken for HTML as soon as it looks like it."""
    if "<" not in text:
        return text
    return "<span>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</span>"


def badge_tip(why: str, state: OpState | None) -> str:
    """Return the tip of a badge: the reason, and that it can be pressed where its state needs a person."""
    can_press = state is not None and state.needs_person
    return literal_tip(f"{why} (press to decide)".strip() if can_press else why)


def card() -> QFrame:
    """Return a frame that holds things belonging together."""
    frame = QFrame()
    frame.setProperty("role", "card")
    return frame


def fill_scrolling(widget: QWidget, inside: QWidget) -> QScrollArea:
    """Let `inside` fill a widget and scroll in it; return what scrolls."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidget(inside)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(scroll)
    return scroll


def scrolling_list(widget: QWidget) -> QVBoxLayout:
    """Let a list of things fill a widget and scroll in it; return what takes them, one below the other."""
    inside = QWidget()
    found = QVBoxLayout(inside)
    found.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    found.setSpacing(Space.S)
    widget.setFocusProxy(fill_scrolling(widget, inside))
    return found


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            emptied(inner)
            inner.deleteLater()


class StateBadge(QLabel):
    """Show where a record's change is, as a coloured pill with an icon and the state's words.

    Signals:
        decision_wished: A badge of a change that needs a person was pressed (the operation's id).
    """

    decision_wished = Signal(str)

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        """Make it inside `parent`: shown without one, it would be a window of its own for a moment."""
        super().__init__(parent)
        self._icons = icons
        self._state: OpState | None = None
        self._op_id = ""
        self.setIndent(_BADGE_INDENT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(PILL_HEIGHT)
        self.hide()

    def show_state(self, state: OpState | None, why: str = "", op_id: str = "") -> None:
        """Show a state with its reason as a tip; nothing is shown while all is confirmed.

        With the id of its operation the badge can be pressed where a person has to decide.
        """
        self._state = state
        self._op_id = op_id if state is not None and state.needs_person else ""
        shape = Qt.CursorShape.PointingHandCursor if self._op_id else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.setVisible(state is not None)
        if state is not None:
            restyle(self, "tone", STATE_TONES[state])
            self.setText(SCREEN_WORDS[state])
            self.setToolTip(badge_tip(why, state if self._op_id else None))
            self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._op_id:
            self.decision_wished.emit(self._op_id)
        else:
            super().mousePressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._state is None:
            return
        painter = QPainter(self)
        picture = self._icons.pixmap(STATE_ICONS[self._state], STATE_TONES[self._state], _BADGE_ICON)
        painter.drawPixmap(_BADGE_MARGIN, (self.height() - _BADGE_ICON) // 2, picture)
        painter.end()
