"""Do behind the writes what nobody waits for: feed the search index, move the log into the file."""

from __future__ import annotations

import threading
from collections.abc import Callable

PAUSE_S = 0.1
"""Before each step, so that people and pulls get the processor: an order is found before it is indexed, too."""


class Feeder:
    """A thread that works off steps while there are any, and sleeps until it is woken."""

    def __init__(self, step: Callable[[], bool], pause_s: float = PAUSE_S) -> None:
        """Keep what does one step and tells whether more is left; the thread starts when it is first woken."""
        self._step = step
        self._pause_s = pause_s
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Tell that there is something to do."""
        self._wake.set()
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="store feeder", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Finish the step that runs and end the thread."""
        self._stopping.set()
        self._wake.set()
        with self._starting:
            if self._thread:
                self._thread.join()
                self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            more_left = True
            while more_left and not self._stopping.wait(self._pause_s):
                more_left = self._step()
