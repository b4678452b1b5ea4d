"""Several selected orders are summed up by status, and changed together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Priority, ServiceState
from techdesk.ui.actions import ACTIONS
from techdesk.ui.main_window import MainWindow
from techdesk.ui.order_list.columns import PRIORITY_TONES, STATE_COLORS
from tests.support.builders import an_order
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


def with_all_selected(desk: UiDesk, *orders: Order) -> MainWindow:
    """Return a window in which these orders are all there are, and all are selected."""
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, desk.order.order_id)
    for number, order in enumerate(orders):
        desk.put(order, server_id=f"so-{number}")
    desk.desk.settings.set("list.view", "all")
    window = MainWindow(desk.context)
    window.show()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.is_whole)
    desk.wait_active(window)
    window.work.table.selectAll()
    return window


def words(window: MainWindow) -> list[str]:
    return [one.text() for one in window.work.pane.selection.findChildren(QLabel) if one.isVisible() and one.text()]


def lines_of(window: MainWindow) -> list[QLabel]:
    """Return names and numbers of the statuses, top to bottom."""
    labels = window.work.pane.selection.findChildren(QLabel)
    shown = [one for one in labels if one.isVisible() and one.text() and not one.property("role")]
    return sorted(shown, key=lambda one: (one.y(), one.x()))


def test_several_orders_are_counted_by_status(desk: UiDesk) -> None:
    past = desk.desk.clock.now() - timedelta(days=1)
    repair = an_order(service_status_name="In repair", service_state=ServiceState.IN_PROGRESS, ready_at_estimate=past)
    done = an_order(service_status_name="Ready <b>", service_state=ServiceState.FINISHED)
    window = with_all_selected(desk, repair, repair, done)
    desk.qtbot.waitUntil(lambda: {"2 overdue", "Ready <b>"} <= set(words(window)))
    assert sorted(words(window)) == ["1", "2", "2 overdue", "3 orders selected", "In repair", "Ready <b>"]
    assert [one.text() for one in lines_of(window)] == ["In repair", "2", "Ready <b>", "1"]


def test_the_summary_follows_what_is_selected(desk: UiDesk) -> None:
    window = with_all_selected(desk, an_order(service_number="1"), an_order(service_number="2"))
    desk.qtbot.waitUntil(window.work.pane.selection.isVisible)
    window.work.table.selectRow(0)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    assert not window.work.pane.selection.isVisible()


def test_the_summary_follows_what_becomes_of_the_orders(desk: UiDesk) -> None:
    window = with_all_selected(desk, an_order(service_number="1"), an_order(service_number="2"))
    desk.qtbot.waitUntil(window.work.pane.selection.isVisible)
    refs = [OrderRef("a1", "so-0"), OrderRef("a1", "so-1")]
    intent = {"service_status_uid": "s-work", "service_status_name": "In repair"}
    desk.context.tasks.command(lambda: desk.desk.commands.change_orders(refs, intent))
    desk.qtbot.waitUntil(lambda: [one.text() for one in lines_of(window)] == ["In repair", "2"])


def test_the_buttons_change_all_and_name_their_keys(desk: UiDesk) -> None:
    window = with_all_selected(desk, an_order(service_number="1"), an_order(service_number="2"))
    page = window.work.pane.selection
    asked: list[QPoint] = []
    page.status_wished.connect(asked.append)
    page.assignee_wished.connect(asked.append)
    desk.qtbot.waitUntil(page.isVisible)
    for button, name in ((page.status, "change_status"), (page.assignee, "change_assignee")):
        key = next(one.key for one in ACTIONS if one.name == name)
        assert button.text().endswith(key)
        desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(asked) == 2


def test_orders_of_several_accounts_say_why_they_are_not_changed_together(desk: UiDesk) -> None:
    window = with_all_selected(desk, an_order(service_number="1"))
    desk.put_in_second_account("so-9")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    window.work.table.selectAll()
    page = window.work.pane.selection
    desk.qtbot.waitUntil(lambda: "several accounts" in page.facts.text())
    assert not page.status.isEnabled()


def test_recording_without_one_order_says_why_nothing_happens(desk: UiDesk) -> None:
    window = with_all_selected(desk, an_order(service_number="1"), an_order(service_number="2"))
    window.run(next(one for one in ACTIONS if one.name == "record_event"))
    assert desk.told[-1].title == "Select one order"


def test_a_status_has_one_colour_in_the_list_and_in_the_header(desk: UiDesk) -> None:
    waiting = an_order(service_status_name="Waiting", service_state=ServiceState.ON_HOLD, priority=Priority.URGENT)
    window = with_all_selected(desk, waiting)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    header = window.work.pane.header
    color = header.status.icon().pixmap(16).toImage().pixelColor(8, 8).name()
    assert color == desk.context.theme.color(STATE_COLORS[ServiceState.ON_HOLD])
    assert header.priority.property("tone") == PRIORITY_TONES[waiting.priority]
