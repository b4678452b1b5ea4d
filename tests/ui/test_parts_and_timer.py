"""Items and hours are added, changed and removed in their tabs; totals follow at once, and one timer runs at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget

from techdesk.application.outbox import OpState, OrderRef, Verb
from techdesk.application.ports import Urgency
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import Money
from techdesk.domain.records import RecordedEvent, RecordType
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.dialogs.hours_dialog import HoursDialog
from techdesk.ui.dialogs.item_dialog import ItemDialog
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.editors.text import TextEditor
from techdesk.ui.sync_center.case_dialog import CaseDialog
from techdesk.ui.sync_center.edit_operation import edit_dialog
from techdesk.ui.tabs.events import EventsTab
from techdesk.ui.tabs.hours import HoursTab
from techdesk.ui.tabs.items import ItemsTab
from techdesk.ui.timer import StopTimerDialog
from tests.support.builders import MORNING, an_order, put_part
from tests.support.outbox_states import put_in_state
from tests.support.shown_widgets import complaints, open_windows
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""Suggestions drop down below a line, which the invisible screen cannot raise."""


def shown_tab(desk: UiDesk, kind: type[Any]) -> Any:
    """Return a tab of the order, in front."""
    pane = OrderPane(desk.context)
    pane.resize(700, 700)
    pane.show()
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    place = next(at for at in range(pane.tabs.count()) if isinstance(pane.tabs.widget(at), kind))
    pane.show_tab(place)
    desk.kept.append(pane)
    return pane.tabs.widget(place)


def type_into(dialog: SavingDialog, **texts: str) -> None:
    for name, text in texts.items():
        editor = dialog.form.editor(name)
        if isinstance(editor, TextEditor):
            editor.line.setText(text)
        else:
            editor.when.line.setText(text)  # type: ignore[attr-defined] # the only other one typed into here


def saved(desk: UiDesk, dialog: SavingDialog) -> None:
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()


def remove_chosen(desk: UiDesk, tab: Any) -> None:
    tab.table.view.selectRow(0)
    desk.qtbot.keyClick(tab.table.view, Qt.Key.Key_Delete)
    box = next(one for one in tab.window().findChildren(QMessageBox) if one.isVisible())
    desk.qtbot.mouseClick(
        next(one for one in box.buttons() if one.text().replace("&", "") == "Remove"), Qt.MouseButton.LeftButton
    )


def test_an_item_is_added_and_the_totals_follow_at_once(desk: UiDesk) -> None:
    tab = shown_tab(desk, ItemsTab)
    desk.wait_active(tab.window())
    tab.setFocus()
    desk.qtbot.keyClick(tab.table.add_button, Qt.Key.Key_Insert)
    dialog = desk.dialogs()[0]
    type_into(dialog, name="Door seal", quantity="2", price="149,50", serial_number="DS-1")
    saved(desk, dialog)
    desk.qtbot.waitUntil(lambda: "Total 299.00 NOK" in tab.totals.text())
    item = desk.detail().order.items[0]
    assert (item.name, item.quantity, item.price) == ("Door seal", Decimal(2), Money(Decimal("149.50"), "NOK"))
    assert tab.table.rows[0].state is OpState.QUEUED


def has_chosen(tab: Any, name: str) -> bool:
    return tab.table.chosen is not None and tab.table.chosen.value.name == name


def test_the_keyboard_stands_on_the_row_that_was_added(desk: UiDesk) -> None:
    tab = shown_tab(desk, ItemsTab)
    for name in ("Door seal", "Hinge", "Pump"):
        tab.add()
        dialog = desk.dialogs()[-1]
        type_into(dialog, name=name, quantity="1")
        saved(desk, dialog)
        desk.qtbot.waitUntil(partial(has_chosen, tab, name))
    tab.table.view.selectRow(0)
    tab.table.show_rows(desk.detail().items)
    assert tab.table.chosen.value.name == tab.table.rows[0].value.name


