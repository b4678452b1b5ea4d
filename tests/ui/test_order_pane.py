"""The order pane shows one order truly and lets it be worked on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from techdesk.application.changes import Changes
from techdesk.application.outbox import Clash, OpState, Verb
from techdesk.application.ports import Urgency
from techdesk.domain.events import EVENT_KINDS, OtherEvent, ProductDiagnosed, RepairCompleted, RepairStarted
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.orders import Asset, Customer, Order, Site
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import Priority, Role, ServiceKind, ServiceState
from techdesk.domain.work_orders import WorkOrder, WorkOrderNote
from techdesk.ui.detail.event_bar import EventBar
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.tabs import TABS
from techdesk.ui.tabs.events import EventCard, EventsTab
from techdesk.ui.tabs.history import HistoryTab
from techdesk.ui.tabs.hours import HoursTab
from techdesk.ui.tabs.items import ItemsTab
from techdesk.ui.tabs.overview import OverviewTab
from tests.support.builders import MORNING, an_account, an_order
from tests.support.fake_desk import with_account
from tests.support.outbox_states import put_in_state
from tests.support.shown_widgets import texts_in
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


def shown(desk: UiDesk, order: Order | None = None) -> OrderPane:
    """Return a pane that shows the order."""
    if order:
        desk.put(order)
    pane = OrderPane(desk.context)
    pane.resize(700, 700)
    pane.show()
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    return pane


def tab(pane: OrderPane, kind: type[QWidget]) -> QWidget:
    place = next(at for at in range(pane.tabs.count()) if isinstance(pane.tabs.widget(at), kind))
    pane.show_tab(place)
    QCoreApplication.sendPostedEvents()
    widget = pane.tabs.widget(place)
    assert widget is not None
    return widget


def answer(desk: UiDesk, pane: QWidget, words: str) -> None:
    """Press a button of the question that is open."""
    box = next(one for one in pane.findChildren(QMessageBox) if one.isVisible())
    button = next(one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == words)
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("service", ServiceKind)
def test_there_is_one_action_with_its_own_key_for_every_kind(desk: UiDesk, service: ServiceKind) -> None:
    pane = shown(desk, an_order(service_kind=service))
    actions = pane.events.offered
    kinds = [name for name, kind in EVENT_KINDS.items() if service in (kind.service, ServiceKind.OTHER)]
    assert [one.data() for one in actions] == [*kinds, "internal_note", ""]
    keys = [one.shortcut().toString() for one in pane.offered]
    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_recorded_events_are_ticked(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, RepairStarted())
    pane = shown(desk)
    ticked = {one.data() for one in pane.events.offered if not one.icon().isNull()}
    assert ticked == {"repair_started", "internal_note", ""}


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (an_order(service_state=ServiceState.CLOSED), "This order is closed"),
        (an_order(requires_acceptance=True), "This order has not been accepted yet"),
    ],
    ids=["closed", "not accepted"],
)
def test_what_the_order_forbids_is_greyed_with_the_reason(desk: UiDesk, order: Order, reason: str) -> None:
    pane = shown(desk, order)
    assert not any(one.isEnabled() for one in pane.events.offered)
    assert all(reason in one.toolTip() for one in pane.events.offered)


def test_the_key_of_an_event_that_cannot_be_recorded_now_says_why(desk: UiDesk) -> None:
    pane = shown(desk, an_order(service_state=ServiceState.CLOSED))
    pane.show()
    desk.wait_active(pane)
    desk.qtbot.keyClick(pane, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert [(one.title, one.hint.startswith("This order is closed")) for one in desk.told] == [
        ("This cannot be recorded now", True)
    ]
    assert desk.dialogs() == []


def test_a_key_that_needs_an_order_says_so_where_none_is_shown(desk: UiDesk) -> None:
    pane = shown(desk)
    pane.show()
    desk.wait_active(pane)
    pane.show_order(None)
    for key in (Qt.Key.Key_1, Qt.Key.Key_D, Qt.Key.Key_B):
        desk.told.clear()
        desk.qtbot.keyClick(pane, key, Qt.KeyboardModifier.ControlModifier)
        assert [one.title for one in desk.told] == ["Select one order"]
    assert desk.dialogs() == []


def test_an_action_opens_its_dialog_and_the_event_shows_at_once(desk: UiDesk) -> None:
    pane = shown(desk)
    events = tab(pane, EventsTab)
    assert isinstance(events, EventsTab)
    pane.events.offered[4].trigger()
    dialog = next(one for one in desk.dialogs() if one.windowTitle() == "Repair started")
    dialog.save()
    desk.qtbot.waitUntil(lambda: "Saved here" in texts_in(events))
    assert "Not confirmed yet" in texts_in(events)


def test_confirmed_events_stand_below_those_that_are_not(desk: UiDesk) -> None:
    for event in (ProductDiagnosed(diagnostic_explanation="Fuse"), RepairStarted(notes="With the new fuse")):
        desk.desk.commands.record_event(desk.order, event)
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.DONE)
    pane = shown(desk)
    events = tab(pane, EventsTab)
    said = texts_in(events)
    assert said.index("Repair started") < said.index("Confirmed") < said.index("Product diagnosed")
    assert "What was found: Fuse" in said
    assert "With the new fuse" in said


def test_times_stand_in_both_zones_where_they_differ(desk: UiDesk) -> None:
    desk.put(an_order(site=Site(time_zone="America/New_York")))
    desk.desk.commands.record_event(desk.order, RepairStarted(repair_started_at=MORNING))
    pane = shown(desk)
    assert any("in New York" in text for text in texts_in(tab(pane, EventsTab)))


def test_an_event_is_changed_and_removed_with_the_keyboard(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, RepairStarted())
    pane = shown(desk)
    events = tab(pane, EventsTab)
    assert isinstance(events, EventsTab)
    desk.qtbot.keyClick(events.cards[0], Qt.Key.Key_Return)
    assert [one.windowTitle() for one in desk.dialogs()] == ["Change: Repair started"]
    desk.dialogs()[0].reject()
    desk.qtbot.keyClick(events.cards[0], Qt.Key.Key_Delete)
    answer(desk, pane, "Remove")
    desk.qtbot.waitUntil(lambda: not events.cards)
    assert desk.events() == []


def test_html_of_a_server_is_shown_literally_everywhere(desk: UiDesk) -> None:
    evil = "<h1>x</h1><img src='http://evil'>"
    customer = Customer(name=evil, phone=evil, email=evil, address=evil)
    order = an_order(title=evil, description=evil, customer=customer, assets=(Asset(maker=evil, serial_number=evil),))
    desk.put(order)
    desk.desk.commands.record_event(desk.order, OtherEvent(event=evil, notes=evil, metadata={evil: evil}))
    pane = shown(desk)
    for make in TABS:
        tab(pane, make)  # type: ignore[arg-type] # every entry of TABS is a class of widget
        holding = [one for one in pane.findChildren(QLabel) if "<h1>" in one.text() or "<H1>" in one.text()]
        assert holding
        assert {one.textFormat() for one in holding} == {Qt.TextFormat.PlainText}


def test_status_is_changed_in_place(desk: UiDesk) -> None:
    pane = shown(desk)
    menu = pane.header.status.menu()
    assert [one.text() for one in menu.actions()] == ["Received", "In repair", "Ready && waiting"]
    menu.actions()[1].trigger()
    desk.qtbot.waitUntil(lambda: pane.header.status.text() == "In repair")
    assert desk.operations()[0].intent["service_status_uid"] == "s-work"


def test_finishing_without_the_closing_event_asks_for_it_first(desk: UiDesk) -> None:
    pane = shown(desk)
    pane.header.status.menu().actions()[2].trigger()
    answer(desk, pane, "Record it")
    dialog = desk.dialogs()[0]
    assert dialog.windowTitle() == "Repair completed"
    dialog.save()
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 2)
    assert [one.verb for one in desk.operations()] == [Verb.CREATE, Verb.UPDATE]
    assert desk.operations()[1].intent["service_status_uid"] == "s-done"


def test_finishing_can_leave_the_closing_event_out(desk: UiDesk) -> None:
    pane = shown(desk)
    pane.header.status.menu().actions()[2].trigger()
    answer(desk, pane, "Only change the status")
    desk.qtbot.waitUntil(lambda: pane.header.status.text() == "Ready & waiting")
    assert desk.events() == []


def test_finishing_with_the_closing_event_recorded_asks_nothing(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, RepairCompleted())
    pane = shown(desk)
    pane.header.status.menu().actions()[2].trigger()
    desk.qtbot.waitUntil(lambda: pane.header.status.text() == "Ready & waiting")
    assert pane.findChildren(QMessageBox) == []


def test_priority_and_assignee_are_changed_in_place(desk: UiDesk) -> None:
    pane = shown(desk)
    next(one for one in pane.header.priority.menu().actions() if one.text() == "Urgent").trigger()
    desk.qtbot.waitUntil(lambda: pane.header.priority.text() == "Urgent")
    assert [one.text() for one in pane.header.assignee.menu().actions()] == ["Nobody", "Kim Larsen"]
    pane.header.assignee.menu().actions()[1].trigger()
    desk.qtbot.waitUntil(lambda: pane.header.assignee.text() == "Kim Larsen")
    assert desk.detail().order.priority is Priority.URGENT


def test_a_supervisor_may_give_work_to_anybody(desk: UiDesk) -> None:
    with_account(desk.desk, an_account(role=Role.SUPERVISOR))
    pane = shown(desk)
    names = [one.text() for one in pane.header.assignee.menu().actions()]
    assert names == ["Nobody", "Kim Larsen", "Ana Ruiz"]


def test_an_overdue_order_says_so(desk: UiDesk) -> None:
    late = an_order(ready_at_estimate=MORNING - timedelta(hours=2))
    assert shown(desk, late).header.due.text() == "Overdue · Today 09:12"
    finished = replace(late, service_state=ServiceState.FINISHED)
    assert shown(desk, finished).header.due.text() == "Due · Today 09:12"


@pytest.mark.parametrize(
    ("type_name", "words"),
    [("Bench work", "Depot · Bench work"), ("Depot repair", "Depot repair"), ("", "Depot")],
)
def test_the_kind_is_said_once(desk: UiDesk, type_name: str, words: str) -> None:
    assert shown(desk, an_order(service_type_name=type_name)).header.kind.text() == words


def test_accepting_makes_events_possible(desk: UiDesk) -> None:
    pane = shown(desk, an_order(requires_acceptance=True))
    overview = tab(pane, OverviewTab)
    accept = next(one for one in overview.findChildren(QPushButton) if one.text() == "&Accept order")
    desk.qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: all(one.isEnabled() for one in pane.events.offered))
    assert desk.operations()[0].verb is Verb.ACCEPT


def test_the_key_of_an_event_offers_to_accept_the_order_and_goes_on_with_the_event(desk: UiDesk) -> None:
    pane = shown(desk, an_order(requires_acceptance=True))
    pane.show()
    desk.wait_active(pane)
    desk.qtbot.keyClick(pane, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert desk.told == []
    answer(desk, pane, "Accept order")
    desk.qtbot.waitUntil(lambda: bool(desk.dialogs()))
    assert desk.dialogs()[0].windowTitle() == "Product diagnosed"
    assert [one.verb for one in desk.operations()] == [Verb.ACCEPT]


def test_the_menu_of_events_offers_to_accept_the_order_first(desk: UiDesk) -> None:
    pane = shown(desk, an_order(requires_acceptance=True))
    pane.show()
    pane.offer_events()
    assert not pane.events.menu.isVisible()
    answer(desk, pane, "Accept order")
    desk.qtbot.waitUntil(pane.events.menu.isVisible)
    pane.events.menu.close()


def test_an_order_that_is_not_accepted_stays_so_where_that_is_declined_or_cannot_be(
    desk: UiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = shown(desk, an_order(requires_acceptance=True))
    pane.show()
    desk.wait_active(pane)
    desk.qtbot.keyClick(pane, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    answer(desk, pane, "Cancel")
    assert (desk.operations(), desk.dialogs()) == ([], [])
    monkeypatch.setattr(desk.desk.commands, "why_not", lambda *_: "This system knows no acceptance")
    desk.qtbot.keyClick(pane, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert [one.title for one in desk.told] == ["This cannot be recorded now"]


def test_a_chip_has_the_same_room_left_and_right_of_its_picture_and_word(desk: UiDesk) -> None:
    pane = shown(desk)
    for chip in (pane.header.status, pane.header.assignee, pane.header.priority):
        picture = chip.grab().toImage()
        ground = picture.pixelColor(picture.width() // 2, 3)
        middle = range(4, picture.height() - 4)
        drawn = [
            x
            for x in range(4, picture.width() - 4)
            if any(abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 40 for y in middle)
        ]
        assert abs(drawn[0] - (picture.width() - 1 - drawn[-1])) <= 5


def test_declining_asks_for_a_reason(desk: UiDesk) -> None:
    pane = shown(desk, an_order(requires_acceptance=True))
    overview = tab(pane, OverviewTab)
    decline = next(one for one in overview.findChildren(QPushButton) if one.text() == "&Decline…")
    desk.qtbot.mouseClick(decline, Qt.MouseButton.LeftButton)
    dialog = desk.dialogs()[0]
    dialog.save()
    assert desk.operations() == []
    dialog.form.editor("reason").entry().insertPlainText("No parts")  # type: ignore[attr-defined] # a text edit
    dialog.save()
    desk.qtbot.waitUntil(lambda: bool(desk.operations()))
    assert desk.operations()[0].intent == {"accepted": False, "reason": "No parts"}


def test_phone_e_mail_address_and_serial_are_copied_with_one_press(desk: UiDesk) -> None:
    customer = Customer(name="Berg", phone="+47 900", email="b@example.no", address="Storgata 1")
    pane = shown(desk, an_order(customer=customer, assets=(Asset(serial_number="SN-1"),)))
    overview = tab(pane, OverviewTab)
    copied = []
    for button in overview.findChildren(QPushButton):
        if button.isVisibleTo(overview) and button.accessibleName().startswith("Copy"):
            button.click()
            copied.append(QGuiApplication.clipboard().text())
    assert copied == ["+47 900", "b@example.no", "Storgata 1", "SN-1"]


def test_an_order_that_is_gone_says_so(desk: UiDesk) -> None:
    pane = shown(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, desk.order.order_id)
    desk.context.tasks.changed.emit(Changes(orders=frozenset({desk.order.order_id})))
    desk.qtbot.waitUntil(lambda: any("no longer here" in text for text in texts_in(pane)))
    assert pane.detail is None


def test_an_order_that_the_server_did_not_remove_says_where_to_decide(desk: UiDesk) -> None:
    with_account(desk.desk, an_account(role=Role.SUPERVISOR))
    (op_id,) = desk.desk.commands.remove(desk.order, RecordType.ORDER, desk.order.order_id).op_ids
    put_in_state(desk.desk.store, op_id, OpState.REJECTED, "It has a bill")
    pane = OrderPane(desk.context)
    desk.qtbot.addWidget(pane)
    pane.show_order(desk.order)
    desk.qtbot.waitUntil(lambda: any("the server kept it" in text for text in texts_in(pane)))
    assert pane.detail is None


def test_an_answer_for_an_order_that_was_left_is_dropped(desk: UiDesk) -> None:
    first = desk.order
    second = desk.put(an_order(service_number="10043"), server_id="so-2")
    pane = OrderPane(desk.context)
    numbers: list[str] = []
    pane.shown.connect(lambda detail: numbers.append(detail.order.service_number))
    pane.show_order(first)
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(second)
    assert numbers == ["10043"]


def test_changes_of_other_orders_are_not_read(desk: UiDesk) -> None:
    pane = shown(desk)
    seen: list[object] = []
    pane.shown.connect(seen.append)
    desk.context.tasks.changed.emit(Changes(orders=frozenset({"another"})))
    with desk.qtbot.waitSignal(pane.shown):
        desk.context.tasks.changed.emit(Changes(orders=frozenset({desk.order.order_id})))
    assert len(seen) == 1


def test_an_order_s_facts_are_changed_by_a_key(desk: UiDesk) -> None:
    pane = shown(desk)
    next(one for one in pane.offered if one.text() == "Change the order…").trigger()
    assert [one.windowTitle() for one in desk.dialogs()] == ["Change order"]


def test_no_uid_and_no_json_is_on_the_screen(desk: UiDesk) -> None:
    desk.put(an_order(assigned_user_uid="u-kim", customer=Customer(customer_uid="c-99", name="Berg")))
    desk.desk.commands.record_event(desk.order, OtherEvent(event="calibrated", metadata={"deep": {"a": 1}}))
    pane = shown(desk)
    for place in range(pane.tabs.count()):
        pane.show_tab(place)
        said = " ".join(texts_in(pane))
        assert not [uid for uid in ("so-1", "t-depot", "s-new", "u-kim", "c-99", "{", "tmp_") if uid in said]


def test_the_numbers_on_the_events_are_those_of_their_keys(desk: UiDesk) -> None:
    """An order that takes every kind has more of them than digits: only those with a plain key bear its number."""
    pane = shown(desk, an_order(service_kind=ServiceKind.OTHER))
    numbered = {}
    for action in pane.events.offered:
        number, _, rest = action.text().partition("  ")
        if rest:
            numbered[number] = action.shortcut().toString()
    assert numbered == {str(step): f"Ctrl+{step}" for step in range(1, 8)}


def test_the_bar_of_events_stays_when_only_the_ticks_change(desk: UiDesk) -> None:
    pane = shown(desk)
    assert isinstance(pane.events, EventBar)
    before = list(pane.events.offered)
    desk.desk.commands.record_event(desk.order, RepairStarted())
    with desk.qtbot.waitSignal(pane.shown):
        desk.context.tasks.changed.emit(Changes(orders=frozenset({desk.order.order_id})))
    assert list(pane.events.offered) == before


def test_a_tab_s_key_puts_the_keyboard_into_it(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, RepairStarted())
    pane = shown(desk)
    desk.wait_active(pane)
    events, items = (next(one for one in pane.offered if one.text() == f"Show {name}") for name in ("events", "items"))
    events.trigger()
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), EventCard))
    items.trigger()
    desk.qtbot.waitUntil(lambda: getattr(QApplication.focusWidget(), "text", str)() == "Add item")


def test_nothing_of_the_header_is_cut_in_a_low_narrow_window(desk: UiDesk) -> None:
    customer = Customer(name="Studio Nordlicht and Daughters")
    late = an_order(ready_at_estimate=MORNING - timedelta(hours=2), customer=customer, service_type_name="Bench repair")
    pane = shown(desk, late)
    pane.resize(pane.minimumSizeHint().width(), 300)
    QApplication.processEvents()
    header = pane.header
    assert header.whose.isHidden()
    for shown_whole in (header.kind, header.due, header.assignee, *pane.events.findChildren(QToolButton)):
        inside = shown_whole.parentWidget()
        assert inside is not None
        assert shown_whole.height() >= shown_whole.sizeHint().height()
        assert inside.rect().contains(shown_whole.geometry())


class Windows(QObject):
    """Note every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched)
        return False


