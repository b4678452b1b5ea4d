"""Ask for the master password or the recovery code, or say why the desk cannot be opened; before the main window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.domain.errors import (
    DiskFullError,
    NoKeyringError,
    StoreBusyError,
    StoreCorruptError,
    StoreLockedError,
    TechDeskError,
    WrongRecoveryCodeError,
)
from techdesk.domain.recovery_code import key_of_code
from techdesk.ui.blocks import MessageLine, plain_label, push_button
from techdesk.ui.fitting import height_at
from techdesk.ui.theme import Space

SHORTEST_PASSWORD = 8

_CODE_HEIGHT = 92
_WIDTH = 520
_USE_CODE = "Use the recovery &code…"
_AFTERWARDS = (
    f"At least {SHORTEST_PASSWORD} characters. Nobody can recover this password: “Help ▸ Recovery code…” will show "
    "what opens your work without it."
)
_WHAT_RESTORING_DOES = (
    "The present file is kept aside, and all unsent work that can be read in it comes along. Nothing is sent twice: "
    "what may have been sent is looked for first."
)
_HOW_TO_TYPE = "Type the code that was printed. Small letters, spaces and hyphens make no difference."


_AT_OPENING: Mapping[type[TechDeskError], tuple[str, str]] = {
    DiskFullError: ("The disk is full", "Free some space, then try again. Nothing was changed"),
    NoKeyringError: (
        "Choose a master password",
        "It opens your work each time TechDesk starts. This computer has no keyring that would do so by itself.",
    ),
    StoreBusyError: (StoreBusyError.default_title, "Close the other program, then try again"),
    StoreCorruptError: (
        StoreCorruptError.default_title,
        "Trying again repairs it; all unsent work that can be read is saved first",
    ),
}
"""What an error says here, where no form is open and nothing else can be done, in place of its own first words."""

_LOCKED = "Unlock the keyring and try again, or use the recovery code. Nothing was changed"
_KEYRING_GONE = (
    "Your work here was locked with the key of a keyring that is not there now. Start the keyring and try again, or "
    "use the recovery code. Nothing was changed"
)


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
        self.setMinimumWidth(_WIDTH)
        self._words = _words_at_opening(error, asks_password=asks_password)
        self._title = plain_label(self._words[0], "title")
        self._message = MessageLine()
        self._message.say(self._words[1])
        self._message.setVisible(bool(self._words[1]))
        self._password = _PasswordForm(is_new=isinstance(error, NoKeyringError)) if asks_password else None
        self._new_password = _PasswordForm(is_new=True) if code_use is CodeUse.SEALED_FILE else None
        self.code = QPlainTextEdit()
        self._code_form = _code_form(self.code)
        self._backups = self._backup_form(backups) if backups else None
        self._again = push_button("", self._accept_if_valid)
        self._quit = push_button("&Quit", self.reject, "Esc")
        self._use_code = push_button("", self._ask_otherwise)
        self._use_code.setVisible(code_use is not CodeUse.NONE)
        self._lay_out()
        self._show_fields(takes_code=False)
        if not self._password:
            self._again.setFocus()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._fit()
        super().showEvent(event)

    def add(self, block: QWidget) -> None:
        """Show something more about the matter, below what it is."""
        self._layout.insertWidget(self._layout.indexOf(self._message) + 1, block)

    def ask_code(self) -> None:
        """Ask for the recovery code in place of what was asked for."""
        self._show_fields(takes_code=True)
        self._title.setText("Open with the recovery code")
        self._tell(_HOW_TO_TYPE, "muted")
        self.code.setFocus()

    def _ask_as_before(self) -> None:
        """Ask again for what was asked for at first."""
        self._show_fields(takes_code=False)
        self._title.setText(self._words[0])
        self._tell(self._words[1], "muted")
        (self._password or self._again).setFocus()

    def _show_fields(self, *, takes_code: bool) -> None:
        for field, is_shown in (
            (self._password, not takes_code),
            (self._backups, not takes_code),
            (self._code_form, takes_code),
            (self._new_password, takes_code),
        ):
            if field:
                field.setVisible(is_shown)
        self._use_code.setText("&Back" if takes_code else _USE_CODE)
        self._again.setText("&Open" if takes_code or self._password else "Try &again")

    def _ask_otherwise(self) -> None:
        (self._ask_as_before if self._code_form.isVisible() else self.ask_code)()

    def _lay_out(self) -> None:
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        fields = [one for one in (self._password, self._code_form, self._new_password, self._backups) if one]
        for widget in (self._title, self._message, *fields):
            layout.addWidget(widget)
        layout.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self._use_code)
        line.addStretch(1)
        line.addWidget(self._quit)
        line.addWidget(self._again)
        layout.addLayout(line)
        for button in (self._again, self._quit, self._use_code):
            button.setAutoDefault(True)
        self._again.setDefault(True)

    def _backup_form(self, backups: Sequence[tuple[str, str]]) -> QWidget:
        form = QWidget()
        layout = QVBoxLayout(form)
        layout.setContentsMargins(0, Space.S, 0, 0)
        layout.setSpacing(Space.S)
        self.backup = QComboBox()
        for name, words in backups:
            self.backup.addItem(words, name)
        self.backup.setAccessibleName("Backup")
        label = QLabel("Or go back to a &backup")
        label.setProperty("role", "section")
        label.setBuddy(self.backup)
        restore = push_button("&Restore it", self._restore)
        restore.setAutoDefault(True)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.backup, 1)
        row.addWidget(restore)
        layout.addWidget(label)
        layout.addLayout(row)
        layout.addWidget(plain_label(_WHAT_RESTORING_DOES, "muted"))
        return form

    def _restore(self) -> None:
        self.restore_wished.emit(self.backup.currentData())
        self.accept()

    def _accept_if_valid(self) -> None:
        takes_code = self._code_form.isVisible()
        passwords = self._new_password if takes_code else self._password
        wrong = (self._wrong_code() if takes_code else "") or (passwords.what_is_wrong() if passwords else "")
        if wrong:
            self._tell(wrong, "error")
            return
        self.try_again.emit(passwords.text() if passwords else "", self.code.toPlainText() if takes_code else "")
        self.accept()

    def _fit(self) -> None:
        """Be as high as all that is asked and told now."""
        self.resize(self.width(), height_at(self, self.width()))

    def _tell(self, words: str, role: str) -> None:
        self._message.say(words, role)
        self._message.setVisible(bool(words))
        self._fit()

    def _wrong_code(self) -> str:
        """Return what is wrong with the code that was typed; nothing is tried with a slip."""
        try:
            key_of_code(self.code.toPlainText())
        except WrongRecoveryCodeError as error:
            self.code.setFocus()
            return str(error)
        return ""


def _words_at_opening(error: TechDeskError, *, asks_password: bool) -> tuple[str, str]:
    """Return title and hint of an error; what it says by default may speak of forms, and of what is not asked for."""
    if error.hint != error.default_hint:
        return error.title, error.hint
    if isinstance(error, NoKeyringError) and not asks_password:
        return error.title, _KEYRING_GONE
    if isinstance(error, StoreLockedError) and not asks_password:
        return error.title, _LOCKED
    return _AT_OPENING.get(type(error), (error.title, error.hint))


class _PasswordForm(QWidget):
    """A master password, typed twice where it is chosen now."""

    def __init__(self, *, is_new: bool) -> None:
        super().__init__()
        self._is_new = is_new
        self._password, self._repeated = _password_line(), _password_line()
        self.setFocusProxy(self._password)
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
