"""Put the facts of a change that needs a person before them, and let them say what happens to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.sync.lanes import LOOK_FIRST
from techdesk.application.unsent.outbox_case import Case
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import card, plain_label, push_button
from techdesk.ui.context import Context
from techdesk.ui.fitting import fit_into_window, height_at, scrolling
from techdesk.ui.phrases import shortened
from techdesk.ui.second_press import SecondPressButton
from techdesk.ui.sync_center.case_facts import content_card, facts_card
from techdesk.ui.sync_center.case_words import exact_text, for_the_phone
from techdesk.ui.sync_center.edit_operation import can_edit, open_edit_dialog
from techdesk.ui.sync_center.rows import title_of
from techdesk.ui.theme import Space
from techdesk.ui.wording import Words

_WIDTH = 720
_FACTS_HEIGHT = 300
_ANSWER_WIDTH = 190
_EXACT_HEIGHT = 140

_TITLES = {OpState.NEEDS_CHECK: "Did this arrive?", OpState.REJECTED: "The server refused this"}
_INTROS = {
    OpState.NEEDS_CHECK: (
        "This was sent, and TechDesk cannot find out by itself whether it arrived. "
        "Look at the other system, or ask there; then say what you found."
    ),
    OpState.REJECTED: "Nothing of it took effect, and it is kept here until you say what happens to it.",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One thing a person can say.

    Attributes:
        button: What is on the button.
        meaning: What will happen then.
        act: Does it.
        again: What the button says after the first press, where it needs two.
    """

    button: str
    meaning: str
    act: Callable[[], object]
    again: str = ""


class CaseDialog(QDialog):
    """Show what was sent, when and to whom, and the answers with what each of them does.

    1, 2 and 3 go to an answer, Space gives it (a scanner types digits, so none acts by itself); Ctrl+C copies what can
    be read out on the phone; Esc leaves everything as it was.
    """

    def __init__(self, context: Context, case: Case, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._case = case
        self._words = words
        self.answers: list[QPushButton] = []
        self.exact = QPlainTextEdit()
        self.show_exact = push_button("As it was &sent", self._toggle_exact, "The request letter by letter")
        self.copy_button = push_button("&Copy for the phone", self.copy, "A text to read out (Ctrl+C)")
        self.notice = plain_label()
        self.notice.setProperty("tone", "bad")
        self.notice.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(_TITLES[case.entry.operation.state])
        self._lay_out()
        self._add_keys()
        fit_into_window(self, _WIDTH, height_at(self, _WIDTH) + self._scroll.minimumHeight())
        self.answers[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def copy(self) -> None:
        """Put what can be read out on the phone on the clipboard."""
        QGuiApplication.clipboard().setText(for_the_phone(self._case, self._words))
        self._context.notices.confirm("Copied")
        self.copy_button.setText("Copied")

    def _answers(self) -> list[_Answer]:
        outbox, op_id = self._context.services.commands.outbox, self._case.entry.operation.op_id
        discard = _Answer(
            "&Discard",
            "It is not sent again. Its text stays in the history; what already arrived stays at the server.",
            partial(self._save, partial(outbox.discard, op_id)),
            "Press again: discard",
        )
        if self._case.entry.operation.state is OpState.NEEDS_CHECK:
            arrived = partial(self._save, partial(outbox.it_arrived, op_id))
            again = partial(self._save, partial(outbox.send_again, op_id))
            return [
                _Answer(
                    "&It arrived", "The other side shows it. It counts as confirmed, and nothing is sent.", arrived
                ),
                _Answer("&Not there, send again", "You looked and it is not there. The same is sent once more.", again),
                discard,
            ]
        retry = _Answer(
            "&Retry",
            "The same is sent once more, for when the reason is gone.",
            partial(self._save, partial(outbox.retry, op_id)),
        )
        edit = _Answer("&Edit…", "Opens what you typed; it is sent as you save it.", self._edit)
        return [retry, *([edit] if can_edit(self._case.entry.operation, self._words.form) else []), discard]

    def _save(self, command: Callable[[], Changes]) -> None:
        for button in self.answers:
            button.setEnabled(False)
        self._context.tasks.command(command, self._saved, self._failed)

    def _saved(self, _: Changes) -> None:
        self._context.services.sync_now(self._case.account.account_id)
        self.accept()

    def _failed(self, error: TechDeskError) -> None:
        self.notice.setText(f"Not saved. {error}")
        self.notice.show()
        for button in self.answers:
            button.setEnabled(True)

    def _edit(self) -> None:
        parent = self.parentWidget()
        self.accept()
        open_edit_dialog(self._context, self._case.entry, parent.window() if parent else self)

    def _toggle_exact(self) -> None:
        self.exact.setVisible(self.exact.isHidden())
        if not self.exact.isHidden():
            self.exact.setFocus(Qt.FocusReason.OtherFocusReason)
            self._scroll.ensureWidgetVisible(self.exact)

    # What it looks like.
    def _lay_out(self) -> None:
        entry, operation = self._case.entry, self._case.entry.operation
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(plain_label(_TITLES[operation.state], "title"))
        layout.addWidget(plain_label(shortened(title_of(entry), 200), "heading"))
        if operation.reason not in ("", LOOK_FIRST):
            layout.addWidget(plain_label(shortened(operation.reason), "error"))
        layout.addWidget(plain_label(_INTROS[operation.state], "muted"))
        layout.addWidget(self._facts(), 1)
        layout.addWidget(self.notice)
        layout.addWidget(self._answer_card())
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self.copy_button)
        line.addWidget(self.show_exact)
        line.addStretch(1)
        line.addWidget(push_button("C&lose", self.reject, "Decide later (Esc)"))
        layout.addLayout(line)

    def _facts(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, Space.S, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(facts_card(self._case, self._words))
        column.addWidget(content_card(self._case, self._words))
        self.exact.setReadOnly(True)
        self.exact.setTabChangesFocus(True)
        self.exact.setFixedHeight(_EXACT_HEIGHT)
        self.exact.setAccessibleName("As it was sent")
        self.exact.hide()
        request = self._case.entry.operation.request
        self.exact.setPlainText(exact_text(request) if request else "")
        self.show_exact.setVisible(request is not None)
        column.addWidget(self.exact)
        column.addStretch(1)
        self._scroll = scrolling(inside)
        self._scroll.setMinimumHeight(min(height_at(inside, _WIDTH - 2 * Space.XL), _FACTS_HEIGHT))
        self._scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        return self._scroll

    def _answer_card(self) -> QFrame:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(1, 1)
        for row, answer in enumerate(self._answers()):
            button = self._answer_button(answer)
            button.setFixedWidth(_ANSWER_WIDTH)
            button.setAccessibleDescription(answer.meaning)
            self.answers.append(button)
            grid.addWidget(button, row, 0)
            grid.addWidget(plain_label(answer.meaning, "muted"), row, 1)
        return frame

    def _answer_button(self, answer: _Answer) -> QPushButton:
        if not answer.again:
            return push_button(answer.button, answer.act)
        careful = SecondPressButton(answer.button, answer.again)
        careful.setProperty("role", "danger")
        careful.confirmed.connect(answer.act)
        return careful

    def _add_keys(self) -> None:
        for number, button in enumerate(self.answers, 1):
            QShortcut(QKeySequence(str(number)), self).activated.connect(button.setFocus)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self).activated.connect(self.copy)
