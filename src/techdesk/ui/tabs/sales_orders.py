"""Show what an order was billed as, and bill what is not billed yet."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from techdesk.application.order_detail import OrderDetail
from techdesk.domain.billing import PostalAddress, SalesOrder, SalesOrderLine
from techdesk.ui.blocks import plain_label, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.bill_dialog import open_bill_dialog, reason_against
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import count_in_words, joined, shortened
from techdesk.ui.row_choice import choose_row
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.tables import Column, PartTable
from techdesk.ui.theme import Space

_LONGEST = 600


class SalesOrdersTab(Leading):
    """Show the sales orders in a table, and below it what is on the chosen one."""

    label = "Sales orders"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        formats = context.formats
        columns = [
            Column("Number", lambda bill: bill.order_number or "Not numbered yet"),
            Column("Date", lambda bill: formats.when(bill.created_at)),
            Column("Lines", _lines_in_words, right=True),
            Column("Total", lambda bill: formats.money(bill.totals.grand_total if bill.totals else None), right=True),
            Column("By", lambda bill: bill.created_by, wide=True),
        ]
        empty = "Nothing on this order was billed yet."
        self.table = PartTable(context, "sales order", columns, empty)
        self.table.add_button.setText("Bill…")
        self.table.change_button.hide()
        self.table.remove_button.hide()
        self.reason = plain_label(role="small")
        self.table.bar.insertWidget(1, self.reason, 1)
        self.table.leave_reason_out()
        self.details = selectable_label()
        self.lead_to(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.details)
        self.table.add_wished.connect(self.bill)
        self.table.decision_wished.connect(lambda op_id: open_decision(context, op_id, self.window()))
        self.table.view.selectionModel().selectionChanged.connect(lambda *_: self._show_details())

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the sales orders of an order."""
        self._detail = detail
        reason = reason_against(self._context, detail)
        self.table.show_rows(detail.sales_orders, reason)
        self.reason.setText(reason)
        if detail.sales_orders and self.table.chosen is None:
            choose_row(self.table.view, 0)
        self._show_details()

    def count(self, detail: OrderDetail) -> int:
        """Return how many sales orders there are."""
        return len(detail.sales_orders)

    def bill(self) -> None:
        """Open the dialog that bills what is not billed yet."""
        if self._detail:
            open_bill_dialog(self._context, self._detail, self.window())

    def _show_details(self) -> None:
        chosen = self.table.chosen
        self.details.setText(shortened(self._in_words(chosen.value), _LONGEST) if chosen else "")
        self.details.setVisible(bool(self.details.text()))

    def _in_words(self, bill: SalesOrder) -> str:
        goods, invoice = _address(bill.order_address), _address(bill.invoice_address)
        addresses = joined(f"To {goods}" if goods else "", f"Invoice to {invoice}" if invoice else "")
        lines = [self._line(one) for one in bill.lines]
        return "\n".join(one for one in (*lines, addresses) if one)

    def _line(self, line: SalesOrderLine) -> str:
        unit = " h" if line.service_hours_uid else " ×"
        total = self._context.formats.money(line.total_price)
        return joined(f"{line.quantity.normalize():f}{unit} {line.name}".replace("\n", " "), total)


def _lines_in_words(bill: SalesOrder) -> str:
    if bill.lines:
        return count_in_words(len(bill.lines), "line")
    return count_in_words(len(bill.service_order_item_uids), "item") if bill.service_order_item_uids else "All"


def _address(address: PostalAddress | None) -> str:
    if address is None:
        return ""
    place = " ".join(one for one in (address.postal_code, address.city) if one)
    parts = (address.name, address.address, place, address.country_code)
    return ", ".join(one.replace("\n", ", ") for one in parts if one)