def test_the_words_of_a_row_stand_under_the_words_of_their_heading(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="HHHH", quantity=Decimal(1)))
    tab = shown_tab(desk, ItemsTab)
    tab.resize(900, 400)
    desk.qtbot.waitUntil(lambda: bool(tab.table.rows))
    view = tab.table.view
    row = view.visualRect(view.model().index(0, 0))
    heading, words = first_dark(view.horizontalHeader().viewport(), QRect()), first_dark(view.viewport(), row)
    assert abs(heading - words) <= 1


def first_dark(widget: QWidget, part: QRect) -> int:
    """Return the place of the first column of pixels of a part of a widget in which something dark is drawn."""
    picture = widget.window().grab().toImage()
    inside = part if part.isValid() else widget.rect()
    place = inside.translated(widget.mapTo(widget.window(), QPoint())).adjusted(0, 4, 0, -4)
    lines = range(place.top(), place.bottom())
    columns = range(place.left(), place.right())
    return next(x for x in columns if any(picture.pixelColor(x, y).lightness() < 170 for y in lines)) - place.left()


def test_insert_adds_an_item_also_while_the_keyboard_is_outside_the_tab(desk: UiDesk) -> None:
    tab = shown_tab(desk, ItemsTab)
    pane = tab.window()
    desk.wait_active(pane)
    pane.tabs.tabBar().setFocus()
    desk.qtbot.keyClick(pane.tabs.tabBar(), Qt.Key.Key_Insert)
    assert [type(one) for one in desk.dialogs()] == [ItemDialog]


def test_a_product_of_the_catalogue_fills_in_its_number_and_price(desk: UiDesk) -> None:
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    type_into(dialog, name="Fuse 5 A · F-5A")
    values = dialog.form.values()
    assert (values["name"], values["sku"], values["price"]) == ("Fuse 5 A", "F-5A", Decimal("39.00"))
    assert dialog.total.text() == "Total 39.00 NOK"
    saved(desk, dialog)
    assert desk.detail().order.items[0].product_uid == "p-1"


@pytest.mark.parametrize("typed", ["two", "0", "-1", "1000000", ""])
def test_a_quantity_that_cannot_be_is_refused_where_it_was_typed(desk: UiDesk, typed: str) -> None:
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    type_into(dialog, name="Fuse", quantity=typed)
    dialog.save()
    assert len(complaints(dialog.form)) == 1
    assert dialog.form.editor("quantity").entry().property("invalid") is True
    assert desk.operations() == []


def test_an_item_needs_a_name(desk: UiDesk) -> None:
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.save()
    assert complaints(dialog.form) == ["An item needs a name"]


