"""Connect an account: address, credential, a test in plain words."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.desk_services import SystemInfo
from techdesk.application.ports import AccountFacts
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import plain_label, push_button, restyle
from techdesk.ui.context import Context
from techdesk.ui.theme import Space

_WIDTH = 460
_OWN_ROWS = 4
"""Rows of the form that every system has; its own settings follow."""


class AccountDialog(QDialog):
    """Ask for what a sign-in needs; nothing is kept before it is saved."""

    def __init__(self, context: Context, account: Account | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change the account" if account else "Connect an account")
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._account = account
        self._systems = {one.name: one for one in context.services.systems()}
        self.system = QComboBox()
        self.name, self.address, self.secret = QLineEdit(), QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self._result = plain_label("", "muted")
        self._settings: dict[str, QLineEdit] = {}
        self._form = QFormLayout()
        self._build()

    def _build(self) -> None:
        for info in self._systems.values():
            self.system.addItem(info.label, info.name)
        self._form.addRow("&System", self.system)
        self._form.addRow("&Name", self.name)
        self._form.addRow("&Address", self.address)
        self._form.addRow("&Token", self.secret)
        self.name.setPlaceholderText("What you call it, for example Workshop")
        self.test = QPushButton("T&est")
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self._test)
        self.save = QPushButton("Sa&ve")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.test)
        row.addStretch(1)
        row.addWidget(push_button("&Cancel", self.reject))
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        self._form.setSpacing(Space.XS)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        layout.addWidget(plain_label(self.windowTitle(), "title"))
        layout.addLayout(self._form)
        layout.addWidget(self._result)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.system.currentIndexChanged.connect(lambda _: self._show_system())
        self._fill()
        self.name.setFocus()

    def _fill(self) -> None:
        if self._account:
            self.system.setCurrentIndex(self.system.findData(self._account.system))
            self.system.setEnabled(False)
            self.name.setText(self._account.name)
            self.address.setText(self._account.address)
            self.secret.setPlaceholderText("Leave empty to keep the one you have")
        self._show_system()

    @property
    def _info(self) -> SystemInfo:
        return self._systems[self.system.currentData()]

    def _show_system(self) -> None:
        """Show what this system needs."""
        self.address.setPlaceholderText(self._info.address_hint)
        while self._form.rowCount() > _OWN_ROWS:
            self._form.removeRow(_OWN_ROWS)
        self._settings = {}
        kept = self._account.settings if self._account else {}
        for name, (label, default) in self._info.settings.items():
            line = QLineEdit(kept.get(name, ""))
            line.setPlaceholderText(default or "optional")
            self._settings[name] = line
            self._form.addRow(label, line)

    def account_typed(self) -> Account:
        """Return the account as it was typed."""
        known = self._account
        changed = {name: line.text().strip() for name, line in self._settings.items() if line.text().strip()}
        kept = {name: text for name, text in (known.settings if known else {}).items() if name not in self._settings}
        return Account(
            account_id=known.account_id if known else uuid4().hex,
            name=self.name.text().strip() or self._info.label,
            system=self._info.name,
            address=self.address.text().strip().rstrip("/"),
            settings=kept | changed,
            color=known.color if known else "",
            user_uid=known.user_uid if known else "",
            user_name=known.user_name if known else "",
        )

    @property
    def told(self) -> str:
        """Return what the dialog says about the last test or save."""
        return self._result.text()

    def _test(self) -> None:
        account, secret = self.account_typed(), self.secret.text()
        services = self._context.services
        self._busy("Signing in…")
        if self._account and not secret:
            known = self._account.account_id
            self._context.tasks.background(lambda: services.check_account(known), self._tested, self._failed)
        else:
            self._context.tasks.background(lambda: services.test_account(account, secret), self._tested, self._failed)

    def _save(self) -> None:
        account, secret = self.account_typed(), self.secret.text()
        services, known = self._context.services, self._account
        self._busy("Saving…")

        def save() -> Account:
            return services.change_account(account, secret) if known else services.add_account(account, secret)

        self._context.tasks.background(save, self._saved, self._failed)

    def _busy(self, words: str) -> None:
        self.buttons.setEnabled(False)
        self._say(words, "muted")

    def _tested(self, facts: AccountFacts) -> None:
        self.buttons.setEnabled(True)
        who = f" You are {facts.user_name}, {facts.role}." if facts.user_name else ""
        self._say(f"It works.{who}", "good")

    def _saved(self, _: Account) -> None:
        self._context.tasks.report_changes(Changes(list_changed=True, references=True))
        self.accept()

    def _failed(self, error: TechDeskError) -> None:
        self.buttons.setEnabled(True)
        self._say(f"{error.title}. {error.hint}" if error.hint else error.title, "error")

    def _say(self, words: str, role: str) -> None:
        self._result.setText(words)
        restyle(self._result, "role", role)
