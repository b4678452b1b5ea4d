"""Show the parts of one order as a small table with its actions: add, change, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.application.order_detail import Shown
from techdesk.application.outbox import SCREEN_WORDS
from techdesk.ui.blocks import badge_tip, literal_tip, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import shortened
from techdesk.ui.row_choice import choose_row
from techdesk.ui.theme import STATE_ICONS, STATE_TONES, Space

_LONGEST = 200
"""Letters of a cell; no table is wide enough for more."""

_ROW_HEIGHT = 28
_WIDEST = 2000

Row = Shown[Any]
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a part table.

    Attributes:
        label: Its heading.
        text: What it shows of a value.
        right: True for numbers.
        wide: True for a column that takes the room that is left; of several the last that is shown.
    """

    label: str
    text: Callable[[Any], str]
    right: bool = False
    wide: bool = False


class _Rows(QAbstractTableModel):
    """Hold the rows; the last column is the state of each row's change."""

    def __init__(self, context: Context, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._columns = columns
        self.rows: Sequence[Row] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self.rows)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default, never changed
        return 0 if parent.isValid() else len(self._columns) + 1

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._columns[section] if section < len(self._columns) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.label if column else "Sync"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if index.column() == len(self._columns):
            return self._state(row, role)
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shortened(column.text(row.value).replace("\n", " "), _LONGEST)
        if role == Qt.ItemDataRole.ToolTipRole:
            return literal_tip(shortened(column.text(row.value)))
        return _alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _state(self, row: Row, role: int) -> Any:
        if row.state is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return SCREEN_WORDS[row.state]
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._context.theme.hue(STATE_TONES[row.state])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._context.icons.icon(STATE_ICONS[row.state], STATE_TONES[row.state])
        if role == Qt.ItemDataRole.ToolTipRole and row.operation:
            return badge_tip(row.reason, row.state)
        return None


class _PartView(QTableView):
    """Show the rows; Enter changes the chosen one, Delete removes it."""

    key_pressed = Signal(int)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete):
            self.key_pressed.emit(event.key())
        elif event.text().strip():
            event.ignore()  # a scanner types an order's number wherever the keyboard is; the search takes it
        else:
            super().keyPressEvent(event)


