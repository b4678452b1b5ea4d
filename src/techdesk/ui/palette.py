"""Find anything by typing: actions by their words, orders by theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.outbox import OrderRef
from techdesk.application.queries import OrderFilter, OrderRow
from techdesk.application.search_words import LONGEST_SEARCH
from techdesk.ui.actions import ACTIONS, Action
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.order_list.columns import number_or_new
from techdesk.ui.phrases import joined
from techdesk.ui.row_delegate import ASIDE_ROLE, ICON_ROLE, RowDelegate
from techdesk.ui.theme import Space

_WIDTH, _HEIGHT = 560, 420
_ORDERS = 8


class Palette(QDialog):
    """Type, choose with the arrows, press Enter.

    Signals:
        order_chosen: An `OrderRef` to open.
    """

    order_chosen = Signal(object)

    def __init__(
        self,
        context: Context,
        run: Callable[[Action], None],
        offered: Sequence[QAction] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Offer the window's actions, those `offered` by the order that is open, and every order."""
        super().__init__(parent, Qt.WindowType.Popup)
        self._context = context
        self._run = run
        self._offered = offered
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST_SEARCH)
        self.line.setPlaceholderText("What do you want to do? Or an order's number, customer, serial…")
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.setObjectName("palette")
        self.found = QListWidget()
        self.found.setItemDelegate(RowDelegate(context, self.found))
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.setMouseTracking(True)
        self.found.itemActivated.connect(self._choose)
        self.found.itemClicked.connect(self._choose)
        self._found_nothing = plain_label("Nothing has these words", "muted")
        self._found_nothing.setIndent(Space.M)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        layout.addWidget(self.line)
        layout.addWidget(self._found_nothing)
        layout.addWidget(self.found)
        self.resize(_WIDTH, _HEIGHT)
        self._search("")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list and Enter choose, while the cursor stays in the line."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if event.key() in steps and self.found.count():
                row = (self.found.currentRow() + steps[Qt.Key(event.key())]) % self.found.count()
                self.found.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.found.currentRow() >= 0:
                self._choose(self.found.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        self.found.clear()
        words = text.casefold().split()
        for entry in ACTIONS:
            if all(word in entry.plain_label.casefold() for word in words):
                self._add(entry.plain_label, entry, entry.key)
        for action in self._offered:
            if action.isEnabled() and all(word in plain_text(action).casefold() for word in words):
                self._add(plain_text(action), action, action.shortcut().toString())
        self.found.setCurrentRow(0)
        self._found_nothing.setVisible(self.found.count() == 0 and not words)
        if words:
            wanted = OrderFilter(text=text)
            self._context.tasks.query(
                lambda view: view.first_order_rows(wanted, _ORDERS), self._show_orders, self, "orders"
            )

    def _show_orders(self, rows: list[OrderRow]) -> None:
        for row in rows:
            text = joined(number_or_new(row.number), row.customer, row.title)
            self._add(text, OrderRef(row.account_id, row.order_id), row.product, "order")
        if self.found.currentRow() < 0:
            self.found.setCurrentRow(0)
        self._found_nothing.setVisible(self.found.count() == 0)

    def _add(self, text: str, meant: Action | QAction | OrderRef, aside: str, icon: str = "") -> None:
        item = QListWidgetItem(text)
        item.setData(ASIDE_ROLE, aside)
        item.setData(ICON_ROLE, icon)
        item.setData(Qt.ItemDataRole.UserRole, meant)
        self.found.addItem(item)

    def _choose(self, item: QListWidgetItem) -> None:
        meant = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        if isinstance(meant, Action):
            self._run(meant)
        elif isinstance(meant, QAction):
            meant.trigger()
        else:
            self.order_chosen.emit(OrderRef(*meant))


def plain_text(action: QAction) -> str:
    """Return an action's words without the mark of its mnemonic."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
