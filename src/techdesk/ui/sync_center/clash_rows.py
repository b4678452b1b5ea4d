"""Show one field in conflict with its three texts, and let a person choose which one stays, also with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.ui.blocks import plain_label, push_button, restyle
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space

MINE, THEIRS, OWN = "mine", "theirs", "own"
HEADINGS = ("Field", "When you opened it", "Yours", "Server now", "What stays")

_SIDES = (MINE, THEIRS, OWN)
_SHARES = (3, 5, 5, 5)
_CHOICE_WIDTH = 112
_OWN_HEIGHT = 84


class ClashRow(QFrame):
    """One field; 1, 2 and 3 choose while it has the keyboard, Up and Down go to the rows beside it.

    Signals:
        changed: Another text stays, or one's own was edited.
        step_wished: The person wants to go on to the next row (1) or back (-1).
    """

    changed = Signal()
    step_wished = Signal(int)

    def __init__(self, texts: Sequence[str], own: str | None) -> None:
        """Show the texts.

        Args:
            texts: The field's name, and what it said when it was opened, here and at the server.
            own: What a text of one's own begins with; None where the field takes none.
        """
        super().__init__()
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{texts[0]}: yours {texts[2]}, server now {texts[3]}")
        self.choice = ""
        self.buttons: dict[str, QPushButton] = {}
        self._labels: dict[str, QLabel] = {}
        self.own = _OwnText(self, own or "")
        self.own.textChanged.connect(self.changed)
        self._takes_own = own is not None
        self._lay_out(texts)

    def choose(self, side: str) -> None:
        """Let one side's text stay; the third opens a box for one's own."""
        if side == OWN and not self._takes_own:
            return
        self.choice = side
        for name, button in self.buttons.items():
            button.setChecked(name == side)
        for name, label in self._labels.items():
            restyle(label, "fate", "kept" if name == side else "lost" if side else "")
        self.own.setVisible(side == OWN)
        (self.own if side == OWN else self).setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_1: MINE, Qt.Key.Key_2: THEIRS, Qt.Key.Key_3: OWN}
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in keys:
            self.choose(keys[key])
        elif plain and key in steps:
            self.step_wished.emit(steps[key])
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _lay_out(self, texts: Sequence[str]) -> None:
        grid = _row_grid(self)
        grid.addWidget(_cell(texts[0], "strong"), 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_cell(texts[1], "muted"), 0, 1, Qt.AlignmentFlag.AlignTop)
        for column, side in ((2, MINE), (3, THEIRS)):
            self._labels[side] = _cell(texts[column])
            grid.addWidget(self._labels[side], 0, column, Qt.AlignmentFlag.AlignTop)
        choices = QVBoxLayout()
        choices.setSpacing(Space.XS)
        words = {MINE: "1  Mine", THEIRS: "2  Theirs", OWN: "3  Own text"}
        for side in _SIDES if self._takes_own else _SIDES[:2]:
            button = push_button(words[side], partial(self.choose, side), role="choice")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.buttons[side] = button
            choices.addWidget(button)
        choices.addStretch(1)
        grid.addLayout(choices, 0, 4)
        grid.addWidget(self.own, 1, 1, 1, 4)


class _OwnText(QPlainTextEdit):
    """Where a text of one's own is written; Esc goes back to the row, Tab goes on."""

    def __init__(self, row: ClashRow, text: str) -> None:
        super().__init__(text, row)
        self._row = row
        self.setTabChangesFocus(True)
        self.setFixedHeight(_OWN_HEIGHT)
        self.setAccessibleName("A text of your own")
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.hide()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._row.setFocus(Qt.FocusReason.OtherFocusReason)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in (
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _row_grid(widget: QWidget) -> QGridLayout:
    """Return the columns that every row has, so that they stand below each other."""
    grid = QGridLayout(widget)
    grid.setContentsMargins(Space.M, Space.S, Space.S, Space.S)
    grid.setHorizontalSpacing(Space.M)
    grid.setVerticalSpacing(Space.S)
    for column, share in enumerate(_SHARES):
        grid.setColumnStretch(column, share)
    grid.setColumnMinimumWidth(len(_SHARES), _CHOICE_WIDTH)
    return grid


def heading_row(headings: Sequence[str]) -> QWidget:
    """Return the line above the rows."""
    line = QWidget()
    grid = _row_grid(line)
    grid.setContentsMargins(Space.M + 1, 0, Space.S + 1, 0)
    for column, text in enumerate(headings):
        grid.addWidget(_cell(text, "section"), 0, column, Qt.AlignmentFlag.AlignBottom)
    return line


def _cell(text: str, role: str = "") -> QLabel:
    """Return a text that takes the width of its column, whatever is in it."""
    label = plain_label(shortened(text), role)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return label
