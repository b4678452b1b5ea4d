"""Every error that can reach the window is told in plain words, with a button that does something about it."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    NoAccountError,
    NotFoundError,
    OfflineError,
    OrderClosedError,
    RecordGoneError,
    SecretsError,
    StoreCorruptError,
    TechDeskError,
    WrongCredentialsError,
)
from techdesk.ui.accounts.accounts_dialog import AccountsDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import NoticeBar, Notices
from techdesk.ui.remedies import remedy_for
from tests.support.shown_widgets import open_windows
from tests.support.ui_desk import UiDesk

_NOT_FOR_PEOPLE = re.compile(r"\b[1-5]\d\d\b|Traceback|Error\b|Exception|None|http", re.IGNORECASE)


def tree(cls: type[TechDeskError] = TechDeskError) -> list[type[TechDeskError]]:
    """Return an error class of ours and all below it."""
    below = [one for child in cls.__subclasses__() for one in tree(child)]
    return [one for one in (cls, *below) if one.__module__.startswith("techdesk.")]


class Window:
    """What an error's button can work on; it only says what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def opens(self) -> Window:
        return self

    @property
    def finder(self) -> Window:
        return self

    def accounts(self) -> None:
        self.asked.append("accounts")

    def search(self) -> None:
        self.asked.append("search")

    def change_status(self) -> None:
        self.asked.append("status")

    def print_order(self) -> None:
        self.asked.append("print")

    def show_sync_center(self) -> None:
        self.asked.append("sync centre")

    def sync_now(self) -> None:
        self.asked.append("sync")

    def quit(self) -> None:
        self.asked.append("quit")


@pytest.mark.parametrize("cls", tree(), ids=lambda cls: cls.__name__)
def test_every_error_is_told_in_words_with_a_button_that_does_something(qtbot: QtBot, cls: type[TechDeskError]) -> None:
    over, window, notices = QWidget(), Window(), Notices()
    qtbot.addWidget(over)
    over.resize(1024, 700)
    bar = NoticeBar(notices, window, over)
    over.show()
    QGuiApplication.clipboard().clear()
    error = cls()
    notices.error(error)
    assert bar.isVisible()
    title, _, hint = bar.text.partition(". ")
    assert title == error.title
    assert len(hint.split()) > 2
    assert not _NOT_FOR_PEOPLE.search(bar.text)
    assert bar.help_button.isVisible()
    assert bar.help_button.text()
    bar.help_button.click()
    assert window.asked or QGuiApplication.clipboard().text() == str(error)
    assert bar.isHidden()


def test_the_nearest_remedy_above_an_error_counts_for_it() -> None:
    class StrangeError(WrongCredentialsError):
        """An error that nobody has named a remedy for."""

    assert remedy_for(StrangeError()).label == "Accounts…"
    for error, label in (
        (OfflineError(), "Try again"),
        (BusyError(), "Try again"),
        (CaptivePageError(), "Try again"),
        (OrderClosedError(), "Change status…"),
        (StoreCorruptError(), "Sync centre"),
        (SecretsError(), "Accounts…"),
        (NoAccountError(), "Accounts…"),
        (RecordGoneError(), "Search on the server…"),
        (NotFoundError("This is no longer to be decided"), "Copy"),
        (TechDeskError(), "Copy"),
    ):
        assert remedy_for(error).label == label


def test_a_notice_that_is_no_error_has_no_such_button(qtbot: QtBot) -> None:
    over, notices = QWidget(), Notices()
    qtbot.addWidget(over)
    bar = NoticeBar(notices, Window(), over)
    over.show()
    notices.error(OfflineError())
    notices.confirm("Copied")
    assert bar.text == "Copied"
    assert bar.help_button.isHidden()


def test_a_notice_is_as_wide_as_its_words_and_cuts_none(qtbot: QtBot) -> None:
    over, notices = QWidget(), Notices()
    qtbot.addWidget(over)
    over.resize(1024, 700)
    bar = NoticeBar(notices, Window(), over)
    over.show()
    notices.tell("Only a supervisor can bill")
    short = bar.width()
    notices.tell("This order cannot be recorded now", "It has not been accepted yet")
    assert short < bar.width() < 700
    assert bar.height() < 52
    notices.tell("A long story. " * 20)
    assert bar.width() == 760
    assert bar.height() >= bar.heightForWidth(760)


def test_in_the_window_the_button_works(desk: UiDesk) -> None:
    window = MainWindow(desk.context)
    window.show()
    bar = window.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar)
    desk.context.tasks.failed.emit(OfflineError())
    assert isinstance(bar.findChild(QPushButton), QPushButton)
    bar.help_button.click()
    assert desk.desk.woken == [None]
    desk.context.tasks.failed.emit(WrongCredentialsError())
    bar.help_button.click()
    assert open_windows(AccountsDialog)
