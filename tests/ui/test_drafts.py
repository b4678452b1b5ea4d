"""What stands in an open form is kept each second, and stands there again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from techdesk.application.editing.drafts import FormDraft, open_forms
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.domain.billing import PostalAddress, SalesOrder
from techdesk.domain.errors import DiskFullError
from techdesk.domain.events import EVENT_KINDS, INTERNAL_NOTE
from techdesk.domain.orders import Customer
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Priority, Role
from techdesk.ui.dialogs import open_event_dialog
from techdesk.ui.dialogs.accept_dialog import DeclineDialog
from techdesk.ui.dialogs.hours_dialog import HoursDialog
from techdesk.ui.dialogs.item_dialog import ItemDialog
from techdesk.ui.dialogs.new_order import NewOrderDialog
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.drafts import KEPT_EVERY_MS
from techdesk.ui.editors.base import Editor, Occasion
from techdesk.ui.editors.choices import ListEditor, SegmentsEditor
from techdesk.ui.editors.instants import InstantEditor, InstantsEditor
from techdesk.ui.editors.metadata import MetadataEditor
from techdesk.ui.editors.picks import Pick, PicksEditor
from techdesk.ui.editors.plain_values import FixedText, LinesEditor, TicksEditor, WholeEditor
from techdesk.ui.editors.text import DecimalEditor, LongTextEditor, TextEditor
from techdesk.ui.main_window import MainWindow
from techdesk.ui.on_demand import OnDemand
from techdesk.ui.sync_center.edit_operation import edit_dialog
from techdesk.ui.timer import StopTimerDialog
from techdesk.ui.work_area import WorkArea
from tests.support.builders import MORNING, an_account, an_item, an_order, put_part
from tests.support.fake_desk import with_account
from tests.support.memory_store import nothing
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""Suggestions drop down below a line, which the invisible screen cannot raise."""


def drafts(desk: UiDesk) -> list[FormDraft]:
    with desk.desk.store.read() as view:
        return open_forms(view)


def kept(desk: UiDesk, dialog: SavingDialog) -> FormDraft:
    """Let the form's second come, and return what was kept."""
    dialog.keeper.keep()
    desk.qtbot.waitUntil(lambda: [one.typed for one in drafts(desk)] == [dialog.typed()])
    return drafts(desk)[0]


def is_kept(desk: UiDesk, name: str) -> bool:
    return name in [one.typed["name"] for one in drafts(desk)]


def crashed(dialog: SavingDialog) -> None:
    """Let the form vanish as a killed process leaves it: nobody closed it, nothing is told."""
    dialog.keeper.deleteLater()
    dialog.keeper._timer.stop()
    dialog.hide()
    dialog.setParent(None)
    dialog.deleteLater()


def opened_again(desk: UiDesk, window: QWidget) -> SavingDialog:
    """Start anew and return the form that opens by itself."""
    before = set(desk.dialogs())
    OnDemand(desk.context, window).restore_forms(lambda _: None)
    desk.qtbot.waitUntil(lambda: bool(set(desk.dialogs()) - before))
    return next(iter(set(desk.dialogs()) - before))


def fill_the_disk_once(desk: UiDesk) -> None:
    store = desk.desk.store

    def full() -> None:
        store.before_commit = nothing
        raise DiskFullError

    store.before_commit = full


def words_of(dialog: QWidget) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def occasion() -> Occasion:
    return Occasion(me="Kim", now=lambda: MORNING)


PICKS = [Pick("i-1", "Fuse"), Pick("i-2", "Belt"), Pick("i-3", "Pump")]

EDITORS: dict[str, tuple[Callable[[], Editor], Any]] = {
    "text": (TextEditor, "Ærlig <b>text</b>\u202e"),
    "long text": (LongTextEditor, "two\nlines\u00a0and a space that does not break"),
    "amount": (DecimalEditor, "12,"),
    "whole number": (WholeEditor, "twelve"),
    "lines": (LinesEditor, "a\n\nb"),
    "yes or no": (lambda: SegmentsEditor({True: "Yes", False: "No"}), [False, True]),
    "list": (lambda: ListEditor([("h-1", "Standard"), ("h-2", "Night")], empty="None"), "h-2"),
    "gone from the list": (lambda: ListEditor([("h-1", "Standard")], empty="None"), "h-9"),
    "half a time": (lambda: InstantEditor(occasion()), "2026-06-"),
    "times": (lambda: InstantsEditor(occasion()), {"listed": ["2026-06-01T09:00:00.000Z"], "line": "tomorr"}),
    "details": (MetadataEditor, [["bay", "4"], ["bay", "twice"], ["", "no name"], ["kept", {"a": [1]}]]),
    "picks": (lambda: PicksEditor(PICKS, "Choose one"), ["i-1", "i-3"]),
    "ticks": (lambda: TicksEditor({"a": "A", "b": "B"}), "b"),
}


