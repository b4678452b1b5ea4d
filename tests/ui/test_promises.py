"""What the window promises: six words for a state, nothing said before it is so, nobody disturbed while typing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

import techdesk
from techdesk.application.changes import Changes
from techdesk.application.exchange import PulledOrder, PullPage
from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.ports import Urgency
from techdesk.application.sync.clock_skew import note_skew
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.domain.errors import BusyError, CaptivePageError, DiskFullError, OfflineError
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.instants import parse_instant
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from techdesk.ui.blocks import StateBadge
from techdesk.ui.dialogs.event_dialog import EventDialog
from techdesk.ui.dialogs.order_dialog import OrderDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.sync_center.rows import WORDS_IN_ORDER
from techdesk.ui.tables import PartTable
from tests.support.builders import MORNING
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk

SIX = {"Saved here", "Sending", "Confirmed", "Needs your check", "Rejected", "Conflict"}
_OTHER_WORDS = re.compile(
    r"^(Pending|Queued|In flight|Ambiguous|Sync(ed|ing|hroni[sz]ed)|Unsynced|Upload(ed|ing)|Delivered|Failed|"
    r"Not sent|Unconfirmed|Retrying|In conflict|Denied|Error|To be sent|Waiting to be sent)$"
)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot)
    made.desk.settings.set("list.view", "all")
    yield made
    made.close()


def opened(desk: UiDesk) -> MainWindow:
    """Return a window that shows the order."""
    window = MainWindow(desk.context)
    window.show()
    window.work.open_order(desk.order)
    desk.qtbot.waitUntil(lambda: window.work.pane.detail is not None)
    desk.wait_active(window)
    return window


def record(desk: UiDesk, state: OpState) -> str:
    """Add an item whose operation is in a state; one that is done or withdrawn stands on the server or is gone."""
    desk.desk.commands.add_item(desk.order, Item(name="Fuse"))
    op_id = desk.operations()[-1].op_id
    if state is not OpState.QUEUED:
        put_in_state(desk.desk.store, op_id, state)
    return op_id


def shown_words(window: QWidget) -> set[str]:
    """Return every text of a label or a badge that is shown now, and what the tables of parts say of a state."""
    said = {one.text() for one in window.findChildren(QLabel) if one.isVisible()}
    for table in window.findChildren(PartTable):
        model = table.view.model()
        last = model.columnCount() - 1
        said |= {str(model.index(row, last).data() or "") for row in range(model.rowCount())}
    return said


def is_said(window: QWidget, text: str) -> bool:
    return text in shown_words(window)


def test_there_are_six_words_for_a_state_and_one_for_what_was_withdrawn() -> None:
    assert set(SCREEN_WORDS) == set(OpState)
    assert {SCREEN_WORDS[one] for one in OpState if one is not OpState.CANCELLED} == SIX
    assert set(WORDS_IN_ORDER) == SIX | {"Withdrawn"}


def test_no_label_of_the_window_has_another_word_for_a_state() -> None:
    found = []
    for file in sorted(Path(techdesk.__file__).parent.joinpath("ui").rglob("*.py")):
        constants = (one for one in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(one, ast.Constant))
        texts = (one.value for one in constants if isinstance(one.value, str))
        found += [f"{file.name}: {text}" for text in texts if _OTHER_WORDS.match(text)]
    assert found == []


@pytest.mark.parametrize("state", OpState)
def test_a_badge_says_the_word_of_its_state(desk: UiDesk, state: OpState) -> None:
    holder = QWidget()
    desk.kept.append(holder)
    badge = StateBadge(desk.context.icons, holder)
    badge.show_state(state)
    assert badge.text() in SIX | {"Withdrawn"}
    assert badge.text() == SCREEN_WORDS[state]


@pytest.mark.parametrize("state", [one for one in OpState if not one.is_settled])
def test_the_window_is_closed_in_any_state_and_says_the_same_when_it_is_open_again(
    desk: UiDesk, state: OpState
) -> None:
    op_id = record(desk, state)
    for _ in range(2):
        window = opened(desk)
        window.work.pane.show_tab(2)
        desk.qtbot.waitUntil(partial(is_said, window, SCREEN_WORDS[state]))
        assert window.close()
        assert [(one.op_id, one.state) for one in desk.operations()] == [(op_id, state)]


def test_two_windows_on_one_order_tell_the_same(desk: UiDesk) -> None:
    one, other = opened(desk), opened(desk)
    one.work.pane.change({"title": "Burnt smell", "priority": "HIGH"})
    for window in (one, other):
        desk.qtbot.waitUntil(partial(is_said, window, "Burnt smell"))
        desk.qtbot.waitUntil(partial(is_said, window, "Saved here"))
        window.show_sync_center()
        desk.qtbot.waitUntil(partial(is_said, window, "1 change is unsent"))


@contextmanager
def full_disk(desk: UiDesk) -> Iterator[None]:
    """Let no commit succeed meanwhile."""

    def refuse() -> None:
        raise DiskFullError

    before, desk.desk.store.before_commit = desk.desk.store.before_commit, refuse
    yield
    desk.desk.store.before_commit = before


def test_nothing_is_called_saved_while_the_disk_did_not_take_it(desk: UiDesk) -> None:
    window = opened(desk)
    window.work.pane.record("product_diagnosed")
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), EventDialog))
    dialog = desk.dialogs()[0]
    entry = dialog.form.editor("diagnostic_explanation").entry()
    entry.setFocus()
    QTest.keyClicks(entry, "Fuse blown")
    with full_disk(desk):
        dialog.save()
        desk.qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.notice.text().startswith("Not saved. ")
    assert not SIX & shown_words(window)
    assert window.status.unsent.text() == "Everything confirmed"
    assert desk.operations() == []
    assert dialog.isVisible()
    dialog.save()
    desk.qtbot.waitUntil(lambda: [one.state for one in desk.operations()] == [OpState.QUEUED])
    window.work.pane.show_tab(1)
    desk.qtbot.waitUntil(lambda: "Saved here" in shown_words(window))
    assert "Fuse blown" in str(desk.operations()[0].intent)


def pull(desk: UiDesk, **fields: object) -> None:
    """Let a pull bring the order with other values, and tell the window."""
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        record = tx.record("a1", RecordType.ORDER, desk.order.order_id)
        assert record is not None
        document = {**(record.base or {}), **fields}
        effect = tx.apply_page(
            "a1",
            PullPage(orders=[PulledOrder(server_id="so-1", document=document, revision="2")], cursor="c2", more=False),
        )
    desk.context.tasks.report_changes(Changes(orders=effect.orders, list_changed=True))


def test_a_pull_never_touches_the_field_in_which_somebody_types(desk: UiDesk) -> None:
    window = opened(desk)
    window.work.pane.change_facts()
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), OrderDialog))
    dialog = desk.dialogs()[0]
    entry = dialog.form.editor("title").entry()
    assert isinstance(entry, QLineEdit)
    entry.setFocus()
    entry.end(False)
    QTest.keyClicks(entry, " and smoke")
    entry.setCursorPosition(5)
    pull(desk, title="Changed by Ana", description="Other words")
    desk.qtbot.waitUntil(lambda: window.work.pane.header.title.text() == "Changed by Ana")
    assert entry.hasFocus()
    assert (entry.text(), entry.cursorPosition()) == ("No power and smoke", 5)
    QTest.keyClicks(entry, "x")
    assert entry.text() == "No poxwer and smoke"
    dialog.save()
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 1)
    (operation,) = desk.operations()
    assert (operation.intent, operation.base) == ({"title": "No poxwer and smoke"}, {"title": "No power"})


def test_a_pull_leaves_the_search_and_what_is_typed_in_it(desk: UiDesk) -> None:
    window = opened(desk)
    window.focus_search()
    QTest.keyClicks(window.work.search, "pow")
    pull(desk, title="Power is back")
    desk.qtbot.waitUntil(lambda: window.work.pane.header.title.text() == "Power is back")
    assert window.work.search.hasFocus()
    assert (window.work.search.text(), window.work.search.cursorPosition()) == ("pow", 3)


def test_what_a_pull_brings_while_a_text_of_ones_own_is_written_stays_outside_of_it(desk: UiDesk) -> None:
    window = opened(desk)
    window.work.pane.record("product_diagnosed")
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), EventDialog))
    entry = desk.dialogs()[0].form.editor("diagnostic_explanation").entry()
    assert isinstance(entry, QPlainTextEdit)
    entry.setFocus()
    QTest.keyClicks(entry, "Board is wet")
    pull(desk, title="Changed by Ana")
    desk.qtbot.waitUntil(lambda: window.work.pane.header.title.text() == "Changed by Ana")
    assert entry.toPlainText() == "Board is wet"
    assert entry.hasFocus()


def test_after_a_night_in_standby_the_age_of_what_one_sees_names_its_day(desk: UiDesk) -> None:
    window = opened(desk)
    state = SyncState(account_id="a1", phase=SyncPhase.IDLE, online=True, as_of=MORNING)
    desk.context.tasks.report_sync(state)
    desk.qtbot.waitUntil(lambda: window.status.as_of == "as of 11:12")
    desk.desk.clock.advance(timedelta(hours=20).total_seconds())
    away = replace(state, online=False, title="The server does not answer", next_try_at=MORNING + timedelta(hours=20))
    desk.context.tasks.report_sync(away)
    desk.qtbot.waitUntil(lambda: window.status.as_of == "as of Yesterday 11:12")
    assert window.status.words == "The server does not answer · next try 07:12"


@pytest.mark.parametrize(
    ("phase", "online", "title", "hint"),
    [
        (SyncPhase.OFFLINE, False, CaptivePageError.default_title, CaptivePageError.default_hint),
        (SyncPhase.OFFLINE, False, OfflineError.default_title, OfflineError.default_hint),
        (SyncPhase.WAITING, True, BusyError.default_title, BusyError.default_hint),
        (SyncPhase.WAITING, True, "The server's answers are lost on the way", "One request tries"),
    ],
    ids=["captive", "offline", "busy", "circuit"],
)
def test_what_is_wrong_with_the_network_is_said_in_words_with_the_next_try(
    desk: UiDesk, phase: SyncPhase, online: bool, title: str, hint: str
) -> None:
    window = opened(desk)
    at = MORNING + timedelta(minutes=3)
    state = SyncState(account_id="a1", phase=phase, online=online, title=title, hint=hint, next_try_at=at)
    desk.context.tasks.report_sync(state)
    desk.qtbot.waitUntil(lambda: window.status.words == f"{title} · next try 11:15")
    assert window.status._words.toolTip() == hint


def test_html_of_a_server_is_shown_letter_by_letter_in_a_reason(desk: UiDesk) -> None:
    desk.desk.commands.record_event(desk.order, ProductDiagnosed())
    put_in_state(desk.desk.store, desk.operations()[0].op_id, OpState.REJECTED, "<b>No</b> <img src=x>")
    window = opened(desk)
    window.show_sync_center()
    desk.qtbot.waitUntil(lambda: "<b>No</b> <img src=x>" in shown_words(window))
    labels = [one for one in window.findChildren(QLabel) if one.text() == "<b>No</b> <img src=x>"]
    assert {one.textFormat() for one in labels} == {Qt.TextFormat.PlainText}


def test_being_offline_is_never_taken_from_what_the_operating_system_says() -> None:
    sources = Path(techdesk.__file__).parent.rglob("*.py")
    asked = re.compile(r"QNetworkInformation|QNetworkConfigurationManager|NetworkManager|isOnline")
    assert [file.name for file in sources if asked.search(file.read_text("utf-8"))] == []


def wrong_clock(desk: UiDesk) -> None:
    """Let this computer's clock be seven minutes ahead of the server's, and tell the window."""
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        note_skew(tx, "a1", 420.0)
    desk.context.tasks.report_changes(Changes(outbox=True))


def asked(desk: UiDesk) -> QMessageBox:
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    return box


@pytest.mark.parametrize(("answer", "ahead_s"), [("Use the server's time", 420), ("Mine is right", 0)])
def test_before_an_event_is_recorded_a_clock_that_is_far_off_is_asked_about_once(
    desk: UiDesk, answer: str, ahead_s: int
) -> None:
    window = opened(desk)
    pane = window.work.pane
    wrong_clock(desk)
    desk.qtbot.waitUntil(lambda: window.status.needs_person == 1 or pane.time._asks)
    desk.qtbot.waitUntil(lambda: pane.time._asks)
    pane.record("product_diagnosed")
    box = asked(desk)
    assert box.text() == (
        "This computer's clock is 7 minutes ahead of the server's: it is 11:12 here and 11:05 there. "
        "Which time is right?"
    )
    next(one for one in box.buttons() if one.text().replace("&", "") == answer).click()
    desk.qtbot.waitUntil(lambda: len(desk.dialogs()) == 1)
    dialog = desk.dialogs()[0]
    now = desk.desk.clock.now() - timedelta(seconds=ahead_s)
    assert dialog.form.editor("diagnostic_completed_at").value() in (None, now)
    dialog.save()
    desk.qtbot.waitUntil(lambda: len(desk.operations()) == 1)
    assert parse_instant(desk.operations()[0].intent["occurred_at"]) == now
    desk.qtbot.waitUntil(lambda: desk.dialogs() == [])
    pane.record("repair_started")
    assert len(desk.dialogs()) == 1
    assert not isinstance(QApplication.activeModalWidget(), QMessageBox)


def test_who_does_not_answer_records_nothing_and_a_clock_that_was_set_asks_no_more(desk: UiDesk) -> None:
    pane = opened(desk).work.pane
    wrong_clock(desk)
    desk.qtbot.waitUntil(lambda: pane.time._asks)
    pane.record("product_diagnosed")
    asked(desk).reject()
    assert desk.dialogs() == []
    pane.record("product_diagnosed")
    box = asked(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        note_skew(tx, "a1", 0.0)
    next(one for one in box.buttons() if one.text().replace("&", "") == "Use the server's time").click()
    desk.qtbot.waitUntil(lambda: len(desk.dialogs()) == 1)
    desk.qtbot.waitUntil(lambda: not pane.time._asks and pane.time.ahead_s == 0.0)
