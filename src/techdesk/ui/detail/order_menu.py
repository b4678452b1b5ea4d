"""Offer in the list what there is to do with an order, each with its key, and copy its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.domain.documents import RecordType
from techdesk.ui.actions import ACTIONS, Action
from techdesk.ui.context import Context
from techdesk.ui.detail.bulk import BulkChange, MenuEntry
from techdesk.ui.order_list.table import Which

_UNNUMBERED = "This order has no number yet"


class ActsOnOrder(Protocol):
    """What the menu does with the window."""

    def focus_order(self) -> None:
        """Put the focus on the open order."""
        ...

    def run(self, action: Action) -> None:
        """Do an action of the window."""
        ...


class OrderMenu(QObject):
    """The menu over the list: for one order all that is done with it, for several what is done with all."""

    def __init__(self, context: Context, window: QWidget, acts: ActsOnOrder, change: Callable[[], None]) -> None:
        """Make it for a window; `change` opens the dialog that changes the facts of the open order."""
        super().__init__(window)
        self._context = context
        self._acts = acts
        self._change = change
        self.bulk = BulkChange(context, window)

    def open(self, which: Which, at: QPoint) -> None:
        """Open the menu for these orders."""
        is_one = isinstance(which, OrderRef) or len(which) == 1
        copy = MenuEntry("&Copy number" if is_one else "&Copy numbers", "Ctrl+C", partial(self.copy_numbers, which))
        if not is_one:
            self.bulk.offer_all(which, at, (), (copy,))
            return
        above = (MenuEntry("&Open", "Enter", self._acts.focus_order), self._entry("record_event"))
        change = MenuEntry("C&hange order…", "Ctrl+D", self._change)
        self.bulk.offer_all(which, at, above, (change, self._entry("print"), copy))

    def copy_numbers(self, which: Which) -> None:
        """Put the numbers of these orders on the clipboard, a line each."""
        if which:
            self._context.tasks.query(partial(_numbers, which), self._copy, self, "numbers")

    def _copy(self, numbers: Sequence[str]) -> None:
        if not numbers:
            self._context.notices.tell(_UNNUMBERED, "The server gives it one when it is sent")
            return
        QGuiApplication.clipboard().setText("\n".join(numbers))
        self._context.notices.confirm(f"{numbers[0] if len(numbers) == 1 else f'{len(numbers)} numbers'} copied")

    def _entry(self, name: str) -> MenuEntry:
        action = next(one for one in ACTIONS if one.name == name)
        return MenuEntry(action.label, action.key, partial(self._acts.run, action))


def _numbers(which: Which, view: ReadTransaction) -> list[str]:
    """Return the numbers of orders, without those that have none yet."""
    if isinstance(which, OrderRef):
        record = view.record(which.account_id, RecordType.ORDER, which.order_id)
        numbers = [str(record.view.get("service_number") or "")] if record else []
    else:
        numbers = [row.number for row in view.order_rows(which)]
    return [one for one in numbers if one]