def test_nothing_flashes_up_as_a_window_of_its_own(desk: UiDesk) -> None:
    windows = Windows()
    QApplication.instance().installEventFilter(windows)  # type: ignore[union-attr] # there is one in every test
    desk.desk.commands.record_event(desk.order, RepairStarted())
    pane = shown(desk)
    for place in range(pane.tabs.count()):
        pane.show_tab(place)
        QApplication.processEvents()
    QApplication.instance().removeEventFilter(windows)  # type: ignore[union-attr] # as above
    assert windows.seen == [pane]


def test_a_hundred_kilobytes_of_text_are_shown_short_and_opened_whole(desk: UiDesk) -> None:
    huge = "lorem ipsum " * 9_000
    desk.put(an_order(title=huge, description=huge, customer=Customer(name=huge)))
    desk.desk.commands.record_event(desk.order, RepairStarted(notes=huge))
    pane = shown(desk)
    for place in range(pane.tabs.count()):
        pane.show_tab(place)
        assert max(len(text) for text in texts_in(pane)) < 2_100
    events = tab(pane, EventsTab)
    assert isinstance(events, EventsTab)
    desk.qtbot.keyClick(events.cards[0], Qt.Key.Key_Return)
    assert desk.dialogs()[0].form.values()["notes"] == huge


