"""What the program selects does not depend on the keys that a person holds down meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableWidget
from pytestqt.qtbot import QtBot

from techdesk.ui.row_choice import choose_row


@pytest.mark.parametrize("key", [Qt.Key.Key_Control, Qt.Key.Key_Shift])
def test_a_row_is_selected_alone_while_a_key_is_held(qtbot: QtBot, key: Qt.Key) -> None:
    view = QTableWidget(4, 2)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    choose_row(view, 0)
    held = {
        Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
        Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
    }
    QTest.keyPress(view, key, held[key])
    assert QApplication.keyboardModifiers() == held[key]
    choose_row(view, 2)
    QTest.keyRelease(view, key)
    assert sorted({one.row() for one in view.selectedIndexes()}) == [2]
    assert view.currentIndex().row() == 2
