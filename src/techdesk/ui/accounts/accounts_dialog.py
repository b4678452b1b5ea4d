"""List the accounts: add one, change one, sign out of one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.unsent.leaving import unsent_by_state
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.asking import ask
from techdesk.ui.blocks import literal_tip, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.dialogs.network_dialog import NetworkDialog
from techdesk.ui.dialogs.sign_out_dialog import SignOutDialog
from techdesk.ui.phrases import joined
from techdesk.ui.row_delegate import ASIDE_ROLE, COLOR_ROLE, ICON_ROLE, RowDelegate
from techdesk.ui.theme import Space


class AccountsDialog(QDialog):
    """Show every account of this computer."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Accounts")
        self.setMinimumSize(640, 320)
        self._context = context
        self._systems = {one.name: one.label for one in context.services.systems()}
        self._list = QListWidget()
        self._list.setItemDelegate(RowDelegate(context, self._list))
        self._list.setProperty("role", "framed")
        self._list.setAccessibleName("Accounts")
        # later: Qt goes on to hand this Enter to the default button of whatever dialog it finds below this one
        self._list.itemActivated.connect(lambda _: QTimer.singleShot(0, self, self._open))
        self._list.currentRowChanged.connect(lambda _: self._enable())
        self.change = push_button("C&hange…", self._change)
        self.again = push_button("Sign &in again…", self._sign_in_again)
        self.sign_out = push_button("Sign &out…", self._ask_sign_out)
        buttons = QHBoxLayout()
        buttons.addWidget(push_button("&Add…", self._add))
        buttons.addWidget(self.change)
        buttons.addWidget(self.again)
        buttons.addWidget(self.sign_out)
        buttons.addWidget(push_button("&Network…", self._network, "Proxy and certificates"))
        buttons.addStretch(1)
        buttons.addWidget(push_button("&Close", self.accept))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.M)
        layout.addWidget(plain_label("Accounts", "title"))
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        context.tasks.changed.connect(self._changed)
        self._enable()
        self._read()

    def _changed(self, changes: Changes) -> None:
        if changes.references:
            self._read()

    def _read(self) -> None:
        self._context.tasks.query(lambda view: view.accounts(), self._show, self, "accounts")

    def _show(self, accounts: list[Account]) -> None:
        self._list.clear()
        for account in accounts:
            system = self._systems.get(account.system, account.system)
            signed_out = "signed out" if account.signed_out else ""
            item = QListWidgetItem(joined(account.name, account.user_name, signed_out))
            item.setToolTip(literal_tip(account.address))
            item.setData(ASIDE_ROLE, system)
            item.setData(ICON_ROLE, "account")
            item.setData(COLOR_ROLE, self._context.theme.account_color(account.color))
            item.setData(Qt.ItemDataRole.UserRole, account)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._enable()

    def _enable(self) -> None:
        for button in (self.change, self.again, self.sign_out):
            button.setEnabled(self._list.currentRow() >= 0)

    @property
    def _chosen(self) -> Account:
        account: Account = self._list.currentItem().data(Qt.ItemDataRole.UserRole)
        return account

    def _add(self) -> None:
        AccountDialog(self._context, parent=self).open()

    def _open(self) -> None:
        """Do what one most likely wants of an account: change it, or sign in again where it is signed out."""
        if self._chosen.signed_out:
            self._sign_in_again()
        else:
            self._change()

    def _change(self) -> None:
        AccountDialog(self._context, self._chosen, parent=self).open()

    def _sign_in_again(self) -> None:
        AccountDialog(self._context, self._chosen, parent=self, again=True).open()

    def _network(self) -> None:
        NetworkDialog(self._context, self).open()

    def _ask_sign_out(self) -> None:
        account = self._chosen
        self._context.tasks.query(
            lambda view: unsent_by_state(view, account.account_id), partial(self._ask_about, account), self, "unsent"
        )

    def _ask_about(self, account: Account, unsent: dict[OpState, int]) -> None:
        """Ask what becomes of unsent work, else only whether to sign out."""
        if unsent:
            SignOutDialog(self._context, account, unsent, self).open()
            return
        question = f"Sign out of “{account.name}”? Its orders leave this computer; the server keeps them."
        ask(self, question, "Sign out", lambda: self._sign_out(account.account_id))

    def _sign_out(self, account_id: str) -> None:
        services = self._context.services
        self._context.tasks.background(
            lambda: services.remove_account(account_id),
            self._context.tasks.report_changes,
            self._context.notices.error,
        )
