"""A question before something goes: Enter and Esc leave everything as it is, whatever happens meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget

from techdesk.ui.asking import ask
from techdesk.ui.theme import Space
from tests.support.ui_desk import UiDesk


def asked(desk: UiDesk, done: list[str], question: str = "Remove “<b>Fuse</b>”?") -> QMessageBox:
    window = QWidget()
    desk.kept.append(window)
    window.show()
    box = ask(window, question, "Remove", lambda: done.append("removed"))
    desk.wait_active(box)
    return box


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_no_key_by_itself_removes_anything(desk: UiDesk, key: Qt.Key) -> None:
    done: list[str] = []
    box = asked(desk, done)
    with desk.qtbot.waitSignal(box.finished):
        desk.qtbot.keyClick(box, key)
    assert done == []


def test_the_harmless_answer_stays_lit_when_the_colours_change(desk: UiDesk) -> None:
    box = asked(desk, [])
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for theme in ("dark", "light", "dark"):
        desk.context.theme.apply(app, theme)
        QApplication.processEvents()
        focused = box.focusWidget()
        assert focused is box.defaultButton()
        assert box.defaultButton().isDefault()
        assert box.defaultButton().text() == "&Cancel"
    box.reject()


@pytest.mark.parametrize(
    "question",
    ["Remove it?", "“Order added: Screen flickers when the lid moves” was sent already. Remove it on the server, too?"],
)
def test_the_question_begins_where_other_dialogs_begin(desk: UiDesk, question: str) -> None:
    box = asked(desk, [], question)
    words = box.findChild(QLabel, "qt_msgbox_label")
    assert isinstance(words, QLabel)
    assert words.mapTo(box, QPoint()).x() == Space.XL
    box.reject()


def test_the_answer_that_was_gone_to_is_given(desk: UiDesk) -> None:
    done: list[str] = []
    box = asked(desk, done)
    (remove,) = [one for one in box.buttons() if one.text() == "&Remove"]
    remove.setFocus()
    with desk.qtbot.waitSignal(box.finished):
        desk.qtbot.keyClick(remove, Qt.Key.Key_Return)
    assert done == ["removed"]


def test_each_answer_has_an_alt_letter(desk: UiDesk) -> None:
    done: list[str] = []
    box = asked(desk, done)
    with desk.qtbot.waitSignal(box.finished):
        desk.qtbot.keyClick(box, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert done == ["removed"]
