"""Ask whose time is right before anything is recorded with a time of its own, where the clocks differ too much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from PySide6.QtWidgets import QWidget

from techdesk.application.changes import Changes
from techdesk.application.ports import ReadTransaction
from techdesk.application.sync.account_warnings import MINE_IS_RIGHT, SERVER_TIME, WarningKind, sync_warning
from techdesk.application.sync.clock_skew import ahead_s, must_ask, noted_skew_s
from techdesk.domain.errors import NotFoundError, TechDeskError
from techdesk.ui.asking import ask
from techdesk.ui.context import Context

_Facts = tuple[bool, float, float, str]


class RightTime:
    """Know for the account of the order that is shown by whose time its work is recorded.

    Attributes:
        ahead_s: By how many seconds this computer's clock is ahead of the time that is right.
    """

    def __init__(self, context: Context, owner: QWidget) -> None:
        """Ask over the window of `owner`."""
        self._context = context
        self._owner = owner
        self._account_id = ""
        self._asks = False
        self._skew_s = 0.0
        self._title = ""
        self.ahead_s = 0.0

    def look(self, account_id: str) -> None:
        """Read how the clocks of an account stand."""
        if account_id != self._account_id:
            self._asks, self.ahead_s = False, 0.0
        self._account_id = account_id
        self._context.tasks.query(partial(_facts, account_id), self._take, self._owner, "clocks")

    def ask_first(self, then: Callable[[], object]) -> None:
        """Do something once it is known whose time is right; at once where that is no question."""
        if not self._asks:
            then()
            return
        formats, now = self._context.formats, self._context.services.clock.now()
        there = formats.time(now - timedelta(seconds=self._skew_s))
        question = f"{self._title}: it is {formats.time(now)} here and {there} there. Which time is right?"
        ask(
            self._owner.window(),
            question,
            SERVER_TIME.label,
            partial(self._answer, SERVER_TIME.name, then),
            (MINE_IS_RIGHT.label, partial(self._answer, MINE_IS_RIGHT.name, then)),
        )

    def _answer(self, answer: str, then: Callable[[], object]) -> None:
        command = partial(
            self._context.services.commands.warnings.answer, self._account_id, WarningKind.CLOCK_OFF, answer
        )

        def go_on(_: Changes) -> None:
            self._asks = False
            self.ahead_s = self._skew_s if answer == SERVER_TIME.name else 0.0
            then()

        def failed(error: TechDeskError) -> None:
            if isinstance(error, NotFoundError):  # the clock was set, or somebody answered elsewhere
                self.look(self._account_id)
                then()
            else:
                self._context.notices.error(error)

        self._context.tasks.command(command, go_on, failed)

    def _take(self, facts: _Facts) -> None:
        self._asks, self._skew_s, self.ahead_s, self._title = facts


def _facts(account_id: str, view: ReadTransaction) -> _Facts:
    warning = sync_warning(view, account_id, WarningKind.CLOCK_OFF)
    asks = warning is not None and must_ask(view, account_id)
    return asks, noted_skew_s(view, account_id), ahead_s(view, account_id), warning.title if warning else ""
