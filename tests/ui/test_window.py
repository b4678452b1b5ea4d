"""The window's process: from the opening of the desk to its end, over a desk in memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from techdesk import window
from techdesk.application.changes import Changes
from techdesk.application.settings import WORK_OFFLINE
from techdesk.application.store_news import StoreNews
from techdesk.cli.run import answer_request, request_for
from techdesk.desk.desk import Desk
from techdesk.desk.places import Places
from techdesk.domain.errors import (
    NoKeyringError,
    SecretsError,
    StoreCorruptError,
    StoreLockedError,
    StoreTooNewError,
    TechDeskError,
    WrongPasswordError,
    WrongRecoveryCodeError,
)
from techdesk.domain.recovery_code import recovery_code
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import NoticeBar
from techdesk.ui.unlock import CodeUse, OpeningFailed
from techdesk.window import Front, WindowOptions
from tests.support.builders import an_account, put_order
from tests.unit.desk.fakes import Workbench


@pytest.fixture
def bench() -> Workbench:
    """A desk with an account and an order, working offline."""
    one = Workbench()
    one.settings.set(WORK_OFFLINE, "yes")
    one.open().add_account(an_account(), "token")
    put_order(one.store)
    return one


def done(result: Desk | TechDeskError) -> Future[Desk]:
    future: Future[Desk] = Future()
    if isinstance(result, Desk):
        future.set_result(result)
    else:
        future.set_exception(result)
    return future


class Run:
    """One front under test and how its retries go."""

    def __init__(self, qapp: QApplication, home: Path, first: Future[Desk], sample: int | None = None) -> None:
        self.front = Front(qapp, Places.below(home), WindowOptions(opening=first, sample=sample, theme="light"))
        self.front.await_desk(first)

    @property
    def shown(self) -> Any:
        return self.front._shown


@pytest.fixture
def runs(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """The fronts of a test; each is closed at its end and leaves the process as it was."""
    hooks = (threading.excepthook, sys.excepthook)
    made: list[Run] = []
    yield made
    for one in made:
        one.front.close()
        if one.shown:
            one.shown.close()
            one.shown.deleteLater()
    threading.excepthook, sys.excepthook = hooks
    qapp.setStyleSheet("")


def test_the_main_window_stands_over_the_opened_desk(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path
) -> None:
    run = Run(qapp, tmp_path, done(bench.open()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow) and run.shown.isVisible())
    assert qapp.quitOnLastWindowClosed()


@pytest.mark.parametrize("is_bad", [True, False])
def test_what_the_store_tells_is_shown(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path, is_bad: bool
) -> None:
    run = Run(qapp, tmp_path, done(bench.open()))
    runs.append(run)
    qtbot.waitUntil(lambda: hasattr(bench.store, "tell"))
    bench.store.tell(StoreNews("The data file was damaged", "All is repaired", is_bad))
    assert isinstance(run.shown, MainWindow)
    bar = run.shown.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar)
    qtbot.waitUntil(lambda: bar.text == "The data file was damaged. All is repaired")
    assert bar.property("tone") == ("bad" if is_bad else "info")


def test_a_backup_that_a_person_chose_is_restored_and_the_desk_opens(
    qtbot: QtBot,
    qapp: QApplication,
    runs: list[Run],
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names: list[str] = []

    def restore(_: Places, name: str) -> Future[Desk]:
        names.append(name)
        return done(bench.open())

    monkeypatch.setattr(window, "restore_in_background", restore)
    backups = Places.below(tmp_path).backups
    backups.mkdir(parents=True)
    (backups / "2026-11-21-120000-before-migration.db").write_bytes(b"x")
    run = Run(qapp, tmp_path, done(StoreCorruptError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert run.shown.backup.itemText(0).endswith("before migration")
    run.shown.restore_wished.emit(run.shown.backup.currentData())
    run.shown.accept()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert names == ["2026-11-21-120000-before-migration"]


def test_a_new_master_password_opens_the_desk_and_nothing_quits_in_between(
    qtbot: QtBot,
    qapp: QApplication,
    runs: list[Run],
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords: list[str] = []

    def open_again(_: Places, password: str, code: str) -> Future[Desk]:
        passwords.append(password + code)
        return done(bench.open())

    monkeypatch.setattr(window, "open_in_background", open_again)
    quits: list[bool] = []
    qapp.lastWindowClosed.connect(lambda: quits.append(qapp.quitOnLastWindowClosed()))
    run = Run(qapp, tmp_path, done(NoKeyringError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    run.shown.try_again.emit("horse battery", "")
    run.shown.accept()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert passwords == ["horse battery"]
    assert True not in quits


@pytest.mark.parametrize(
    ("error", "is_sealed", "wanted"),
    [
        (StoreLockedError(), False, CodeUse.KEYRING),
        (SecretsError(), False, CodeUse.KEYRING),
        (NoKeyringError(), False, CodeUse.SEALED_FILE),
        (WrongPasswordError(), True, CodeUse.SEALED_FILE),
        (WrongRecoveryCodeError(), False, CodeUse.KEYRING),
        (StoreTooNewError(), False, CodeUse.NONE),
    ],
)
def test_the_recovery_code_is_offered_where_it_helps(
    qtbot: QtBot,
    qapp: QApplication,
    runs: list[Run],
    tmp_path: Path,
    error: TechDeskError,
    is_sealed: bool,
    wanted: CodeUse,
) -> None:
    places = Places.below(tmp_path)
    places.make()
    run = Run(qapp, tmp_path, done(error))
    runs.append(run)
    assert run.front._code_use(error) is CodeUse.NONE, "no data is there"
    places.store.touch()
    if is_sealed:
        places.sealed.touch()
    assert run.front._code_use(error) is wanted


def test_the_recovery_code_that_was_typed_opens_the_desk(
    qtbot: QtBot,
    qapp: QApplication,
    runs: list[Run],
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed: list[str] = []

    def open_again(_: Places, password: str, code: str) -> Future[Desk]:
        typed.append(code)
        return done(bench.open())

    monkeypatch.setattr(window, "open_in_background", open_again)
    places = Places.below(tmp_path)
    places.make()
    places.store.touch()
    run = Run(qapp, tmp_path, done(StoreLockedError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    run.shown.ask_code()
    run.shown.code.setPlainText(recovery_code(bytes(32)))
    run.shown._again.click()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert typed == [recovery_code(bytes(32))]


def test_a_command_of_another_process_runs_here_and_the_window_hears_of_it(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path
) -> None:
    run = Run(qapp, tmp_path, done(bench.open()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    answers: list[Mapping[str, Any]] = []
    request = request_for(["record", "10042", "product_received"], "")
    asker = threading.Thread(target=lambda: answers.append(run.front.answer(request, answer_request)))
    with qtbot.waitSignal(run.shown._context.tasks.changed) as heard:
        asker.start()
    asker.join()
    assert answers[0]["exit"] == 0
    assert isinstance(heard.args[0], Changes)
    assert heard.args[0].orders == {"so-1"}


def test_a_command_that_comes_before_the_desk_is_open_waits_for_it(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path
) -> None:
    opening: Future[Desk] = Future()
    run = Run(qapp, tmp_path, opening)
    runs.append(run)
    answers: list[Mapping[str, Any]] = []
    request = request_for(["orders", "--json"], "")
    asker = threading.Thread(target=lambda: answers.append(run.front.answer(request, answer_request)))
    asker.start()
    opening.set_result(bench.open())
    qtbot.waitUntil(lambda: bool(answers))
    asker.join()
    assert answers[0]["exit"] == 0


def test_a_desk_that_cannot_be_opened_tells_commands_so(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], tmp_path: Path
) -> None:
    run = Run(qapp, tmp_path, done(StoreCorruptError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert run.front.answer(request_for(["orders"], ""), answer_request)["exit"] == 2


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_a_second_start_raises_the_first_window(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path
) -> None:
    run = Run(qapp, tmp_path, done(bench.open()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    run.shown.showMinimized()
    assert run.front.answer({"raise": True}, answer_request) == {"raised": True}
    qtbot.waitUntil(lambda: not run.shown.isMinimized() and run.shown.isVisible())


def test_the_sample_is_signed_in_to_while_the_window_already_stands(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], tmp_path: Path
) -> None:
    empty = Workbench()
    empty.settings.set(WORK_OFFLINE, "yes")
    run = Run(qapp, tmp_path, done(empty.open()), sample=25)
    runs.append(run)
    qtbot.waitUntil(lambda: empty.server.samples == [25])
    qtbot.waitUntil(lambda: run.shown._accounts != [])
