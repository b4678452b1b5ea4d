"""Show what matters of a whole order in cards, by the description of its form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from techdesk.application.order_detail import OrderDetail
from techdesk.application.order_form import FieldEditor, FormEntry, FormGroup, FormSection, OrderForm, entries
from techdesk.ui.blocks import card, plain_label, push_button, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.form_words import FormWords
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space

Facts = Sequence[tuple[str, str]]
FactsCard = Callable[[str, Facts, str], QFrame]
"""Makes a card of facts: its title, label and text of each, and what it says where there are none."""

_NUMBERS = (FieldEditor.WHOLE, FieldEditor.AMOUNT)


class OrderCards:
    """Make the cards of an order whose system has a form for it."""

    def __init__(self, context: Context, detail: OrderDetail, facts_card: FactsCard) -> None:
        """Keep the order and how a card of facts is made."""
        self._facts_card = facts_card
        self._document = detail.shown.document
        self._words = FormWords(formats=context.formats, document=self._document)

    def cards(self, form: OrderForm, change: Callable[[], object]) -> list[tuple[QFrame, bool]]:
        """Return the cards with what the order says, each with whether it takes the whole width.

        Args:
            form: The description.
            change: Opens the form; the first card has a button for it.
        """
        made: list[tuple[QFrame, bool]] = []
        for section in form:
            facts = self._facts(section)
            if facts or not made:
                made.append((self._facts_card(section.label, facts, "Nothing yet."), False))
            if len(made) == 1 and section is form[0]:
                _add_button(made[0][0], change)
            listed = [one for one in section.groups if one.can_change]
            made += [(self._group_card(one), True) for one in listed if entries(one, self._document)]
        return made

    def _facts(self, section: FormSection) -> list[tuple[str, str]]:
        own = [one for group in section.groups if not group.can_change for one in entries(group, self._document)]
        fields = [*section.fields, *(field for one in own for field in one.fields)]
        shown = ((one.label, self._words.shown(one)) for one in fields if one.is_prominent)
        return [(label, text) for label, text in shown if text]

    def _group_card(self, group: FormGroup) -> QFrame:
        """Return a card with a line for each entry: its name with what is inside it, then its numbers."""
        frame = card()
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(group.label, "section"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(0, 1)
        columns = [at for at, one in enumerate(group.fields) if one.is_prominent]
        for place, at in enumerate(columns):
            if place:
                grid.addWidget(plain_label(group.fields[at].label, "small", wrap=False), 0, place, _side(group, at))
        for row, one in enumerate(entries(group, self._document), 1):
            grid.addLayout(self._name(one), row, 0)
            for place, at in enumerate(columns[1:], 1):
                text = selectable_label(self._words.shown(one.fields[at]))
                text.setWordWrap(False)
                grid.addWidget(text, row, place, _side(group, at) | Qt.AlignmentFlag.AlignTop)
        layout.addLayout(grid)
        return frame

    def _name(self, one: FormEntry) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setSpacing(0)
        layout.addWidget(selectable_label(shortened(one.label) or "Without a name", "strong"))
        for group in one.groups:
            inside = ", ".join(inner.label for inner in entries(group, self._document) if inner.label)
            if inside:
                layout.addWidget(selectable_label(f"{group.label}: {shortened(inside)}", "small"))
        return layout


def _side(group: FormGroup, at: int) -> Qt.AlignmentFlag:
    is_number = group.fields[at].editor in _NUMBERS
    return Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft


def _add_button(frame: QFrame, change: Callable[[], object]) -> None:
    row = QHBoxLayout()
    row.addWidget(push_button("Change order…", change, "Change everything that the order's system lets one (Ctrl+D)"))
    row.addStretch(1)
    layout = frame.layout()
    if isinstance(layout, QVBoxLayout):
        layout.addLayout(row)
