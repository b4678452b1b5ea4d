"""What stands before the main window where the data takes long to open, or is a newer TechDesk's."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from techdesk import window
from techdesk.application.settings import THEME
from techdesk.application.store_news import BackupReason, OpeningStep
from techdesk.cli.run import answer_request
from techdesk.desk import restoring
from techdesk.desk.opening import Opening, open_in_background
from techdesk.desk.places import Places
from techdesk.domain.errors import (
    StoreCorruptError,
    StoreTooNewError,
    WrongPasswordError,
)
from techdesk.store.sealed_file import SealedFile
from techdesk.store.settings_file import SettingsFile
from techdesk.ui.main_window import MainWindow
from techdesk.ui.opening.newer_data import NewerData
from techdesk.ui.opening.opening_window import OpeningWindow
from techdesk.ui.opening.unlock import OpeningFailed
from techdesk.ui.theme import DARK
from tests.support.damaged_store import some_store
from tests.support.newer_store import make_newer
from tests.support.shown_widgets import open_windows
from tests.support.store_records import KEY
from tests.support.window_runs import Run, StartFront, done
from tests.unit.desk.fakes import Workbench

STEP = OpeningStep("Repairing your data", "Saving unsent work…")


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.text()]


@pytest.fixture
def slow(qtbot: QtBot, start: StartFront) -> Run:
    """A front whose desk takes long to open, so that it says what is done."""
    run = start(Opening())
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
    assert not open_windows(OpeningWindow)


def test_a_desk_that_opens_at_once_says_nothing(qtbot: QtBot, start: StartFront, bench: Workbench) -> None:
    run = start(done(bench.open()))
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
    assert open_windows(OpeningWindow)
    slow.front._opening.set_exception(StoreCorruptError())
    qtbot.waitUntil(lambda: isinstance(slow.shown, OpeningFailed) and slow.shown.isVisible())
    assert not open_windows(OpeningWindow)


def test_the_words_before_the_main_window_wear_the_colours_that_the_person_chose(
    qtbot: QtBot, start: StartFront, tmp_path: Path
) -> None:
    SettingsFile(Places.below(tmp_path).settings_file).set(THEME, "dark")
    run = start(Opening(), theme="")
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningWindow))
    assert run.front._theme.color("text") == DARK["text"]
    assert not run.shown.windowIcon().isNull()


def test_the_password_that_was_typed_opens_the_backup_too(
    qtbot: QtBot, start: StartFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def restore(_: Places, name: str, password: str | None) -> Opening:
        asked.append(password)
        return done(StoreCorruptError())

    monkeypatch.setattr(restoring, "restore_in_background", restore)
    monkeypatch.setattr(window, "open_in_background", lambda *_: done(StoreCorruptError()))
    run = start(done(WrongPasswordError()))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    first = run.shown
    first.try_again.emit("horse battery", "")
    first.accept()
    qtbot.waitUntil(lambda: run.shown is not first)
    run.shown.restore_wished.emit("2026")
    assert asked == ["horse battery"]


def test_data_of_a_newer_techdesk_offers_to_save_its_work_and_only_the_backups_that_fit(
    qtbot: QtBot, start: StartFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "horse battery")
    places = Places.below(tmp_path)
    places.make()
    SealedFile(places.sealed, "horse battery").write("store-key", KEY.hex())
    home = some_store(places.data, orders=8, pulled_orders=2)
    (fitting,) = home.backups().all()
    make_newer(home.path)
    home.backups().write(BackupReason.HOURLY)
    run = start(open_in_background(places))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert [run.shown.backup.itemData(row) for row in range(run.shown.backup.count())] == [fitting.name]
    (block,) = run.shown.findChildren(NewerData)
    block.save_in(tmp_path / "work")
    qtbot.waitUntil(block.button.isEnabled)
    unsent = sum(not one.state.is_settled for one in home.saved.values())
    assert f"Saved {unsent} changes in {tmp_path / 'work'}" in " ".join(texts(block))
    assert (tmp_path / "work").is_file()


def test_where_no_backup_fits_none_is_offered(qtbot: QtBot, start: StartFront, tmp_path: Path) -> None:
    backups = Places.below(tmp_path).backups
    backups.mkdir(parents=True)
    (backups / "2026-11-21-120000-hourly.db").write_bytes(b"x")
    run = start(done(StoreTooNewError(backups=[])))
    qtbot.waitUntil(lambda: isinstance(run.shown, OpeningFailed))
    assert not hasattr(run.shown, "backup")
