"""Ask for the master password or the recovery code, or say why the desk cannot be opened; before the main window."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from techdesk.domain.errors import NoKeyringError, TechDeskError, WrongRecoveryCodeError
from techdesk.domain.recovery_code import key_of_code
from techdesk.ui.blocks import plain_label
from techdesk.ui.theme import Space

SHORTEST_PASSWORD = 8

_CODE_HEIGHT = 92
_AFTERWARDS = "Nobody can recover this password. “Help ▸ Recovery code…” will show what opens your work without it."
_WHAT_RESTORING_DOES = (
    "The present file is kept aside, and all unsent work that can be read in it comes along. Nothing is sent twice: "
    "what may have been sent is looked for first."
)
_HOW_TO_TYPE = "Type the code that was printed. Small letters, spaces and hyphens make no difference."


class CodeUse(Enum):
    """Whether a recovery code helps, and what takes the key then."""

    NONE = "it does not help"
    KEYRING = "the keyring"
    SEALED_FILE = "a file that a new master password opens"


class OpeningFailed(QDialog):
    """Tell why the desk did not open; a password or the recovery code is asked for where one helps.

    Signals:
        try_again: Open the desk again, with this password and this recovery code (empty: with none).
        restore_wished: Go back to the backup of this name, then open the desk.
    """

    try_again = Signal(str, str)
    restore_wished = Signal(str)

    def __init__(
        self,
        error: TechDeskError,
        asks_password: bool,
        code_use: CodeUse = CodeUse.NONE,
        backups: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Say what is the matter.

        Args:
            error: Why the desk did not open.
            asks_password: A master password helps.
            code_use: Whether the recovery code helps.
            backups: Name and words of each backup that may take the place of the data, newest first.
        """
        super().__init__()
        self.setWindowTitle("TechDesk")
        self._message = plain_label(error.hint, "muted")
        self._password = _PasswordForm(is_new=isinstance(error, NoKeyringError)) if asks_password else None
        self._new_password = _PasswordForm(is_new=True) if code_use is CodeUse.SEALED_FILE else None
        self.code = QPlainTextEdit()
        self._code_form = _code_form(self.code)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(plain_label(error.title, "title"))
        layout.addWidget(self._message)
        if self._password:
            layout.addWidget(self._password)
        layout.addWidget(self._code_form)
        if self._new_password:
            layout.addWidget(self._new_password)
            self._new_password.hide()
        self._code_form.hide()
        if backups:
            layout.addWidget(self._backup_form(backups))
        layout.addWidget(self._buttons(asks_password, code_use))
        self.setMinimumWidth(480)

    def ask_code(self) -> None:
        """Ask for the recovery code in place of what was asked for."""
        self._message.setText(_HOW_TO_TYPE)
        if self._password:
            self._password.hide()
        self._code_form.show()
        if self._new_password:
            self._new_password.show()
        self._use_code.hide()
        self._again.setText("Open")
        self._grow()
        self.code.setFocus()

    def _backup_form(self, backups: Sequence[tuple[str, str]]) -> QWidget:
        form = QWidget()
        layout = QVBoxLayout(form)
        layout.setContentsMargins(0, Space.S, 0, 0)
        layout.setSpacing(Space.S)
        self.backup = QComboBox()
        for name, words in backups:
            self.backup.addItem(words, name)
        label = QLabel("Or go back to a &backup:")
        label.setBuddy(self.backup)
        restore = QPushButton("&Restore it")
        restore.setAutoDefault(False)
        restore.clicked.connect(self._restore)
        row = QHBoxLayout()
        row.addWidget(self.backup, 1)
        row.addWidget(restore)
        layout.addWidget(label)
        layout.addLayout(row)
        layout.addWidget(plain_label(_WHAT_RESTORING_DOES, "muted"))
        return form

    def _restore(self) -> None:
        self.restore_wished.emit(self.backup.currentData())
        self.accept()

    def _buttons(self, asks_password: bool, code_use: CodeUse) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        words = "Open" if asks_password else "Try again"
        self._again = buttons.addButton(words, QDialogButtonBox.ButtonRole.AcceptRole)
        self._again.setDefault(True)
        buttons.addButton("Quit", QDialogButtonBox.ButtonRole.RejectRole)
        self._use_code = buttons.addButton("Use the recovery &code…", QDialogButtonBox.ButtonRole.ActionRole)
        self._use_code.setAutoDefault(False)
        self._use_code.setVisible(code_use is not CodeUse.NONE)
        self._use_code.clicked.connect(self.ask_code)
        buttons.accepted.connect(self._accept_if_valid)
        buttons.rejected.connect(self.reject)
        return buttons

    def _accept_if_valid(self) -> None:
        takes_code = self._code_form.isVisible()
        passwords = self._new_password if takes_code else self._password
        wrong = (self._wrong_code() if takes_code else "") or (passwords.what_is_wrong() if passwords else "")
        if wrong:
            self._message.setText(wrong)
            self._grow()
            return
        self.try_again.emit(passwords.text() if passwords else "", self.code.toPlainText() if takes_code else "")
        self.accept()

    def _grow(self) -> None:
        """Make room for all that is asked and told now."""
        self._layout.activate()
        self.resize(self.width(), max(self.height(), self._layout.totalHeightForWidth(self.width())))

    def _wrong_code(self) -> str:
        """Return what is wrong with the code that was typed; nothing is tried with a slip."""
        try:
            key_of_code(self.code.toPlainText())
        except WrongRecoveryCodeError as error:
            self.code.setFocus()
            return str(error)
        return ""


class _PasswordForm(QWidget):
    """A master password, typed twice where it is chosen now."""

    def __init__(self, *, is_new: bool) -> None:
        super().__init__()
        self._is_new = is_new
        self._password, self._repeated = _password_line(), _password_line()
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("New master &password" if is_new else "Master &password", self._password)
        if is_new:
            form.addRow("&Repeat it", self._repeated)
            form.addRow(plain_label(_AFTERWARDS, "muted"))

    def text(self) -> str:
        """Return the password."""
        return self._password.text()

    def what_is_wrong(self) -> str:
        """Return why a new password cannot be taken, or empty text."""
        if not self._is_new:
            return ""
        if len(self._password.text()) < SHORTEST_PASSWORD:
            self._password.setFocus()
            return f"Choose a password of at least {SHORTEST_PASSWORD} characters"
        return "" if self._password.text() == self._repeated.text() else "The two passwords differ"


def _code_form(code: QPlainTextEdit) -> QWidget:
    code.setProperty("role", "groups")
    code.setTabChangesFocus(True)
    code.setFixedHeight(_CODE_HEIGHT)
    whole = QWidget()
    label = plain_label("Recovery &code", wrap=False)
    label.setBuddy(code)
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(Space.S)
    layout.addWidget(label)
    layout.addWidget(code)
    return whole


def _password_line() -> QLineEdit:
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    return line
