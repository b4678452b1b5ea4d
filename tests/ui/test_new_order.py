"""A new order is taken in with the customer found or new, also offline; an order's facts are changed the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from techdesk.application.editing.timer import RunningTimer
from techdesk.application.order_detail import order_detail, read_choices
from techdesk.application.ports import ReadTransaction
from techdesk.domain.orders import Asset, Customer, Order, Site
from techdesk.domain.vocabulary import Priority, Role, ServiceKind
from techdesk.ui.dialogs import customer_search
from techdesk.ui.dialogs.customer_search import find_customers
from techdesk.ui.dialogs.new_order import NewOrderDialog
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.editors.text import LongTextEditor, TextEditor
from techdesk.ui.editors.zone import ZoneEditor, zone_named
from techdesk.ui.timer import StopTimerDialog
from tests.support.builders import an_account, an_order
from tests.support.fake_desk import with_account
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""Suggestions drop down below a line, which the invisible screen cannot raise."""

BERG = Customer(customer_uid="c-1", name="Johanna Berg", phone="+47 900", email="j@example.no", address="Storgata 1")


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot)
    made.put(an_order(customer=BERG))
    yield made
    made.close()


def opened(desk: UiDesk) -> NewOrderDialog:
    with desk.desk.store.read() as view:
        account, choices = view.accounts()[0], read_choices(view, "a1")
    dialog = NewOrderDialog(desk.context, account, choices)
    dialog.open()
    desk.kept.append(dialog)
    return dialog


def type_into(dialog: SavingDialog, **texts: str) -> None:
    for name, text in texts.items():
        editor: Any = dialog.form.editor(name.replace("__", "."))
        if isinstance(editor, LongTextEditor):
            editor.text.setPlainText(text)
        elif isinstance(editor, TextEditor):
            editor.line.setText(text)
        else:
            editor.when.line.setText(text)


def made(desk: UiDesk, dialog: NewOrderDialog) -> Order:
    with desk.qtbot.waitSignal(dialog.made) as signal:
        dialog.save()
    with desk.desk.store.read() as view:
        return order_detail(view, signal.args[0]).order


def test_a_new_order_keeps_everything_that_was_typed(desk: UiDesk) -> None:
    dialog = opened(desk)
    type_into(dialog, customer="Ola Nordmann", phone="+47 1", email="o@x.no", address="Gate 1\nOslo")
    type_into(dialog, maker="Miele", model="W1", serial_number="S-1", condition="dented", accessories="hose")
    type_into(dialog, title="Leaks", description="From below", ready_at_estimate="2026-06-05 14:00")
    dialog.form.editor("priority").buttons[Priority.HIGH].click()  # type: ignore[attr-defined] # segments
    order = made(desk, dialog)
    assert order.customer == Customer(name="Ola Nordmann", phone="+47 1", email="o@x.no", address="Gate 1\nOslo")
    device = Asset(maker="Miele", model="W1", serial_number="S-1", condition="dented", accessories="hose")
    assert order.assets == (device,)
    assert (order.title, order.description, order.priority) == ("Leaks", "From below", Priority.HIGH)
    assert order.ready_at_estimate == datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
    assert (order.service_type_name, order.service_kind) == ("Bench repair", ServiceKind.DEPOT)


