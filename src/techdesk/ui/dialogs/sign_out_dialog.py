"""Ask what becomes of unsent work when its account is signed out; keeping it is the answer that Enter gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.unsent.leaving import DISCARD_WORD, Leaving, Left, Way, unsent_by_state
from techdesk.application.unsent.rescue import SUFFIX
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import MessageLine, card, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.fitting import grow
from techdesk.ui.own_folder import own_folder
from techdesk.ui.phrases import count_in_words
from techdesk.ui.theme import Space

_WIDTH = 720
_BUTTON_WIDTH = 230
_LONGEST_NAME = 24
_NO_BREAK = "\N{NO-BREAK SPACE}"
_LEAVING = "Signing out…"


class SignOutDialog(QDialog):
    """Show how much of an account is unsent, and sign out in one of four ways.

    Enter presses the button that is lit: *Keep*, or the one with the keyboard. In the field for the word it does
    nothing until the word is whole, and then discards.
    """

    def __init__(
        self, context: Context, account: Account, unsent: Mapping[OpState, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Sign out")
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._account = account
        self._is_leaving = False
        who = account.user_name if len(account.user_name) <= _LONGEST_NAME else ""
        self.counts = plain_label()
        self.message = MessageLine("error")
        self.message.hide()
        self.sync = push_button("Sync &now", self._sync)
        self.keep = push_button(f"&Keep for {who.replace('&', '&&') or 'me'} on this PC", self._keep)
        self.hand_over = push_button("Save a &hand-over file…", self._ask_where)
        self.discard = push_button("", self._discard, role="danger")
        self.cancel = push_button("&Cancel", self.reject, "Stay signed in (Esc)")
        self.word = QLineEdit()
        self.word.setPlaceholderText(f"First type {DISCARD_WORD}")
        self.word.setAccessibleName(f"Type {DISCARD_WORD} to discard")
        self.word.textChanged.connect(lambda _: self._enable())
        self._lay_out()
        for button in (self.sync, self.keep, self.hand_over, self.discard, self.cancel):
            button.setAutoDefault(True)
        self._show(unsent)
        self._safest.setFocus()

    def hand_over_in(self, file: Path) -> None:
        """Put the unsent work into a file and sign out."""
        self._leave(Leaving(Way.HAND_OVER, file))

    @property
    def _safest(self) -> QPushButton:
        """Return what Enter does at first."""
        return self.hand_over if self._account.signed_out else self.keep

    @override
    def reject(self) -> None:
        """Stay signed in; too late once the account is being signed out."""
        if not self._is_leaving:
            super().reject()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(f"Sign out of {self._account.name}", "title"))
        layout.addWidget(self.counts)
        layout.addWidget(self._ways())
        layout.addWidget(self.message)
        end = QHBoxLayout()
        end.addStretch(1)
        end.addWidget(self.cancel)
        layout.addLayout(end)

    def _ways(self) -> QFrame:
        """Return each way with what it does to the work."""
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnMinimumWidth(0, _BUTTON_WIDTH)
        grid.setColumnStretch(1, 1)
        discarding = QWidget()
        throw_away = QVBoxLayout(discarding)
        throw_away.setContentsMargins(0, 0, 0, 0)
        throw_away.setSpacing(Space.S)
        throw_away.addWidget(self.word)
        throw_away.addWidget(self.discard)
        ways: list[tuple[QWidget, str]] = [
            (self.keep, "It stays here, unsent. Nobody else sees it or sends it; sign in again to go on."),
            (self.hand_over, "It leaves this PC in a file. Somebody else takes that in and sends it."),
            (self.sync, "It is sent first. When all of it has arrived, you are signed out."),
            (discarding, "It is thrown away and never sent. A copy stays in TechDesk's folder for rescue files."),
        ]
        if self._account.signed_out:  # it is kept already, and nobody is signed in who could send it
            ways = [ways[1], ways[3]]
            self.keep.hide()
            self.sync.hide()
        for row, (way, words) in enumerate(ways):
            grid.addWidget(way, row, 0)
            grid.addWidget(plain_label(words, "muted"), row, 1)
        return frame

    def _show(self, unsent: Mapping[OpState, int]) -> None:
        number = sum(unsent.values())
        if not number:
            self._sign_out()
            return
        by_words: dict[str, int] = {}
        for state, some in unsent.items():
            by_words[SCREEN_WORDS[state]] = by_words.get(SCREEN_WORDS[state], 0) + some
        told = " · ".join(f"{some} {words}".replace(" ", _NO_BREAK) for words, some in by_words.items())
        self.counts.setText(f"{count_in_words(number, 'change')} not confirmed by the server: {told}")
        self.discard.setText(f"&Discard {count_in_words(number, 'change')}")
        self._enable()

    def _enable(self, *, waits: bool = False) -> None:
        """Let be pressed what can be pressed now; what Enter does follows the word that is typed."""
        is_typed = self.word.text().strip() == DISCARD_WORD
        for widget in (self.sync, self.keep, self.hand_over, self.word):
            widget.setEnabled(not waits)
        self.discard.setEnabled(not waits and is_typed)
        self.cancel.setEnabled(not self._is_leaving)
        self.discard.setDefault(is_typed)
        self._safest.setDefault(not self.word.text())

    def _sync(self) -> None:
        services, account_id = self._context.services, self._account.account_id

        def send() -> dict[OpState, int]:
            services.sync_once(account_id)
            with services.store.read() as view:
                return unsent_by_state(view, account_id)

        def show(unsent: dict[OpState, int]) -> None:
            self._show(unsent)
            if unsent:
                self._say("Not all of it has arrived; what is left is counted above", "error")

        self._wait(send, show, "Sending…")

    def _keep(self) -> None:
        self._leave(Leaving(Way.KEEP))

    def _discard(self) -> None:
        self._leave(Leaving(Way.DISCARD))

    def _ask_where(self) -> None:
        day = self._context.services.clock.now().astimezone(self._context.formats.zone)
        path = own_folder() / f"{self._account.name.replace('/', '-')} {day:%Y-%m-%d}{SUFFIX}"
        chooser = QFileDialog(self, "Save a hand-over file", str(path), f"Rescue files (*{SUFFIX})")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix(SUFFIX.removeprefix("."))
        chooser.selectFile(path.name)
        chooser.fileSelected.connect(lambda name: self.hand_over_in(Path(name)))
        chooser.open()

    def _sign_out(self) -> None:
        services, account_id = self._context.services, self._account.account_id
        self._is_leaving = True
        self._wait(lambda: services.remove_account(account_id), self._end, _LEAVING)

    def _leave(self, leaving: Leaving) -> None:
        services, account_id = self._context.services, self._account.account_id
        self._is_leaving = True
        self._wait(lambda: services.leave_account(account_id, leaving), self._left, _LEAVING)

    def _left(self, left: Left) -> None:
        if left.handed_over:
            file = left.handed_over
            self._context.notices.tell(
                f"Handed over in {file.path}", f"Its key is {file.fingerprint}. Compare it where the file is taken in"
            )
        elif left.copy:
            self._context.notices.tell(f"Signed out of {self._account.name}", f"A copy is in {left.copy.path}")
        self._end(left.changes)

    def _end(self, changes: Changes) -> None:
        self._context.tasks.report_changes(changes)
        self.accept()

    def _wait(self, work: Callable[[], object], then: Callable[..., None], words: str) -> None:
        before = self.focusWidget()
        self._say(words, "muted")
        self._enable(waits=True)

        def go_on() -> None:
            self._is_leaving = False
            self._enable()
            if before is not None:
                before.setFocus()

        def done(result: object) -> None:
            self.message.hide()
            go_on()
            then(result)

        def failed(error: TechDeskError) -> None:
            go_on()
            self._say(str(error), "error")

        self._context.tasks.background(work, done, failed, self)

    def _say(self, words: str, role: str) -> None:
        self.message.say(words, role)
        self.message.show()
        grow(self)
