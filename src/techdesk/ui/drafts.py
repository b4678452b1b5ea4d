"""Keep what stands in an open form each second, and take it away when the form is saved or closed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDialog

from techdesk.application.changes import Changes
from techdesk.application.editing.drafts import FormDraft
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.application.outbox import OrderRef
from techdesk.domain.errors import TechDeskError
from techdesk.domain.records import Document
from techdesk.ui.context import Context

KEPT_EVERY_MS = 1000

NEW_ORDER = "new order"
STOP_TIMER = "stop the timer"


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Which form it is, and what it is about; together they are enough to open it again.

    Attributes:
        form: `NEW_ORDER`, `STOP_TIMER` or a key of `ui/restoring.py`'s `FORMS`.
        ref: The order; without an id for a new one.
        record_id: Our id of the record that it changes; empty for one that it makes.
        kind: Name of the event that it records.
        seen: The record as the person saw it when the form was opened.
    """

    form: str
    ref: OrderRef
    record_id: str = ""
    kind: str = ""
    seen: Document = field(default_factory=dict)


def part_place(form: str, detail: OrderDetail, shown: Shown[Any] | None) -> FormPlace:
    """Return the place of a form that makes a part of an order, or changes the one that is shown."""
    return FormPlace(form, detail.ref, shown.record_id, seen=shown.document) if shown else FormPlace(form, detail.ref)


class KeptForm(Protocol):
    """A dialog whose content is kept."""

    @property
    def place(self) -> FormPlace | None:
        """Return which form it is; None for one that nobody needs after a crash."""
        ...

    @property
    def edits(self) -> str:
        """Return the id of the unsent operation that it edits, or empty text."""
        ...

    def windowTitle(self) -> str:
        """Return what the form is called."""
        ...

    def typed(self) -> Mapping[str, Any]:
        """Return what the person typed, as JSON values; empty while nothing was typed or while it is being saved."""
        ...


class DraftKeeper(QObject):
    """Look at a form once a second and keep what is new in it.

    Attributes:
        draft_id: The form's id among the drafts.
    """

    def __init__(self, context: Context, form: KeptForm, parent: QDialog) -> None:
        super().__init__(parent)
        self._context = context
        self._form = form
        self.draft_id = uuid.uuid4().hex
        self._kept: FormDraft | None = None
        self._timer = QTimer(self, interval=KEPT_EVERY_MS)
        self._timer.timeout.connect(self.keep)
        parent.finished.connect(self._end)

    def start(self) -> None:
        """Begin to look, if the form is one that is kept."""
        if self._form.place:
            self._timer.start()

    def go_on_with(self, draft: FormDraft) -> None:
        """Take over a draft of before a restart."""
        self.draft_id = draft.draft_id
        self._kept = draft

    def keep(self) -> None:
        """Keep what stands in the form now, if that is not kept yet."""
        place, typed = self._form.place, self._form.typed()
        if place is None or not typed or (self._kept and self._kept.typed == typed):
            return
        draft = FormDraft(
            draft_id=self.draft_id,
            form=place.form,
            title=self._form.windowTitle(),
            kept_at=self._context.services.clock.now(),
            account_id=place.ref.account_id,
            order_id=place.ref.order_id,
            record_id=place.record_id,
            edits=self._form.edits,
            kind=place.kind,
            seen=place.seen,
            typed=dict(typed),
        )
        self._kept = draft
        keep = partial(self._context.services.commands.drafts.keep, draft)
        self._context.tasks.command(keep, failed=self._try_again)

    def finishing(self, command: Callable[[], Changes]) -> Callable[[], Changes]:
        """Return a form's command so that it takes the draft away as it saves."""
        if self._form.place is None:
            return command
        return partial(self._context.services.commands.drafts.finishing, self.draft_id, command)

    def _try_again(self, _: TechDeskError) -> None:
        """Keep it at the next look: a disk that is full says so when the person saves."""
        if self._kept:
            self._kept = replace(self._kept, typed={})

    def _end(self, result: int) -> None:
        self._timer.stop()
        if self._kept and result != QDialog.DialogCode.Accepted and self._context.tasks.is_open:
            drop = self._context.services.commands.drafts.drop
            self._context.tasks.command(partial(drop, self.draft_id))
