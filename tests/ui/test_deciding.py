"""A person decides about a conflict, a check or a refusal in one dialog each, with the keyboard alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from techdesk.application.outbox import (
    MERGED,
    ROLLED_BACK,
    Attempt,
    Clash,
    FrozenRequest,
    OpState,
    Outcome,
    OutcomeClass,
)
from techdesk.application.ports import Urgency
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.instants import instant_text
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.sync_center.case_dialog import CaseDialog
from techdesk.ui.sync_center.case_words import ANSWERS, attempts_in_words, spelled
from techdesk.ui.sync_center.clash_dialog import ClashDialog
from techdesk.ui.sync_center.deciding import decision_dialog, open_decision, read_case
from tests.support.builders import MORNING
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk

_Dialog = TypeVar("_Dialog", bound=QDialog)


def conflict(desk: UiDesk) -> str:
    """Change two fields of the order that Ana changed too; returns the operation's id."""
    op_id = desk.clash("Dead", "<b>Sparks</b>")
    theirs = {"description": "<b>Sparks</b>", "service_status_uid": "s-done"}
    stamp = {"last_modified_by": "Ana Ruiz", "last_modified_at": instant_text(MORNING - timedelta(minutes=40))}
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        record = tx.record("a1", RecordType.ORDER, desk.order.order_id)
        assert record is not None
        tx.save_record(replace(record, base={**(record.base or {}), **theirs, **stamp}))
    return op_id


def removal_in_conflict(desk: UiDesk) -> str:
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    put_in_state(desk.desk.store, desk.operations()[-1].op_id, OpState.DONE)
    desk.desk.commands.remove(desk.order, RecordType.ITEM, desk.operations()[-1].record_id)
    op_id = desk.operations()[-1].op_id
    clash = Clash(op_id=op_id, field="quantity", base="1", mine=None, theirs="2")
    put_in_state(desk.desk.store, op_id, OpState.CONFLICT, "Changed", [clash])
    return op_id


def sent_event(desk: UiDesk, state: OpState, reason: str = "") -> str:
    """Record an event that was sent and came to a state; returns its operation's id."""
    desk.desk.commands.record_event(desk.order, ProductDiagnosed(diagnostic_explanation="Fuse <b>blown</b>"))
    operation = desk.operations()[-1]
    request = FrozenRequest(method="POST", path="/x", headers={"Idempotency-Key": "k"}, body=b'{"a": "\xc3\xa6"}')
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        sent = replace(operation, state=OpState.INFLIGHT, attempts=1, last_sent_at=MORNING, request=request)
        tx.save_operation(sent)
        tx.save_operation(replace(sent, state=state, reason=reason))
        tx.add_attempt(operation.op_id, MORNING, "send", None)
        tx.add_attempt(operation.op_id, MORNING, "answer", Outcome(kind=OutcomeClass.AMBIGUOUS))
        tx.add_attempt(operation.op_id, MORNING + timedelta(minutes=3), "look", None)
    return operation.op_id


def opened(desk: UiDesk, window: QWidget, op_id: str, kind: type[_Dialog]) -> _Dialog:
    open_decision(desk.context, op_id, window)
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), kind))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, kind)
    return dialog


def press(desk: UiDesk, *keys: Qt.Key, ctrl: bool = False) -> None:
    """Press keys on whatever has the keyboard."""
    for key in keys:
        focused = QApplication.focusWidget()
        assert focused is not None
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(focused, key, held)


def words(dialog: QWidget) -> list[str]:
    return [one.text() for one in dialog.findChildren(QLabel) if one.isVisibleTo(dialog)]


def preview(dialog: ClashDialog) -> list[str]:
    items = (dialog.preview.itemAt(at) for at in range(dialog.preview.count()))
    found = [item.widget() for item in items if item]
    return [one.text() for one in found if isinstance(one, QLabel)]