@pytest.mark.parametrize("name", EDITORS)
def test_an_editor_shows_again_what_was_typed_even_if_it_cannot_be_taken(qtbot: QtBot, name: str):
    make, typed = EDITORS[name]
    first, second = make(), make()
    for editor in (first, second):
        qtbot.addWidget(editor)
    first.retype(typed)
    assert first.typed() == typed
    second.retype(first.typed())
    assert second.typed() == typed
    assert second.touched
    assert second.problem() == first.problem()


def test_what_cannot_be_typed_is_not_kept(qtbot: QtBot):
    editor = FixedText("fixed")
    qtbot.addWidget(editor)
    editor.retype("other")
    assert (editor.typed(), editor.touched) == (None, False)


@pytest.mark.parametrize("kind", [*EVENT_KINDS, INTERNAL_NOTE, ""])
def test_the_form_of_every_event_stands_there_again(desk: UiDesk, window: QWidget, kind: str):
    if kind in EVENT_KINDS:
        desk.put(an_order(service_kind=EVENT_KINDS[kind].service))
    dialog = open_event_dialog(desk.context, desk.detail(), kind)
    assert dialog is not None
    dialog.form.editor("notes").retype("The hinge is worn")
    draft = kept(desk, dialog)
    crashed(dialog)
    again = opened_again(desk, window)
    assert again.windowTitle() == draft.title
    assert again.form.typed() == {"notes": "The hinge is worn"}
    assert "TechDesk stopped while you wrote this" in words_of(again)


