"""A whole order is changed in one form that its system describes, shown in cards, and named in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from techdesk.application.editing.drafts import FormDraft, open_forms
from techdesk.application.outbox import Clash, Operation, OpState, OrderRef
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.connectors.resource_scheduler.mapping import pulled_order
from techdesk.connectors.resource_scheduler.settings import RESOURCE_SCHEDULER
from techdesk.domain.records import RecordType
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.editors.place_time import PlaceTimeEditor
from techdesk.ui.editors.plain_values import FixedText, LinesEditor, TicksEditor, WholeEditor
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.on_demand import OnDemand
from techdesk.ui.sync_center.center import SyncCenter
from techdesk.ui.tabs.overview import OverviewTab
from techdesk.ui.whole_order.dialogs import EntryDialog, WholeOrderDialog, change_dialog
from techdesk.ui.whole_order.group_table import GroupTable
from techdesk.wire.resource_scheduler import Form, edit
from tests.support.builders import an_account
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk

SAMPLE = Path(__file__).parents[1] / "data" / "resource_scheduler" / "sample.json"
ITEM, SECOND = "rs:ServiceOrderItemList/1", "rs:ServiceOrderItemList/1.2"
OPTIONS = f"{ITEM}/ServiceItemOptionList"
COST_CENTRE, BUDGET = "rs:UdfList/1/Value", "rs:UdfList/1.2/Value"
START = "rs:DeliveryOrStartDateLocal"
IN_NEW_YORK: dict[str, Any] = {
    "ServiceLocationOlsonTimeZone": "America/New_York",
    "DeliveryOrStartDateUtc": "2026-03-08T06:30:00.0000000Z",
    "Description": "Projector flickers",
    "ServiceOrderItemList/0/Name": "Lamp",
    "ServiceOrderItemList/1/Name": "Cable",
    "ServiceOrderItemList/0/ServiceItemOptionList/0/ServiceOptionName": "Express",
    "UdfList/0/Name": "Cost centre",
    "UdfList/0/AdminOnly": False,
    "UdfList/0/InputType": 1,
    "UdfList/1/Name": "Budget <b>by</b>",
}


class Rooms(UiDesk):
    """A desk whose one account keeps whole orders; its order is the document's own sample with believable values."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot)
        self.desk.more_systems.append(RESOURCE_SCHEDULER)
        with self.desk.store.write(Urgency.BACKGROUND) as tx:
            tx.save_account(an_account(system="resource_scheduler"))
        self.show({})

    def show(self, changes: dict[str, Any]) -> None:
        """Put the sample into the store, with further changes."""
        raw = edit(SAMPLE.read_bytes(), Form.JSON, IN_NEW_YORK | changes)
        pulled = pulled_order(raw, Form.JSON, "EUR")
        record = StoredRecord(
            account_id="a1",
            record_type=RecordType.ORDER,
            record_id="rs-1",
            order_id="rs-1",
            server_id=pulled.server_id,
            revision=pulled.revision,
            base=pulled.document,
            view=pulled.document,
        )
        with self.desk.store.write(Urgency.BACKGROUND) as tx:
            tx.save_record(record)
        self.order = OrderRef("a1", "rs-1")

    def drafts(self) -> list[FormDraft]:
        """Return what is kept of open forms."""
        with self.desk.store.read() as view:
            return open_forms(view)

    def form(self) -> WholeOrderDialog:
        """Open the form of the order."""
        dialog = change_dialog(self.context, self.detail())
        assert isinstance(dialog, WholeOrderDialog)
        dialog.open()
        return dialog

    def saved(self, dialog: WholeOrderDialog) -> Operation:
        """Save the form and return the operation."""
        with self.qtbot.waitSignal(dialog.saved):
            dialog.save()
        return self.operations()[-1]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Rooms]:
    made = Rooms(qtbot)
    yield made
    made.close()


def type_into(dialog: WholeOrderDialog | EntryDialog, key: str, text: str) -> None:
    editor = dialog.form.editor(key)
    if isinstance(editor, LongTextEditor):
        editor.text.setPlainText(text)
    elif isinstance(editor, PlaceTimeEditor):
        editor.when.line.setText(text)
    else:
        assert isinstance(editor, TextEditor)
        editor.line.setText(text)


