"""Show the items of an order: parts and work, their prices and the totals."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from techdesk.application.editing.rules import reason_against_work
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.ui.asking import ask
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.item_dialog import ItemDialog
from techdesk.ui.leading import Leading
from techdesk.ui.phrases import joined
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.tables import Column, PartTable
from techdesk.ui.theme import Space


class ItemsTab(Leading):
    """Show the items in a table with the order's totals below."""

    label = "Items"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._bills: dict[str | None, str] = {}
        money = context.formats.money
        columns = [
            Column("Part or work", lambda item: item.name, wide=True),
            Column("Quantity", lambda item: f"{item.quantity.normalize():f}", right=True),
            Column("Price", lambda item: money(item.price), right=True),
            Column("Total", lambda item: money(item.counted_price), right=True),
            Column("Serial", lambda item: item.serial_number),
            Column("Billed", self._billed),
        ]
        self.table = PartTable(context, "item", columns, "No parts or work on this order yet. Press Insert to add one.")
        self.totals = plain_label(wrap=False)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.totals)
        self.lead_to(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)
        self.table.add_wished.connect(self.add)
        self.table.change_wished.connect(self._change)
        self.table.remove_wished.connect(self._remove)
        self.table.decision_wished.connect(lambda op_id: open_decision(context, op_id, self.window()))

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the items of an order."""
        self._detail = detail
        self._bills = {one.value.sales_order_uid: one.value.order_number for one in detail.sales_orders}
        unsupported = self._context.services.commands.why_not(detail.ref.account_id, RecordType.ITEM)
        self.table.show_rows(detail.items, unsupported or reason_against_work(detail.order))
        totals, money = detail.order.totals, self._context.formats.money
        parts = [("Parts", totals.parts_total), ("Work", totals.work_total), ("Total", totals.grand_total)]
        self.totals.setText(joined(*(f"{label} {money(amount)}" for label, amount in parts if amount and detail.items)))

    def _billed(self, item: Item) -> str:
        """Say on which sales order an item is."""
        return joined("Billed", self._bills.get(item.sales_order_uid, "")) if item.sales_order_uid else ""

    def count(self, detail: OrderDetail) -> int:
        """Return how many items there are."""
        return len(detail.items)

    def add(self) -> None:
        """Open the dialog that adds an item."""
        if self._detail:
            dialog = ItemDialog(self._context, self._detail, parent=self.window())
            self.table.choose_what_is_added(dialog.saved)
            dialog.open()

    def _change(self, shown: Shown[Item]) -> None:
        if self._detail:
            ItemDialog(self._context, self._detail, shown, self.window()).open()

    def _remove(self, shown: Shown[Item]) -> None:
        if self._detail:
            remove = self._context.services.commands.remove
            command = partial(remove, self._detail.ref, RecordType.ITEM, shown.record_id)
            ask(
                self.window(),
                f"Remove “{shown.value.name}” from this order?",
                "Remove",
                lambda: self._context.tasks.command(command),
            )
