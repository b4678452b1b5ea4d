"""Bill an order: say what goes onto the sales order, and where goods and invoice go."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.order_detail import OrderDetail, Shown, unbilled_hours, unbilled_items
from techdesk.domain.billing import PostalAddress, SalesOrder
from techdesk.domain.errors import InvalidInputError
from techdesk.domain.hours import HoursEntry, duration_text
from techdesk.domain.money import Money
from techdesk.domain.records import RecordType, to_document
from techdesk.ui.blocks import plain_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import Command, SavingDialog
from techdesk.ui.drafts import part_place
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.picks import Pick, PicksEditor
from techdesk.ui.editors.text import TextEditor
from techdesk.ui.forms import Form, FormRow, Section
from techdesk.ui.phrases import count_in_words, joined, shortened
from techdesk.ui.wording import names_of

_KEYS = "bcdk"
"""Alt+letters of the buttons below the form: Bill, Cancel, Discard, Keep writing."""

_WIDTH = 860
_LONGEST = 40
_INVOICE = "invoice_address"
_ORDER = "order_address"
_UNSENT = "unsent, only with all others"
_ASKED_FOR = ("warehouse_uid", _ORDER, _INVOICE, "service_order_item_uids")
_ADDRESS_LABELS = {
    "name": "Name",
    "address": "Street and number",
    "postal_code": "Postal code",
    "city": "City",
    "country_code": "Country (two letters)",
}


class BillDialog(SavingDialog):
    """Ask what is billed (all that is not billed yet, at first), for which address, from which warehouse."""

    def __init__(
        self,
        context: Context,
        detail: OrderDetail,
        shown: Shown[SalesOrder] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Ask for a new bill, or for what one says that is still unsent (`shown`)."""
        title = "Change the bill" if shown else "Bill order"
        super().__init__(context, title, joined(detail.order.service_number, detail.order.title), parent)
        self._detail = detail
        self.place = part_place("bill", detail, shown)
        self._items = unbilled_items(detail)
        self._hours = unbilled_hours(detail)
        self.picks = PicksEditor(self._item_picks(), "Choose at least one item; hours never go without")
        self.save_button.setText("&Bill")
        self.save_button.setToolTip("Make the sales order (Ctrl+Enter)")
        self.show_form(Form(self._rows(), _KEYS), _WIDTH)
        self.sum = plain_label(role="strong")
        self.add_line(self.sum)
        for line in self._hours_in_words():
            self.add_heading(line)
        self._fill(shown.value if shown else SalesOrder(order_address=self._customers()))
        self.form.show_section(_INVOICE, False)
        self.form.changed.connect(self._follow)
        self._follow()

    def _rows(self) -> list[FormRow | Section]:
        rows: list[FormRow | Section] = []
        if self._items:
            rows.append(FormRow("items", "Items", self.picks))
        warehouses = [(one.warehouse_uid, one.name) for one in self._detail.choices.warehouses]
        if warehouses:
            editor = ListEditor(warehouses, empty="No warehouse", missing="Another warehouse")
            rows.append(FormRow("warehouse_uid", "From warehouse", editor))
        other = SegmentsEditor({True: "Yes", False: "No"})
        other.set_value(False)
        rows.append(FormRow("elsewhere", "The invoice goes to another address", other))
        rows.append(Section("Invoice address", name=_INVOICE))
        rows += _address_rows(_INVOICE)
        rows.append(Section("Order address", column=True))
        return [*rows, *_address_rows(_ORDER)]

    def _item_picks(self) -> list[Pick]:
        money = self.context.formats.money
        return [
            Pick(
                one.value.service_order_item_uid,
                f"{one.value.quantity.normalize():f} × {shortened(one.value.name, _LONGEST)}".replace("\n", " "),
                money(one.value.total_price),
                "" if one.value.service_order_item_uid else _UNSENT,
            )
            for one in self._items
        ]

    def _hours_in_words(self) -> list[QWidget]:
        """Say which hours go onto the bill; they always all do."""
        if not self._hours:
            return []
        names, money = names_of(self._detail.choices), self.context.formats.money

        def line(entry: HoursEntry) -> str:
            rate = names.get(entry.hourly_rate_uid or "", "")
            return joined(duration_text(entry.minutes), entry.tenant_user_display_name, rate, money(entry.price))

        shown = [line(one) for one in self._hours[:5]]
        more = len(self._hours) - len(shown)
        rest = [f"and {count_in_words(more, 'more entry', 'more entries')}"] if more else []
        return [plain_label("\n".join(["All unbilled hours go onto the bill:", *shown, *rest]), "muted")]

    def _customers(self) -> PostalAddress:
        customer = self._detail.order.customer
        return PostalAddress(name=customer.name, address=customer.address.replace("\n", ", "))

    def _fill(self, bill: SalesOrder) -> None:
        """Let the form say what a bill says."""
        for section, address in ((_ORDER, bill.order_address), (_INVOICE, bill.invoice_address)):
            for name in _ADDRESS_LABELS:
                self.form.editor(f"{section}.{name}").set_value(getattr(address, name, "") or None)
        self.form.editor("elsewhere").set_value(bill.invoice_address is not None)
        self.picks.set_value(bill.service_order_item_uids)
        if "warehouse_uid" in self.form.names:
            self.form.editor("warehouse_uid").set_value(bill.warehouse_uid)

    def _follow(self) -> None:
        elsewhere = bool(self.form.editor("elsewhere").value())
        if elsewhere != self.form.is_shown(f"{_INVOICE}.name"):
            self.form.show_section(_INVOICE, elsewhere)
            if self.isVisible():
                self.grow()
        self.sum.setText(f"To bill {self.context.formats.money(self._total())}")

    def _total(self) -> Money:
        chosen = [item.value.total_price for item, on in zip(self._items, self.picks.chosen, strict=True) if on]
        amounts = [one for one in (*chosen, *(entry.price for entry in self._hours)) if one]
        return sum(amounts, Money(Decimal("0.00"), self._detail.order.currency))

    @override
    def _command(self) -> Command:
        values = self.form.values()
        wanted = SalesOrder(
            warehouse_uid=values.get("warehouse_uid"),
            order_address=_address(values, _ORDER),
            invoice_address=_address(values, _INVOICE) if values["elsewhere"] else None,
            service_order_item_uids=tuple(values.get("items") or ()),
        )
        if self.edits:
            document = to_document(wanted)
            intent = {name: document.get(name, "") for name in _ASKED_FOR}
            return partial(self.context.services.commands.outbox.edit, self.edits, intent)
        return partial(self.context.services.commands.billing.bill, self._detail.ref, wanted)


def open_bill_dialog(context: Context, detail: OrderDetail, parent: QWidget) -> None:
    """Open the dialog that bills an order; tell why where it cannot be billed now."""
    reason = reason_against(context, detail)
    if reason:
        context.notices.tell(reason)
    else:
        BillDialog(context, detail, parent=parent).open()


def reason_against(context: Context, detail: OrderDetail) -> str:
    """Return why an order cannot be billed now, or empty text if it can."""
    unsupported = context.services.commands.why_not(detail.ref.account_id, RecordType.SALES_ORDER)
    return unsupported or detail.why_no_bill


def _address_rows(section: str) -> Sequence[FormRow]:
    return [FormRow(f"{section}.{name}", label, TextEditor()) for name, label in _ADDRESS_LABELS.items()]


def _address(values: dict[str, Any], section: str) -> PostalAddress | None:
    """Return an address, None where nothing was typed.

    Raises:
        InvalidInputError: The country is none.
    """
    typed = {name: (values[f"{section}.{name}"] or "").strip() for name in _ADDRESS_LABELS}
    country = typed["country_code"].upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InvalidInputError("A country has two letters, such as NO", field=f"{section}.country_code")
    address = PostalAddress(**{**typed, "country_code": country})
    return address if address != PostalAddress() else None
