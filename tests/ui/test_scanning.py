"""A scanner types an order's number and Enter, wherever the keyboard is, and gets this order and no other one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from techdesk.application.outbox import OrderRef
from techdesk.domain.events import INTERNAL_NOTE
from techdesk.domain.items import Item
from techdesk.domain.orders import Customer
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.notices import Notice
from techdesk.ui.tabs.items import ItemsTab
from tests.support.builders import an_order
from tests.support.main_windows import window_on_all_orders
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    """The window on a desk with an order and two more, one of them onsite."""
    desk.put(an_order(service_number="SO-10302"), server_id="so-2")
    onsite = an_order(service_number="SO-777", service_kind=ServiceKind.ONSITE, customer=Customer(name="Ola"))
    desk.put(onsite, server_id="so-3")
    made = window_on_all_orders(desk)
    desk.qtbot.waitUntil(lambda: made.work.pane.detail is not None)
    return made


def scan(desk: UiDesk, window: MainWindow, number: str) -> None:
    """Type as a scanner does: each letter goes where the keyboard is by then."""
    for letter in number:
        desk.qtbot.keyClicks(window.focusWidget(), letter)
    desk.qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return)


def wait_for_order(desk: UiDesk, window: MainWindow, server_id: str) -> None:
    desk.qtbot.waitUntil(lambda: window.work.table.selected() == OrderRef("a1", server_id), timeout=5000)


def an_event_button(window: MainWindow) -> QWidget:
    return next(one for one in window.work.pane.events.findChildren(QWidget) if one.focusPolicy() and one.isVisible())


@pytest.mark.parametrize(
    "place",
    [
        lambda window: window.work.table,
        lambda window: window.sidebar.views,
        lambda window: window.sidebar.accounts,
        lambda window: window.work.pane.tabs.tabBar(),
        an_event_button,
    ],
    ids=["list", "views", "accounts", "tabs", "events"],
)
def test_a_scan_finds_its_order_wherever_the_keyboard_is(
    desk: UiDesk, window: MainWindow, place: Callable[[MainWindow], QWidget]
) -> None:
    place(window).setFocus()
    scan(desk, window, "SO-777")
    wait_for_order(desk, window, "so-3")
    assert window.work.search.text() == "SO-777"
    desk.qtbot.waitUntil(window.work.table.hasFocus)


def test_a_scan_over_the_rows_of_an_order_chooses_and_changes_none_of_them(desk: UiDesk, window: MainWindow) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Seal"))
    desk.desk.commands.add_item(desk.order, Item(name="Screw"))
    window.work.open_order(desk.order)
    tab = window.work.pane.findChildren(ItemsTab)[0]
    window.work.pane.tabs.setCurrentWidget(tab)
    desk.qtbot.waitUntil(tab.table.view.isVisible)
    tab.table.view.setFocus()
    scan(desk, window, "SO-777")
    wait_for_order(desk, window, "so-3")
    assert window.findChildren(SavingDialog) == []


def test_the_next_scan_replaces_the_one_before(desk: UiDesk, window: MainWindow) -> None:
    scan(desk, window, "SO-777")
    wait_for_order(desk, window, "so-3")
    scan(desk, window, "SO-10302")
    wait_for_order(desk, window, "so-2")
    assert window.work.search.text() == "SO-10302"


def test_of_numbers_that_begin_alike_the_one_that_was_scanned_is_chosen(desk: UiDesk, window: MainWindow) -> None:
    desk.put(an_order(service_number="SO-1030"), server_id="so-4")
    for number, server_id in (("so-1030", "so-4"), ("SO-10302", "so-2")):
        scan(desk, window, number)
        wait_for_order(desk, window, server_id)


def test_an_order_that_the_view_does_not_have_is_opened_among_all(desk: UiDesk, window: MainWindow) -> None:
    told: list[Notice] = []
    desk.context.notices.told.connect(told.append)
    window.show_view("depot")
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    scan(desk, window, "SO-777")
    wait_for_order(desk, window, "so-3")
    assert window.sidebar.view.name == "all"
    assert [one.title for one in told] == ["Not in “Depot queue”, but in All"]
    window.show_view("depot")
    desk.qtbot.waitUntil(window.work.nothing.in_all.isVisible)
    assert window.sidebar.view.name == "depot", "a view that is chosen is shown, also where it has nothing of it"


def test_a_key_right_behind_a_scan_never_means_the_order_before(desk: UiDesk, window: MainWindow) -> None:
    scan(desk, window, "SO-10302")
    wait_for_order(desk, window, "so-2")
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    for before in (lambda: None, lambda: window.work.open_order(OrderRef("a1", "so-2"))):
        before()
        scan(desk, window, "SO-777")
        window.work.pane.record(INTERNAL_NOTE)
        assert window.findChildren(SavingDialog) == []
        assert desk.told[-1].title == "Select one order"
        assert not window.work.meant
        wait_for_order(desk, window, "so-3")


def test_an_event_s_key_waits_for_the_order_that_is_being_read(desk: UiDesk, window: MainWindow) -> None:
    pane = window.work.pane
    assert pane.detail is not None
    other = OrderRef("a1", "so-2" if pane.detail.ref.order_id == "so-3" else "so-3")
    pane.show_order(other)
    pane.record(INTERNAL_NOTE)
    assert window.findChildren(SavingDialog) == []
    desk.qtbot.waitUntil(lambda: [one.place for one in window.findChildren(SavingDialog)] != [])
    (dialog,) = window.findChildren(SavingDialog)
    assert dialog.place is not None
    assert dialog.place.ref == other


def test_where_nothing_is_found_no_button_takes_the_keyboard_and_the_next_scan_works(
    desk: UiDesk, window: MainWindow
) -> None:
    scan(desk, window, "SO-999")
    desk.qtbot.waitUntil(window.work.nothing.on_server.isVisible)
    assert not window.work.nothing.on_server.hasFocus()
    scan(desk, window, "SO-777")
    wait_for_order(desk, window, "so-3")


def test_esc_clears_the_search_from_the_list_and_where_nothing_was_found(desk: UiDesk, window: MainWindow) -> None:
    for number, page in (("SO-777", window.work.table), ("SO-999", window.work.nothing.on_server)):
        scan(desk, window, number)
        desk.qtbot.waitUntil(page.isVisible)
        desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() < 2)
        desk.qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 3)
        assert window.work.search.text() == ""
        desk.qtbot.waitUntil(window.work.table.hasFocus)


def test_a_blank_and_keys_with_ctrl_or_alt_search_for_nothing(desk: UiDesk, window: MainWindow) -> None:
    window.work.table.setFocus()
    desk.qtbot.keyClick(window.work.table, Qt.Key.Key_Space)
    desk.qtbot.keyClick(window.work.table, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClick(window.work.table, Qt.Key.Key_J, Qt.KeyboardModifier.AltModifier)
    QApplication.processEvents()
    assert window.work.search.text() == ""
