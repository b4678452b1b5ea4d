"""Show the saved views with their live counts, and the accounts with how their sync stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from techdesk.application.accounts import Account
from techdesk.application.queries import ListCounts, OrderFilter
from techdesk.application.sync.state import SyncState
from techdesk.application.views import SAVED_VIEWS, SavedView, Today
from techdesk.ui.accounts.account_list import AccountList
from techdesk.ui.context import Context
from techdesk.ui.phrases import number_text
from techdesk.ui.row_delegate import ASIDE_ROLE, ICON_ROLE, ROW_HEIGHT, RowDelegate
from techdesk.ui.theme import Space

WIDTH = 212
_ICONS = {
    "mine": "user",
    "depot": "depot",
    "onsite_today": "onsite",
    "overdue": "warning",
    "waiting": "clock",
    "unsent": "saved-here",
    "all": "order",
}


class Sidebar(QFrame):
    """Choose what the list shows.

    Signals:
        view_chosen: Another `SavedView` is wanted.
    """

    view_chosen = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._accounts: Sequence[Account] | None = None
        self._is_lit = True
        self.setFixedWidth(WIDTH)
        self.views = QListWidget()
        self.views.setAccessibleName("Views")
        self.views.setItemDelegate(RowDelegate(context, self.views))
        self.views.setMouseTracking(True)
        self.views.setStyleSheet("background: transparent;")
        self.views.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.views.setFixedHeight(ROW_HEIGHT * len(SAVED_VIEWS) + Space.S)
        for view in SAVED_VIEWS:
            item = QListWidgetItem(view.label)
            item.setData(Qt.ItemDataRole.UserRole, view)
            item.setData(ICON_ROLE, _ICONS.get(view.name, "filter"))
            self.views.addItem(item)
        self.views.currentItemChanged.connect(self._chosen)
        self.views.itemClicked.connect(self._clicked)
        self.accounts = AccountList(context)
        self.accounts.chosen.connect(lambda: self.view_chosen.emit(self.view))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.S, Space.M, Space.S, Space.M)
        layout.setSpacing(Space.XS)
        layout.addWidget(_section("Views"))
        layout.addWidget(self.views)
        layout.addSpacing(Space.L)
        layout.addWidget(_section("Accounts"))
        layout.addWidget(self.accounts)
        layout.addStretch(1)

    @property
    def view(self) -> SavedView:
        """Return the view that is shown."""
        chosen: SavedView = self.views.currentItem().data(Qt.ItemDataRole.UserRole)
        return chosen

    def choose(self, name: str) -> None:
        """Show a view by its name; the last one (all) where there is no such."""
        names = [view.name for view in SAVED_VIEWS]
        self.views.setCurrentRow(names.index(name) if name in names else len(names) - 1)

    def show_lit(self, lit: bool) -> None:
        """Light up the chosen view, or none while the list is not what is shown."""
        self._is_lit = lit
        self.views.currentItem().setSelected(lit)

    def filter(self) -> OrderFilter:
        """Return what the chosen view shows now, of the chosen account or of all."""
        return self._narrowed(self.view.filter(self.today()))

    def today(self) -> Today:
        """Return what the views depend on."""
        me = frozenset(one.user_uid for one in self._accounts or () if one.user_uid and not one.signed_out)
        return Today(now=self._now(), zone=self._context.formats.zone, me=me or frozenset({"nobody"}))

    def show_accounts(self, accounts: Sequence[Account]) -> None:
        """List the accounts."""
        self._accounts = accounts
        self.accounts.show_accounts(accounts)

    def show_sync(self, state: SyncState) -> None:
        """Show how an account's sync stands."""
        self.accounts.show_sync(state)

    def count(self) -> None:
        """Read the counts of all views again, once the rows that came are painted: counting would hold that up."""
        QTimer.singleShot(0, self, self._count)

    def _count(self) -> None:
        if self._accounts is None:
            return  # before it is known who one is, they would be somebody else's
        today = self.today()
        filters = {view.name: self._narrowed(view.filter(today)) for view in SAVED_VIEWS}
        self._context.tasks.count(lambda view: view.counts(filters), self._show_counts, self, "counts")
        self.accounts.count_unsent()

    def _narrowed(self, wanted: OrderFilter) -> OrderFilter:
        """Return the same for the chosen account only, where one is chosen."""
        return replace(wanted, account_ids=self.accounts.account_ids)

    def _now(self) -> datetime:
        return self._context.services.clock.now()

    def _show_counts(self, counts: ListCounts) -> None:
        for row, view in enumerate(SAVED_VIEWS):
            number = counts.by_name.get(view.name, 0)
            self.views.item(row).setData(ASIDE_ROLE, number_text(number) if number else "")

    def _clicked(self) -> None:
        """Go back to the view that was left for another page; a click on it changes no row."""
        if not self._is_lit:
            self._chosen()

    def _chosen(self) -> None:
        if self.views.currentRow() >= 0:
            self.view_chosen.emit(self.view)


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "section")
    label.setContentsMargins(Space.M, 0, 0, 0)
    return label
