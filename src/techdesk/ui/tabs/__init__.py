"""Name the tabs of an order; the order pane loops over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.ui.context import Context
from techdesk.ui.tabs.events import EventsTab
from techdesk.ui.tabs.history import HistoryTab
from techdesk.ui.tabs.hours import HoursTab
from techdesk.ui.tabs.items import ItemsTab
from techdesk.ui.tabs.messages import MessagesTab
from techdesk.ui.tabs.overview import OverviewTab
from techdesk.ui.tabs.sales_orders import SalesOrdersTab


class Tab(Protocol):
    """Show one side of an order; every tab is a widget as well."""

    label: str

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the order."""
        ...

    def count(self, detail: OrderDetail) -> int:
        """Return how many things it holds, for its heading; 0 shows no number."""
        ...


TABS: tuple[Callable[[Context], QWidget], ...] = (
    OverviewTab,
    EventsTab,
    ItemsTab,
    HoursTab,
    SalesOrdersTab,
    MessagesTab,
    HistoryTab,
)
"""The tabs, left to right; each implements `Tab`."""
