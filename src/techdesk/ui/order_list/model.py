"""Hold the order list: every row's key, and the rows themselves in blocks that are fetched when they are looked at.

A million orders are eight megabytes of keys; the scroll bar is true from the moment they are there. Before that, the
first rows are already shown.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from typing_extensions import override

from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter, OrderRow
from techdesk.ui.blocks import literal_tip
from techdesk.ui.context import Context
from techdesk.ui.order_list.columns import COLUMNS, Column, Look, Words

BLOCK = 128
FIRST_ROWS = 64
_KEPT_BLOCKS = 48
LOOK_ROLE = Qt.ItemDataRole.UserRole + 1
MARK_ROLE = Qt.ItemDataRole.UserRole + 2
"""The colour of the row's account; None where there is only one account."""
SHORT_ROLE = Qt.ItemDataRole.UserRole + 3
_ROLES = frozenset((Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, LOOK_ROLE, MARK_ROLE, SHORT_ROLE))

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class OrderModel(QAbstractTableModel):
    """Show the orders that fit a filter.

    Signals:
        counted: How many there are; exact.
    """

    counted = Signal(int)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._filter = OrderFilter()
        self._keys: array[int] = array("q")
        self._blocks: OrderedDict[int, list[OrderRow]] = OrderedDict()
        self._asked: set[int] = set()
        self._stale: set[int] = set()
        self._generation = 0
        self._is_whole = False
        self._is_asking = False
        self._words = Words(context.formats, {})

    @property
    def wanted(self) -> OrderFilter:
        """Return the filter that is shown."""
        return self._filter

    @property
    def words(self) -> Words:
        """Return what texts are made with."""
        return self._words

    @property
    def is_asking(self) -> bool:
        """Say whether what is shown is still of an earlier filter than `wanted`."""
        return self._is_asking

    @property
    def is_whole(self) -> bool:
        """Say whether the keys of all orders that fit are here, not of the first ones alone."""
        return self._is_whole

    def show_filter(self, wanted: OrderFilter) -> None:
        """Show other orders: the first rows at once, then all of them."""
        self._filter = wanted
        self._is_asking = True
        self._generation += 1
        self._is_whole = False

        def first(view: ReadTransaction) -> list[OrderRow]:
            return view.first_order_rows(wanted, FIRST_ROWS)

        self._context.tasks.query(first, self._show_first, self, "first")

    def show_accounts(self, names: Mapping[str, str], colors: Mapping[str, str]) -> None:
        """Call the accounts by these names (account id → name), and mark their orders in these colours."""
        self._words = Words(self._context.formats, names, colors)
        self._repaint(0, len(self._keys) - 1)

    def renew(self, wanted: OrderFilter) -> None:
        """Show what the same view means now; selection and place stay."""
        if not self._keys:
            self.show_filter(wanted)
        elif wanted != self._filter:
            self._filter = wanted
            self._generation += 1
            self.refresh()

    def refresh(self) -> None:
        """Read the keys and the rows again; what is shown stays until the answer is there."""
        generation = self._generation
        wanted = self._filter
        self._context.tasks.count(
            lambda view: view.order_keys(wanted), lambda keys: self._show_all(keys, generation), self, "keys"
        )

    def row_at(self, row: int) -> OrderRow | None:
        """Return a row that is already here; one that is not is fetched."""
        number, place = divmod(row, BLOCK)
        block = self._blocks.get(number)
        if block is None or number in self._stale:
            self._ask(number)
        return block[place] if block and place < len(block) else None

    def keys_between(self, first: int, last: int) -> array[int]:
        """Return the keys of the rows from `first` to `last`."""
        return self._keys[first : last + 1]

    def rows_of(self, keys: array[int]) -> list[int]:
        """Return where these orders are in the list, from its top; those that are not in it are left out."""
        if len(keys) == 1:
            with suppress(ValueError):
                return [self._keys.index(keys[0])]
            return []
        wanted = frozenset(keys)
        return [row for row, key in enumerate(self._keys) if key in wanted] if wanted else []

    def first_with(self, number: str) -> int:
        """Return where the order with exactly this number is among the first rows, else the top."""
        wanted = number.strip().casefold()
        first = self._blocks.get(0, [])
        return next((place for place, row in enumerate(first) if row.number.casefold() == wanted), 0)

    @override
    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._keys)

    @override
    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].label
        return None

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:
            return None
        row = self.row_at(index.row())
        column = COLUMNS[index.column()]
        if row is None:
            return None
        if role == MARK_ROLE:
            return self._words.colors.get(row.account_id) if len(self._words.accounts) > 1 else None
        if role == LOOK_ROLE:
            return self._look(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return literal_tip((column.tip or column.text)(row, self._words))
        if role == SHORT_ROLE:
            return column.short(row, self._words) if column.short else ""
        return column.text(row, self._words)

    def _look(self, row: OrderRow, column: Column) -> Look:
        open_until = row.due_at if row.state.is_open else None
        return column.look(row, bool(open_until and open_until < self._context.services.clock.now()))

    def _show_first(self, rows: list[OrderRow]) -> None:
        if self._is_whole:
            return
        self._is_asking = False
        self.beginResetModel()
        self._keys = array("q", (row.key for row in rows))
        self._forget_rows()
        self._blocks[0] = rows
        self.endResetModel()
        QTimer.singleShot(0, self, self._read_on)  # once they are painted, which the reading would hold up

    def _read_on(self) -> None:
        """Read which orders come behind the first rows; not where other ones are wanted by now."""
        if not self._is_asking and not self._is_whole:
            self.refresh()

    def _show_all(self, keys: array[int], generation: int) -> None:
        if generation != self._generation:
            return
        self._is_whole = True
        self._is_asking = False
        if keys == self._keys:
            self._stale = set(self._blocks)  # painted once the rows in sight are here anew, which the view asks for
        elif keys[: len(self._keys)] == self._keys:
            self._append(keys)
        else:
            self.beginResetModel()
            self._keys = keys
            self._forget_rows()
            self.endResetModel()
        self.counted.emit(len(keys))

    def _append(self, keys: array[int]) -> None:
        """Let the list grow at its end; what is shown stays as it is."""
        self.beginInsertRows(QModelIndex(), len(self._keys), len(keys) - 1)
        self._keys = keys
        self._stale = set(self._blocks)
        self.endInsertRows()

    def _forget_rows(self) -> None:
        self._blocks.clear()
        self._asked.clear()
        self._stale.clear()

    def _ask(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        generation = self._generation
        keys = self._keys[number * BLOCK : (number + 1) * BLOCK]
        self._context.tasks.query(
            lambda view: view.order_rows(keys), lambda rows: self._take(number, keys, rows, generation), self
        )

    def _take(self, number: int, keys: array[int], rows: list[OrderRow], generation: int) -> None:
        self._asked.discard(number)
        if generation != self._generation or keys != self._keys[number * BLOCK : (number + 1) * BLOCK]:
            return
        self._stale.discard(number)
        self._blocks[number] = rows
        self._blocks.move_to_end(number)
        while len(self._blocks) > _KEPT_BLOCKS:
            dropped, _ = self._blocks.popitem(last=False)
            self._stale.discard(dropped)
        self._repaint(number * BLOCK, number * BLOCK + len(rows) - 1)

    def _repaint(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))
