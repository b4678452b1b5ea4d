"""Make what a person asks the main window for: imported only then, as the first rows would be painted later for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.desk_services import SAMPLE_ORDERS
from techdesk.application.editing.drafts import FormDraft, open_forms
from techdesk.application.outbox import OrderRef
from techdesk.domain.errors import NotSupportedError, TechDeskError
from techdesk.ui.actions import Action
from techdesk.ui.context import Context

if TYPE_CHECKING:
    from techdesk.application.order_detail import OrderDetail
    from techdesk.ui.detail.order_menu import ActsOnOrder, OrderMenu
    from techdesk.ui.dialogs.new_order import NewOrderDialog
    from techdesk.ui.opening.welcome import Welcome
    from techdesk.ui.palette import Palette
    from techdesk.ui.status_line import StatusLine
    from techdesk.ui.sync_center.center import SyncCenter


class OnDemand:
    """Open the dialogs of a window, and make its rarely seen parts."""

    def __init__(self, context: Context, window: QWidget) -> None:
        """Keep what dialogs need."""
        self._context = context
        self._window = window

    def accounts(self) -> None:
        """Open the accounts."""
        from techdesk.ui.accounts.accounts_dialog import AccountsDialog

        AccountsDialog(self._context, self._window).open()

    def administration(self) -> None:
        """Open the administration."""
        from techdesk.ui.administration.dialog import AdministrationDialog

        AdministrationDialog(self._context, self._window).open()

    def _new_account(self) -> None:
        """Open the dialog that connects an account."""
        from techdesk.ui.accounts.account_dialog import AccountDialog

        AccountDialog(self._context, parent=self._window).open()

    def serve(self, welcome: Welcome) -> None:
        """Do what the welcome page offers."""
        welcome.sample_wished.connect(lambda: self.sample(welcome))
        welcome.account_wished.connect(self._new_account)
        welcome.recovery_wished.connect(self.recovery_code)

    def sample(self, welcome: Welcome, orders: int = SAMPLE_ORDERS) -> None:
        """Start the built-in server with so many sample orders; it takes seconds, and the welcome page says so."""
        welcome.show_busy("Starting the sample server and making orders…")
        services, tasks = self._context.services, self._context.tasks

        def end(result: Account | TechDeskError) -> None:
            welcome.show_busy("")
            if isinstance(result, TechDeskError):
                self._context.notices.error(result)
            tasks.report_changes(Changes(list_changed=True, references=True))

        tasks.background(lambda: services.add_sample_account(orders), end, end)

    def new_order(
        self, accounts: Sequence[Account], wanted: Sequence[str], ready: Callable[[NewOrderDialog], object]
    ) -> None:
        """Open the dialog for a new order once it is known what one can choose from; best in a wanted account (id)."""
        if not accounts:
            self._context.notices.tell("Connect an account first")
            return
        from techdesk.application.order_detail import Choices, read_choices
        from techdesk.ui.dialogs.new_order import NewOrderDialog
        from techdesk.ui.offered import account_for_new_order

        try:
            account = account_for_new_order(self._context, accounts, wanted)
        except NotSupportedError as error:
            self._context.notices.tell(error.title, error.hint)
            return

        def show(choices: Choices) -> None:
            if QApplication.activeModalWidget() is not None:
                return
            dialog = NewOrderDialog(self._context, account, choices, self._window)
            ready(dialog)
            dialog.open()

        self._context.tasks.query(lambda view: read_choices(view, account.account_id), show, self._window, "new order")

    def restore_forms(self, reveal: Callable[[OrderRef], object]) -> None:
        """Open again the forms that were open when TechDesk stopped; `reveal` shows the order of each below it."""

        def show(drafts: list[FormDraft]) -> None:
            if drafts:
                from techdesk.ui.restoring import Restorer

                restorer = Restorer(self._context, drafts, self._window)
                restorer.order_wished.connect(reveal)
                restorer.open_next()

        self._context.tasks.query(open_forms, show, self._window)

    def print_order(self, detail: OrderDetail | None) -> None:
        """Open the papers of an order; where no single one is shown, say why there are none."""
        if detail is None:
            self._context.notices.tell("Select one order", "Papers are made for one order at a time")
            return
        from techdesk.ui.dialogs.print_dialog import PrintDialog

        PrintDialog(self._context, detail, self._window).open()

    def palette(self, run: Callable[[Action], None], offered: Sequence[QAction]) -> Palette:
        """Open the command palette in the middle of the window and return it."""
        from techdesk.ui.palette import Palette

        palette = Palette(self._context, run, offered, self._window)
        place = self._window.rect().center() - QPoint(palette.width() // 2, palette.height() // 2)
        palette.move(self._window.mapToGlobal(place))
        palette.show()
        palette.line.setFocus()
        return palette

    def recovery_code(self) -> None:
        """Show what opens the data if this computer loses its key."""
        from techdesk.ui.dialogs.recovery_dialog import RecoveryDialog

        RecoveryDialog(self._context, self._window).open()

    def save_unsent(self) -> None:
        """Let the person save all unsent work in a file."""
        from techdesk.ui.rescuing import choose_where_to_save

        choose_where_to_save(self._context, self._window)

    def take_in_unsent(self) -> None:
        """Let the person take in unsent work of another computer."""
        from techdesk.ui.rescuing import choose_what_to_take_in

        choose_what_to_take_in(self._context, self._window)

    def shortcuts(self) -> None:
        """Open the list of shortcuts."""
        from techdesk.ui.shortcuts import ShortcutSheet

        ShortcutSheet(self._window).open()

    def decision(self, order: OrderRef | None, status: StatusLine) -> None:
        """Open the dialog for what is most pressing on an order; where nothing is, show what needs one elsewhere."""
        from techdesk.ui.sync_center.deciding import open_decision_on

        def look_elsewhere() -> None:
            if status.needs_person:
                status.outbox_wished.emit()
            else:
                self._context.notices.tell("Nothing needs you")

        if order is None:
            look_elsewhere()
        else:
            open_decision_on(self._context, order, self._window, look_elsewhere)

    def sync_center(self) -> SyncCenter:
        """Return a new sync centre."""
        from techdesk.ui.sync_center.center import SyncCenter

        return SyncCenter(self._context)

    def order_menu(self, acts: ActsOnOrder, change: Callable[[], None]) -> OrderMenu:
        """Return what offers the things that are done with orders of the list; `change` changes the open one."""
        from techdesk.ui.detail.order_menu import OrderMenu

        return OrderMenu(self._context, self._window, acts, change)
