"""Give the columns of the order list their widths: all fit side by side, and the person's own choices stay.

Numbers, serial numbers and statuses are as wide as the longest that was seen: they are read whole or not at all. Where
a window is too narrow for every column, the least important ones make room; they come back with the room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from techdesk.ui.context import Context
from techdesk.ui.order_list.columns import COLUMNS, Column

HIDDEN_SETTING = "list.hidden_columns"
WIDTHS_SETTING = "list.own_widths"
HIDDEN_AT_FIRST = "title"
BY_IMPORTANCE = ("account", "kind", "assignee", "priority", "serial", "age")
"""The columns that go where there is no room, most important first; all others always stay."""


class OrderHeader(QHeaderView):
    """The list's header: it sorts, its menu chooses columns, its sections can be dragged wider."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._context = context
        settings = context.services.settings
        self._hidden = set(settings.get(HIDDEN_SETTING, HIDDEN_AT_FIRST).split(","))
        self._own = dict(_widths(settings.get(WIDTHS_SETTING)))
        self._seen: dict[str, int] = {}
        self._available = 0
        self._has_several_accounts = False
        self._is_fitting = False
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setMinimumSectionSize(32)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer_columns)
        self.sectionResized.connect(self._take_width)

    def fit(self, available: int) -> None:
        """Share `available` logical pixels among the columns."""
        self._available = available
        wanted = [one for one in COLUMNS if one.name not in self._hidden and self._is_needed(one)]
        is_tight = sum(self._width(one) for one in wanted) > available
        widths = {one: self._slim(one) if is_tight else self._width(one) for one in wanted}
        shown = _fitting(widths, available)
        spare = max(0, available - sum(widths[one] for one in shown))
        growth = sum(one.grow for one in shown if one.name not in self._own) or 1
        self._is_fitting = True
        for section, column in enumerate(COLUMNS):
            self.setSectionHidden(section, column not in shown)
            share = 0 if column.name in self._own else spare * column.grow // growth
            if column in shown:
                self.resizeSection(section, widths[column] + share)
        self._is_fitting = False

    def make_room_for(self, widths: Mapping[str, int]) -> None:
        """Be wide enough for cells of these widths (column → logical pixels); no column gets narrower by it."""
        limits = {one.name: one.most for one in COLUMNS}
        wider = {name: min(width, limits[name]) for name, width in widths.items()}
        wider = {name: width for name, width in wider.items() if width > self._seen.get(name, 0)}
        if wider:
            self._seen |= wider
            self.fit(self._available)

    def show_accounts(self, several: bool) -> None:
        """Show the account column where there are several accounts."""
        self._has_several_accounts = several
        self.fit(self._available)

    def show_column(self, name: str, shown: bool) -> None:
        """Show or hide a column from now on."""
        self._hidden = self._hidden - {name} if shown else self._hidden | {name}
        self._context.keep(HIDDEN_SETTING, ",".join(sorted(self._hidden)))
        self.fit(self._available)

    def _is_needed(self, column: Column) -> bool:
        return column.name != "account" or self._has_several_accounts

    def _width(self, column: Column) -> int:
        return self._own.get(column.name) or max(column.width, self._seen.get(column.name, 0))

    def _slim(self, column: Column) -> int:
        return column.slim if column.slim and column.name not in self._own else self._width(column)

    def _take_width(self, section: int, _: int, width: int) -> None:
        """Keep a width that the person dragged."""
        if self._is_fitting or not width:
            return
        self._own[COLUMNS[section].name] = width
        self._context.keep(WIDTHS_SETTING, ",".join(f"{name}={size}" for name, size in self._own.items()))

    def _offer_columns(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in filter(self._is_needed, COLUMNS):
            action = QAction(column.label, menu, checkable=True)
            action.setChecked(column.name not in self._hidden)
            action.toggled.connect(lambda shown, name=column.name: self.show_column(name, shown))
            menu.addAction(action)
        menu.popup(self.mapToGlobal(at))


def _fitting(widths: Mapping[Column, int], available: int) -> list[Column]:
    """Return the columns that fit side by side: those that always stay, then the most important of the others."""
    shown = [one for one in widths if one.name not in BY_IMPORTANCE]
    left = available - sum(widths[one] for one in shown)
    for column in sorted(set(widths).difference(shown), key=lambda one: BY_IMPORTANCE.index(one.name)):
        if widths[column] <= left:
            left -= widths[column]
            shown.append(column)
    return shown


def _widths(kept: str) -> Iterator[tuple[str, int]]:
    for name, _, width in (pair.partition("=") for pair in kept.split(",")):
        if width.isdecimal():
            yield name, int(width)
