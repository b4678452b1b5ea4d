"""Lay out editors as a form: a label, its editor, and what is wrong with it; one editor for every type of field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from techdesk.domain.events import EventField, FieldType, Prefill
from techdesk.ui.alt_letters import with_keys
from techdesk.ui.blocks import plain_label, restyle
from techdesk.ui.editors.base import Editor, Occasion
from techdesk.ui.editors.choices import SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor, InstantsEditor
from techdesk.ui.editors.metadata import MetadataEditor
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.theme import Space

EDITORS: dict[FieldType, Callable[[EventField, Occasion], Editor]] = {
    FieldType.TEXT: lambda _field, _occasion: TextEditor(),
    FieldType.LONG_TEXT: lambda _field, _occasion: LongTextEditor(),
    FieldType.INSTANT: lambda field, occasion: InstantEditor(occasion, plans=field.prefill is Prefill.NOTHING),
    FieldType.FLAG: lambda _field, _occasion: SegmentsEditor({True: "Yes", False: "No"}),
    FieldType.CHOICE: lambda field, _occasion: SegmentsEditor(
        {one: field.choices[one.value] for one in field.enum or ()}
    ),
    FieldType.INSTANTS: lambda _field, occasion: InstantsEditor(occasion),
    FieldType.METADATA: lambda _field, _occasion: MetadataEditor(),
}
"""The editor of every type of field that an event can have."""


_COLUMN = "form column"
_BETWEEN_SECTIONS = 16


@dataclass(frozen=True, slots=True)
class FormRow:
    """One line of a form.

    Attributes:
        name: What the value is called in `Form.values`.
        label: What the person reads; its key (Alt+letter) is chosen by the form.
        editor: Where it is typed.
        required: What to say when it is left empty; empty text where that is fine.
        hint: How to fill it in; empty text where that is plain.
    """

    name: str
    label: str
    editor: Editor
    required: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading between rows.

    Attributes:
        title: What the person reads.
        column: The rows after it stand in a new column.
        name: What `Form.show_section` calls it; empty for one that is always shown.
    """

    title: str
    column: bool = False
    name: str = ""


def event_row(field: EventField, occasion: Occasion) -> FormRow:
    """Make the row of an event's field, filled in as the field asks for."""
    editor = EDITORS[field.holds](field, occasion)
    given = {Prefill.ME: occasion.me or None, Prefill.NOW: occasion.now(), Prefill.NOTHING: None}[field.prefill]
    editor.set_value(given)
    return FormRow(field.name, field.label, editor)


