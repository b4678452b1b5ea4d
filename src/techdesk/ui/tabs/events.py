"""Show what happened on an order as a timeline: what is not confirmed yet on top, then the rest, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.application.editing.rules import reason_against_work
from techdesk.application.order_detail import OrderDetail, Shown
from techdesk.application.outbox import Verb
from techdesk.domain.records import RecordedEvent, RecordType
from techdesk.ui.asking import ask
from techdesk.ui.blocks import StateBadge, emptied, icon_button, literal_tip, plain_label, push_button, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.dialogs import dialog_for_event
from techdesk.ui.event_icons import event_icon
from techdesk.ui.phrases import count_in_words, joined, shortened
from techdesk.ui.sync_center.deciding import open_decision
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words, names_of

_SHOWN_AT_FIRST = 15
_ICON = 20
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class EventCard(QFrame):
    """Show one event; Enter changes it, Delete removes it."""

    change_wished = Signal(object)
    remove_wished = Signal(object)

    def __init__(self, context: Context, words: Words, shown: Shown[RecordedEvent], why_not: tuple[str, str]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shown = shown
        self._context = context
        self._why_not_change, self._why_not_remove = why_not
        recorded = shown.value
        event = recorded.event
        self.setAccessibleName(event.label)
        picture = QLabel()
        picture.setPixmap(context.icons.pixmap(event_icon(event.name), "muted", _ICON))
        grid = QGridLayout(self)
        grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(self._head(context, event.label), 0, 1)
        who = recorded.tenant_user_display_name or recorded.created_by
        when = words.when(recorded.occurred_at) if recorded.occurred_at else ""
        grid.addWidget(plain_label(joined(who, when), "small"), 1, 1)
        lines = [f"{label}: {text}" for label, text in words.event(event)]
        if lines:
            grid.addWidget(selectable_label(shortened("\n".join(lines))), 2, 1)
        if event.notes:
            grid.addWidget(selectable_label(shortened(event.notes)), 3, 1)
        if shown.operation and shown.reason:
            reason = plain_label(shown.reason, "error" if shown.operation.state.needs_person else "small")
            grid.addWidget(reason, 4, 1)

    def _head(self, context: Context, label: str) -> QHBoxLayout:
        title = plain_label(label)
        title.setProperty("role", "strong")
        operation = self.shown.operation
        badge = StateBadge(context.icons, self)
        if operation:
            badge.show_state(operation.state, self.shown.reason, operation.op_id)
            badge.decision_wished.connect(lambda op_id: open_decision(context, op_id, self.window()))
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(title, 1)
        head.addWidget(badge)
        buttons = (
            ("edit", "Change (Enter)", self._change, self._why_not_change),
            ("delete", "Remove (Delete)", self._remove, self._why_not_remove),
        )
        for icon, name, pressed, why_not in buttons:
            button = icon_button(context.icons, icon, literal_tip(why_not or name), pressed)
            button.setEnabled(not why_not)
            button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            head.addWidget(button)
        return head

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._change()
        elif event.key() == Qt.Key.Key_Delete:
            self._remove()
        elif event.key() == Qt.Key.Key_Down:
            self.focusNextChild()
        elif event.key() == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def _change(self) -> None:
        if not self._is_to_be_decided() and not self._why_not_change:
            self.change_wished.emit(self.shown)

    def _remove(self) -> None:
        if not self._is_to_be_decided() and not self._why_not_remove:
            self.remove_wished.emit(self.shown)

    def _is_to_be_decided(self) -> bool:
        """Have decided first what the server did not remove; say whether it is so."""
        operation = self.shown.operation
        if operation and self.shown.is_kept_by_server:
            open_decision(self._context, operation.op_id, self.window())
        return self.shown.is_kept_by_server


class EventsTab(QWidget):
    """Show the timeline of an order."""

    label = "Events"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._drawn: object = None
        self._limit = _SHOWN_AT_FIRST
        self.cards: list[EventCard] = []
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self._list.setSpacing(Space.S)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll)
        context.theme.changed.connect(self._draw_again)

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the events of an order."""
        if self._detail is None or self._detail.ref != detail.ref:
            self._limit = _SHOWN_AT_FIRST
            self._scroll.verticalScrollBar().setValue(0)
        self._detail = detail
        drawn = (
            detail.ref,
            detail.order.service_state,
            [(one.record_id, one.document, one.operation) for one in detail.events],
        )
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(detail)

    @override
    def setFocus(self, *reason: Qt.FocusReason) -> None:
        if self.cards:
            self.cards[0].setFocus(*reason)

    def count(self, detail: OrderDetail) -> int:
        """Return how many events there are."""
        return len(detail.events)

    def _draw_again(self) -> None:
        if self._detail:
            self._draw(self._detail)

    def _draw(self, detail: OrderDetail) -> None:
        focused = next((card.shown.record_id for card in self.cards if card.hasFocus()), "")
        emptied(self._list)
        self.cards = []
        pending = newest_first([one for one in detail.events if one.operation])
        history = newest_first([one for one in detail.events if not one.operation])
        left = self._limit
        for heading, events in (("Not confirmed yet", pending), ("Confirmed", history)):
            if events and left > 0:
                self._list.addWidget(plain_label(heading, "section"))
                self._add_cards(detail, events[:left])
                left -= len(events)
        if len(detail.events) > self._limit:
            older = count_in_words(len(detail.events) - self._limit, "older event")
            self._list.addWidget(push_button(f"Show {older}", self._show_all))
        if not detail.events:
            why_not = self._why_not(detail, Verb.CREATE)
            empty = plain_label(
                why_not or "Nothing has been recorded on this order yet. Press Ctrl+1 for the first step.", "muted"
            )
            empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._list.addWidget(empty)
        self._list.addStretch(1)
        card = next((card for card in self.cards if card.shown.record_id == focused), None)
        if card:
            card.setFocus()

    def _add_cards(self, detail: OrderDetail, events: Sequence[Shown[RecordedEvent]]) -> None:
        names = names_of(detail.choices)
        words = Words(formats=self._context.formats, site_zone=detail.order.site.time_zone, names=names)
        refused = [self._why_not(detail, verb) for verb in (Verb.UPDATE, Verb.DELETE)]
        closed = reason_against_work(detail.order)
        why_not = refused[0] or closed, refused[1] or closed
        for shown in events:
            card = EventCard(self._context, words, shown, why_not)
            card.change_wished.connect(self._change)
            card.remove_wished.connect(self._remove)
            self.cards.append(card)
            self._list.addWidget(card)

    def _why_not(self, detail: OrderDetail, verb: Verb) -> str:
        return self._context.services.commands.why_not(detail.ref.account_id, RecordType.EVENT, verb)

    def _show_all(self) -> None:
        self._limit = 10**6
        self._draw_again()

    def _change(self, shown: Shown[RecordedEvent]) -> None:
        if self._detail:
            dialog_for_event(self._context, self._detail, shown, self.window()).open()

    def _remove(self, shown: Shown[RecordedEvent]) -> None:
        if self._detail:
            remove = self._context.services.commands.remove
            command = partial(remove, self._detail.ref, RecordType.EVENT, shown.record_id)
            ask(
                self.window(),
                f"Remove “{shown.value.event.label}” from this order?",
                "Remove",
                lambda: self._context.tasks.command(command),
            )


def newest_first(events: Sequence[Shown[RecordedEvent]]) -> list[Shown[RecordedEvent]]:
    """Return events by when they happened; of two at the same moment the one recorded later comes first."""
    by_time = sorted(events, key=lambda one: one.value.occurred_at or one.value.created_at or _LONG_AGO)
    return by_time[::-1]
