"""Whatever is typed into an event's dialog is recorded exactly so, once, and never lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from techdesk.application.outbox import OpState
from techdesk.application.ports import Urgency
from techdesk.domain.errors import DiskFullError
from techdesk.domain.events import (
    EVENT_KINDS,
    INTERNAL_NOTE,
    AppointmentScheduling,
    AppointmentType,
    EventField,
    EventKind,
    FieldType,
    OtherEvent,
    ProductDiagnosed,
    RepairStarted,
    Resolved,
)
from techdesk.domain.orders import Customer
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.ui.dialogs import DIALOGS, dialog_for_event, open_event_dialog
from techdesk.ui.dialogs.event_dialog import EventDialog
from techdesk.ui.editors.choices import SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor, InstantsEditor
from techdesk.ui.editors.metadata import MetadataEditor
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from tests.support.builders import MORNING, an_order
from tests.support.outbox_states import put_in_state
from tests.support.shown_widgets import complaints
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""Suggestions drop down below a line, which the invisible screen cannot raise."""

TYPED_TIME = "2026-06-02 09:00"
TYPED_INSTANT = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)


def opened(desk: UiDesk, kind_name: str) -> EventDialog:
    dialog = open_event_dialog(desk.context, desk.detail(), kind_name)
    assert dialog is not None
    desk.wait_active(dialog)
    return dialog


def save(desk: UiDesk, dialog: EventDialog) -> None:
    with desk.qtbot.waitSignal(dialog.saved):
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def fill(desk: UiDesk, editor: Any, field: EventField) -> Any:
    """Type something into an editor as a person would, and return what it means."""
    if isinstance(editor, InstantsEditor):
        desk.qtbot.keyClicks(editor.next_slot.line, TYPED_TIME)
        desk.qtbot.keyClick(editor.next_slot.line, Qt.Key.Key_Return)
        return (TYPED_INSTANT,)
    if isinstance(editor, InstantEditor):
        editor.when.line.selectAll()
        desk.qtbot.keyClicks(editor.when.line, TYPED_TIME)
        return TYPED_INSTANT
    if isinstance(editor, SegmentsEditor):
        value, button = list(editor.buttons.items())[-1]
        desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        return value
    if isinstance(editor, MetadataEditor):
        desk.qtbot.keyClicks(editor.rows[0].name, "bay")
        desk.qtbot.keyClicks(editor.rows[0].value, "A3")
        return {"bay": "A3"}
    return fill_text(desk, editor, f"{field.label} <typed>")


def fill_text(desk: UiDesk, editor: Any, text: str) -> str:
    entry = editor.entry()
    assert isinstance(editor, TextEditor | LongTextEditor)
    entry.selectAll()
    desk.qtbot.keyClicks(entry, text)
    return text


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda one: one.name)
def test_every_field_of_every_kind_is_recorded_as_it_was_typed(desk: UiDesk, kind: EventKind) -> None:
    desk.put(an_order(service_kind=kind.service))
    dialog = opened(desk, kind.name)
    typed = {field.name: fill(desk, dialog.form.editor(field.name), field) for field in kind.fields}
    typed["notes"] = fill_text(desk, dialog.form.editor("notes"), "Seen by two of us")
    save(desk, dialog)
    assert desk.events() == [kind.event_class(**typed)]
    assert len(desk.operations()) == 1


def offer_resolutions(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "resolution_types", [{"name": "Repaired"}, {"name": "Replaced"}])
        tx.save_references("a1", "resolution_reasons", [{"name": "No power"}])
    desk.put(an_order(service_kind=ServiceKind.ONSITE))


def test_the_accounts_resolutions_drop_down_and_one_is_taken_with_the_keyboard(desk: UiDesk) -> None:
    offer_resolutions(desk)
    dialog = opened(desk, "resolved")
    line = dialog.form.editor("resolution_type").entry()
    assert isinstance(line, QLineEdit)
    desk.qtbot.keyClick(line, Qt.Key.Key_Down)
    offers = line.completer().popup()
    assert offers is not None
    desk.qtbot.waitUntil(offers.isVisible)
    model = line.completer().completionModel()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Repaired", "Replaced"]
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        desk.qtbot.keyClick(offers, key)
    fill_text(desk, dialog.form.editor("reason"), "In no list")
    save(desk, dialog)
    assert desk.events() == [Resolved(resolution_type="Replaced", reason="In no list")]