def test_a_known_customer_is_found_by_a_part_of_the_name_and_filled_in(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.qtbot.keyClicks(dialog.customer.line, "anna")
    line = "Johanna Berg · +47 900 · Storgata 1"
    desk.qtbot.waitUntil(lambda: dialog.customer.line.completer().model().rowCount() == 1)
    dialog.customer.line.setText(line)
    assert dialog.customer.chosen == BERG
    assert dialog.customer.below.text() == "Known customer"
    type_into(dialog, title="Noise")
    assert made(desk, dialog).customer == BERG


def test_customers_that_no_longer_fit_leave_no_empty_list_over_the_form(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.wait_active(dialog)
    popup = dialog.customer.line.completer().popup()
    assert popup is not None
    desk.qtbot.keyClicks(dialog.customer.line, "joh")
    desk.qtbot.waitUntil(popup.isVisible)
    desk.qtbot.keyClicks(dialog.customer.line, "x")
    desk.qtbot.waitUntil(popup.isHidden)


def test_a_page_pasted_as_a_name_is_kept_whole_and_no_customer_is_looked_for(
    desk: UiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for: list[str] = []

    def look(view: ReadTransaction, account_id: str, text: str) -> list[Customer]:
        looked_for.append(text)
        return find_customers(view, account_id, text)

    monkeypatch.setattr(customer_search, "find_customers", look)
    dialog = opened(desk)
    page = "johanna " * 40
    QApplication.clipboard().setText(page)
    dialog.customer.line.paste()
    type_into(dialog, title="Noise")
    assert made(desk, dialog).customer.name == page.strip()
    assert looked_for == []


def test_typing_over_a_known_customer_makes_a_new_one(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.qtbot.keyClicks(dialog.customer.line, "anna")
    desk.qtbot.waitUntil(lambda: dialog.customer.line.completer().model().rowCount() == 1)
    dialog.customer.line.setText("Johanna Berg · +47 900 · Storgata 1")
    dialog.customer.line.setText("Johanna Bergman")
    assert dialog.customer.below.text() == "New customer"
    type_into(dialog, title="Noise")
    assert made(desk, dialog).customer.customer_uid is None


def test_customers_are_found_by_phone_and_not_by_the_fault(desk: UiDesk) -> None:
    dialog = opened(desk)
    answers: list[int] = []
    model = dialog.customer.line.completer().model()
    model.modelReset.connect(lambda: answers.append(model.rowCount()))
    desk.qtbot.keyClicks(dialog.customer.line, "power")
    desk.qtbot.waitUntil(lambda: bool(answers))
    assert answers[-1] == 0


def test_an_order_without_a_title_says_so_and_stays_open(desk: UiDesk) -> None:
    dialog = opened(desk)
    type_into(dialog, maker="Miele")
    dialog.save()
    assert dialog.form.problems() == {"title": "Say in a few words what is wrong"}
    assert desk.operations() == []
    assert dialog.isVisible()


def test_a_technician_takes_work_and_a_supervisor_gives_it(desk: UiDesk) -> None:
    dialog = opened(desk)
    combo: Any = dialog.form.editor("assigned_user_uid").entry()
    assert [combo.itemText(row) for row in range(combo.count())] == ["Nobody yet", "Kim Larsen"]
    with_account(desk.desk, an_account(role=Role.SUPERVISOR))
    dialog = opened(desk)
    combo = dialog.form.editor("assigned_user_uid").entry()
    assert [combo.itemText(row) for row in range(combo.count())] == ["Nobody yet", "Kim Larsen", "Ana Ruiz"]
    combo.setCurrentIndex(2)
    type_into(dialog, title="Noise")
    order = made(desk, dialog)
    assert (order.assigned_user_uid, order.assigned_user_display_name) == ("u-ana", "Ana Ruiz")


def changing(desk: UiDesk) -> OrderDialog:
    dialog = OrderDialog(desk.context, desk.detail())
    dialog.open()
    desk.kept.append(dialog)
    return dialog


def test_changing_an_order_sends_only_what_was_changed(desk: UiDesk) -> None:
    dialog = changing(desk)
    type_into(dialog, title="No power at all", customer__phone="+47 901", max_price="1500")
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    intent = desk.operations()[0].intent
    assert set(intent) == {"title", "customer", "max_price"}
    assert intent["customer"]["phone"] == "+47 901"
    assert intent["customer"]["name"] == "Johanna Berg"


def test_a_fact_that_is_cleared_is_cleared(desk: UiDesk) -> None:
    dialog = changing(desk)
    type_into(dialog, description="", device__serial_number="S-9")
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    order = desk.detail().order
    assert (order.description, order.device.serial_number) == ("", "S-9")


def test_saving_an_untouched_order_changes_nothing(desk: UiDesk) -> None:
    dialog = changing(desk)
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert desk.operations() == []


def test_an_onsite_order_asks_where_the_visit_is(desk: UiDesk) -> None:
    dialog = opened(desk)
    assert not dialog.form.is_shown("site.name")
    dialog.form.editor("service_type_uid").set_value("t-onsite")
    assert dialog.form.is_shown("site.name")
    type_into(dialog, customer="Ola", title="Leaks", site__name="Branch", site__address="Gate 2\nBergen")
    type_into(dialog, site__time_zone="new york")
    order = made(desk, dialog)
    assert order.site == Site(name="Branch", address="Gate 2\nBergen", time_zone="America/New_York")
    assert order.service_kind is ServiceKind.ONSITE


def test_a_place_typed_for_a_visit_does_not_go_on_a_bench_repair(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog.form.editor("service_type_uid").set_value("t-onsite")
    type_into(dialog, title="Leaks", site__time_zone="no such zone")
    dialog.form.editor("service_type_uid").set_value("t-depot")
    assert made(desk, dialog).site == Site()


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("oslo", "Europe/Oslo"), ("europe/oslo", "Europe/Oslo"), ("Buenos Aires", ""), ("UTC", "UTC"), ("Nowhere", "")],
)
def test_a_zone_is_known_by_its_name_or_by_a_city_that_only_one_is_called_after(typed: str, zone: str) -> None:
    assert zone_named(typed) == zone


def test_a_zone_is_searched_by_a_part_of_its_name(desk: UiDesk) -> None:
    dialog = opened(desk)
    editor = dialog.form.editor("site.time_zone")
    assert isinstance(editor, ZoneEditor)
    desk.qtbot.keyClicks(editor.line, "york")
    completer = editor.line.completer()
    assert [completer.completionModel().index(0, 0).data(), completer.completionCount()] == ["America/New York", 1]
    editor.line.setText("America/New York")
    assert (editor.value(), editor.problem()) == ("America/New_York", "")
    editor.line.setText("nowhere")
    assert "not a time zone" in editor.problem()


def test_changing_an_order_asks_in_the_same_order_as_making_one(desk: UiDesk) -> None:
    desk.put(an_order(customer=BERG, service_kind=ServiceKind.ONSITE, site=Site(name="Branch", time_zone="UTC")))
    change = OrderDialog(desk.context, desk.detail())
    asked = [name.rpartition(".")[2].replace("customer", "name") for name in opened(desk).form.names]
    again = [name.rpartition(".")[2] for name in change.form.names]
    both = [name for name in asked if name in again]
    assert [name for name in again if name in asked] == both
    type_into(change, site__address="Gate 3")
    assert change.intent() == {"site": {"name": "Branch", "address": "Gate 3", "time_zone": "UTC"}}
    change.deleteLater()


def test_no_editor_is_cut_off_at_its_side_in_a_narrow_dialog(desk: UiDesk) -> None:
    for dialog in (opened(desk), OrderDialog(desk.context, desk.detail())):
        dialog.show()
        desk.kept.append(dialog)
        desk.qtbot.waitUntil(dialog.isVisible)
        dialog.resize(400, 500)
        form = dialog.form
        assert form.width() >= form.minimumSizeHint().width()
        assert form.width() <= dialog._scroll.viewport().width()


def test_a_dialog_grows_by_what_is_wrong_instead_of_scrolling(desk: UiDesk) -> None:
    dialog = StopTimerDialog(desk.context, RunningTimer(desk.order, desk.desk.clock.now()), desk.detail())
    dialog.show()
    desk.kept.append(dialog)
    desk.qtbot.waitUntil(dialog.isVisible)
    before = dialog.height()
    dialog.form.show_problems({})
    dialog._show_problems({"note": "This cannot be taken", "billable": "Say whether"})
    desk.qtbot.waitUntil(lambda: dialog.height() > before)
    assert dialog._scroll.verticalScrollBar().maximum() == 0


def test_a_dialog_that_grows_by_the_place_of_the_visit_stays_on_the_screen(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog.move(0, dialog.screen().availableGeometry().bottom() - dialog.height())
    dialog.form.editor("service_type_uid").set_value("t-onsite")
    dialog.form.editor("service_type_uid").changed.emit()
    assert dialog.form.is_section_shown("site")
    assert dialog.frameGeometry().bottom() <= dialog.screen().availableGeometry().bottom()
