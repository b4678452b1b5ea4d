"""Count the operations by the words of their states, and let one of the words be looked at alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from techdesk.ui.blocks import push_button
from techdesk.ui.flow import FlowLayout
from techdesk.ui.phrases import number_text
from techdesk.ui.sync_center.rows import WORDS_IN_ORDER
from techdesk.ui.theme import Space


class SyncSections(QWidget):
    """A button for each word with its count; pressed, only that section is listed.

    Attributes:
        chosen: The word that is listed alone, empty while all that is not settled is.

    Signals:
        changed: Another section is wanted.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.chosen = ""
        self.buttons: dict[str, QPushButton] = {}
        flow = FlowLayout(self, Space.XS)
        for words in WORDS_IN_ORDER:
            button = push_button(words, partial(self.choose, words), f"List {words} alone", "inline")
            button.setCheckable(True)
            self.buttons[words] = button
            flow.addWidget(button)

    def choose(self, words: str) -> None:
        """List one section alone; again, everything that is not settled."""
        self.chosen = "" if words == self.chosen else words
        for name, button in self.buttons.items():
            button.setChecked(name == self.chosen)
        self.changed.emit()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Say how many there are of each; of what was withdrawn nobody needs to know."""
        for words in WORDS_IN_ORDER[:-1]:
            self.buttons[words].setText(f"{words} {number_text(counts.get(words, 0))}")
