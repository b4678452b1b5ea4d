"""Ask what becomes of unsent work when its account is signed out; keeping it is the answer that Enter gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from techdesk.application.accounts import Account
from techdesk.application.changes import Changes
from techdesk.application.leaving import DISCARD_WORD, Leaving, Left, Way, unsent_by_state
from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.rescue import SUFFIX
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.phrases import count_in_words
from techdesk.ui.theme import Space

_WIDTH = 460


class SignOutDialog(QDialog):
    """Show how much of an account is unsent, and sign out in one of four ways."""

    def __init__(
        self, context: Context, account: Account, unsent: Mapping[OpState, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sign out")
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._account = account
        who = account.user_name or "me"
        self.counts = plain_label()
        self.message = plain_label("", "error")
        self.message.hide()
        self.sync = push_button("Sync &now", self._sync)
        self.keep = push_button(f"&Keep for {who} on this PC", self._keep, role="primary")
        self.hand_over = push_button("Save a &hand-over file…", self._ask_where)
        self.discard = push_button("", self._discard, role="danger")
        self.word = QLineEdit()
        self.word.setPlaceholderText(f"Type {DISCARD_WORD}")
        self.word.setAccessibleName(f"Type {DISCARD_WORD} to discard")
        self.word.textChanged.connect(lambda _: self._enable())
        self._lay_out()
        self.keep.setDefault(True)
        self.keep.setFocus()
        self._show(unsent)

    def hand_over_in(self, file: Path) -> None:
        """Put the unsent work into a file and sign out."""
        self._leave(Leaving(Way.HAND_OVER, file))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(f"Sign out of {self._account.name}", "title"))
        layout.addWidget(self.counts)
        layout.addWidget(self.message)
        layout.addSpacing(Space.S)
        ways = [
            (self.keep, "Nobody else sees it or sends it. Sign in again to go on."),
            (self.hand_over, "It leaves this PC in a file that somebody else takes in and sends."),
            (self.sync, "Send it first, if the server answers."),
        ]
        if self._account.signed_out:  # it is kept already, and nobody is signed in who could send it
            ways = ways[1:2]
            self.keep.hide()
            self.sync.hide()
        for button, words in ways:
            self._add_way(layout, button, words)
        self._add_way(layout, self.discard, "Throw it away. A copy stays in TechDesk's folder for rescue files.")
        layout.addWidget(self.word)
        layout.addSpacing(Space.M)
        end = QHBoxLayout()
        end.addStretch(1)
        end.addWidget(push_button("Cancel", self.reject))
        layout.addLayout(end)

    def _add_way(self, layout: QVBoxLayout, button: QPushButton, words: str) -> None:
        layout.addWidget(button)
        layout.addWidget(plain_label(words, "small"))
        layout.addSpacing(Space.S)

    def _show(self, unsent: Mapping[OpState, int]) -> None:
        number = sum(unsent.values())
        if not number:
            self._sign_out()
            return
        by_words: dict[str, int] = {}
        for state, some in unsent.items():
            by_words[SCREEN_WORDS[state]] = by_words.get(SCREEN_WORDS[state], 0) + some
        told = " · ".join(f"{some} {words}" for words, some in by_words.items())
        self.counts.setText(f"{count_in_words(number, 'change')} not confirmed by the server: {told}")
        self.discard.setText(f"&Discard {count_in_words(number, 'change')}")
        self._enable()

    def _enable(self, *, waits: bool = False) -> None:
        for button in (self.sync, self.keep, self.hand_over):
            button.setEnabled(not waits)
        self.discard.setEnabled(not waits and self.word.text().strip() == DISCARD_WORD)

    def _sync(self) -> None:
        services, account_id = self._context.services, self._account.account_id

        def send() -> dict[OpState, int]:
            services.sync_once(account_id)
            with services.store.read() as view:
                return unsent_by_state(view, account_id)

        self._wait(send, self._show)

    def _keep(self) -> None:
        self._leave(Leaving(Way.KEEP))

    def _discard(self) -> None:
        self._leave(Leaving(Way.DISCARD))

    def _ask_where(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        day = self._context.services.clock.now().astimezone(self._context.formats.zone)
        path = Path(folder) / f"{self._account.name.replace('/', '-')} {day:%Y-%m-%d}{SUFFIX}"
        chooser = QFileDialog(self, "Save a hand-over file", str(path), f"Rescue files (*{SUFFIX})")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix(SUFFIX.removeprefix("."))
        chooser.selectFile(path.name)
        chooser.fileSelected.connect(lambda name: self.hand_over_in(Path(name)))
        chooser.open()

    def _sign_out(self) -> None:
        services, account_id = self._context.services, self._account.account_id
        self._wait(lambda: services.remove_account(account_id), self._end)

    def _leave(self, leaving: Leaving) -> None:
        services, account_id = self._context.services, self._account.account_id
        self._wait(lambda: services.leave_account(account_id, leaving), self._left)

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

    def _wait(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        self.message.hide()
        self._enable(waits=True)

        def done(result: object) -> None:
            self._enable()
            then(result)

        self._context.tasks.background(work, done, self._fail, self)

    def _fail(self, error: TechDeskError) -> None:
        self._enable()
        self.message.setText(str(error))
        self.message.show()
