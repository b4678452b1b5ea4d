"""Show the order list as a table: calm rows, pills for states, a header that sorts and chooses columns."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from typing_extensions import override

from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter
from techdesk.domain.documents import RecordType
from techdesk.ui.context import Context
from techdesk.ui.order_list.columns import COLUMNS, Look
from techdesk.ui.order_list.header import OrderHeader
from techdesk.ui.order_list.kept_selection import KeptSelection
from techdesk.ui.order_list.model import BLOCK, LOOK_ROLE, MARK_ROLE, SHORT_ROLE, OrderModel
from techdesk.ui.painting import Box, Letters
from techdesk.ui.row_choice import choose_row
from techdesk.ui.theme import Text

Which: TypeAlias = "array[int] | OrderRef"
"""The orders that are meant: row keys of the list, or one by its name."""

ROW_HEIGHT = 34
_ICON = 16
_ICON_GAP = 6
CELL_PADDING = 8
_DOT_ROOM = 16
_MARK = 4
"""Pixels of an account's colour at the left of its rows."""
LEARNT_AT_ONCE = BLOCK
"""Rows that say at once how wide a column must be: those of one block."""

_MEASURED = 4096
"""Texts whose width is not measured again."""

_SELECTED, _MOUSE_OVER = QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_MouseOver

_LOOKED_THROUGH = 256
"""Orders whose number holds another one's, or that have none yet; among them is the one that is looked for."""


def pill_width(text_width: int) -> int:
    """Return how wide a pill with an icon and a text of this width is, in logical pixels."""
    return text_width + _ICON + _ICON_GAP + 2 * CELL_PADDING + 1


def pill_letters(letters: Letters) -> Letters:
    """Return the letters of a pill beside texts of these letters."""
    return letters.changed(QFont.Weight.Medium, Text.SMALL)


def fitting_text(index: QModelIndex | QPersistentModelIndex, letters: Letters, width: int) -> str:
    """Return a cell's text, or its short form where that alone fits into `width` logical pixels."""
    text = str(index.data() or "")
    if COLUMNS[index.column()].short is None or letters.width(text) <= width:
        return text
    return index.data(SHORT_ROLE) or text


def _content_width(letters: Letters, text: str, look: Look) -> int:
    """Return how wide a cell's content is, in logical pixels."""
    if look.pill:
        return pill_width(pill_letters(letters).width(text))
    return letters.width(text) + (_DOT_ROOM if look.icon else 0)


