"""The dialog that stands before the main window asks for the right thing and accepts only what helps."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from techdesk.domain.errors import (
    DiskFullError,
    NoKeyringError,
    PasswordNeededError,
    StoreBusyError,
    StoreCorruptError,
    StoreLockedError,
    TechDeskError,
    WrongPasswordError,
)
from techdesk.domain.recovery_code import recovery_code
from techdesk.ui.opening.unlock import CodeUse, OpeningFailed
from techdesk.ui.resources import style_path

CODE = recovery_code(bytes(range(32)))


def lines(dialog: OpeningFailed) -> list[QLineEdit]:
    return [one for one in dialog.findChildren(QLineEdit) if one.isVisible()]


def texts(dialog: OpeningFailed) -> str:
    return " ".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())


def button(dialog: OpeningFailed, words: str) -> QPushButton:
    (found,) = [one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "").startswith(words)]
    return found


def shown(qtbot: QtBot, dialog: OpeningFailed) -> tuple[OpeningFailed, list[str]]:
    passwords: list[str] = []
    dialog.try_again.connect(lambda password, code: passwords.append(f"{password} {code}".strip()))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, passwords


def test_a_wrong_password_is_asked_for_again_and_enter_opens(qtbot: QtBot) -> None:
    dialog, passwords = shown(qtbot, OpeningFailed(WrongPasswordError(), asks_password=True))
    (line,) = lines(dialog)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(line, "horse")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert passwords == ["horse"]
    assert not dialog.isVisible()


def test_a_new_password_is_typed_twice_and_must_not_be_short(qtbot: QtBot) -> None:
    dialog, passwords = shown(qtbot, OpeningFailed(NoKeyringError(), asks_password=True))
    first, second = lines(dialog)
    qtbot.keyClicks(first, "short")
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert "at least 8" in texts(dialog)
    first.setText("long enough")
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert "differ" in texts(dialog)
    second.setText("long enough")
    qtbot.keyClick(second, Qt.Key.Key_Return)
    assert passwords == ["long enough"]


def test_what_no_password_can_mend_offers_to_try_again(qtbot: QtBot) -> None:
    dialog, passwords = shown(qtbot, OpeningFailed(StoreCorruptError(), asks_password=False))
    assert lines(dialog) == []
    assert "damaged" in texts(dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert passwords == [""]


def test_escape_quits(qtbot: QtBot) -> None:
    dialog, passwords = shown(qtbot, OpeningFailed(StoreCorruptError(), asks_password=False))
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert passwords == []


def test_where_no_code_helps_none_is_asked_for(qtbot: QtBot) -> None:
    dialog, _ = shown(qtbot, OpeningFailed(StoreCorruptError(), asks_password=False))
    assert not button(dialog, "Use the recovery code").isVisible()


def test_a_lost_key_is_replaced_by_the_code_alone(qtbot: QtBot) -> None:
    dialog, told = shown(qtbot, OpeningFailed(StoreLockedError(), False, CodeUse.KEYRING))
    qtbot.mouseClick(button(dialog, "Use the recovery code"), Qt.MouseButton.LeftButton)
    assert dialog.code.hasFocus() or dialog.focusWidget() is dialog.code
    assert lines(dialog) == []
    qtbot.keyClicks(dialog.code, CODE.lower())
    qtbot.mouseClick(button(dialog, "Open"), Qt.MouseButton.LeftButton)
    assert told == [CODE.lower()]


def test_a_slip_in_the_code_is_named_and_the_dialog_stays(qtbot: QtBot) -> None:
    dialog, told = shown(qtbot, OpeningFailed(StoreLockedError(), False, CodeUse.KEYRING))
    dialog.ask_code()
    dialog.code.setPlainText(CODE[:12] + ("0" if CODE[12] != "0" else "1") + CODE[13:])
    qtbot.mouseClick(button(dialog, "Open"), Qt.MouseButton.LeftButton)
    assert "Group 3 of the recovery code has a slip" in texts(dialog)
    assert dialog.isVisible()
    assert told == []


def test_who_forgot_the_master_password_chooses_a_new_one_with_the_code(qtbot: QtBot) -> None:
    dialog, told = shown(qtbot, OpeningFailed(WrongPasswordError(), True, CodeUse.SEALED_FILE))
    assert len(lines(dialog)) == 1
    dialog.ask_code()
    first, second = lines(dialog)
    dialog.code.setPlainText(CODE)
    qtbot.mouseClick(button(dialog, "Open"), Qt.MouseButton.LeftButton)
    assert "at least 8" in texts(dialog)
    first.setText("long enough")
    second.setText("long enough")
    qtbot.mouseClick(button(dialog, "Open"), Qt.MouseButton.LeftButton)
    assert told == [f"long enough {CODE}"]


def test_a_backup_can_be_chosen_and_the_newest_is(qtbot: QtBot) -> None:
    backups = [("2026-11-21-120000-hourly", "today 12:00, hourly"), ("2026-11-20", "yesterday")]
    dialog, passwords = shown(qtbot, OpeningFailed(StoreCorruptError(), False, CodeUse.NONE, backups))
    wished: list[str] = []
    dialog.restore_wished.connect(wished.append)
    assert dialog.backup.currentText() == "today 12:00, hourly"
    assert "Nothing is sent twice" in texts(dialog)
    dialog.backup.setCurrentIndex(1)
    button(dialog, "Restore it").click()
    assert wished == ["2026-11-20"]
    assert passwords == []
    assert not dialog.isVisible()


def test_who_has_no_recovery_code_goes_back_to_the_password(qtbot: QtBot) -> None:
    dialog, _ = shown(qtbot, OpeningFailed(WrongPasswordError(), True, CodeUse.SEALED_FILE))
    button(dialog, "Use the recovery code").click()
    assert len(lines(dialog)) == 2
    button(dialog, "Back").click()
    (line,) = lines(dialog)
    assert dialog.focusWidget() is line
    assert texts(dialog).startswith(WrongPasswordError().title)
    assert button(dialog, "Use the recovery code").isVisible()


@pytest.mark.parametrize(
    ("error", "asks_password", "wanted", "unwanted"),
    [
        (DiskFullError(), False, "Free some space, then try again", "save again"),
        (StoreBusyError(), False, "Close the other program, then try again", "save again"),
        (StoreCorruptError(), False, "Trying again repairs it", "start it again"),
        (StoreCorruptError("This backup is damaged", "Choose another one"), False, "Choose another one", "repairs"),
        (StoreLockedError(), False, "use the recovery code", "master password"),
        (NoKeyringError(), False, "Start the keyring and try again", "Choose a master password"),
        (NoKeyringError(), True, "Choose a master password", "Start the keyring"),
        (NoKeyringError(), True, "It opens your work each time TechDesk starts", "instead"),
        (PasswordNeededError(), True, "chose at the first start", "TECHDESK"),
    ],
)
def test_an_error_says_what_can_be_done_here_and_nothing_else(
    qtbot: QtBot, error: TechDeskError, asks_password: bool, wanted: str, unwanted: str
) -> None:
    dialog, _ = shown(qtbot, OpeningFailed(error, asks_password))
    assert wanted in texts(dialog)
    assert unwanted not in texts(dialog)


def test_no_button_gets_wider_letters_than_it_was_laid_out_for() -> None:
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", style_path().read_text())
    passing = [block for selector, block in rules if "QPushButton" in selector and ":" in selector]
    assert len(passing) > 10
    assert [block for block in passing if "font" in block] == []


def test_enter_restores_nothing_while_another_button_is_lit(qtbot: QtBot) -> None:
    dialog, passwords = shown(qtbot, OpeningFailed(StoreCorruptError(), False, CodeUse.NONE, [("a", "b")]))
    wished: list[str] = []
    dialog.restore_wished.connect(wished.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert (wished, passwords) == ([], [""])
