"""Show what the server wrote to the customer, and whether it went out."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QWidget

from techdesk.application.order_detail import OrderDetail
from techdesk.domain.notifications import Notification
from techdesk.ui.blocks import PILL_HEIGHT, card, emptied, plain_label, scrolling_list, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.phrases import joined, shortened
from techdesk.ui.theme import Space

_ICON = 20
_CHANNELS = {"EMAIL": ("mail", "E-mail"), "SMS": ("phone", "Text message")}
_TONES = {"SENT": "good", "QUEUED": "muted", "FAILED": "bad", "NOT_CONFIGURED": "warn"}
_NOT_SET_UP = {"EMAIL": "the server has no e-mail set up", "SMS": "the server sends no text messages"}
_NOTHING_YET = "No messages to the customer yet. The server writes one when the order gets a status that notifies."
_NEVER = datetime.min.replace(tzinfo=UTC)


class MessagesTab(QWidget):
    """List the messages to the customer, the newest first."""

    label = "Messages"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._detail: OrderDetail | None = None
        self._drawn: object = None
        self._list = scrolling_list(self)
        context.theme.changed.connect(self._draw)

    def show_detail(self, detail: OrderDetail) -> None:
        """Show the messages of an order."""
        self._detail = detail
        drawn = (detail.ref, tuple(one.value for one in detail.notifications))
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()

    def count(self, detail: OrderDetail) -> int:
        """Return how many messages there are."""
        return len(detail.notifications)

    def _draw(self) -> None:
        emptied(self._list)
        if self._detail is None:
            return
        messages = [one.value for one in self._detail.notifications]
        for message in sorted(messages, key=lambda one: one.created_at or _NEVER, reverse=True):
            self._list.addWidget(self._card(message))
        if not messages:
            empty = plain_label(self._why_none(self._detail), "muted")
            empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._list.addWidget(empty)
        self._list.addStretch(1)

    def _why_none(self, detail: OrderDetail) -> str:
        profile = self._context.services.profile(detail.ref.account_id)
        return profile.no_notifications or _NOTHING_YET

    def _card(self, message: Notification) -> QFrame:
        frame = card()
        icon, channel = _CHANNELS.get(message.channel, ("note", message.channel.capitalize()))
        picture = QLabel()
        picture.setPixmap(self._context.icons.pixmap(icon, "muted", _ICON))
        picture.setToolTip(channel)
        picture.setAccessibleName(channel)
        status = plain_label(self._status_words(message), wrap=False)
        status.setProperty("tone", _TONES.get(message.status, "muted"))
        status.setFixedHeight(PILL_HEIGHT)
        head = QHBoxLayout()
        head.addWidget(selectable_label(shortened(message.recipient, 200), "strong"), 1)
        head.addWidget(status)
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(head, 0, 1)
        grid.addWidget(plain_label(joined(channel, self._context.formats.when(message.created_at)), "small"), 1, 1)
        grid.addWidget(selectable_label(shortened(message.message)), 2, 1)
        return frame

    def _status_words(self, message: Notification) -> str:
        """Say what became of a message; a newer server's word is shown as it is."""
        if message.status == "SENT":
            formats, sent = self._context.formats, message.sent_at
            when = "" if sent is None else formats.time(sent) if formats.is_today(sent) else formats.when(sent)
            return f"Sent {when}".rstrip()
        if message.status == "NOT_CONFIGURED":
            return f"Not sent: {_NOT_SET_UP.get(message.channel, 'the server is not set up for it')}"
        return message.status.replace("_", " ").capitalize()
