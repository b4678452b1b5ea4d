"""Keep what is selected, and the place, while the list is read anew."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QObject, Signal
from PySide6.QtWidgets import QTableView

from techdesk.ui.order_list.model import OrderModel

_KEPT_SELECTED = 200
"""A larger selection is let go when the list is read anew."""

_ADD = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
_LEAVE = QItemSelectionModel.SelectionFlag.NoUpdate


class KeptSelection(QObject):
    """Know the selected orders by their row keys over a reset; those behind the first rows follow when they are here.

    Signals:
        left: The one order that was selected is not among the rows that are here now.
        restored: What could be selected again is.
    """

    left = Signal()
    restored = Signal()

    def __init__(self, table: QTableView, model: OrderModel, selected_keys: Callable[[], array[int]]) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._selected_keys = selected_keys
        self.is_restoring = False
        self._keys: array[int] = array("q")
        self._restored: array[int] = array("q")
        self._to_come: array[int] = array("q")
        self._scrolled = 0
        self._place = -1
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        model.counted.connect(lambda _: self._select_rest())

    def _remember(self) -> None:
        if not self.is_restoring:
            selected = self._selected_keys()
            self._keys = selected + self._to_come if selected == self._restored else selected
            self._scrolled = self._table.verticalScrollBar().value()
            chosen = self._table.selectionModel().selection()
            self._place = chosen.first().top() if len(selected) == 1 else -1
        self.is_restoring = True

    def _restore(self) -> None:
        self.is_restoring = False
        keys = self._keys if len(self._keys) <= _KEPT_SELECTED else array("q")
        rows = self._model.rows_of(keys)
        self._select(rows)
        if rows:
            self._table.selectionModel().setCurrentIndex(self._model.index(rows[0], 0), _LEAVE)
            self._table.verticalScrollBar().setValue(self._scrolled)
        elif len(self._keys) == 1:
            above = self._model.index(min(self._place, self._model.rowCount() - 1) - 1, 0)  # Down goes on where it was
            self._table.selectionModel().setCurrentIndex(above, _LEAVE)
            self._table.verticalScrollBar().setValue(self._scrolled if self._model.is_whole else 0)
            self.left.emit()
        self._restored = self._selected_keys()
        here = frozenset(self._restored)
        self._to_come = array("q", (one for one in keys if one not in here and not self._model.is_whole))
        self.restored.emit()

    def _select_rest(self) -> None:
        """Select what was behind the first rows, unless the person selected something else meanwhile."""
        rest, self._to_come = self._to_come, array("q")
        if not rest or not self._model.is_whole or self._selected_keys() != self._restored:
            return
        rows = self._model.rows_of(rest)
        self._select(rows)
        if rows and not self._restored:
            bar = self._table.verticalScrollBar()
            place = bar.value()
            self._table.selectionModel().setCurrentIndex(self._model.index(rows[0], 0), _LEAVE)
            bar.setValue(place)  # who sorts wants to see what comes first

    def _select(self, rows: list[int]) -> None:
        for row in rows:
            self._table.selectionModel().select(self._model.index(row, 0), _ADD)
