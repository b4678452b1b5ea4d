"""Show everything that is not confirmed yet, in plain words, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.application.changes import Changes
from techdesk.application.order_detail import read_choices
from techdesk.application.outbox_list import OutboxAction, OutboxEntry, outbox_list, withdrawn_list
from techdesk.application.ports import ReadTransaction
from techdesk.ui.asking import ask
from techdesk.ui.blocks import StateBadge, emptied, plain_label, push_button, selectable_label
from techdesk.ui.clash_view import ClashView
from techdesk.ui.context import Context
from techdesk.ui.edit_operation import can_edit, open_edit_dialog
from techdesk.ui.flow import FlowLayout
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.sync_rows import Head, SyncRowDelegate, SyncRows, grouped, title_of
from techdesk.ui.theme import Space
from techdesk.ui.whole_order.dialogs import form_of
from techdesk.ui.wording import Words, as_text, count_in_words, names_of

_SETTLE_MS = 200
"""Changes that come in a burst (a drain of thousands) are read once after it, not thousands of times."""


@dataclass(frozen=True, slots=True)
class _Outbox:
    """What the page shows: entries, and by account names for the uids in them and its system."""

    entries: list[OutboxEntry]
    names: Mapping[str, Mapping[str, str]]
    systems: Mapping[str, str]


class SyncCenter(QWidget):
    """List unsent and refused work; the chosen entry is shown whole beside it with its actions.

    Signals:
        order_wanted: The person wants to see this order (`OrderRef`).
        left: The person pressed Esc.
    """

    order_wanted = Signal(object)
    left = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._outbox = _Outbox([], {}, {})
        self._model = SyncRows(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(SyncRowDelegate(context, self.list))
        self.list.setAccessibleName("Unsent work")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.title = plain_label("Sync centre", "title")
        self.summary = plain_label(role="muted")
        self.back = push_button("Back to the orders", self.left.emit, "Esc")
        self.back.setIcon(context.icons.icon("chevron-left", "muted"))
        self.withdrawn = push_button("Withdrawn", self.refresh, "Show what was withdrawn, the latest first")
        self.withdrawn.setCheckable(True)
        self._empty = plain_label("Everything you did has been confirmed.", "muted")
        self.panel = EntryPanel(context)
        self._pages = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.list)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.panel.order_wanted.connect(self.order_wanted)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.left)
        context.tasks.changed.connect(self._on_changes)
        context.theme.changed.connect(self.list.viewport().update)

    @property
    def chosen(self) -> OutboxEntry | None:
        """Return the entry the person stands on."""
        row = self.list.currentIndex().data(Qt.ItemDataRole.UserRole)
        return row if isinstance(row, OutboxEntry) else None

    def refresh(self) -> None:
        """Read the outbox again."""
        read = _read_withdrawn if self.withdrawn.isChecked() else _read_outbox
        self._context.tasks.query(read, self._show, self, "outbox")

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _on_changes(self, changes: Changes) -> None:
        if changes.outbox and self.isVisible() and not self._settle.isActive():
            self._settle.start()

    def _show(self, outbox: _Outbox) -> None:
        before = self.chosen
        self._outbox = outbox
        rows = grouped(outbox.entries)
        self._model.show_rows(rows)
        needs = sum(one.operation.state.needs_person for one in outbox.entries)
        number, done = len(outbox.entries), self.withdrawn.isChecked()
        state = count_in_words(number, "change was" if done else "change is", "changes were" if done else "changes are")
        how = "withdrawn; each stays here with its whole text" if done else "unsent"
        self.summary.setText(joined(f"{state} {how}", count_in_words(needs, "needs you", "need you") if needs else ""))
        self._empty.setText("Nothing was withdrawn." if done else "Everything you did has been confirmed.")
        self._pages.setCurrentIndex(1 if rows else 0)
        self.summary.setVisible(bool(rows))
        place = self._model.place_of(before.operation.op_id) if before else -1
        first = next((at for at, row in enumerate(rows) if not isinstance(row, Head)), -1)
        self.list.setCurrentIndex(self._model.index(place if place >= 0 else first))
        self._choose(self.list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        entry = row if isinstance(row, OutboxEntry) else None
        self.panel.show_entry(entry, self._words_for(entry) if entry else Words(formats=self._context.formats))

    def _words_for(self, entry: OutboxEntry) -> Words:
        account_id = entry.operation.account_id
        return Words(
            formats=self._context.formats,
            names=self._outbox.names.get(account_id, {}),
            form=form_of(self._context, self._outbox.systems.get(account_id, "")),
            order=entry.order,
        )

    def _lay_out(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.list)
        splitter.addWidget(self.panel)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([1, 1])
        self._pages.addWidget(self._empty)
        self._pages.addWidget(splitter)
        head = QVBoxLayout()
        head.setContentsMargins(Space.L, Space.L, Space.L, Space.S)
        head.setSpacing(Space.XS)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self.title, 1)
        line.addWidget(self.withdrawn)
        line.addWidget(self.back)
        head.addLayout(line)
        head.addWidget(self.summary)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)


class EntryPanel(QWidget):
    """Show one operation with its content, its reason and what can be done about it."""

    order_wanted = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._entry: OutboxEntry | None = None
        self._words = Words(formats=context.formats)
        self._drawn: object = None
        inside = QWidget()
        self._body = QVBoxLayout(inside)
        self._body.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self._body.setSpacing(Space.S)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        context.theme.changed.connect(self._draw)

    def show_entry(self, entry: OutboxEntry | None, words: Words) -> None:
        """Show an operation, or nothing."""
        self._entry, self._words = entry, words
        if entry != self._drawn:
            self._drawn = entry
            self._draw()

    def act(self, action: OutboxAction) -> None:
        """Do what a button says."""
        if self._entry is None:
            return
        commands, op_id = self._context.services.commands.outbox, self._entry.operation.op_id
        save = self._context.tasks.command
        acts: Mapping[OutboxAction, Callable[[], object]] = {
            OutboxAction.RETRY: lambda: save(partial(commands.retry, op_id), self._sync_now),
            OutboxAction.EDIT: self._edit,
            OutboxAction.DISCARD: self._discard,
            OutboxAction.COPY: self._copy,
            OutboxAction.IT_ARRIVED: lambda: save(partial(commands.it_arrived, op_id), self._sync_now),
            OutboxAction.SEND_AGAIN: lambda: save(partial(commands.send_again, op_id), self._sync_now),
        }
        acts[action]()

    def _draw(self) -> None:
        emptied(self._body)
        entry = self._entry
        if entry is None:
            return
        operation = entry.operation
        badge = StateBadge(self._context.icons, self)
        badge.show_state(operation.state)
        head = QHBoxLayout()
        head.addWidget(plain_label(shortened(title_of(entry)), "heading"), 1)
        head.addWidget(badge)
        self._body.addLayout(head)
        self._body.addWidget(plain_label(shortened(self._facts(entry)), "small"))
        if operation.reason:
            self._body.addWidget(plain_label(operation.reason, "error" if operation.state.needs_person else ""))
        self._body.addWidget(self._buttons(entry))
        if entry.clashes:
            clashes = ClashView(entry.clashes, self._words)
            clashes.decided.connect(self._settle_clashes)
            self._body.addWidget(clashes)
        for label, text in self._words.operation(operation):
            self._body.addWidget(plain_label(label, "section"))
            self._body.addWidget(selectable_label(shortened(text)))
        self._body.addStretch(1)

    def _facts(self, entry: OutboxEntry) -> str:
        operation = entry.operation
        tried = f"tried {count_in_words(operation.attempts, 'time')}" if operation.attempts else ""
        made = self._context.formats.when(operation.created_at)
        return joined(entry.title, made, operation.created_by, tried, f"support code {operation.support_code}")

    def _buttons(self, entry: OutboxEntry) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, Space.S)
        for action in entry.actions:
            if action is OutboxAction.EDIT and not can_edit(entry.operation, self._words.form):
                continue
            if action is not OutboxAction.CHOOSE:
                role = "danger" if action is OutboxAction.DISCARD else ""
                flow.addWidget(push_button(f"&{action.value}", partial(self.act, action), role=role))
        flow.addWidget(push_button("Show order", lambda: self.order_wanted.emit(entry.ref)))
        return row

    def _settle_clashes(self, choices: Mapping[str, str]) -> None:
        if self._entry:
            settle = self._context.services.commands.outbox.settle_clashes
            self._context.tasks.command(partial(settle, self._entry.operation.op_id, choices), self._sync_now)

    def _edit(self) -> None:
        if self._entry:
            open_edit_dialog(self._context, self._entry, self.window())

    def _discard(self) -> None:
        if self._entry is None:
            return
        discard = partial(self._context.services.commands.outbox.discard, self._entry.operation.op_id)
        question = f"Discard “{title_of(self._entry)}”? It will not be sent; its text stays in the history."
        ask(self.window(), question, "Discard", lambda: self._context.tasks.command(discard, self._sync_now))

    def _copy(self) -> None:
        if self._entry:
            operation = self._entry.operation
            title = joined(title_of(self._entry), self._entry.words, f"support code {operation.support_code}")
            QGuiApplication.clipboard().setText(as_text(title, self._words.operation(operation)))
            self._context.notices.confirm("Copied")

    def _sync_now(self, _: Changes) -> None:
        if self._entry:
            self._context.services.sync_now(self._entry.operation.account_id)


def _read_outbox(view: ReadTransaction) -> _Outbox:
    return _with_names(view, outbox_list(view))


def _read_withdrawn(view: ReadTransaction) -> _Outbox:
    return _with_names(view, withdrawn_list(view))


def _with_names(view: ReadTransaction, entries: list[OutboxEntry]) -> _Outbox:
    accounts = {one.operation.account_id for one in entries}
    names = {one: names_of(read_choices(view, one)) for one in accounts}
    return _Outbox(entries, names, {one.account_id: one.system for one in view.accounts()})
