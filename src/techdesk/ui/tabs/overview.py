"""Show who wants what repaired by when: customer, device, fault, dates, totals, acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.application.outbox import Verb
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.work_orders import WorkOrder
from techdesk.ui.blocks import (
    card,
    emptied,
    fill_scrolling,
    icon_button,
    literal_tip,
    plain_label,
    push_button,
    selectable_label,
)
from techdesk.ui.context import Context
from techdesk.ui.customer_card import CustomerCard
from techdesk.ui.dialogs.accept_dialog import DeclineDialog
from techdesk.ui.flow import CardLayout
from techdesk.ui.offered import why_not_change
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.dialogs import change_dialog, form_of
from techdesk.ui.whole_order.overview import OrderCards
from techdesk.ui.work_orders import work_order_facts

_COPYABLE = frozenset({"Phone", "E-mail", "Address", "Serial number", "Visit", "Number", "Purchase order"})

Facts = Sequence[tuple[str, str]]


class OverviewTab(QWidget):
    """Show an order's facts in cards."""

    label = "Overview"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._drawn: object = None
        inside = QWidget()
        self._cards = CardLayout(inside, Space.M)
        self._cards.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        fill_scrolling(self, inside).setFocusPolicy(Qt.FocusPolicy.NoFocus)
        context.theme.changed.connect(self._draw)

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the facts of an order."""
        self._detail = detail
        members = detail.shown.document if form_of(self._context, detail.account.system) else None
        drawn = (detail.ref, detail.order, detail.account.role, detail.work_order_changed_at, members)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()

    def count(self, detail: OrderDetail) -> int:  # noqa: ARG002 - part of `Tab`; an overview counts nothing
        """Return 0: an overview holds no things of its own."""
        return 0

    def change(self) -> None:
        """Open the dialog that changes the order's facts."""
        if self._detail:
            change_dialog(self._context, self._detail, self.window()).open()

    def _draw(self) -> None:
        if self._detail is None:
            return
        order = self._detail.order
        emptied(self._cards)
        form = form_of(self._context, self._detail.account.system)
        made = OrderCards(self._context, self._detail, self._facts_card).cards(form, self.change) if form else []
        cards = made or [(one, False) for one in self._usual_cards(order)]
        if order.work_order:
            cards.append((self._work_order_card(order.work_order, order), False))
        if order.requires_acceptance and order.accepted_at is None:
            cards.insert(0, (self._acceptance_card(), False))
        for one, is_wide in cards:
            self._cards.add_card(one, is_wide=is_wide)

    def _usual_cards(self, order: Order) -> list[QFrame]:
        cards = [self._fault_card(order), self._customer_card(order), self._device_card(order), self._dates_card(order)]
        return cards + ([CustomerCard(self._context, self._detail)] if self._detail else [])

    def _acceptance_card(self) -> QFrame:
        frame, layout = _titled("Not accepted yet")
        why_not = ""
        if self._detail:
            commands, account_id = self._context.services.commands, self._detail.ref.account_id
            why_not = commands.why_not(account_id, RecordType.ORDER, Verb.ACCEPT)
        layout.addWidget(plain_label(why_not or "Events can be recorded once the order is accepted."))
        layout.addStretch(1)
        row = QHBoxLayout()
        for button in (
            push_button("&Accept order", self._accept, role="primary"),
            push_button("&Decline…", self._decline),
        ):
            button.setEnabled(not why_not)
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        return frame

    def _fault_card(self, order: Order) -> QFrame:
        frame, layout = _titled("Fault")
        layout.addWidget(selectable_label(shortened(order.title), "strong"))
        layout.addWidget(
            selectable_label(shortened(order.description) or "No description.", "" if order.description else "muted")
        )
        layout.addStretch(1)
        row = QHBoxLayout()
        why_not = why_not_change(self._context, self._detail.ref.account_id) if self._detail else ""
        tip = why_not or "Change the order's title, customer, device and dates (Ctrl+D)"
        button = push_button("Change order…", self.change, literal_tip(tip))
        button.setEnabled(not why_not)
        row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        return frame

    def _customer_card(self, order: Order) -> QFrame:
        customer, site = order.customer, order.site
        visit = joined(site.name, site.address) if site.address != customer.address else ""
        facts = [
            ("Name", customer.name),
            ("Phone", customer.phone),
            ("E-mail", customer.email),
            ("Address", customer.address),
            ("Visit", visit),
        ]
        return self._facts_card("Customer", facts, "No customer on this order.")

    def _device_card(self, order: Order) -> QFrame:
        device = order.device
        until = self._context.formats.day(device.warranty_until) if device.warranty_until else ""
        warranty = joined("Covered" if order.warranty else "", f"until {until}" if until else "")
        facts = [
            ("Maker", device.maker),
            ("Model", device.model or ("" if device.maker else device.name)),
            ("Serial number", device.serial_number),
            ("Condition", device.condition),
            ("Accessories", device.accessories),
            ("Warranty", warranty),
            ("Shelf", order.location_label),
        ]
        return self._facts_card("Device", facts, "No device on this order.")

    def _dates_card(self, order: Order) -> QFrame:
        formats, totals, zone = self._context.formats, order.totals, order.site.time_zone
        facts = [
            (label, formats.both_zones(when, zone) if when else "")
            for label, when in (
                ("Promised for", order.ready_at_estimate),
                ("Needed by", order.ready_at_needed),
                ("Received", order.created_at),
                ("Accepted", order.accepted_at if order.requires_acceptance else None),
                ("Closed", order.closed_at),
            )
        ]
        amounts = [
            ("Parts", totals.parts_total),
            ("Work", totals.work_total),
            ("Total", totals.grand_total),
            ("Estimate", order.estimated_price),
            ("Price limit", order.max_price),
        ]
        facts += [(label, formats.money(amount)) for label, amount in amounts]
        return self._facts_card("Dates and totals", facts, "")

    def _work_order_card(self, work_order: WorkOrder, order: Order) -> QFrame:
        changed_at = self._detail.work_order_changed_at if self._detail else None
        facts = work_order_facts(work_order, self._context.formats, order.site.time_zone, changed_at)
        return self._facts_card("Work order", facts, "")

    def _facts_card(self, title: str, facts: Facts, empty: str) -> QFrame:
        frame, layout = _titled(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        shown = [(label, text) for label, text in facts if text]
        for row, (label, text) in enumerate(shown):
            name = plain_label(label, "small", wrap=False)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(selectable_label(shortened(text)), row, 1)
            if label in _COPYABLE:
                button = self._copy_button(label, text)
                grid.addWidget(button, row, 2, Qt.AlignmentFlag.AlignTop)
                # the button is taller than a line, and the text stands in its middle
                name.setMinimumHeight(button.sizeHint().height())
        layout.addLayout(grid)
        if not shown:
            layout.addWidget(plain_label(empty, "muted"))
        layout.addStretch(1)
        return frame

    def _copy_button(self, label: str, text: str) -> QWidget:
        return icon_button(self._context.icons, "copy", f"Copy: {label}", partial(self._copy, label, text))

    def _copy(self, label: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.notices.confirm(f"{label} copied")

    def _accept(self) -> None:
        if self._detail:
            self._context.tasks.command(partial(self._context.services.commands.accept, self._detail.ref, True))

    def _decline(self) -> None:
        if self._detail:
            DeclineDialog(self._context, self._detail, self.window()).open()


def _titled(title: str) -> tuple[QFrame, QVBoxLayout]:
    frame = card()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
    layout.setSpacing(Space.S)
    layout.addWidget(plain_label(title, "section"))
    return frame, layout
