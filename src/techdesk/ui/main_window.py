"""The main window: views on the left, orders in the middle, the truth at the bottom. It wires; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QCursor, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef
from techdesk.application.settings import THEME, WORK_OFFLINE
from techdesk.application.sync.state import SyncState
from techdesk.application.views import SavedView
from techdesk.ui.actions import Action
from techdesk.ui.age_alarm import AgeAlarm
from techdesk.ui.context import Context
from techdesk.ui.finder import Finder
from techdesk.ui.menus import add_menus
from techdesk.ui.notices import NoticeBar
from techdesk.ui.on_demand import OnDemand
from techdesk.ui.opening.welcome import Welcome
from techdesk.ui.order_list.table import OrderTable
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.sidebar import Sidebar
from techdesk.ui.status_line import StatusLine
from techdesk.ui.undo import UndoStack
from techdesk.ui.work_area import WorkArea

if TYPE_CHECKING:
    from techdesk.ui.detail.order_menu import OrderMenu
    from techdesk.ui.detail.pane import OrderPane
    from techdesk.ui.sync_center.center import SyncCenter

_VIEW = "list.view"
_GEOMETRY = "window.geometry"
_TITLE = 40
"""Pixels that a desktop takes for a window's title and frame, at most."""
_CLOCK_MS = 60_000


