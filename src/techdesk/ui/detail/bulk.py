"""Change several orders at once: their status, or who works on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from techdesk.application.accounts import Account
from techdesk.application.lookups import account_of
from techdesk.application.order_detail import Choices, order_detail, read_choices
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.domain.records import Document
from techdesk.ui.alt_letters import with_keys
from techdesk.ui.asking import ask
from techdesk.ui.context import Context
from techdesk.ui.detail.ending import Wish, change_or_ask, ends_work, tell_without_ending
from techdesk.ui.dialogs.new_order import assignable, assignment_intent
from techdesk.ui.order_list.table import Which
from techdesk.ui.phrases import number_text
from techdesk.ui.status_choice import status_intent

_Adds = Callable[[QMenu, Account, Choices], None]

CHANGED_UNASKED = 50


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The orders to change, and what they can become in their account; None where they are of several."""

    orders: Sequence[OrderRef]
    account: Account | None = None
    choices: Choices = field(default_factory=Choices)


class BulkChange(QObject):
    """Offer what the selected orders can become, and make it so in one save."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window

    def offer_status(self, which: Which, at: QPoint) -> None:
        """Open the menu of statuses."""
        self._offer(which, at, _add_statuses)

    def offer_assignee(self, which: Which, at: QPoint) -> None:
        """Open the menu of people."""
        self._offer(which, at, _add_people)

    def offer_all(self, which: Which, at: QPoint) -> None:
        """Open a menu with both."""
        self._offer(which, at, _add_both)

    def _offer(self, which: Which, at: QPoint, add: _Adds) -> None:
        if which:
            self._context.tasks.query(
                lambda view: _read(view, which), lambda chosen: self._open(chosen, at, add), self, "choices"
            )

    def _open(self, chosen: _Chosen, at: QPoint, add: _Adds) -> None:
        if chosen.account is None:
            self._context.notices.tell("These orders are of several accounts", "Select orders of one account")
            return
        name = "assigned_user_uid" if add is _add_people else ""
        if why_not := self._context.services.commands.why_not_set(chosen.account.account_id, name):
            self._context.notices.tell("These orders cannot be changed here", why_not)
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add(menu, chosen.account, chosen.choices)
        menu.triggered.connect(lambda action: self._ask(chosen.orders, action))
        menu.popup(at)
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    def _ask(self, orders: Sequence[OrderRef], action: QAction) -> None:
        """Ask before very many orders are changed; a few are changed at once."""
        to: str
        intent: Document
        to, intent = action.data()
        if len(orders) == 1 and ends_work(intent):
            self._change_one(orders[0], intent)
            return
        if len(orders) <= CHANGED_UNASKED:
            self._change(orders, intent)
            return
        does = "Assign" if "assigned_user_uid" in intent else "Change"
        question = f"{does} {number_text(len(orders))} orders to “{to}”?"
        ask(self._window, question, f"{does} all", lambda: self._change(orders, intent))

    def _change_one(self, order: OrderRef, intent: Document) -> None:
        """Finish one order: its closing event is asked for."""
        wish = Wish(intent, lambda: self._change([order], intent))
        self._context.tasks.query(
            lambda view: order_detail(view, order),
            lambda detail: change_or_ask(self._context, self._window, detail, wish),
            self,
            "finished",
        )

    def _change(self, orders: Sequence[OrderRef], intent: Document) -> None:
        commands = self._context.services.commands
        self._context.tasks.command(
            lambda: commands.change_orders(orders, intent), lambda _: self._after(orders, intent)
        )

    def _after(self, orders: Sequence[OrderRef], intent: Document) -> None:
        if len(orders) > 1 and ends_work(intent):
            tell_without_ending(self._context, self._window, orders)


def _read(view: ReadTransaction, which: Which) -> _Chosen:
    rows = [] if isinstance(which, OrderRef) else view.order_rows(which)
    orders = [which] if isinstance(which, OrderRef) else [OrderRef(row.account_id, row.order_id) for row in rows]
    accounts = {one.account_id for one in orders}
    if len(accounts) != 1:
        return _Chosen(orders)
    (account_id,) = accounts
    return _Chosen(orders, account_of(view, account_id), read_choices(view, account_id))


def _add_statuses(menu: QMenu, _: Account, choices: Choices) -> None:
    _add(menu, [(status.name, status_intent(status)) for status in choices.statuses])


def _add_people(menu: QMenu, account: Account, choices: Choices) -> None:
    people = [*assignable(account, choices), ("", "")]
    _add(menu, [(name or "Nobody", assignment_intent(uid, name)) for uid, name in people])


def _add_both(menu: QMenu, account: Account, choices: Choices) -> None:
    _add_statuses(menu.addMenu("&Status"), account, choices)
    _add_people(menu.addMenu("&Assign to"), account, choices)


def _add(menu: QMenu, offered: Sequence[tuple[str, Document]]) -> None:
    """Offer what can be chosen, each with a letter of its own that chooses it."""
    for text, one in zip(with_keys([text for text, _ in offered]), offered, strict=True):
        action = QAction(text, menu)
        action.setData(one)
        menu.addAction(action)
