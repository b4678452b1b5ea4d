"""Say what is selected where it is more than one order, and what can be done for all of them at once."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from techdesk.application.changes import Changes
from techdesk.application.ports import ReadTransaction
from techdesk.domain.vocabulary import ServiceState
from techdesk.ui.actions import ACTIONS
from techdesk.ui.blocks import card, emptied, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.icons import DOT, dot
from techdesk.ui.offered import why_not_change
from techdesk.ui.order_list.columns import STATE_COLORS
from techdesk.ui.phrases import count_in_words, joined, number_text
from techdesk.ui.theme import Space

_WIDTH = 460
_STATUSES_SHOWN = 5
_AT_ONCE = 500
"""Orders that are read in one go."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What several orders have in common.

    Attributes:
        statuses: Name and state of each status → how many orders have it, the most frequent first.
        overdue: How many are past their date.
        unsent: How many have changes that are not confirmed.
        accounts: The accounts they are of.
    """

    statuses: dict[tuple[str, ServiceState], int] = field(default_factory=dict)
    overdue: int = 0
    unsent: int = 0
    accounts: frozenset[str] = frozenset()


class SelectionPage(QWidget):
    """Count the selected orders by status, and offer to change them.

    Signals:
        status_wished: The statuses are wanted, below this point of the screen (`QPoint`).
        assignee_wished: The people are wanted, below this point of the screen (`QPoint`).
    """

    status_wished = Signal(QPoint)
    assignee_wished = Signal(QPoint)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._keys: array[int] = array("q")
        self.title = plain_label(role="title")
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(Space.S)
        self._lines.setVerticalSpacing(Space.XS)
        self._lines.setColumnStretch(1, 1)
        self.facts = plain_label(role="muted")
        self.status = self._offer("Change &status…", "change_status", self.status_wished.emit)
        self.assignee = self._offer("&Assign to…", "change_assignee", self.assignee_wished.emit)
        self._lay_out()
        context.theme.changed.connect(self._read)
        context.tasks.changed.connect(self._on_changes)

    def show_orders(self, keys: array[int]) -> None:
        """Show what these orders (row keys) are."""
        self._keys = keys
        self.title.setText(f"{count_in_words(len(keys), 'order')} selected")
        self._read()

    def _on_changes(self, changes: Changes) -> None:
        if self.isVisible() and changes.list_changed:
            self._read()

    def _read(self) -> None:
        keys = self._keys
        if keys:
            self._context.tasks.count(
                lambda view: _summed_up(view, keys, self._context.services.clock.now()), self._show, self, "selection"
            )

    def _show(self, summary: Summary) -> None:
        emptied(self._lines)
        shown = list(summary.statuses.items())[:_STATUSES_SHOWN]
        for row, ((name, state), number) in enumerate(shown):
            picture = QLabel()
            picture.setPixmap(dot(self._context.theme.color(STATE_COLORS[state])).pixmap(DOT))
            count = plain_label(number_text(number), wrap=False)
            count.setAlignment(Qt.AlignmentFlag.AlignRight)
            for column, widget in enumerate((picture, plain_label(name or "No status yet", wrap=False), count)):
                self._lines.addWidget(widget, row, column)
        rest = sum(summary.statuses.values()) - sum(number for _, number in shown)
        if rest:
            self._lines.addWidget(plain_label("Other statuses", "muted"), len(shown), 1)
            count = plain_label(number_text(rest), "muted")
            count.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._lines.addWidget(count, len(shown), 2)
        self._say_facts(summary)

    def _say_facts(self, summary: Summary) -> None:
        why_not = self._why_not(summary)
        self.facts.setText(
            why_not
            or joined(
                f"{number_text(summary.overdue)} overdue" if summary.overdue else "",
                f"{number_text(summary.unsent)} with unsent changes" if summary.unsent else "",
            )
        )
        self.facts.setVisible(bool(self.facts.text()))
        for button in (self.status, self.assignee):
            button.setEnabled(not why_not)

    def _why_not(self, summary: Summary) -> str:
        """Return why these orders cannot be changed together, or empty text."""
        if len(summary.accounts) > 1:
            return "These orders are of several accounts: select orders of one account to change them together."
        return "".join(why_not_change(self._context, one) for one in summary.accounts)

    def _offer(self, text: str, action_name: str, wanted: Callable[[QPoint], object]) -> QPushButton:
        key = next(one.key for one in ACTIONS if one.name == action_name)
        button = push_button(f"{text}   {key}", lambda: wanted(button.mapToGlobal(QPoint(0, button.height()))), key)
        return button

    def _lay_out(self) -> None:
        frame = card()
        frame.setMaximumWidth(_WIDTH)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.status)
        buttons.addWidget(self.assignee)
        buttons.addStretch(1)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        inside.setSpacing(Space.M)
        inside.addWidget(self.title)
        inside.addLayout(self._lines)
        inside.addWidget(self.facts)
        inside.addLayout(buttons)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(frame, 4)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        layout.addStretch(1)
        layout.addLayout(line)
        layout.addStretch(2)


def _summed_up(view: ReadTransaction, keys: Sequence[int], now: datetime) -> Summary:
    """Count these orders by status.

    Raises:
        StoreError: The store could not be read.
    """
    statuses: Counter[tuple[str, ServiceState]] = Counter()
    accounts: set[str] = set()
    overdue = unsent = 0
    for start in range(0, len(keys), _AT_ONCE):
        for row in view.order_rows(keys[start : start + _AT_ONCE]):
            statuses[row.status, row.state] += 1
            accounts.add(row.account_id)
            overdue += bool(row.due_at and row.due_at < now and row.state.is_open)
            unsent += bool(row.unsent)
    return Summary(dict(statuses.most_common()), overdue, unsent, frozenset(accounts))
