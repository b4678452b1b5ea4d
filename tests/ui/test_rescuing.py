"""Unsent work is saved in a file from the window, and taken in on another computer after a look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from techdesk.application.ports import Urgency
from techdesk.domain.errors import FileNotSavedError, RescueFileError
from techdesk.domain.items import Item
from techdesk.ui.dialogs.rescue_dialog import RescueDialog
from techdesk.ui.own_folder import own_folder
from techdesk.ui.rescuing import choose_what_to_take_in, choose_where_to_save, look_into, save
from tests.support.builders import an_account
from tests.support.fake_desk import FakeDesk
from tests.support.ui_desk import UiDesk


@pytest.fixture
def other(qtbot: QtBot) -> Iterator[UiDesk]:
    """Return the desk of another computer, signed in to the same system."""
    made = UiDesk(qtbot, FakeDesk())
    yield made
    made.close()


@pytest.fixture
def file(desk: UiDesk, tmp_path: Path) -> Path:
    """Return a file with two unsent changes."""
    for name in ("Fuse", "<b>Belt</b>"):
        desk.desk.commands.add_item(desk.order, Item(name=name))
    path = tmp_path / "work.techdesk-rescue"
    save(desk.context, path)
    desk.qtbot.waitUntil(path.is_file)
    return path


def looked_into(desk: UiDesk, window: QWidget, file: Path) -> RescueDialog:
    look_into(desk.context, window, file)
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(RescueDialog)))
    return window.findChildren(RescueDialog)[0]


def has_told(desk: UiDesk, title: str) -> bool:
    return title in [one.title for one in desk.told]


def words_of(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_saving_tells_how_much_and_leaves_it_here(desk: UiDesk, file: Path) -> None:
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "Saved 2 changes in work.techdesk-rescue"
    assert "still sent from here. Its key is " in desk.told[-1].hint
    assert len(desk.operations()) == 2


def test_nothing_unsent_is_said_and_no_file_made(desk: UiDesk, tmp_path: Path) -> None:
    save(desk.context, tmp_path / "empty.techdesk-rescue")
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    (notice,) = desk.told
    assert "no unsent work" in notice.title.lower()
    assert (notice.hint, notice.error) == ("Everything you did has been confirmed", None)
    assert list(tmp_path.iterdir()) == []


def test_where_no_file_can_be_made_is_told(desk: UiDesk, tmp_path: Path) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    (tmp_path / "file").write_text("in the way")
    save(desk.context, tmp_path / "file" / "monday.techdesk-rescue")
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert isinstance(desk.told[0].error, FileNotSavedError)


def test_a_file_shows_who_made_it_and_what_is_in_it_before_anything_is_taken_in(
    desk: UiDesk, other: UiDesk, window: QWidget, file: Path
) -> None:
    dialog = looked_into(other, window, file)
    shown = [dialog.lines.item(row).text() for row in range(2)]
    assert [one.split(" · ")[1] for one in shown] == ["Item added: Fuse", "Item added: <b>Belt</b>"]
    assert "Kim Larsen" in words_of(dialog)
    assert desk.desk.rescue.read(file).fingerprint in words_of(dialog)
    assert other.operations() == []
    dialog.reject()
    assert other.operations() == []


def test_taking_a_file_in_twice_brings_its_work_once(desk: UiDesk, other: UiDesk, window: QWidget, file: Path) -> None:
    for told in ("Took in 2 changes", "Took in 0 changes"):
        looked_into(other, window, file).take_in.click()
        other.qtbot.waitUntil(partial(has_told, other, told))
        other.qtbot.waitUntil(lambda: window.findChildren(RescueDialog) == [])
    assert [one.op_id for one in other.operations()] == [one.op_id for one in desk.operations()]


def test_another_account_can_be_chosen_to_send_the_work(
    desk: UiDesk, other: UiDesk, window: QWidget, file: Path
) -> None:
    with other.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_account("a1")
        tx.save_account(replace(an_account(), account_id="a9", name="Other bench", address="https://other.example"))
    dialog = looked_into(other, window, file)
    dialog.account.retype("a9")
    dialog.take_in.click()
    other.qtbot.waitUntil(lambda: len(other.operations()) == 2)
    assert {one.account_id for one in other.operations()} == {"a9"}


def test_a_file_that_was_changed_is_refused_in_words(desk: UiDesk, window: QWidget, file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"Fuse", b"Fuze"))
    with desk.qtbot.waitSignal(desk.context.tasks.failed) as failed:
        look_into(desk.context, window, file)
    assert failed.args is not None
    assert isinstance(failed.args[0], RescueFileError)
    assert window.findChildren(RescueDialog) == []


def test_the_choosers_never_write_over_a_file(desk: UiDesk, window: QWidget) -> None:
    choose_where_to_save(desk.context, window)
    choose_what_to_take_in(desk.context, window)
    saving, opening = window.findChildren(QFileDialog)
    assert saving.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert saving.testOption(QFileDialog.Option.DontConfirmOverwrite)
    assert opening.fileMode() is QFileDialog.FileMode.ExistingFile
    for one in (saving, opening):
        one.close()


def test_files_are_asked_for_in_a_folder_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert own_folder() == tmp_path
    (tmp_path / "Documents").mkdir()
    assert own_folder() == tmp_path / "Documents"
