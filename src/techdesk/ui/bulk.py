"""Change several orders at once: their status, or who works on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from techdesk.application.order_detail import Choices, read_choices
from techdesk.application.outbox import OrderRef
from techdesk.domain.orders import User
from techdesk.domain.records import Document
from techdesk.ui.context import Context
from techdesk.ui.pane_header import status_intent

_Adds = Callable[[QMenu, Choices], None]


class BulkChange(QObject):
    """Offer what the selected orders can become, and make it so in one save."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window

    def offer_status(self, orders: Sequence[OrderRef], at: QPoint) -> None:
        """Open the menu of statuses."""
        self._offer(orders, at, _add_statuses)

    def offer_assignee(self, orders: Sequence[OrderRef], at: QPoint) -> None:
        """Open the menu of people."""
        self._offer(orders, at, _add_people)

    def offer_all(self, orders: Sequence[OrderRef], at: QPoint) -> None:
        """Open a menu with both."""
        self._offer(orders, at, _add_both)

    def _offer(self, orders: Sequence[OrderRef], at: QPoint, add: _Adds) -> None:
        accounts = {order.account_id for order in orders}
        if len(accounts) > 1:
            self._context.notices.tell("These orders are of several accounts", "Select orders of one account")
        elif accounts:
            account_id = accounts.pop()
            self._context.tasks.query(
                lambda view: read_choices(view, account_id),
                lambda choices: self._open(orders, at, choices, add),
                self,
                "choices",
            )

    def _open(self, orders: Sequence[OrderRef], at: QPoint, choices: Choices, add: _Adds) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add(menu, choices)
        menu.triggered.connect(lambda action: self._change(orders, action.data()))
        menu.popup(at)
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    def _change(self, orders: Sequence[OrderRef], intent: Document | None) -> None:
        if intent:
            commands = self._context.services.commands
            self._context.tasks.command(lambda: commands.change_orders(orders, intent))


def assignee_intent(user: User | None) -> Document:
    """Return what giving work to a person means; None takes it away from everybody."""
    return {
        "assigned_user_uid": user.tenant_user_uid if user else "",
        "assigned_user_display_name": user.display_name if user else "",
    }


def _add_statuses(menu: QMenu, choices: Choices) -> None:
    for status in choices.statuses:
        _add(menu, status.name, status_intent(status))


def _add_people(menu: QMenu, choices: Choices) -> None:
    for user in choices.users:
        _add(menu, user.display_name, assignee_intent(user))
    _add(menu, "Nobody", assignee_intent(None))


def _add_both(menu: QMenu, choices: Choices) -> None:
    _add_statuses(menu.addMenu("Status"), choices)
    _add_people(menu.addMenu("Assign to"), choices)


def _add(menu: QMenu, text: str, intent: Document) -> None:
    action = QAction(text.replace("&", "&&"), menu)
    action.setData(intent)
    menu.addAction(action)