class PartTable(Leading):
    """Show parts of one kind with the buttons that add, change and remove them.

    Signals:
        add_wished: The person wants another one.
        change_wished: The person wants to change this `Shown`.
        remove_wished: The person wants to remove this `Shown`.
        decision_wished: The badge of a change that needs a person was pressed (the operation's id).
    """

    add_wished = Signal()
    change_wished = Signal(object)
    remove_wished = Signal(object)
    decision_wished = Signal(str)

    def __init__(self, context: Context, noun: str, columns: Sequence[Column], empty: str) -> None:
        """Make the table.

        Args:
            context: The window's context.
            noun: What one row is, for the buttons ("item").
            columns: What is shown, left to right.
            empty: What an empty table says.
        """
        super().__init__()
        self._columns = columns
        self._empty_words = empty
        self._model = _Rows(context, columns, self)
        self.view = _PartView(self)
        self.view.setModel(self._model)
        self.view.setAccessibleName(noun.capitalize())
        self._set_up_view()
        self.add_button = push_button(f"Add {noun}", self._add, "Insert")
        self.change_button = push_button("Change", self._change, "Enter")
        self.remove_button = push_button("Remove", self._remove, "Delete")
        self.bar = QHBoxLayout()
        self.bar.setSpacing(Space.S)
        for button in (self.add_button, self.change_button, self.remove_button):
            self.bar.addWidget(button)
        self.bar.addStretch(1)
        self._pages = QStackedWidget()
        self._empty = plain_label(empty, "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addLayout(self.bar)
        layout.addWidget(self._pages, 1)
        context.theme.changed.connect(self._paint_anew)
        insert = QShortcut(QKeySequence(Qt.Key.Key_Insert), self)
        insert.activated.connect(self._add)
        self._why_not = ""
        self._says_why = True
        self._known: frozenset[str] | None = None
        self._enable()

    @property
    def rows(self) -> Sequence[Row]:
        """Return what is shown."""
        return self._model.rows

    @property
    def chosen(self) -> Row | None:
        """Return the row the person stands on."""
        place = self.view.currentIndex().row()
        return self._model.rows[place] if 0 <= place < len(self._model.rows) else None

    def show_rows(self, rows: Sequence[Row], why_not: str = "") -> None:
        """Show rows, staying on the one that was chosen; `why_not` says why nothing can be changed now."""
        before = self.chosen
        self._model.show_rows(rows)
        self._why_not = why_not
        self._empty.setText((self._says_why and why_not) or self._empty_words)
        for at, column in enumerate(self._columns):
            self.view.setColumnHidden(at, not any(column.text(one.value) for one in rows))
        self.view.setColumnHidden(len(self._columns), all(one.state is None for one in rows))
        self._stretch()
        self._pages.setCurrentWidget(self.view if rows else self._empty)
        self.lead_to(self.view if rows else self.add_button)
        place = next((at for at, one in enumerate(rows) if before and one.record_id == before.record_id), -1)
        if place >= 0:
            choose_row(self.view, place)
        self._choose_added(self._known)
        self._enable()

    def leave_reason_out(self) -> None:
        """Say in an empty table that it is empty, and not why nothing can be changed: that stands elsewhere."""
        self._says_why = False

    def choose_what_is_added(self, saved: SignalInstance) -> None:
        """Stand on the row that a dialog opened now adds, once `saved` says that it is there."""
        known = frozenset(one.record_id for one in self.rows)
        saved.connect(lambda _: self._choose_added(known))

    def _choose_added(self, known: frozenset[str] | None) -> None:
        """Choose the one row besides those that are known; where it is not here yet, once it is shown."""
        self._known = known
        new = [at for at, one in enumerate(self.rows) if known is not None and one.record_id not in known]
        if known is not None and len(new) == 1 and len(self.rows) == len(known) + 1:
            self._known = None
            choose_row(self.view, new[0])

    def _set_up_view(self) -> None:
        view = self.view
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setProperty("role", "parts")
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setMaximumSectionSize(_WIDEST)
        view.setMouseTracking(True)
        view.entered.connect(self._point)
        view.viewportEntered.connect(lambda: view.viewport().unsetCursor())
        view.clicked.connect(self._press)
        view.doubleClicked.connect(self._change_at)
        view.key_pressed.connect(self._on_key)
        view.selectionModel().selectionChanged.connect(self._enable)

    def _paint_anew(self) -> None:
        self.view.viewport().update()

    def _stretch(self) -> None:
        """Give the room that is left to the last wide column that is shown."""
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        wide = [at for at, one in enumerate(self._columns) if one.wide and not self.view.isColumnHidden(at)]
        header.setSectionResizeMode(wide[-1] if wide else len(self._columns), QHeaderView.ResizeMode.Stretch)

    def _enable(self) -> None:
        """Grey what cannot be done now, and say why."""
        self.add_button.setEnabled(not self._why_not)
        self.add_button.setToolTip(self._why_not or "Insert")
        for button, key in ((self.change_button, "Enter"), (self.remove_button, "Delete")):
            button.setEnabled(not self._why_not and self.chosen is not None)
            button.setToolTip(self._why_not or key)

    def _on_key(self, key: int) -> None:
        if key == Qt.Key.Key_Delete:
            self._remove()
        else:
            self._change()

    def _waiting_at(self, index: QModelIndex) -> str:
        """Return the operation that waits for a person where the badge stands, or empty text."""
        row = self._model.rows[index.row()]
        is_badge = index.column() == len(self._columns)
        return row.operation.op_id if is_badge and row.operation and row.operation.state.needs_person else ""

    def _point(self, index: QModelIndex) -> None:
        can_press = bool(self._waiting_at(index))
        shape = Qt.CursorShape.PointingHandCursor if can_press else Qt.CursorShape.ArrowCursor
        self.view.viewport().setCursor(shape)

    def _press(self, index: QModelIndex) -> None:
        """Have decided what waits for it, as the badges elsewhere do."""
        op_id = self._waiting_at(index)
        if op_id:
            self.decision_wished.emit(op_id)

    def _change_at(self, index: QModelIndex) -> None:
        if not self._waiting_at(index):
            self._change()

    def _add(self) -> None:
        if not self._why_not:
            self.add_wished.emit()

    def _change(self) -> None:
        self._act(self.change_wished.emit)

    def _remove(self) -> None:
        self._act(self.remove_wished.emit)

    def _act(self, act: Callable[[Row], None]) -> None:
        """Do something with the chosen row; what the server did not remove has to be decided first."""
        row = self.chosen
        if row and row.operation and row.is_kept_by_server:
            self.decision_wished.emit(row.operation.op_id)
        elif row and not self._why_not:
            act(row)


def _alignment(column: Column | None) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column and column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
