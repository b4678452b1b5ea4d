"""Add or change an item of an order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.orders import Product
from techdesk.domain.records import to_document
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import part_place
from techdesk.ui.editors.choices import ListEditor
from techdesk.ui.editors.text import DecimalEditor, LongTextEditor, TextEditor
from techdesk.ui.forms import Form, FormRow
from techdesk.ui.phrases import joined, with_unit

_LEAST, _MOST = Decimal(0), Decimal(1_000_000)


class ItemDialog(SavingDialog):
    """Ask for an item: a product of the catalogue or anything typed, how many, and at what price."""

    def __init__(
        self,
        context: Context,
        detail: OrderDetail,
        shown: Shown[Item] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        order = detail.order
        subtitle = joined(order.service_number, order.title)
        super().__init__(context, "Change item" if shown else "Add item", subtitle, parent)
        self._detail = detail
        self._shown = shown
        self._currency = order.currency
        self.place = part_place("item", detail, shown)
        self._products = {_product_line(one): one for one in detail.choices.products}
        self._product_uid = shown.value.product_uid if shown else None
        self.show_form(Form(self._rows(), BUTTON_KEYS))
        self.total = QLabel()
        self.total.setProperty("role", "small")
        self.add_line(self.total)
        self.form.changed.connect(self._show_total)
        self._show(shown.value if shown else Item())
        self._show_total()
        self.form.focus_first()

    def _rows(self) -> list[FormRow]:
        name = TextEditor()
        name.offer(list(self._products))
        name.line.textChanged.connect(self._take_product)
        warehouses = [(one.warehouse_uid, one.name) for one in self._detail.choices.warehouses]
        rows = [
            FormRow("name", "Part or work", name, "An item needs a name"),
            FormRow("quantity", "Quantity", DecimalEditor(), "Say how many"),
            FormRow("price", with_unit("Price each", self._currency), DecimalEditor(2)),
            FormRow("sku", "Article number", TextEditor()),
            FormRow("serial_number", "Serial number", TextEditor()),
        ]
        if warehouses:
            editor = ListEditor(warehouses, empty="No warehouse", missing="Another warehouse")
            rows.append(FormRow("warehouse_uid", "From warehouse", editor))
        return [*rows, FormRow("note", "Note", LongTextEditor())]

    def _show(self, item: Item) -> None:
        for name in self.form.values():
            value = getattr(item, name)
            self.form.editor(name).set_value(value.amount if isinstance(value, Money) else value or None)

    def _take_product(self, text: str) -> None:
        """Fill in what the catalogue knows once a product of it was chosen."""
        product = self._products.get(text)
        if product is None:
            return
        self._product_uid = product.product_uid
        self._fill("name", product.name)
        self._fill("sku", product.sku)
        self._fill("price", f"{product.price.amount:.2f}" if product.price else "")

    def _fill(self, name: str, text: str) -> None:
        editor = self.form.editor(name)
        if isinstance(editor, TextEditor) and text:
            editor.line.setText(text)

    def _show_total(self) -> None:
        if self.form.editor("quantity").problem() or self.form.editor("price").problem():
            self.total.setText("")
            return
        values = self.form.values()
        if values["quantity"] is None or values["price"] is None:
            self.total.setText("")
            return
        total = Money(values["price"], self._currency).times(values["quantity"])
        self.total.setText(f"Total {self.context.formats.money(total)}")

    @override
    def _command(self) -> Command:
        values = self.form.values()
        if not _LEAST < values["quantity"] < _MOST:
            raise InvalidInputError("The quantity must be more than 0 and less than 1,000,000", field="quantity")
        price = values.pop("price")
        texts = {name: value or "" for name, value in values.items() if name not in ("quantity", "warehouse_uid")}
        item = replace(
            self._shown.value if self._shown else Item(),
            **{**values, **texts},
            product_uid=self._product_uid,
            price=None if price is None else Money(price, self._currency),
        )
        commands = self.context.services.commands
        if self._shown is None:
            return partial(commands.add_item, self._detail.ref, item)
        document = to_document(item)
        intent = {name: document.get(name, "") for name in (*values, "price", "product_uid")}
        change = partial(commands.change_item, self._detail.ref, self._shown.record_id)
        return self._change_command(change, intent, self._shown.document)


def _product_line(product: Product) -> str:
    return joined(product.name, product.sku)
