"""Show the orders that a server found, and which of them are on this computer already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from techdesk.application.exchange import PulledOrder
from techdesk.application.outbox import OrderRef
from techdesk.domain.orders import Order
from techdesk.domain.records import from_document
from techdesk.ui.blocks import literal_tip
from techdesk.ui.context import Context
from techdesk.ui.phrases import shortened
from techdesk.ui.row_choice import choose_row

_HEADS = ("Number", "Customer", "Title", "Status", "Created", "On this computer")
_TITLE = 2
_ROW_HEIGHT = 28
_LONGEST = 200


class FoundOrders(QTableWidget):
    """List found orders; several can be chosen.

    Signals:
        entered: Enter or a double click on a row.
    """

    entered = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(0, len(_HEADS))
        self._context = context
        self._found: Sequence[PulledOrder] = ()
        self._here: Mapping[str, OrderRef] = {}
        self.setHorizontalHeaderLabels(_HEADS)
        self.setAccessibleName("Orders that were found")
        self.setProperty("role", "parts")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.itemActivated.connect(lambda _: self.entered.emit())

    def show_found(self, found: Sequence[PulledOrder]) -> None:
        """Show what was found, newest first as the server sorts."""
        self._found, self._here = found, {}
        self.setRowCount(len(found))
        for row, one in enumerate(found):
            for column, text in enumerate(self._texts(one)):
                item = QTableWidgetItem(shortened(text.replace("\n", " "), _LONGEST))
                item.setToolTip(literal_tip(shortened(text)))
                self.setItem(row, column, item)
        if found:
            choose_row(self, 0)

    def show_here(self, here: Mapping[str, OrderRef]) -> None:
        """Mark the orders that are on this computer: server id → order."""
        self._here = here
        for row, one in enumerate(self._found):
            item = QTableWidgetItem("Already here" if one.server_id in here else "")
            item.setForeground(self._context.theme.hue("good"))
            self.setItem(row, len(_HEADS) - 1, item)

    @property
    def server_ids(self) -> Sequence[str]:
        """Return the server's ids of all that was found."""
        return [one.server_id for one in self._found]

    @property
    def missing(self) -> Sequence[PulledOrder]:
        """Return the chosen orders that are not on this computer."""
        rows = sorted({index.row() for index in self.selectedIndexes()})
        return [self._found[row] for row in rows if self._found[row].server_id not in self._here]

    @property
    def current_here(self) -> OrderRef | None:
        """Return the order the person stands on, if it is on this computer."""
        row = self.currentRow()
        return self._here.get(self._found[row].server_id) if 0 <= row < len(self._found) else None

    def _texts(self, one: PulledOrder) -> tuple[str, ...]:
        order = from_document(Order, one.document)
        number = order.service_number or one.server_id
        created = self._context.formats.day(order.created_at) if order.created_at else ""
        return number, order.customer.name, order.title, order.service_status_name, created, ""
