"""Show the fields on which two people disagree, and let each be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from techdesk.application.outbox import Clash
from techdesk.ui.blocks import card, plain_label, push_button, selectable_label
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words

MINE, THEIRS = "mine", "theirs"


class ClashView(QWidget):
    """Show one card a field with both texts; `decided` is sent once every field has its choice.

    Signals:
        decided: A mapping of field → `mine` or `theirs`.
    """

    decided = Signal(object)

    def __init__(self, clashes: Sequence[Clash], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: dict[str, str] = {}
        self._fields = [one.field for one in clashes]
        self.buttons: dict[tuple[str, str], QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        for clash in clashes:
            layout.addWidget(self._card(clash, words))

    @property
    def choices(self) -> Mapping[str, str]:
        """Return what was chosen so far."""
        return dict(self._choices)

    def choose(self, field: str, choice: str) -> None:
        """Decide one field."""
        self._choices[field] = choice
        for (name, side), button in self.buttons.items():
            if name == field:
                button.setChecked(side == choice)
        if len(self._choices) == len(self._fields):
            self.decided.emit(self.choices)

    def _card(self, clash: Clash, words: Words) -> QWidget:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        grid.setHorizontalSpacing(Space.M)
        grid.setColumnStretch(1, 1)
        grid.addWidget(plain_label(words.label(clash.field), "strong"), 0, 0, 1, 2)
        texts = (("Before", clash.base), ("Mine", clash.mine), ("Theirs", clash.theirs))
        for row, (label, value) in enumerate(texts, 1):
            grid.addWidget(plain_label(label, "small", wrap=False), row, 0)
            grid.addWidget(selectable_label(shortened(words.value(clash.field, value))), row, 1)
        choices = QHBoxLayout()
        choices.setSpacing(Space.S)
        for label, side in (("Keep &mine", MINE), ("Keep &theirs", THEIRS)):
            button = push_button(label, partial(self.choose, clash.field, side))
            button.setCheckable(True)
            self.buttons[clash.field, side] = button
            choices.addWidget(button)
        choices.addStretch(1)
        grid.addLayout(choices, 4, 1)
        return frame