def test_what_the_system_cannot_do_is_greyed_with_its_reason(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.desk.commands, "why_not", lambda *_: "This system takes no such thing")
    pane = shown(desk)
    assert {one.toolTip() for one in pane.events.offered} == {"This system takes no such thing"}
    for make in (ItemsTab, HoursTab):
        table = tab(pane, make).table  # type: ignore[attr-defined] # the tabs with a table
        assert not table.add_button.isEnabled()
        assert table.add_button.toolTip() == "This system takes no such thing"


def test_of_many_events_the_newest_are_shown_and_the_rest_on_demand(desk: UiDesk) -> None:
    for minute in range(40):
        desk.desk.commands.record_event(
            desk.order, RepairStarted(repair_started_at=MORNING + timedelta(minutes=minute))
        )
    pane = shown(desk)
    events = tab(pane, EventsTab)
    assert isinstance(events, EventsTab)
    assert len(events.cards) == 15
    assert events.cards[0].shown.value.occurred_at == MORNING + timedelta(minutes=39)
    more = next(one for one in events.findChildren(QPushButton) if one.text() == "Show 25 older events")
    more.click()
    assert len(events.cards) == 40


def test_a_low_pane_offers_the_events_in_a_menu_and_keeps_their_keys(desk: UiDesk) -> None:
    pane = shown(desk)
    assert not pane.events.menu_button.isVisible()
    pane.resize(780, 330)
    desk.qtbot.waitUntil(pane.events.menu_button.isVisible)
    assert [one.text() for one in pane.events.menu.actions()] == [one.text() for one in pane.events.offered]
    desk.qtbot.waitUntil(lambda: pane.events.height() == 0)
    desk.wait_active(pane)
    desk.qtbot.keyClick(pane, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: bool(desk.dialogs()))
    pane.resize(780, 700)
    desk.qtbot.waitUntil(lambda: not pane.events.menu_button.isVisible() and pane.events.height() > 0)


