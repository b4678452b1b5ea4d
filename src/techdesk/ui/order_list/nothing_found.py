"""Say that no order is found, and where else to look."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.phrases import joined, number_text
from techdesk.ui.theme import Space


class NothingFound(QFrame):
    """Stand in the list's place; what is typed here is handed on, as no letter belongs to a button."""

    def __init__(self, look_in_all: Callable[[], object], look_on_server: Callable[[], object]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._title, self._hint = plain_label("", "heading"), plain_label("", "muted")
        self.in_all = push_button("", look_in_all, "F9", "primary")
        self.in_all.hide()
        self._searches = False
        self.on_server = push_button("Search on the server…", look_on_server, "Ctrl+Shift+F")
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addSpacing(Space.S)
        for button in (self.in_all, self.on_server):
            layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)

    def say(self, empty: str, text: str, *, narrowed: bool) -> None:
        """Say that a text was not found, or that the view is empty; `narrowed` where one account alone is shown."""
        self._title.setText(f"No order matches “{text}”" if text else empty)
        hint = "Only one account is shown: “All accounts” on the left shows the others"
        self._hint.setText(joined("Press Esc to clear the search" if text else "", hint if narrowed else ""))
        self._searches = bool(text)
        self.on_server.setVisible(bool(text))

    def offer_all(self, found: int) -> None:
        """Offer what all orders have of the text."""
        what = "Search in All" if self._searches else "Show all orders"
        self.in_all.setText(f"{what} ({number_text(found)})")
        self.in_all.setVisible(found > 0)
