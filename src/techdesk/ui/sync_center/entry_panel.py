"""Show one operation whole: what it says, why it stopped, what happened so far, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from techdesk.application.behalf import made_by
from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.sync.state import SyncState
from techdesk.application.unsent.outbox_case import Case
from techdesk.application.unsent.outbox_list import OutboxAction, OutboxEntry
from techdesk.ui.alt_letters import MENU_LETTERS, with_keys
from techdesk.ui.asking import ask
from techdesk.ui.blocks import StateBadge, emptied, fill_scrolling, plain_label, push_button, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.flow import FlowLayout
from techdesk.ui.phrases import joined, number_text, shortened
from techdesk.ui.sync_center.case_words import attempts_in_words, exact_text, next_try
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.sync_center.edit_operation import can_edit, open_edit_dialog
from techdesk.ui.sync_center.rows import title_of
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words, as_text

_EXACT_HEIGHT = 160
_TO_ITS_LABEL = 2
"""Pixels between a text and the label that it belongs to; the next label stands further away."""

_DECIDED_IN_DIALOG = {OpState.CONFLICT: "Choose…", OpState.NEEDS_CHECK: "Check…"}

PANEL_LETTERS = "acdeinprw"
"""The Alt letters that the buttons can have, so that what stands beside the panel leaves them alone."""


class EntryPanel(QWidget):
    """Show one operation with its content, its reason and its actions.

    Signals:
        order_wished: The person wants to see its order (`OrderRef`).
    """

    order_wished = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._case: Case | None = None
        self._words = Words(formats=context.formats)
        self._drawn: object = None
        self._sync: SyncState | None = None
        self._shows_exact = False
        inside = QWidget()
        self._body = QVBoxLayout(inside)
        self._body.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self._body.setSpacing(Space.S)
        fill_scrolling(self, inside).setFocusPolicy(Qt.FocusPolicy.NoFocus)
        context.theme.changed.connect(self._draw)

    @property
    def entry(self) -> OutboxEntry | None:
        """Return the operation that is shown, in words."""
        return self._case.entry if self._case else None

    def show_case(self, case: Case | None, words: Words, sync: SyncState | None = None) -> None:
        """Show an operation, or nothing; `sync` is how its account stands, where that is known."""
        before = self.entry.operation.op_id if self.entry else ""
        self._case, self._words, self._sync = case, words, sync
        if case is None or case.entry.operation.op_id != before:
            self._shows_exact = False
        self._draw_if_other()

    def show_sync(self, sync: SyncState) -> None:
        """Say when it goes out next, now that its account stands so."""
        self._sync = sync
        self._draw_if_other()

    def act(self, action: OutboxAction) -> None:
        """Do what a button says."""
        if self._case is None:
            return
        commands, op_id = self._context.services.commands.outbox, self._case.entry.operation.op_id
        save = self._context.tasks.command
        acts: Mapping[OutboxAction, Callable[[], object]] = {
            OutboxAction.RETRY: lambda: save(partial(commands.retry, op_id), self._sync_now),
            OutboxAction.EDIT: self._edit,
            OutboxAction.DISCARD: self._discard,
            OutboxAction.COPY: self._copy,
            OutboxAction.CHOOSE: self.decide,
            OutboxAction.IT_ARRIVED: lambda: save(partial(commands.it_arrived, op_id), self._sync_now),
            OutboxAction.SEND_AGAIN: lambda: save(partial(commands.send_again, op_id), self._sync_now),
        }
        acts[action]()

    def decide(self) -> None:
        """Open the dialog in which a person decides about it."""
        if self._case is None or not self._case.entry.operation.state.needs_person:
            self._context.notices.tell("This one needs no decision")
        else:
            open_decision(self._context, self._case.entry.operation.op_id, self.window())

    def _draw_if_other(self) -> None:
        drawn = (self._case, self._to_come())
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()

    def _to_come(self) -> str:
        return next_try(self._case.entry.operation, self._sync, self._context.formats) if self._case else ""

    def _draw(self) -> None:
        emptied(self._body)
        case = self._case
        if case is None:
            return
        entry, operation = case.entry, case.entry.operation
        badge = StateBadge(self._context.icons, self)
        badge.show_state(operation.state, operation.reason, operation.op_id)
        badge.decision_wished.connect(lambda _: self.decide())
        head = QHBoxLayout()
        head.addWidget(plain_label(shortened(title_of(entry)), "heading"), 1)
        head.addWidget(badge, alignment=Qt.AlignmentFlag.AlignTop)
        self._body.addLayout(head)
        self._body.addWidget(plain_label(shortened(self._facts(case)), "small"))
        if operation.reason:
            self._body.addWidget(plain_label(operation.reason, "error" if operation.state.needs_person else ""))
        self._body.addWidget(self._buttons(entry))
        for label, text in self._lines(case):
            lines = QVBoxLayout()
            lines.setSpacing(_TO_ITS_LABEL)
            lines.addWidget(plain_label(label, "section"))
            lines.addWidget(selectable_label(shortened(text)))
            self._body.addLayout(lines)
        if self._shows_exact and operation.request:
            self._body.addWidget(_exact_box(exact_text(operation.request)))
        self._body.addStretch(1)

    def _lines(self, case: Case) -> list[tuple[str, str]]:
        """Return what happened so far, when it goes on, both texts of each field in conflict, and the content."""
        formats, operation = self._context.formats, case.entry.operation
        so_far = attempts_in_words(case.attempts, formats)
        lines = [(label, text) for label, text in (("So far", so_far), ("Next try", self._to_come())) if text]
        for clash in case.entry.clashes:
            label = self._words.label(clash.field)
            lines.append((f"{label}, yours", self._words.side(operation, clash.field, clash.mine)))
            lines.append((f"{label}, server now", self._words.side(operation, clash.field, clash.theirs)))
        clashed = {self._words.label(one.field) for one in case.entry.clashes}
        return lines + [line for line in self._words.operation(operation) if line[0] not in clashed]

    def _facts(self, case: Case) -> str:
        operation = case.entry.operation
        times = "once" if operation.attempts == 1 else f"{number_text(operation.attempts)} times"
        tried = f"tried {times}" if operation.attempts else ""
        made = self._context.formats.when(operation.created_at)
        return joined(
            case.entry.title, made, made_by(operation, case.account), tried, f"support code {operation.support_code}"
        )

    def _buttons(self, entry: OutboxEntry) -> QWidget:
        buttons: list[tuple[str, Callable[[], object], str, str]] = []
        if decided := _DECIDED_IN_DIALOG.get(entry.operation.state):
            buttons.append((decided, self.decide, "Ctrl+Shift+U", "primary"))
        for action in entry.actions:
            if action is OutboxAction.EDIT and not can_edit(entry.operation, self._words.form):
                continue
            if action is not OutboxAction.CHOOSE:
                role = "danger" if action is OutboxAction.DISCARD else ""
                buttons.append((action.value, partial(self.act, action), "", role))
        if entry.operation.request:
            buttons.append(("As it was sent", self._toggle_exact, "The request letter by letter", ""))
        buttons.append(("Show order", lambda: self.order_wished.emit(entry.ref), "", ""))
        row = QWidget()
        flow = FlowLayout(row, Space.S)
        marked = with_keys([one[0] for one in buttons], MENU_LETTERS)
        for label, (_, pressed, tip, role) in zip(marked, buttons, strict=True):
            flow.addWidget(push_button(label, pressed, tip, role))
        return row

    def _toggle_exact(self) -> None:
        self._shows_exact = not self._shows_exact
        self._draw()

    def _edit(self) -> None:
        if self._case:
            open_edit_dialog(self._context, self._case.entry, self.window())

    def _discard(self) -> None:
        if self._case is None:
            return
        entry = self._case.entry
        discard = partial(self._context.services.commands.outbox.discard, entry.operation.op_id)
        question = f"Discard “{title_of(entry)}”? It will not be sent; its text stays in the history."
        ask(self.window(), question, "Discard", lambda: self._context.tasks.command(discard, self._sync_now))

    def _copy(self) -> None:
        if self._case:
            entry, operation = self._case.entry, self._case.entry.operation
            title = joined(title_of(entry), entry.words, f"support code {operation.support_code}")
            QGuiApplication.clipboard().setText(as_text(title, self._words.operation(operation)))
            self._context.notices.confirm("Copied")

    def _sync_now(self, _: Changes) -> None:
        if self._case:
            self._context.services.sync_now(self._case.account.account_id)


def _exact_box(text: str) -> QPlainTextEdit:
    box = QPlainTextEdit(text)
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setFixedHeight(_EXACT_HEIGHT)
    box.setAccessibleName("As it was sent")
    return box
