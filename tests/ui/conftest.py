"""Run the window's tests on an invisible screen, and hold each to leaving no timer running."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from shiboken6 import isValid


def _running_timers() -> dict[int, QTimer]:
    """Map the identity of each running QTimer that Python knows to the timer."""
    timers = (thing for thing in gc.get_objects() if issubclass(type(thing), QTimer))
    return {id(timer): timer for timer in timers if isValid(timer) and timer.isActive()}


@pytest.fixture(autouse=True)
def no_timer_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a QTimer running once its widgets are closed and collected."""
    before = _running_timers()
    yield
    if _running_timers().keys() <= before.keys():
        return
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    left = {key: timer for key, timer in _running_timers().items() if key not in before}
    if left:
        owners = ", ".join(repr(timer.parent() or timer) for timer in left.values())
        pytest.fail(f"{request.node.nodeid} left timers running, of: {owners}")
