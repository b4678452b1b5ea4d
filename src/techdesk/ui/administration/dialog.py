"""Open the administration of an account: its sections on the left, the chosen one beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from techdesk.application.accounts import Account
from techdesk.application.administration import AdminKind
from techdesk.application.changes import Changes
from techdesk.ui.administration.deliveries import DeliveriesPage
from techdesk.ui.administration.online import Online
from techdesk.ui.administration.page import RecordsPage
from techdesk.ui.administration.sections import SECTIONS, AdminSection, Around, read_around
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.row_delegate import ICON_ROLE, RowDelegate
from techdesk.ui.theme import Space

_WIDTH, _HEIGHT = 980, 620
_SIDE_WIDTH = 208
_WHAT_TO_DO = "Connect another account there with an administrator's token."

_Page = RecordsPage | DeliveriesPage


class AdministrationDialog(QDialog):
    """Administer the server of one of the accounts; what an account cannot do is grey, with the reason."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Administration")
        self.setMinimumSize(760, 480)
        self.resize(_WIDTH, _HEIGHT)
        self._context = context
        self._systems = {one.name: one for one in context.services.systems()}
        self._known: list[Account] | None = None
        self._account: Account | None = None
        self._around = Around(formats=context.formats)
        self._made: dict[AdminKind, _Page] = {}
        self.accounts = QComboBox()
        self.accounts.setAccessibleName("Account")
        self.sections = QListWidget()
        self.sections.setAccessibleName("Sections")
        self.sections.setItemDelegate(RowDelegate(context, self.sections))
        self.sections.setStyleSheet("background: transparent;")
        self.reason = plain_label("", "muted")
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.reason)
        for section in SECTIONS:
            item = QListWidgetItem(section.label, self.sections)
            item.setData(ICON_ROLE, section.icon)
            item.setData(Qt.ItemDataRole.UserRole, section)
        self._lay_out()
        self.accounts.currentIndexChanged.connect(self._choose_account)
        self.sections.currentRowChanged.connect(lambda _: self._show_section())
        self.sections.itemActivated.connect(lambda _: self._enter_page())
        context.tasks.changed.connect(self._changed)
        self._read_accounts()

    @property
    def page(self) -> _Page | None:
        """Return the section that is shown; None where the account can administer nothing."""
        shown = self.pages.currentWidget()
        return shown if isinstance(shown, RecordsPage | DeliveriesPage) else None

    def show_section(self, kind: AdminKind) -> None:
        """Show a section."""
        self.sections.setCurrentRow(next(at for at, one in enumerate(SECTIONS) if one.kind is kind))

    def _enter_page(self) -> None:
        if self.page:
            self.page.setFocus()

    def _changed(self, changes: Changes) -> None:
        if changes.references:
            self._read_accounts()

    def _read_accounts(self) -> None:
        self._context.tasks.query(lambda view: view.accounts(), self._show_accounts, self, "accounts")

    def _show_accounts(self, accounts: list[Account]) -> None:
        """Offer the accounts; begin with one that can, else nearly can; what is open stays as long as its role does."""
        if accounts == self._known:
            return
        self._known = accounts
        before = self._account.account_id if self._account else ""
        self.accounts.blockSignals(True)
        self.accounts.clear()
        for one in accounts:
            self.accounts.addItem(one.name, one)
        able = [at for at, one in enumerate(accounts) if not self._why_not(one)]
        same = [at for at, one in enumerate(accounts) if one.account_id == before]
        nearly = [at for at, one in enumerate(accounts) if self._is_administered(one)]
        self.accounts.setCurrentIndex([*same, *able, *nearly, 0][0])
        self.accounts.blockSignals(False)
        self._choose_account()

    def _is_administered(self, account: Account) -> bool:
        """Say whether another sign-in could administer the account's system, so that its reason is worth reading."""
        system = self._systems.get(account.system)
        return system is not None and system.is_administered

    def _why_not(self, account: Account) -> str:
        system = self._systems.get(account.system)
        if system is None:
            return "This TechDesk does not know the account's system"
        why_not = system.why_not_administer(account)
        return f"{why_not}.\n{_WHAT_TO_DO}" if why_not and system.is_administered else why_not

    def _choose_account(self) -> None:
        account: Account | None = self.accounts.currentData()
        before = self._account.account_id if self._account else ""
        self._account = account
        if account is None:
            self._grey("Connect an account first")
            return
        why_not = self._why_not(account)
        if why_not:
            self._forget_pages()
            self._grey(why_not)
        elif before != account.account_id or not self._made:
            self._forget_pages()
            account_id, formats = account.account_id, self._context.formats
            self._context.tasks.query(
                lambda view: read_around(view, account_id, formats), self._show_around, self, "around"
            )

    def _show_around(self, around: Around) -> None:
        self._around = around
        self._grey("")
        if self.sections.currentRow() < 0:
            self.sections.setCurrentRow(0)
        else:
            self._show_section()
        self.sections.setFocus()

    def _grey(self, why_not: str) -> None:
        """Let the sections be chosen, or grey them and say why they cannot."""
        self.reason.setText(why_not)
        if why_not:
            self.pages.setCurrentWidget(self.reason)
        for at in range(self.sections.count()):
            item = self.sections.item(at)
            flags = item.flags()
            enabled = Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags & ~enabled if why_not else flags | enabled)
            item.setToolTip(why_not)

    def _show_section(self) -> None:
        item = self.sections.currentItem()
        if self.sections.currentRow() < 0 or not self._account or self.reason.text():
            return
        section: AdminSection = item.data(Qt.ItemDataRole.UserRole)
        if section.kind not in self._made:
            online = Online(self._context, self._account)
            page = DeliveriesPage if section.kind is AdminKind.DELIVERY else RecordsPage
            self._made[section.kind] = page(online, section, self._around)
            self.pages.addWidget(self._made[section.kind])
        else:
            self._made[section.kind].read()
        self.pages.setCurrentWidget(self._made[section.kind])

    def _forget_pages(self) -> None:
        for page in self._made.values():
            self.pages.removeWidget(page)
            page.deleteLater()
        self._made = {}

    def _lay_out(self) -> None:
        side = QFrame()
        side.setFixedWidth(_SIDE_WIDTH)
        in_side = QVBoxLayout(side)
        in_side.setContentsMargins(Space.M, Space.L, Space.M, Space.M)
        in_side.setSpacing(Space.M)
        in_side.addWidget(plain_label("Administration", "heading"))
        in_side.addWidget(self.accounts)
        in_side.addWidget(self.sections, 1)
        whole = QVBoxLayout()
        whole.setContentsMargins(Space.L, Space.L, Space.XL, Space.L)
        whole.setSpacing(Space.M)
        whole.addWidget(self.pages, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(push_button("C&lose", self.accept))
        whole.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addLayout(whole, 1)
