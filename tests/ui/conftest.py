"""Run the window's tests on an invisible screen, over desks that they share, and let none leave a timer running."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from techdesk.application.settings import WORK_OFFLINE
from techdesk.desk.opening import Opening
from techdesk.ui.tasks import Tasks
from tests.support.builders import an_account, put_order
from tests.support.memory_store import MemoryStore
from tests.support.ui_desk import UiDesk
from tests.support.window_runs import Run, StartFront
from tests.unit.desk.fakes import Workbench


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


@pytest.fixture(autouse=True)
def no_key_stays_held() -> Iterator[None]:
    """Let go of Ctrl and the like: a key that opens a dialog is let go of there, which Qt's test keys cannot do."""
    yield
    if QApplication.instance() and QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)


@pytest.fixture
def bench() -> Workbench:
    """A desk with an account and an order, working offline."""
    one = Workbench()
    one.settings.set(WORK_OFFLINE, "yes")
    one.open().add_account(an_account(), "token")
    put_order(one.store)
    return one


@pytest.fixture
def start(qapp: QApplication, tmp_path: Path) -> Iterator[StartFront]:
    """Starts the front of a window; each is closed at the end of the test and leaves the process as it was."""
    hooks = (threading.excepthook, sys.excepthook)
    made: list[Run] = []

    def begin(opening: Opening, **options: Any) -> Run:
        made.append(Run(qapp, tmp_path, opening, **options))
        return made[-1]

    yield begin
    for one in made:
        one.front.close()
        if one.shown:
            one.shown.close()
            one.shown.deleteLater()
    threading.excepthook, sys.excepthook = hooks
    qapp.setStyleSheet("")


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    """A desk in memory and the context over it, with one account and one order."""
    made = UiDesk(qtbot)
    yield made
    made.close()


@pytest.fixture
def window(desk: UiDesk) -> QWidget:
    """The smallest window that a dialog can belong to."""
    made = QWidget()
    made.resize(1024, 700)
    made.show()
    desk.kept.append(made)
    return made


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    """The threads of a window over an empty store."""
    made = Tasks(MemoryStore())
    yield made
    made.close()
