"""Add or change one record of the server. What was typed stays until the server has it or the person throws it away."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from techdesk.application.administration import Attempt, Made
from techdesk.application.changes import Changes
from techdesk.domain.errors import OutcomeUnknownError, TechDeskError
from techdesk.domain.records import Document
from techdesk.ui.administration.online import Online
from techdesk.ui.administration.sections import AdminSection, Around
from techdesk.ui.blocks import restyle
from techdesk.ui.dialogs.saving_dialog import BUTTON_KEYS, Command, SavingDialog
from techdesk.ui.forms import Form
from techdesk.ui.online_errors import for_online
from techdesk.ui.phrases import shortened

SAVING = "Saving…"
LOOKING = "The answer was lost on the way. Looking what the server has…"
NOT_THERE = "The answer was lost on the way, and the server does not have it. Save again"
NOT_KNOWN = "Whether this was saved is not known, and the server cannot be asked now. Save looks there first"


class RecordDialog(SavingDialog):
    """Ask for what a record says, and save it at the server at once.

    After a lost answer it looks what the server has before it offers to save again; what is added is sent again with
    the same key, so that nothing is added twice.

    Signals:
        made: What the server has now (`Made`); without a record where only a look showed that it was saved.
    """

    made = Signal(object)

    def __init__(
        self,
        online: Online,
        section: AdminSection,
        around: Around,
        record: Document | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog; without a `record` it adds one."""
        name = shortened(str((record or {}).get(section.title, "")))
        title = f"Change {section.noun}" if record else f"New {section.noun}"
        super().__init__(online.context, title, name or online.account.name, parent)
        self._online = online
        self._kind = section.kind
        self._record = record
        self._known_ids: frozenset[str] = frozenset()
        self._attempt: Attempt | None = None
        self._key = ""
        self._is_unknown = False
        self._came = Made({})
        rows = section.rows(around, record) if section.rows else ()
        self.show_form(Form(rows, BUTTON_KEYS))
        if record:
            for one in rows:
                one.editor.set_value(_shown(one.name, record))

    def know(self, records: Sequence[Document]) -> None:
        """Say which records there are already, so that a new one is recognised."""
        self._known_ids = frozenset(self._kind.id_of(one) for one in records)

    @override
    def save(self) -> None:
        if self._saving:
            return
        if self._is_unknown:
            self._set_saving(True)
            self._look()
        elif self._record is not None and not self.form.is_touched():
            self.accept()
        else:
            super().save()

    @override
    def _command(self) -> Command:
        values = self._values()
        record_id = self._kind.id_of(self._record) if self._record else ""
        attempt = Attempt(self._kind, record_id, values, self._known_ids)
        if attempt != self._attempt:  # another wish is another request
            self._key = uuid4().hex
        self._attempt = attempt
        return partial(self._send, attempt, self._key)

    @override
    def _start(self, command: Command) -> None:
        self._say(SAVING, "info")
        self.context.tasks.background(command, self._saved, self._failed, self)

    @override
    def _saved(self, changes: Changes) -> None:
        came, self._came = self._came, Made({})
        super()._saved(changes)
        self.made.emit(came)

    @override
    def _failed(self, error: TechDeskError) -> None:
        if isinstance(error, OutcomeUnknownError):
            self._set_saving(True)
            self._look()
        else:
            self._say("")
            super()._failed(for_online(error))
            self.grow()

    def _send(self, attempt: Attempt, key: str) -> Changes:
        admin = self.context.services.administration(self._online.account.account_id)
        if attempt.record_id:
            self._came = admin.change(attempt.kind, attempt.record_id, attempt.values)
        else:
            self._came = admin.add(attempt.kind, attempt.values, key)
        return Changes(references=True)

    def _look(self) -> None:
        self._say(LOOKING, "info")
        self._online.ask(lambda admin: admin.records(self._kind), self._looked, self._not_looked, self)

    def _looked(self, records: Sequence[Document]) -> None:
        self._is_unknown = False
        if self._attempt and self._attempt.has_arrived(records):
            self._saved(Changes(references=True))
            return
        self._set_saving(False)
        self._say(NOT_THERE)

    def _not_looked(self, _: TechDeskError) -> None:
        self._is_unknown = True
        self._set_saving(False)
        self._say(NOT_KNOWN)

    def _say(self, words: str, tone: str = "bad") -> None:
        restyle(self.notice, "tone", tone)
        self.notice.setText(words)
        self.notice.setVisible(bool(words))
        self.grow()

    def _values(self) -> Document:
        if self._record is not None:
            touched = self.form.touched()
            if touched.get("password", "x") is None:
                del touched["password"]
            return {name: _plain(value) for name, value in touched.items()}
        return {name: _plain(value) for name, value in self.form.values().items() if value is not None}


def _shown(name: str, record: Document) -> Any:
    """Return what an editor shows of a record's field."""
    value = record.get(name)
    if name == "price":
        return Decimal(value) if value else Decimal(0)
    return value


def _plain(value: Any) -> Any:
    """Return an editor's value as a document has it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value
