"""The dialog that stands before the main window asks for the right thing and accepts only what helps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from techdesk.domain.errors import NoKeyringError, StoreCorruptError, WrongPasswordError
from techdesk.ui.unlock import OpeningFailed


def lines(dialog: OpeningFailed) -> list[QLineEdit]:
    return [one for one in dialog.findChildren(QLineEdit) if one.isVisible()]


def texts(dialog: OpeningFailed) -> str:
    return " ".join(one.text() for one in dialog.findChildren(QLabel))


def shown(qtbot: QtBot, dialog: OpeningFailed) -> tuple[OpeningFailed, list[str]]:
    passwords: list[str] = []
    dialog.try_again.connect(passwords.append)
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