def table_of(dialog: QWidget) -> GroupTable:
    return dialog.findChildren(GroupTable)[0]


def texts(widget: QWidget) -> list[str]:
    QCoreApplication.sendPostedEvents()
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def page_of(dialog: WholeOrderDialog) -> str:
    item = dialog.pages.list.currentItem()
    return item.text()


def test_an_order_of_a_usual_system_keeps_its_usual_dialog(qtbot: QtBot) -> None:
    desk = UiDesk(qtbot)
    dialog = change_dialog(desk.context, desk.detail())
    assert isinstance(dialog, OrderDialog)
    dialog.close()
    desk.close()


def test_opening_and_saving_the_form_changes_nothing(desk: Rooms) -> None:
    dialog = desk.form()
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert desk.operations() == []


def test_everything_that_was_changed_is_one_change(desk: Rooms) -> None:
    dialog = desk.form()
    type_into(dialog, "customer/name", "Ann Lee")
    type_into(dialog, COST_CENTRE, "4712")
    type_into(dialog, "rs:TaxAmount", "19,50")
    table = table_of(dialog)
    inner = dialog.open_entry(table, ITEM)
    type_into(inner, f"{ITEM}/Quantity", "12")
    options = table_of(inner)
    added = inner.open_entry(options, "")
    type_into(added, f"{OPTIONS}/new1/ServiceOptionName", "Oat milk")
    added.save()
    inner.save()
    operation = desk.saved(dialog)
    assert operation.intent == {
        "customer": {"name": "Ann Lee", "email": "sample string 20", "phone": "sample string 23"},
        COST_CENTRE: "4712",
        "rs:TaxAmount": "19.5",
        f"{ITEM}/Quantity": 12,
        f"{OPTIONS}/new1": True,
        f"{OPTIONS}/new1/ServiceOptionName": "Oat milk",
    }
    assert len(desk.operations()) == 1
    assert table.table.rows[0].value.label == "Lamp"


def test_what_must_be_filled_in_is_asked_for_at_its_field_and_what_was_typed_stays(desk: Rooms) -> None:
    dialog = desk.form()
    type_into(dialog, COST_CENTRE, "")
    type_into(dialog, "customer/name", "Ann Lee")
    dialog.save()
    assert "“Cost centre” must be filled in" in texts(dialog)
    assert page_of(dialog) == "Further fields  (1 to mend)"
    assert dialog.form.values()["customer/name"] == "Ann Lee"
    type_into(dialog, COST_CENTRE, "9")
    assert page_of(dialog) == "Further fields"
    assert desk.saved(dialog).intent[COST_CENTRE] == "9"


def test_what_only_an_administrator_may_change_is_shown_with_the_reason_and_never_asked_for(desk: Rooms) -> None:
    desk.show({"UdfList/1/Value": ""})
    dialog = desk.form()
    assert isinstance(dialog.form.editor(BUDGET), FixedText)
    dialog.pages.show_page(5)
    said = {one.replace("&", "") for one in texts(dialog)}
    assert {"Only an administrator may change this", "Empty", "Cost centre *"} <= said
    assert BUDGET not in dialog.form.problems()


def test_a_date_is_typed_by_the_clock_of_the_place_and_carries_its_offset(desk: Rooms) -> None:
    dialog = desk.form()
    editor = dialog.form.editor(START)
    assert isinstance(editor, PlaceTimeEditor)
    assert editor.when.line.text() == "2026-03-08 01:30"
    assert editor.own.text() == "for you Sun 8 March 2026, 07:30 CET"
    type_into(dialog, START, "2026-03-08 02:30")
    assert "does not exist" in dialog.form.problems()[START]
    type_into(dialog, START, "2026-03-08 03:30")
    assert desk.saved(dialog).intent == {START: "2026-03-08T03:30:00-04:00"}


def test_a_date_that_was_there_cannot_be_emptied(desk: Rooms) -> None:
    dialog = desk.form()
    type_into(dialog, START, "")
    assert dialog.form.problems()[START] == "Give a date and time: this one cannot be empty"


