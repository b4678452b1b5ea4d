"""Where a newer TechDesk wrote the data, a person sees what is unsent in it and saves it for another computer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from techdesk.application.unsent.rescue import Maker, Rescued, RescueFile, RescueWork, SavedOfNewer
from techdesk.domain.errors import FileNotSavedError, StoreTooNewError
from techdesk.ui.fitting import grow
from techdesk.ui.opening.newer_data import NewerData
from techdesk.ui.opening.unlock import OpeningFailed
from tests.support.store_records import an_operation

MAKER = Maker(user="Kim", computer="bench", made_at=datetime(2026, 11, 21, tzinfo=UTC), version="0.1.0", reason="saved")


def saved(path: Path, left_out: int = 0) -> SavedOfNewer:
    work = RescueWork(maker=MAKER, accounts=(), entries=(Rescued(operation=an_operation()),), records=())
    return SavedOfNewer(RescueFile(path=path, fingerprint="ABCD-EFGH", work=work), left_out)


class Saving:
    """What begins to save, and what becomes of it when the test says so."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.future: Future[SavedOfNewer] = Future()

    def __call__(self, path: Path) -> Future[SavedOfNewer]:
        self.paths.append(path)
        return self.future


def texts(block: NewerData) -> str:
    return " ".join(one.text() for one in block.findChildren(QLabel) if one.isVisible())


@pytest.fixture
def opened(qtbot: QtBot) -> Callable[[int | None, Saving], NewerData]:
    """Shows the dialog over data in which so much is unsent."""
    kept: list[OpeningFailed] = []

    def make(unsent: int | None, saving: Saving) -> NewerData:
        dialog = OpeningFailed(StoreTooNewError(version="9.1.0"), asks_password=False)
        block = NewerData(unsent, saving)
        block.grown.connect(partial(grow, dialog))
        dialog.add(block)
        qtbot.addWidget(dialog)
        kept.append(dialog)
        dialog.show()
        assert "9.1.0" in " ".join(one.text() for one in dialog.findChildren(QLabel))
        return block

    return make


Opened = Callable[[int | None, Saving], NewerData]


@pytest.mark.parametrize(("unsent", "words"), [(None, "cannot be told by this version"), (0, "no unsent work")])
def test_where_nothing_can_be_saved_nothing_is_offered(opened: Opened, unsent: int | None, words: str) -> None:
    block = opened(unsent, Saving())
    assert words in texts(block)
    assert block.findChildren(QPushButton) == []


@pytest.mark.parametrize(("unsent", "words"), [(1, "1 change in it is unsent"), (3, "3 changes in it are unsent")])
def test_how_much_is_unsent_is_told(opened: Opened, unsent: int, words: str) -> None:
    assert words in texts(opened(unsent, Saving()))


def test_what_is_unsent_is_saved_in_the_file_that_the_person_chooses(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    saving = Saving()
    block = opened(3, saving)
    qtbot.mouseClick(block.button, Qt.MouseButton.LeftButton)
    (chooser,) = block.window().findChildren(QFileDialog)
    assert chooser.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    chooser.fileSelected.emit(str(tmp_path / "work"))
    chooser.close()
    assert saving.paths == [tmp_path / "work"]
    assert not block.button.isEnabled()
    height = block.window().height()
    saving.future.set_result(saved(tmp_path / "work", left_out=2))
    qtbot.waitUntil(lambda: f"Saved 1 change in {tmp_path / 'work'}" in texts(block))
    assert "ABCD-EFGH" in texts(block)
    assert "2 changes. Install that one" in texts(block)
    assert block.button.isEnabled()
    assert block.window().height() > height


def test_why_it_could_not_be_saved_is_told_and_it_can_be_tried_again(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    saving = Saving()
    block = opened(3, saving)
    block.save_in(tmp_path / "work")
    saving.future.set_exception(FileNotSavedError("There is already a file “work”", "Choose another name"))
    qtbot.waitUntil(lambda: "Choose another name" in texts(block))
    assert block._told.property("role") == "error"
    assert block.button.isEnabled()


def test_enter_saves_nothing(qtbot: QtBot, opened: Opened) -> None:
    saving = Saving()
    block = opened(3, saving)
    qtbot.keyClick(block.window(), Qt.Key.Key_Return)
    assert saving.paths == []
    assert block.window().findChildren(QFileDialog) == []
