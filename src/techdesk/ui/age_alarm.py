"""Tell in a banner that work has been unsent for long: once for each step of its age, and until it is sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from techdesk.application.unsent.age import AgeLevel, UnsentWork
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.phrases import count_in_words, joined, number_text
from techdesk.ui.status_line import StatusLine
from techdesk.ui.theme import Space

_CLOSED = "unsent.closed_level"
"""The setting that says up to which step a person has closed the banner: a restart does not tell it again."""

_LEVELS = {str(one.value): one for one in AgeLevel}
_DAY = timedelta(days=1)
_ICON = 20

_KEPT = "Nothing is lost: it is kept on this computer. The sync centre says what holds it up."
_SILENCED = "Nothing is lost: it is kept on this computer, and goes out once “Work offline” is switched off."
_SIGNED_OUT = "Nothing is lost: it is kept on this computer, and goes out once its account is signed in again."
_CARRY = (
    "Nothing is lost. Save it in a file, and your supervisor can send it from another computer; nothing is done twice."
)


class _Dialogs(Protocol):
    def accounts(self) -> None:
        """Open the accounts."""
        ...

    def save_unsent(self) -> None:
        """Let the person save all unsent work in a file."""
        ...


class Tells(Protocol):
    """The window that the banner belongs to."""

    @property
    def status(self) -> StatusLine:
        """Return what reads how much is unsent."""
        ...

    @property
    def pages(self) -> QStackedWidget:
        """Return what shows the orders or the sync centre."""
        ...

    @property
    def work(self) -> QWidget:
        """Return the page of the orders."""
        ...

    @property
    def opens(self) -> _Dialogs:
        """Return what opens dialogs over the window."""
        ...

    def show_sync_center(self) -> None:
        """Show or leave the sync centre."""
        ...


class AgeBanner(QFrame):
    """Say for how long work has been unsent, and offer what helps.

    Attributes:
        look, accounts, save, leave: The buttons: open the sync centre or the accounts, save the work in a file, close
            the banner.

    Signals:
        look_wished: The person wants to see what is unsent.
        accounts_wished: The person wants to sign in again.
        save_wished: The person wants to save it in a file.
        left: The person has read it.
    """

    look_wished = Signal()
    accounts_wished = Signal()
    save_wished = Signal()
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("notice")
        self.setProperty("tone", "warn")
        self._icon, self._title, self._hint = QLabel(), plain_label("", "strong"), plain_label("", "muted")
        self.save = push_button("Save unsent work…", self.save_wished.emit)
        self.look = push_button("Open sync centre", self.look_wished.emit, "Show what is unsent (Ctrl+U)")
        self.accounts = push_button("Accounts…", self.accounts_wished.emit, "Sign in again (Ctrl+Shift+K)")
        self.leave = push_button("Close", self.left.emit)
        self.leave.setFlat(True)
        self._lay_out()
        context.theme.changed.connect(self._draw)
        self._draw()

    @property
    def words(self) -> tuple[str, str]:
        """Return what it says: what is the matter, and what that means."""
        return self._title.text(), self._hint.text()

    def say(self, title: str, hint: str, offers: Collection[QWidget]) -> None:
        """Show these words and, of the buttons before *Close*, those that help."""
        self._title.setText(title)
        self._hint.setText(hint)
        for button in (self.save, self.look, self.accounts):
            button.setVisible(button in offers)
        self.show()

    def _lay_out(self) -> None:
        words, line = QVBoxLayout(), QHBoxLayout(self)
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        line.setContentsMargins(Space.L, Space.S, Space.M, Space.S)
        line.setSpacing(Space.M)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        for button in (self.save, self.look, self.accounts, self.leave):
            line.addWidget(button)

    def _draw(self) -> None:
        self._icon.setPixmap(self._context.icons.pixmap("warning", "warn", _ICON))


class AgeAlarm(QObject):
    """Bring the banner up as unsent work grows old, and take it away when that is sent.

    Attributes:
        banner: Made when it is first needed, as most people never see it.
    """

    def __init__(self, context: Context, window: Tells, place: QVBoxLayout) -> None:
        """Listen to the status line of a window; the banner comes at the top of `place`."""
        super().__init__(place)
        self._context, self._window, self._place = context, window, place
        self._level = AgeLevel.QUIET
        self._closed = _LEVELS.get(context.services.settings.get(_CLOSED), AgeLevel.QUIET)
        self.banner: AgeBanner | None = None
        window.status.unsent_told.connect(self._take)

    def _take(self, unsent: UnsentWork) -> None:
        now = self._context.services.clock.now()
        self._level = max(unsent.level(now), unsent.kept_level(now))
        if self._level < self._closed:
            self._note_closed()
        if self._level >= AgeLevel.TOLD and self._level > self._closed:
            self.banner = self.banner or self._made()
            self._tell(self.banner, unsent, now)
        elif self.banner:
            self.banner.hide()

    def _tell(self, banner: AgeBanner, unsent: UnsentWork, now: datetime) -> None:
        """Say what is late, and offer what helps: work that is unsent is sent here, kept work after a sign-in."""
        is_late, is_kept_late = (one >= AgeLevel.TOLD for one in (unsent.level(now), unsent.kept_level(now)))
        titles = (self._title(unsent, now) if is_late else "", self._kept_title(unsent, now) if is_kept_late else "")
        held_up = _SILENCED if self._window.status.offline.isChecked() else _KEPT
        is_carried = self._level is AgeLevel.CARRIED
        hint = _CARRY if is_carried else held_up if is_late else _SIGNED_OUT
        helps = {banner.look: is_late, banner.accounts: is_kept_late, banner.save: is_carried}
        banner.say(joined(*titles), hint, [button for button, does in helps.items() if does])

    def _kept_title(self, unsent: UnsentWork, now: datetime) -> str:
        """Say how much of accounts that are signed out is kept, and for how long."""
        said = "1 change" if unsent.kept == 1 else f"{number_text(unsent.kept)} changes"
        since = unsent.oldest_kept_at or now
        return f"{said} kept after a sign-out, unsent for more than {count_in_words((now - since) // _DAY, 'day')}"

    def _title(self, unsent: UnsentWork, now: datetime) -> str:
        """Say how much is unsent and for how long; with several accounts, in which of them."""
        names = self._window.status.names
        late = [names[one] for one in unsent.late_accounts(now) if one in names]
        days = count_in_words((now - (unsent.oldest_at or now)) // _DAY, "day")
        one = unsent.number == 1
        said = "1 change has been unsent" if one else f"{number_text(unsent.number)} changes are unsent, the oldest"
        return joined(f"{said} for more than {days}", ", ".join(late) if len(names) > 1 else "")

    def _made(self) -> AgeBanner:
        banner = AgeBanner(self._context)
        banner.look_wished.connect(self._look)
        banner.accounts_wished.connect(self._window.opens.accounts)
        banner.save_wished.connect(self._window.opens.save_unsent)
        banner.left.connect(self._close)
        self._place.insertWidget(0, banner)
        return banner

    def _look(self) -> None:
        if self._window.pages.currentWidget() is self._window.work:
            self._window.show_sync_center()

    def _close(self) -> None:
        self._note_closed()
        if self.banner:
            self.banner.hide()

    def _note_closed(self) -> None:
        """Keep up to which step it was told: closed once, it comes again with the next step only."""
        self._closed = self._level
        self._context.keep(_CLOSED, str(self._closed.value))