class MainWindow(QMainWindow):
    """The desk's window."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._on_demand = OnDemand(context, self)
        self._undo = UndoStack(context, self)
        self._accounts: list[Account] = []
        self.setWindowTitle("TechDesk")
        self.setWindowIcon(context.icons.task_bar_icon("techdesk", "accent"))
        self.setMinimumSize(1024, 700)
        self.resize(1280, 800)
        self.restoreGeometry(QByteArray.fromBase64(context.services.settings.get(_GEOMETRY).encode()))
        self.sidebar = Sidebar(context)
        self.work = WorkArea(context)
        self.finder = Finder(context, self, self.work)
        self.welcome = Welcome(context)
        self.status = StatusLine(context)
        self.pages = QStackedWidget()
        self._set_up()
        self._ticks = QTimer(self, interval=_CLOCK_MS)
        self._ticks.timeout.connect(self._renew_view)
        self._ticks.timeout.connect(self.status.grow_older)
        self._ticks.start()
        self._connect()
        self.sidebar.choose(context.services.settings.get(_VIEW, "mine"))
        self.status.show_offline_wish(context.services.settings.get(WORK_OFFLINE) == "yes")
        self._read_accounts()
        self._on_demand.restore_forms(self.work.reveal)

    @cached_property
    def sync_center(self) -> SyncCenter:
        """Return the sync centre; made when it is first shown."""
        center = self._on_demand.sync_center()
        center.order_wished.connect(self._show_order)
        center.left.connect(self.show_sync_center)
        self.pages.addWidget(center)
        return center

    @cached_property
    def order_menu(self) -> OrderMenu:
        """Return what offers the things that are done with the orders of the list; made when it is first needed."""
        return self._on_demand.order_menu(self, self.work.pane.change_facts)

    @property
    def opens(self) -> OnDemand:
        """Return what opens dialogs over the window."""
        return self._on_demand

    def new_order(self) -> None:
        """Open the dialog for a new order: in the account of the selected order, else any that takes new orders."""
        selected = self.work.table.selected()
        wanted = [selected.account_id] if selected else [self.sidebar.accounts.only]
        self._on_demand.new_order(self._accounts, wanted, lambda dialog: dialog.made.connect(self._show_order))

    def record_event(self) -> None:
        """Open the menu of events for the selected order."""
        self.work.pane.offer_events()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.pages.setCurrentWidget(self.work)
        self.work.search.begin()

    def focus_list(self) -> None:
        """Put the focus on the order list."""
        self.pages.setCurrentWidget(self.work)
        if not self.work.table.selected_keys():
            self.work.table.select_first()
        self.work.table.setFocus()

    def focus_order(self) -> None:
        """Put the focus on the open order."""
        self.work.pane.take_keyboard()

    def change_status(self) -> None:
        """Offer the statuses for the selected orders."""
        self.order_menu.bulk.offer_status(self.work.meant, _below_current(self.work.table))

    def change_assignee(self) -> None:
        """Offer the people for the selected orders."""
        self.order_menu.bulk.offer_assignee(self.work.meant, _below_current(self.work.table))

    def print_order(self) -> None:
        """Open the papers of the order that is shown."""
        self._on_demand.print_order(self.work.pane.detail)

    def undo(self) -> None:
        """Take back what was done last."""
        self._undo.undo()

    def show_view(self, name: str) -> None:
        """Show a saved view, with the keyboard in its list unless the person types a search."""
        self.pages.setCurrentWidget(self.work)
        self.sidebar.choose(name)
        if not self.work.search.hasFocus():
            self.work.table.setFocus()

    def show_sync_center(self) -> None:
        """Show or leave the sync centre."""
        shown = self.pages.currentWidget() is self.sync_center
        self.pages.setCurrentWidget(self.work if shown else self.sync_center)
        if shown:
            self.work.table.setFocus()
        else:
            self.sync_center.take_keyboard()

    def decide(self) -> None:
        """Open the dialog for what waits for the person: the chosen change, else the most pressing one of the order."""
        if self.pages.currentWidget() is self.work:
            self._on_demand.decision(self.work.shown_order, self.status)
        else:
            self.sync_center.decide()

    def sync_now(self) -> None:
        """Sync at once."""
        self._context.services.sync_now()

    def toggle_offline(self) -> None:
        """Switch "Work offline"."""
        self.status.offline.toggle()

    def use_theme(self, wish: str) -> None:
        """Use `light`, `dark` or `system` colours, and keep the wish."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self._context.theme.apply(app, wish)
        self._context.keep(THEME, wish)

    def show_palette(self) -> None:
        """Open the command palette."""
        palette = self._on_demand.palette(self.run, self.work.pane.offered)
        palette.order_chosen.connect(self._show_order)

    def quit(self) -> None:
        """Close the window."""
        self.close()

    def run(self, action: Action) -> None:
        """Do an action, if what it needs is there."""
        if action.needs_order and not self.work.meant:
            self._context.notices.tell("Select an order first")
            return
        action.run(self)

    @override
    def event(self, event: QEvent) -> bool:
        """Paint what is other now in one turn of Python's, as a busy sync would go first before each list and label."""
        return super().event(event)

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        self.status.come_last()
        return super().focusNextPrevChild(next)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if self._context.tasks.is_open:
            self._context.keep(_GEOMETRY, bytes(self.saveGeometry().toBase64().data()).decode())

    def _set_up(self) -> None:
        self.pages.addWidget(self.work)
        self._front = QStackedWidget()
        self._front.addWidget(_filled(QHBoxLayout(), self.sidebar, self.pages))
        self._front.addWidget(self.welcome)
        stacked = QVBoxLayout()
        whole = _filled(stacked, self._front)
        self.setCentralWidget(whole)
        NoticeBar(self._context.notices, self, whole)
        AgeAlarm(self._context, self, stacked)
        self.setStatusBar(self.status)
        add_menus(self, self.run, _ticked(self, self._context))

    def _connect(self) -> None:
        tasks, work = self._context.tasks, self.work
        tasks.changed.connect(self._take_changes)
        tasks.sync_changed.connect(self._take_sync)
        tasks.failed.connect(self._context.notices.error)
        self.sidebar.view_chosen.connect(self._choose_view)
        work.search.serve(self.sidebar.views, self.sidebar.accounts)
        self.sidebar.accounts.itemActivated.connect(lambda _: self.focus_list())
        work.new_order_wished.connect(self.new_order)
        _serve_list(self)
        work.pane_made.connect(self._connect_pane)
        work.table.order_opened.connect(lambda _: work.pane.take_keyboard())
        self.status.outbox_wished.connect(self.show_sync_center)
        self.status.timer.order_wished.connect(self._show_hours)
        self.pages.currentChanged.connect(lambda _: self.sidebar.show_lit(self.pages.currentWidget() is work))
        work.all_wished.connect(lambda: self.show_view("all"))
        self.finder.order_wished.connect(self._show_order)
        self._on_demand.serve(self.welcome)

    def _connect_pane(self, pane: OrderPane) -> None:
        pane.windowTitleChanged.connect(lambda order: self.setWindowTitle(joined(shortened(order, 120), "TechDesk")))
        pane.selection.status_wished.connect(lambda at: self.order_menu.bulk.offer_status(self.work.meant, at))
        pane.selection.assignee_wished.connect(lambda at: self.order_menu.bulk.offer_assignee(self.work.meant, at))

    def _choose_view(self, view: SavedView) -> None:
        self.pages.setCurrentWidget(self.work)
        self._show_view()
        self._context.keep(_VIEW, view.name)

    def _show_view(self) -> None:
        self.work.show_view(self.sidebar.view, self.sidebar.filter())
        self.sidebar.count()

    def _renew_view(self) -> None:
        self.work.renew_view(self.sidebar.filter())
        self.sidebar.count()

    def _take_changes(self, changes: Changes) -> None:
        """Send at once what a person did, and read again what is different."""
        if changes.op_ids:
            self._context.services.sync_now(order_ids=changes.orders)
        if changes.references:
            self._read_accounts()
        if changes.outbox:
            self.status.count_unsent()
        if changes.list_changed:
            self.work.table.orders.refresh()
            self.sidebar.count()

    def _take_sync(self, state: SyncState) -> None:
        self.status.show_sync(state)
        self.sidebar.show_sync(state)

    def _read_accounts(self) -> None:
        self._context.tasks.query(lambda view: view.accounts(), self._show_accounts, self, "accounts")

    def _show_accounts(self, accounts: list[Account]) -> None:
        self._accounts = [one for one in accounts if not one.signed_out]
        self._front.setCurrentIndex(0 if accounts else 1)
        self.menuBar().setEnabled(bool(accounts))
        self.sidebar.show_accounts(accounts)
        names = {one.account_id: one.name for one in accounts}
        self.status.show_accounts({one.account_id: one.name for one in self._accounts})
        self.work.table.show_accounts(names, {one.account_id: one.color for one in accounts})
        self._renew_view()

    def _show_order(self, ref: OrderRef) -> None:
        self.pages.setCurrentWidget(self.work)
        self.work.open_order(ref)

    def _show_hours(self, ref: OrderRef) -> None:
        self._show_order(ref)
        self.work.pane.show_hours()


