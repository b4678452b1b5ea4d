"""Ask an account's administration beside the window, and bring the answer back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from techdesk.application.accounts import Account
from techdesk.application.administration import Administration
from techdesk.domain.errors import TechDeskError
from techdesk.ui.context import Context
from techdesk.ui.online_errors import for_online

_Result = TypeVar("_Result")


class Online:
    """Call one account's administration; the window never waits."""

    def __init__(self, context: Context, account: Account) -> None:
        """Keep whose administration it is."""
        self.context = context
        self.account = account

    def ask(
        self,
        work: Callable[[Administration], _Result],
        then: Callable[[_Result], None],
        failed: Callable[[TechDeskError], None],
        owner: QObject,
    ) -> None:
        """Run `work` on a thread of its own; `then` or `failed` is called unless `owner` is gone by then."""
        services, account_id = self.context.services, self.account.account_id

        def fail(error: TechDeskError) -> None:
            failed(for_online(error))

        self.context.tasks.background(lambda: work(services.administration(account_id)), then, fail, owner)

    def renew(self, failed: Callable[[TechDeskError], None], owner: QObject) -> None:
        """Fetch anew what one can choose from, and the orders that show it, as something of it was changed."""
        services, tasks, account_id = self.context.services, self.context.tasks, self.account.account_id
        tasks.background(lambda: services.renew_references(account_id), tasks.report_changes, failed, owner)
        services.sync_now(account_id)
