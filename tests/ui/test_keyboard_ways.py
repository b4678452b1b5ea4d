"""The Tab key goes through the window as the eye does, and no two buttons of it share an Alt letter."""

from __future__ import annotations

import re
from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import WarningKind, warn
from techdesk.domain.events import OtherEvent
from techdesk.domain.items import Item
from techdesk.ui.alt_letters import MENU_LETTERS
from techdesk.ui.sync_center.entry_panel import PANEL_LETTERS
from techdesk.ui.tabs.items import ItemsTab
from tests.support.main_windows import window_on_all_orders
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk


def tabbed(desk: UiDesk, window: QWidget, steps: int) -> list[QWidget]:
    """Return what has the keyboard after each press of Tab."""
    found = []
    for _ in range(steps):
        focused = QApplication.focusWidget()
        assert focused is not None
        desk.qtbot.keyClick(focused, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        assert now is not None
        found.append(now)
    return found


def letters(widget: QWidget) -> str:
    """Return the Alt letters of all buttons that are shown in a widget."""
    shown = [one.text() for one in widget.findChildren(QPushButton) if one.isVisibleTo(widget)]
    return "".join(re.findall(r"(?:^|[^&])(?:&&)*&([^&])", "\n".join(shown))).lower()


def test_tab_goes_from_the_list_over_the_events_to_the_tabs_and_to_the_status_bar_last(desk: UiDesk) -> None:
    window = window_on_all_orders(desk)
    pane = window.work.pane
    desk.qtbot.waitUntil(lambda: pane.detail is not None)
    window.work.table.setFocus()
    ways = tabbed(desk, window, 40)
    at = {
        "header": next(place for place, one in enumerate(ways) if pane.header.isAncestorOf(one)),
        "events": next(place for place, one in enumerate(ways) if pane.events.isAncestorOf(one)),
        "tabs": ways.index(pane.tabs.tabBar()),
        "unsent": ways.index(window.status.unsent),
        "offline": ways.index(window.status.offline),
    }
    assert sorted(at, key=lambda name: at[name]) == ["header", "events", "tabs", "unsent", "offline"]
    assert at["header"] == 0
    steps = [one for one in ways[: at["tabs"]] if pane.events.isAncestorOf(one)]
    assert [one.x() for one in steps[:3]] == sorted(one.x() for one in steps[:3])


def test_tab_comes_to_the_buttons_above_the_items_before_their_table(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    window = window_on_all_orders(desk)
    pane = window.work.pane
    desk.qtbot.waitUntil(lambda: pane.detail is not None)
    place = next(at for at in range(pane.tabs.count()) if isinstance(pane.tabs.widget(at), ItemsTab))
    pane.show_tab(place)
    table = pane.findChildren(ItemsTab)[0].table
    desk.qtbot.waitUntil(table.view.hasFocus)
    table.view.selectRow(0)
    pane.take_keyboard()
    ways = tabbed(desk, window, 8)
    buttons = [table.add_button, table.change_button, table.remove_button]
    assert [ways.index(one) for one in (*buttons, table.view)] == sorted(
        ways.index(one) for one in (*buttons, table.view)
    )


def test_no_two_buttons_of_the_sync_centre_share_a_letter_with_each_other_or_with_a_menu(desk: UiDesk) -> None:
    for state in (OpState.CONFLICT, OpState.NEEDS_CHECK, OpState.REJECTED, OpState.QUEUED):
        (op_id,) = desk.desk.commands.record_event(desk.order, OtherEvent(event="called")).op_ids
        put_in_state(desk.desk.store, op_id, state)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        warn(tx, "a1", WarningKind.CLOCK_OFF, {"by": "7 minutes", "direction": "ahead of"})
        warn(tx, "a1", WarningKind.ORDERS_HIDDEN, {"orders": "10042", "said": ""})
        warn(tx, "a1", WarningKind.MASS_REMOVAL, {"removed": "30", "here": "40"})
    window = window_on_all_orders(desk)
    window.resize(1280, 1000)
    window.show_sync_center()
    page = window.sync_center
    desk.qtbot.waitUntil(lambda: len(letters(page.news)) == 5)
    desk.qtbot.waitUntil(lambda: page.summary.text().endswith("6 need you"))
    rows = page.list.sync_rows
    seen = set()
    for place in range(rows.rowCount()):
        page.list.setCurrentIndex(rows.index(place))
        op_id = page.list.op_id
        if not op_id:
            continue
        desk.qtbot.waitUntil(lambda op_id=op_id: bool(page.chosen and page.chosen.operation.op_id == op_id))  # type: ignore[misc]  # a default of a lambda has no type
        panel = letters(page.panel)
        assert set(panel) <= set(PANEL_LETTERS)
        assert Counter(panel + letters(page.news) + MENU_LETTERS).most_common(1)[0][1] == 1
        seen.add(panel)
    assert len(seen) > 1


def test_an_answer_of_a_card_is_given_by_its_letter(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        warn(tx, "a1", WarningKind.ORDERS_HIDDEN, {"orders": "10042", "said": "Not yours"})
    window = window_on_all_orders(desk)
    window.show_sync_center()
    page = window.sync_center
    desk.qtbot.waitUntil(page.news.isVisible)
    assert page.summary.text() == "Everything you did has been confirmed. · 1 needs you"
    desk.qtbot.keyClick(page, Qt.Key.Key_U, Qt.KeyboardModifier.AltModifier)
    desk.qtbot.waitUntil(page.news.isHidden)
    desk.qtbot.waitUntil(lambda: "needs you" not in page.summary.text())
