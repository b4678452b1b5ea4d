"""The main window chooses, finds, changes and says what is true; every action has one key."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox, QPushButton, QToolButton, QWidget

from techdesk.application.changes import Changes
from techdesk.application.ports import Urgency
from techdesk.application.search_words import LONGEST_SEARCH
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.application.views import SAVED_VIEWS
from techdesk.domain.errors import WrongCredentialsError
from techdesk.domain.orders import Customer
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.ui import crash
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.actions import ACTIONS
from techdesk.ui.detail.bulk import CHANGED_UNASKED
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.main_window import MainWindow, show_fitting
from techdesk.ui.notices import Notices
from techdesk.ui.order_list.table import ROW_HEIGHT
from techdesk.ui.palette import Palette, plain_text
from techdesk.ui.row_delegate import ASIDE_ROLE
from techdesk.ui.shortcuts import DIALOG_KEYS, ShortcutSheet
from tests.support.builders import an_account, an_order, put_order
from tests.support.main_windows import window_on_all_orders
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    """The window on a desk with one account and one open depot order of nobody."""
    return window_on_all_orders(desk)


def wait_for_rows(desk: UiDesk, window: MainWindow, *numbers: str) -> None:
    """Wait until the list shows exactly these numbers."""
    model = window.work.table.orders
    desk.qtbot.waitUntil(
        lambda: [model.index(row, 0).data() for row in range(model.rowCount())] == list(numbers), timeout=5000
    )


def select_rows(window: MainWindow, *rows: int) -> None:
    table = window.work.table
    table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in rows:
        table.selectionModel().select(table.orders.index(row, 0), flags)


def open_menu(desk: UiDesk, window: QWidget) -> QMenu:
    """Return the menu that opens, with something in it."""

    def open_menus() -> list[QMenu]:
        return [one for one in window.findChildren(QMenu) if one.isVisible() and one.actions()]

    desk.qtbot.waitUntil(lambda: bool(open_menus()))
    return open_menus()[-1]


def choose(desk: UiDesk, window: QWidget, words: str) -> None:
    """Choose an entry of the menu that opens."""
    menu = open_menu(desk, window)
    next(one for one in menu.actions() if plain_text(one) == words).trigger()
    menu.close()


def order_views(desk: UiDesk) -> dict[str, dict[str, object]]:
    with desk.desk.store.read() as view:
        rows = view.order_rows(view.order_keys(SAVED_VIEWS[-1].filter(None)))  # type: ignore[arg-type]  # ignores today
        found = {row.order_id: view.record("a1", RecordType.ORDER, row.order_id) for row in rows}
    return {name: one.view for name, one in found.items() if one}


def test_without_an_account_the_window_offers_the_two_ways_in(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(window.welcome.isVisible)
    assert window.welcome.sample.isVisible()
    assert (window.status.words, window.status.unsent.isVisible()) == ("No account", False)
    desk.qtbot.mouseClick(window.welcome.connect_account, Qt.MouseButton.LeftButton)
    assert any(one.isVisible() for one in window.findChildren(AccountDialog))


def test_enter_goes_the_way_in_that_is_lit(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.remove_account("a1")
    window = MainWindow(desk.context)
    window.show()
    desk.wait_active(window)
    desk.qtbot.waitUntil(window.welcome.isVisible)
    window.welcome.setFocus()
    desk.qtbot.keyClick(window.welcome, Qt.Key.Key_Return)
    assert window.findChildren(AccountDialog) == []
    window.welcome.connect_account.setFocus()
    desk.qtbot.keyClick(window.welcome.connect_account, Qt.Key.Key_Return)
    assert any(one.isVisible() for one in window.findChildren(AccountDialog))


def test_the_first_order_is_open_and_the_list_has_the_keyboard(desk: UiDesk, window: MainWindow) -> None:
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    assert window.work.pane.detail is not None
    assert window.work.pane.detail.ref == desk.order
    assert window.focusWidget() is window.work.table


def test_the_title_says_which_order_is_open(desk: UiDesk, window: MainWindow) -> None:
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    assert window.work.pane.detail is not None
    order = window.work.pane.detail.order
    assert window.windowTitle() == f"{order.service_number} · {order.title} · TechDesk"
    window.work.search.setText("nobody has this")
    desk.qtbot.waitUntil(lambda: window.windowTitle() == "TechDesk")


def test_each_view_has_its_own_function_key_and_its_count(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2", service_kind=ServiceKind.ONSITE), server_id="so-2")
    desk.put(an_order(service_number="3", service_state=ServiceState.ON_HOLD), server_id="so-3")
    window.sidebar.count()
    counts = window.sidebar.views
    desk.qtbot.waitUntil(lambda: counts.item(len(SAVED_VIEWS) - 1).data(ASIDE_ROLE) == "3")
    desk.qtbot.keyClick(window, Qt.Key.Key_F3)
    assert window.sidebar.view.name == "depot"
    wait_for_rows(desk, window, "10042", "3")
    desk.qtbot.keyClick(window, Qt.Key.Key_F7)
    wait_for_rows(desk, window, "3")


def test_a_view_s_key_puts_the_keyboard_into_its_list_unless_one_types(desk: UiDesk, window: MainWindow) -> None:
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    window.work.pane.take_keyboard()
    desk.qtbot.keyClick(window, Qt.Key.Key_F3)
    assert window.focusWidget() is window.work.table
    window.work.search.setFocus()
    desk.qtbot.keyClick(window, Qt.Key.Key_F9)
    assert window.focusWidget() is window.work.search


def test_a_view_opens_with_its_first_order_unless_it_has_the_one_that_is_open(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2", service_state=ServiceState.ON_HOLD), server_id="so-2")
    window.show_view("waiting")
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == desk.order)
    window.show_view("unsent")
    desk.qtbot.waitUntil(lambda: window.work.shown_order is None)
    window.show_view("waiting")
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == desk.order)
    window.show_view("all")
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    assert window.work.table.selected() == desk.order


def test_work_of_a_person_or_of_a_status_is_found_by_its_name(desk: UiDesk, window: MainWindow) -> None:
    ana = {"assigned_user_uid": "u-ana", "assigned_user_display_name": "Ana Ruiz"}
    desk.put(an_order(service_number="2", service_status_uid="s-done", **ana), server_id="so-2")
    desk.put(an_order(service_number="3", service_status_uid="s-work", **ana), server_id="so-3")
    desk.qtbot.keyClicks(window.work.search, "@ana")
    wait_for_rows(desk, window, "3", "2")
    desk.qtbot.keyClicks(window.work.search, " #ready")
    wait_for_rows(desk, window, "2")
    for text in ("@nobody", "#10042"):
        window.work.search.setText(text)
        wait_for_rows(desk, window, "10042")
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "users", [{"tenant_user_uid": "u-ana", "display_name": "Zoe Ruiz"}])
    desk.context.tasks.report_changes(Changes(references=True))
    window.work.search.setText("@zoe")
    wait_for_rows(desk, window, "3", "2")
    window.show_view("mine")
    desk.qtbot.waitUntil(lambda: window.work.nothing.in_all.text() == "Search in All (2)")


def test_a_page_that_is_pasted_into_a_search_is_cut_as_all_else_would_wait_for_it(
    desk: UiDesk, window: MainWindow
) -> None:
    QApplication.clipboard().setText("laptop " * 15_000)
    window.work.search.setFocus()
    window.work.search.paste()
    wait_for_rows(desk, window)
    asked = window.work.table.orders.wanted.text
    assert (asked, len(asked)) == (("laptop " * 30)[:LONGEST_SEARCH], LONGEST_SEARCH)
    window.show_palette()
    palette = next(one for one in window.findChildren(Palette) if one.isVisible())
    palette.line.paste()
    assert len(palette.line.text()) == LONGEST_SEARCH
    palette.close()


def test_who_has_no_work_of_their_own_is_shown_the_way_to_all(desk: UiDesk, window: MainWindow) -> None:
    window.show_view("mine")
    button = window.work.nothing.in_all
    desk.qtbot.waitUntil(lambda: button.text() == "Show all orders (1)" and button.isVisible())
    assert window.sidebar.view.name == "mine"
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for_rows(desk, window, "10042")
    window.show_view("unsent")
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 0 and not button.isVisible())


def test_a_view_shows_where_the_order_that_is_open_stands_in_it(desk: UiDesk, window: MainWindow) -> None:
    for number in range(1, 40):
        desk.put(an_order(service_number=f"{number + 100}"), server_id=f"so-{number + 1}")
    desk.put(an_order(service_number="100", service_state=ServiceState.ON_HOLD))
    window.show_view("waiting")
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == desk.order)
    window.show_view("all")
    table = window.work.table
    desk.qtbot.waitUntil(lambda: table.orders.rowCount() == 40)
    assert table.selected() == desk.order
    assert table.currentIndex().row() > table.viewport().height() // ROW_HEIGHT  # else it would be in sight anyway
    in_sight = table.viewport().rect()
    desk.qtbot.waitUntil(lambda: in_sight.contains(table.visualRect(table.currentIndex()).center()))


def test_an_empty_view_does_not_tell_to_choose_an_order(desk: UiDesk, window: MainWindow) -> None:
    window.work.table.clearSelection()
    said = window.work.pane._message
    assert said.text() == "Choose an order to see it here."
    window.show_view("unsent")
    desk.qtbot.waitUntil(lambda: said.text() == "" and said.isVisible())
    window.show_view("all")
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == desk.order)
    window.work.table.clearSelection()
    assert said.text() == "Choose an order to see it here."


def test_a_menu_ticks_what_is_on(desk: UiDesk, window: MainWindow) -> None:
    def ticked(menu: str) -> list[str]:
        found = next(one.menu() for one in window.menuBar().actions() if one.text() == f"&{menu}")
        assert isinstance(found, QMenu)
        found.aboutToShow.emit()
        return [one.objectName() for one in found.actions() if one.isChecked()]

    assert (ticked("View"), ticked("Sync")) == (["theme_light"], [])
    window.use_theme("dark")
    window.toggle_offline()
    assert (ticked("View"), ticked("Sync")) == (["theme_dark"], ["offline"])
    window.toggle_offline()
    window.use_theme("light")


def test_a_small_screen_is_filled_so_that_the_status_bar_is_on_it(window: MainWindow) -> None:
    window.resize(1280, 800)
    for room, is_filled in ((QSize(1280, 800), True), (QSize(1024, 900), True), (QSize(1920, 1080), False)):
        window.hide()
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(1280, 800)
        show_fitting(window, room)
        assert window.isVisible()
        assert window.isMaximized() is is_filled


def test_the_window_opens_as_large_as_it_was_left(desk: UiDesk, window: MainWindow) -> None:
    window.resize(1024, 720)
    window.close()
    desk.qtbot.waitUntil(lambda: bool(desk.desk.settings.get("window.geometry")))
    again = MainWindow(desk.context)
    assert (again.width(), again.height()) == (1024, 720)


def test_the_view_one_left_is_the_view_one_comes_back_to(desk: UiDesk, window: MainWindow) -> None:
    window.show_view("waiting")
    desk.qtbot.waitUntil(lambda: desk.desk.settings.get("list.view") == "waiting")
    again = MainWindow(desk.context)
    assert again.sidebar.view.name == "waiting"


def test_typing_finds_and_esc_shows_everything_again(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2", customer=Customer(name="Åse Øberg")), server_id="so-2")
    desk.qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.work.search.hasFocus()
    desk.qtbot.keyClicks(window.work.search, "øberg")
    wait_for_rows(desk, window, "2")
    desk.qtbot.keyClick(window.work.search, Qt.Key.Key_Escape)
    assert window.work.search.text() == ""
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)


def test_down_leads_from_the_search_to_the_first_order_found(desk: UiDesk, window: MainWindow) -> None:
    window.focus_search()
    desk.qtbot.keyClick(window.work.search, Qt.Key.Key_Down)
    assert window.work.table.hasFocus()
    assert window.work.table.selected() == desk.order


def test_what_clears_the_search_has_the_window_s_own_picture_also_where_that_is_dressed_late(desk: UiDesk) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")
    window = window_on_all_orders(desk)
    desk.context.theme.dress(app)
    window.work.search.setText("Johanna")
    picture = window.work.search.findChildren(QToolButton)[-1].icon().pixmap(16).toImage()
    drawn = {picture.pixelColor(x, y).name() for x in range(16) for y in range(16) if picture.pixelColor(x, y).alpha()}
    assert "#7a8694" in drawn


def test_a_search_that_finds_nothing_says_what_to_do(desk: UiDesk, window: MainWindow) -> None:
    window.work.search.setText("nobody <b>")
    desk.qtbot.waitUntil(lambda: not window.work.table.isVisible())
    words = [one.text() for one in window.work.findChildren(QLabel) if one.isVisible()]
    assert "No order matches “nobody <b>”" in words
    assert "Press Esc to clear the search" in words


def test_an_empty_view_says_that_it_is_empty(desk: UiDesk, window: MainWindow) -> None:
    window.show_view("overdue")
    desk.qtbot.waitUntil(lambda: not window.work.table.isVisible())
    assert "Nothing is overdue." in [one.text() for one in window.work.findChildren(QLabel) if one.isVisible()]


def test_a_view_is_sorted_as_the_person_last_sorted_it_also_after_a_restart(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2"), server_id="so-2")
    window.work.table.columns.sectionClicked.emit(0)
    wait_for_rows(desk, window, "10042", "2")
    window.work.search.setText("Johanna")
    window.work.search.setText("")
    wait_for_rows(desk, window, "10042", "2")
    desk.qtbot.waitUntil(lambda: desk.desk.settings.get("list.sort.all") == "number up")
    again = window_on_all_orders(desk)
    wait_for_rows(desk, again, "10042", "2")


def test_the_status_of_all_selected_orders_changes_in_one_go(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2"), server_id="so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    select_rows(window, 0, 1)
    window.change_status()
    choose(desk, window, "Ready & waiting")
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 2)
    assert {one["service_status_name"] for one in order_views(desk).values()} == {"Ready & waiting"}


def test_a_letter_chooses_in_the_menus_of_statuses_and_people(desk: UiDesk, window: MainWindow) -> None:
    window.change_status()
    menu = open_menu(desk, window)
    assert [one.text() for one in menu.actions()] == ["&Received", "&In repair", "Ready && &waiting"]
    desk.qtbot.keyClick(menu, Qt.Key.Key_I)
    desk.qtbot.waitUntil(lambda: order_views(desk)["so-1"].get("service_status_name") == "In repair")


def test_work_is_taken_from_everybody_by_giving_it_to_nobody(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(assigned_user_uid="u-kim", assigned_user_display_name="Kim Larsen"))
    window.change_assignee()
    choose(desk, window, "Nobody")
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 1)
    assert "assigned_user_uid" not in order_views(desk)["so-1"]


@pytest.mark.parametrize(
    ("role", "offered"),
    [(Role.TECHNICIAN, ["Kim Larsen", "Nobody"]), (Role.SUPERVISOR, ["Kim Larsen", "Ana Ruiz", "Nobody"])],
)
def test_work_is_offered_to_oneself_first_and_to_others_where_one_may(
    desk: UiDesk, window: MainWindow, role: Role, offered: list[str]
) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(replace(tx.accounts()[0], role=role))
    window.change_assignee()
    menu = open_menu(desk, window)
    assert [plain_text(one) for one in menu.actions()] == offered
    menu.actions()[0].trigger()
    menu.close()
    desk.qtbot.waitUntil(lambda: order_views(desk)["so-1"].get("assigned_user_uid") == "u-kim")


def test_the_menus_of_statuses_and_people_stand_on_what_is_so_now(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_status_uid="s-work", service_status_name="In repair", assigned_user_uid="u-kim"))
    window.work.table.orders.refresh()
    for offer, now in ((window.change_status, "In repair"), (window.change_assignee, "Nobody")):
        offer()
        menu = open_menu(desk, window)
        assert [plain_text(one) for one in menu.actions() if one.isChecked()] == [now]
        assert plain_text(menu.activeAction()) == now
        menu.close()


def right_click(desk: UiDesk, window: MainWindow) -> QMenu:
    table = window.work.table
    table.menu_wished.emit(table.viewport().mapToGlobal(table.visualRect(table.model().index(0, 0)).center()))
    return open_menu(desk, window)


def test_the_menu_of_the_list_has_what_is_done_with_an_order_and_its_keys(desk: UiDesk, window: MainWindow) -> None:
    menu = right_click(desk, window)
    entries = [plain_text(one).split("\t") for one in menu.actions() if not one.isSeparator()]
    assert entries == [
        ["Open", "Enter"],
        ["Record an event…", "Ctrl+E"],
        ["Status"],
        ["Assign to"],
        ["Change order…", "Ctrl+D"],
        ["Print…", "Ctrl+P"],
        ["Copy number", "Ctrl+C"],
    ]
    next(one for one in menu.actions() if plain_text(one).startswith("Change order")).trigger()
    menu.close()
    desk.qtbot.waitUntil(lambda: bool(desk.dialogs()))
    assert desk.dialogs()[0].windowTitle() == "Change order"


def test_a_status_is_chosen_in_the_menu_of_the_list(desk: UiDesk, window: MainWindow) -> None:
    menu = right_click(desk, window)
    statuses: Any = next(one.menu() for one in menu.actions() if plain_text(one) == "Status")
    next(one for one in statuses.actions() if plain_text(one) == "In repair").trigger()
    menu.close()
    desk.qtbot.waitUntil(lambda: order_views(desk)["so-1"].get("service_status_name") == "In repair")


def test_for_several_orders_the_menu_has_what_is_done_with_all(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="2"), server_id="so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    select_rows(window, 0, 1)
    menu = right_click(desk, window)
    assert [plain_text(one) for one in menu.actions() if not one.isSeparator()] == [
        "Status",
        "Assign to",
        "Copy numbers\tCtrl+C",
    ]
    menu.close()


def test_what_an_order_s_system_does_not_change_is_grey_in_the_menu_with_the_reason(
    desk: UiDesk, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.desk.commands, "why_not_set", lambda *_: "Extend keeps no statuses")
    menu = right_click(desk, window)
    grey = [one for one in menu.actions() if not one.isSeparator() and not one.isEnabled()]
    assert [plain_text(one) for one in grey] == ["Status", "Assign to"]
    assert all("Extend keeps no statuses" in one.toolTip() for one in grey)
    menu.close()


def test_the_key_that_copies_takes_the_numbers_of_the_chosen_orders(desk: UiDesk, window: MainWindow) -> None:
    clipboard = QGuiApplication.clipboard()
    desk.put(an_order(service_number="2"), server_id="so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    for rows, copied in (([0], 1), ([0, 1], 2)):
        clipboard.clear()
        select_rows(window, *rows)
        desk.qtbot.keyClick(window.work.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        desk.qtbot.waitUntil(lambda: bool(clipboard.text()))
        assert len(clipboard.text().split("\n")) == copied
    assert set(clipboard.text().split("\n")) == {"10042", "2"}
    assert desk.told[-1].title == "2 numbers copied"


def test_the_list_begins_at_its_first_order_again_after_a_search_that_found_nothing(
    desk: UiDesk, window: MainWindow
) -> None:
    window.work.search.setText("nobody has this")
    desk.qtbot.waitUntil(window.work.nothing.isVisible)
    assert window.work.table.selected() is None
    window.work.search.setText("")
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == desk.order)


def test_very_many_orders_are_changed_only_after_a_question(desk: UiDesk, window: MainWindow) -> None:
    for number in range(CHANGED_UNASKED):
        desk.put(an_order(service_number=f"{number}"), server_id=f"so-x{number}")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == CHANGED_UNASKED + 1)
    window.work.table.selectAll()
    window.change_status()
    choose(desk, window, "In repair")
    box = next(one for one in window.findChildren(QMessageBox) if one.isVisible())
    assert box.text() == f"Change {CHANGED_UNASKED + 1} orders to “In repair”?"
    assert not desk.operations()
    yes = next(one for one in box.findChildren(QPushButton) if "Change all" in one.text().replace("&", ""))
    desk.qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == CHANGED_UNASKED + 1)


def test_orders_of_several_accounts_are_not_changed_together(desk: UiDesk, window: MainWindow) -> None:
    desk.put_in_second_account("so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    select_rows(window, 0, 1)
    window.change_status()
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "These orders are of several accounts"


def test_what_a_person_did_is_sent_at_once(desk: UiDesk, window: MainWindow) -> None:
    desk.context.tasks.command(lambda: desk.desk.commands.change_orders([desk.order], {"priority": "HIGH"}))
    desk.qtbot.waitUntil(lambda: bool(desk.desk.woken))


def test_the_switch_stops_all_calls_and_says_so(desk: UiDesk, window: MainWindow) -> None:
    window.toggle_offline()
    desk.qtbot.waitUntil(lambda: desk.desk.settings.get("work_offline") == "yes")
    desk.context.tasks.report_sync(SyncState(account_id="a1", phase=SyncPhase.PAUSED, online=False))
    desk.qtbot.waitUntil(lambda: window.status.words == "Working offline")


def test_the_status_line_says_what_is_unsent_and_how_old_what_one_sees_is(desk: UiDesk, window: MainWindow) -> None:
    fetched = datetime(2026, 6, 1, 7, 12, tzinfo=UTC)
    state = SyncState(account_id="a1", phase=SyncPhase.IDLE, online=True, as_of=fetched)
    desk.context.tasks.report_sync(state)
    desk.qtbot.waitUntil(lambda: window.status.words == "Online")
    assert window.status.unsent.text() == "Everything confirmed"
    assert window.status.as_of.endswith("09:12") or "9:12" in window.status.as_of


def test_the_status_line_counts_what_is_unsent_also_while_no_sync_tells_it(desk: UiDesk, window: MainWindow) -> None:
    desk.context.tasks.command(lambda: desk.desk.commands.change_orders([desk.order], {"priority": "HIGH"}))
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "1 unsent")
    (operation,) = desk.operations()
    desk.context.tasks.command(lambda: desk.desk.commands.outbox.discard(operation.op_id))
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "Everything confirmed")


def test_an_order_opened_by_its_name_is_the_one_that_actions_mean(desk: UiDesk, window: MainWindow) -> None:
    other = put_order(desk.desk.store, server_id="so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    select_rows(window, 0)
    window.work.open_order(other)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None and window.work.pane.detail.ref == other)
    assert window.work.meant == other
    window.work.table.orders.refresh()
    desk.context.tasks.command(lambda: desk.desk.commands.change_orders([other], {"priority": "LOW"}))
    desk.qtbot.waitUntil(lambda: bool(desk.operations()))
    assert window.work.meant == other
    select_rows(window, 0)
    assert window.work.meant == window.work.table.selected_keys()


def test_an_order_that_leaves_the_view_by_a_change_stays_open(desk: UiDesk, window: MainWindow) -> None:
    for number in (2, 3):
        put_order(desk.desk.store, an_order(title=f"Radio {number}"), server_id=f"so-{number}")
    put_order(desk.desk.store, an_order(title="Radio 1"), server_id="so-1")
    window.work.search.setText("radio")
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 3 and window.work.table.orders.is_whole)
    select_rows(window, 1)
    desk.qtbot.waitUntil(lambda: window.work.shown_order is not None and window.work.pane.detail is not None)
    ref = window.work.shown_order
    assert ref is not None
    desk.context.tasks.command(lambda: desk.desk.commands.change_order(ref, {"title": "Kettle"}, {}))
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    desk.qtbot.waitUntil(lambda: "Kettle" in window.windowTitle())
    assert window.work.meant == ref
    window.work.table.setFocus()
    desk.qtbot.keyClick(window.work.table, Qt.Key.Key_Down)
    desk.qtbot.waitUntil(lambda: window.work.shown_order not in (None, ref))
    assert window.work.table.selectionModel().selectedRows()[0].row() == 1


def test_what_is_no_longer_here_and_what_another_search_hides_does_not_stay_open(
    desk: UiDesk, window: MainWindow
) -> None:
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    window.work.search.setText("nobody has this")
    desk.qtbot.waitUntil(lambda: window.work.shown_order is None)
    window.work.search.clear()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 1 and window.work.table.orders.is_whole)
    select_rows(window, 0)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(account_id="a9", name="Another"))
        tx.save_account(an_account(signed_out=True))
    desk.context.tasks.report_changes(Changes(list_changed=True, references=True))
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 0)
    desk.qtbot.waitUntil(lambda: window.work.shown_order is None)
    assert window.work.pane.detail is None


def test_every_key_means_one_thing(window: MainWindow) -> None:
    keys = Counter(action.key for action in ACTIONS if action.key)
    assert [key for key, uses in keys.items() if uses > 1] == []
    assert {one.shortcut().toString() for one in window.findChildren(QAction)} >= set(keys)


def test_the_sheet_of_shortcuts_names_every_key(window: MainWindow) -> None:
    sheet = ShortcutSheet(window)
    words = {one.text() for one in sheet.findChildren(QLabel)}
    assert {action.key for action in ACTIONS if action.key} | {key for key, _ in DIALOG_KEYS} <= words


def test_the_palette_runs_the_action_one_means(desk: UiDesk, window: MainWindow) -> None:
    run: list[str] = []
    palette = Palette(desk.context, lambda action: run.append(action.name), parent=window)
    desk.qtbot.keyClicks(palette.line, "depot que")
    desk.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert run == ["view_depot"]


def test_the_palette_opens_the_order_one_means(desk: UiDesk, window: MainWindow) -> None:
    palette = Palette(desk.context, lambda _: None, parent=window)
    desk.qtbot.keyClicks(palette.line, "berg power")
    desk.qtbot.waitUntil(lambda: palette.found.count() == 1)
    with desk.qtbot.waitSignal(palette.order_chosen) as chosen:
        desk.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert chosen.args == [desk.order]


def test_the_palette_records_an_event_on_the_open_order(desk: UiDesk, window: MainWindow) -> None:
    done: list[str] = []
    action = QAction("&Product diagnosed", window)
    action.triggered.connect(lambda: done.append("diagnosed"))
    palette = Palette(desk.context, lambda _: None, [action], window)
    desk.qtbot.keyClicks(palette.line, "diagnosed")
    desk.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert done == ["diagnosed"]


def test_the_arrows_move_in_the_palette_and_go_round(desk: UiDesk, window: MainWindow) -> None:
    palette = Palette(desk.context, lambda _: None, parent=window)
    desk.qtbot.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.found.currentRow() == palette.found.count() - 1
    desk.qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.found.currentRow() == 0


def test_an_action_that_needs_an_order_says_so_where_none_is_selected(desk: UiDesk, window: MainWindow) -> None:
    window.work.table.clearSelection()
    window.run(next(one for one in ACTIONS if one.name == "change_status"))
    assert desk.told[-1].title == "Select an order first"


def test_an_account_is_tested_in_plain_words_before_anything_is_kept(desk: UiDesk, window: MainWindow) -> None:
    dialog = AccountDialog(desk.context, parent=window)
    dialog.address.setText("http://127.0.0.1:1")
    dialog.secret.setText("token")
    desk.desk.refusal = WrongCredentialsError()
    dialog.test.click()
    desk.qtbot.waitUntil(lambda: "does not accept this sign-in" in dialog.told)
    desk.desk.refusal = None
    dialog.test.click()
    desk.qtbot.waitUntil(lambda: dialog.told == "It works. You are Kim Larsen, technician.")
    assert not desk.desk.tokens


def test_a_saved_account_is_kept_with_its_token(desk: UiDesk, window: MainWindow) -> None:
    dialog = AccountDialog(desk.context, parent=window)
    dialog.name.setText("Field")
    dialog.address.setText("http://127.0.0.1:1/")
    dialog.secret.setText("token")
    dialog.save.click()
    desk.qtbot.waitUntil(lambda: "token" in desk.desk.tokens.values())
    with desk.desk.store.read() as view:
        kept = {one.name: one.address for one in view.accounts()}
    assert kept["Field"] == "http://127.0.0.1:1"


def test_a_bug_of_ours_becomes_a_report_without_secrets_and_one_calm_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.excepthook", lambda *_: None)
    monkeypatch.setattr("sys.__excepthook__", lambda *_: None)
    notices = Notices()
    said: list[str] = []
    notices.told.connect(lambda notice: said.append(notice.hint))
    crash.install(crash.CrashReports(tmp_path, lambda text: text.replace("s3cret", "[hidden]")), notices)
    sys.excepthook(ValueError, ValueError("with s3cret"), None)
    report = next(tmp_path.glob("*.txt"))
    assert "ValueError: with [hidden]" in report.read_text(encoding="utf-8")
    assert said == [f"What was saved is safe. The report is in {report}"]


def test_a_notice_says_that_the_work_order_of_the_order_that_is_shown_changed(desk: UiDesk, window: MainWindow) -> None:
    other = put_order(desk.desk.store, an_order(service_number="77"), server_id="so-7")
    select_rows(window, 0)
    shown = window.work.table.selected()
    assert shown == desk.order

    desk.context.tasks.report_changes(
        Changes(orders=frozenset({shown.order_id}), work_orders=frozenset({shown, other}))
    )

    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert [one.title for one in desk.told] == ["The work order of 10042 changed"]


def test_work_orders_of_others_make_no_notice_and_several_of_mine_make_one(desk: UiDesk, window: MainWindow) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(replace(an_account(), user_uid="u-me"))
    mine = [
        put_order(
            desk.desk.store, an_order(service_number=str(number), assigned_user_uid="u-me"), server_id=f"m{number}"
        )
        for number in range(7)
    ]
    others = put_order(desk.desk.store, an_order(service_number="99", assigned_user_uid="u-2"), server_id="so-9")

    for refs in ([others], mine):
        desk.context.tasks.report_changes(Changes(orders=frozenset({"x"}), work_orders=frozenset(refs)))

    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert [(one.title, one.hint) for one in desk.told] == [
        ("The work orders of 7 orders changed", "0, 1, 2, 3, 4 and others")
    ]


def test_where_no_order_is_selected_its_place_is_made_when_it_is_asked_for(desk: UiDesk) -> None:
    desk.desk.settings.set("list.view", "mine")
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(lambda: window.status._count.text() != "")
    assert not window.findChildren(OrderPane)
    window.work.make_pane()
    assert window.findChildren(OrderPane) == [window.work.pane]
    desk.qtbot.waitUntil(window.work.pane.isVisible)
    window.work.make_pane()
    assert len(window.findChildren(OrderPane)) == 1
