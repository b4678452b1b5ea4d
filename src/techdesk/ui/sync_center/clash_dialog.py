"""Let a person decide a conflict: each field with what it said, what they wrote and what the server has now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from techdesk.application.changes import Changes
from techdesk.application.outbox import Clash
from techdesk.application.unsent.deciding import Decided
from techdesk.application.unsent.outbox_case import Case
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import card, emptied, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.fitting import fit_into_window, scrolling
from techdesk.ui.phrases import count_in_words, shortened
from techdesk.ui.second_press import SecondPressButton
from techdesk.ui.sync_center.case_words import changed_in_words, is_removal, noun_of
from techdesk.ui.sync_center.clash_rows import HEADINGS, MINE, OWN, THEIRS, ClashRow, heading_row
from techdesk.ui.sync_center.removal_choice import RemovalChoice
from techdesk.ui.sync_center.rows import title_of
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words

_SIZE = (980, 640)
_SIZE_OF_REMOVAL = (760, 360)
_PREVIEW_HEIGHT = 116
_PREVIEW_LETTERS = 400

FREE_TEXTS = frozenset(
    {"title", "description", "condition", "accessories", "name", "note", "notes", "location_label", "reason"}
)
"""Fields that take a text of one's own in a conflict; the others can only be one thing or the other."""

_LINES = frozenset({"title", "name", "location_label"})