def test_the_same_minute_typed_again_is_no_change(desk: Rooms) -> None:
    dialog = desk.form()
    type_into(dialog, START, "")
    type_into(dialog, START, "2026-03-08 01:30")
    type_into(dialog, "customer/name", "Bo")
    assert set(desk.saved(dialog).intent) == {"customer"}


@pytest.mark.parametrize(
    ("input_type", "before", "shown", "after", "kept"),
    [
        (3, "a dozen", "a dozen", "13", "13"),
        (4, "True", True, None, "false"),
        (5, "2026-01-15T09:00:00", "2026-01-15 09:00", "2026-01-16 10:00", "2026-01-16T10:00:00"),
        (6, "Key", "Key", "Badge", "Badge"),
        (7, "Key|Ladder", "Key|Ladder", "Escort", "Key|Escort|Ladder"),
    ],
)
def test_a_field_of_the_order_s_own_is_edited_by_its_kind_and_kept_as_text(
    desk: Rooms, input_type: int, before: str, shown: Any, after: str | None, kept: str
) -> None:
    desk.show(
        {"UdfList/0/InputType": input_type, "UdfList/0/Value": before, "UdfList/0/DefaultQuery": "Badge|Key|Escort"}
    )
    dialog = desk.form()
    editor: Any = dialog.form.editor(COST_CENTRE)
    if input_type == 4:
        assert editor.buttons[True].isChecked()
        editor.buttons[False].click()
    elif input_type == 6:
        assert editor.combo.currentText() == shown
        editor.combo.setCurrentIndex(editor.combo.findText(str(after)))
    elif input_type == 7:
        assert editor.value() == shown
        editor.boxes[str(after)].click()
    else:
        line = editor.when.line if input_type == 5 else editor.line
        assert line.text() == shown
        line.setText(after)
    assert desk.saved(dialog).intent == {COST_CENTRE: kept}


def test_numbers_and_lists_are_checked_as_they_are_typed(qtbot: QtBot) -> None:
    number, numbers, words, ticks = WholeEditor(), LinesEditor(whole=True), LinesEditor(), TicksEditor({"a": "A&B"})
    for one in (number, numbers, words, ticks):
        qtbot.addWidget(one)
    number.set_value("a dozen")
    assert (number.problem(), number.value()) == ("", "a dozen")
    number.line.setText("1.5")
    assert number.problem() == "Type a whole number, for example 12"
    number.line.setText("99999999999")
    assert number.problem().replace("\N{NO-BREAK SPACE}", " ") == "No number can be larger than 2 147 483 647"
    numbers.set_value([1, 2])
    numbers.text.setPlainText("1\n\n 3 ")
    assert (numbers.problem(), numbers.value()) == ("", [1, 3])
    numbers.text.setPlainText("1\nx")
    assert numbers.problem() == "Type a whole number, for example 12"
    words.set_value(["TAG 1"])
    assert (words.value(), words.problem()) == (["TAG 1"], "")
    words.text.setPlainText("")
    assert words.value() is None
    assert ticks.value() is None and ticks.boxes["a"].text() == "A&&B"


def test_an_item_is_taken_out_and_one_that_was_just_added_leaves_nothing(desk: Rooms) -> None:
    dialog = desk.form()
    table = table_of(dialog)
    inner = dialog.open_entry(table, "")
    inner.save()
    assert "“Name” must be filled in" in texts(inner)
    type_into(inner, "rs:ServiceOrderItemList/new1/Name", "Screen")
    inner.save()
    assert [one.value.label for one in table.table.rows] == ["Lamp", "Cable", "Screen"]
    table.remove("rs:ServiceOrderItemList/new1")
    table.table.view.selectRow(1)
    table.table.view.setFocus()
    desk.qtbot.keyClick(table.table.view, Qt.Key.Key_Delete)
    desk.qtbot.waitUntil(lambda: dialog.findChildren(QMessageBox) != [])
    question = dialog.findChildren(QMessageBox)[0]
    assert "“Cable”" in question.text()
    next(one for one in question.buttons() if one.text().replace("&", "") == "Take out").click()
    assert [one.value.label for one in table.table.rows] == ["Lamp"]
    assert desk.saved(dialog).intent == {SECOND: ""}


