"""The sync centre lists everything unsent or refused in plain words, and every button does what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from techdesk.application.changes import Changes
from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.application.unsent.outbox_list import OutboxEntry
from techdesk.domain.events import ProductDiagnosed, RepairStarted
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.ui.sync_center.center import SyncCenter
from techdesk.ui.sync_center.edit_operation import can_edit
from techdesk.ui.sync_center.rows import Head
from tests.support.builders import put_order
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk


def shown(desk: UiDesk, rows: int) -> SyncCenter:
    """Return the page once it has so many rows, headings counted in."""
    page = SyncCenter(desk.context)
    page.resize(1000, 700)
    page.show()
    desk.kept.append(page)
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == rows and bool(texts(page)) == bool(rows))
    return page


def record(desk: UiDesk, state: OpState = OpState.QUEUED, reason: str = "") -> str:
    """Record an event whose operation is in `state`, and return the operation's id."""
    desk.desk.commands.record_event(desk.order, ProductDiagnosed(diagnostic_explanation="Fuse <b>blown</b>"))
    op_id = desk.operations()[-1].op_id
    if state is not OpState.QUEUED:
        put_in_state(desk.desk.store, op_id, state, reason)
    return op_id


def texts(page: SyncCenter) -> list[str]:
    return [one.text() for one in page.panel.findChildren(QLabel) if not one.isHidden()]


def press(desk: UiDesk, page: SyncCenter, words: str) -> None:
    buttons = [
        one
        for one in page.panel.findChildren(QPushButton)
        if one.text().replace("&", "") == words and not one.isHidden()
    ]
    desk.qtbot.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)


def is_shown(page: SyncCenter, op_id: str, state: OpState) -> bool:
    shown_now = page.chosen.operation if page.chosen else None
    return shown_now is not None and (shown_now.op_id, shown_now.state) == (op_id, state)


def test_operations_stand_in_groups_with_counts_what_needs_a_person_first(desk: UiDesk) -> None:
    record(desk)
    record(desk, OpState.REJECTED)
    record(desk, OpState.NEEDS_CHECK)
    record(desk)
    page = shown(desk, 7)
    heads = [(row.words, row.number) for row in page.list.sync_rows.rows if isinstance(row, Head)]
    assert heads == [("Rejected", 1), ("Needs your check", 1), ("Saved here", 2)]
    assert page.summary.text() == "4 changes are unsent · 2 need you"


def test_an_entry_is_shown_in_plain_words_with_its_support_code(desk: UiDesk) -> None:
    record(desk, OpState.REJECTED, "The order was closed yesterday")
    page = shown(desk, 2)
    said = texts(page)
    code = desk.operations()[0].support_code
    assert "Product diagnosed on 10042" in said
    assert "The order was closed yesterday" in said
    assert any(f"support code {code}" in text and "Today 11:12" in text for text in said)
    assert {"What was found", "Fuse <b>blown</b>"} <= set(said)


def test_a_text_stands_nearer_to_its_own_label_than_to_the_next_one(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse", note="Slow"))
    page = shown(desk, 2)
    shown_texts = [one for one in page.panel.findChildren(QLabel) if not one.isHidden() and one.text()]
    lines = sorted(shown_texts, key=lambda one: one.mapTo(page, QPoint()).y())
    first = next(at for at, one in enumerate(lines) if one.property("role") == "section")
    tops = [one.mapTo(page, QPoint()).y() for one in lines]
    bottoms = [top + one.height() for top, one in zip(tops, lines, strict=True)]
    assert [one.property("role") for one in lines[first : first + 4]] == ["section", None, "section", None]
    assert tops[first + 1] - bottoms[first] < tops[first + 2] - bottoms[first + 1]


@pytest.mark.parametrize(("attempts", "words"), [(0, "tried"), (1, "tried once"), (3, "tried 3 times")])
def test_how_often_a_change_was_tried_is_said_as_people_say_it(desk: UiDesk, attempts: int, words: str) -> None:
    op_id = record(desk, OpState.REJECTED, "No such event")
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        operation = tx.operation(op_id)
        assert operation is not None
        tx.save_operation(replace(operation, attempts=attempts))
    facts = texts(shown(desk, 2))
    assert any(words in one for one in facts) is (attempts > 0)


def test_nothing_unsent_says_so(desk: UiDesk) -> None:
    page = shown(desk, 0)
    assert any(one.text() == "Everything you did has been confirmed." for one in page.findChildren(QLabel))
    assert page.chosen is None


def test_retry_sends_a_refused_change_again_at_once(desk: UiDesk) -> None:
    record(desk, OpState.REJECTED)
    page = shown(desk, 2)
    press(desk, page, "Retry")
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.QUEUED])
    desk.qtbot.waitUntil(lambda: desk.desk.woken == ["a1"])