def test_the_menu_of_events_stands_on_the_step_behind_the_last_one(desk: UiDesk) -> None:
    pane = shown(desk)
    desk.wait_active(pane)

    def lit() -> str:
        pane.offer_events()
        menu = pane.events.menu
        desk.qtbot.waitUntil(menu.isVisible)
        text = menu.activeAction().text()
        menu.close()
        return text

    assert lit() == "1  Product received"
    for event in (RepairStarted(), OtherEvent(event="internal_note", notes="Seen"), ProductDiagnosed()):
        desk.desk.commands.record_event(desk.order, event)
    pane.show_order(desk.order)
    desk.qtbot.waitUntil(lambda: pane.detail is not None and len(pane.detail.events) == 3)
    assert lit() == "6  Repair completed"


def test_hours_are_seen_without_scrolling_in_the_lowest_window(desk: UiDesk) -> None:
    for hour in range(4):
        start = MORNING + timedelta(hours=2 * hour)
        entry = HoursEntry(started_at=start, ended_at=start + timedelta(hours=1), note="Replaced the pump " * 20)
        desk.desk.commands.add_hours(desk.order, entry)
    pane = shown(desk)
    pane.resize(812, 330)
    hours = tab(pane, HoursTab)
    assert isinstance(hours, HoursTab)
    view = hours.table.view
    desk.qtbot.waitUntil(lambda: len(hours.table.rows) == 4)
    seen = view.viewport().rect()
    assert all(seen.contains(view.visualRect(view.model().index(row, 0))) for row in (0, 1))
    assert not view.horizontalScrollBar().isVisible()


