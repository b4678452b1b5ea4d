"""Edit whole numbers, lists of plain values and several choices; show what only others may change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget
from typing_extensions import override

from techdesk.ui.blocks import plain_label, selectable_label
from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.text import LongTextEditor, TextEditor, filled
from techdesk.ui.phrases import number_text

LARGEST = 2**31 - 1
"""What the systems keep a whole number in has 32 bits."""

_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_CHOICES_A_ROW = 2


def _whole_problem(text: str) -> str:
    """Return why a text is no whole number that can be kept, or empty text."""
    if not _WHOLE.match(text):
        return "Type a whole number, for example 12"
    return "" if abs(int(text)) <= LARGEST else f"No number can be larger than {number_text(LARGEST)}"


class WholeEditor(TextEditor):
    """Edit a whole number; what was there before and is none stays until the person changes it."""

    @override
    def problem(self) -> str:
        text = self.line.text().strip()
        return _whole_problem(text) if self.touched and text else ""

    @override
    def _read(self) -> Any:
        text = self.line.text().strip()
        return int(text) if text else None

    @override
    def _show(self, value: Any) -> None:
        super()._show("" if value is None else str(value))


class LinesEditor(LongTextEditor):
    """Edit a list of texts or whole numbers, one a line."""

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self._is_whole = whole
        self.text.setPlaceholderText("One a line")

    @override
    def problem(self) -> str:
        if not self._is_whole or not self.touched:
            return ""
        return next((found for found in map(_whole_problem, self._lines()) if found), "")

    @override
    def _read(self) -> Any:
        lines = self._lines()
        return ([int(one) for one in lines] if self._is_whole else lines) or None

    @override
    def _show(self, value: Any) -> None:
        super()._show("\n".join(str(one) for one in value or ()))

    def _lines(self) -> list[str]:
        raw = self.text.document().toRawText().split("\u2029")
        return [one.strip() for one in raw if one.strip()]


class TicksEditor(Editor):
    """Edit several of a few values, each ticked or not; kept as one text with `|` between.

    What is chosen and not (or no longer) offered gets a box of its own.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[str, QCheckBox] = {}
        for value, label in options.items():
            self._add(value, label)

    @override
    def entry(self) -> QWidget:
        return next(iter(self.boxes.values()), self)

    @override
    def _read(self) -> Any:
        return "|".join(value for value, box in self.boxes.items() if box.isChecked()) or None

    @override
    def _show(self, value: Any) -> None:
        chosen = [one.strip() for one in str(value or "").split("|") if one.strip()]
        for one in chosen:
            if one not in self.boxes:
                self._add(one, one)
        for one, box in self.boxes.items():
            box.setChecked(one in chosen)

    def _add(self, value: str, label: str) -> None:
        box = QCheckBox(label.replace("&", "&&"), self)
        box.toggled.connect(self._touch)
        place = len(self.boxes)
        self._grid.addWidget(box, place // _CHOICES_A_ROW, place % _CHOICES_A_ROW)
        self.boxes[value] = box


class FixedText(Editor):
    """Show a value that cannot be changed here, and why where that is not plain; the text can be copied."""

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__()
        self.label = selectable_label(text or "Empty", "" if text else "muted")
        self.label.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.why = plain_label(why, "small")
        self.why.setVisible(bool(why))
        filled(self, self.label, self.why)
        self.why.setHidden(not why)

    @override
    def entry(self) -> QWidget:
        return self.label

    @override
    def typed(self) -> Any:
        return None

    @override
    def retype(self, typed: Any) -> None:
        """Do nothing: nobody can type here."""

    @override
    def _read(self) -> Any:
        return self._given

    @override
    def _show(self, value: Any) -> None:
        """Show nothing else: the text was said when the form was made."""
