"""Decline an order, with the reason."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.order_detail import OrderDetail
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.drafts import FormPlace
from techdesk.ui.editors.text import LongTextEditor
from techdesk.ui.forms import Form, FormRow, Section
from techdesk.ui.phrases import joined


class DeclineDialog(SavingDialog):
    """Ask why the order is turned down."""

    def __init__(self, context: Context, detail: OrderDetail, parent: QWidget | None = None) -> None:
        order = detail.order
        subtitle = joined(order.service_number, order.title, order.customer.name)
        super().__init__(context, "Decline this order", subtitle, parent)
        self._order = detail.ref
        self.place = FormPlace("decline", detail.ref)
        rows: list[FormRow | Section] = [
            FormRow("reason", "Reason", LongTextEditor(), "Say why, so that others can plan")
        ]
        if context.services.commands.takes_acceptance_notes(detail.ref.account_id):
            rows.append(FormRow("notes", "Notes", LongTextEditor()))
        self.show_form(Form(rows, BUTTON_KEYS))
        self.save_button.setText("De&cline")

    @override
    def _command(self) -> Command:
        accept = self.context.services.commands.accept
        values = self.form.values()
        return partial(accept, self._order, False, values["reason"], values.get("notes") or "")
