"""Change the facts of an order: fault, customer, device, dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.order_detail import OrderDetail
from techdesk.domain.money import Money
from techdesk.domain.orders import Asset, Order, Site
from techdesk.domain.records import Document, to_document
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.context import Context
from techdesk.ui.dialogs.new_order import SITE, site_rows
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import FormPlace
from techdesk.ui.editors.choices import SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor
from techdesk.ui.editors.text import DecimalEditor, LongTextEditor, TextEditor
from techdesk.ui.forms import Form, FormRow, Section
from techdesk.ui.occasion import occasion_at
from techdesk.ui.phrases import with_unit

_OWN = ("title", "description", "location_label", "external_service_number")
_DATES = ("ready_at_estimate", "ready_at_needed")
_CUSTOMER = ("name", "phone", "email", "address")
_DEVICE = ("maker", "model", "serial_number", "condition", "accessories")
ASKED_FOR = frozenset({*_OWN, *_DATES, "max_price", "warranty", "customer", "site", "assets"})
"""The order's fields that this dialog asks for; status, priority and assignee are changed in the order's header."""

_WIDTH = 980


class OrderDialog(SavingDialog):
    """Ask for the facts of an order; only what was changed becomes part of the change."""

    def __init__(self, context: Context, detail: OrderDetail, parent: QWidget | None = None) -> None:
        super().__init__(context, "Change order", detail.order.service_number, parent)
        self._detail = detail
        self.place = FormPlace("order", detail.ref, detail.ref.order_id, seen=detail.shown.document)
        self.show_form(Form(self._rows(), BUTTON_KEYS), _WIDTH)
        for name, value in _values(detail.order).items():
            self.form.editor(name).set_value(value)
        order = detail.order
        self.form.show_section("site", order.service_kind is ServiceKind.ONSITE or order.site != Site())

    def _rows(self) -> Sequence[FormRow | Section]:
        occasion = occasion_at(self.context, self._detail.account, self._detail.order)
        return [
            Section("Customer"),
            FormRow("customer.name", "Name", TextEditor()),
            FormRow("customer.phone", "Phone", TextEditor()),
            FormRow("customer.email", "E-mail", TextEditor()),
            FormRow("customer.address", "Address", LongTextEditor()),
            *site_rows(occasion),
            Section("Device", column=True),
            FormRow("device.maker", "Maker", TextEditor()),
            FormRow("device.model", "Model", TextEditor()),
            FormRow("device.serial_number", "Serial number", TextEditor()),
            FormRow("device.condition", "Condition", TextEditor()),
            FormRow("device.accessories", "Accessories", TextEditor()),
            FormRow("warranty", "Covered by warranty", SegmentsEditor({True: "Yes", False: "No"})),
            FormRow("location_label", "Shelf", TextEditor()),
            Section("Work", column=True),
            FormRow("title", "Fault in a few words", TextEditor(), "An order needs a title"),
            FormRow("description", "What the customer says", LongTextEditor()),
            FormRow("ready_at_estimate", "Promised for", InstantEditor(occasion, plans=True)),
            FormRow("ready_at_needed", "Needed by", InstantEditor(occasion, plans=True)),
            FormRow("max_price", with_unit("Price limit", self._detail.order.currency), DecimalEditor(2)),
            FormRow("external_service_number", "Their number", TextEditor()),
        ]

    @override
    def _command(self) -> Command:
        change = self.context.services.commands.change_order
        return self._change_command(partial(change, self._detail.ref), self.intent(), self._detail.shown.document)

    def intent(self) -> Document:
        """Return the fields that the person changed, as a document."""
        before = self._detail.order
        document = to_document(_changed(before, self.form.touched()))
        names = {_FIELD_OF.get(name.partition(".")[0], name) for name in self.form.touched()}
        return {name: document.get(name, "") for name in names}


_FIELD_OF = {"customer": "customer", "site": "site", "device": "assets"}


def _values(order: Order) -> dict[str, Any]:
    """Return what each row shows of an order."""
    values: dict[str, Any] = {name: getattr(order, name) or None for name in (*_OWN, *_DATES)}
    values |= {f"customer.{name}": getattr(order.customer, name) or None for name in _CUSTOMER}
    values |= {f"site.{name}": getattr(order.site, name) or None for name in SITE}
    values |= {f"device.{name}": getattr(order.device, name) or None for name in _DEVICE}
    price = order.max_price.amount if order.max_price else None
    return values | {"max_price": price, "warranty": order.warranty}


def _changed(order: Order, touched: dict[str, Any]) -> Order:
    """Return the order with the touched rows set."""
    fields: dict[str, Any] = {name: touched[name] or "" for name in _OWN if name in touched}
    fields |= {name: touched[name] for name in _DATES if name in touched}
    if "warranty" in touched:
        fields["warranty"] = bool(touched["warranty"])
    if "max_price" in touched:
        amount = touched["max_price"]
        fields["max_price"] = None if amount is None else Money(amount, order.currency)
    customer, site = _under("customer.", touched), _under("site.", touched)
    device = _under("device.", touched)
    assets = (replace(order.device, **device), *order.assets[1:]) if device else order.assets
    fields |= {"customer": replace(order.customer, **customer), "site": replace(order.site, **site)}
    return replace(order, assets=_named(assets), **fields)


def _under(prefix: str, touched: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value or "" for name, value in touched.items() if name.startswith(prefix)}


def _named(assets: tuple[Asset, ...]) -> tuple[Asset, ...]:
    """Leave out a device of which nothing is known."""
    return tuple(one for one in assets if one != Asset())