def test_an_item_added_before_and_not_sent_yet_can_be_taken_out_again(desk: Rooms) -> None:
    dialog = desk.form()
    inner = dialog.open_entry(table_of(dialog), "")
    type_into(inner, "rs:ServiceOrderItemList/new1/Name", "Screen")
    inner.save()
    intent = desk.saved(dialog).intent
    assert "rs:ServiceOrderItemList/new1" in intent
    assert intent["rs:ServiceOrderItemList/new1/Quantity"] == 1, "a system refuses an item of no quantity"
    again = desk.form()
    table_of(again).remove("rs:ServiceOrderItemList/new1")
    assert desk.saved(again).state is OpState.CANCELLED


def test_leaving_with_something_typed_in_an_item_or_the_order_asks_first(desk: Rooms) -> None:
    dialog = desk.form()
    inner = dialog.open_entry(table_of(dialog), ITEM)
    type_into(inner, f"{ITEM}/Name", "Lamp 2")
    inner.reject()
    assert inner.isVisible() and inner.question.isVisible()
    inner.save()
    dialog.reject()
    assert dialog.isVisible() and dialog.question.isVisible()


def test_a_form_that_was_open_with_an_entry_above_it_stands_there_again_after_a_crash(desk: Rooms) -> None:
    dialog = desk.form()
    type_into(dialog, COST_CENTRE, "4712")
    inner = dialog.open_entry(table_of(dialog), ITEM)
    type_into(inner, f"{ITEM}/Quantity", "12")
    inner.save()
    added = dialog.open_entry(table_of(dialog), "")
    type_into(added, "rs:ServiceOrderItemList/new1/Name", "Screen")
    dialog.keeper.keep()
    desk.qtbot.waitUntil(lambda: [one.typed for one in desk.drafts()] == [dialog.typed()])
    for one in (added, dialog):
        one.hide()
        one.deleteLater()
    window = QWidget()
    desk.kept.append(window)
    OnDemand(desk.context, window).restore_forms(lambda _: None)
    desk.qtbot.waitUntil(lambda: len(desk.dialogs()) == 2)
    again = next(one for one in desk.dialogs() if isinstance(one, WholeOrderDialog))
    entry = next(one for one in desk.dialogs() if isinstance(one, EntryDialog))
    assert page_of(again) == "Order"
    entry.save()
    assert [one.value.label for one in table_of(again).table.rows] == ["Lamp", "Cable", "Screen"]
    intent = desk.saved(again).intent
    assert (intent[COST_CENTRE], intent[f"{ITEM}/Quantity"]) == ("4712", 12)
    assert intent["rs:ServiceOrderItemList/new1/Name"] == "Screen"
    assert desk.drafts() == []


def test_the_keyboard_goes_from_part_to_part(desk: Rooms) -> None:
    dialog = desk.form()
    desk.wait_active(dialog)
    assert page_of(dialog) == "Order"
    keys = Qt.KeyboardModifier.ControlModifier
    desk.qtbot.keyClick(dialog, Qt.Key.Key_PageDown, keys)
    assert page_of(dialog) == "Contact"
    assert dialog.form.editor("customer/name").entry().hasFocus()
    for _ in range(2):
        desk.qtbot.keyClick(dialog, Qt.Key.Key_PageUp, keys)
    assert page_of(dialog) == "Record"


def test_giving_another_phase_shows_its_state_at_once(desk: Rooms) -> None:
    phases = [{"service_status_uid": "Accepted", "name": "Accepted", "service_state": "IN_PROGRESS", "position": 2}]
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "service_statuses", phases)
    dialog = desk.form()
    editor: Any = dialog.form.editor("service_status_uid")
    editor.combo.setCurrentIndex(editor.combo.findText("Accepted"))
    desk.saved(dialog)
    assert (desk.detail().order.service_status_name, desk.detail().order.service_state) == ("Accepted", "IN_PROGRESS")