class Form(QWidget):
    """Show rows of editors, one under the other."""

    changed = Signal()
    problem_shown = Signal(QWidget)

    def __init__(self, rows: Sequence[FormRow | Section], taken_keys: str = "") -> None:
        """Lay out the rows.

        Args:
            rows: Rows and headings, top to bottom.
            taken_keys: Letters that buttons beside the form use as Alt+letter.
        """
        super().__init__()
        self._rows = {row.name: row for row in rows if isinstance(row, FormRow)}
        self._problems: dict[str, QLabel] = {}
        self._boxes: dict[str, QWidget] = {}
        self._columns = QHBoxLayout(self)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(Space.XL)
        layout = self._new_column()
        labels = iter(with_keys([one.label for one in self._rows.values()], taken_keys))
        for row in rows:
            if isinstance(row, FormRow):
                self._add_row(layout, row, next(labels))
                continue
            layout = self._new_column() if row.column else layout
            layout = self._new_box(layout, row.name) if row.name else layout
            self._add_heading(layout, row.title)
        for column in self.findChildren(QVBoxLayout, _COLUMN):
            column.addStretch(1)

    def editor(self, name: str) -> Editor:
        """Return the editor called `name`."""
        return self._rows[name].editor

    @property
    def names(self) -> Sequence[str]:
        """Return the names of the rows, top to bottom."""
        return list(self._rows)

    def values(self) -> dict[str, Any]:
        """Return every value by name, empty ones as None; only meaningful while `problems` is empty."""
        return {name: row.editor.value() for name, row in self._rows.items()}

    def touched(self) -> dict[str, Any]:
        """Return only the values that a person changed."""
        return {name: row.editor.value() for name, row in self._rows.items() if row.editor.touched}

    def typed(self) -> dict[str, Any]:
        """Return what stands in the rows that a person changed, as JSON values, also half-typed."""
        editors = {name: self.editor(name) for name in self.names}
        return {name: one.typed() for name, one in editors.items() if one.touched}

    def retype(self, typed: Mapping[str, Any]) -> None:
        """Let stand in the rows what `typed` returned."""
        for name in self.names:
            if name in typed:
                self.editor(name).retype(typed[name])

    def is_touched(self) -> bool:
        """Say whether a person changed anything."""
        return any(row.editor.touched for row in self._rows.values())

    def problems(self) -> Mapping[str, str]:
        """Return name → what is wrong, for everything that cannot be taken."""
        found = {name: _problem(row) for name, row in self._rows.items() if self.is_shown(name)}
        return {name: text for name, text in found.items() if text}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Write what is wrong under the editors, and put the keyboard into the first one concerned."""
        for name, label in self._problems.items():
            label.setText(problems.get(name, ""))
            label.setVisible(name in problems)
            restyle(self.editor(name).entry(), "invalid", name in problems)
        first = next((name for name in self._rows if name in problems), None)
        if first:
            self.editor(first).entry().setFocus(Qt.FocusReason.OtherFocusReason)
            self.problem_shown.emit(self._problems[first])

    def show_section(self, name: str, shown: bool) -> None:
        """Show or hide a section with its rows; what a hidden row holds is neither checked nor asked for."""
        self._boxes[name].setVisible(shown)

    def is_section_shown(self, name: str) -> bool:
        """Say whether a section is shown."""
        return self._boxes[name].isVisibleTo(self)

    def is_shown(self, name: str) -> bool:
        """Say whether the row called `name` can be filled in."""
        return self._rows[name].editor.isVisibleTo(self)

    def focus_first(self) -> None:
        """Put the keyboard into the first editor that is still empty, else into the first."""
        editors = [row.editor for row in self._rows.values() if row.editor.entry().isEnabled()]
        empty = (one for one in editors if not one.problem() and one.value() is None)
        first = next(empty, editors[0] if editors else None)
        if first:
            first.entry().setFocus(Qt.FocusReason.OtherFocusReason)

    def _new_column(self) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setObjectName(_COLUMN)
        layout.setSpacing(Space.XS)
        self._columns.addLayout(layout, 1)
        return layout

    def _new_box(self, layout: QVBoxLayout, name: str) -> QVBoxLayout:
        """Return the layout of a part of a column that can be hidden; it ends where the column ends."""
        box = QWidget()
        inside = QVBoxLayout(box)
        inside.setContentsMargins(0, _BETWEEN_SECTIONS if layout.count() else 0, 0, 0)
        inside.setSpacing(layout.spacing())
        layout.addWidget(box)
        self._boxes[name] = box
        return inside

    def _add_heading(self, layout: QVBoxLayout, title: str) -> None:
        heading = plain_label(title, "heading")
        if layout.count():
            layout.addSpacing(_BETWEEN_SECTIONS)
        layout.addWidget(heading)

    def _add_row(self, layout: QVBoxLayout, row: FormRow, text: str) -> None:
        label = QLabel(text, self)
        label.setProperty("role", "section")
        label.setBuddy(row.editor.entry())
        row.editor.setAccessibleName(row.label)
        row.editor.entry().setAccessibleName(row.label)
        problem = plain_label(role="error")
        problem.hide()
        self._problems[row.name] = problem
        if layout.count():
            layout.addSpacing(Space.S)
        layout.addWidget(label)
        layout.addWidget(row.editor)
        if row.hint:
            layout.addWidget(plain_label(row.hint, "small"))
        layout.addWidget(problem)
        row.editor.changed.connect(lambda: self._recheck(row.name))

    def _recheck(self, name: str) -> None:
        """Take a complaint away as soon as it no longer holds; new ones wait until the person saves."""
        if self._problems[name].isVisibleTo(self) and not _problem(self._rows[name]):
            self._problems[name].hide()
            restyle(self.editor(name).entry(), "invalid", False)
        self.changed.emit()


def _problem(row: FormRow) -> str:
    wrong = row.editor.problem()
    return wrong or (row.required if row.editor.value() is None else "")