def test_what_was_discarded_is_read_and_copied_whole_in_the_history(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, ProductDiagnosed(diagnostic_explanation="Board <b>", notes="Was wet"))
    (operation,) = desk.operations()
    desk.desk.commands.outbox.discard(operation.op_id)
    pane = shown(desk)
    history = tab(pane, HistoryTab)
    assert pane.tabs.tabText(pane.tabs.currentIndex()) == "History 1"
    words = "\n".join(texts_in(history))
    assert "Product diagnosed" in words
    assert "Withdrawn Today" in words
    assert "Board <b>" in words
    copy = next(one for one in history.findChildren(QPushButton) if one.toolTip() == "Copy all of it")
    copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Notes: Was wet" in copied
    assert f"support code {operation.support_code}" in copied


def test_the_losing_side_of_a_conflict_is_read_in_the_history(desk: UiDesk) -> None:
    desk.desk.commands.change_orders([desk.order], {"title": "My title", "description": "My words"})
    (operation,) = desk.operations()
    clash = Clash(op_id=operation.op_id, field="title", base="Before", mine="My title", theirs="Their title")
    put_in_state(desk.desk.store, operation.op_id, OpState.CONFLICT, clashes=[clash])
    desk.desk.commands.outbox.settle_clashes(operation.op_id, {"title": "theirs"})
    words = "\n".join(texts_in(tab(shown(desk), HistoryTab)))
    told = (
        "Fault in a few words, kept: theirs",
        "Fault in a few words, mine: My title",
        "Fault in a few words, theirs: Their title",
        "What the customer says: My words",
    )
    assert "\n".join(told) in words


