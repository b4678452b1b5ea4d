"""Show what repeats in a form as a table: add, change and remove entries of a draft; nothing is saved here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from techdesk.application.order_detail import Shown
from techdesk.application.order_form import FieldEditor, FormEntry, FormGroup, entries
from techdesk.ui.asking import ask
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.form_words import FormWords
from techdesk.ui.leading import Leading
from techdesk.ui.tables import Column, PartTable
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.draft import Draft

_NUMBERS = (FieldEditor.WHOLE, FieldEditor.AMOUNT)


class GroupTable(Leading):
    """Show the entries of a group.

    Signals:
        changed: The draft has other entries, or others in them.
        entry_wished: The person wants to fill in an entry: its key, empty for one that is added.
    """

    changed = Signal()
    entry_wished = Signal(str)

    def __init__(self, context: Context, group: FormGroup, draft: Draft) -> None:
        super().__init__()
        self._context = context
        self.group = group
        self._draft = draft
        self.is_touched = False
        self._document: Mapping[str, Any] = draft.shown
        self.table = PartTable(context, group.noun, self._columns(), f"No {group.noun} yet. Press Insert to add one.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(group.label, "heading"))
        layout.addWidget(self.table, 1)
        self.lead_to(self.table)
        self.table.add_wished.connect(lambda: self.entry_wished.emit(""))
        self.table.change_wished.connect(lambda shown: self.entry_wished.emit(shown.record_id))
        self.table.remove_wished.connect(self._ask_to_remove)
        self._list()

    def keep(self, changes: Mapping[str, Any]) -> None:
        """Take over what was filled in for an entry."""
        if changes:
            self._draft.set(changes)
            self._changed()

    def remove(self, key: str) -> None:
        """Take an entry out."""
        self._draft.remove(key)
        self._changed()

    def _ask_to_remove(self, shown: Shown[FormEntry]) -> None:
        name = shown.value.label or f"this {self.group.noun}"
        ask(self.window(), f"Take out “{name}”?", "Take out", lambda: self.remove(shown.record_id))

    def _changed(self) -> None:
        self.is_touched = True
        self._list()
        self.changed.emit()

    def _list(self) -> None:
        self._document = self._draft.shown
        found = entries(self.group, self._document)
        self.table.show_rows([Shown(one, one.key, {}, None) for one in found])

    def _columns(self) -> list[Column]:
        shown = [at for at, one in enumerate(self.group.fields) if one.is_prominent]
        columns = [self._field_column(at, is_first=at == shown[0]) for at in shown]
        return columns + [self._group_column(at) for at in range(len(self.group.groups))]

    def _field_column(self, at: int, *, is_first: bool) -> Column:
        one = self.group.fields[at]
        right = one.editor in _NUMBERS
        return Column(one.label, lambda row: self._words.shown(row.fields[at]), right=right, wide=is_first)

    def _group_column(self, at: int) -> Column:
        def names(row: FormEntry) -> str:
            return ", ".join(one.label for one in entries(row.groups[at], self._document))

        return Column(self.group.groups[at].label, names, wide=True)

    @property
    def _words(self) -> FormWords:
        return FormWords(formats=self._context.formats, document=self._document)