def test_discard_asks_and_withdraws(desk: UiDesk) -> None:
    record(desk, OpState.REJECTED)
    page = shown(desk, 2)
    press(desk, page, "Discard")
    box = next(one for one in page.findChildren(QMessageBox) if one.isVisible())
    assert desk.states() == [OpState.REJECTED]
    desk.qtbot.mouseClick(
        next(one for one in box.buttons() if one.text().replace("&", "") == "Discard"), Qt.MouseButton.LeftButton
    )
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED])
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 0)
    assert desk.desk.woken == ["a1"]


def test_copy_puts_the_whole_content_on_the_clipboard(desk: UiDesk) -> None:
    record(desk)
    page = shown(desk, 2)
    press(desk, page, "Copy")
    code = desk.operations()[0].support_code
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"Product diagnosed on 10042 · Saved here · support code {code}")
    assert "What was found: Fuse <b>blown</b>" in copied


def test_edit_opens_the_dialog_that_made_it(desk: UiDesk) -> None:
    record(desk, OpState.REJECTED)
    page = shown(desk, 2)
    press(desk, page, "Edit")
    desk.qtbot.waitUntil(lambda: bool(desk.dialogs()))
    assert desk.dialogs()[0].edits == desk.operations()[0].op_id


def test_a_check_is_answered_by_it_arrived_or_send_again(desk: UiDesk) -> None:
    record(desk, OpState.NEEDS_CHECK)
    page = shown(desk, 2)
    press(desk, page, "Not there, send again")
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.QUEUED])
    put_in_state(desk.desk.store, desk.operations()[1].op_id, OpState.NEEDS_CHECK)
    page.refresh()
    desk.qtbot.waitUntil(lambda: is_shown(page, desk.operations()[1].op_id, OpState.NEEDS_CHECK))
    press(desk, page, "It arrived")
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.DONE])
    desk.qtbot.waitUntil(lambda: desk.desk.woken == ["a1", "a1"])


def test_a_clash_shows_both_texts_in_words(desk: UiDesk) -> None:
    desk.clash("Dead after a thunderstorm", "Sparks")
    page = shown(desk, 2)
    said = texts(page)
    assert {"What the customer says, yours", "Burnt smell", "What the customer says, server now", "Sparks"} <= set(said)
    assert {"Status, yours", "In repair", "Status, server now", "Ready & waiting"} <= set(said)
    assert not [text for text in said if "s-work" in text]


def test_the_list_follows_changes_and_stays_on_the_chosen_entry(desk: UiDesk) -> None:
    record(desk)
    desk.desk.commands.record_event(desk.order, RepairStarted())
    page = shown(desk, 3)
    page.list.setCurrentIndex(page.list.model().index(2, 0))
    second = desk.operations()[1].op_id
    desk.qtbot.waitUntil(lambda: is_shown(page, second, OpState.QUEUED))
    wanted = page.chosen
    record(desk, OpState.REJECTED)
    desk.context.tasks.changed.emit(Changes(outbox=True))
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 5)
    assert isinstance(wanted, OutboxEntry)
    assert page.chosen is not None
    assert page.chosen.operation.op_id == wanted.operation.op_id


def test_a_removal_can_be_discarded_but_not_edited(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.DONE)
    desk.desk.commands.remove(desk.order, RecordType.ITEM, desk.operations()[0].record_id)
    put_in_state(desk.desk.store, desk.operations()[1].op_id, OpState.REJECTED)
    page = shown(desk, 2)
    words = [one.text().replace("&", "") for one in page.panel.findChildren(QPushButton) if not one.isHidden()]
    assert words == ["Retry", "Discard", "Copy", "Show order"]


def test_a_long_outbox_makes_no_widget_for_each_operation(desk: UiDesk) -> None:
    page = shown(desk, 0)
    for _ in range(40):
        record(desk)
    page.refresh()
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 41)
    assert len(page.panel.findChildren(QLabel)) < 40


def test_show_order_says_which(desk: UiDesk) -> None:
    record(desk)
    page = shown(desk, 2)
    with desk.qtbot.waitSignal(page.order_wished) as signal:
        press(desk, page, "Show order")
    assert signal.args == [desk.order]


def test_escape_leaves_the_page(desk: UiDesk) -> None:
    record(desk)
    page = shown(desk, 2)
    desk.wait_active(page)
    page.setFocus()
    with desk.qtbot.waitSignal(page.left):
        desk.qtbot.keyClick(page.list, Qt.Key.Key_Escape)


def test_what_no_dialog_asks_for_is_changed_in_the_order_and_not_edited_here(desk: UiDesk) -> None:
    desk.desk.commands.change_order(desk.order, {"priority": "HIGH"}, {})
    desk.desk.commands.change_order(put_order(desk.desk.store, server_id="so-2"), {"title": "Leaks"}, {})
    priority, title = desk.operations()
    assert not can_edit(priority)
    assert can_edit(title)