def test_a_conflict_shows_three_texts_of_each_field_and_who_was_there_with_nothing_chosen(
    desk: UiDesk, window: QWidget
) -> None:
    dialog = opened(desk, window, conflict(desk), ClashDialog)
    said = words(dialog)
    assert {"Field", "When you opened it", "Yours", "What stays", "What the customer says", "Status"} <= set(said)
    assert {"Dead", "Burnt smell", "<b>Sparks</b>", "Received", "In repair", "Ready & waiting"} <= set(said)
    assert "Server now\nAna Ruiz · Today 10:32" in said
    assert dialog.choices == {}
    assert not [one for row in dialog.rows.values() for one in row.buttons.values() if one.isChecked()]
    assert not dialog.save_button.isEnabled()
    assert dialog.left.text() == "2 fields to choose"
    assert preview(dialog) == ["What the customer says", "not chosen yet", "Status", "not chosen yet"]
    assert not [text for text in said if "s-work" in text]


def test_a_conflict_is_settled_with_the_keyboard_alone(desk: UiDesk, window: QWidget) -> None:
    op_id = conflict(desk)
    dialog = opened(desk, window, op_id, ClashDialog)
    press(desk, Qt.Key.Key_1, Qt.Key.Key_Down, Qt.Key.Key_2)
    assert dialog.choices == {"description": "mine", "service_status_uid": "theirs"}
    assert preview(dialog) == ["What the customer says", "Burnt smell", "Status", "Ready & waiting"]
    press(desk, Qt.Key.Key_Return, ctrl=True)
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.QUEUED])
    successor = desk.operations()[-1]
    assert (successor.replaces, successor.intent) == (op_id, {"description": "Burnt smell"})
    assert successor.base == {"description": "<b>Sparks</b>"}
    desk.qtbot.waitUntil(lambda: desk.desk.woken == ["a1"])


def test_nothing_is_saved_while_a_field_is_open(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, conflict(desk), ClashDialog)
    press(desk, Qt.Key.Key_1)
    press(desk, Qt.Key.Key_Return, ctrl=True)
    assert dialog.isVisible()
    press(desk, Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert desk.states() == [OpState.CONFLICT]


def test_a_text_of_ones_own_begins_with_both_and_goes_out(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, conflict(desk), ClashDialog)
    press(desk, Qt.Key.Key_3)
    row = dialog.rows["description"]
    assert row.own.hasFocus()
    assert row.own.toPlainText() == "Burnt smell\n<b>Sparks</b>"
    desk.qtbot.keyClicks(row.own, " too")
    assert preview(dialog)[1].endswith("<b>Sparks</b> too")
    row.own.setPlainText("Burnt smell, and sparks 1 2 3")
    assert preview(dialog)[1] == "Burnt smell, and sparks 1 2 3"
    press(desk, Qt.Key.Key_Escape)
    assert row.hasFocus()
    press(desk, Qt.Key.Key_Down, Qt.Key.Key_1, Qt.Key.Key_3)
    assert dialog.choices["service_status_uid"] == "mine"
    press(desk, Qt.Key.Key_Return, ctrl=True)
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.QUEUED])
    assert desk.operations()[-1].intent["description"] == "Burnt smell, and sparks 1 2 3"


def test_a_conflict_whose_fields_were_lost_can_still_be_left_and_saved(desk: UiDesk, window: QWidget) -> None:
    op_id = conflict(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_clashes(op_id, [])
    dialog = opened(desk, window, op_id, ClashDialog)
    assert dialog.save_button.isEnabled()
    dialog.save()
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.QUEUED])


def test_all_mine_and_all_theirs_need_a_second_press(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, conflict(desk), ClashDialog)
    dialog.all_theirs.setFocus()
    press(desk, Qt.Key.Key_Space)
    assert dialog.choices == {}
    assert dialog.all_theirs.text() == "Press again: all theirs"
    dialog.all_mine.setFocus()
    assert dialog.all_theirs.text() == "All &theirs"
    press(desk, Qt.Key.Key_Space, Qt.Key.Key_Space)
    assert set(dialog.choices.values()) == {"mine"}


