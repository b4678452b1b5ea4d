"""Let a person decide whether what somebody else changed meanwhile is removed all the same."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton
from typing_extensions import override

from techdesk.ui.blocks import push_button
from techdesk.ui.theme import Space


class RemovalChoice(QFrame):
    """Two answers side by side; 1 and 2 choose while it has the keyboard.

    Signals:
        changed: Another answer was chosen.
    """

    changed = Signal()

    def __init__(self, noun: str) -> None:
        """Make it for a kind of record (`item`)."""
        super().__init__()
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("What happens")
        self.choice = ""
        self._noun = noun
        self.buttons: dict[str, QPushButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        line.setSpacing(Space.S)
        for side, words in (("mine", "1  Remove it all the same"), ("theirs", "2  Keep it as it is now")):
            button = push_button(words, partial(self.choose, side), role="choice")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.buttons[side] = button
            line.addWidget(button, 1)

    @property
    def outcome(self) -> str:
        """Say what will happen."""
        said = {
            "mine": f"The {self._noun} is removed, with what was changed meanwhile.",
            "theirs": f"The {self._noun} stays as the server has it now. Your removal goes to the history.",
        }
        return said.get(self.choice, "Not chosen yet.")

    def choose(self, side: str) -> None:
        """Choose an answer."""
        self.choice = side
        for name, button in self.buttons.items():
            button.setChecked(name == side)
        self.changed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        sides = {Qt.Key.Key_1: "mine", Qt.Key.Key_2: "theirs"}
        side = sides.get(Qt.Key(event.key()))
        if side:
            self.choose(side)
        else:
            super().keyPressEvent(event)
