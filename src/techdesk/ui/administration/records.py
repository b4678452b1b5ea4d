"""Show the records of a section as a table whose rows can be dragged to another place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from techdesk.domain.records import Document
from techdesk.ui.blocks import literal_tip
from techdesk.ui.context import Context
from techdesk.ui.icons import dot
from techdesk.ui.phrases import shortened
from techdesk.ui.row_choice import choose_row

_LONGEST = 200
_ROW_HEIGHT = 30
_ROW_TYPE = "application/x-techdesk-row"
_WIDEST = 320
_ROOM = 12

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column of a table of records.

    Attributes:
        label: Its heading.
        text: What it shows of a record.
        right: True for numbers.
        wide: True for the column that takes the room that is left.
        widest: Pixels that it has at most at first.
        color: The colour of a dot before the text; None for none.
        tone: The theme's name of the text's colour; empty for the usual one.
    """

    label: str
    text: Callable[[Document], str]
    right: bool = False
    wide: bool = False
    widest: int = _WIDEST
    color: Callable[[Document], str] | None = None
    tone: Callable[[Document], str] | None = None


class _Rows(QAbstractTableModel):
    """Hold the records; a dragged row is only wished for, the server says where it is."""

    moved = Signal(int, int)

    def __init__(self, context: Context, columns: Sequence[RecordColumn], parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._columns = columns
        self.records: Sequence[Document] = ()
        self.can_move = False

    def show_records(self, records: Sequence[Document]) -> None:
        self.beginResetModel()
        self.records = records
        self.endResetModel()

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self.records)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self._columns)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].label
        return _alignment(self._columns[section]) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record, column = self.records[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shortened(column.text(record).replace("\n", " "), _LONGEST)
        if role == Qt.ItemDataRole.ToolTipRole:
            return literal_tip(shortened(column.text(record)))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column.color:
            return dot(self._context.theme.color(column.color(record)))
        return self._foreground(record, column) if role == Qt.ItemDataRole.ForegroundRole else None

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not self.can_move:
            return flags
        return flags | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    @override
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    @override
    def mimeTypes(self) -> list[str]:
        return [_ROW_TYPE]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(_ROW_TYPE, str(indexes[0].row()).encode())
        return data

    @override
    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        if data.hasFormat(_ROW_TYPE):
            at = int(bytes(data.data(_ROW_TYPE).data()))
            before = row if row >= 0 else len(self.records)
            to = before - 1 if before > at else before
            if to != at:
                self.moved.emit(at, to)
        return False  # nothing is taken out of the view: it is read again

    def _foreground(self, record: Document, column: RecordColumn) -> QColor | None:
        is_past = record.get("active") is False or "revoked_at" in record
        tone = "faint" if is_past else column.tone(record) if column.tone else ""
        return self._context.theme.hue(tone) if tone else None


class RecordTable(QTableView):
    """Show records.

    Signals:
        key_pressed: Enter or Delete, as `Qt.Key`.
        move_wished: The row at a place was dragged to another one.
    """

    key_pressed = Signal(int)
    move_wished = Signal(int, int)

    def __init__(self, context: Context, columns: Sequence[RecordColumn], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._model = _Rows(context, columns, self)
        self._model.moved.connect(self.move_wished)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setProperty("role", "parts")
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._fit()
        context.theme.changed.connect(self.viewport().update)

    @property
    def records(self) -> Sequence[Document]:
        """Return what is shown."""
        return self._model.records

    @property
    def place(self) -> int:
        """Return the place of the chosen record, -1 where there is none."""
        return self.currentIndex().row()

    @property
    def chosen(self) -> Document | None:
        """Return the record the person stands on."""
        return self.records[self.place] if 0 <= self.place < len(self.records) else None

    def let_move(self) -> None:
        """Let rows be dragged to another place."""
        self._model.can_move = True
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(True)

    def show_records(self, records: Sequence[Document], place: int) -> None:
        """Show records and stand on one of them."""
        self._model.show_records(records)
        self._fit()
        if records:
            choose_row(self, min(max(0, place), len(records) - 1))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete):
            self.key_pressed.emit(event.key())
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        header = self.horizontalHeader()
        for at, column in enumerate(self._columns):
            mode = QHeaderView.ResizeMode.Stretch if column.wide else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(at, mode)
            if not column.wide:
                self.resizeColumnToContents(at)
                self.setColumnWidth(at, min(column.widest, self.columnWidth(at) + _ROOM))


def _alignment(column: RecordColumn) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