def restore_buttons(history: QWidget) -> dict[str, QPushButton]:
    return {one.text(): one for one in history.findChildren(QPushButton) if one.text().startswith("Restore")}


def test_the_losing_text_is_restored_from_the_history_as_a_new_change(desk: UiDesk) -> None:
    desk.desk.commands.change_orders([desk.order], {"title": "My title"})
    (operation,) = desk.operations()
    clash = Clash(op_id=operation.op_id, field="title", base="Before", mine="My title", theirs="Their title")
    put_in_state(desk.desk.store, operation.op_id, OpState.CONFLICT, clashes=[clash])
    desk.desk.commands.outbox.settle_clashes(operation.op_id, {"title": "theirs"})
    pane = shown(desk)
    buttons = restore_buttons(tab(pane, HistoryTab))
    assert list(buttons) == ["Restore my text"]
    buttons["Restore my text"].click()
    desk.qtbot.waitUntil(lambda: desk.operations()[-1].state is OpState.QUEUED)
    assert desk.operations()[-1].intent == {"title": "My title"}
    assert desk.detail().order.title == "My title"


def test_what_was_withdrawn_is_restored_whole(desk: UiDesk) -> None:
    desk.desk.commands.add_item(desk.order, Item(name="Board"))
    desk.desk.commands.outbox.discard(desk.operations()[0].op_id)
    buttons = restore_buttons(tab(shown(desk), HistoryTab))
    buttons["Restore this text"].click()
    desk.qtbot.waitUntil(lambda: [one.value.name for one in desk.detail().items] == ["Board"])


