"""Show one order: its header, the events it can have, and its tabs; every change is saved here and shown at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.order_detail import OrderDetail
from techdesk.application.outbox import OrderRef
from techdesk.domain.orders import ServiceStatus
from techdesk.domain.records import Document, RecordType
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.detail.accepting import ask_to_accept, can_accept
from techdesk.ui.detail.ending import Wish, change_or_ask
from techdesk.ui.detail.event_bar import EventBar
from techdesk.ui.detail.pane_header import PaneHeader
from techdesk.ui.detail.right_time import RightTime
from techdesk.ui.detail.selection_page import SelectionPage
from techdesk.ui.dialogs import open_event_dialog
from techdesk.ui.dialogs.bill_dialog import open_bill_dialog
from techdesk.ui.offered import why_not_change
from techdesk.ui.order_reading import detail_or_reason
from techdesk.ui.phrases import joined
from techdesk.ui.status_choice import status_intent
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.tabs import TABS, Tab
from techdesk.ui.tabs.hours import HoursTab
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.dialogs import change_dialog

_LEAST_TAB_HEIGHT = 96
"""Pixels; in a low window the tabs give way before the header, which cannot scroll."""

_LOW = 370
"""Pixels of height below which the header shrinks to two lines, so that a tab still shows several rows."""

_NONE_CHOSEN = "Choose an order to see it here."
_ONE_EVENT = "An event is recorded on one order at a time"


class OrderPane(QWidget):
    """Show the order that was chosen, and let it be worked on.

    Signals:
        shown: An `OrderDetail` is on the screen; not sent for an order that was left in the meantime.
    """

    shown = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._ref: OrderRef | None = None
        self._wish: Callable[[], None] | None = None
        self._is_low = False
        self._can_choose = True
        self.detail: OrderDetail | None = None
        self.time = RightTime(context, self)
        self.header = PaneHeader(context)
        self.events = EventBar(context, self.header.assignee)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.tabs.setMinimumHeight(_LEAST_TAB_HEIGHT)
        self.tabs.setUsesScrollButtons(False)  # the pane is never so narrow that a tab's name would be cut
        for make in TABS:
            tab = make(context)
            self.tabs.addTab(tab, cast(Tab, tab).label)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setCornerWidget(_corner(self.events.menu_button), Qt.Corner.TopRightCorner)
        self._message = plain_label(_NONE_CHOSEN, "muted")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._message)
        self._pages.addWidget(_order_page(self._pages, self.header, self.events, self.tabs))
        self.selection = SelectionPage(context)
        self._pages.addWidget(self.selection)
        for page in (self._message, self.selection):
            self._answer_event_keys(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._own_actions = self._make_actions()
        self.header.change_wished.connect(self.change)
        self.header.status_wished.connect(self.change_status)
        self.header.decision_wished.connect(lambda op_id: open_decision(context, op_id, self.window()))
        self.events.wanted.connect(self.record)
        self.events.refused.connect(self._refuse)
        self.tabs.currentChanged.connect(self._show_tab)
        context.tasks.changed.connect(self._on_changes)
        context.theme.changed.connect(self._show_again)

    @property
    def offered(self) -> Sequence[QAction]:
        """Return the actions of the order that is shown, for menus, the palette and the sheet of keys."""
        return [*self.events.offered, *self._own_actions] if self.detail else []

    def show_order(self, ref: OrderRef | None) -> None:
        """Show an order, or none."""
        if ref != self._ref:
            self._ref = ref
            self.detail = self._wish = None
        if ref is None:
            self._say(_NONE_CHOSEN if self._can_choose else "")
        else:
            self._read()

    def offer_choice(self, orders: int) -> None:
        """Tell to choose an order only where the list has any."""
        self._can_choose = orders > 0
        if self._ref is None:
            self._message.setText(_NONE_CHOSEN if orders else "")

    def show_selection(self, keys: array[int]) -> None:
        """Say what several selected orders (row keys) are, in place of one order."""
        self.show_order(None)
        self.selection.show_orders(keys)
        self._pages.setCurrentWidget(self.selection)

    def offer_events(self) -> None:
        """Open the menu of events; where no single order is shown, say why there is none."""
        if not self._has_order(_ONE_EVENT) or self.detail is None:
            return
        if why_not := self._context.services.commands.why_not(self.detail.ref.account_id, RecordType.EVENT):
            self._context.notices.tell("No event can be recorded here", why_not)
            return
        if can_accept(self._context, self.detail):
            ask_to_accept(self._context, self.window(), self.detail, partial(self._go_on, self._open_events))
            return
        self._open_events()

    def _open_events(self) -> None:
        bar, button = self.events, self.events.menu_button
        below = button if button.isVisible() else bar
        bar.menu.popup(below.mapToGlobal(QPoint(0, below.height())))
        bar.menu.setActiveAction(bar.next_step)

    def record(self, kind_name: str) -> None:
        """Open the dialog that records an event, of an order that is being read too; empty for a name that is typed."""
        if self._ref and self.detail is None:
            self._wish = partial(self.record, kind_name)
        elif self._has_order(_ONE_EVENT):
            self.time.ask_first(partial(self._record, kind_name))

    def _refuse(self, kind_name: str, reason: str) -> None:
        """Say why an event cannot be recorded now, or offer what lets it be."""
        if self.detail and can_accept(self._context, self.detail):
            go_on = partial(self._go_on, partial(self.record, kind_name))
            ask_to_accept(self._context, self.window(), self.detail, go_on)
        else:
            self._context.notices.tell("This cannot be recorded now", reason)

    def _go_on(self, wish: Callable[[], None]) -> None:
        """Do something as soon as the order is read anew; not if another one is shown by then."""
        self._wish = wish
        self._read()

    def _has_order(self, why_one: str) -> bool:
        """Say whether an order is shown; where a key was pressed without one, tell that it needs one."""
        if self.detail is None:
            self._context.notices.tell("Select one order", why_one)
        return self.detail is not None

    def _answer_event_keys(self, page: QWidget) -> None:
        """Let the keys of events say what they need while a page without an order is shown: the bar has them else."""
        for number in range(10):
            action = QAction(page)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(lambda: self._has_order(_ONE_EVENT))
            page.addAction(action)

    def _record(self, kind_name: str) -> None:
        if self.detail:
            detail = replace(self.detail, ahead_s=self.time.ahead_s)
            open_event_dialog(self._context, detail, kind_name, self.window())

    def change(self, intent: Document) -> None:
        """Set fields of the order."""
        if self.detail:
            commands, seen = self._context.services.commands, self.detail.shown.document
            self._context.tasks.command(partial(commands.change_order, self.detail.ref, intent, seen))

    def change_facts(self) -> None:
        """Open the dialog that changes the order's facts."""
        if self.detail and (why_not := why_not_change(self._context, self.detail.ref.account_id)):
            self._context.notices.tell("This order cannot be changed here", why_not)
        elif self._has_order("Its facts are changed for one order at a time") and self.detail:
            change_dialog(self._context, self.detail, self.window()).open()

    def bill(self) -> None:
        """Open the dialog that bills the order; tell why where it cannot be billed now."""
        if self._has_order("One order is billed at a time") and self.detail:
            open_bill_dialog(self._context, self.detail, self.window())

    def change_status(self, status: ServiceStatus) -> None:
        """Give the order another status; asks for the closing event where the work is done without it."""
        if self.detail:
            intent = status_intent(status)
            wish = Wish(intent, partial(self.change, intent))
            change_or_ask(self._context, self.window(), self.detail, wish)

    def show_tab(self, place: int) -> None:
        """Bring a tab to the front and put the keyboard into it."""
        self.tabs.setCurrentIndex(place)
        tab = self.tabs.currentWidget()
        QTimer.singleShot(0, tab, tab.setFocus)  # what was drawn just now takes the keyboard once it is on the screen

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_low = event.size().height() < _LOW
        if is_low is not self._is_low:
            self._is_low = is_low
            self.header.show_compact(is_low)
            self.events.show_compact(is_low)
            if self.detail:
                self.header.show_detail(self.detail)

    def take_keyboard(self) -> None:
        """Put the keyboard on the tabs. A focus proxy would do so too, and have the Tab key skip all above them."""
        self.tabs.tabBar().setFocus()

    def show_hours(self) -> None:
        """Bring the hours with the timer to the front."""
        self.show_tab(next(at for at in range(self.tabs.count()) if isinstance(self.tabs.widget(at), HoursTab)))

    def _on_changes(self, changes: Changes) -> None:
        if self._ref and (self._ref.order_id in changes.orders or changes.references):
            self._read()
        elif self._ref and changes.outbox:
            self.time.look(self._ref.account_id)

    def _read(self) -> None:
        if self._ref:
            self.time.look(self._ref.account_id)
            self._context.tasks.query(partial(detail_or_reason, self._ref), self._show, self, "order")

    def _show(self, detail: OrderDetail | str) -> None:
        if isinstance(detail, str):
            self.detail = None
            self._say(detail)
            return
        if detail.ref != self._ref:
            return
        self.detail = detail
        self.setWindowTitle(joined(detail.order.service_number, detail.order.title))
        self._show_again()
        self._pages.setCurrentIndex(1)
        self.shown.emit(detail)
        wish, self._wish = self._wish, None
        if wish is not None:
            wish()

    def _show_again(self) -> None:
        if self.detail is None:
            return
        self.header.show_detail(self.detail)
        self.events.show_detail(self.detail)
        for place in range(self.tabs.count()):
            tab = self._tab(place)
            count = tab.count(self.detail)
            self.tabs.setTabText(place, f"{tab.label} {count}" if count else tab.label)
        self._show_tab(self.tabs.currentIndex())

    def _show_tab(self, place: int) -> None:
        """Show the order in one tab; the others follow when they are opened."""
        if self.detail and place >= 0:
            self._tab(place).show_detail(self.detail)

    def _tab(self, place: int) -> Tab:
        return cast(Tab, cast(Any, self.tabs.widget(place)))

    def _say(self, text: str) -> None:
        self.setWindowTitle("")
        self._message.setText(text)
        self._pages.setCurrentIndex(0)

    def _make_actions(self) -> list[QAction]:
        tabs = [
            _action(self, f"Show {self._tab(at).label.lower()}", f"Alt+{at + 1}", partial(self.show_tab, at))
            for at in range(self.tabs.count())
        ]
        change = _action(self, "Change the order…", "Ctrl+D", self.change_facts)
        return [*tabs, change, _action(self, "Bill the order…", "Ctrl+B", self.bill)]


def _order_page(pages: QWidget, header: QWidget, events: QWidget, tabs: QWidget) -> QWidget:
    """Return a page of what an order is, the events it can have, and its tabs."""
    page = QWidget(pages)
    head = QWidget(page)
    inside = QVBoxLayout(head)
    inside.setContentsMargins(Space.L, Space.M, Space.L, Space.S)
    inside.setSpacing(0)
    inside.addWidget(header)
    inside.addWidget(events)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(head)
    layout.addWidget(tabs, 1)
    return page


def _action(pane: QWidget, label: str, key: str, act: Callable[[], None]) -> QAction:
    action = QAction(label, pane)
    action.setShortcut(QKeySequence(key))
    action.triggered.connect(lambda: act())  # noqa: PLW0108 - keeps Qt's `checked` from becoming an argument
    pane.addAction(action)
    return action


def _corner(button: QWidget) -> QWidget:
    """Return the button with the distances that a corner beside tabs leaves to the edges."""
    corner = QWidget()
    layout = QVBoxLayout(corner)
    layout.setContentsMargins(0, 0, Space.L, Space.XS)
    layout.addWidget(button)
    return corner
