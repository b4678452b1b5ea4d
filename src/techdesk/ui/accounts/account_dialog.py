"""Connect an account: system, address, credential, a test in plain words."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from techdesk.application.accounts import Account, free_color
from techdesk.application.changes import Changes
from techdesk.application.desk_services import SystemInfo
from techdesk.application.exchange import AccountFacts
from techdesk.domain.errors import InvalidInputError, TechDeskError
from techdesk.ui.accounts.account_form import MORE, SECRET, AccountForm
from techdesk.ui.blocks import MessageLine, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import FormScroll
from techdesk.ui.theme import Space

_WIDTH = 480
_MOST_HEIGHT = 660
"""Below the smallest window's height; more is scrolled."""


class AccountDialog(QDialog):
    """Ask for what a sign-in needs; nothing is kept before it is saved."""

    def __init__(
        self, context: Context, account: Account | None = None, parent: QWidget | None = None, *, again: bool = False
    ) -> None:
        """Show an account, or ask for a new one.

        Args:
            context: What widgets work with.
            account: The one to change; None for a new one.
            parent: The owning widget.
            again: The person wants to sign in again, so the keyboard goes to the credential.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        change = f"Sign in to “{account.name}” again" if account and again else "Change the account"
        self.setWindowTitle(change if account else "Connect an account")
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._account = account
        self._again = again
        self._systems = {one.name: one for one in context.services.systems()}
        self._result = MessageLine()
        self.more = push_button("&More settings", self._toggle_more, role="inline")
        self.more.setFlat(True)
        self._place = QVBoxLayout()
        self._build()
        self.form = self._show_form(self._first_system(), self._given())
        if account is None:
            context.tasks.query(lambda view: view.accounts(), self._offer_color, self, "colours")

    @property
    def name(self) -> QLineEdit:
        """Return the line of the account's name."""
        return self.form.line("name")

    @property
    def address(self) -> QLineEdit:
        """Return the line of the address."""
        return self.form.line("address")

    @property
    def secret(self) -> QLineEdit:
        """Return the line of the credential."""
        return self.form.line(SECRET)

    @property
    def told(self) -> str:
        """Return what the dialog says about the last test or save."""
        return self._result.text()

    def account_typed(self) -> Account:
        """Return the account as it was typed."""
        return self.form.account(self._account, self._account.account_id if self._account else uuid4().hex)

    def _build(self) -> None:
        self.test = push_button("T&est", self._test, "Sign in without keeping anything")
        self.save = QPushButton("Sa&ve")
        self.save.setDefault(True)
        self.save.setProperty("role", "primary")
        self.save.setToolTip("Ctrl+Enter")
        self.save.clicked.connect(self._save)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save.click)
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
        layout.addWidget(plain_label(self.windowTitle(), "title"))
        layout.addLayout(self._place, 1)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._result)
        layout.addWidget(self.buttons)

    def _first_system(self) -> SystemInfo:
        known = self._account.system if self._account else ""
        return self._systems.get(known) or next(iter(self._systems.values()))

    def _given(self) -> dict[str, str]:
        known = self._account
        if known is None:
            return {}
        return {**known.settings, "name": known.name, "address": known.address, "color": known.color}

    def _show_form(self, info: SystemInfo, given: dict[str, str]) -> AccountForm:
        """Show what a system asks for; what was typed already stays."""
        while old := self._place.takeAt(0):
            widget = old.widget()
            if widget:
                widget.hide()
                widget.deleteLater()
        form = self.form = AccountForm(self._context.theme, info, list(self._systems.values()), given)
        scroll = self._scroll = FormScroll(form)
        form.problem_shown.connect(scroll.ensureWidgetVisible)
        self._place.addWidget(scroll)
        scroll.show()  # else a visible dialog would measure it before it is there
        if self._account:
            form.editor("system").setEnabled(False)
            form.line(SECRET).setPlaceholderText("Leave empty to keep the one you have")
        form.editor("system").changed.connect(self._change_system)
        self._label_more()
        form.editor(SECRET if self._again else "name").setFocus()
        self._grow()
        return form

    def _change_system(self) -> None:
        info = self._systems[self.form.editor("system").value()]
        self._result.say("")
        self._show_form(info, self.form.values())
        self.form.editor("system").setFocus()

    def _offer_color(self, accounts: list[Account]) -> None:
        if not self.form.editor("color").touched:
            self.form.editor("color").set_value(free_color(accounts))

    def _toggle_more(self) -> None:
        self.form.show_section(MORE, not self._has_more)
        self._label_more()
        self._grow()
        if self._has_more:
            first = self.form.editor(next(name for name, one in self.form.offered.items() if one.rare))
            first.setFocus()
            QTimer.singleShot(0, first, lambda: self._scroll.ensureWidgetVisible(first, 0, self._scroll.height() // 2))

    @property
    def _has_more(self) -> bool:
        return self.form.is_section_shown(MORE)

    def _label_more(self) -> None:
        self.more.setText("&Less settings" if self._has_more else "&More settings")

    def _grow(self) -> None:
        """Get as high as what is shown needs, but never higher than the smallest window."""
        self._scroll.updateGeometry()
        for widget in (self.form, self._scroll, self):
            layout = widget.layout()
            if layout:
                layout.invalidate()
                layout.activate()
        self.resize(max(self.width(), _WIDTH), min(self.sizeHint().height(), _MOST_HEIGHT))

    def _test(self) -> None:
        if self._is_wrong():
            return
        account, secret = self.account_typed(), self.secret.text()
        services, known = self._context.services, self._account
        self._busy("Signing in…")
        is_same = known and (account.address, account.settings) == (known.address, known.settings)
        if known and not secret and is_same:
            self._context.tasks.background(lambda: services.check_account(known.account_id), self._tested, self._failed)
        elif known and not secret:
            self._failed(InvalidInputError("Give the credential too", "A change is tested with it", field=SECRET))
        else:
            self._context.tasks.background(lambda: services.test_account(account, secret), self._tested, self._failed)

    def _save(self) -> None:
        if self._is_wrong():
            return
        account, secret = self.account_typed(), self.secret.text()
        services, known = self._context.services, self._account
        self._busy("Saving…")

        def save() -> Account:
            return services.change_account(account, secret) if known else services.add_account(account, secret)

        self._context.tasks.background(save, self._saved, self._failed)

    def _is_wrong(self) -> bool:
        typed = self.address.text().strip()
        if typed and "://" not in typed:
            self.address.setText(f"https://{typed}")
        problems = self.form.problems()
        self.form.show_problems(problems)
        return bool(problems)

    def _busy(self, words: str) -> None:
        self.buttons.setEnabled(False)
        self._result.say(words)

    def _tested(self, facts: AccountFacts) -> None:
        self.buttons.setEnabled(True)
        who = f" You are {facts.user_name}, {facts.role}." if facts.user_name else ""
        self._result.say(f"It works.{who}", "good")

    def _saved(self, _: Account) -> None:
        self._context.tasks.report_changes(Changes(list_changed=True, references=True))
        self.accept()

    def _failed(self, error: TechDeskError) -> None:
        """Say what is wrong, at the row that is meant where there is one."""
        self.buttons.setEnabled(True)
        words = f"{error.title}. {error.hint}" if error.hint else error.title
        field = error.field if isinstance(error, InvalidInputError) else ""
        if field not in self.form.names:
            self._result.say(words, "error")
            return
        self._result.say("")
        if not self.form.is_shown(field):
            self._toggle_more()
        self.form.show_problems({field: words})
        self._grow()