def test_an_item_is_changed_and_removed(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse", sku="F", price=Money(Decimal(39), "NOK")))
    tab = shown_tab(desk, ItemsTab)
    tab.table.view.selectRow(0)
    desk.qtbot.keyClick(tab.table.view, Qt.Key.Key_Return)
    dialog = desk.dialogs()[0]
    type_into(dialog, quantity="3", sku="")
    saved(desk, dialog)
    desk.qtbot.waitUntil(lambda: "Total 117.00 NOK" in tab.totals.text())
    assert desk.detail().order.items[0].sku == ""
    remove_chosen(desk, tab)
    desk.qtbot.waitUntil(lambda: not tab.table.rows)
    assert [one.state for one in desk.operations()] == [OpState.CANCELLED]


def test_saving_an_untouched_item_changes_nothing(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse", price=Money(Decimal("39.00"), "NOK"), note="spare"))
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.DONE)
    dialog = ItemDialog(desk.context, desk.detail(), desk.detail().items[0])
    dialog.open()
    saved(desk, dialog)
    assert len(desk.operations()) == 1


def test_a_closed_order_takes_no_items_and_no_hours_and_says_why(desk: UiDesk) -> None:
    desk.put(an_order(service_state=ServiceState.CLOSED))
    for kind in (ItemsTab, HoursTab):
        tab = shown_tab(desk, kind)
        assert not tab.table.add_button.isEnabled()
        assert "This order is closed" in tab.table.add_button.toolTip()
        desk.wait_active(tab.window())
        desk.qtbot.keyClick(tab.table, Qt.Key.Key_Insert)
    assert desk.dialogs() == []


def test_hours_follow_from_start_and_end(desk: UiDesk) -> None:
    tab = shown_tab(desk, HoursTab)
    tab.add()
    dialog = desk.dialogs()[0]
    type_into(dialog, started_at="09:00", ended_at="10:25")
    assert isinstance(dialog, HoursDialog)
    assert dialog.sum.text() == "1 h 25 min"
    dialog.form.editor("hourly_rate_uid").entry().setCurrentIndex(1)  # type: ignore[attr-defined] # a drop-down list
    saved(desk, dialog)
    desk.qtbot.waitUntil(lambda: "Work 850.00 NOK" in tab.sum.text())
    assert tab.table.rows[0].value.minutes == 85


def test_an_end_before_the_start_is_refused_and_kept(desk: UiDesk) -> None:
    dialog = HoursDialog(desk.context, desk.detail())
    dialog.open()
    type_into(dialog, started_at="10:00", ended_at="09:00")
    dialog.save()
    assert complaints(dialog.form) == ["The end is before the start. Correct one of the two times"]
    assert desk.operations() == []
    type_into(dialog, ended_at="10:30")
    saved(desk, dialog)
    assert desk.detail().hours[0].value.minutes == 30


def test_hours_that_overlap_are_warned_of_but_taken(desk: UiDesk) -> None:
    entry = HoursEntry(started_at=MORNING, ended_at=MORNING + timedelta(hours=1))
    desk.desk.commands.add_hours(desk.order, entry)
    dialog = HoursDialog(desk.context, desk.detail())
    dialog.open()
    type_into(dialog, started_at="11:30", ended_at="12:30")
    assert dialog.warning.text() == "This overlaps with hours from Today 11:12"
    type_into(dialog, started_at="12:12")
    assert dialog.warning.text() == ""
    type_into(dialog, started_at="11:30")
    saved(desk, dialog)
    assert len(desk.detail().hours) == 2


def test_hours_are_changed_and_removed(desk: UiDesk) -> None:
    entry = HoursEntry(started_at=MORNING, ended_at=MORNING + timedelta(hours=1))
    desk.desk.commands.add_hours(desk.order, entry)
    tab = shown_tab(desk, HoursTab)
    tab.table.view.selectRow(0)
    desk.qtbot.keyClick(tab.table.view, Qt.Key.Key_Return)
    type_into(desk.dialogs()[0], ended_at="11:42")
    saved(desk, desk.dialogs()[0])
    desk.qtbot.waitUntil(lambda: tab.table.rows[0].value.minutes == 30)
    remove_chosen(desk, tab)
    desk.qtbot.waitUntil(lambda: not tab.table.rows)


def test_the_timer_starts_survives_a_restart_and_records_its_hours(desk: UiDesk) -> None:
    first = shown_tab(desk, HoursTab)
    desk.qtbot.mouseClick(first.timer.button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: first.timer.button.text() == "Stop &timer")
    desk.kept[0].close()
    desk.desk.clock.advance(3725)
    again = shown_tab(desk, HoursTab)
    desk.qtbot.waitUntil(lambda: again.timer.elapsed.text() == "1:02:05")
    again.timer.press()
    saved(desk, stop_dialog(desk))
    desk.qtbot.waitUntil(lambda: len(again.table.rows) == 1 and again.timer.button.text() == "Start &timer")
    assert again.table.rows[0].value.minutes == 62


def stop_dialog(desk: UiDesk) -> StopTimerDialog:
    """Return the dialog that stops the timer, once it is open."""
    desk.qtbot.waitUntil(lambda: any(isinstance(one, StopTimerDialog) for one in desk.dialogs()))
    return next(one for one in desk.dialogs() if isinstance(one, StopTimerDialog))


def two_rates(desk: UiDesk) -> None:
    """Let the account have two hourly rates, of which none can be taken for granted."""
    rates = [
        {"hourly_rate_uid": "h-1", "name": "Workshop", "price": "600.00 NOK"},
        {"hourly_rate_uid": "h-2", "name": "Apprentice", "price": "300.00 NOK"},
    ]
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "hourly_rates", rates)


