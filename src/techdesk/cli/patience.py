"""Say on the terminal what is done, where the opening of the data takes longer than a moment."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from techdesk.application.store_news import OpeningStep, TellStep

A_MOMENT_S = 0.4
"""Nobody wonders about a shorter wait."""


@contextmanager
def told_if_slow(moment_s: float = A_MOMENT_S) -> Iterator[TellStep]:
    """Give what is to be told each step: one line on standard error says what is done once the moment has passed.

    Where no step is told no thread is started and nothing is printed, however long it takes.
    """
    telling = _Telling(moment_s)
    try:
        yield telling.begin
    finally:
        telling.stop()


class _Telling:
    """Wait a moment beside the work, then print the step that is done now, once."""

    def __init__(self, moment_s: float) -> None:
        self._tells_at = time.monotonic() + moment_s
        self._step: OpeningStep | None = None
        self._timer: threading.Timer | None = None

    def begin(self, step: OpeningStep) -> None:
        self._step = step
        if self._timer is None:
            self._timer = threading.Timer(max(0.0, self._tells_at - time.monotonic()), self._print)
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()

    def _print(self) -> None:
        if self._step:
            sys.stderr.write(f"techdesk: {self._step.title}: {self._step.words} Nothing is lost if it is interrupted\n")
            sys.stderr.flush()
