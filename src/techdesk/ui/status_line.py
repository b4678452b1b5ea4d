"""Say at the bottom of the window what is true: online or not, how much is unsent, how old what one sees is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QStatusBar, QWidget

from techdesk.application.changes import Changes
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.application.unsent.age import AgeLevel, UnsentWork, unsent_work
from techdesk.ui.blocks import literal_tip, restyle
from techdesk.ui.context import Context
from techdesk.ui.phrases import count_in_words, joined
from techdesk.ui.sync_center.sync_news import News, read_news
from techdesk.ui.theme import Space
from techdesk.ui.timer_light import TimerLight

_SKEW_S = 120
_LOOK = "Show what is unsent (Ctrl+U)"
_KEPT = ". What is kept is sent once its account is signed in again (Ctrl+Shift+K)"


class StatusLine(QStatusBar):
    """Sum up the sync of all accounts.

    Attributes:
        timer: Says that the timer runs; a click goes to its order.

    Signals:
        outbox_wished: The person wants to see what is unsent.
        unsent_told: How much is unsent and since when (`UnsentWork`): read anew, or grown older.
    """

    outbox_wished = Signal()
    unsent_told = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._states: dict[str, SyncState] = {}
        self._names: Mapping[str, str] = {}
        self._unsent = UnsentWork()
        self._news = News()
        self.setSizeGripEnabled(False)
        self._icon, self._words, self._as_of = QLabel(), QLabel(), QLabel()
        self._as_of.setProperty("role", "muted")
        self._count = QLabel()
        self._count.setContentsMargins(0, 0, Space.M, 0)
        self._count.setProperty("role", "muted")
        self.unsent = QPushButton(flat=True)
        self.unsent.setProperty("role", "inline")
        self.unsent.clicked.connect(self.outbox_wished)
        self.offline = QCheckBox("Work offline")
        self.offline.setToolTip("Stop all calls until this is switched off; nothing is lost")
        self.offline.toggled.connect(self._work_offline)
        self.timer = TimerLight(context)
        left: tuple[QWidget, ...] = (self._icon, self._words, self.unsent, self._as_of)
        for widget in left:
            self.addWidget(widget)
        for widget in (self.timer, self._count, self.offline):
            self.addPermanentWidget(widget)
        self.setContentsMargins(Space.M, 0, Space.M, 0)
        context.theme.changed.connect(self._show)
        self._show()

    def come_last(self) -> None:
        """Let the Tab key reach this line after all else in the window, also after what was made since."""
        for widget in (self.unsent, self.timer, self.offline):
            last = self.window().previousInFocusChain()
            while last and last is not self.window() and last.focusPolicy() is Qt.FocusPolicy.NoFocus:
                last = last.previousInFocusChain()
            if last:
                QWidget.setTabOrder(last, widget)

    def show_sync(self, state: SyncState) -> None:
        """Take in an account's sync state."""
        self._states[state.account_id] = state
        self.count_unsent()
        self._show()

    def show_accounts(self, names: Mapping[str, str]) -> None:
        """Keep only these accounts, and call them by these names (account id → name)."""
        self._names = names
        self._states = {one: state for one, state in self._states.items() if one in names}
        self.count_unsent()
        self.timer.look()
        self._show()

    def count_unsent(self) -> None:
        """Read from the store how much is unsent: the sync tells it late while the person works offline."""
        self._context.tasks.query(unsent_work, self._show_unsent, self, "outbox")
        if self._states:  # before the sync runs it has found out nothing, and the first rows have not been painted
            self._context.tasks.query(read_news, self._show_news, self, "news")

    def grow_older(self) -> None:
        """Say how old it all is by now; for who knows that a minute has passed."""
        self._show_unsent(self._unsent)

    def show_count(self, orders: int) -> None:
        """Say how many orders the list shows."""
        self._count.setText(count_in_words(orders, "order"))

    def show_offline_wish(self, offline: bool) -> None:
        """Show the switch without announcing it."""
        self.offline.blockSignals(True)
        self.offline.setChecked(offline)
        self.offline.blockSignals(False)

    @property
    def needs_person(self) -> int:
        """Return how many changes, and how many findings of the sync, wait for a person."""
        return self._unsent.needs_person + self._news.to_decide

    @property
    def names(self) -> Mapping[str, str]:
        """Return what the accounts are called (account id → name)."""
        return self._names

    @property
    def words(self) -> str:
        """Return what stands there about the connection."""
        return self._words.text()

    @property
    def as_of(self) -> str:
        """Return what stands there about the age of what one sees."""
        return self._as_of.text()

    def _work_offline(self, offline: bool) -> None:
        services = self._context.services

        def switch() -> Changes:
            services.work_offline(offline)
            return Changes()

        self._context.tasks.command(switch)

    def _show_unsent(self, unsent: UnsentWork) -> None:
        self._unsent = unsent
        self._show()
        self.unsent_told.emit(unsent)

    def _show_news(self, news: News) -> None:
        if news == self._news:
            return
        before, self._news = self._news.titles, news
        self._show()
        for title in (one for found, one in news.titles.items() if found not in before):
            self._context.notices.tell(title, "The sync centre says more (Ctrl+U)")

    def _show(self) -> None:
        icon, color, words = self._connection()
        self._icon.setPixmap(self._context.icons.pixmap(icon, color, 16))
        self._words.setText(words)
        self._words.setToolTip(literal_tip(next((one.hint for one in self._states.values() if one.title), "")))
        self._say_unsent()
        self._as_of.setText(self._age())

    def _say_unsent(self) -> None:
        """Say how much is unsent and, where it is not just on its way, how old that is; kept work is unsent, too."""
        work, formats, needs = self._unsent, self._context.formats, self.needs_person
        now = self._context.services.clock.now()
        is_old, is_kept_old = work.level(now) >= AgeLevel.SHOWN, work.kept_level(now) >= AgeLevel.SHOWN
        all_is_well = "Everything confirmed" if self._names and not work.kept else ""
        text = f"{work.number} unsent" if work.number else all_is_well
        text += self._age_of(work.number, work.oldest_at) if is_old else ""
        kept = f"{work.kept} kept unsent" if work.kept else ""
        kept += self._age_of(work.kept, work.oldest_kept_at) if is_kept_old else ""
        needed = count_in_words(needs, "needs you", "need you") if needs else ""
        self.unsent.setText(joined(text, needed, f"{kept} (signed out)" if kept else ""))
        self.unsent.setVisible(bool(self.unsent.text()))
        oldest = f"Oldest: {formats.when(work.oldest_at)}. " if is_old else ""
        self.unsent.setToolTip(f"{oldest}{_LOOK}{_KEPT if work.kept else ''}")
        restyle(self.unsent, "tone", "warn" if is_old or is_kept_old else None)

    def _age_of(self, number: int, since: datetime | None) -> str:
        return f"{' for' if number == 1 else ', oldest'} {self._context.formats.age(since)}"

    def _connection(self) -> tuple[str, str, str]:
        states = list(self._states.values())
        if not states:
            return "offline", "muted", "No account"
        if all(one.phase is SyncPhase.PAUSED for one in states):
            return "offline", "muted", "Working offline"
        trouble = next((one for one in states if one.title), None)
        if trouble:
            return "offline", "warn", joined(self._of(trouble, trouble.title), self._next_try(trouble))
        away = [one for one in states if one.online is False]
        if away:
            return "offline", "warn", "Offline" if len(away) == len(states) else self._of(away[0], "offline")
        skewed = next((one for one in states if abs(one.clock_skew_s) > _SKEW_S), None)
        warned = next(iter(self._news.warnings), None)
        if warned:
            return "warning", "warn", warned.title
        if skewed:
            return "warning", "warn", "This computer's clock is wrong"
        if any(one.online is None for one in states):
            return "sync", "muted", "Connecting"
        return "online", "good", "Online"

    def _next_try(self, state: SyncState) -> str:
        """Say when it is tried again by itself, where that takes a while."""
        return f"next try {self._context.formats.moment(state.next_try_at)}" if state.next_try_at else ""

    def _of(self, state: SyncState, words: str) -> str:
        """Name the account that is meant where there are several."""
        name = self._names.get(state.account_id, "")
        return f"{name}: {words}" if name and len(self._states) > 1 else words

    def _age(self) -> str:
        ages: list[datetime] = [one.as_of for one in self._states.values() if one.as_of]
        if len(ages) < len(self._states):
            return "not fetched completely yet" if self._states else ""
        if not ages:
            return ""
        return f"as of {self._context.formats.moment(min(ages))}"
