"""Show what is in a file of unsent work before it is taken in: from whom, for whom, and every change in a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QListWidget, QVBoxLayout, QWidget

from techdesk.application.accounts import Account
from techdesk.application.outbox import SCREEN_WORDS
from techdesk.application.unsent.rescue import Rescued, RescueFile
from techdesk.ui.blocks import plain_label, push_button, selectable_label
from techdesk.ui.context import Context
from techdesk.ui.editors.choices import ListEditor
from techdesk.ui.phrases import count_in_words, joined, number_text, shortened
from techdesk.ui.theme import Space

_WIDTH = 620
_SHOWN = 1000
"""Lines that are listed; a file may hold more, and says how many."""


class RescueDialog(QDialog):
    """Ask whether a file is taken in, and which account sends its work.

    Signals:
        wanted: The person wants it: the id of the account that sends the work, empty for the one it came from.
    """

    wanted = Signal(str)

    def __init__(
        self, context: Context, file: RescueFile, accounts: Sequence[Account], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Take in unsent work")
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self.lines = QListWidget()
        self.lines.setProperty("role", "framed")
        self.lines.setAccessibleName("The changes in the file")
        self.lines.setUniformItemSizes(True)
        self.lines.setSpacing(3)
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.addItems([_line(one) for one in file.work.unsent[:_SHOWN]])
        own = "The same as on the other computer"
        self.account = ListEditor([("", own), *((one.account_id, one.name) for one in accounts)])
        self.account.set_value("")
        self.take_in = push_button("&Take in", self._take_in, role="primary")
        self.take_in.setDefault(True)
        self._lay_out(file)
        self.lines.setFocus()

    def _take_in(self) -> None:
        self.wanted.emit(self.account.value() or "")
        self.accept()

    def _lay_out(self, file: RescueFile) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        number = len(file.work.unsent)
        layout.addWidget(plain_label(f"Take in {count_in_words(number, 'unsent change')}", "title"))
        layout.addWidget(plain_label(self._what_happens(file), "muted"))
        layout.addLayout(self._facts(file))
        layout.addWidget(self.lines, 1)
        if number > _SHOWN:
            layout.addWidget(plain_label(f"and {number_text(number - _SHOWN)} more", "small"))
        layout.addWidget(plain_label("Account that sends them", "section"))
        layout.addWidget(self.account)
        layout.addSpacing(Space.S)
        end = QHBoxLayout()
        end.addStretch(1)
        end.addWidget(push_button("&Cancel", self.reject))
        end.addWidget(self.take_in)
        layout.addLayout(end)

    def _what_happens(self, file: RescueFile) -> str:
        if file.work.is_handed_over:
            return "Handed over: the other computer sends nothing of it any more. Take it in on one computer only."
        return "The other computer may still send all of it. TechDesk finds out what arrived before it sends anything."

    def _facts(self, file: RescueFile) -> QGridLayout:
        maker = file.work.maker
        made = joined(maker.user, maker.computer, self._context.formats.when(maker.made_at), maker.reason)
        accounts = ", ".join(joined(one.name, one.address) for one in file.work.accounts)
        rows = (
            ("Made by", made),
            ("For", accounts),
            ("Its key", f"{file.fingerprint} · compare it with the one that the other computer showed"),
        )
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(Space.M)
        for place, (name, text) in enumerate(rows):
            grid.addWidget(plain_label(name, "section", wrap=False), place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(selectable_label(shortened(text, 400)), place, 1)
        return grid


def _line(one: Rescued) -> str:
    words = SCREEN_WORDS[one.operation.state]
    return joined(one.number, shortened(one.what, 200).replace("\n", " "), words, one.operation.support_code)
