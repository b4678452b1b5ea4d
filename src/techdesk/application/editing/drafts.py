"""Keep what stands in open forms, so that a crash takes nothing that was typed (`docs/sync.md`, "Drafts and undo").

A form that is saved must not be offered again after a crash, as it would be saved twice: its draft goes in the very
transaction that saves it, whatever the command is (`FinishingStore`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import datetime

from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency, WriteTransaction
from techdesk.domain.documents import Document
from techdesk.domain.instants import instant_text, parse_instant

_NOTE = "open_forms"

_finishing: ContextVar[str] = ContextVar("finishing", default="")
"""The draft whose form is being saved by this thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDraft:
    """What stands in an open form.

    Attributes:
        draft_id: The form's own id, as long as it is open.
        form: Which form it is; the window's word.
        title: What the form is called for the person.
        kept_at: When it was kept.
        account_id: Whose order it is about.
        order_id: Our id of the order; empty for a new one.
        record_id: Our id of the record that it changes; empty for one that it makes.
        edits: Id of the unsent operation that it edits.
        kind: Name of the event that it records.
        seen: The record as the person saw it when the form was opened.
        typed: What stands in each row that the person touched, also half-typed.
    """

    draft_id: str
    form: str
    title: str
    kept_at: datetime
    account_id: str
    order_id: str = ""
    record_id: str = ""
    edits: str = ""
    kind: str = ""
    seen: Document = field(default_factory=dict)
    typed: Document = field(default_factory=dict)

    @property
    def ref(self) -> OrderRef:
        """Return the order it is about."""
        return OrderRef(self.account_id, self.order_id)


def open_forms(view: ReadTransaction) -> list[FormDraft]:
    """Return what stood in the forms that were not closed, the oldest first; none of who is signed out.

    Raises:
        StoreError: The store could not be read.
    """
    hidden = {one.account_id for one in view.accounts() if one.signed_out}
    kept = [one for one in _read(view).values() if one["account_id"] not in hidden]
    drafts = [FormDraft(**{**one, "kept_at": parse_instant(one["kept_at"])}) for one in kept]
    return sorted(drafts, key=lambda one: one.kept_at)


def forget_forms(tx: WriteTransaction, account_id: str) -> None:
    """Forget what stood in the forms of an account that leaves this computer.

    Raises:
        StoreError: They are still there.
    """
    kept = _read(tx)
    left = {name: one for name, one in kept.items() if one["account_id"] != account_id}
    if left != kept:
        _write(tx, left)


class Drafts:
    """Keep and drop drafts."""

    def __init__(self, store: OrderStore) -> None:
        """Name where they are kept."""
        self._store = store

    def keep(self, draft: FormDraft) -> Changes:
        """Keep what stands in a form now, in the place of what stood there before.

        Raises:
            StoreError: It was not kept.
        """
        with self._store.write(Urgency.PERSON) as tx:
            document = {**asdict(draft), "kept_at": instant_text(draft.kept_at)}
            _write(tx, {**_read(tx), draft.draft_id: document})
        return Changes()

    def drop(self, draft_id: str) -> Changes:
        """Forget a form that the person closed; nothing happens if it was not kept.

        Raises:
            StoreError: It is still there.
        """
        with self._store.write(Urgency.PERSON) as tx:
            _drop(tx, draft_id)
        return Changes()

    def finishing(self, draft_id: str, command: Callable[[], Changes]) -> Changes:
        """Run the command that saves a form; its draft goes with what the command stores, or stays with its failure.

        Raises:
            TechDeskError: What the command raises.
        """
        token = _finishing.set(draft_id)
        try:
            return command()
        finally:
            _finishing.reset(token)


class FinishingStore(OrderStore):
    """The store as commands use it: a write of a form's command drops the form's draft as well."""

    def __init__(self, store: OrderStore) -> None:
        """Stand before the store."""
        self._store = store

    @override
    def read(self) -> AbstractContextManager[ReadTransaction]:
        return self._store.read()

    @override
    @contextmanager
    def write(self, urgency: Urgency) -> Iterator[WriteTransaction]:
        with self._store.write(urgency) as tx:
            yield tx
            if draft_id := _finishing.get():
                _drop(tx, draft_id)


def _drop(tx: WriteTransaction, draft_id: str) -> None:
    kept = _read(tx)
    if kept.pop(draft_id, None):
        _write(tx, kept)


def _read(view: ReadTransaction) -> dict[str, Document]:
    found: dict[str, Document] = json.loads(view.note(_NOTE) or "{}")
    return found


def _write(tx: WriteTransaction, kept: dict[str, Document]) -> None:
    tx.save_note(_NOTE, json.dumps(kept) if kept else None)
