"""Take in a new order at the counter or on the phone; works offline like everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.order_detail import Choices
from techdesk.application.outbox import OrderRef
from techdesk.domain.documents import Document
from techdesk.domain.orders import Asset, Customer, Order, Site
from techdesk.domain.vocabulary import Priority, Role, ServiceKind
from techdesk.ui.context import Context
from techdesk.ui.dialogs.customer_search import CustomerEditor
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import NEW_ORDER, FormPlace
from techdesk.ui.editors.base import Occasion
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.editors.zone import ZoneEditor
from techdesk.ui.forms import Form, FormRow, Section
from techdesk.ui.occasion import occasion_at

_CUSTOMER = ("phone", "email", "address")
SITE = ("name", "address", "time_zone")
_DEVICE = ("maker", "model", "serial_number", "condition", "accessories")


_WIDTH = 980


class NewOrderDialog(SavingDialog):
    """Ask for customer, device and fault, and make the order.

    Signals:
        made: The `OrderRef` of the new order.
    """

    made = Signal(object)

    def __init__(self, context: Context, account: Account, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(context, "New order", f"In {account.name}", parent)
        self._account = account
        self._choices = choices
        self.place = FormPlace(NEW_ORDER, OrderRef(account.account_id, ""))
        self.customer = CustomerEditor(context, account.account_id)
        self.show_form(Form(self._rows(), BUTTON_KEYS), _WIDTH)
        self.customer.found.connect(self._fill_customer)
        self.form.editor("service_type_uid").changed.connect(self._show_site)
        self._show_site()
        self.customer.entry().setFocus()

    def _rows(self) -> Sequence[FormRow | Section]:
        return [*self._customer_rows(), *site_rows(self._occasion()), *self._device_rows(), *self._work_rows()]

    def _customer_rows(self) -> Sequence[FormRow | Section]:
        return [
            Section("Customer"),
            FormRow("customer", "Name", self.customer),
            FormRow("phone", "Phone", TextEditor()),
            FormRow("email", "E-mail", TextEditor()),
            FormRow("address", "Address", LongTextEditor()),
        ]

    def _device_rows(self) -> Sequence[FormRow | Section]:
        return [
            Section("Device", column=True),
            FormRow("maker", "Maker", TextEditor()),
            FormRow("model", "Model", TextEditor()),
            FormRow("serial_number", "Serial number", TextEditor()),
            FormRow("condition", "Condition", TextEditor()),
            FormRow("accessories", "Accessories", TextEditor()),
        ]

    def _work_rows(self) -> Sequence[FormRow | Section]:
        types = ListEditor([(one.service_type_uid, one.name) for one in self._choices.types])
        types.set_value(self._choices.types[0].service_type_uid if self._choices.types else None)
        priority = SegmentsEditor({one: one.value.capitalize() for one in Priority})
        priority.set_value(Priority.NONE)
        rows: list[FormRow | Section] = [
            Section("Work", column=True),
            FormRow("title", "Fault in a few words", TextEditor(), "Say in a few words what is wrong"),
            FormRow("description", "What the customer says", LongTextEditor()),
            FormRow("service_type_uid", "Service type", types, "Choose a service type"),
            FormRow("ready_at_estimate", "Promised for", InstantEditor(self._occasion(), plans=True)),
            FormRow("priority", "Priority", priority),
        ]
        people = assignable(self._account, self._choices)
        if people:
            rows.append(FormRow("assigned_user_uid", "Assigned to", ListEditor(people, empty="Nobody yet")))
        return rows

    def _show_site(self) -> None:
        """Ask where the visit is only for orders that are worked on there."""
        uid = self.form.editor("service_type_uid").value()
        kind = _type_fields(self._choices, uid).get("service_kind")
        self.form.show_section("site", kind is ServiceKind.ONSITE)
        if self.isVisible():
            self.grow()

    def _occasion(self) -> Occasion:
        return occasion_at(self.context, self._account, Order())

    def _fill_customer(self, customer: Customer | None) -> None:
        for name in _CUSTOMER:
            editor = self.form.editor(name)
            if customer is not None:
                editor.set_value(getattr(customer, name) or None)

    @override
    def _command(self) -> Command:
        order = self.order_typed()
        return partial(self.context.services.commands.create_order, self._account.account_id, order)

    def order_typed(self) -> Order:
        """Return the order that the form describes."""
        values: dict[str, Any] = {name: "" if value is None else value for name, value in self.form.values().items()}
        chosen = self.customer.chosen
        customer = Customer(
            customer_uid=chosen.customer_uid if chosen else None,
            name=values["customer"].strip(),
            **{name: values[name] for name in _CUSTOMER},
        )
        device = Asset(**{name: values[name] for name in _DEVICE})
        return Order(
            title=values["title"],
            description=values["description"],
            customer=customer,
            customer_uid=customer.customer_uid,
            site=self._site_typed(values),
            assets=(device,) if device != Asset() else (),
            ready_at_estimate=values["ready_at_estimate"] or None,
            priority=values["priority"] or Priority.NONE,
            currency=self._account.settings.get("currency", ""),
            **_type_fields(self._choices, values["service_type_uid"]),
            **_assignee_fields(self._choices, values.get("assigned_user_uid", "")),
        )

    def _site_typed(self, values: Mapping[str, Any]) -> Site:
        if not self.form.is_shown("site.name"):
            return Site()
        return Site(**{name: values[f"site.{name}"] for name in SITE})

    @override
    def _saved(self, changes: Changes) -> None:
        super()._saved(changes)
        self.made.emit(OrderRef(self._account.account_id, next(iter(changes.orders))))


def site_rows(occasion: Occasion) -> Sequence[FormRow | Section]:
    """Return the rows that ask where the work is done."""
    return [
        Section("Visit", name="site"),
        FormRow("site.name", "Place", TextEditor()),
        FormRow("site.address", "Address of the visit", LongTextEditor()),
        FormRow("site.time_zone", "Time zone", ZoneEditor(occasion.now)),
    ]


def assignment_intent(uid: str, name: str) -> Document:
    """Return what giving an order to a person sets, empty texts for nobody; the name follows from the uid."""
    return {"assigned_user_uid": uid, "assigned_user_display_name": name}


def assignable(account: Account, choices: Choices) -> list[tuple[str, str]]:
    """Return uid and name of all whom this account may give work to, oneself first: a technician only takes it."""
    people = [(one.tenant_user_uid, one.display_name) for one in choices.users]
    oneself = [one for one in people if one[0] == account.user_uid]
    return oneself if account.role is Role.TECHNICIAN else oneself + [one for one in people if one not in oneself]


def _type_fields(choices: Choices, uid: str) -> Mapping[str, Any]:
    found = next((one for one in choices.types if one.service_type_uid == uid), None)
    if found is None:
        return {"service_type_uid": uid or None}
    return {"service_type_uid": uid, "service_type_name": found.name, "service_kind": found.service_kind}


def _assignee_fields(choices: Choices, uid: str) -> Mapping[str, Any]:
    found = next((one for one in choices.users if one.tenant_user_uid == uid), None)
    return assignment_intent(uid, found.display_name) if found else {}