def test_choosing_theirs_throughout_sends_nothing(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, conflict(desk), ClashDialog)
    for row in dialog.rows.values():
        row.choose("theirs")
    dialog.save()
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED])
    assert desk.detail().order.description == "<b>Sparks</b>"


def test_a_choice_that_cannot_be_saved_says_why_and_stays(desk: UiDesk, window: QWidget) -> None:
    op_id = conflict(desk)
    dialog = opened(desk, window, op_id, ClashDialog)
    desk.desk.commands.outbox.discard(op_id)
    for row in dialog.rows.values():
        row.choose("mine")
    dialog.save()
    desk.qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.notice.text() == "Not saved. This was withdrawn or replaced already"
    assert set(dialog.choices.values()) == {"mine"}


@pytest.mark.parametrize(
    ("key", "outcome", "left"),
    [
        (Qt.Key.Key_1, "The item is removed, with what was changed meanwhile.", OpState.QUEUED),
        (Qt.Key.Key_2, "The item stays as the server has it now. Your removal goes to the history.", None),
    ],
    ids=["remove", "keep"],
)
def test_a_removal_in_conflict_is_explained_and_decided(
    desk: UiDesk, window: QWidget, key: Qt.Key, outcome: str, left: OpState | None
) -> None:
    dialog = opened(desk, window, removal_in_conflict(desk), ClashDialog)
    assert [text for text in words(dialog) if text.startswith("You removed this item. Somebody else changed it")]
    assert dialog.rows == {}
    assert preview(dialog) == ["Not chosen yet."]
    press(desk, key)
    assert preview(dialog) == [outcome]
    press(desk, Qt.Key.Key_Return, ctrl=True)
    desk.qtbot.waitUntil(lambda: OpState.CANCELLED in desk.states())
    assert [one.state for one in desk.operations() if not one.state.is_settled] == ([left] if left else [])


def test_a_check_shows_what_when_to_whom_and_its_code_in_words(desk: UiDesk, window: QWidget) -> None:
    op_id = sent_event(desk, OpState.NEEDS_CHECK)
    dialog = opened(desk, window, op_id, CaseDialog)
    said = words(dialog)
    code = desk.operations()[-1].support_code
    assert {"Did this arrive?", "Product diagnosed on 10042", "Fuse <b>blown</b>"} <= set(said)
    assert {"Today 11:12", "Bench · http://127.0.0.1:1", "10042 · No power", f"{code[:3]} {code[3:]}"} <= set(said)
    assert "11:12 sent, no answer · 11:15 looked, not there yet" in said
    assert len(dialog.answers) == 3
    assert all(button.accessibleDescription() in said for button in dialog.answers)


def test_the_exact_request_is_shown_on_demand_only(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, sent_event(desk, OpState.NEEDS_CHECK), CaseDialog)
    assert not dialog.exact.isVisible()
    dialog.show_exact.click()
    assert dialog.exact.isVisible()
    assert dialog.exact.toPlainText() == 'POST /x\nIdempotency-Key: k\n\n{"a": "æ"}'
    dialog.show_exact.click()
    assert not dialog.exact.isVisible()


def test_what_can_be_read_out_on_the_phone_is_copied(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, sent_event(desk, OpState.NEEDS_CHECK), CaseDialog)
    press(desk, Qt.Key.Key_C, ctrl=True)
    copied = QGuiApplication.clipboard().text().splitlines()
    code = desk.operations()[-1].support_code
    assert copied[0].startswith("This is about repair order 10042. I sent the following and got no answer.")
    assert "Where: Bench · http://127.0.0.1:1" in copied
    assert "Sent: Today 11:12 · 2026-06-01 · Kim Larsen" in copied
    assert "What was found: Fuse <b>blown</b>" in copied
    assert copied[-1] == f"Support code: {code[:3]} {code[3:]} ({spelled(code)})"
    assert dialog.isVisible()


