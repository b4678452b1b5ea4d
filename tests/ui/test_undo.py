"""Ctrl+Z takes back the last thing, and asks before it corrects what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget

from techdesk.application.accounts import Deed
from techdesk.application.changes import Changes
from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import FrozenRequest, OpState, OrderRef, Verb
from techdesk.application.ports import Urgency
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.ui.undo import UndoStack
from tests.support.builders import KEYED, MORNING
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk


@pytest.fixture
def stack(desk: UiDesk, window: QWidget) -> UndoStack:
    return UndoStack(desk.context, window)


def do(desk: UiDesk, *commands: Callable[[], Changes]) -> None:
    """Do things as the window does, one after the other."""
    for command in commands:
        with desk.qtbot.waitSignal(desk.context.tasks.changed):
            desk.context.tasks.command(command)


def add(desk: UiDesk, name: str) -> Callable[[], Changes]:
    return partial(desk.desk.commands.add_item, desk.order, Item(name=name))


def send_all(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        for one in tx.operations(states=[OpState.QUEUED]):
            request = FrozenRequest(method="POST", path="/", headers={}, body=b"")
            going = replace(one, state=OpState.INFLIGHT, attempts=1, request=request)
            tx.save_operation(going)
            tx.save_operation(replace(going, state=OpState.DONE, done_at=MORNING))


def answer(desk: UiDesk, window: QWidget, verb: str) -> str:
    """Wait for the question, answer it, and return what was asked."""
    desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    box = window.findChildren(QMessageBox)[-1]
    text = str(box.text())
    next(one for one in box.buttons() if one.text().replace("&", "") == verb).click()
    return text


def test_the_last_thing_goes_first(desk: UiDesk, stack: UndoStack) -> None:
    do(desk, add(desk, "Fuse"), add(desk, "Belt"))
    stack.undo()
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.QUEUED, OpState.CANCELLED])
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told] == ["Undone: Item added: Belt"])
    stack.undo()
    desk.qtbot.waitUntil(lambda: desk.states() == [OpState.CANCELLED, OpState.CANCELLED])
    stack.undo()
    assert desk.told[-1].title == "There is nothing to undo"


def test_what_was_sent_is_removed_only_after_a_question(desk: UiDesk, window: QWidget, stack: UndoStack) -> None:
    do(desk, add(desk, "Fuse"))
    send_all(desk)
    stack.undo()
    asked = answer(desk, window, "Remove")
    assert asked == "“Item added: Fuse” was sent already. Remove it on the server, too?"
    desk.qtbot.waitUntil(lambda: [one.verb for one in desk.operations()] == [Verb.CREATE, Verb.DELETE])


def test_who_leaves_it_as_it_is_is_asked_again_before_anything_earlier_goes(
    desk: UiDesk, window: QWidget, stack: UndoStack
) -> None:
    do(desk, add(desk, "Fuse"), add(desk, "Belt"))
    send_all(desk)
    for _ in range(2):
        stack.undo()
        assert "Belt" in answer(desk, window, "Cancel")
        desk.qtbot.waitUntil(lambda: window.findChildren(QMessageBox) == [])
    assert desk.states() == [OpState.DONE, OpState.DONE]


def test_a_change_that_was_sent_is_set_back(desk: UiDesk, window: QWidget, stack: UndoStack) -> None:
    seen = desk.detail().shown.document
    do(desk, partial(desk.desk.commands.change_order, desk.order, {"title": "Mine"}, seen))
    send_all(desk)
    stack.undo()
    answer(desk, window, "Set it back")
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 2)
    assert desk.operations()[1].intent == {"title": seen["title"]}


def test_where_nothing_is_removed_an_event_says_what_was_wrong(
    desk: UiDesk, window: QWidget, stack: UndoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = replace(KEYED, refusals={Deed(RecordType.EVENT, Verb.DELETE): "Extend removes no events"})
    monkeypatch.setattr(desk.desk, "profile", lambda _: refusing)
    do(desk, partial(desk.desk.commands.record_event, desk.order, ProductDiagnosed()))
    send_all(desk)
    stack.undo()
    assert "stays: Extend removes no events" in answer(desk, window, "Record a correction")
    desk.qtbot.waitUntil(lambda: bool(desk.dialogs()))
    (dialog,) = desk.dialogs()
    assert dialog.form.typed()["event"] == "correction"
    assert dialog.form.typed()["notes"].startswith("“Product diagnosed” of ")
    dialog.save()
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 2)


def changed_two(desk: UiDesk) -> list[OrderRef]:
    """Put two orders on a shelf, as a change of several does."""
    other = desk.order
    first = desk.put(desk.detail().order, server_id="so-2")
    do(desk, partial(desk.desk.commands.change_orders, [first, other], {"location_label": "Shelf 4"}))
    return [first, other]


def shelf(desk: UiDesk, order: OrderRef) -> object:
    with desk.desk.store.read() as view:
        return order_detail(view, order).shown.document.get("location_label") or ""


def test_a_change_of_many_orders_that_was_sent_is_set_back(desk: UiDesk, window: QWidget, stack: UndoStack) -> None:
    orders = changed_two(desk)
    send_all(desk)
    assert [shelf(desk, one) for one in orders] == ["Shelf 4", "Shelf 4"]
    stack.undo()
    assert answer(desk, window, "Cancel") == "This was sent already. Set 2 changes back to what stood there before?"
    desk.qtbot.waitUntil(lambda: window.findChildren(QMessageBox) == [])
    stack.undo()
    answer(desk, window, "Set back")
    desk.qtbot.waitUntil(lambda: [shelf(desk, one) for one in orders] == ["", ""])
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told][-1:] == ["Set back: 2 changes"])


def test_what_changed_again_since_is_said_and_stays(desk: UiDesk, window: QWidget, stack: UndoStack) -> None:
    first, other = changed_two(desk)
    send_all(desk)
    for order, words in ((first, "1 changed again since and stay as they are. Set 1 change"), (other, "")):
        with desk.desk.store.write(Urgency.BACKGROUND) as tx:
            record = tx.record(order.account_id, RecordType.ORDER, order.order_id)
            assert record is not None
            tx.save_record(replace(record, view={**record.view, "location_label": "Bench"}))
        stack.undo()
        if words:
            assert words in answer(desk, window, "Cancel")
            desk.qtbot.waitUntil(lambda: window.findChildren(QMessageBox) == [])
    desk.qtbot.waitUntil(lambda: [one.title for one in desk.told] == ["Nothing is left to undo of it"])
    stack.undo()
    assert desk.told[-1].title == "There is nothing to undo"


def test_many_orders_of_which_one_is_on_its_way_can_be_undone_later(desk: UiDesk, stack: UndoStack) -> None:
    changed_two(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        one = tx.operations()[0]
        request = FrozenRequest(method="POST", path="/", headers={}, body=b"")
        tx.save_operation(replace(one, state=OpState.INFLIGHT, attempts=1, request=request))
    for _ in range(2):
        desk.told.clear()
        stack.undo()
        desk.qtbot.waitUntil(lambda: bool(desk.told))
        assert "wait until it is confirmed" in desk.told[-1].hint


def test_where_it_cannot_be_set_back_the_step_stays_to_be_undone(
    desk: UiDesk, window: QWidget, stack: UndoStack
) -> None:
    first, _ = changed_two(desk)
    send_all(desk)
    for _ in range(2):
        stack.undo()
        desk.qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
        with desk.desk.store.write(Urgency.BACKGROUND) as tx:
            record = tx.record(first.account_id, RecordType.ORDER, first.order_id)
            tx.remove_record(first.account_id, RecordType.ORDER, first.order_id)
        desk.told.clear()
        answer(desk, window, "Set back")
        desk.qtbot.waitUntil(lambda: bool(desk.told))
        assert record is not None
        with desk.desk.store.write(Urgency.BACKGROUND) as tx:
            tx.save_record(record)
        desk.qtbot.waitUntil(lambda: window.findChildren(QMessageBox) == [])


def test_what_cannot_be_undone_yet_can_be_later(desk: UiDesk, stack: UndoStack) -> None:
    do(desk, add(desk, "Fuse"))
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        (one,) = tx.operations()
        tx.add_operation(replace(one, op_id="later", seq=0, position=0, verb=Verb.UPDATE))
    stack.undo()
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "Later unsent work stands on this"
    desk.desk.commands.outbox.discard("later")
    stack.undo()
    desk.qtbot.waitUntil(lambda: set(desk.states()) == {OpState.CANCELLED})


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (OpState.INFLIGHT, ("“Item added: Fuse” was sent already", "It is being sent; wait until it is confirmed")),
        (OpState.CONFLICT, ("“Item added: Fuse”", "It needs your decision first (Ctrl+Shift+U)")),
    ],
)
def test_what_is_not_settled_stays_the_next_to_be_undone(
    desk: UiDesk, stack: UndoStack, state: OpState, told: tuple[str, str]
) -> None:
    do(desk, add(desk, "Earlier"))
    do(desk, add(desk, "Fuse"))
    put_in_state(desk.desk.store, desk.operations()[-1].op_id, state, "")
    for _ in range(2):
        with desk.qtbot.waitSignal(desk.context.notices.told):
            stack.undo()
        assert (desk.told[-1].title, desk.told[-1].hint) == told
    assert OpState.CANCELLED not in desk.states()
