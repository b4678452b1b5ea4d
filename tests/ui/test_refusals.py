"""What a system cannot do is greyed with the reason, and no action of the window sends it all the same."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from techdesk.application.accounts import Profile
from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import Operation, Verb
from techdesk.application.ports import Urgency
from techdesk.connectors import CONNECTORS
from techdesk.domain.vocabulary import ServiceKind
from techdesk.ui.actions import ACTIONS, Action
from techdesk.ui.dialogs.accept_dialog import DeclineDialog
from techdesk.ui.main_window import MainWindow
from tests.support.builders import an_account, an_order, commands_over, put_order
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""


def profile_of(system: str) -> Profile:
    account = an_account(system=system, address="https://x.test", settings={"userName": "kim"})
    connector = CONNECTORS[system].build(account, "secret", BY_SYSTEM)
    try:
        return connector.profile
    finally:
        connector.close()


def opened(desk: UiDesk, system: str, *, accepted: bool = True) -> MainWindow:
    """Return a window on one account of a system with one order, which is open and selected."""
    desk.desk.commands = commands_over(desk.desk.store, desk.desk.clock, profile_of(system))
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(name="Only", system=system, color="blue"))
    when = None if not accepted else an_order().accepted_at
    desk.put(an_order(service_kind=ServiceKind.DEPOT, requires_acceptance=not accepted, accepted_at=when))
    desk.desk.settings.set("list.view", "all")
    window = MainWindow(desk.context)
    window.show()
    desk.wait_active(window)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    return window


def sent(desk: UiDesk) -> list[Operation]:
    return desk.operations()


@pytest.mark.parametrize("system", ["extend", "resource_scheduler"])
@pytest.mark.parametrize("action", [one for one in ACTIONS if one.name != "quit"], ids=lambda one: one.name)
def test_no_action_sends_what_the_system_refuses(desk: UiDesk, action: Action, system: str) -> None:
    window = opened(desk, system)
    window.run(action)
    for _ in range(20):
        QApplication.processEvents()
    profile = profile_of(system)
    for operation in sent(desk):
        profile.check_supports(operation.record_type, operation.verb)
    for dialog in desk.dialogs():
        dialog.close()


@pytest.mark.parametrize(
    ("name", "system", "words"),
    [
        ("new_order", "extend", "Extend makes orders itself"),
        ("new_order", "resource_scheduler", "takes no new orders"),
        ("record_event", "resource_scheduler", "has no events"),
        ("change_status", "extend", "takes repair events only"),
        ("change_assignee", "extend", "takes repair events only"),
        ("change_assignee", "resource_scheduler", "its planners do"),
    ],
)
def test_a_refused_action_says_why(desk: UiDesk, name: str, system: str, words: str) -> None:
    window = opened(desk, system)
    window.run(next(one for one in ACTIONS if one.name == name))
    desk.qtbot.waitUntil(lambda: any(words in one.hint for one in desk.told))
    assert sent(desk) == []


def test_an_order_that_cannot_be_changed_has_its_buttons_greyed_with_the_reason(desk: UiDesk) -> None:
    window = opened(desk, "extend")
    header = window.work.pane.header
    for button in (header.status, header.priority, header.assignee):
        assert not button.isEnabled()
        assert button.toolTip() == "Extend takes repair events only"
    change = next(one for one in window.work.pane.findChildren(QPushButton) if one.text() == "Change order…")
    assert not change.isEnabled()
    assert change.toolTip() == "Extend takes repair events only"
    window.work.pane.change_facts()
    assert desk.told[-1].hint == "Extend takes repair events only"
    assert desk.dialogs() == []


def test_a_field_that_a_system_does_not_have_is_greyed_alone(desk: UiDesk) -> None:
    header = opened(desk, "resource_scheduler").work.pane.header
    assert header.status.isEnabled()
    assert not header.assignee.isEnabled()
    assert not header.priority.isEnabled()
    assert header.priority.toolTip() == "Resource Scheduler has no priorities"


def test_an_order_whose_system_has_no_events_says_so_once_instead_of_twelve_times(desk: UiDesk) -> None:
    bar = opened(desk, "resource_scheduler").work.pane.events
    assert bar.why_none.isVisible()
    assert bar.why_none.text() == "Resource Scheduler has no events"
    assert not any(button.isVisible() for button in bar.findChildren(QToolButton))
    assert not any(one.isEnabled() for one in bar.offered)
    assert (bar.menu_button.isEnabled(), bar.menu_button.toolTip()) == (False, "Resource Scheduler has no events")


def test_what_a_system_takes_is_not_greyed(desk: UiDesk) -> None:
    window = opened(desk, "flow_retail")
    header = window.work.pane.header
    assert all(one.isEnabled() for one in (header.status, header.priority, header.assignee))
    assert not window.work.pane.events.why_none.isVisible()
    assert window.work.pane.events.menu_button.isEnabled()
    assert header.priority.toolTip() == "Priority"


@pytest.mark.parametrize(
    ("label", "words"),
    [("Events", "Resource Scheduler has no events"), ("Hours", "Resource Scheduler has no hours"), ("Items", "inside")],
)
def test_an_empty_tab_says_that_the_system_has_none_of_it(desk: UiDesk, label: str, words: str) -> None:
    window = opened(desk, "resource_scheduler")
    tabs = window.work.pane.tabs
    tabs.setCurrentIndex(next(at for at in range(tabs.count()) if tabs.tabText(at).startswith(label)))
    labels = tabs.currentWidget().findChildren
    desk.qtbot.waitUntil(lambda: any(words in one.text() and one.isVisible() for one in labels(QLabel)))


def test_selected_orders_that_cannot_be_changed_say_so(desk: UiDesk) -> None:
    window = opened(desk, "extend")
    put_order(desk.desk.store, an_order(service_number="2"), server_id="so-2")
    window.work.table.orders.refresh()
    desk.qtbot.waitUntil(lambda: window.work.table.orders.rowCount() == 2)
    window.work.table.selectAll()
    page = window.work.pane.selection
    desk.qtbot.waitUntil(lambda: page.facts.text() == "Extend takes repair events only")
    assert not page.status.isEnabled()
    assert not page.assignee.isEnabled()


def test_an_unaccepted_claim_is_accepted_in_the_window(desk: UiDesk) -> None:
    window = opened(desk, "extend", accepted=False)
    accept = next(one for one in window.work.pane.findChildren(QPushButton) if one.text() == "&Accept order")
    accept.click()
    desk.qtbot.waitUntil(lambda: [one.verb for one in sent(desk)] == [Verb.ACCEPT])
    assert sent(desk)[0].intent["accepted"] is True


def test_an_unaccepted_claim_is_declined_with_reason_and_notes(desk: UiDesk) -> None:
    window = opened(desk, "extend", accepted=False)
    next(one for one in window.work.pane.findChildren(QPushButton) if one.text() == "&Decline…").click()
    dialog = desk.dialogs()[-1]
    assert isinstance(dialog, DeclineDialog)
    dialog.form.editor("reason").set_value("No parts")
    if "notes" in dialog.form.names:
        dialog.form.editor("notes").set_value("Until March")
    with desk.qtbot.waitSignal(dialog.saved):
        dialog.save()
    told = sent(desk)[0].intent
    assert (told["accepted"], told["reason"], told["notes"]) == (False, "No parts", "Until March")


def test_resource_scheduler_greys_acceptance_with_the_reason(desk: UiDesk) -> None:
    window = opened(desk, "resource_scheduler", accepted=False)
    buttons = {one.text(): one for one in window.work.pane.findChildren(QPushButton)}
    assert not buttons["&Accept order"].isEnabled()
    assert not buttons["&Decline…"].isEnabled()
