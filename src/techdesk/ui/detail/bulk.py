"""Offer what one order or several can become: another status, somebody else's work; and make it so at once."""

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
from techdesk.domain.records import Document, RecordType
from techdesk.ui.alt_letters import with_keys
from techdesk.ui.asking import ask
from techdesk.ui.blocks import literal_tip
from techdesk.ui.context import Context
from techdesk.ui.detail.ending import Wish, change_or_ask, ends_work, tell_without_ending
from techdesk.ui.dialogs.new_order import assignable, assignment_intent
from techdesk.ui.icons import dot
from techdesk.ui.order_list.columns import STATE_COLORS
from techdesk.ui.order_list.table import Which
from techdesk.ui.phrases import number_text
from techdesk.ui.status_choice import status_intent

_Adds = Callable[[QMenu, "_Chosen"], None]

CHANGED_UNASKED = 50
_SEVERAL_ACCOUNTS = ("These orders are of several accounts", "Select orders of one account")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """Something else that a menu of orders offers.

    Attributes:
        label: What it says; `&` marks its letter.
        key: The key that does the same, as people read it.
        act: Does it.
    """

    label: str
    key: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The orders to change, and what they can become in their account; None where they are of several.

    Attributes:
        status_uid: The status that all of them have; None where they differ.
        assignee: Who all of them are assigned to, empty for nobody; None where they differ.
    """

    orders: Sequence[OrderRef]
    account: Account | None = None
    choices: Choices = field(default_factory=Choices)
    status_uid: str | None = None
    assignee: str | None = None


class BulkChange(QObject):
    """Offer what the selected orders can become, and make it so in one save."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window

    def offer_status(self, which: Which, at: QPoint) -> None:
        """Open the menu of statuses, on the one that the orders have."""
        self._offer(which, lambda chosen: self._open_choice(chosen, at, "", self._add_statuses))

    def offer_assignee(self, which: Which, at: QPoint) -> None:
        """Open the menu of people, on the one who has the orders."""
        self._offer(which, lambda chosen: self._open_choice(chosen, at, "assigned_user_uid", _add_people))

    def offer_all(self, which: Which, at: QPoint, above: Sequence[MenuEntry], below: Sequence[MenuEntry]) -> None:
        """Open a menu with both, between what else there is for these orders."""
        self._offer(which, lambda chosen: self._open_all(chosen, at, above, below))

    def _offer(self, which: Which, open_menu: Callable[[_Chosen], None]) -> None:
        if which:
            self._context.tasks.query(lambda view: _read(view, which), open_menu, self, "choices")

    def _open_choice(self, chosen: _Chosen, at: QPoint, field_name: str, add: _Adds) -> None:
        if refusal := self._refusal(chosen, field_name):
            self._context.notices.tell(*refusal)
            return
        menu = self._menu()
        add(menu, chosen)
        menu.triggered.connect(lambda action: self._ask(chosen.orders, action))
        self._pop_up(menu, at)

    def _open_all(self, chosen: _Chosen, at: QPoint, above: Sequence[MenuEntry], below: Sequence[MenuEntry]) -> None:
        menu = self._menu()
        menu.setToolTipsVisible(True)
        _add_entries(menu, above)
        menu.addSeparator()
        for label, field_name, add in (
            ("&Status", "", self._add_statuses),
            ("&Assign to", "assigned_user_uid", _add_people),
        ):
            inside = menu.addMenu(label)
            add(inside, chosen)
            inside.triggered.connect(lambda action: self._ask(chosen.orders, action))
            refusal = self._refusal(chosen, field_name)
            inside.menuAction().setEnabled(refusal is None)
            inside.menuAction().setToolTip(literal_tip(". ".join(refusal)) if refusal else "")
        menu.addSeparator()
        _add_entries(menu, below)
        self._pop_up(menu, at)

    def _menu(self) -> QMenu:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _pop_up(self, menu: QMenu, at: QPoint) -> None:
        """Open a menu on what is so now, else on its first entry."""
        menu.popup(at)
        present = next((one for one in menu.actions() if one.isChecked()), None)
        first = present or next(iter(menu.actions()), None)
        if first:
            menu.setActiveAction(first)

    def _refusal(self, chosen: _Chosen, field_name: str) -> tuple[str, str] | None:
        """Return why these orders cannot be changed together, and what to do; None where they can."""
        if chosen.account is None:
            return _SEVERAL_ACCOUNTS
        why_not = self._context.services.commands.why_not_set(chosen.account.account_id, field_name)
        return ("These orders cannot be changed here", why_not) if why_not else None

    def _add_statuses(self, menu: QMenu, chosen: _Chosen) -> None:
        statuses = chosen.choices.statuses
        _add(menu, [(status.name, status_intent(status)) for status in statuses])
        for action, status in zip(menu.actions(), statuses, strict=True):
            action.setIcon(dot(self._context.theme.color(STATE_COLORS[status.service_state])))
            _tick(action, status.service_status_uid == chosen.status_uid)

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
    if isinstance(which, OrderRef):
        return _read_one(view, which)
    rows = view.order_rows(which)
    orders = [OrderRef(row.account_id, row.order_id) for row in rows]
    accounts = {one.account_id for one in orders}
    if len(accounts) != 1:
        return _Chosen(orders)
    (account_id,) = accounts
    account, choices = account_of(view, account_id), read_choices(view, account_id)
    statuses, people = {row.status_uid for row in rows}, {row.assignee for row in rows}
    return _Chosen(orders, account, choices, _only(statuses), _only(people))


def _read_one(view: ReadTransaction, ref: OrderRef) -> _Chosen:
    record = view.record(ref.account_id, RecordType.ORDER, ref.order_id)
    said = record.view if record else {}
    status, person = (str(said.get(one) or "") for one in ("service_status_uid", "assigned_user_display_name"))
    return _Chosen([ref], account_of(view, ref.account_id), read_choices(view, ref.account_id), status, person)


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _add_people(menu: QMenu, chosen: _Chosen) -> None:
    account = chosen.account
    people = [*(assignable(account, chosen.choices) if account else ()), ("", "")]
    _add(menu, [(name or "Nobody", assignment_intent(uid, name)) for uid, name in people])
    for action, (_, name) in zip(menu.actions(), people, strict=True):
        _tick(action, name == chosen.assignee)


def _add_entries(menu: QMenu, entries: Sequence[MenuEntry]) -> None:
    """Add entries that name the key which does the same; the key itself is another's, so that it is not taken twice."""
    for entry in entries:
        action = menu.addAction(f"{entry.label}\t{entry.key}" if entry.key else entry.label)
        action.triggered.connect(lambda _=False, entry=entry: entry.act())


def _tick(action: QAction, is_on: bool) -> None:
    action.setCheckable(True)
    action.setChecked(is_on)


def _add(menu: QMenu, offered: Sequence[tuple[str, Document]]) -> None:
    """Offer what can be chosen, each with a letter of its own that chooses it."""
    for text, one in zip(with_keys([text for text, _ in offered]), offered, strict=True):
        action = QAction(text, menu)
        action.setData(one)
        menu.addAction(action)
