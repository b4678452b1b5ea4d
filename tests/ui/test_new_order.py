"""A new order is taken in with the customer found or new, also offline; an order's facts are changed the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from techdesk.application.order_detail import order_detail, read_choices
from techdesk.domain.orders import Asset, Customer, Order, Priority, Role, ServiceKind
from techdesk.ui.dialogs.new_order import NewOrderDialog
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.editors.text import LongTextEditor, TextEditor
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
    combo.setCurrentIndex(1)
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