@pytest.mark.parametrize(
    ("key", "after"),
    [
        (Qt.Key.Key_1, [OpState.DONE]),
        (Qt.Key.Key_2, [OpState.CANCELLED, OpState.QUEUED]),
    ],
    ids=["arrived", "again"],
)
def test_a_check_is_answered_by_going_to_an_answer_and_giving_it(
    desk: UiDesk, window: QWidget, key: Qt.Key, after: list[OpState]
) -> None:
    opened(desk, window, sent_event(desk, OpState.NEEDS_CHECK), CaseDialog)
    press(desk, Qt.Key.Key_3, key)
    assert desk.states() == [OpState.NEEDS_CHECK]
    press(desk, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: desk.states() == after)
    desk.qtbot.waitUntil(lambda: desk.desk.woken == ["a1"])


def test_discarding_needs_a_second_press(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, sent_event(desk, OpState.NEEDS_CHECK), CaseDialog)
    press(desk, Qt.Key.Key_3, Qt.Key.Key_Space)
    assert dialog.answers[-1].text() == "Press again: discard"
    assert desk.states() == [OpState.NEEDS_CHECK]
    press(desk, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED])


def test_a_refusal_offers_to_retry_to_edit_and_to_discard(desk: UiDesk, window: QWidget) -> None:
    dialog = opened(desk, window, sent_event(desk, OpState.REJECTED, "The order was closed"), CaseDialog)
    assert {"The server refused this", "The order was closed"} <= set(words(dialog))
    assert [one.text().replace("&", "") for one in dialog.answers] == ["Retry", "Edit…", "Discard"]
    press(desk, Qt.Key.Key_2, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), SavingDialog))
    assert desk.dialogs()[0].edits == desk.operations()[-1].op_id


def test_an_answer_that_comes_too_late_says_so_and_the_dialog_stays(desk: UiDesk, window: QWidget) -> None:
    op_id = sent_event(desk, OpState.NEEDS_CHECK)
    dialog = opened(desk, window, op_id, CaseDialog)
    desk.desk.commands.outbox.it_arrived(op_id)
    press(desk, Qt.Key.Key_2, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.notice.text().startswith("Not saved. This is confirmed already")
    assert all(one.isEnabled() for one in dialog.answers)


def test_what_waits_for_nobody_opens_no_dialog(desk: UiDesk, window: QWidget) -> None:
    desk.desk.commands.record_event(desk.order, ProductDiagnosed())
    open_decision(desk.context, desk.operations()[-1].op_id, window)
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "This no longer waits for a decision"


@pytest.mark.parametrize("make", [conflict, removal_in_conflict, lambda desk: sent_event(desk, OpState.NEEDS_CHECK)])
def test_the_dialogs_fit_the_smallest_window(desk: UiDesk, window: QWidget, make) -> None:
    op_id = make(desk)
    with desk.desk.store.read() as view:
        read = read_case(view, op_id)
    assert read is not None
    dialog = decision_dialog(desk.context, *read, window)
    assert dialog is not None
    dialog.show()
    assert dialog.width() <= 1024
    assert dialog.height() <= 700
    assert dialog.minimumSizeHint().width() <= 1024
    assert dialog.minimumSizeHint().height() <= 700
    dialog.close()


def test_the_orders_badge_opens_the_decision(desk: UiDesk) -> None:
    conflict(desk)
    made = MainWindow(desk.context)
    made.show()
    made.work.open_order(desk.order)
    badge = made.work.pane.header.badge
    desk.qtbot.waitUntil(badge.isVisible)
    assert badge.text() == "Conflict"
    desk.qtbot.mouseClick(badge, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ClashDialog))