def test_without_listed_resolutions_there_is_only_a_line(desk: UiDesk) -> None:
    desk.put(an_order(service_kind=ServiceKind.ONSITE))
    line = opened(desk, "resolved").form.editor("resolution_type").entry()
    assert line.actions() == []


def test_an_event_of_any_name_is_recorded_with_its_details(desk: UiDesk) -> None:
    dialog = opened(desk, "")
    fill_text(desk, dialog.form.editor("event"), "battery_calibrated")
    desk.qtbot.keyClicks(dialog.form.editor("metadata").entry(), "cycles")
    editor = dialog.form.editor("metadata")
    assert isinstance(editor, MetadataEditor)
    desk.qtbot.keyClicks(editor.rows[0].value, "312")
    save(desk, dialog)
    assert desk.events() == [OtherEvent(event="battery_calibrated", event_date=MORNING, metadata={"cycles": "312"})]


def test_an_event_of_any_name_needs_a_name(desk: UiDesk) -> None:
    dialog = opened(desk, "")
    dialog.save()
    assert dialog.form.problems() == {"event": "Give the event a name"}
    assert desk.operations() == []


def test_a_name_of_the_catalogue_is_sent_to_its_own_form(desk: UiDesk) -> None:
    dialog = opened(desk, "")
    fill_text(desk, dialog.form.editor("event"), "repair_started")
    dialog.save()
    assert any("has its own form" in label.text() for label in dialog.findChildren(QLabel))
    assert desk.operations() == []


def test_a_note_is_one_field_and_must_say_something(desk: UiDesk) -> None:
    dialog = opened(desk, INTERNAL_NOTE)
    dialog.save()
    assert dialog.form.problems() == {"notes": "Write the note first"}
    fill_text(desk, dialog.form.editor("notes"), "Called back at noon")
    save(desk, dialog)
    note = OtherEvent(event=INTERNAL_NOTE, event_date=MORNING, notes="Called back at noon")
    assert desk.events() == [note]


@pytest.mark.parametrize("name", DIALOGS)
def test_special_dialogs_are_only_for_names_that_exist(name: str) -> None:
    assert name in {*EVENT_KINDS, INTERNAL_NOTE}


