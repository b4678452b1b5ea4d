"""The window's process: from the opening of the desk to its end, over a desk in memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from techdesk import window
from techdesk.application.changes import Changes
from techdesk.application.settings import THEME, WORK_OFFLINE
from techdesk.application.store_news import OpeningStep, StoreNews
from techdesk.cli.run import answer_request, request_for
from techdesk.desk.desk import Desk
from techdesk.desk.opening import Opening
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
from techdesk.store.settings_file import SettingsFile
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import NoticeBar
from techdesk.ui.opening_window import OpeningWindow
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


def done(result: Desk | TechDeskError) -> Opening:
    opening = Opening()
    if isinstance(result, Desk):
        opening.set_result(result)
    else:
        opening.set_exception(result)
    return opening


class Run:
    """One front under test and how its retries go."""

    def __init__(
        self, qapp: QApplication, home: Path, first: Opening, sample: int | None = None, theme: str = "light"
    ) -> None:
        self.front = Front(qapp, Places.below(home), WindowOptions(opening=first, sample=sample, theme=theme))
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
    names: list[tuple[str, str | None]] = []

    def restore(_: Places, name: str, password: str | None) -> Opening:
        names.append((name, password))
        return done(bench.open())

    monkeypatch.setattr(window, "restore_in_background", restore)
    backups = Places.below(tmp_path).backups
    backups.mkdir(parents=True)
    (backups / "2026-11-21-120000-before-migration.db").write_bytes(b"x")
    run = Run(qapp, tmp_path, done(StoreCorruptError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert run.shown.backup.itemText(0).endswith("before TechDesk was updated")
    run.shown.restore_wished.emit(run.shown.backup.currentData())
    run.shown.accept()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert names == [("2026-11-21-120000-before-migration", None)]


def test_a_new_master_password_opens_the_desk_and_nothing_quits_in_between(
    qtbot: QtBot,
    qapp: QApplication,
    runs: list[Run],
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords: list[str] = []

    def open_again(_: Places, password: str, code: str) -> Opening:
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

    def open_again(_: Places, password: str, code: str) -> Opening:
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
    opening = Opening()
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


STEP = OpeningStep("Repairing your data", "Saving unsent work…")


def opening_windows() -> list[QWidget]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, OpeningWindow) and one.isVisible()]


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.text()]


@pytest.fixture
def slow(qtbot: QtBot, qapp: QApplication, runs: list[Run], tmp_path: Path) -> Run:
    """A front whose desk takes long to open, so that it says what is done."""
    run = Run(qapp, tmp_path, Opening())
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningWindow) and run.shown.isVisible())
    return run


def test_a_desk_that_takes_long_to_open_says_what_is_done_until_the_main_window_stands(
    qtbot: QtBot, slow: Run, bench: Workbench
) -> None:
    told = slow.shown
    assert "Opening your data" in texts(told)
    slow.front._opening.begin(STEP)
    qtbot.waitUntil(lambda: {STEP.title, STEP.words} <= set(texts(told)))
    assert told.accessibleDescription() == "Repairing your data. Saving unsent work…"
    slow.front._opening.set_result(bench.open())
    qtbot.waitUntil(lambda: isinstance(slow.shown, MainWindow) and slow.shown.isVisible())
    assert not opening_windows()


def test_a_desk_that_opens_at_once_says_nothing(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], bench: Workbench, tmp_path: Path
) -> None:
    run = Run(qapp, tmp_path, done(bench.open()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert not run.front._patience.isActive()


def test_whoever_closes_the_window_that_says_what_is_done_gets_no_other_one(
    qtbot: QtBot, qapp: QApplication, slow: Run, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    quits: list[bool] = []
    monkeypatch.setattr(qapp, "quit", lambda: quits.append(True))
    slow.shown.close()
    slow.front._opening.set_result(bench.open())
    qtbot.waitUntil(lambda: quits == [True])
    assert slow.shown is None
    assert slow.front._desk is not None, "it is closed with the front"


def test_an_error_is_not_shown_to_whoever_closed_the_window(
    qtbot: QtBot, qapp: QApplication, slow: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    quits: list[bool] = []
    monkeypatch.setattr(qapp, "quit", lambda: quits.append(True))
    slow.shown.close()
    slow.front._opening.set_exception(StoreCorruptError())
    qtbot.waitUntil(lambda: quits == [True])
    assert slow.shown is None


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_whoever_starts_it_again_meanwhile_gets_the_main_window_after_all(
    qtbot: QtBot, slow: Run, bench: Workbench
) -> None:
    told = slow.shown
    told.close()
    slow.front.answer({"raise": True}, answer_request)
    qtbot.waitUntil(told.isVisible)
    slow.front._opening.set_result(bench.open())
    qtbot.waitUntil(lambda: isinstance(slow.shown, MainWindow))


def test_an_error_after_a_long_wait_is_explained(qtbot: QtBot, slow: Run) -> None:
    assert opening_windows()
    slow.front._opening.set_exception(StoreCorruptError())
    qtbot.waitUntil(lambda: isinstance(slow.shown, OpeningFailed) and slow.shown.isVisible())
    assert not opening_windows()


def test_the_words_before_the_main_window_wear_the_colours_that_the_person_chose(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], tmp_path: Path
) -> None:
    SettingsFile(Places.below(tmp_path).settings_file).set(THEME, "dark")
    run = Run(qapp, tmp_path, Opening(), theme="")
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningWindow))
    assert run.front._theme.is_dark


def test_the_password_that_was_typed_opens_the_backup_too(
    qtbot: QtBot, qapp: QApplication, runs: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def restore(_: Places, name: str, password: str | None) -> Opening:
        asked.append(password)
        return done(StoreCorruptError())

    monkeypatch.setattr(window, "restore_in_background", restore)
    monkeypatch.setattr(window, "open_in_background", lambda *_: done(StoreCorruptError()))
    run = Run(qapp, tmp_path, done(WrongPasswordError()))
    runs.append(run)
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    first = run.shown
    first.try_again.emit("horse battery", "")
    first.accept()
    qtbot.waitUntil(lambda: run.shown is not first)
    run.shown.restore_wished.emit("2026")
    assert asked == ["horse battery"]
