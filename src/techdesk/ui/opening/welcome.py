"""Greet whoever starts TechDesk for the first time: try it, connect an account, print the recovery code."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.theme import Space

_CARD_WIDTH = 300
_RECOVERY = "Your data is encrypted. The recovery code opens it if this computer loses its key."


class Welcome(QWidget):
    """Offer the two ways in.

    Signals:
        sample_wished: "Try with sample data" was chosen.
        account_wished: "Connect an account" was chosen.
        recovery_wished: "Print the recovery code" was chosen.
    """

    sample_wished = Signal()
    account_wished = Signal()
    recovery_wished = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        logo = QLabel()
        logo.setPixmap(context.icons.pixmap("techdesk", "accent", 48))
        title = QLabel("Welcome to TechDesk")
        title.setProperty("role", "title")
        text = QLabel("Everything you type is saved on this computer first, and sent as soon as the network allows.")
        text.setProperty("role", "muted")
        self.sample = QPushButton("&Try with sample data")
        self.sample.setProperty("role", "primary")
        self.sample.clicked.connect(self.sample_wished)
        self.connect_account = QPushButton("&Connect an account")
        self.connect_account.clicked.connect(self.account_wished)
        self.recovery = push_button("Print the &recovery code…", self.recovery_wished.emit)
        self._busy = QLabel()
        self._busy.setProperty("role", "muted")
        cards = QHBoxLayout()
        cards.setSpacing(Space.L)
        cards.addStretch(1)
        cards.addWidget(
            _card("Look around", "TechDesk's own server, on this computer, with believable orders.", self.sample)
        )
        cards.addWidget(_card("Start working", "You need your server's address and your token.", self.connect_account))
        cards.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(Space.M)
        layout.addStretch(2)
        for widget in (logo, title, text):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(widget)
        layout.addSpacing(Space.L)
        layout.addLayout(cards)
        layout.addWidget(self._busy, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(plain_label(_RECOVERY, "muted", wrap=False), alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.recovery, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the lit button by Enter, too: no scanner types on this page."""
        lit = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(lit, QPushButton) and lit.hasFocus():
            lit.click()
        else:
            super().keyPressEvent(event)

    def show_busy(self, words: str) -> None:
        """Say what is being done and take no second click; empty text ends it."""
        self._busy.setText(words)
        self.sample.setEnabled(not words)
        self.connect_account.setEnabled(not words)


def _card(heading: str, text: str, button: QPushButton) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    card.setFixedWidth(_CARD_WIDTH)
    title = QLabel(heading)
    title.setProperty("role", "heading")
    words = QLabel(text)
    words.setProperty("role", "muted")
    words.setWordWrap(True)
    layout = QVBoxLayout(card)
    layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
    layout.setSpacing(Space.M)
    layout.addWidget(title)
    layout.addWidget(words, 1)
    layout.addWidget(button)
    return card