def show_fitting(window: QWidget, room: QSize) -> None:
    """Show a window; as large as the screen where that has no room for it and its title."""
    if window.width() > room.width() or window.height() + _TITLE > room.height():
        window.showMaximized()
    else:
        window.show()


def _filled(layout: QBoxLayout, *widgets: QWidget) -> QWidget:
    """Return a widget that others fill from edge to edge; the last one takes all room that is left."""
    whole = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget, int(widget is widgets[-1]))
    whole.setLayout(layout)
    return whole


def _serve_list(window: MainWindow) -> None:
    """Count the list, open its menu, and copy numbers with the key that copies everywhere."""
    work = window.work
    work.table.orders.counted.connect(window.status.show_count)
    work.table.menu_wished.connect(lambda at: window.order_menu.open(work.meant, at))
    copy = QShortcut(QKeySequence.StandardKey.Copy, work.table, context=Qt.ShortcutContext.WidgetShortcut)
    copy.activated.connect(lambda: window.order_menu.copy_numbers(work.meant))


def _ticked(window: MainWindow, context: Context) -> dict[str, Callable[[], bool]]:
    """Return what says of an action's name whether it is on."""
    wishes = {f"theme_{wish}": partial(_is_wish, context, wish) for wish in ("light", "dark", "system")}
    return {**wishes, "offline": window.status.offline.isChecked}


def _is_wish(context: Context, wish: str) -> bool:
    return context.theme.wish == wish


def _below_current(table: OrderTable) -> QPoint:
    """Return where a menu about the current row opens."""
    index = table.currentIndex()
    return table.viewport().mapToGlobal(table.visualRect(index).bottomLeft()) if index.isValid() else QCursor.pos()
