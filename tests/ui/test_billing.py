"""An order is billed from the window: what goes onto the bill, for whom, who may, and how it shows afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from techdesk.application.accounts import Deed
from techdesk.application.outbox import OpState, Verb
from techdesk.application.ports import Urgency
from techdesk.domain.billing import PostalAddress, SalesOrder, SalesOrderLine
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import parse_money
from techdesk.domain.notifications import Notification
from techdesk.domain.orders import Customer, Totals
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.dialogs.bill_dialog import BillDialog
from techdesk.ui.notices import Tone
from techdesk.ui.sync_center.edit_operation import can_edit, edit_dialog
from techdesk.ui.tabs.items import ItemsTab
from techdesk.ui.tabs.messages import MessagesTab
from techdesk.ui.tabs.sales_orders import SalesOrdersTab
from tests.support.builders import MORNING, an_account, an_item, an_order, put_part
from tests.support.fake_desk import with_account
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""

ANNA = Customer(name="Anna Moe", address="Storgata 1\n0155 Oslo", email="anna@example.com")


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    """Yield a supervisor's desk with an order of two items and an hour and a half, none billed."""
    made = UiDesk(qtbot)
    with_account(made.desk, an_account(role=Role.SUPERVISOR))
    with made.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "warehouses", [{"warehouse_uid": "w-1", "name": "Main store"}])
    made.put(an_order(customer=ANNA))
    item(made, "i-1", "Fuse", "39.00 NOK", quantity=Decimal(2))
    item(made, "i-2", "Seal", "150.00 NOK")
    hours = HoursEntry(service_hours_uid="h-9", minutes=90, hourly_rate_uid="h-1", price=parse_money("900.00 NOK"))
    put_part(made.desk.store, made.order, hours, record_type=RecordType.HOURS, server_id="h-9")
    yield made
    made.close()


def item(desk: UiDesk, uid: str, name: str, price: str, **more: Any) -> None:
    one = parse_money(price)
    value = an_item(
        service_order_item_uid=uid,
        name=name,
        price=one,
        total_price=one.times(more.get("quantity", Decimal(1))),
        **more,
    )
    put_part(desk.desk.store, desk.order, value, record_type=RecordType.ITEM, server_id=uid)


def billed(desk: UiDesk, **changes: Any) -> None:
    """Put a sales order on the order that has its first item and its hours."""
    values: dict[str, Any] = {
        "sales_order_uid": "b-1",
        "order_number": "1001",
        "created_at": MORNING,
        "created_by": "Vera Vogt",
        "order_address": PostalAddress(name="Anna Moe", postal_code="0155", city="Oslo"),
        "totals": Totals(grand_total=parse_money("978.00 NOK")),
        "lines": (
            SalesOrderLine(service_order_item_uid="i-1", name="Fuse", quantity=Decimal(2)),
            SalesOrderLine(service_hours_uid="h-9", name="Standard", quantity=Decimal("1.5")),
        ),
    }
    bill = SalesOrder(**values | changes)
    put_part(desk.desk.store, desk.order, bill, record_type=RecordType.SALES_ORDER, server_id="b-1")
    item(desk, "i-1", "Fuse", "39.00 NOK", quantity=Decimal(2), sales_order_uid="b-1")


def pane_of(desk: UiDesk) -> OrderPane:
    pane = OrderPane(desk.context)
    pane.resize(900, 700)
    pane.show()
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    desk.kept.append(pane)
    return pane


def tab(desk: UiDesk, kind: type[Any]) -> Any:
    """Return a tab of the order, in front."""
    pane = pane_of(desk)
    place = next(at for at in range(pane.tabs.count()) if isinstance(pane.tabs.widget(at), kind))
    pane.show_tab(place)
    return pane.tabs.widget(place)


def dialog_of(desk: UiDesk) -> BillDialog:
    dialog = BillDialog(desk.context, desk.detail())
    dialog.show()
    return dialog


def bill(desk: UiDesk, dialog: BillDialog) -> dict[str, Any]:
    """Press Bill and return what is to be sent."""
    with desk.qtbot.waitSignal(dialog.saved):
        desk.qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    operation = desk.operations()[-1]
    assert (operation.record_type, operation.verb) == (RecordType.SALES_ORDER, Verb.CREATE)
    return {name: value for name, value in operation.intent.items() if name != "created_at"}


