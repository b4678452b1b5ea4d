"""Open again the forms that were open when TechDesk stopped, as `application/editing/drafts.py` kept them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from techdesk.application.accounts import Account
from techdesk.application.editing.drafts import FormDraft
from techdesk.application.editing.timer import RunningTimer, running_timer
from techdesk.application.lookups import account_of
from techdesk.application.order_detail import Choices, OrderDetail, Shown, order_detail, read_choices
from techdesk.application.ports import ReadTransaction
from techdesk.domain.documents import same
from techdesk.domain.errors import NotFoundError
from techdesk.domain.records import RECORD_CLASSES, RecordType, from_document
from techdesk.ui.asking import ask
from techdesk.ui.context import Context
from techdesk.ui.dialogs import DIALOGS, dialog_for_event
from techdesk.ui.dialogs.accept_dialog import DeclineDialog
from techdesk.ui.dialogs.bill_dialog import BillDialog
from techdesk.ui.dialogs.event_dialog import EventDialog
from techdesk.ui.dialogs.hours_dialog import HoursDialog
from techdesk.ui.dialogs.item_dialog import ItemDialog
from techdesk.ui.dialogs.new_order import NewOrderDialog
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.drafts import NEW_ORDER, STOP_TIMER
from techdesk.ui.phrases import joined
from techdesk.ui.timer import StopTimerDialog
from techdesk.ui.whole_order.dialogs import change_dialog
from techdesk.ui.wording import FIELD_LABELS


class _Found(NamedTuple):
    """What a form is about, as it is now."""

    account: Account
    choices: Choices
    detail: OrderDetail | None
    running: RunningTimer | None


Maker = Callable[[Context, OrderDetail, FormDraft, QWidget], SavingDialog | None]


class Restorer(QObject):
    """Open the forms one after the other: each stands before the window until the person is done with it.

    Signals:
        order_wished: The order (`OrderRef`) that the form which opens is about.
    """

    order_wished = Signal(object)

    def __init__(self, context: Context, drafts: Sequence[FormDraft], window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._left = list(drafts)

    def open_next(self) -> None:
        """Open the next form, if one is left."""
        if self._left and self._context.tasks.is_open:
            draft = self._left.pop(0)
            self._context.tasks.query(partial(_look_up, draft), partial(self._open, draft), self)

    def _open(self, draft: FormDraft, found: _Found | None) -> None:
        dialog = _dialog(self._context, draft, found, self._window) if found else None
        if dialog is None:
            self._tell_gone(draft)
            self.open_next()
            return
        if draft.order_id:
            self.order_wished.emit(draft.ref)
        dialog.resume(draft, joined(self._words(draft), _changed_underneath(draft, found)))
        dialog.finished.connect(self.open_next)
        dialog.open()

    def _words(self, draft: FormDraft) -> str:
        return f"TechDesk stopped while you wrote this ({self._context.formats.when(draft.kept_at)})"

    def _tell_gone(self, draft: FormDraft) -> None:
        """Offer the text of a form whose order or record is gone."""
        drop = partial(self._context.services.commands.drafts.drop, draft.draft_id)

        def copy() -> None:
            QGuiApplication.clipboard().setText("\n".join((draft.title, *_texts(draft.typed))))
            self._context.tasks.command(drop)

        question = f"{self._words(draft)}: “{draft.title}”. What it was about is no longer here."
        ask(self._window, question, "Copy the text", copy, ("Discard it", lambda: self._context.tasks.command(drop)))


def _look_up(draft: FormDraft, view: ReadTransaction) -> _Found | None:
    try:
        account = account_of(view, draft.account_id)
        detail = order_detail(view, draft.ref) if draft.order_id else None
    except NotFoundError:
        return None
    return _Found(account, read_choices(view, draft.account_id), detail, running_timer(view))


def _dialog(context: Context, draft: FormDraft, found: _Found, window: QWidget) -> SavingDialog | None:
    """Return the form of a draft, None where it has lost what it was about."""
    if draft.form == NEW_ORDER:
        return NewOrderDialog(context, found.account, found.choices, window)
    if found.detail is None:
        return None
    if draft.form == STOP_TIMER:
        is_running = found.running is not None and found.running.order == draft.ref
        return StopTimerDialog(context, found.running, found.detail, window) if found.running and is_running else None
    return FORMS[draft.form](context, found.detail, draft, window) if draft.form in FORMS else None


def _part(record_type: RecordType, dialog: Callable[..., SavingDialog]) -> Maker:
    """Return what opens the form of a part: one that makes it, or one that changes it."""

    def make(context: Context, detail: OrderDetail, draft: FormDraft, window: QWidget) -> SavingDialog | None:
        if not draft.record_id:
            return dialog(context, detail, None, window)
        shown = _as_seen(record_type, _part_shown(detail, draft), draft)
        return dialog(context, detail, shown, window) if shown else None

    return make


def _event(context: Context, detail: OrderDetail, draft: FormDraft, window: QWidget) -> SavingDialog | None:
    if not draft.record_id:
        return DIALOGS.get(draft.kind, EventDialog)(context, detail, draft.kind, parent=window)
    shown = _as_seen(RecordType.EVENT, _part_shown(detail, draft), draft)
    return dialog_for_event(context, detail, shown, window) if shown else None


def _order(context: Context, detail: OrderDetail, draft: FormDraft, window: QWidget) -> SavingDialog | None:
    """Open the form of the order as it was: what is saved is then compared with what the person saw."""
    shown = _as_seen(RecordType.ORDER, detail.shown, draft)
    if shown is None:
        return None
    order = replace(shown.value, items=detail.order.items, order_id=detail.ref.order_id, totals=detail.order.totals)
    return change_dialog(context, replace(detail, shown=shown, order=order), window)


FORMS: dict[str, Maker] = {
    "event": _event,
    "item": _part(RecordType.ITEM, ItemDialog),
    "hours": _part(RecordType.HOURS, HoursDialog),
    "order": _order,
    "bill": _part(RecordType.SALES_ORDER, BillDialog),
    "decline": lambda context, detail, _, window: DeclineDialog(context, detail, window),
}
"""What opens a form again, by `FormPlace.form`; a new order and the timer that is stopped need something else."""


def _part_shown(detail: OrderDetail, draft: FormDraft) -> Shown[Any] | None:
    parts: Sequence[Shown[Any]] = (*detail.items, *detail.events, *detail.hours, *detail.sales_orders)
    return next((one for one in parts if one.record_id == draft.record_id), None)


def _as_seen(record_type: RecordType, shown: Shown[Any] | None, draft: FormDraft) -> Shown[Any] | None:
    """Return a record as the person saw it when the form was opened."""
    if shown is None:
        return None
    value = from_document(cast("type[Any]", RECORD_CLASSES[record_type]), draft.seen)
    return replace(shown, value=value, document=draft.seen)


def _changed_underneath(draft: FormDraft, found: _Found | None) -> str:
    """Say what others have changed in the meantime; saving compares with what was seen, as always."""
    if not draft.record_id or found is None or found.detail is None:
        return ""
    now = found.detail.shown if draft.form == "order" else _part_shown(found.detail, draft)
    document = now.document if now else {}
    names = [one for one in FIELD_LABELS if not same(draft.seen.get(one), document.get(one))]
    labels = list(dict.fromkeys(FIELD_LABELS[one] for one in names))
    return f"changed by others since: {', '.join(labels)}" if labels else ""


def _texts(typed: Any) -> list[str]:
    """Return every text in what was typed."""
    if isinstance(typed, dict):
        return [text for one in typed.values() for text in _texts(one)]
    if isinstance(typed, list):
        return [text for one in typed for text in _texts(one)]
    return [typed] if isinstance(typed, str) and typed else []
