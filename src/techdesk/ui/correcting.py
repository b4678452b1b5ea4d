"""Offer what puts right something that was sent and is regretted: removing it, setting it back, or saying so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from techdesk.application.changes import Step
from techdesk.application.editing.undo import Correction, Remedy, correction
from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.ports import ReadTransaction
from techdesk.ui.asking import ask
from techdesk.ui.context import Context
from techdesk.ui.dialogs.event_dialog import OTHER_EVENT, EventDialog


def offer_correction(context: Context, window: QWidget, step: Step, declined: Callable[[], object]) -> None:
    """Ask whether a step that was sent is to be put right, in the best way that its system allows.

    Args:
        context: The window's context.
        window: What the question belongs to.
        step: What is regretted.
        declined: Called where the person leaves it as it is.
    """

    def read(view: ReadTransaction) -> Correction:
        return correction(view, step, context.services.profile)

    context.tasks.query(read, partial(_offer, context, window, declined), window)


def _offer(context: Context, window: QWidget, declined: Callable[[], object], wanted: Correction) -> None:
    commands, save = context.services.commands, context.tasks.command
    operation = wanted.operation
    sent = f"“{wanted.what}” was sent already"
    if wanted.remedy is Remedy.NONE:
        context.notices.tell(sent, wanted.why)
        return
    if wanted.remedy is Remedy.REMOVE:
        remove = partial(commands.remove, wanted.order, operation.record_type, operation.record_id)
        box = ask(window, f"{sent}. Remove it on the server, too?", "Remove", lambda: save(remove))
    elif wanted.remedy is Remedy.CHANGE_BACK:
        change = partial(commands.undo.change_back, wanted)
        box = ask(window, f"{sent}. Set it back to what stood there before?", "Set it back", lambda: save(change))
    else:
        question = f"{sent} and stays: {wanted.why}. Record a correction?"
        box = ask(window, question, "Record a correction", partial(_record, context, window, wanted))
    box.rejected.connect(declined)


def _record(context: Context, window: QWidget, wanted: Correction) -> None:
    """Open the form of an event that says what was wrong."""

    def read(view: ReadTransaction) -> OrderDetail:
        return order_detail(view, wanted.order)

    def show(detail: OrderDetail) -> None:
        dialog = EventDialog(context, detail, OTHER_EVENT, parent=window)
        at = context.formats.when(wanted.operation.created_at)
        dialog.form.editor("event").retype("correction")
        dialog.form.editor("notes").retype(f"“{wanted.what}” of {at} was recorded by mistake.")
        dialog.open()

    context.tasks.query(read, show, window)
