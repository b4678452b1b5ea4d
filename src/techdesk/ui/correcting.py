"""Offer what puts right something that was sent and is regretted: removing it, setting it back, or saying so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from techdesk.application.changes import Changes, Step
from techdesk.application.editing.undo import Correction, Regret, Remedy, correction, regret_of
from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import TechDeskError
from techdesk.ui.asking import ask
from techdesk.ui.context import Context
from techdesk.ui.dialogs.event_dialog import OTHER_EVENT, EventDialog
from techdesk.ui.phrases import count_in_words


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


def offer_corrections(context: Context, window: QWidget, steps: Sequence[Step], declined: Callable[[], object]) -> None:
    """Ask whether several changes of which some were sent are to be set back; nothing is done to what changed since.

    Args:
        context: The window's context.
        window: What the question belongs to.
        steps: What is regretted.
        declined: Called where it stays as it is.
    """

    def read(view: ReadTransaction) -> Regret:
        return regret_of(view, steps, context.services.profile)

    context.tasks.query(read, partial(_offer_back, context, window, declined), window)


def _offer_back(context: Context, window: QWidget, declined: Callable[[], object], regret: Regret) -> None:
    if regret.why_not:
        declined()
        context.notices.tell("These changes were sent already", regret.why_not)
        return
    changed = count_in_words(len(regret.unsent) + len(regret.back), "change")
    stays = f"{regret.overtaken} changed again since and stay as they are. " if regret.overtaken else ""
    if not regret.unsent and not regret.back:
        context.notices.tell("Nothing is left to undo of it", "All of it was changed again since")
        return

    def done(_: Changes) -> None:
        context.notices.confirm(f"Set back: {changed}")

    def failed(error: TechDeskError) -> None:
        declined()
        context.notices.error(error)

    put_right = partial(context.services.commands.undo.put_right, regret)
    question = f"This was sent already. {stays}Set {changed} back to what stood there before?"
    box = ask(window, question, "Set back", lambda: context.tasks.command(put_right, done, failed))
    box.rejected.connect(declined)


def _offer(context: Context, window: QWidget, declined: Callable[[], object], wanted: Correction) -> None:
    commands, save = context.services.commands, context.tasks.command
    operation = wanted.operation
    sent = f"“{wanted.what}” was sent already"
    if wanted.remedy is Remedy.NONE:
        if not operation.state.is_settled:
            declined()  # it can be undone as soon as that is known
        context.notices.tell(f"“{wanted.what}”" if operation.state.needs_person else sent, wanted.why)
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
