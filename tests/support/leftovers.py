"""Find what a test left running: threads here, Qt timers in `tests/ui/conftest.py`."""

from __future__ import annotations

import threading
import time

GRACE_SECONDS = 2.0
"""A thread that was told to stop needs a moment to end; joining it is not waiting for a result."""


def running_threads() -> frozenset[threading.Thread]:
    """List the threads that run now."""
    return frozenset(threading.enumerate())


def new_threads(before: frozenset[threading.Thread]) -> list[threading.Thread]:
    """List the threads started since `before` that still run after a short grace."""
    deadline = time.monotonic() + GRACE_SECONDS
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in new if thread.is_alive()]
