"""Change what an unsent or refused operation says, in the same dialog that made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from techdesk.application.order_detail import OrderDetail, Shown, order_detail
from techdesk.application.order_form import OrderForm, place_of
from techdesk.application.outbox import Operation, Verb
from techdesk.application.ports import ReadTransaction
from techdesk.application.unsent.outbox_list import OutboxEntry
from techdesk.domain.errors import NotFoundError
from techdesk.domain.records import RecordType
from techdesk.ui.context import Context
from techdesk.ui.dialogs import dialog_for_event
from techdesk.ui.dialogs.bill_dialog import BillDialog
from techdesk.ui.dialogs.hours_dialog import HoursDialog
from techdesk.ui.dialogs.item_dialog import ItemDialog
from techdesk.ui.dialogs.order_dialog import ASKED_FOR
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.whole_order.dialogs import change_dialog


def can_edit(operation: Operation, form: OrderForm = ()) -> bool:
    """Say whether a dialog asks for what the operation sets; `form` is that of its account's whole orders."""
    if operation.verb not in (Verb.CREATE, Verb.UPDATE):
        return False
    if form and operation.record_type is RecordType.ORDER:
        return any(place_of(form, key, operation.intent) or key in ASKED_FOR for key in operation.intent)
    return operation.record_type is not RecordType.ORDER or bool(ASKED_FOR & operation.intent.keys())


def open_edit_dialog(context: Context, entry: OutboxEntry, parent: QWidget) -> None:
    """Read the order of an operation and open the dialog that edits the operation."""

    def show(detail: OrderDetail | None) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        dialog = detail and edit_dialog(context, detail, entry.operation, parent)
        if dialog:
            dialog.open()
        else:
            context.notices.error(NotFoundError("There is nothing left to edit", "Discard it, or copy its text"))

    def read(view: ReadTransaction) -> OrderDetail | None:
        try:
            return order_detail(view, entry.ref)
        except NotFoundError:
            return None

    context.tasks.query(read, show, parent, "edit")


def edit_dialog(
    context: Context, detail: OrderDetail, operation: Operation, parent: QWidget | None = None
) -> SavingDialog | None:
    """Return the dialog that edits an operation, None where its record is gone."""
    if operation.record_type is RecordType.ORDER:
        dialog: SavingDialog = change_dialog(context, detail, parent)
    else:
        shown = _shown(detail, operation)
        if shown is None:
            return None
        dialog = _MAKERS[operation.record_type](context, detail, shown, parent)
    dialog.edits = operation.op_id
    return dialog


_MAKERS: dict[RecordType, Any] = {
    RecordType.EVENT: dialog_for_event,
    RecordType.ITEM: ItemDialog,
    RecordType.HOURS: HoursDialog,
    RecordType.SALES_ORDER: BillDialog,
}


def _shown(detail: OrderDetail, operation: Operation) -> Shown[Any] | None:
    parts: dict[RecordType, Sequence[Shown[Any]]] = {
        RecordType.EVENT: detail.events,
        RecordType.ITEM: detail.items,
        RecordType.HOURS: detail.hours,
        RecordType.SALES_ORDER: detail.sales_orders,
    }
    return next((one for one in parts[operation.record_type] if one.record_id == operation.record_id), None)
