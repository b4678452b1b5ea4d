"""The search on a server: it asks what the account can be asked for, says what is here, and brings the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from pytestqt.qtbot import QtBot

from techdesk.application.desk_services import search_form_of
from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import Urgency
from techdesk.domain.errors import OfflineError
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.dialogs.server_search import ServerSearch, Source
from tests.support.builders import an_account, an_order, order_document
from tests.support.fake_desk import with_account
from tests.support.ui_desk import UiDesk

CUSTOMER_AND_SERVICE = (
    "customer_name",
    "customer_phone",
    "customer_email",
    "service_number",
    "title",
    "serial_number",
)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    """A desk whose server has the order that is here, so-1, and another one."""
    made = UiDesk(qtbot)
    with made.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_references("a1", "stores", [{"store_uid": "st-1", "name": "Oslo"}])
    made.desk.found = [at_the_server("so-1", "10042"), at_the_server("so-2", "10043", title="<b>Leaks</b>")]
    yield made
    made.close()


def at_the_server(server_id: str, number: str, **changes: Any) -> PulledOrder:
    return PulledOrder(server_id=server_id, document=order_document(an_order(service_number=number, **changes)))


def opened(desk: UiDesk, account_id: str = "", text: str = "") -> ServerSearch:
    with desk.desk.store.read() as view:
        accounts = view.accounts()
    sources = [Source(one, search_form_of(desk.desk.systems(), one)) for one in accounts]
    dialog = ServerSearch(desk.context, sources)
    dialog.begin(account_id, text)
    dialog.show()
    desk.wait_active(dialog)
    if dialog._form.fields:
        desk.qtbot.waitUntil(lambda: bool(dialog.fields.lines))
    return dialog


def asked(desk: UiDesk, dialog: ServerSearch) -> ServerQuery:
    """Return what the server was asked, once it has answered."""
    desk.qtbot.waitUntil(lambda: "found" in dialog.message.text() or "none" in dialog.message.text())
    return desk.desk.asked[-1]


def cells(dialog: ServerSearch) -> list[list[str]]:
    table = dialog.found
    texts = [[table.item(row, column) for column in range(table.columnCount())] for row in range(table.rowCount())]
    return [[one.text() if one else "" for one in row] for row in texts]


def marked(desk: UiDesk, dialog: ServerSearch, *marks: str) -> None:
    desk.qtbot.waitUntil(lambda: [row[-1] for row in cells(dialog)] == list(marks))


def tick(dialog: ServerSearch, name: str, *labels: str) -> None:
    shown = dialog.fields.lists[name]
    for row in range(shown.count()):
        if shown.item(row).text() in labels:
            shown.item(row).setCheckState(Qt.CheckState.Checked)


def test_what_the_server_finds_is_listed_with_what_is_here(desk: UiDesk) -> None:
    dialog = opened(desk, text="berg")
    assert asked(desk, dialog) == ServerQuery(text="berg")
    marked(desk, dialog, "Already here", "")
    assert cells(dialog)[1][:5] == ["10043", "Johanna Berg", "<b>Leaks</b>", "Received", "30 May"]
    assert dialog.message.text() == "2 orders found."


def test_the_chosen_orders_are_brought_and_opened_by_the_keyboard_alone(desk: UiDesk) -> None:
    dialog = opened(desk)
    wanted: list[OrderRef] = []
    dialog.order_wished.connect(wanted.append)
    desk.qtbot.keyClicks(dialog.text, "berg")
    desk.qtbot.keyClick(dialog.text, Qt.Key.Key_Return)
    asked(desk, dialog)
    marked(desk, dialog, "Already here", "")
    desk.qtbot.waitUntil(dialog.found.hasFocus)
    assert dialog.open_button.isEnabled()
    assert not dialog.bring_button.isEnabled()
    desk.qtbot.keyClick(dialog.found, Qt.Key.Key_Down)
    assert dialog.bring_button.isEnabled()
    desk.qtbot.keyClick(dialog.found, Qt.Key.Key_Return)
    marked(desk, dialog, "Already here", "Already here")
    assert dialog.message.text() == "1 order is here now. Enter opens it."
    assert wanted == []
    desk.qtbot.keyClick(dialog.found, Qt.Key.Key_Return)
    assert wanted == [OrderRef("a1", "so-2")]
    assert not dialog.isVisible()


def test_several_orders_are_brought_at_once_and_those_here_are_left(desk: UiDesk) -> None:
    desk.desk.found.append(at_the_server("so-3", "10044"))
    dialog = opened(desk, text="berg")
    marked(desk, dialog, "Already here", "", "")
    dialog.found.selectAll()
    assert dialog.bring_button.text() == "&Bring 2 here"
    desk.qtbot.mouseClick(dialog.bring_button, Qt.MouseButton.LeftButton)
    marked(desk, dialog, "Already here", "Already here", "Already here")
    assert not dialog.bring_button.isEnabled()
    assert dialog.message.text().startswith("2 orders are here now")
    with desk.desk.store.read() as view:
        assert view.order_server_ids("a1") == ["so-1", "so-2", "so-3"]


def test_the_search_field_switches_customer_and_service_fields_off_and_loses_nothing(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.qtbot.mouseClick(dialog.more, Qt.MouseButton.LeftButton)
    lines = dialog.fields.lines
    for name in CUSTOMER_AND_SERVICE:
        lines[name].setText(f"my {name}")
    lines["from_date"].setText("2026-05-01")
    dialog.text.setText("berg")
    assert [name for name, line in lines.items() if not line.isEnabled()] == list(CUSTOMER_AND_SERVICE)
    assert dialog.query() == ServerQuery(text="berg", from_date=date(2026, 5, 1))
    dialog.text.clear()
    assert all(line.isEnabled() for line in lines.values())
    query = dialog.query()
    assert {name: getattr(query, name) for name in CUSTOMER_AND_SERVICE} == {
        name: f"my {name}" for name in CUSTOMER_AND_SERVICE
    }
    assert (query.text, query.from_date) == ("", date(2026, 5, 1))


def test_every_field_is_asked_for(desk: UiDesk) -> None:
    dialog = opened(desk)
    desk.qtbot.mouseClick(dialog.more, Qt.MouseButton.LeftButton)
    assert dialog.fields.isVisible()
    dialog.fields.lines["from_date"].setText("yesterday")
    dialog.fields.lines["to_date"].setText("2026-06-01")
    dialog.fields.lines["title"].setText("leaks")
    tick(dialog, "service_states", "On hold", "Finished")
    tick(dialog, "service_type_uids", "Home visit")
    tick(dialog, "service_status_uids", "Received")
    tick(dialog, "assigned_user_uids", "Ana Ruiz")
    tick(dialog, "created_from_store_uids", "Oslo")
    tick(dialog, "priorities", "Urgent")
    desk.qtbot.keyClick(dialog.fields.lines["title"], Qt.Key.Key_Return)
    assert asked(desk, dialog) == ServerQuery(
        title="leaks",
        from_date=date(2026, 5, 31),
        to_date=date(2026, 6, 1),
        service_states=("ON_HOLD", "FINISHED"),
        service_type_uids=("t-onsite",),
        service_status_uids=("s-new",),
        assigned_user_uids=("u-ana",),
        created_from_store_uids=("st-1",),
        priorities=("URGENT",),
    )


def test_what_is_no_date_is_told_and_nothing_is_asked(desk: UiDesk) -> None:
    dialog = opened(desk)
    dialog.fields.lines["to_date"].setText("next week")
    dialog.search()
    assert dialog.message.text() == "“next week” is no date. Type it like 2026-06-01, or today"
    assert desk.desk.asked == []


def test_as_many_as_are_found_at_once_say_that_there_may_be_more(desk: UiDesk) -> None:
    desk.desk.found.append(at_the_server("so-3", "10044"))
    dialog = opened(desk, text="berg")
    asked(desk, dialog)
    assert dialog.message.text() == "3 orders found. There may be more: ask more closely."
    desk.desk.found = []
    dialog.search()
    desk.qtbot.waitUntil(lambda: dialog.message.text() == "The server finds none.")
    assert dialog.pages.currentIndex() == 0


def test_a_server_that_does_not_answer_is_told_in_words_and_can_be_asked_again(desk: UiDesk) -> None:
    desk.desk.refusal = OfflineError("You work offline", "Switch it off")
    dialog = opened(desk, text="berg")
    desk.qtbot.waitUntil(lambda: dialog.message.text() == "You work offline. Switch it off")
    assert dialog.find_button.isEnabled()
    desk.desk.refusal = None
    dialog.search()
    assert asked(desk, dialog).text == "berg"
    desk.desk.refusal = OfflineError()
    dialog.found.selectRow(1)
    desk.qtbot.waitUntil(dialog.bring_button.isEnabled)
    desk.qtbot.mouseClick(dialog.bring_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: "does not answer" in dialog.message.text())
    assert "sent later" not in dialog.message.text()
    assert dialog.bring_button.isEnabled()


def test_an_account_that_cannot_be_asked_is_grey_with_its_reason(desk: UiDesk) -> None:
    with_account(desk.desk, an_account(account_id="a2", name="Rooms", system="rooms"))
    dialog = opened(desk, account_id="a2")
    combo, model = dialog.account.combo, dialog.account.combo.model()
    assert isinstance(model, QStandardItemModel)
    assert [combo.itemText(row) for row in range(combo.count())] == [
        "Bench",
        "Rooms – Rooms cannot be asked for orders",
    ]
    assert [model.item(row).isEnabled() for row in range(combo.count())] == [True, False]
    assert dialog.account.value() == "a1"


def test_without_an_account_that_can_be_asked_it_says_so(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account(system="rooms"))
    dialog = opened(desk, text="berg")
    assert dialog.message.text() == "None of your accounts can be asked for orders"
    assert not dialog.find_button.isEnabled()
    dialog.search()
    assert desk.desk.asked == []


def test_where_a_server_cannot_be_read_the_kind_is_asked_for(desk: UiDesk) -> None:
    account = an_account(account_id="a2", name="Blind", system="by_id", settings={"blind": "yes"})
    with_account(desk.desk, account)
    dialog = opened(desk)
    assert not dialog.kind.isVisible()
    dialog.account.set_value("a2")
    assert dialog.text_label.text() == "Order id"
    assert dialog.kind.isVisible()
    assert not dialog.more.isVisible()
    dialog.text.setText(" 7f ")
    desk.qtbot.mouseClick(dialog.kind.buttons[ServiceKind.ONSITE], Qt.MouseButton.LeftButton)
    dialog.search()
    assert asked(desk, dialog) == ServerQuery(text="7f", service_kind=ServiceKind.ONSITE)


def test_what_another_account_had_found_goes_when_the_account_changes(desk: UiDesk) -> None:
    with_account(desk.desk, an_account(account_id="a2", name="Ids", system="by_id"))
    dialog = opened(desk, text="berg")
    marked(desk, dialog, "Already here", "")
    dialog.account.set_value("a2")
    assert cells(dialog) == []
    assert not dialog.bring_button.isEnabled()
