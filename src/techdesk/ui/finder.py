"""Bring orders onto this computer that it does not hold (from a server, from a file), and let go of followed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.desk_services import SystemInfo, opens_files, search_form_of
from techdesk.ui.context import Context

if TYPE_CHECKING:
    from techdesk.application.finding import OpenedFile
    from techdesk.ui.work_area import WorkArea

_Known = tuple[Sequence[Account], Sequence[SystemInfo]]


class Finder(QObject):
    """Open what brings orders here; the accounts and what their systems can do are read first, beside the window.

    Signals:
        order_wished: An `OrderRef` that is on this computer and is to be shown.
    """

    order_wished = Signal(object)

    def __init__(self, context: Context, window: QWidget, work: WorkArea) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._work = work
        work.server_wished.connect(self.search)

    def search(self, text: str = "") -> None:
        """Open the search on the server, with `text` to begin with."""
        self._read_accounts(lambda known: self._open_search(known, text))

    def open_file(self) -> None:
        """Let the person choose a file of one order."""
        self._read_accounts(self._choose_file)

    def stop_following(self) -> None:
        """Ask, then remove the order that is shown from this computer."""
        detail = self._work.pane.detail
        if detail is None:
            self._context.notices.tell("Select one order", "Orders are let go one at a time")
            return
        ref, services = detail.ref, self._context.services
        if reason := services.commands.following.why_not(ref.account_id):
            self._context.notices.tell("This order cannot be let go", reason)
            return
        from techdesk.ui.asking import ask

        name = detail.order.service_number or "this order"
        question = f"Stop following {name}? It leaves this computer; {detail.account.name} keeps it."
        tasks = self._context.tasks

        def stopped(changes: Changes) -> None:
            tasks.report_changes(changes)
            self._context.notices.confirm(f"{name[:1].upper()}{name[1:]} is no longer followed")

        def stop() -> None:
            tasks.background(lambda: services.stop_following(ref), stopped)

        ask(self._window, question, "Stop following", stop)

    def take_file(self, account: Account, path: Path) -> None:
        """Take in a file and show its order."""
        services = self._context.services
        self._context.tasks.background(
            lambda: services.open_order_file(account.account_id, path), self._show_opened, owner=self
        )

    def _read_accounts(self, then: Callable[[_Known], None]) -> None:
        services = self._context.services

        def read() -> _Known:
            with services.store.read() as view:
                return [one for one in view.accounts() if not one.signed_out], services.systems()

        self._context.tasks.background(read, then, owner=self)

    def _open_search(self, known: _Known, text: str) -> None:
        from techdesk.ui.dialogs.server_search import ServerSearch, Source

        accounts, systems = known
        if not accounts:
            self._context.notices.tell("Connect an account first")
            return
        sources = [Source(one, search_form_of(systems, one)) for one in accounts]
        selected = self._work.table.selected()
        dialog = ServerSearch(self._context, sources, self._window)
        dialog.order_wished.connect(self.order_wished)
        dialog.begin(selected.account_id if selected else "", text)
        dialog.open()

    def _choose_file(self, known: _Known) -> None:
        from PySide6.QtWidgets import QFileDialog

        from techdesk.ui.own_folder import own_folder

        accounts, systems = known
        fit = [one for one in accounts if opens_files(systems, one)]
        if not fit:
            names = " or ".join(one.label for one in systems if one.read_file is not None)
            self._context.notices.tell("No account takes orders from files", f"Connect one of {names} first")
            return
        orders = "Orders (*.json *.xml);;All files (*)"
        chooser = QFileDialog(self._window, "Open order file", str(own_folder()), orders)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.fileSelected.connect(lambda name: self._choose_account(fit, Path(name)))
        chooser.open()

    def _choose_account(self, accounts: Sequence[Account], path: Path) -> None:
        """Take the file in at once where there is one account for it; else ask for which."""
        if len(accounts) == 1:
            self.take_file(accounts[0], path)
            return
        from PySide6.QtWidgets import QInputDialog

        by_name = {one.name: one for one in accounts}
        asking = QInputDialog(self._window)
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.setWindowTitle("Open order file")
        asking.setLabelText(f"Whose order is “{path.name}”?")
        asking.setComboBoxItems(list(by_name))
        asking.textValueSelected.connect(lambda name: self.take_file(by_name[name], path))
        asking.open()

    def _show_opened(self, opened: OpenedFile) -> None:
        self._context.tasks.report_changes(opened.changes)
        if not opened.is_taken:
            self._context.notices.tell("The order here is as new as the file, or newer", "Nothing was changed")
        self.order_wished.emit(opened.order)