class ClashDialog(QDialog):
    """Show the rows of a conflict, and what the record will say; nothing is chosen before a person chooses.

    1, 2 and 3 choose on the row with the keyboard, Up and Down go from row to row, Ctrl+Enter saves, Esc leaves
    everything as it was.
    """

    def __init__(self, context: Context, case: Case, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._case = case
        self._words = words
        self._noun = noun_of(case.entry)
        self._who = changed_in_words(case, words)
        self.rows: dict[str, ClashRow] = {}
        self.removal = RemovalChoice(self._noun) if is_removal(case) else None
        self.preview = QGridLayout()
        self.notice = plain_label()
        self.notice.setProperty("tone", "bad")
        self.notice.hide()
        self.left = plain_label(role="small")
        self.save_button = push_button("&Save the choice", self.save, "Ctrl+Enter", "primary")
        self.all_mine = SecondPressButton("&All mine", "Press again: all mine")
        self.all_theirs = SecondPressButton("All &theirs", "Press again: all theirs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Conflict")
        self._lay_out()
        fit_into_window(self, *(_SIZE_OF_REMOVAL if self.removal else _SIZE))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save)
        self._show_choices()
        first = self.removal or next(iter(self.rows.values()), self.save_button)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def choices(self) -> Mapping[str, str]:
        """Return field → what was chosen, without those still open."""
        if self.removal:
            side = self.removal.choice
            return {one.field: side for one in self._case.entry.clashes} if side else {}
        return {name: row.choice for name, row in self.rows.items() if row.choice}

    def save(self) -> None:
        """Save the choice once every field has one."""
        if not self.save_button.isEnabled():
            return
        self.save_button.setEnabled(False)
        clashes = self._case.entry.clashes
        own = {name: self._own_text(name) for name, row in self.rows.items() if row.choice == OWN}
        decided = Decided(own=own, seen={one.field: one.theirs for one in clashes})
        settle = self._context.services.commands.outbox.settle_clashes
        command = partial(settle, self._case.entry.operation.op_id, dict(self.choices), decided)
        self._context.tasks.command(command, self._saved, self._failed)

    def _saved(self, _: Changes) -> None:
        self._context.services.sync_now(self._case.account.account_id)
        self.accept()

    def _failed(self, error: TechDeskError) -> None:
        self.notice.setText(f"Not saved. {error}")
        self.notice.show()
        self._show_choices()

    def _choose_all(self, side: str) -> None:
        for row in self.rows.values():
            row.choose(side)

    def _own_text(self, name: str) -> str:
        text = self.rows[name].own.toPlainText().strip()
        return " ".join(text.split()) if name in _LINES else text

    def _step(self, row: ClashRow, by: int) -> None:
        rows = list(self.rows.values())
        to = rows[max(0, min(len(rows) - 1, rows.index(row) + by))]
        to.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(to)

    def _show_choices(self) -> None:
        """Say what the record will say, and what is still to be chosen."""
        open_ones = 0 if self.removal and self.removal.choice else len(self._case.entry.clashes) - len(self.choices)
        self.save_button.setEnabled(not open_ones)
        left = f"{count_in_words(open_ones, 'field')} to choose" if self.rows else "Choose one of the two"
        self.left.setText(left if open_ones else "Ctrl+Enter saves")
        emptied(self.preview)
        for place, (label, text) in enumerate(self._result()):
            self.preview.addWidget(plain_label(label, "small"), place, 0, Qt.AlignmentFlag.AlignTop)
            self.preview.addWidget(plain_label(shortened(text, _PREVIEW_LETTERS)), place, 1, Qt.AlignmentFlag.AlignTop)
        if self.removal:
            self.preview.addWidget(plain_label(self.removal.outcome), 0, 0, 1, 2)
        self.preview.setRowStretch(self.preview.rowCount(), 1)

    def _result(self) -> list[tuple[str, str]]:
        clashes = self._case.entry.clashes if self.rows else ()
        return [(self._words.label(one.field), self._stays(one)) for one in clashes]

    def _stays(self, clash: Clash) -> str:
        choice = self.rows[clash.field].choice
        if choice == OWN:
            return self._own_text(clash.field) or "nothing"
        sides: Mapping[str, Any] = {MINE: clash.mine, THEIRS: clash.theirs}
        return self._side(clash, sides[choice]) if choice else "not chosen yet"

    def _side(self, clash: Clash, value: Any) -> str:
        return self._words.side(self._case.entry.operation, clash.field, value)

    # What it looks like.
    def _intro(self) -> str:
        somebody = f"Somebody else ({self._who})" if self._who else "Somebody else"
        if self.removal:
            return f"You removed this {self._noun}. {somebody} changed it meanwhile; that would be removed with it."
        return (
            f"{somebody} changed the same after you opened the {self._noun}. Choose for each field which text stays. "
            "The other one is kept in the history, where it can be restored."
        )

    def _row(self, clash: Clash) -> ClashRow:
        sides = [self._side(clash, value) for value in (clash.base, clash.mine, clash.theirs)]
        row = ClashRow([self._words.label(clash.field), *sides], self._merged(clash))
        row.changed.connect(self._show_choices)
        row.step_wished.connect(partial(self._step, row))
        return row

    def _merged(self, clash: Clash) -> str | None:
        """Return both texts, mine first, as nobody wants marks in an order; None where a field takes no own text."""
        if clash.field not in FREE_TEXTS or is_removal(self._case):
            return None
        between = " / " if clash.field in _LINES else "\n"
        return between.join(str(text) for text in (clash.mine, clash.theirs) if text)

    def _lay_out(self) -> None:
        entry = self._case.entry
        if self.removal:
            self.removal.changed.connect(self._show_choices)
        self.rows = {} if self.removal else {one.field: self._row(one) for one in entry.clashes}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(shortened(title_of(entry), 200), "title"))
        layout.addWidget(plain_label(self._intro(), "muted"))
        layout.addWidget(self._middle(), 1)
        layout.addWidget(self._preview_card())
        layout.addWidget(self.notice)
        layout.addLayout(self._buttons())

    def _middle(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, Space.S, 0, 0)
        column.setSpacing(Space.S)
        headings = (*HEADINGS[:3], f"{HEADINGS[3]}\n{self._who}".strip(), HEADINGS[4])
        if self.removal:
            headings = ("Field", "When you removed it", "", headings[3], "")
        column.addWidget(heading_row(headings))
        rows: list[QWidget] = list(self.rows.values()) if self.rows else self._facts_of_removal()
        for row in rows:
            column.addWidget(row)
        if self.removal:
            column.addWidget(self.removal)
        column.addStretch(1)
        self._scroll = scrolling(inside)
        return self._scroll

    def _facts_of_removal(self) -> list[QWidget]:
        """Return the fields that changed, to be read only."""
        facts: list[QWidget] = []
        for clash in self._case.entry.clashes:
            texts = [self._words.label(clash.field), self._side(clash, clash.base), "", self._side(clash, clash.theirs)]
            row = ClashRow(texts, None)
            row.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            for button in row.buttons.values():
                button.hide()
            facts.append(row)
        return facts

    def _preview_card(self) -> QFrame:
        frame, lines = card(), QWidget()
        lines.setLayout(self.preview)
        self.preview.setContentsMargins(0, 0, 0, 0)
        self.preview.setHorizontalSpacing(Space.M)
        self.preview.setVerticalSpacing(Space.XS)
        self.preview.setColumnStretch(1, 1)
        column = QVBoxLayout(frame)
        column.setContentsMargins(Space.M, Space.S, Space.S, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(plain_label(f"The {self._noun} will say" if self.rows else "What will happen", "section"))
        column.addWidget(scrolling(lines))
        frame.setFixedHeight(_PREVIEW_HEIGHT if self.rows else _PREVIEW_HEIGHT // 2)
        return frame

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        for button, side in ((self.all_mine, MINE), (self.all_theirs, THEIRS)):
            button.confirmed.connect(partial(self._choose_all, side))
            button.setVisible(len(self.rows) > 1)
            line.addWidget(button)
        line.addWidget(self.left, 1)
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(push_button("&Cancel", self.reject, "Decide later (Esc)"))
        line.addWidget(self.save_button)
        return line
