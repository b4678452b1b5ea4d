"""What the window says is true from wherever one looks: timer, account in trouble, where one is, what else fits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from techdesk.application.ports import Urgency
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.domain.events import OtherEvent
from techdesk.domain.instants import zone
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.formats import Formats
from techdesk.ui.main_window import MainWindow
from techdesk.ui.shortcuts import ShortcutSheet
from techdesk.ui.sync_center.center import SyncCenter
from techdesk.ui.tabs.hours import HoursTab
from techdesk.ui.timer import StopTimerDialog
from techdesk.ui.timer_light import timer_and_number
from tests.support.builders import MORNING, an_account, an_order
from tests.support.main_windows import window_on_all_orders
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    """The window on all orders: one, of one account."""
    made = window_on_all_orders(desk)
    desk.qtbot.waitUntil(lambda: made.work.table.orders.rowCount() == 1)
    return made


def tell(desk: UiDesk, *states: SyncState) -> None:
    for state in states:
        desk.context.tasks.report_sync(state)


def test_a_running_timer_is_seen_from_everywhere_and_leads_to_its_order(desk: UiDesk, window: MainWindow) -> None:
    light = window.status.timer
    assert not light.isVisible()
    desk.context.tasks.command(lambda: desk.desk.commands.timer.start(desk.order))
    desk.qtbot.waitUntil(light.isVisible)
    assert light.text() == "0:00:00 on 10042"
    window.show_sync_center()
    desk.qtbot.mouseClick(light, Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is window.work
    pane: OrderPane = window.work.pane
    desk.qtbot.waitUntil(lambda: isinstance(pane.tabs.currentWidget(), HoursTab) and pane.detail is not None)
    assert pane.detail is not None
    assert pane.detail.ref == desk.order
    desk.context.tasks.command(desk.desk.commands.timer.discard)
    desk.qtbot.waitUntil(lambda: not light.isVisible())


def test_a_timer_that_ran_before_the_start_is_seen_at_once(desk: UiDesk) -> None:
    desk.desk.commands.timer.start(desk.order)
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(window.status.timer.isVisible)


def test_stopping_the_timer_says_since_when_and_for_how_long(desk: UiDesk) -> None:
    desk.desk.commands.timer.start(desk.order)
    began = desk.desk.clock.now()
    desk.desk.clock.advance(85 * 60)
    with desk.desk.store.read() as view:
        running, number = timer_and_number(view)
    assert running is not None
    assert number == "10042"
    dialog = StopTimerDialog(desk.context, running, desk.detail())
    dialog.open()
    formats = desk.context.formats
    until = formats.time(began + timedelta(minutes=85))
    assert dialog.span.text() == f"1 h 25 min · {formats.when(began)} to {until}"
    assert dialog.span.isVisible()


def test_a_time_at_the_site_has_its_own_date_and_zone_and_no_relative_day() -> None:
    class Noon:
        def now(self):
            return MORNING

        def monotonic(self) -> float:
            return 0.0

    formats = Formats(Noon(), zone("Europe/Oslo"), QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    late = MORNING.replace(hour=2, minute=30)
    assert formats.both_zones(late, "America/New_York") == "Today 04:30 · 31 May 2026 22:30 EDT in New York"
    assert formats.both_zones(MORNING, "America/New_York") == "Today 11:12 · 05:12 EDT in New York"
    assert formats.both_zones(late, "Europe/Paris") == "Today 04:30"


def test_the_status_bar_names_the_account_in_trouble_where_there_are_several(desk: UiDesk, window: MainWindow) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(account_id="a2", name="Field"))
    window._read_accounts()
    desk.qtbot.waitUntil(lambda: set(window.status._names) == {"a1", "a2"})
    fine = SyncState(account_id="a1", phase=SyncPhase.IDLE, online=True)
    broken = SyncState(account_id="a2", phase=SyncPhase.WAITING, online=True, title="The server is busy")
    tell(desk, fine, broken)
    desk.qtbot.waitUntil(lambda: window.status.words == "Field: The server is busy")
    tell(desk, SyncState(account_id="a2", phase=SyncPhase.OFFLINE, online=False))
    desk.qtbot.waitUntil(lambda: window.status.words == "Field: offline")
    tell(desk, SyncState(account_id="a1", phase=SyncPhase.OFFLINE, online=False))
    desk.qtbot.waitUntil(lambda: window.status.words == "Offline")


def test_a_search_without_a_match_in_this_view_offers_all_orders(desk: UiDesk, window: MainWindow) -> None:
    window.show_view("overdue")
    desk.qtbot.waitUntil(lambda: not window.work.table.isVisible())
    window.work.search.setText("nobody at all")
    desk.qtbot.waitUntil(lambda: "nobody at all" in window.work.nothing._title.text())
    assert not window.work.nothing.in_all.isVisible()
    window.work.search.setText("johanna")
    desk.qtbot.waitUntil(window.work.nothing.in_all.isVisible)
    assert window.work.nothing.in_all.text() == "Search in All (1)"
    desk.qtbot.mouseClick(window.work.nothing.in_all, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: window.work.table.isVisible() and window.work.table.orders.rowCount() == 1)
    assert window.work.search.text() == "johanna"
    assert window.sidebar.view.name == "all"


def test_no_view_is_lit_while_the_sync_centre_is_shown_and_a_click_goes_back(desk: UiDesk, window: MainWindow) -> None:
    views = window.sidebar.views
    assert [one.text() for one in views.selectedItems()] == ["All"]
    window.show_sync_center()
    assert views.selectedItems() == []
    place = views.visualItemRect(views.currentItem()).center()
    desk.qtbot.mouseClick(views.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.pages.currentWidget() is window.work
    assert [one.text() for one in views.selectedItems()] == ["All"]


def test_a_button_leads_back_from_the_sync_centre(desk: UiDesk, window: MainWindow) -> None:
    window.show_sync_center()
    desk.qtbot.waitUntil(window.sync_center.back.isVisible)
    desk.qtbot.mouseClick(window.sync_center.back, Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is window.work


def test_what_was_withdrawn_is_listed_in_the_sync_centre_with_its_text(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, OtherEvent(event="called", notes="asked for Friday"))
    (operation,) = desk.operations()
    desk.desk.commands.outbox.discard(operation.op_id)
    page = SyncCenter(desk.context)
    page.show()
    desk.kept.append(page)
    desk.qtbot.mouseClick(page.withdrawn, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: page.chosen is not None)
    words = [one.text() for one in page.panel.findChildren(QLabel)]
    assert "asked for Friday" in words
    buttons = [one.text().replace("&", "") for one in page.panel.findChildren(QPushButton)]
    assert buttons == ["Copy", "Show order"]


def test_the_sheet_of_shortcuts_fits_the_smallest_window(window: MainWindow) -> None:
    sheet = ShortcutSheet(window)
    words = {one.text() for one in sheet.findChildren(QLabel)}
    assert {"Ctrl+0", "Ctrl+9", "Insert", "Delete", "Ctrl+D"} <= words
    assert sheet.sizeHint().width() <= 1024
    assert sheet.sizeHint().height() <= 700


def test_the_keys_of_groups_below_each_other_begin_at_one_place(window: MainWindow) -> None:
    sheet = ShortcutSheet(window)
    sheet.show()
    places = {one.text(): one.mapTo(sheet, one.rect().topLeft()).x() for one in sheet.findChildren(QLabel)}
    assert places["Ctrl+N"] == places["Ctrl+U"]
    assert places["Ctrl+F"] == places["Ctrl+K"]


def test_the_account_dialog_has_its_labels_above_and_its_buttons_by_role(desk: UiDesk) -> None:
    dialog = AccountDialog(desk.context)
    dialog.show()
    desk.kept.append(dialog)
    label = next(one for one in dialog.findChildren(QLabel) if one.buddy() is dialog.address)
    below = dialog.address.mapTo(dialog.form, dialog.address.rect().topLeft())
    desk.qtbot.waitUntil(lambda: label.y() + label.height() <= below.y())
    buttons = sorted(dialog.buttons.findChildren(QPushButton), key=lambda one: one.x())
    assert [one.text().replace("&", "") for one in buttons] == ["Test", "Cancel", "Save"]


def test_an_onsite_order_in_a_low_pane_has_all_its_events_in_the_menu(desk: UiDesk) -> None:
    desk.put(an_order(service_kind=ServiceKind.ONSITE))
    pane = OrderPane(desk.context)
    pane.resize(780, 330)
    pane.show()
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    pane.offer_events()
    assert pane.events.menu.isVisible()
    assert len(pane.events.menu.actions()) == len(pane.events.offered) > 2
    pane.events.menu.close()
