"""Ask for the master password, or say why the desk cannot be opened; before there is a main window."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from techdesk.domain.errors import NoKeyringError, TechDeskError
from techdesk.ui.blocks import plain_label
from techdesk.ui.theme import Space

SHORTEST_PASSWORD = 8


class OpeningFailed(QDialog):
    """Tell why the desk did not open; a password is asked for where one helps.

    Signals:
        try_again: Open the desk again, with this password (empty: with none).
    """

    try_again = Signal(str)

    def __init__(self, error: TechDeskError, asks_password: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("TechDesk")
        self._is_new = isinstance(error, NoKeyringError)
        self._password = _password_line()
        self._repeated = _password_line()
        self._message = plain_label(error.hint, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(plain_label(error.title, "title"))
        layout.addWidget(self._message)
        if asks_password:
            layout.addLayout(self._password_form())
        layout.addWidget(self._buttons(asks_password))
        self.setMinimumWidth(420)

    def _password_form(self) -> QFormLayout:
        form = QFormLayout()
        form.addRow("Master &password", self._password)
        if self._is_new:
            form.addRow("&Repeat it", self._repeated)
            form.addRow(plain_label("Nobody can recover this password. Without it, unsent work is lost.", "muted"))
        return form

    def _buttons(self, asks_password: bool) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        again = buttons.addButton("Open" if asks_password else "Try again", QDialogButtonBox.ButtonRole.AcceptRole)
        again.setDefault(True)
        buttons.addButton("Quit", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._accept_if_valid)
        buttons.rejected.connect(self.reject)
        return buttons

    def _accept_if_valid(self) -> None:
        wrong = self._what_is_wrong() if self._is_new else ""
        if wrong:
            self._message.setText(wrong)
            self._password.setFocus()
            return
        self.try_again.emit(self._password.text())
        self.accept()

    def _what_is_wrong(self) -> str:
        if len(self._password.text()) < SHORTEST_PASSWORD:
            return f"Choose a password of at least {SHORTEST_PASSWORD} characters"
        return "" if self._password.text() == self._repeated.text() else "The two passwords differ"


def _password_line() -> QLineEdit:
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    return line
