"""Tasks run beside the window, lane by lane, and bring back only answers that are still wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from pytestqt.qtbot import QtBot

from techdesk.application.changes import Changes
from techdesk.application.ports import ReadTransaction
from techdesk.application.sync.state import SyncState
from techdesk.domain.errors import DiskFullError
from techdesk.ui.tasks import Tasks
from tests.support.memory_store import MemoryStore


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Hold a lane until the test lets go; always opened at the end, so that no thread stays."""
    opened = threading.Event()
    yield opened
    opened.set()


def _accounts(view: ReadTransaction) -> int:
    return len(view.accounts())


def test_an_answer_comes_back_in_the_window_s_thread(tasks: Tasks, qtbot: QtBot) -> None:
    seen: list[tuple[int, bool]] = []
    tasks.query(_accounts, lambda n: seen.append((n, QThread.currentThread().isMainThread())), tasks)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(0, True)]


def test_only_the_latest_question_of_a_topic_is_answered(tasks: Tasks, qtbot: QtBot, gate: threading.Event) -> None:
    answers: list[str] = []
    tasks.query(lambda _: gate.wait(5), lambda _: None, tasks)
    tasks.query(lambda _: "old", answers.append, tasks, "first rows")
    tasks.query(lambda _: "new", answers.append, tasks, "first rows")
    gate.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["new"]


def test_an_answer_for_a_widget_that_is_gone_is_dropped(tasks: Tasks, qtbot: QtBot, gate: threading.Event) -> None:
    owner = QObject()
    answers: list[str] = []
    tasks.query(lambda _: gate.wait(5), lambda _: answers.append("too late"), owner)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gate.set()
    tasks.query(lambda _: "next", answers.append, tasks)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["next"]


def test_neither_typing_nor_saving_waits_for_a_count(tasks: Tasks, qtbot: QtBot, gate: threading.Event) -> None:
    done: list[str] = []
    tasks.count(lambda _: gate.wait(5), lambda _: done.append("count"), tasks)
    tasks.query(lambda _: "typed", done.append, tasks)
    tasks.command(Changes, lambda _: done.append("saved"))
    qtbot.waitUntil(lambda: len(done) == 2)
    assert set(done) == {"typed", "saved"}
    gate.set()
    qtbot.waitUntil(lambda: "count" in done)


def test_a_save_that_fails_tells_its_dialog_and_nobody_else(tasks: Tasks, qtbot: QtBot) -> None:
    def save() -> Changes:
        raise DiskFullError

    told: list[object] = []
    elsewhere: list[object] = []
    tasks.failed.connect(elsewhere.append)
    tasks.command(save, failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], DiskFullError)
    assert not elsewhere


def test_a_failure_that_nobody_takes_is_announced(tasks: Tasks, qtbot: QtBot) -> None:
    def save() -> Changes:
        raise DiskFullError

    with qtbot.waitSignal(tasks.failed) as told:
        tasks.command(save)
    assert isinstance(told.args[0], DiskFullError)


def test_a_bug_in_a_task_reaches_the_crash_hook(tasks: Tasks, qtbot: QtBot) -> None:
    def save() -> Changes:
        raise ZeroDivisionError

    with qtbot.capture_exceptions() as caught:
        tasks.command(save)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_changes_that_sync_reports_in_a_burst_are_announced_together(tasks: Tasks, qtbot: QtBot) -> None:
    heard: list[Changes] = []
    tasks.changed.connect(heard.append)

    def report() -> None:
        for number in range(200):
            tasks.report_changes(Changes(orders=frozenset({str(number)})))

    reporter = threading.Thread(target=report)
    reporter.start()
    reporter.join()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [Changes(orders=frozenset(str(n) for n in range(200)))]


def test_a_sync_state_from_another_thread_arrives_in_the_window_s(tasks: Tasks, qtbot: QtBot) -> None:
    state = SyncState(account_id="a1")
    with qtbot.waitSignal(tasks.sync_changed) as told:
        reporter = threading.Thread(target=tasks.report_sync, args=(state,))
        reporter.start()
        reporter.join()
    assert told.args == [state]


def test_closing_finishes_a_save_that_has_not_begun(qapp: QCoreApplication, gate: threading.Event) -> None:
    tasks = Tasks(MemoryStore())
    saved: list[str] = []

    def slow() -> Changes:
        gate.wait(5)
        return Changes()

    def save() -> Changes:
        saved.append("typed text")
        return Changes()

    tasks.command(slow)
    tasks.command(save)
    gate.set()
    tasks.close()
    assert saved == ["typed text"]
