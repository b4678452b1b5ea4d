"""Type a customer's name and be offered the customers of orders that are on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter
from typing_extensions import override

from techdesk.application.ports import ReadTransaction
from techdesk.application.queries import OrderFilter
from techdesk.application.search_words import LONGEST_SEARCH
from techdesk.domain.orders import Customer, Order
from techdesk.domain.records import RecordType, from_document, to_document
from techdesk.ui.context import Context
from techdesk.ui.editors.text import TextEditor, style_offers
from techdesk.ui.phrases import joined

_ORDERS_LOOKED_AT = 60
_OFFERED = 8


class CustomerEditor(TextEditor):
    """Edit a customer's name; `found` says which known customer was chosen, None once the name is typed over."""

    found = Signal(object)

    def __init__(self, context: Context, account_id: str) -> None:
        super().__init__()
        self._context = context
        self._account_id = account_id
        self._offered: dict[str, Customer] = {}
        self._chosen: Customer | None = None
        self._lines = QStringListModel(self)
        completer = QCompleter(self._lines, self.line)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        style_offers(completer)
        self.line.setCompleter(completer)
        self.below.show()
        self.line.textEdited.connect(self._look)
        self.line.textChanged.connect(self._take)
        self.changed.connect(self._say)
        self.found.connect(self._say)
        self._say()

    @property
    def chosen(self) -> Customer | None:
        """Return the known customer that was chosen and not typed over."""
        return self._chosen

    @override
    def typed(self) -> Any:
        return {"name": self.line.text(), "known": to_document(self._chosen) if self._chosen else None}

    @override
    def retype(self, typed: Any) -> None:
        self.line.setText(typed["name"])
        self._chosen = from_document(Customer, typed["known"]) if typed["known"] else None
        self._say()

    def _say(self) -> None:
        typed = bool(self.line.text().strip())
        self.below.setText("Known customer" if self._chosen else "New customer" if typed else "Type to find a customer")

    def _look(self, text: str) -> None:
        words = text.strip()
        if not words or len(words) > LONGEST_SEARCH or text in self._offered:
            return
        account_id = self._account_id
        self._context.tasks.query(
            lambda view: find_customers(view, account_id, words), lambda found: self._offer(text, found), self
        )

    def _offer(self, asked: str, found: Sequence[Customer]) -> None:
        """Show what was found, unless the person has typed on."""
        if asked != self.line.text():
            return
        self._offered = {_line(one): one for one in found}
        self._lines.setStringList(list(self._offered))
        popup = self.line.completer().popup()
        if not self._offered and popup is not None:
            popup.hide()  # an empty list would lie over the fields below
        elif self.line.hasFocus():
            self.line.completer().complete()

    def _take(self, text: str) -> None:
        customer = self._offered.get(text)
        if customer:
            self._chosen = customer
            self.line.setText(customer.name)
            self.found.emit(customer)
        elif self._chosen and text != self._chosen.name:
            self._chosen = None
            self.found.emit(None)


def find_customers(view: ReadTransaction, account_id: str, text: str) -> list[Customer]:
    """Return customers whose name, phone or e-mail holds every word of `text`, each once, newest order first.

    Raises:
        StoreError: The store could not be read.
    """
    wanted = OrderFilter(text=text, account_ids=frozenset({account_id}))
    found: dict[tuple[str, str, str], Customer] = {}
    for row in view.first_order_rows(wanted, _ORDERS_LOOKED_AT):
        record = view.record(row.account_id, RecordType.ORDER, row.order_id)
        customer = from_document(Order, record.view).customer if record else Customer()
        if customer.name and _holds(customer, text):
            found.setdefault((customer.customer_uid or "", customer.name, customer.phone), customer)
    return list(found.values())[:_OFFERED]


def _holds(customer: Customer, text: str) -> bool:
    known = f"{customer.name} {customer.phone} {customer.email}".casefold()
    return all(word in known for word in text.casefold().split())


def _line(customer: Customer) -> str:
    return joined(customer.name, customer.phone, customer.address.replace("\n", ", "))