def complaints(dialog: BillDialog) -> list[str]:
    return [one.text() for one in dialog.findChildren(QLabel) if one.property("role") == "error" and one.isVisible()]


def test_the_key_opens_the_dialog_and_all_that_is_unbilled_goes_to_the_customers_address(desk: UiDesk) -> None:
    pane = pane_of(desk)
    desk.wait_active(pane)
    desk.qtbot.keyClick(pane, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    dialog = desk.dialogs()[0]
    assert isinstance(dialog, BillDialog)
    assert [one.text() for one in dialog.picks.boxes] == ["2 × Fuse", "1 × Seal"]
    assert dialog.sum.text() == "To bill 1,128.00 NOK"
    assert bill(desk, dialog) == {"order_address": {"name": "Anna Moe", "address": "Storgata 1, 0155 Oslo"}}


def test_only_what_is_ticked_is_billed_and_counted(desk: UiDesk) -> None:
    dialog = dialog_of(desk)
    dialog.picks.boxes[0].click()
    assert dialog.sum.text() == "To bill 1,050.00 NOK"
    assert bill(desk, dialog)["service_order_item_uids"] == ["i-2"]


def test_hours_never_go_without_an_item(desk: UiDesk) -> None:
    dialog = dialog_of(desk)
    for box in dialog.picks.boxes:
        box.click()
    dialog.save()
    assert complaints(dialog) == ["Choose at least one item; hours never go without"]
    assert desk.operations() == []


def test_an_item_that_is_unsent_comes_with_all_others_or_not_at_all(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Glue", price=parse_money("20.00 NOK")))
    dialog = dialog_of(desk)
    fuse, _, glue = dialog.picks.boxes
    assert (glue.isChecked(), glue.isEnabled()) == (True, False)
    assert dialog.sum.text() == "To bill 1,148.00 NOK"
    fuse.click()
    assert not glue.isChecked()
    assert dialog.sum.text() == "To bill 1,050.00 NOK"
    fuse.click()
    assert glue.isChecked()
    assert "service_order_item_uids" not in bill(desk, dialog)


def test_a_bill_of_nothing_but_unsent_items_is_asked_for_where_one_can_type(desk: UiDesk) -> None:
    desk.put(an_order(customer=ANNA), server_id="so-2")
    desk.desk.commands.add_item(desk.order, Item(name="Glue", price=parse_money("20.00 NOK")))
    dialog = dialog_of(desk)
    desk.wait_active(dialog)
    assert dialog.focusWidget() is dialog.form.editor("warehouse_uid").entry()
    assert bill(desk, dialog) == {"order_address": {"name": "Anna Moe", "address": "Storgata 1, 0155 Oslo"}}


def test_an_invoice_address_is_asked_for_only_where_it_is_another(desk: UiDesk) -> None:
    dialog = dialog_of(desk)
    assert not dialog.form.is_shown("invoice_address.name")
    dialog.form.editor("elsewhere").buttons[True].click()  # type: ignore[attr-defined] # its editor has segments
    assert dialog.form.is_shown("invoice_address.name")
    dialog.form.editor("invoice_address.name").line.setText(" Moe AS ")  # type: ignore[attr-defined] # a line of text
    dialog.form.editor("invoice_address.country_code").line.setText("no")  # type: ignore[attr-defined] # a line of text
    dialog.form.editor("warehouse_uid").combo.setCurrentIndex(1)  # type: ignore[attr-defined] # a list
    sent = bill(desk, dialog)
    assert sent["invoice_address"] == {"name": "Moe AS", "country_code": "NO"}
    assert sent["warehouse_uid"] == "w-1"


def test_an_address_that_was_typed_and_then_not_wanted_does_not_go_out(desk: UiDesk) -> None:
    dialog = dialog_of(desk)
    segments = dialog.form.editor("elsewhere").buttons  # type: ignore[attr-defined] # its editor has segments
    segments[True].click()
    dialog.form.editor("invoice_address.name").line.setText("Moe AS")  # type: ignore[attr-defined] # a line of text
    segments[False].click()
    assert "invoice_address" not in bill(desk, dialog)


def test_a_country_that_is_none_is_told_where_it_was_typed(desk: UiDesk) -> None:
    dialog = dialog_of(desk)
    dialog.form.editor("order_address.country_code").line.setText("Norway")  # type: ignore[attr-defined] # a line
    dialog.save()
    assert complaints(dialog) == ["A country has two letters, such as NO"]


def test_hours_alone_can_be_billed(desk: UiDesk) -> None:
    billed(desk, lines=())
    item(desk, "i-2", "Seal", "150.00 NOK", sales_order_uid="b-1")
    dialog = dialog_of(desk)
    assert "items" not in dialog.form.names
    assert dialog.sum.text() == "To bill 900.00 NOK"
    assert "service_order_item_uids" not in bill(desk, dialog)


def test_an_unsent_bill_shows_at_once_and_closes_the_way_to_another(desk: UiDesk) -> None:
    shown = tab(desk, SalesOrdersTab)
    assert shown.table.rows == []
    desk.wait_active(shown.window())
    shown.setFocus()
    desk.qtbot.keyClick(shown.table.add_button, Qt.Key.Key_Insert)
    bill(desk, desk.dialogs()[0])  # type: ignore[arg-type] # the only dialog that Insert opens here
    desk.qtbot.waitUntil(lambda: len(shown.table.rows) == 1)
    assert shown.table.rows[0].state is OpState.QUEUED
    assert not shown.table.add_button.isEnabled()
    assert shown.reason.text() == "A sales order for this is still unsent"


@pytest.mark.parametrize("state", [OpState.QUEUED, OpState.REJECTED])
def test_an_unsent_bill_is_edited_with_what_it_says(desk: UiDesk, state: OpState) -> None:
    dialog = dialog_of(desk)
    dialog.picks.boxes[0].click()
    dialog.form.editor("elsewhere").buttons[True].click()  # type: ignore[attr-defined] # its editor has segments
    dialog.form.editor("invoice_address.name").line.setText("Moe AS")  # type: ignore[attr-defined] # a line of text
    dialog.form.editor("warehouse_uid").combo.setCurrentIndex(1)  # type: ignore[attr-defined] # a list
    first = bill(desk, dialog)
    operation = desk.operations()[-1]
    if state is OpState.REJECTED:
        put_in_state(desk.desk.store, operation.op_id, state, "Nothing is left")
    assert can_edit(operation)
    again = edit_dialog(desk.context, desk.detail(), operation)
    assert isinstance(again, BillDialog)
    again.show()
    assert (again.picks.chosen, again.form.is_touched()) == ([False, True], False)
    assert again.form.is_shown("invoice_address.name")
    again.form.editor("elsewhere").buttons[False].click()  # type: ignore[attr-defined] # its editor has segments
    again.form.editor("order_address.city").line.setText("Oslo")  # type: ignore[attr-defined] # a line of text
    second = bill(desk, again)
    wanted = {name: value for name, value in first.items() if name != "invoice_address"}
    assert second == {**wanted, "order_address": {**first["order_address"], "city": "Oslo"}}
    assert [one.state for one in desk.operations() if one.record_type is RecordType.SALES_ORDER][-1] is OpState.QUEUED


def test_a_bill_of_everything_stays_one_when_it_is_edited(desk: UiDesk) -> None:
    first = bill(desk, dialog_of(desk))
    again = edit_dialog(desk.context, desk.detail(), desk.operations()[-1])
    assert isinstance(again, BillDialog)
    again.show()
    assert all(again.picks.chosen)
    assert bill(desk, again) == first


def test_a_refused_bill_is_shown_as_refused(desk: UiDesk) -> None:
    bill(desk, dialog_of(desk))
    put_in_state(desk.desk.store, desk.operations()[-1].op_id, OpState.REJECTED, reason="Nothing is left")
    assert tab(desk, SalesOrdersTab).table.rows[0].state is OpState.REJECTED


@pytest.mark.parametrize(("role", "words"), [(Role.TECHNICIAN, "Only a supervisor can bill"), (Role.SUPERVISOR, "")])
def test_who_may_not_bill_reads_why_beside_the_grey_button(desk: UiDesk, role: Role, words: str) -> None:
    with_account(desk.desk, an_account(role=role))
    shown = tab(desk, SalesOrdersTab)
    assert shown.table.add_button.isEnabled() is not bool(words)
    assert shown.reason.text() == words
    said = [one.text() for one in shown.findChildren(QLabel)]
    assert "Nothing on this order was billed yet." in said
    assert said.count(words) == 1 or not words
    shown.bill()
    told = [(one.title, one.tone) for one in desk.told]
    assert told == ([(words, Tone.INFO)] if words else []), "it goes by itself: nothing went wrong"
    assert len(desk.dialogs()) == (0 if words else 1)


def test_where_nothing_is_left_it_says_so(desk: UiDesk) -> None:
    billed(desk)
    item(desk, "i-2", "Seal", "150.00 NOK", sales_order_uid="b-1")
    assert tab(desk, SalesOrdersTab).reason.text() == "Nothing is left to bill"


def test_a_system_without_sales_orders_says_so(desk: UiDesk) -> None:
    refusals = {Deed(RecordType.SALES_ORDER, Verb.CREATE): "This system has no sales orders"}
    desk.desk.use(replace(desk.desk.guarantees, refusals=refusals))
    assert tab(desk, SalesOrdersTab).reason.text() == "This system has no sales orders"


def test_a_sales_order_shows_its_lines_and_addresses_and_items_say_where_they_are(desk: UiDesk) -> None:
    billed(desk, invoice_address=PostalAddress(name="Moe AS", address="Boks 5", country_code="NO"))
    shown = tab(desk, SalesOrdersTab)
    model = shown.table.view.model()
    assert [model.index(0, at).data() for at in range(5)] == [
        "1001",
        "Today 11:12",
        "2 lines",
        "978.00 NOK",
        "Vera Vogt",
    ]
    assert shown.details.text().splitlines() == [
        "2 × Fuse",
        "1.5 h Standard",
        "To Anna Moe, 0155 Oslo · Invoice to Moe AS, Boks 5, NO",
    ]
    items = tab(desk, ItemsTab).table
    billed_column = next(
        at for at in range(9) if items.view.model().headerData(at, Qt.Orientation.Horizontal) == "Billed"
    )
    told = {row.value.name: items.view.model().index(at, billed_column).data() for at, row in enumerate(items.rows)}
    assert told == {"Fuse": "Billed · 1001", "Seal": ""}


# Messages.


def message(desk: UiDesk, uid: str, **changes: Any) -> None:
    values: dict[str, Any] = {
        "service_notification_uid": uid,
        "channel": "EMAIL",
        "recipient": "anna@example.com",
        "message": "Your device is ready",
        "status": "SENT",
        "created_at": MORNING,
        "sent_at": MORNING,
    }
    value = Notification(**values | changes)
    put_part(desk.desk.store, desk.order, value, record_type=RecordType.NOTIFICATION, server_id=uid)


def words_of(shown: MessagesTab, tone: str = "") -> list[str]:
    labels = [one for one in shown.findChildren(QLabel) if one.text()]
    return [one.text() for one in labels if not tone or one.property("tone") == tone]


def test_messages_show_what_became_of_them_the_newest_first(desk: UiDesk) -> None:
    message(desk, "n-1", message="Older", created_at=MORNING - timedelta(hours=1), status="FAILED")
    message(desk, "n-2", message="Newer <b>bold</b>")
    shown = tab(desk, MessagesTab)
    words = words_of(shown)
    assert words.index("Newer <b>bold</b>") < words.index("Older")
    assert words_of(shown, "good") == ["Sent 11:12"]
    assert words_of(shown, "bad") == ["Failed"]
    assert shown.count(desk.detail()) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "QUEUED", "sent_at": None}, "Queued"),
        ({"status": "SENT", "sent_at": None}, "Sent"),
        ({"status": "SENT", "sent_at": MORNING - timedelta(days=1)}, "Sent Yesterday 11:12"),
        ({"status": "NOT_CONFIGURED"}, "Not sent: the server has no e-mail set up"),
        ({"status": "NOT_CONFIGURED", "channel": "SMS"}, "Not sent: the server sends no text messages"),
        ({"status": "NOT_CONFIGURED", "channel": "FAX"}, "Not sent: the server is not set up for it"),
        ({"status": "BOUNCED_BACK"}, "Bounced back"),
    ],
)
def test_a_status_is_told_in_words(desk: UiDesk, changes: dict[str, Any], words: str) -> None:
    message(desk, "n-1", **changes)
    assert words in words_of(tab(desk, MessagesTab))


def test_without_messages_it_says_when_there_will_be_some_or_that_there_never_are(desk: UiDesk) -> None:
    assert "status that notifies" in words_of(tab(desk, MessagesTab))[0]
    desk.desk.use(replace(desk.desk.guarantees, no_notifications="Extend sends no messages"))
    assert words_of(tab(desk, MessagesTab)) == ["Extend sends no messages"]
