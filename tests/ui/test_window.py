"""The window's process: from the opening of the desk to its end, over a desk in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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
from techdesk.desk import restoring
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
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import NoticeBar
from techdesk.ui.opening.unlock import CodeUse, OpeningFailed
from techdesk.ui.work_area import WorkArea
from tests.support.window_runs import StartFront, done
from tests.unit.desk.fakes import Workbench


def test_the_main_window_stands_over_the_opened_desk(
    qtbot: QtBot, qapp: QApplication, start: StartFront, bench: Workbench
) -> None:
    run = start(done(bench.open()))
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow) and run.shown.isVisible())
    assert qapp.quitOnLastWindowClosed()


@pytest.mark.parametrize("is_bad", [True, False])
def test_what_the_store_tells_is_shown(qtbot: QtBot, start: StartFront, bench: Workbench, is_bad: bool) -> None:
    run = start(done(bench.open()))
    qtbot.waitUntil(lambda: hasattr(bench.store, "tell"))
    bench.store.tell(StoreNews("The data file was damaged", "All is repaired", is_bad))
    assert isinstance(run.shown, MainWindow)
    bar = run.shown.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar)
    qtbot.waitUntil(lambda: bar.text == "The data file was damaged. All is repaired")
    assert bar.property("tone") == ("bad" if is_bad else "info")


def test_a_backup_that_a_person_chose_is_restored_and_the_desk_opens(
    qtbot: QtBot, start: StartFront, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[tuple[str, str | None]] = []

    def restore(_: Places, name: str, password: str | None) -> Opening:
        names.append((name, password))
        return done(bench.open())

    monkeypatch.setattr(restoring, "restore_in_background", restore)
    backups = Places.below(tmp_path).backups
    backups.mkdir(parents=True)
    (backups / "2026-11-21-120000-before-migration.db").write_bytes(b"x")
    run = start(done(StoreCorruptError()))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert run.shown.backup.itemText(0).endswith("before TechDesk was updated")
    run.shown.restore_wished.emit(run.shown.backup.currentData())
    run.shown.accept()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert names == [("2026-11-21-120000-before-migration", None)]


def test_a_new_master_password_opens_the_desk_and_nothing_quits_in_between(
    qtbot: QtBot, qapp: QApplication, start: StartFront, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords: list[str] = []

    def open_again(_: Places, password: str, code: str) -> Opening:
        passwords.append(password + code)
        return done(bench.open())

    monkeypatch.setattr(window, "open_in_background", open_again)
    quits: list[bool] = []
    qapp.lastWindowClosed.connect(lambda: quits.append(qapp.quitOnLastWindowClosed()))
    run = start(done(NoKeyringError()))
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
    qtbot: QtBot, start: StartFront, tmp_path: Path, error: TechDeskError, is_sealed: bool, wanted: CodeUse
) -> None:
    places = Places.below(tmp_path)
    places.make()
    run = start(done(error))
    assert run.front._code_use(error) is CodeUse.NONE, "no data is there"
    places.store.touch()
    if is_sealed:
        places.sealed.touch()
    assert run.front._code_use(error) is wanted


def test_the_recovery_code_that_was_typed_opens_the_desk(
    qtbot: QtBot, start: StartFront, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed: list[str] = []

    def open_again(_: Places, password: str, code: str) -> Opening:
        typed.append(code)
        return done(bench.open())

    monkeypatch.setattr(window, "open_in_background", open_again)
    places = Places.below(tmp_path)
    places.make()
    places.store.touch()
    run = start(done(StoreLockedError()))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    run.shown.ask_code()
    run.shown.code.setPlainText(recovery_code(bytes(32)))
    run.shown._again.click()
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    assert typed == [recovery_code(bytes(32))]


def test_a_command_of_another_process_runs_here_and_the_window_hears_of_it(
    qtbot: QtBot, start: StartFront, bench: Workbench
) -> None:
    run = start(done(bench.open()))
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
    qtbot: QtBot, start: StartFront, bench: Workbench
) -> None:
    opening = Opening()
    run = start(opening)
    answers: list[Mapping[str, Any]] = []
    request = request_for(["orders", "--json"], "")
    asker = threading.Thread(target=lambda: answers.append(run.front.answer(request, answer_request)))
    asker.start()
    opening.set_result(bench.open())
    qtbot.waitUntil(lambda: bool(answers))
    asker.join()
    assert answers[0]["exit"] == 0


def test_a_desk_that_cannot_be_opened_tells_commands_so(qtbot: QtBot, start: StartFront) -> None:
    run = start(done(StoreCorruptError()))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert run.front.answer(request_for(["orders"], ""), answer_request)["exit"] == 2


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_a_second_start_raises_the_first_window(qtbot: QtBot, start: StartFront, bench: Workbench) -> None:
    run = start(done(bench.open()))
    qtbot.waitUntil(lambda: isinstance(run.shown, MainWindow))
    run.shown.showMinimized()
    assert run.front.answer({"raise": True}, answer_request) == {"raised": True}
    qtbot.waitUntil(lambda: not run.shown.isMinimized() and run.shown.isVisible())


def test_the_sample_is_signed_in_to_while_the_window_already_stands(qtbot: QtBot, start: StartFront) -> None:
    empty = Workbench()
    empty.settings.set(WORK_OFFLINE, "yes")
    run = start(done(empty.open()), sample=25)
    qtbot.waitUntil(lambda: empty.server.samples == [25])
    qtbot.waitUntil(lambda: run.shown._accounts != [])


def test_the_sync_is_not_started_by_the_windows_own_thread(
    qtbot: QtBot, start: StartFront, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    begin = Desk.start_sync

    def noting(self: Desk, *listeners: Callable[..., None]) -> None:
        threads.append(threading.current_thread())
        begin(self, *listeners)

    monkeypatch.setattr(Desk, "start_sync", noting)
    start(done(bench.open()))
    qtbot.waitUntil(lambda: threads != [])
    assert threads[0] is not threading.main_thread()


def test_the_sync_starts_although_the_place_of_the_open_order_cannot_be_made(
    qtbot: QtBot, start: StartFront, bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun = threading.Event()
    monkeypatch.setattr(Desk, "start_sync", lambda *_: begun.set())

    def fail(_: WorkArea) -> None:
        raise RuntimeError("no pane")

    monkeypatch.setattr(WorkArea, "make_pane", fail)
    start(done(bench.open()))
    qtbot.waitUntil(begun.is_set)
    (report,) = (Places.below(tmp_path).log / "crashes").iterdir()
    assert "no pane" in report.read_text(encoding="utf-8")