def test_an_order_without_history_says_so(desk: UiDesk) -> None:
    pane = shown(desk)
    assert texts_in(tab(pane, HistoryTab)) == ["Nothing was withdrawn or overruled on this order."]
    assert pane.tabs.tabText(pane.tabs.currentIndex()) == "History"


def test_the_overview_shows_the_work_order_with_its_limit_dates_and_what_its_notes_ask_for(desk: UiDesk) -> None:
    asked = WorkOrderNote(
        text="Call <b>first</b>",
        action_required=True,
        follow_up_date="2026-03-04T10:00:00Z",
        created_by="Jo",
        created_at="2026-03-02T08:00:00",
    )
    older = [WorkOrderNote(text=f"older {number}", created_at=f"2026-02-0{number}") for number in range(1, 8)]
    work_order = WorkOrder(
        work_order_id=140004,
        number="W-7",
        purchase_number="PO-5",
        status="IN PROGRESS",
        status_extended="ON SITE",
        trade="HVAC",
        category="REPAIR",
        problem_code="NOT COOLING",
        nte=Decimal("450.5"),
        currency="USD",
        scheduled_date="soon",
        expiration_date="2026-03-09T10:00:00-05:00",
        notes=(*older, asked),
    )
    desk.put(an_order(work_order=work_order))
    said = texts_in(tab(shown(desk), OverviewTab))

    assert {"Work order", "W-7 · tracking 140004", "PO-5", "IN PROGRESS / ON SITE", "HVAC", "NOT COOLING"} <= set(said)
    assert desk.context.formats.money(work_order.limit) in said
    assert said[said.index("Scheduled") + 1] == "soon"
    follow_up = desk.context.formats.when(datetime(2026, 3, 4, 10, tzinfo=UTC))
    note = said[said.index("Note") + 1]
    assert note.startswith(f"Action required · Follow up by {follow_up}\nCall <b>first</b>\nJo · ")
    assert note.endswith("at the site")
    assert "2 more in the tab Events" in said
    assert "Changed" not in said


def test_an_order_without_a_work_order_shows_no_block_for_one(desk: UiDesk) -> None:
    assert "Work order" not in texts_in(tab(shown(desk), OverviewTab))
