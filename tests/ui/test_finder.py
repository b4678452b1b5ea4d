"""From the window to orders that are not here: the search, a file, and letting go of a followed order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from techdesk.application.exchange import PulledOrder
from techdesk.application.ports import Urgency
from techdesk.domain.events import ProductReceived
from techdesk.ui.dialogs.server_search import ServerSearch
from techdesk.ui.main_window import MainWindow
from tests.support.builders import KEYED, an_account, commands_over
from tests.support.fake_desk import with_account
from tests.support.main_windows import window_on_all_orders
from tests.support.shown_widgets import open_windows
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    return window_on_all_orders(desk)


def the(desk: UiDesk, kind: type[QWidget]) -> QWidget:
    """Wait for the one open window of a kind and return it."""
    desk.qtbot.waitUntil(lambda: bool(open_windows(kind)), timeout=5000)
    return open_windows(kind)[-1]


def with_rooms(desk: UiDesk, *names: str) -> None:
    for name in names:
        with_account(desk.desk, an_account(account_id=name, name=name.title(), system="rooms"))
    desk.desk.found = [PulledOrder(server_id="1302", document={"title": "Leaks"}, revision="1")]


def shown_title(window: MainWindow) -> str:
    return window.work.pane.detail.order.title if window.work.pane.detail else ""


def test_an_empty_list_offers_to_search_on_the_server_for_the_same_text(desk: UiDesk, window: MainWindow) -> None:
    assert not window.work.nothing.on_server.isVisible()
    window.work.search.setText("zebra")
    desk.qtbot.waitUntil(window.work.nothing.on_server.isVisible)
    desk.qtbot.mouseClick(window.work.nothing.on_server, Qt.MouseButton.LeftButton)
    dialog = the(desk, ServerSearch)
    assert isinstance(dialog, ServerSearch)
    desk.qtbot.waitUntil(lambda: [one.text for one in desk.desk.asked] == ["zebra"])


def test_the_key_opens_the_search_and_an_order_from_it_is_shown(desk: UiDesk, window: MainWindow) -> None:
    desk.desk.found = [PulledOrder(server_id="so-9", document={"title": "Leaks", "service_number": "9"})]
    desk.qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = the(desk, ServerSearch)
    assert isinstance(dialog, ServerSearch)
    dialog.text.setText("9")
    dialog.search()
    desk.qtbot.waitUntil(dialog.bring_button.isEnabled)
    dialog.bring_button.click()
    desk.qtbot.waitUntil(dialog.open_button.isEnabled)
    dialog.open_button.click()
    desk.qtbot.waitUntil(lambda: shown_title(window) == "Leaks")


def test_without_an_account_there_is_nothing_to_search(desk: UiDesk, window: MainWindow) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_account("a1")
    window.finder.search()
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told] == ["Connect an account first"])


def test_a_file_is_taken_in_and_its_order_is_shown(desk: UiDesk, window: MainWindow, tmp_path: Path) -> None:
    with_rooms(desk, "rooms")
    (tmp_path / "order.json").write_text("{}")
    window.finder.open_file()
    chooser = the(desk, QFileDialog)
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "order.json"))
    chooser.close()
    desk.qtbot.waitUntil(lambda: shown_title(window) == "Leaks")
    assert desk.desk.opened == [tmp_path / "order.json"]
    window.finder.take_file(an_account(account_id="rooms"), tmp_path / "order.json")
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told] == ["The order here is as new as the file, or newer"])


def test_where_several_accounts_take_files_the_person_chooses(desk: UiDesk, window: MainWindow, tmp_path: Path) -> None:
    with_rooms(desk, "north", "south")
    window.finder.open_file()
    chooser = the(desk, QFileDialog)
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "order.json"))
    chooser.close()
    asking = the(desk, QInputDialog)
    assert isinstance(asking, QInputDialog)
    assert asking.comboBoxItems() == ["North", "South"]
    assert "order.json" in asking.labelText()
    asking.setTextValue("South")
    asking.accept()
    desk.qtbot.waitUntil(lambda: shown_title(window) == "Leaks")
    assert window.work.pane.detail is not None
    assert window.work.pane.detail.account.name == "South"


def test_a_file_without_an_order_and_no_account_for_files_are_told(desk: UiDesk, window: MainWindow) -> None:
    window.finder.open_file()
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told] == ["No account takes orders from files"])
    assert desk.told[0].hint == "Connect one of Rooms first"
    window.finder.take_file(an_account(), Path("song.mp3"))
    desk.qtbot.waitUntil(lambda: len(desk.told) == 2)
    assert desk.told[1].title == "“song.mp3” holds no order of Rooms"


def shows_the_order(desk: UiDesk, window: MainWindow) -> None:
    window.work.open_order(desk.order)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)


def test_a_followed_order_is_let_go_after_a_question(desk: UiDesk, window: MainWindow) -> None:
    desk.desk.commands = commands_over(desk.desk.store, desk.desk.clock, replace(KEYED, orders_are_followed=True))
    shows_the_order(desk, window)
    window.finder.stop_following()
    asking = the(desk, QMessageBox)
    assert isinstance(asking, QMessageBox)
    assert asking.text() == "Stop following 10042? It leaves this computer; Bench keeps it."
    next(one for one in asking.buttons() if one.text().replace("&", "") == "Stop following").click()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 0)
    with desk.desk.store.read() as view:
        assert view.order_server_ids("a1") == []


def test_why_an_order_cannot_be_let_go_is_told(desk: UiDesk, window: MainWindow) -> None:
    shows_the_order(desk, window)
    window.finder.stop_following()
    assert [(one.title, "by itself" in one.hint) for one in desk.told] == [("This order cannot be let go", True)]
    desk.desk.commands = commands_over(desk.desk.store, desk.desk.clock, replace(KEYED, orders_are_followed=True))
    desk.desk.commands.record_event(desk.order, ProductReceived(received_by="Kim"))
    window.finder.stop_following()
    asking = the(desk, QMessageBox)
    assert isinstance(asking, QMessageBox)
    next(one for one in asking.buttons() if one.text().replace("&", "") == "Stop following").click()
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told][-1:] == ["This order has unsent work"])