def test_the_overview_shows_what_matters_in_words(desk: Rooms) -> None:
    tab = OverviewTab(desk.context)
    tab.resize(900, 1500)
    tab.show()
    desk.kept.append(tab)
    tab.show_detail(desk.detail())
    said = texts(tab)
    assert {"Order", "Contact", "Billing", "Dates", "Items", "Further fields", "Amounts"} <= set(said)
    assert {"Projector flickers", "sample string 19", "sample string 33", "31.00 EUR", "Lamp", "11.00 EUR"} <= set(said)
    assert "Options: Express, sample string 4" in said
    assert "8 Mar 07:30 · 01:30 EST in New York" in said
    assert {"Budget <b>by</b>", "Cost centre"} <= set(said)
    assert not [one for one in said if "rs:" in one or "Number of" in one]
    buttons = [one for one in tab.findChildren(QPushButton) if one.text() == "Change order…"]
    buttons[0].click()
    assert any(isinstance(one, WholeOrderDialog) for one in desk.dialogs())


def test_the_key_of_the_order_opens_the_form(desk: Rooms) -> None:
    pane = OrderPane(desk.context)
    pane.show()
    desk.kept.append(pane)
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    pane.change_facts()
    assert any(isinstance(one, WholeOrderDialog) for one in desk.dialogs())


def change(desk: Rooms, state: OpState, reason: str, clashes: list[Clash] | None = None) -> str:
    intent = {f"{ITEM}/Quantity": 12, COST_CENTRE: "4712", SECOND: ""}
    intent |= {f"{OPTIONS}/new1": True, f"{OPTIONS}/new1/ServiceOptionName": "Oat milk"}
    desk.desk.commands.change_order(desk.order, intent, desk.detail().shown.document)
    op_id = desk.operations()[-1].op_id
    put_in_state(desk.desk.store, op_id, state, reason, [Clash(**vars_of(one, op_id)) for one in clashes or []])
    return op_id


def vars_of(clash: Clash, op_id: str) -> dict[str, Any]:
    return {"op_id": op_id, "field": clash.field, "base": clash.base, "mine": clash.mine, "theirs": clash.theirs}


def centre(desk: Rooms) -> SyncCenter:
    page = SyncCenter(desk.context)
    page.resize(1000, 700)
    page.show()
    desk.kept.append(page)
    desk.qtbot.waitUntil(lambda: page.chosen is not None)
    return page


def test_a_refused_change_says_why_names_everything_in_words_and_opens_the_form_again(desk: Rooms) -> None:
    op_id = change(desk, OpState.REJECTED, "The cost centre is closed")
    page = centre(desk)
    said = texts(page.panel)
    assert "The cost centre is closed" in said
    assert {"Items · Lamp · Quantity", "12", "Further fields · Cost centre", "Items · Cable", "taken out"} <= set(said)
    assert "Items · Lamp · Options · Oat milk · Option" in said
    assert not [one for one in said if "rs:" in one]
    edit_button = next(one for one in page.panel.findChildren(QPushButton) if one.text() == "&Edit")
    edit_button.click()
    desk.qtbot.waitUntil(lambda: desk.dialogs() != [])
    dialog = desk.dialogs()[-1]
    assert isinstance(dialog, WholeOrderDialog)
    assert dialog.edits == op_id
    assert dialog.form.values()[COST_CENTRE] == "4712"
    type_into(dialog, COST_CENTRE, "4713")
    again = desk.saved(dialog)
    assert (again.replaces, again.intent[COST_CENTRE], again.intent[f"{ITEM}/Quantity"]) == (op_id, "4713", 12)


def test_two_texts_in_conflict_stand_under_words(desk: Rooms) -> None:
    seen = desk.detail().shown.document.get(COST_CENTRE)
    mine = Clash(op_id="", field=COST_CENTRE, base=seen, mine="4712", theirs="<b>5</b>")
    there = Clash(op_id="", field=SECOND, base=True, mine="", theirs=True)
    change(desk, OpState.CONFLICT, "Somebody else changed the same", [mine, there])
    said = texts(centre(desk).panel)
    assert {
        "Further fields · Cost centre, yours",
        "4712",
        "Further fields · Cost centre, server now",
        "<b>5</b>",
    } <= set(said)
    assert {"Items · Cable, yours", "taken out", "Items · Cable, server now", "on the order"} <= set(said)
