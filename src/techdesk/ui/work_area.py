"""Put the list, its search field and the open order together; the order goes below or beside the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter, SortBy
from techdesk.application.views import SAVED_VIEWS, SavedView
from techdesk.ui.context import Context
from techdesk.ui.list_and_order import ListAndOrder
from techdesk.ui.order_list.nothing_found import NothingFound
from techdesk.ui.order_list.search_field import SearchField
from techdesk.ui.order_list.table import OrderTable, Which, key_of
from techdesk.ui.theme import Space
from techdesk.ui.work_order_news import WorkOrderNews

if TYPE_CHECKING:
    from techdesk.ui.detail.pane import OrderPane

WIDE = 1500
"""From this width on the order stands beside the list."""


class WorkArea(QWidget):
    """Search, list and one open order.

    Signals:
        new_order_wished: The button for a new order was pressed.
        all_wished: The person wants to search in all orders.
        server_wished: The person wants to search on the server for this text.
        pane_made: The `OrderPane` is there now.
    """

    new_order_wished = Signal()
    all_wished = Signal()
    server_wished = Signal(str)
    pane_made = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._view_filter = OrderFilter()
        self._view = SAVED_VIEWS[-1]
        self._opened: OrderRef | None = None
        self._sorted: dict[str, str] = {}
        self._was_filled = False
        self._awaits_first = True
        self._is_asked_anew = False
        self._entered = ""
        self.search = SearchField(context)
        self.search.textChanged.connect(lambda _: self._show())
        self.search.list_wished.connect(self._go_to_list)
        self.search.entered.connect(self._enter)
        self.table = OrderTable(context)
        self.search.serve(self.table)
        WorkOrderNews(context, self.table.selected, self)
        self._pane_frame = QWidget()
        QVBoxLayout(self._pane_frame).setContentsMargins(0, 0, 0, 0)
        self.nothing = NothingFound(self.all_wished.emit, lambda: self.server_wished.emit(self.search.text()))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.nothing)
        self.splitter = ListAndOrder(context, self._stack, self._pane_frame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(_bar(self.search, self.new_order_wished.emit))
        layout.addWidget(self.splitter, 1)
        self._listen_to(self.table)

    @cached_property
    def pane(self) -> OrderPane:
        """Return where the open order is shown; made when it is first needed, after the list is on the screen."""
        from techdesk.ui.detail.pane import OrderPane

        pane = OrderPane(self._context, self._pane_frame)
        layout = self._pane_frame.layout()
        if layout:
            layout.addWidget(pane)
        pane.offer_choice(self.table.orders.rowCount())
        self.table.orders.counted.connect(pane.offer_choice)
        self.pane_made.emit(pane)
        return pane

    @property
    def has_pane(self) -> bool:
        """Say whether the place of the open order is made; to ask `pane` for it would make it."""
        return "pane" in vars(self)

    def show_view(self, view: SavedView, wanted: OrderFilter) -> None:
        """Show a view's orders; the typed search goes on, sorted as the person last sorted this view."""
        self._view, self._view_filter = view, wanted
        self._entered = ""
        self._awaits_first = True
        self._show()

    def renew_view(self, wanted: OrderFilter) -> None:
        """Show what the same view means now (another minute, another account); selection and place stay."""
        self._view_filter = wanted
        self.table.renew(self._wanted())

    def open_order(self, ref: OrderRef) -> None:
        """Show an order that the list may not have; nothing stays selected, so that no action means another one."""
        self._opened = ref
        self.table.clearSelection()
        self.pane.show_order(ref)

    def reveal(self, ref: OrderRef) -> None:
        """Show an order, and select it where the list has it."""
        self.open_order(ref)
        self._context.tasks.query(partial(key_of, ref), self.table.select_key, self, "reveal")

    def make_pane(self) -> None:
        """Make the place of the open order, also where no order is selected that would make it."""
        if not self.has_pane:
            self._show_selected()

    @property
    def meant(self) -> Which:
        """Return what an action is for: the selected orders, else the one that is shown."""
        keys = self.table.selected_keys()
        return keys if keys or self._opened is None else self._opened

    @property
    def shown_order(self) -> OrderRef | None:
        """Return the one order that is shown, None where none or several are."""
        return self._opened or self.table.selected()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the order stand beside the list where there is room for both."""
        super().resizeEvent(event)
        self.splitter.stand(beside=event.size().width() >= WIDE)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Search for what is typed where nothing takes letters, as a scanner types wherever the keyboard is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.nothing.hasFocus():
            self._enter()
        elif not self.search.take(event):
            super().keyPressEvent(event)

    def _go_to_list(self, number: str = "") -> None:
        self.table.select_first(number)
        self.table.setFocus()

    def _enter(self) -> None:
        """Go to the order that was typed: here, as soon as it is found, else in all orders."""
        text = self._entered = self.search.text()
        if self.table.orders.is_asking:  # a key right behind the scan must not mean the order before
            self._opened = None
            self.table.clearSelection()
            self._selected(None)
        self._go_to_list(text)
        if not self.table.orders.is_asking and not self.table.orders.rowCount():
            self._look_in_all(text)

    def _listen_to(self, table: OrderTable) -> None:
        table.sort_wished.connect(self._sort)
        table.order_selected.connect(self._selected)
        table.order_left.connect(self._keep_open)
        table.orders.counted.connect(self._counted)

    def _selected(self, ref: OrderRef | None) -> None:
        """Show what was selected; an order that was opened by its name stays while nothing is."""
        if ref is None and self._opened and not self.table.selected_keys():
            return
        self._opened = None
        if self.has_pane:
            self._show_selected()
        elif ref is not None or self.table.selected_keys():
            QTimer.singleShot(0, self, self._show_selected)

    def _keep_open(self) -> None:
        """Keep open what left the list by a change, as work that was finished does; if it is still here at all."""
        detail = self.pane.detail if self.has_pane else None
        if detail is None or self._is_asked_anew:
            return
        ref = self._opened = detail.ref

        def look(is_here: bool) -> None:
            if not is_here and self._opened == ref:
                self._opened = None
                self._show_selected()

        self._context.tasks.query(partial(_is_here, ref), look, self, "left")

    def _show_selected(self) -> None:
        """Show what is selected, at first in a pane that is made for it now that the list has been painted."""
        keys = self.table.selected_keys()
        if len(keys) > 1:
            self.pane.show_selection(keys)
        elif self._opened is None:
            self.pane.show_order(self.table.selected())

    def _show(self) -> None:
        self._is_asked_anew = True
        self.table.show_filter(self._wanted())

    def _wanted(self) -> OrderFilter:
        name = self._sort_setting
        by, _, turn = (self._sorted.get(name) or self._context.services.settings.get(name)).partition(" ")
        wanted = self.search.narrowed(self._view_filter)
        return replace(wanted, sort_by=SortBy(by), descending=turn == "down") if by in set(SortBy) else wanted

    def _sort(self, by: SortBy, descending: bool) -> None:
        """Sort this view so from now on."""
        wish = self._sorted[self._sort_setting] = f"{by.value} {'down' if descending else 'up'}"
        self._context.keep(self._sort_setting, wish)
        self._show()

    @property
    def _sort_setting(self) -> str:
        return f"list.sort.{self._view.name}"

    def _look_in_all(self, text: str) -> None:
        """Offer to search in all orders where that would find some; who has no work of their own sees that of all."""
        self.nothing.offer_all(0)
        everywhere = self.search.narrowed(OrderFilter())
        if (text and self._view is not SAVED_VIEWS[-1]) or self._view is SAVED_VIEWS[0]:
            self._context.tasks.count(
                lambda view: view.counts({text: everywhere}).by_name[text],
                lambda found: self._offer_all(text, found),
                self,
                "in all",
            )

    def _offer_all(self, text: str, found: int) -> None:
        """Offer what all orders have; go there at once where Enter asked for it already."""
        if text != self.search.text():
            return
        self.nothing.offer_all(found)
        is_meant, self._entered = bool(text) and self._entered == text, ""
        if found and is_meant:
            self._context.notices.tell(f"Not in “{self._view.label}”, but in All")
            self.all_wished.emit()
            self._go_to_list(text)

    def _counted(self, orders: int) -> None:
        self._is_asked_anew = False
        if orders == 0:
            self._awaits_first = True
            if self.table.hasFocus():
                self.nothing.setFocus()  # which hands on what is typed; any button would take it else
            self.nothing.say(self._view.empty, self.search.text(), narrowed=bool(self._view_filter.account_ids))
            self._look_in_all(self.search.text())
        else:
            self._entered = ""
        self._stack.setCurrentIndex(0 if orders else 1)
        if orders and self._awaits_first:
            self._awaits_first = False
            self._begin()
        if orders and not self._was_filled:
            self._was_filled = True
            if not self.search.hasFocus():  # who began to type goes on
                self.table.setFocus()

    def _begin(self) -> None:
        """Begin a view at the order that is open, which stands in another place here, else at the first one."""
        if self.table.selected_keys():
            self.table.scrollTo(self.table.currentIndex())
        elif self._opened is None:
            self.table.select_first()


def _is_here(ref: OrderRef, view: ReadTransaction) -> bool:
    """Say whether an order is on this computer, of an account that is signed in."""
    signed_in = {one.account_id for one in view.accounts() if not one.signed_out}
    return ref.account_id in signed_in and key_of(ref, view) is not None


def _bar(search: QWidget, make_order: Callable[[], object]) -> QFrame:
    bar = QFrame()
    bar.setProperty("role", "bar")
    new_order = QPushButton("&New order")
    new_order.setProperty("role", "primary")
    new_order.setToolTip("Make a new order (Ctrl+N)")
    new_order.clicked.connect(lambda: make_order())  # noqa: PLW0108 - keeps Qt's `checked` from becoming an argument
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
    layout.setSpacing(Space.M)
    layout.addWidget(search, 1)
    layout.addWidget(new_order)
    return bar