def test_me_and_now_are_filled_in(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    save(desk, dialog)
    assert desk.events() == [ProductDiagnosed(diagnosed_by="Kim Larsen", diagnostic_completed_at=MORNING)]


def test_the_keyboard_starts_in_the_first_empty_field(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    desk.qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    assert QApplication.focusWidget() is dialog.form.editor("diagnostic_explanation").entry()


def test_an_appointment_s_time_is_typed_at_once_as_what_happened_to_it_is_chosen(desk: UiDesk) -> None:
    desk.put(an_order(service_kind=ServiceKind.ONSITE))
    for expected in (AppointmentType.SCHEDULED, AppointmentType.RESCHEDULED):
        dialog = opened(desk, "appointment_scheduling")
        desk.qtbot.keyClicks(dialog.focusWidget(), TYPED_TIME)
        save(desk, dialog)
        assert desk.events()[-1] == AppointmentScheduling(
            appointment_event_type=expected, appointment_date=TYPED_INSTANT
        )
    cancelled = AppointmentScheduling(appointment_event_type=AppointmentType.CANCELLED)
    desk.desk.commands.record_event(desk.order, cancelled)
    assert opened(desk, "appointment_scheduling").form.values()["appointment_event_type"] == AppointmentType.SCHEDULED


def test_an_appointment_that_is_changed_says_what_it_said(desk: UiDesk) -> None:
    desk.put(an_order(service_kind=ServiceKind.ONSITE))
    desk.desk.commands.record_event(desk.order, AppointmentScheduling(appointment_date=TYPED_INSTANT))
    dialog = dialog_for_event(desk.context, desk.detail(), desk.detail().events[0])
    assert dialog.form.values()["appointment_event_type"] is None
    dialog.deleteLater()


@pytest.mark.parametrize("kind_name", [*EVENT_KINDS, INTERNAL_NOTE, ""])
def test_every_field_is_reached_with_alt_and_its_letter(desk: UiDesk, kind_name: str) -> None:
    service = EVENT_KINDS[kind_name].service if kind_name in EVENT_KINDS else ServiceKind.DEPOT
    desk.put(an_order(service_kind=service))
    dialog = opened(desk, kind_name)
    for label in dialog.form.findChildren(QLabel):
        if "&" in label.text():
            letter = label.text()[label.text().index("&") + 1]
            dialog.save_button.setFocus()
            desk.qtbot.keyClick(dialog, letter.lower(), Qt.KeyboardModifier.AltModifier)
            assert QApplication.focusWidget() is label.buddy(), label.text()
            assert label.buddy() is not None


def test_what_was_recorded_is_told_with_its_order(desk: UiDesk) -> None:
    save(desk, opened(desk, "product_received"))
    assert [one.title for one in desk.told] == ["Product received recorded on 10042"]


def test_the_enter_of_a_scanner_never_saves(desk: UiDesk) -> None:
    dialog = opened(desk, "product_received")
    line = dialog.form.editor("received_by").entry()
    desk.qtbot.keyClicks(line, "SN-4711")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.qtbot.keyClick(line, Qt.Key.Key_Enter)
    assert (dialog.isVisible(), dialog.question.isVisible(), dialog.save_button.isEnabled()) == (True, False, True)
    assert not [one.text() for one in dialog.findChildren(QPushButton) if one.isDefault() or one.autoDefault()]
    assert desk.operations() == []


def test_escape_closes_at_once_when_nothing_was_typed(desk: UiDesk) -> None:
    dialog = opened(desk, "product_received")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_question_before_a_form_goes_takes_no_room_from_it(desk: UiDesk) -> None:
    dialog = open_event_dialog(desk.context, desk.detail(), "product_diagnosed")
    assert dialog is not None
    dialog.form.editor("notes").retype("The hinge is worn")
    before = dialog.form.visibleRegion().boundingRect().height()
    assert before == dialog.form.height()
    dialog.reject()
    desk.qtbot.waitUntil(dialog.question.isVisible)
    assert dialog.form.visibleRegion().boundingRect().height() >= before


def test_escape_asks_when_something_was_typed_and_escape_again_goes_on(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    fill_text(desk, dialog.form.editor("diagnostic_explanation"), "Fuse")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.question.isVisible()
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert (dialog.isVisible(), dialog.question.isVisible(), dialog.save_button.isEnabled()) == (True, False, True)
    assert not [one.text() for one in dialog.findChildren(QPushButton) if one.isDefault() or one.autoDefault()]
    assert dialog.form.values()["diagnostic_explanation"] == "Fuse"
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    desk.qtbot.mouseClick(dialog.discard_button, Qt.MouseButton.LeftButton)
    assert desk.operations() == []


def test_keep_writing_goes_back_to_the_field_one_was_in_also_where_it_cannot_be_read(desk: UiDesk) -> None:
    dialog = opened(desk, "repair_eta")
    for row, text in (("estimated_repair_completion_at", "in a while"), ("notes", "Waits for a valve")):
        entry = dialog.form.editor(row).entry()
        entry.setFocus()
        desk.qtbot.keyClicks(entry, text)
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.keep_button.hasFocus()
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.focusWidget() is entry
    dialog.cancel_button.setFocus()
    desk.qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.form.isAncestorOf(dialog.focusWidget())


def test_closing_the_window_asks_as_escape_does(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    fill_text(desk, dialog.form.editor("diagnostic_explanation"), "Fuse")
    dialog.close()
    assert dialog.isVisible()
    assert dialog.question.isVisible()


def test_a_save_that_fails_keeps_the_dialog_and_the_text(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise DiskFullError

    dialog = opened(desk, "product_diagnosed")
    fill_text(desk, dialog.form.editor("diagnostic_explanation"), "Fuse")
    monkeypatch.setattr(desk.desk.commands, "record_event", full)
    dialog.save()
    desk.qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.notice.text().startswith("Not saved. ")
    assert dialog.form.values()["diagnostic_explanation"] == "Fuse"
    monkeypatch.undo()
    save(desk, dialog)
    assert len(desk.operations()) == 1


def test_text_that_cannot_be_stored_is_refused_and_kept(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    editor = dialog.form.editor("diagnosed_by")
    assert isinstance(editor, TextEditor)
    editor.line.setText("Kim\0Larsen")
    dialog.save()
    desk.qtbot.waitUntil(lambda: bool(complaints(dialog.form)))
    assert complaints(dialog.form)[0].startswith("This text holds characters that cannot be stored")
    assert (editor.value(), desk.operations()) == ("Kim\0Larsen", [])


def test_what_a_pasted_text_hides_is_left_out_so_that_the_rest_is_saved(desk: UiDesk) -> None:
    dialog = opened(desk, "product_diagnosed")
    by, notes = dialog.form.editor("diagnosed_by"), dialog.form.editor("notes")
    assert isinstance(by, TextEditor)
    assert isinstance(notes, LongTextEditor)
    by.line.setText("Kim Larsen")
    by.line.setCursorPosition(3)
    QApplication.clipboard().setText("\0 \0B.")
    by.line.paste()
    desk.qtbot.keyClicks(by.line, "!")
    QApplication.clipboard().setText("Fuse\0 blown\n\tseal 🔧")
    notes.text.paste()
    save(desk, dialog)
    (event,) = desk.events()
    assert isinstance(event, ProductDiagnosed)
    assert (event.diagnosed_by, event.notes) == ("Kim B.! Larsen", "Fuse blown\n\tseal 🔧")


def test_a_wrong_time_is_named_under_its_field_until_it_is_right(desk: UiDesk) -> None:
    dialog = opened(desk, "repair_started")
    editor = dialog.form.editor("repair_started_at")
    assert isinstance(editor, InstantEditor)
    editor.when.line.setText("noon")
    dialog.save()
    complaint = next(one for one in dialog.findChildren(QLabel) if "for example" in one.text())
    assert complaint.isVisible()
    editor.when.line.setText("12:00")
    assert not complaint.isVisible()
    save(desk, dialog)
    assert desk.events() == [RepairStarted(repair_started_at=datetime(2026, 6, 1, 10, 0, tzinfo=UTC))]


def test_html_in_a_customer_s_name_is_shown_literally(desk: UiDesk) -> None:
    desk.put(an_order(customer=Customer(name="<b>Berg</b> & <img src=x>")))
    dialog = opened(desk, "repair_started")
    label = next(one for one in dialog.findChildren(QLabel) if "<b>Berg</b>" in one.text())
    assert label.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize("text", ["x" * 100_000, "🔧 fertig", "התקבל ונבדק"], ids=["100 KB", "emoji", "right to left"])
def test_any_pasted_note_is_recorded_whole(desk: UiDesk, text: str) -> None:
    dialog = opened(desk, "repair_started")
    editor = dialog.form.editor("notes")
    assert isinstance(editor, LongTextEditor)
    editor.text.insertPlainText(text)
    save(desk, dialog)
    assert desk.events()[0].notes == text


def test_a_closed_order_says_why_and_opens_nothing(desk: UiDesk) -> None:
    desk.put(an_order(service_state=ServiceState.CLOSED))
    assert open_event_dialog(desk.context, desk.detail(), "repair_started") is None
    assert desk.told[0].title == "This order is closed. A supervisor can reopen it by giving it another status"


def test_changing_an_event_leaves_what_was_not_touched(desk: UiDesk) -> None:
    desk.put(an_order(service_kind=ServiceKind.ONSITE))
    before = Resolved(resolution_type="repaired", reason="fuse", notes="ok", extra={"theirs": [1, 2]})
    desk.desk.commands.record_event(desk.order, before)
    dialog = dialog_for_event(desk.context, desk.detail(), desk.detail().events[0])
    dialog.open()
    desk.wait_active(dialog)
    fill_text(desk, dialog.form.editor("reason"), "fuse and varistor")
    save(desk, dialog)
    after = Resolved(resolution_type="repaired", reason="fuse and varistor", notes="ok", extra={"theirs": [1, 2]})
    assert desk.events() == [after]


def test_a_rejected_event_is_edited_in_its_own_dialog(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, ProductDiagnosed(diagnostic_explanation="Fuse"))
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.REJECTED)
    dialog = dialog_for_event(desk.context, desk.detail(), desk.detail().events[0])
    dialog.edits = desk.operations()[0].op_id
    dialog.open()
    desk.wait_active(dialog)
    fill_text(desk, dialog.form.editor("diagnostic_explanation"), "Fuse and varistor")
    save(desk, dialog)
    states = [one.state for one in desk.operations()]
    assert states == [OpState.CANCELLED, OpState.QUEUED]
    assert desk.operations()[1].intent["data"] == {"diagnosticExplanation": "Fuse and varistor"}
    assert desk.operations()[1].intent["event_type"] == "product_diagnosed"


def test_every_field_type_of_the_catalogue_was_typed_into() -> None:
    used = {field.holds for kind in EVENT_KINDS.values() for field in kind.fields}
    assert used | {FieldType.METADATA} == set(FieldType)
