"""Show the operations of the sync centre in a list that stays quick with ten thousand of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView
from typing_extensions import override

from techdesk.ui.context import Context
from techdesk.ui.row_choice import choose_row
from techdesk.ui.sync_center.rows import Listing, SyncRowDelegate, SyncRows

_Index = QModelIndex | QPersistentModelIndex

_UPWARDS = (
    QListView.CursorAction.MoveUp,
    QListView.CursorAction.MovePrevious,
    QListView.CursorAction.MovePageUp,
    QListView.CursorAction.MoveEnd,
)


class SyncList(QListView):
    """A list in which the keyboard never stands on a heading."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.sync_rows = SyncRows(context, self)
        self.setModel(self.sync_rows)
        self.setItemDelegate(SyncRowDelegate(context, self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Unsent work")
        self.setFrameShape(QFrame.Shape.NoFrame)
        context.theme.changed.connect(self.viewport().update)

    @property
    def op_id(self) -> str:
        """Return the operation the person stands on, empty where they stand on none."""
        place = self.currentIndex().row()
        rows = self.sync_rows.rows
        row = rows[place] if 0 <= place < len(rows) else ""
        return row if isinstance(row, str) else ""

    def show_listing(self, listing: Listing) -> None:
        """Show a listing; the person stays on the operation, and the list at the place, where they are."""
        before, place, scrolled = self.op_id, self.currentIndex().row(), self.verticalScrollBar().value()
        if not self.sync_rows.show_rows(listing.rows):
            return
        at = self.sync_rows.place_of(before) if before else -1
        if at < 0:
            near = min(max(place, 0), len(listing.rows) - 1)
            at = self.sync_rows.first_entry(near)
            at = at if at >= 0 else self.sync_rows.first_entry(near, -1)
        choose_row(self, at)
        self.verticalScrollBar().setValue(scrolled)

    @override
    def dataChanged(self, topLeft: _Index, bottomRight: _Index, roles: Sequence[int] = ()) -> None:
        """Paint what came anew, where a list would also place all its rows anew: ten thousand that are all as high."""
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)

    @override
    def moveCursor(self, action: QListView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        to = super().moveCursor(action, modifiers).row()
        step = -1 if action in _UPWARDS else 1
        place = self.sync_rows.first_entry(to, step)
        if place < 0:
            place = self.sync_rows.first_entry(to, -step)
        return self.sync_rows.index(place)