def test_nothing_is_kept_of_a_form_that_nobody_touched(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.keeper.keep()
    dialog.form.editor("name").retype("Motor")
    assert [one.typed for one in [kept(desk, dialog)]] == [{"name": "Motor"}]


def test_a_form_is_looked_at_each_second(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    assert dialog.keeper._timer.isActive()
    assert dialog.keeper._timer.interval() == KEPT_EVERY_MS == 1000
    desk.qtbot.waitUntil(lambda: bool(drafts(desk)))


def test_a_saved_form_is_never_offered_again(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    dialog.form.editor("quantity").retype("1")
    kept(desk, dialog)
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert drafts(desk) == []
    assert [one.intent["name"] for one in desk.operations()] == ["Motor"]


def test_a_form_that_the_person_throws_away_is_forgotten(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    kept(desk, dialog)
    dialog.reject()
    dialog.discard_button.click()
    desk.qtbot.waitUntil(lambda: drafts(desk) == [])


def test_a_save_that_fails_keeps_what_was_typed(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    dialog.form.editor("quantity").retype("1")
    draft = kept(desk, dialog)
    fill_the_disk_once(desk)
    dialog.save()
    desk.qtbot.waitUntil(dialog.notice.isVisible)
    assert drafts(desk) == [draft]
    dialog.hide()


def test_a_draft_that_could_not_be_kept_is_kept_at_the_next_look(desk: UiDesk):
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    fill_the_disk_once(desk)
    desk.qtbot.waitUntil(lambda: [one.typed for one in drafts(desk)] == [{"name": "Motor"}])
    assert desk.told == []


def test_a_changed_item_stands_on_what_the_person_saw(desk: UiDesk, window: QWidget):
    put_part(desk.desk.store, desk.order, an_item(note="old"), record_type=RecordType.ITEM, server_id="i-1")
    dialog = ItemDialog(desk.context, desk.detail(), desk.detail().items[0])
    dialog.open()
    dialog.form.editor("note").retype("mine")
    kept(desk, dialog)
    crashed(dialog)
    put_part(desk.desk.store, desk.order, an_item(note="theirs"), record_type=RecordType.ITEM, server_id="i-1")
    again = opened_again(desk, window)
    assert isinstance(again, ItemDialog)
    assert "changed by others since: Note" in words_of(again)
    with desk.qtbot.waitSignal(again.saved):
        again.save()
    (operation,) = desk.operations()
    assert (operation.intent, operation.base) == ({"note": "mine"}, {"note": "old"})


def test_the_form_of_an_unsent_bill_goes_on_editing_it(desk: UiDesk, window: QWidget):
    with_account(desk.desk, an_account(role=Role.SUPERVISOR))
    put_part(desk.desk.store, desk.order, an_item(), record_type=RecordType.ITEM, server_id="i-1")
    desk.desk.commands.billing.bill(desk.order, SalesOrder(order_address=PostalAddress(name="Anna Moe")))
    (operation,) = desk.operations()
    dialog = edit_dialog(desk.context, desk.detail(), operation)
    assert dialog is not None
    dialog.open()
    dialog.form.editor("order_address.city").retype("Oslo")
    kept(desk, dialog)
    crashed(dialog)
    again = opened_again(desk, window)
    with desk.qtbot.waitSignal(again.saved):
        again.save()
    (operation,) = desk.operations()
    assert operation.intent["order_address"] == {"name": "Anna Moe", "city": "Oslo"}


def test_a_changed_order_stands_on_what_the_person_saw(desk: UiDesk, window: QWidget):
    desk.put(an_order(title="Old title"))
    dialog = OrderDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("title").retype("My title")
    dialog.form.editor("max_price").retype("12,")
    kept(desk, dialog)
    crashed(dialog)
    desk.put(an_order(title="Their title"))
    again = opened_again(desk, window)
    assert again.form.typed() == {"title": "My title", "max_price": "12,"}
    again.form.editor("max_price").retype("12,50")
    with desk.qtbot.waitSignal(again.saved):
        again.save()
    (operation,) = desk.operations()
    assert operation.intent["title"] == "My title"
    assert operation.base["title"] == "Old title"


def test_a_new_order_with_a_known_customer_stands_there_again(desk: UiDesk, window: QWidget):
    detail = desk.detail()
    dialog = NewOrderDialog(desk.context, detail.account, detail.choices)
    dialog.open()
    known = {"name": "Ola Nordmann", "known": {"name": "Ola Nordmann", "customer_uid": "c-7"}}
    dialog.customer.retype(known)
    dialog.form.editor("title").retype("Does not turn on")
    dialog.form.editor("priority").retype([one is Priority.HIGH for one in Priority])
    kept(desk, dialog)
    crashed(dialog)
    again = opened_again(desk, window)
    assert isinstance(again, NewOrderDialog)
    order = again.order_typed()
    assert (order.customer, order.title) == (Customer(name="Ola Nordmann", customer_uid="c-7"), "Does not turn on")
    assert order.priority is Priority.HIGH


def test_hours_declining_and_the_timer_stand_there_again(desk: UiDesk, window: QWidget):
    desk.desk.commands.timer.start(desk.order)
    running = desk.desk.commands.timer.running()
    assert running is not None
    makers: list[tuple[Callable[[], SavingDialog], str]] = [
        (lambda: HoursDialog(desk.context, desk.detail()), "note"),
        (lambda: DeclineDialog(desk.context, desk.detail()), "reason"),
        (lambda: StopTimerDialog(desk.context, running, desk.detail()), "note"),
    ]
    for make, row in makers:
        dialog = make()
        dialog.open()
        dialog.form.editor(row).retype("Waited for the part")
        kept(desk, dialog)
        crashed(dialog)
        again = opened_again(desk, window)
        assert type(again) is type(dialog)
        assert again.form.typed() == {row: "Waited for the part"}
        again._discard()
        desk.qtbot.waitUntil(lambda: drafts(desk) == [])


def test_several_forms_come_one_after_the_other(desk: UiDesk, window: QWidget):
    for name in ("Motor", "Belt"):
        dialog = ItemDialog(desk.context, desk.detail())
        dialog.open()
        dialog.form.editor("name").retype(name)
        dialog.keeper.keep()
        desk.qtbot.waitUntil(partial(is_kept, desk, name))
        desk.desk.clock.advance(1)
        crashed(dialog)
    first = opened_again(desk, window)
    assert first.form.typed() == {"name": "Motor"}
    first._discard()
    desk.qtbot.waitUntil(lambda: [one.form.typed() for one in desk.dialogs()] == [{"name": "Belt"}])


def test_the_text_of_a_form_whose_item_is_gone_can_be_copied(desk: UiDesk, window: QWidget):
    put_part(desk.desk.store, desk.order, an_item(), record_type=RecordType.ITEM, server_id="i-1")
    dialog = ItemDialog(desk.context, desk.detail(), desk.detail().items[0])
    dialog.open()
    dialog.form.editor("note").retype("Only here")
    kept(desk, dialog)
    crashed(dialog)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ITEM, "i-1")
    OnDemand(desk.context, window).restore_forms(lambda _: None)
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    (box,) = window.findChildren(QMessageBox)
    assert "no longer here" in box.text()
    next(one for one in box.buttons() if "Copy" in one.text()).click()
    assert QApplication.clipboard().text() == "Change item\nOnly here"
    desk.qtbot.waitUntil(lambda: drafts(desk) == [])


def test_the_order_of_a_form_that_stands_there_again_is_selected_and_open_below_it(desk: UiDesk) -> None:
    for number in range(200):
        desk.put(an_order(service_number=f"{20_000 + number}"), server_id=f"so-{number}")
    dialog = ItemDialog(desk.context, desk.detail())
    dialog.open()
    dialog.form.editor("name").retype("Motor")
    kept(desk, dialog)
    crashed(dialog)
    for view, selected in (("all", desk.order), ("overdue", None)):
        desk.desk.settings.set("list.view", view)
        window = MainWindow(desk.context)
        window.show()
        desk.qtbot.waitUntil(lambda: [one.form.typed() for one in desk.dialogs()] == [{"name": "Motor"}])
        work = window.work
        desk.qtbot.waitUntil(partial(shows, work, desk.order, selected))
        crashed(desk.dialogs()[0])
        window.hide()
        window.deleteLater()


def shows(work: WorkArea, opened: OrderRef, selected: OrderRef | None) -> bool:
    """Say whether the list is whole, an order is selected in it, or none, and one is open."""
    shown = work.pane.detail
    return work.table.orders.is_whole and shown is not None and (shown.ref, work.table.selected()) == (opened, selected)
