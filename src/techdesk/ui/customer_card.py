"""Offer the page that shows an order to its customer: its link, the page itself, and what stands on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from techdesk.application.order_detail import OrderDetail
from techdesk.application.papers import CustomerPage
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import emptied, plain_label, push_button, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.phrases import shortened
from techdesk.ui.theme import Space
from techdesk.ui.wording import Line

_UNSENT = "There is a page once the server has this order"
_NO_PAGE = "The server gave this order no page"
_HERE_ONLY = "The link opens on this computer only"


class CustomerCard(QFrame):
    """Copy the link of an order's page, open it, or look at what the customer sees."""

    def __init__(self, context: Context, detail: OrderDetail) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._context = context
        self._account_id = detail.ref.account_id
        self._order = detail.shown.document
        reason = _why_no_page(context, detail)
        self.copy_button = push_button("Copy link", partial(self._find, self._copy))
        self.open_button = push_button("Open", partial(self._find, self._open), "Show the page in the browser")
        self.look_button = push_button("Preview", self._look, "Ask the server what the customer sees")
        self.said = plain_label(reason, "small")
        self.facts = QGridLayout()
        self.facts.setHorizontalSpacing(Space.M)
        self.facts.setVerticalSpacing(Space.XS)
        self.facts.setColumnStretch(1, 1)
        row = QHBoxLayout()
        for button in (self.copy_button, self.open_button, self.look_button):
            button.setEnabled(not reason)
            if reason:
                button.setToolTip(reason)
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label("Customer's page", "section"))
        layout.addLayout(row)
        layout.addWidget(self.said)
        layout.addLayout(self.facts)
        layout.addStretch(1)
        self.said.setVisible(bool(reason))

    def _find(self, use: Callable[[str], None]) -> None:
        address = partial(self._context.services.public_address, self._account_id, self._order)
        self._context.tasks.background(address, use, self._tell, self)

    def _copy(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        if _is_here_only(address):
            self._context.notices.tell(f"Link copied. {_HERE_ONLY}", "Its server is not reached from elsewhere")
        else:
            self._context.notices.confirm("Link copied")

    def _open(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            self._context.notices.tell("No browser could be opened", "Copy the link instead")

    def _look(self) -> None:
        self._say("Asking the server…")
        page = partial(self._context.services.public_page, self._account_id, self._order)
        self._context.tasks.background(page, self._show, self._tell, self)

    def _show(self, page: CustomerPage) -> None:
        self._say("This is all that the customer sees:")
        emptied(self.facts)
        for row, (label, text) in enumerate(self._lines(page)):
            self.facts.addWidget(plain_label(label, "small", wrap=False), row, 0)
            self.facts.addWidget(selectable_label(shortened(text)), row, 1)

    def _lines(self, page: CustomerPage) -> list[Line]:
        formats = self._context.formats
        lines = [
            ("Number", page.service_number),
            ("Title", page.title),
            ("Kind", page.service_type_name),
            ("Status", page.service_status_name),
            ("Promised for", formats.when(page.ready_at_estimate)),
            ("Estimate", formats.money(page.estimated_price)),
        ]
        return [one for one in lines if one[1]]

    def _tell(self, error: TechDeskError) -> None:
        emptied(self.facts)
        self._say(str(error))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.show()


def _why_no_page(context: Context, detail: OrderDetail) -> str:
    """Return why an order has no page for its customer, or empty text if it has one."""
    reason = context.services.profile(detail.ref.account_id).no_public_page
    if reason or detail.order.public_page_hash:
        return reason
    return _NO_PAGE if detail.order.service_order_uid else _UNSENT


def _is_here_only(address: str) -> bool:
    """Say whether an address leads to this computer."""
    host = QUrl(address).host()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