class _CellDelegate(QStyledItemDelegate):
    """Paint a cell: an icon, a text in its colour, a pill around it where the look says so."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._letters = Letters(parent.font())
        self._place = QRect()

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, box, state = self._context.theme, Box.of(option.rect), option.state
        self._letters = self._letters.of(option.font)
        if state & _SELECTED:
            painter.fillRect(*box, theme.hue("selected"))
        elif state & _MOUSE_OVER:
            painter.fillRect(*box, theme.hue("hover"))
        painter.setPen(theme.hue("border"))
        bottom = box.top + box.height - 1
        painter.drawLine(box.left, bottom, box.left + box.width - 1, bottom)
        mark = index.data(MARK_ROLE) if box.left == 0 else None
        if mark:
            painter.fillRect(0, box.top, _MARK, box.height, theme.hue(theme.account_color(mark)))
        look = index.data(LOOK_ROLE)
        if look:
            inner = box.without(left=CELL_PADDING, right=CELL_PADDING)
            self._paint_content(painter, inner, look, fitting_text(index, self._letters, inner.width))

    def _paint_content(self, painter: QPainter, box: Box, look: Look, text: str) -> None:
        theme, letters = self._context.theme, pill_letters(self._letters) if look.pill else self._letters
        painter.save()
        if look.pill:
            box = self._paint_pill(painter, box, look, letters.width(text))
        if look.icon == "dot":
            box = self._paint_dot(painter, box, look.icon_color)
        elif look.icon and box.width > _ICON:
            self._place.setRect(box.left, box.middle - _ICON // 2 + 1, _ICON, _ICON)
            self._context.icons.icon(look.icon, look.icon_color).paint(painter, self._place)
            box = box.without(left=_ICON + _ICON_GAP)
        painter.setPen(theme.hue(look.color))
        if look.icon and box.width < _ICON and letters.width(text) > box.width:
            text = ""  # a slim column shows its icon alone, not a letter and dots
        letters.draw(painter, box, text)
        painter.restore()

    def _paint_pill(self, painter: QPainter, box: Box, look: Look, text_width: int) -> Box:
        pill = Box(box.left, box.middle - 10, min(box.width, pill_width(text_width)), 22)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._context.theme.hue(f"{look.color}-back"))
        painter.drawRoundedRect(*pill, 11, 11)
        return pill.without(left=CELL_PADDING, right=CELL_PADDING)

    def _paint_dot(self, painter: QPainter, box: Box, color: str) -> Box:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._context.theme.hue(color))
        painter.drawEllipse(box.left, box.middle - 3, 8, 8)
        return box.without(left=_DOT_ROOM)


class OrderTable(QTableView):
    """List the orders.

    Signals:
        order_selected: The one order that is selected now (`OrderRef`), None for none or several.
        order_opened: The person pressed Enter or clicked twice on an order.
        order_left: The one order that was selected is no longer in the list.
        sort_wished: The person wants another `SortBy`, descending or not.
    """

    sort_wished = Signal(object, bool)
    order_selected = Signal(object)
    order_opened = Signal(object)
    order_left = Signal()
    menu_wished = Signal(QPoint)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._awaits_row = False
        self._first_wished: str | None = None
        self._wished_key: int | None = None
        self._measured: set[tuple[str, str]] = set()
        self._letters = Letters(self.font())
        self.orders = OrderModel(context, self)
        self.setModel(self.orders)
        self.setItemDelegate(_CellDelegate(context, self))
        self.columns = OrderHeader(context, self)
        self.setHorizontalHeader(self.columns)
        self.columns.setSortIndicatorShown(True)  # which a table that does not sort by itself has just switched off
        self.columns.sectionClicked.connect(self._sort)
        self._set_up_view()
        self.columns.fit(self.maximumViewportSize().width())
        self._kept = KeptSelection(self, self.orders, self.selected_keys)
        self._kept.left.connect(self.order_left)
        self._kept.restored.connect(self._restored)
        self.orders.counted.connect(lambda _: self._select_wished())
        self.orders.counted.connect(lambda _: self._select_key())
        self.orders.dataChanged.connect(self._rows_came)
        self.orders.counted.connect(lambda _: self._learn_widths(0, LEARNT_AT_ONCE - 1))
        self.orders.counted.connect(lambda _: self._ask_in_sight())
        self.selectionModel().selectionChanged.connect(lambda *_: self._announce())
        self.doubleClicked.connect(lambda _: self._open())
        context.theme.changed.connect(self._paint_anew)

    def show_filter(self, wanted: OrderFilter) -> None:
        """Show the orders of a filter, sorted as it says."""
        self._first_wished = None
        self._mark_sorted(wanted)
        self.orders.show_filter(wanted)

    def renew(self, wanted: OrderFilter) -> None:
        """Show what the same view means now."""
        self._mark_sorted(wanted)
        self.orders.renew(wanted)

    def show_accounts(self, names: Mapping[str, str], colors: Mapping[str, str]) -> None:
        """Call the accounts by these names (account id → name), and mark their orders in these colours."""
        self.orders.show_accounts(names, colors)
        self.columns.show_accounts(len(names) > 1)

    def selected_keys(self) -> array[int]:
        """Return the row keys of all selected orders, also of those that were never on the screen."""
        keys = array("q")
        selection = self.selectionModel().selection()
        for chosen in (selection.at(number) for number in range(selection.size())):
            keys.extend(self.orders.keys_between(chosen.top(), chosen.bottom()))
        return keys

    def selected(self) -> OrderRef | None:
        """Name the one order that is selected; None for none or several, or while it is not here yet."""
        selection = self.selectionModel().selection()
        row = self.orders.row_at(selection.first().top()) if self._is_one_selected() else None
        return OrderRef(row.account_id, row.order_id) if row else None

    def select_first(self, number: str = "") -> None:
        """Select the first order, or the one with exactly this number; also of a search that is still being answered.

        A scanner's Enter comes before the answer to what it typed.
        """
        self._first_wished = number if self.orders.is_asking else None
        if self.orders.rowCount() and self._first_wished is None:
            choose_row(self, self.orders.first_with(number))

    def select_key(self, key: int | None) -> None:
        """Select the order of a row key, now or as soon as all keys are here; not if the person selects another one."""
        self._wished_key = key
        if self.orders.is_whole:
            self._select_key()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    @override
    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Go to the first or last order with Home and End, which Qt would keep in the row: here a row is one thing."""
        if action in (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)

    def _set_up_view(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.menu_wished.emit(self.viewport().mapToGlobal(at)))
        self.setAccessibleName("Orders")
        vertical = self.verticalHeader()
        vertical.setVisible(False)
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(ROW_HEIGHT)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit(event.size().width())

    def _paint_anew(self) -> None:
        self.viewport().update()  # asked for late, as Qt's first viewport would hold up the first rows

    def _ask_in_sight(self) -> None:
        """Ask for the rows in sight where the model holds old ones or none; they are painted when they come."""
        if self.isVisible() and self.orders.rowCount():
            last = self.rowAt(self.maximumViewportSize().height() - 1)
            self.orders.row_at(self.rowAt(0))
            self.orders.row_at(last if last >= 0 else self.orders.rowCount() - 1)

    def _learn_widths(self, first: int, last: int) -> None:
        """Let the columns be wide enough for the texts of these rows, which are here or will be told when they come."""
        letters = self._letters.of(self.font())
        if letters is not self._letters or len(self._measured) > _MEASURED:
            self._letters, self._measured = letters, set()
        places = range(first, min(last + 1, self.orders.rowCount()))
        rows = [row for row in map(self.orders.row_at, places) if row]
        words = self.orders.words
        widths = {}
        for column in (one for one in COLUMNS if one.most):
            texts = {(column.name, column.text(row, words)): row for row in rows}
            new = texts.keys() - self._measured  # no column gets narrower, so what was measured needs no second look
            if new:
                width = max(_content_width(letters, one[1], column.look(texts[one], False)) for one in new)
                widths[column.name] = width + 2 * CELL_PADDING + 2
                self._measured |= new
        self.columns.make_room_for(widths)

    def _sort(self, section: int) -> None:
        """Wish to sort by a column; a second click turns the order round."""
        sort_by = COLUMNS[section].sort_by
        wanted = self.orders.wanted
        if sort_by is None:
            self._mark_sorted(wanted)
        else:
            self.sort_wished.emit(sort_by, wanted.sort_by is sort_by and not wanted.descending)

    def _mark_sorted(self, wanted: OrderFilter) -> None:
        section = next((at for at, one in enumerate(COLUMNS) if one.sort_by is wanted.sort_by), -1)
        order = Qt.SortOrder.DescendingOrder if wanted.descending else Qt.SortOrder.AscendingOrder
        self.columns.setSortIndicator(section, order)

    def _restored(self) -> None:
        self._select_wished()
        self._announce()

    def _select_wished(self) -> None:
        if self._first_wished is not None and not self.orders.is_asking:
            self.select_first(self._first_wished)

    def _select_key(self) -> None:
        key, self._wished_key = self._wished_key, None
        rows = self.orders.rows_of(array("q", [] if key is None else [key]))
        if rows and not self.selectionModel().hasSelection():
            choose_row(self, rows[0])
            self.scrollTo(self.orders.index(rows[0], 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    def _is_one_selected(self) -> bool:
        selection = self.selectionModel().selection()
        return selection.size() == 1 and selection.first().height() == 1

    def _announce(self) -> None:
        """Tell which order is selected; one whose row is still being fetched is told when it is here."""
        if self._kept.is_restoring:
            return
        ref = self.selected()
        self._awaits_row = ref is None and self._is_one_selected()
        if not self._awaits_row:
            self.order_selected.emit(ref)

    def _rows_came(self, top: QModelIndex, bottom: QModelIndex) -> None:
        if bottom.row() - top.row() < LEARNT_AT_ONCE:
            self._learn_widths(top.row(), bottom.row())
        if self._awaits_row:
            self._announce()

    def _open(self) -> None:
        ref = self.selected()
        if ref:
            self.order_opened.emit(ref)


def key_of(ref: OrderRef, view: ReadTransaction) -> int | None:
    """Return the row key of an order, None where it is not here; asked for by its number, as keys have no names.

    Raises:
        StoreError: The store could not be read.
    """
    record = view.record(ref.account_id, RecordType.ORDER, ref.order_id)
    number = str(record.view.get("service_number") or "") if record else ""
    wanted = OrderFilter(account_ids=frozenset({ref.account_id}), text=number, unsent=not number)
    rows = view.first_order_rows(wanted, _LOOKED_THROUGH) if record else []
    return next((row.key for row in rows if row.order_id == ref.order_id), None)
