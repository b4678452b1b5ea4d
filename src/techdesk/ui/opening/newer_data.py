"""Tell what is unsent in data that a newer TechDesk wrote, and save it for another computer; before the main window."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from techdesk.application.unsent.rescue import SavedOfNewer
from techdesk.domain.errors import TechDeskError
from techdesk.ui.blocks import plain_label, push_button, restyle, selectable_label
from techdesk.ui.own_zone import own_zone
from techdesk.ui.phrases import count_in_words
from techdesk.ui.rescuing import ask_where_to_save
from techdesk.ui.theme import Space

_CANNOT_TELL = "Whether there is unsent work in it cannot be told by this version."
_NONE = "There is no unsent work in it."
_WHAT_SAVING_DOES = (
    "A computer that is signed in to the same system can take this work in and send it. This data stays as it is."
)


class NewerData(QWidget):
    """How much is unsent, and where something is, a way to save it in a signed file.

    Signals:
        grown: It tells more than before and needs more room.
    """

    grown = Signal()
    _ended = Signal(object)

    def __init__(self, unsent: int | None, save: Callable[[Path], Future[SavedOfNewer]]) -> None:
        """Say how much is unsent.

        Args:
            unsent: How many changes; None where this program cannot tell.
            save: Begins to save them in a new file, in another thread.
        """
        super().__init__()
        self._save = save
        self._told = selectable_label()
        self._told.hide()
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, Space.S, 0, 0)
        layout.setSpacing(Space.S)
        if not unsent:
            layout.addWidget(plain_label(_CANNOT_TELL if unsent is None else _NONE))
            return
        self.button = push_button("&Save unsent work…", self._ask_where)
        row = QHBoxLayout()
        are = "is" if unsent == 1 else "are"
        row.addWidget(plain_label(f"{count_in_words(unsent, 'change')} in it {are} unsent."), 1)
        row.addWidget(self.button)
        layout.addLayout(row)
        layout.addWidget(plain_label(_WHAT_SAVING_DOES, "muted"))
        layout.addWidget(self._told)

    def save_in(self, path: Path) -> None:
        """Save what is unsent in a file, and tell what came of it."""
        self.button.setEnabled(False)
        self._save(path).add_done_callback(self._end)

    def _ask_where(self) -> None:
        ask_where_to_save(self.window(), f"{datetime.now(own_zone()):%Y-%m-%d}", self.save_in)

    def _end(self, saving: Future[SavedOfNewer]) -> None:
        with suppress(RuntimeError):  # the dialog was closed meanwhile
            self._ended.emit(saving)

    def _tell(self, saving: Future[SavedOfNewer]) -> None:
        """Tell what came of it; a bug of ours was told by the thread."""
        self.button.setEnabled(True)
        error = saving.exception()
        if error is None:
            self._told.setText(_words(saving.result()))
        elif isinstance(error, TechDeskError):
            self._told.setText(str(error))
        restyle(self._told, "role", "" if error is None else "error")
        self._told.show()
        self.grown.emit()


def _words(saved: SavedOfNewer) -> str:
    made = saved.file
    number = count_in_words(len(made.work.unsent), "change")
    return f"Saved {number} in {made.path}. Its key is {made.fingerprint}. {saved.left_out_words}".rstrip()
