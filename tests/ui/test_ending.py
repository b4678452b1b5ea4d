"""Finishing an order without its closing event: asked for on one order, told of on several, never in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QMessageBox

from techdesk.application.accounts import Deed
from techdesk.application.outbox import OrderRef, Verb
from techdesk.application.queries import OrderFilter
from techdesk.domain.events import RepairCompleted
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState
from techdesk.ui.detail.bulk import BulkChange
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.palette import plain_text
from tests.support.builders import an_account, an_order
from tests.support.fake_desk import with_account
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


def orders_of(desk: UiDesk, *orders: Order) -> list[OrderRef]:
    """Put orders into the store; the first takes the place of the one that is there."""
    return [desk.put(one, server_id=f"so-{at}") for at, one in enumerate(orders, 1)]


def finish(desk: UiDesk, status: str = "Ready & waiting") -> OrderPane:
    """Give all orders a status, as the menu of several selected orders does; return the window they are in."""
    window = OrderPane(desk.context)
    desk.kept.append(window)
    window.show()
    with desk.desk.store.read() as view:
        keys = view.order_keys(OrderFilter())
    BulkChange(desk.context, window).offer_status(keys, window.pos())
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)))
    (menu,) = window.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    next(one for one in menu.actions() if plain_text(one) == status).trigger()
    return window


def answer(desk: UiDesk, window: OrderPane, words: str) -> None:
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    (box,) = window.findChildren(QMessageBox)
    desk.qtbot.mouseClick(
        next(one for one in box.buttons() if one.text().replace("&", "") == words), Qt.MouseButton.LeftButton
    )


def wait_for_operations(desk: UiDesk, number: int) -> None:
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == number)


def test_one_order_finished_from_the_list_is_asked_about_too(desk: UiDesk) -> None:
    window = finish(desk)
    answer(desk, window, "Record it")
    dialog = desk.dialogs()[0]
    assert dialog.windowTitle() == "Repair completed"
    assert desk.operations() == []
    dialog.save()
    wait_for_operations(desk, 2)
    assert [one.record_type for one in desk.operations()] == [RecordType.EVENT, RecordType.ORDER]


def test_one_order_can_be_finished_from_the_list_without(desk: UiDesk) -> None:
    answer(desk, finish(desk), "Only change the status")
    wait_for_operations(desk, 1)
    assert desk.operations()[0].intent["service_status_uid"] == "s-done"


def test_an_onsite_order_is_asked_about_its_own_closing_event(desk: UiDesk) -> None:
    orders_of(desk, an_order(service_kind=ServiceKind.ONSITE))
    window = finish(desk)
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    assert "“Resolved”" in window.findChildren(QMessageBox)[0].text()


@pytest.mark.parametrize(
    "order",
    [an_order(service_kind=ServiceKind.OTHER), an_order(service_state=ServiceState.CLOSED)],
    ids=["of another kind", "closed already"],
)
def test_where_there_is_nothing_to_record_nobody_is_asked(desk: UiDesk, order: Order) -> None:
    with_account(desk.desk, an_account(role=Role.SUPERVISOR))
    orders_of(desk, order)
    window = finish(desk)
    wait_for_operations(desk, 1)
    assert window.findChildren(QMessageBox) == []


def test_a_system_without_events_asks_for_none(desk: UiDesk) -> None:
    refusals = {Deed(RecordType.EVENT, Verb.CREATE): "Resource Scheduler has no events"}
    desk.desk.use(replace(desk.desk.guarantees, refusals=refusals))
    window = finish(desk)
    wait_for_operations(desk, 1)
    assert window.findChildren(QMessageBox) == []


def test_several_finished_orders_are_changed_at_once_and_those_without_are_counted(desk: UiDesk) -> None:
    orders = orders_of(
        desk,
        an_order(service_number="1"),
        an_order(service_number="2"),
        an_order(service_number="3", service_kind=ServiceKind.ONSITE),
        an_order(service_number="4", service_kind=ServiceKind.OTHER),
    )
    desk.desk.commands.record_event(orders[0], RepairCompleted())
    window = finish(desk)
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "2 of the 4 orders have no “Repair completed” or “Resolved”"
    assert len(desk.operations()) == 5
    assert window.findChildren(QMessageBox) == []


@pytest.mark.parametrize("status", ["Ready & waiting", "In repair"])
def test_several_orders_that_lack_nothing_or_are_not_done_bring_no_note(desk: UiDesk, status: str) -> None:
    orders = orders_of(desk, an_order(service_number="1"), an_order(service_number="2"))
    if status != "In repair":
        for order in orders:
            desk.desk.commands.record_event(order, RepairCompleted())
    with desk.qtbot.waitSignal(desk.context.tasks.changed):
        finish(desk, status)
    asked: list[int] = []
    desk.context.tasks.count(lambda _: 1, asked.append, desk.context.tasks)
    desk.qtbot.waitUntil(lambda: bool(asked))
    assert desk.told == []