def rate_asked(desk: UiDesk) -> str | None:
    """Return the rate that a new entry of the order has in its form."""
    dialog = HoursDialog(desk.context, desk.detail())
    dialog.open()
    rate: str | None = dialog.form.values()["hourly_rate_uid"]
    assert not dialog.form.is_touched()
    dialog.reject()
    return rate


def test_the_timer_s_hours_are_paid_at_the_only_rate_there_is(desk: UiDesk) -> None:
    tab = shown_tab(desk, HoursTab)
    desk.desk.commands.timer.start(desk.order)
    desk.desk.clock.advance(3600)
    desk.qtbot.waitUntil(lambda: tab.timer.button.text() == "Stop &timer")
    tab.timer.press()
    saved(desk, stop_dialog(desk))
    desk.qtbot.waitUntil(lambda: "Work 600.00 NOK" in tab.sum.text())


def test_the_rate_is_the_one_of_the_order_s_newest_hours_else_the_one_used_last_for_its_kind(desk: UiDesk) -> None:
    two_rates(desk)
    assert rate_asked(desk) is None
    dialog = HoursDialog(desk.context, desk.detail())
    dialog.open()
    type_into(dialog, started_at="09:00", ended_at="10:00")
    dialog.form.editor("hourly_rate_uid").retype("h-2")
    saved(desk, dialog)
    older = HoursEntry(started_at=MORNING - timedelta(days=2), ended_at=MORNING - timedelta(days=2))
    desk.desk.commands.add_hours(desk.order, replace(older, hourly_rate_uid="h-1"))
    assert rate_asked(desk) == "h-2", "the newest work counts, not what was written down last"
    desk.put(an_order(service_number="10043"), server_id="so-2")
    desk.qtbot.waitUntil(lambda: rate_asked(desk) == "h-2")
    desk.put(an_order(service_number="10044", service_kind=ServiceKind.ONSITE), server_id="so-3")
    assert rate_asked(desk) is None, "a visit is seldom paid as the bench is"


def test_a_timer_that_was_started_by_mistake_is_stopped_without_hours(desk: UiDesk) -> None:
    tab = shown_tab(desk, HoursTab)
    desk.desk.commands.timer.start(desk.order)
    desk.qtbot.waitUntil(lambda: tab.timer.button.text() == "Stop &timer")
    tab.timer.press()
    dialog = stop_dialog(desk)
    dialog.forget_button.click()
    (box,) = open_windows(QMessageBox)
    assert box.text() == f"Stop the timer and record nothing of {dialog.span.text()}?"
    next(one for one in box.buttons() if "without" in one.text()).click()
    desk.qtbot.waitUntil(lambda: tab.timer.button.text() == "Start &timer")
    assert desk.operations() == []


def test_a_timer_on_an_order_that_is_gone_is_stopped_all_the_same(desk: UiDesk) -> None:
    tab = shown_tab(desk, HoursTab)
    desk.desk.commands.timer.start(OrderRef("a1", "gone"))
    desk.qtbot.waitUntil(lambda: tab.timer.button.text() == "Stop &timer")
    tab.timer.press()
    dialog = stop_dialog(desk)
    assert "hourly_rate_uid" not in dialog.form.names
    dialog.reject()


def test_only_one_timer_runs_and_the_other_order_says_where(desk: UiDesk) -> None:
    desk.desk.commands.timer.start(desk.order)
    desk.put(an_order(service_number="10043"), server_id="so-2")
    tab = shown_tab(desk, HoursTab)
    desk.qtbot.waitUntil(lambda: tab.timer.elapsed.text() == "0:00:00 on 10042")
    assert tab.timer.button.text() == "Stop &timer"


def test_a_rejected_item_is_edited_into_its_successor(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse", note="5 A"))
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.REJECTED, "no such product")
    dialog = edit_dialog(desk.context, desk.detail(), desk.operations()[0])
    assert dialog is not None
    dialog.open()
    type_into(dialog, name="Slow fuse")
    saved(desk, dialog)
    successor = desk.operations()[1]
    assert (successor.verb, successor.state, successor.replaces) == (
        Verb.CREATE,
        OpState.QUEUED,
        desk.operations()[0].op_id,
    )
    assert (successor.intent["name"], successor.intent["note"]) == ("Slow fuse", "5 A")


