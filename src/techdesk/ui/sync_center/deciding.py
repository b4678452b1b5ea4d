"""Open the dialog in which a person decides about one change: a conflict, a check, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from techdesk.application.order_detail import read_choices
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.application.unsent.outbox_case import Case, most_pressing, outbox_case
from techdesk.ui.context import Context
from techdesk.ui.sync_center.case_dialog import CaseDialog
from techdesk.ui.sync_center.clash_dialog import ClashDialog
from techdesk.ui.whole_order.dialogs import form_of
from techdesk.ui.wording import Words, names_of

ReadCase = tuple[Case, Mapping[str, str]]
"""A case, and what the uids in it are called."""

_DIALOGS: Mapping[OpState, Callable[[Context, Case, Words, QWidget], QDialog]] = {
    OpState.CONFLICT: ClashDialog,
    OpState.NEEDS_CHECK: CaseDialog,
    OpState.REJECTED: CaseDialog,
}


def open_decision(context: Context, op_id: str, parent: QWidget) -> None:
    """Open the dialog for an operation (id); say so where nothing is left to decide about it."""
    _open(context, lambda _: op_id, parent, lambda: context.notices.tell("This no longer waits for a decision"))


def open_decision_on(context: Context, order: OrderRef, parent: QWidget, otherwise: Callable[[], None]) -> None:
    """Open the dialog for what is most pressing on an order; do something else where nothing waits there."""
    _open(context, lambda view: most_pressing(view, order), parent, otherwise)


def decision_dialog(context: Context, case: Case, names: Mapping[str, str], parent: QWidget) -> QDialog | None:
    """Return the dialog for a case, None where it does not wait for a person; `names` are what uids are called."""
    make = _DIALOGS.get(case.entry.operation.state)
    return make(context, case, words_of(context, case, names), parent) if make else None


def words_of(context: Context, case: Case, names: Mapping[str, str]) -> Words:
    """Return what is needed to say a case; `names` are what uids are called."""
    form = form_of(context, case.account.system)
    return Words(formats=context.formats, names=names, form=form, order=case.entry.order)


def read_case(view: ReadTransaction, op_id: str | None) -> ReadCase | None:
    """Read a case and the names for the uids in it.

    Raises:
        StoreError: The store could not be read.
    """
    case = outbox_case(view, op_id) if op_id else None
    return (case, names_of(read_choices(view, case.account.account_id))) if case else None


def _open(
    context: Context,
    which: Callable[[ReadTransaction], str | None],
    parent: QWidget,
    otherwise: Callable[[], None],
) -> None:
    def show(read: ReadCase | None) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        dialog = decision_dialog(context, *read, parent) if read else None
        if dialog:
            dialog.open()
        else:
            otherwise()

    context.tasks.query(lambda view: read_case(view, which(view)), show, parent, "decision")
