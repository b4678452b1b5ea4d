"""Look for garbage when nobody waits: Python's own look at everything stops all threads for a tenth of a second."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.ui.tasks import Tasks

_EVERY_MS = 60_000
_NEVER_BY_ITSELF = 1_000_000
_BUSY = (SyncPhase.PUSHING, SyncPhase.PULLING)


class Tidying(QObject):
    """Python goes on to look through young objects by itself, which takes milliseconds; through old ones only here."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy: set[str] = set()
        self._before = gc.get_threshold()
        gc.freeze()  # what is there at the start stays for good
        gc.set_threshold(*self._before[:2], _NEVER_BY_ITSELF)
        gc.enable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.tidy)
        self._timer.start()
        tasks.sync_changed.connect(self._note)

    def tidy(self) -> None:
        """Look through everything, unless a sync makes very much of it and a person sees the window stop."""
        if not self._busy:
            gc.collect()

    def close(self) -> None:
        """Let Python look by itself again."""
        self._timer.stop()
        gc.set_threshold(*self._before)
        gc.unfreeze()

    def _note(self, state: SyncState) -> None:
        (self._busy.add if state.phase in _BUSY else self._busy.discard)(state.account_id)