def test_columns_that_say_nothing_are_not_shown(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    tab = shown_tab(desk, ItemsTab)
    serial = 4
    assert tab.table.view.isColumnHidden(serial)
    desk.desk.commands.add_item(desk.order, Item(name="Board", serial_number="B-1"))
    tab.show_detail(desk.detail())
    assert not tab.table.view.isColumnHidden(serial)


def test_the_buttons_of_a_table_follow_what_is_chosen(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    tab = shown_tab(desk, ItemsTab)
    buttons: list[QPushButton] = [tab.table.change_button, tab.table.remove_button]
    assert not any(one.isEnabled() for one in buttons)
    tab.table.view.selectRow(0)
    assert all(one.isEnabled() for one in buttons)


def badge_of(tab: Any, row: int) -> QPoint:
    """Return the middle of a row's badge."""
    model = tab.table.view.model()
    place: QPoint = tab.table.view.visualRect(model.index(row, model.columnCount() - 1)).center()
    return place


@pytest.mark.parametrize("kind", [ItemsTab, HoursTab])
def test_a_press_on_the_badge_of_what_was_refused_opens_its_decision(desk: UiDesk, kind: type[Any]) -> None:
    if kind is ItemsTab:
        desk.desk.commands.add_item(desk.order, Item(name="Door seal"))
    else:
        desk.desk.commands.add_hours(desk.order, HoursEntry(started_at=MORNING, ended_at=MORNING + timedelta(hours=1)))
    put_in_state(desk.desk.store, desk.operations()[-1].op_id, OpState.REJECTED, "Not sold any more")
    tab = shown_tab(desk, kind)
    view, badge = tab.table.view, badge_of(tab, 0)
    assert "(press to decide)" in view.model().index(0, view.model().columnCount() - 1).data(
        Qt.ItemDataRole.ToolTipRole
    )
    desk.qtbot.mouseMove(view.viewport(), badge)
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=badge)
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), CaseDialog))
    desk.qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=badge)
    assert desk.dialogs() == []


def test_a_press_on_the_badge_of_what_only_waits_opens_nothing(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Door seal"))
    tab = shown_tab(desk, ItemsTab)
    pressed: list[str] = []
    tab.table.decision_wished.connect(pressed.append)
    desk.qtbot.mouseClick(tab.table.view.viewport(), Qt.MouseButton.LeftButton, pos=badge_of(tab, 0))
    assert pressed == []
    desk.qtbot.mouseDClick(tab.table.view.viewport(), Qt.MouseButton.LeftButton, pos=badge_of(tab, 0))
    assert [type(one) for one in desk.dialogs()] == [ItemDialog]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Delete])
@pytest.mark.parametrize("kind", [RecordType.ITEM, RecordType.EVENT])
def test_what_the_server_did_not_remove_stands_there_again_and_is_decided_first(
    desk: UiDesk, kind: RecordType, key: Qt.Key
) -> None:
    part = Item(name="Door seal") if kind is RecordType.ITEM else RecordedEvent(event_type="repair_started")
    put_part(desk.desk.store, desk.order, part, record_type=kind, server_id="part-1")
    (op_id,) = desk.desk.commands.remove(desk.order, kind, "part-1").op_ids
    put_in_state(desk.desk.store, op_id, OpState.REJECTED, "It is on a bill")
    tab = shown_tab(desk, ItemsTab if kind is RecordType.ITEM else EventsTab)
    if kind is RecordType.ITEM:
        tab.table.view.selectRow(0)
        model = tab.table.view.model()
        said = model.index(0, model.columnCount() - 1).data(Qt.ItemDataRole.ToolTipRole)
        place = tab.table.view
    else:
        (place,) = tab.cards
        said = " ".join(one.text() for one in place.findChildren(QLabel))
    assert "Not removed. It is on a bill" in said
    desk.qtbot.keyClick(place, key)
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), CaseDialog))
    assert len(desk.operations()) == 1