def test_a_key_opens_what_is_most_pressing_on_the_order_else_what_needs_one_elsewhere(desk: UiDesk) -> None:
    made = MainWindow(desk.context)
    made.show()
    made.decide()
    assert desk.told[-1].title == "Nothing needs you"
    op_id = conflict(desk)
    made.status.count_unsent()
    desk.qtbot.waitUntil(lambda: made.status.needs_person == 1)
    made.decide()
    assert made.pages.currentWidget() is made.sync_center
    desk.qtbot.waitUntil(lambda: made.sync_center.chosen is not None)
    made.decide()
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ClashDialog))
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.close()
    made.show_sync_center()
    made.work.open_order(desk.order)
    made.decide()
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ClashDialog))
    desk.desk.commands.outbox.discard(op_id)


def test_what_happened_is_said_with_its_times_and_only_the_latest_of_a_long_day(desk: UiDesk) -> None:
    formats = desk.context.formats
    began = MORNING - timedelta(days=1)
    lost = [Attempt(at=began, phase="send"), Attempt(at=began, phase="restart")]
    assert attempts_in_words(lost, formats) == ("Yesterday 11:12 sent, TechDesk was closed before the answer came")
    merged = [
        Attempt(at=MORNING, phase="send"),
        Attempt(at=MORNING, phase=MERGED, reason="somebody else changed title"),
    ]
    assert attempts_in_words(merged, formats) == "11:12 sent, somebody else changed title"
    taken_back = [Attempt(at=MORNING, phase="send"), Attempt(at=MORNING, phase=ROLLED_BACK)]
    assert attempts_in_words(taken_back, formats) == "11:12 sent, the server went back to an older state"
    looked = [Attempt(at=MORNING, phase="look", kind=kind) for kind in (OutcomeClass.APPLIED, OutcomeClass.AMBIGUOUS)]
    assert attempts_in_words(looked, formats) == "11:12 looked, it is there · 11:12 looked, could not tell"


def test_what_was_tried_again_and_again_with_the_same_end_is_said_once(desk: UiDesk) -> None:
    formats = desk.context.formats

    def tried(kind: OutcomeClass, minute: int = 0) -> list[Attempt]:
        at = MORNING + timedelta(minutes=minute)
        return [Attempt(at=at, phase="send"), Attempt(at=at, phase="answer", kind=kind)]

    away = [one for minute in range(20) for one in tried(OutcomeClass.NOT_SENT, minute)]
    assert attempts_in_words(away, formats) == "11:12 sent, did not get out (20 times until 11:31)"
    assert attempts_in_words(away[:2] * 3, formats) == "11:12 sent, did not get out (3 times)"
    assert attempts_in_words(away[:1], formats) == "11:12 sent"
    apart = tried(OutcomeClass.NOT_SENT) + tried(OutcomeClass.AMBIGUOUS, 1) + tried(OutcomeClass.NOT_SENT, 2)
    assert attempts_in_words(apart, formats) == (
        "11:12 sent, did not get out · 11:13 sent, no answer · 11:14 sent, did not get out"
    )
    turns = (tried(OutcomeClass.NOT_SENT) * 2 + tried(OutcomeClass.AMBIGUOUS)) * 7
    assert attempts_in_words(turns, formats).startswith("3 earlier · 11:12 sent, did not get out (2 times) · ")


def test_every_outcome_has_words_without_a_number() -> None:
    assert set(ANSWERS) == set(OutcomeClass)
    assert not [text for text in ANSWERS.values() if any(sign.isdigit() for sign in text)]


def test_ones_own_name_is_not_given_for_somebody_else(desk: UiDesk, window: QWidget) -> None:
    op_id = conflict(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(replace(tx.accounts()[0], user_name="Ana Ruiz", user_uid="u-ana"))
    dialog = opened(desk, window, op_id, ClashDialog)
    said = words(dialog)
    assert any(one.startswith("Somebody else changed the same") for one in said)
    assert not any("Ana Ruiz" in one for one in said)
