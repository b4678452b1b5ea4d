"""Select a row as the program wishes, whatever keys a person holds down meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QAbstractItemView

_WHOLE_ROW_ALONE = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


def choose_row(view: QAbstractItemView, row: int) -> None:
    """Select one row and nothing else, and make it the current one; `selectRow` of Qt adds it while Ctrl is held."""
    view.selectionModel().setCurrentIndex(view.model().index(row, 0), _WHOLE_ROW_ALONE)
