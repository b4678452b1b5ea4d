"""Edit free names and values; a value that is no text is kept as it came unless a person types over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget
from typing_extensions import override

from techdesk.ui.editors.base import Editor
from techdesk.ui.editors.text import NO_LIMIT
from techdesk.ui.theme import Space


def value_in_words(value: Any) -> str:
    """Say a JSON value for a person: text as it is, yes and no, and nested values by their number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | list):
        return f"{len(value)} value{'' if len(value) == 1 else 's'}, kept as received"
    return "" if value is None else str(value)


class _Row:
    """One name with its value."""

    def __init__(self, name: str, value: Any, owner: MetadataEditor) -> None:
        self.name = _line("Name", name, owner)
        self.value = _line("Value", value_in_words(value), owner)
        self.remove = QPushButton("Remove", owner)
        self.remove.setAutoDefault(False)
        self._kept = value
        self._kept_text = self.value.text()
        self.value.setReadOnly(isinstance(value, Mapping | list))

    @property
    def widgets(self) -> tuple[QWidget, QWidget, QWidget]:
        return self.name, self.value, self.remove

    def content(self) -> Any:
        """Return the value: the one that came, unless it was typed over."""
        return self._kept if self.value.text() == self._kept_text else self.value.text()

    @property
    def is_empty(self) -> bool:
        return not self.name.text().strip() and not self.value.text()


class MetadataEditor(Editor):
    """Edit names and values in rows; Enter in the last row begins another."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[_Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.XS)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.add_button = QPushButton("Add a detail", self)
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self.begin_row)
        self._show(None)

    def begin_row(self) -> None:
        """Add an empty row and put the keyboard into it."""
        self._add("", "")
        self._arrange()
        self.rows[-1].name.setFocus()

    def remove(self, row: _Row) -> None:
        """Take a row away."""
        self.rows.remove(row)
        _dispose(row)
        if not self.rows:
            self._add("", "")
        self._arrange()
        self._touch()

    @override
    def problem(self) -> str:
        names = [row.name.text().strip() for row in self.rows if not row.is_empty]
        if not all(names):
            return "Give every value a name"
        twice = next((name for name in names if names.count(name) > 1), None)
        return f"“{twice}” stands there twice" if twice else ""

    @override
    def entry(self) -> QWidget:
        return self.rows[0].name

    @override
    def typed(self) -> Any:
        return [[row.name.text(), row.content()] for row in self.rows]

    @override
    def retype(self, typed: Any) -> None:
        self._fill([(name, value) for name, value in typed])
        self._touch()

    @override
    def _read(self) -> Any:
        return {row.name.text().strip(): row.content() for row in self.rows if not row.is_empty} or None

    @override
    def _show(self, value: Any) -> None:
        self._fill((value or {"": ""}).items())

    def _fill(self, pairs: Iterable[tuple[str, Any]]) -> None:
        for row in self.rows:
            _dispose(row)
        self.rows.clear()
        for name, one in pairs:
            self._add(name, one)
        self._arrange()

    def _add(self, name: str, value: Any) -> None:
        row = _Row(name, value, self)
        row.name.textChanged.connect(self._touch)
        row.value.textChanged.connect(self._touch)
        row.name.returnPressed.connect(row.value.setFocus)
        row.value.returnPressed.connect(lambda: self._go_on(row))
        row.remove.clicked.connect(lambda: self.remove(row))
        self.rows.append(row)

    def _go_on(self, row: _Row) -> None:
        if row is self.rows[-1] and not row.is_empty:
            self.begin_row()

    def _arrange(self) -> None:
        for place, row in enumerate(self.rows):
            for column, widget in enumerate(row.widgets):
                self._grid.addWidget(widget, place, column)
        self._grid.addWidget(self.add_button, len(self.rows), 0)
        order: list[QWidget] = [widget for row in self.rows for widget in row.widgets] + [self.add_button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)


def _line(placeholder: str, text: str, owner: QWidget) -> QLineEdit:
    line = QLineEdit(owner)
    line.setMaxLength(NO_LIMIT)
    line.setPlaceholderText(placeholder)
    line.setText(text)
    line.setCursorPosition(0)
    return line


def _dispose(row: _Row) -> None:
    for widget in row.widgets:
        widget.hide()
        widget.deleteLater()
