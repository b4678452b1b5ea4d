"""Lay out a long form as pages beside a list of them; each page scrolls by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.ui.blocks import emptied
from techdesk.ui.context import Context
from techdesk.ui.editors.base import Editor
from techdesk.ui.forms import Form
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.group_table import GroupTable

_LIST_WIDTH = 168
_HEIGHT = 440
_LEAST_HEIGHT = 180
_PAGE_WIDTH = 640


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page: what its list entry says, its rows, and tables of what repeats."""

    label: str
    form: Form
    tables: Sequence[GroupTable] = ()


class PagedForm(Form):
    """Show one page at a time; values and problems are those of all pages.

    Ctrl+Page Down and Ctrl+Page Up go to the next page and back. A page with something to mend says so in the list.
    """

    def __init__(self, context: Context, pages: Sequence[FormPage]) -> None:
        super().__init__([])
        self._context = context
        self._all = list(pages)
        self._has_marks = False
        self.list = QListWidget()
        self.list.setProperty("role", "parts")
        self.list.setAccessibleName("Parts of the form")
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setVisible(len(pages) > 1)
        self.stack = QStackedWidget()
        for page in pages:
            self.list.addItem(QListWidgetItem(page.label))
            self.stack.addWidget(_scrolling(page))
            page.form.changed.connect(self._on_change)
            for table in page.tables:
                table.changed.connect(self._on_change)
        emptied(self._columns)
        self._columns.setSpacing(Space.L)
        self._columns.addWidget(self.list)
        self._columns.addWidget(self.stack, 1)
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.list.setCurrentRow(0)
        for keys, step in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._go(step))

    @property
    @override
    def names(self) -> Sequence[str]:
        return [name for page in self._all for name in page.form.names]

    @override
    def editor(self, name: str) -> Editor:
        return self._page_of(name).form.editor(name)

    @override
    def values(self) -> dict[str, Any]:
        return {name: value for page in self._all for name, value in page.form.values().items()}

    @override
    def touched(self) -> dict[str, Any]:
        return {name: value for page in self._all for name, value in page.form.touched().items()}

    @override
    def is_touched(self) -> bool:
        return any(page.form.is_touched() or any(one.is_touched for one in page.tables) for page in self._all)

    @override
    def problems(self) -> Mapping[str, str]:
        return {name: text for page in self._all for name, text in page.form.problems().items()}

    @override
    def show_problems(self, problems: Mapping[str, str]) -> None:
        first = next((at for at, page in enumerate(self._all) if problems.keys() & set(page.form.names)), -1)
        if first >= 0:
            self.show_page(first)
        for page in reversed(self._all):
            page.form.show_problems({name: problems[name] for name in page.form.names if name in problems})
        self._mark(problems)

    @override
    def focus_first(self) -> None:
        page = self._all[self.stack.currentIndex()]
        editors = (page.form.editor(name) for name in page.form.names)
        first = next((one.entry() for one in editors if one.entry().focusPolicy() & Qt.FocusPolicy.TabFocus), None)
        if first:
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        elif page.tables:
            page.tables[0].setFocus()
        else:
            self.list.setFocus()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), _HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        beside = _LIST_WIDTH + Space.L if len(self._all) > 1 else 0
        return QSize(self.stack.minimumSizeHint().width() + beside, _LEAST_HEIGHT)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return False: what does not fit scrolls inside its page."""
        return False

    def show_page(self, place: int) -> None:
        """Bring a page to the front."""
        self.list.setCurrentRow(place)

    def _go(self, step: int) -> None:
        self.show_page((self.stack.currentIndex() + step) % len(self._all))
        self.focus_first()

    def _page_of(self, name: str) -> FormPage:
        return next(page for page in self._all if name in page.form.names)

    def _on_change(self) -> None:
        if self._has_marks:
            self._mark(self.problems())
        self.changed.emit()

    def _mark(self, problems: Mapping[str, str]) -> None:
        """Say in the list which pages have something to mend."""
        self._has_marks = bool(problems)
        for at, page in enumerate(self._all):
            wrong = len(problems.keys() & set(page.form.names))
            item = self.list.item(at)
            item.setText(f"{page.label}  ({wrong} to mend)" if wrong else page.label)
            item.setForeground(self._context.theme.hue("bad" if wrong else "text"))


def _scrolling(page: FormPage) -> QScrollArea:
    inside = QWidget()
    layout = QVBoxLayout(inside)
    layout.setContentsMargins(0, 0, Space.M, 0)
    layout.setSpacing(Space.M)
    if page.form.names or not page.tables:
        layout.addWidget(page.form, 0 if page.tables else 1)
    for table in page.tables:
        layout.addWidget(table, 1)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inside)
    bar = scroll.verticalScrollBar().sizeHint().width()
    scroll.setMinimumWidth(max(_PAGE_WIDTH, inside.minimumSizeHint().width() + bar))
    page.form.problem_shown.connect(scroll.ensureWidgetVisible)
    return scroll
