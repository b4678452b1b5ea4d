"""The sync centre tells what the store holds: counts, findings of the sync, and thousands of rows without widgets."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from techdesk.application.changes import Changes
from techdesk.application.outbox import SCREEN_WORDS, OpState
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.sync.account_warnings import WarningKind, sync_warnings, warn
from techdesk.application.sync.duplicates import Duplicate
from techdesk.application.sync.held_removals import held_removals, hold
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.domain.errors import OrderClosedError
from techdesk.domain.events import OtherEvent, ProductDiagnosed
from techdesk.domain.records import RecordType
from techdesk.store.order_store import open_store
from techdesk.ui.dialogs.new_order import NewOrderDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.sync_center.center import SyncCenter
from techdesk.ui.sync_center.news_cards import NewsCards
from techdesk.ui.sync_center.rows import WORDS_IN_ORDER, Head, SyncRows, read_listing
from techdesk.ui.sync_center.sync_news import News
from tests.support.builders import MORNING, an_account
from tests.support.outbox_states import put_in_state
from tests.support.store_records import KEY, a_record, an_operation
from tests.support.ui_desk import UiDesk

_CLOCK = {"by": "7 minutes", "direction": "ahead of"}


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    made = MainWindow(desk.context)
    made.show()
    desk.wait_active(made)
    return made


def shown(desk: UiDesk, rows: int) -> SyncCenter:
    page = SyncCenter(desk.context)
    page.resize(1000, 700)
    page.show()
    desk.kept.append(page)
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == rows)
    return page


def record(desk: UiDesk, state: OpState = OpState.QUEUED) -> str:
    desk.desk.commands.record_event(desk.order, ProductDiagnosed())
    op_id = desk.operations()[-1].op_id
    if state is not OpState.QUEUED:
        put_in_state(desk.desk.store, op_id, state)
    return op_id


def fill(store: OrderStore, number: int) -> None:
    """Store operations of every state, in turn."""
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account())
        tx.save_record(a_record())
        for at in range(1, number + 1):
            state = list(OpState)[at % len(OpState)]
            settled = {"done_at": MORNING} if state.is_settled else {}
            tx.add_operation(an_operation(at, state=state, attempts=1, **settled))


def test_the_sections_count_what_a_count_in_the_database_counts(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "desk.db", KEY)) as store:
        fill(store, 4003)
        with store.read() as view:
            listing = read_listing(view)
            counted = view._connection.execute(  # type: ignore[attr-defined] # the database itself is asked here
                "SELECT state, count(*) FROM operations GROUP BY state"
            ).fetchall()
    by_word = dict.fromkeys(WORDS_IN_ORDER, 0)
    for state, number in counted:
        by_word[SCREEN_WORDS[OpState(state)]] += number
    assert listing.counts == by_word
    assert sum(by_word.values()) == 4003
    heads = {row.words: row.number for row in listing.rows if isinstance(row, Head)}
    assert heads == {words: by_word[words] for words in WORDS_IN_ORDER[:5]}
    rows = [row for row in listing.rows if isinstance(row, str)]
    assert len(rows) == len(set(rows)) == sum(heads.values())


def test_a_section_alone_lists_the_latest_of_what_is_confirmed(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "desk.db", KEY)) as store:
        fill(store, 4800)
        with store.read() as view:
            confirmed = read_listing(view, "Confirmed")
            rejected = read_listing(view, "Rejected")
    assert confirmed.rows[0] == Head("Confirmed", 600, OpState.DONE)
    assert len(confirmed.rows) == 501
    assert rejected.rows[0] == Head("Rejected", 600, OpState.REJECTED)
    assert len(rejected.rows) == 601


def test_a_word_shows_its_count_and_lists_its_section_alone(desk: UiDesk) -> None:
    record(desk)
    record(desk, OpState.REJECTED)
    record(desk, OpState.DONE)
    page = shown(desk, 4)
    said = [page.sections.buttons[words].text() for words in WORDS_IN_ORDER]
    assert said == [
        "Conflict 0",
        "Rejected 1",
        "Needs your check 0",
        "Sending 0",
        "Saved here 1",
        "Confirmed 1",
        "Withdrawn",
    ]
    page.sections.buttons["Confirmed"].click()
    desk.qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.words == "Confirmed")
    assert page.list.model().rowCount() == 2
    page.sections.buttons["Conflict"].click()
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 0)
    assert [one.text() for one in page.findChildren(QLabel) if one.isVisible()].count("Nothing is in “Conflict”.") == 1
    page.sections.buttons["Conflict"].click()
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 4)


def test_thousands_of_operations_cost_what_is_looked_at(desk: UiDesk) -> None:
    for _ in range(1500):
        desk.desk.commands.record_event(desk.order, OtherEvent(event="called"))
    page = shown(desk, 1501)
    desk.qtbot.waitUntil(lambda: page.chosen is not None)
    held = page.list.sync_rows._entries
    desk.qtbot.waitUntil(lambda: len(held) > 0)
    assert len(held) <= 128
    page.list.setCurrentIndex(page.list.sync_rows.index(1500))
    last = desk.operations()[-1].op_id
    desk.qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.operation.op_id == last)
    assert len(held) <= 256
    assert len(page.findChildren(QWidget)) < 120


def test_operations_that_come_into_sight_have_none_of_the_others_placed_anew(
    desk: UiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    row_count = SyncRows.rowCount

    def noting(self: SyncRows, *parent: QModelIndex) -> int:
        asked.append(row_count(self, *parent))
        return asked[-1]

    monkeypatch.setattr(SyncRows, "rowCount", noting)
    for _ in range(600):
        desk.desk.commands.record_event(desk.order, OtherEvent(event="called"))
    page = shown(desk, 601)
    desk.qtbot.waitUntil(lambda: page.chosen is not None)
    asked.clear()
    page.list.setCurrentIndex(page.list.sync_rows.index(600))
    last = desk.operations()[-1].op_id
    desk.qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.operation.op_id == last)
    desk.qtbot.waitUntil(lambda: page.list.sync_rows.index(600).data(Qt.ItemDataRole.UserRole) is not None)
    QApplication.processEvents()
    assert len(asked) < 600


def test_home_end_and_the_arrows_never_stand_on_a_heading(desk: UiDesk) -> None:
    first = record(desk, OpState.REJECTED)
    second = record(desk)
    third = record(desk)
    page = shown(desk, 5)
    page.list.setFocus()
    for key, where in (
        (Qt.Key.Key_End, third),
        (Qt.Key.Key_Home, first),
        (Qt.Key.Key_Down, second),
        (Qt.Key.Key_Up, first),
        (Qt.Key.Key_Up, first),
        (Qt.Key.Key_PageDown, third),
    ):
        QTest.keyClick(page.list, key)
        assert page.list.op_id == where


def test_who_settles_the_chosen_change_stands_on_its_neighbour(desk: UiDesk) -> None:
    record(desk)
    second = record(desk)
    third = record(desk)
    page = shown(desk, 4)
    page.list.setCurrentIndex(page.list.sync_rows.index(2))
    assert page.list.op_id == second
    put_in_state(desk.desk.store, second, OpState.DONE)
    page.refresh()
    desk.qtbot.waitUntil(lambda: page.list.model().rowCount() == 3)
    assert page.list.op_id == third


def test_the_next_try_of_a_change_is_said_with_what_it_waits_for(desk: UiDesk) -> None:
    record(desk)
    page = shown(desk, 2)
    desk.qtbot.waitUntil(lambda: page.chosen is not None)
    waits = SyncState(
        account_id="a1",
        phase=SyncPhase.OFFLINE,
        online=False,
        title="The server does not answer",
        next_try_at=MORNING,
    )

    def says(text: str) -> bool:
        return text in {one.text() for one in page.panel.findChildren(QLabel)}

    desk.context.tasks.report_sync(waits)
    desk.qtbot.waitUntil(lambda: says("11:12 · The server does not answer"))
    desk.context.tasks.report_sync(replace(waits, phase=SyncPhase.PAUSED, next_try_at=None))
    desk.qtbot.waitUntil(lambda: says("When you no longer work offline"))
    desk.context.tasks.report_sync(replace(waits, phase=SyncPhase.SIGN_IN, next_try_at=None))
    desk.qtbot.waitUntil(lambda: says("When you have signed in again"))


def raise_warning(desk: UiDesk) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        warn(tx, "a1", WarningKind.CLOCK_OFF, _CLOCK)
    desk.context.tasks.report_changes(Changes(outbox=True))


def buttons(widget: QWidget) -> dict[str, QPushButton]:
    return {one.text().replace("&", ""): one for one in widget.findChildren(QPushButton)}


def test_a_finding_of_the_sync_is_told_in_the_window_and_answered_in_the_sync_centre(
    desk: UiDesk, window: MainWindow
) -> None:
    desk.context.tasks.report_sync(SyncState(account_id="a1", online=True, phase=SyncPhase.IDLE))
    raise_warning(desk)
    title = "This computer's clock is 7 minutes ahead of the server's"
    desk.qtbot.waitUntil(lambda: window.status.words == title)
    assert [one.title for one in desk.told] == [title]
    assert window.status.unsent.text() == "Everything confirmed · 1 needs you"
    desk.context.tasks.report_changes(Changes(outbox=True))
    window.show_sync_center()
    cards = window.sync_center.news
    desk.qtbot.waitUntil(cards.isVisible)
    assert title in [one.text() for one in cards.findChildren(QLabel)]
    desk.qtbot.waitUntil(lambda: window.sync_center.summary.text().endswith("· 1 needs you"))
    buttons(cards)["Mine is right"].click()
    desk.qtbot.waitUntil(cards.isHidden)
    with desk.desk.store.read() as view:
        assert sync_warnings(view) == []
    desk.qtbot.waitUntil(lambda: window.status.unsent.text() == "Everything confirmed")
    assert len(desk.told) == 1


def test_who_keeps_what_the_server_removed_has_it_looked_at_again_at_once(desk: UiDesk, window: MainWindow) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        hold(tx, "a1", ["so-1"])
        warn(tx, "a1", WarningKind.MASS_REMOVAL, {"removed": "30", "here": "40"})
    window.show_sync_center()
    cards = window.sync_center.news
    desk.qtbot.waitUntil(cards.isVisible)
    buttons(cards)["Keep them and look again"].click()
    desk.qtbot.waitUntil(lambda: desk.desk.woken == ["a1"])
    desk.qtbot.waitUntil(cards.isHidden)
    with desk.desk.store.read() as view:
        assert (held_removals(view, "a1"), view.cursor("a1")) == (frozenset(), "")


def twice(desk: UiDesk, number: int) -> Duplicate:
    return Duplicate(
        account_id="a1",
        order=desk.order,
        record_type=RecordType.ITEM,
        kept_server_id=f"i-{number}",
        extra_record_id=f"i-{number}x",
        what="Item: <b>Fuse</b>",
    )


def test_what_stands_there_twice_offers_to_remove_one_or_to_keep_both(desk: UiDesk, window: MainWindow) -> None:
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        record = a_record("i-1x", record_type=RecordType.ITEM, order_id=desk.order.order_id, server_id="i-1x")
        tx.save_record(replace(record, base={"name": "Fuse"}, view={"name": "Fuse"}))
    cards = NewsCards(desk.context, window)
    cards.show_news(News(duplicates=[twice(desk, 1)], names={"a1": "Bench"}, numbers={"so-1": "10042"}))
    texts = [one.text() for one in cards.findChildren(QLabel)]
    assert "Twice on 10042: Item: <b>Fuse</b>" in texts
    assert list(buttons(cards)) == ["Remove one", "Keep both"]
    buttons(cards)["Remove one"].click()
    desk.qtbot.waitUntil(lambda: [one.record_id for one in desk.operations()] == ["i-1x"])
    desk.qtbot.waitUntil(lambda: "a1" in desk.desk.woken)


def test_what_is_found_twice_is_told_once(desk: UiDesk, window: MainWindow) -> None:
    for _ in range(2):
        window.status._show_news(News(duplicates=[twice(desk, 1)]))
    assert [one.title for one in desk.told] == ["Twice at the server: Item: <b>Fuse</b>"]
    assert window.status.needs_person == 1
    window.status._show_news(News(duplicates=[twice(desk, 1), twice(desk, 2)]))
    assert len(desk.told) == 2


def test_of_many_findings_three_are_shown_and_the_rest_is_counted(desk: UiDesk, window: MainWindow) -> None:
    cards = NewsCards(desk.context, window)
    many = [twice(desk, number) for number in range(8)]
    cards.show_news(News(duplicates=many, names={"a1": "Bench", "a2": "Field"}))
    texts = [one.text() for one in cards.findChildren(QLabel)]
    assert texts.count("Bench · Twice on a new order: Item: <b>Fuse</b>") == 3
    assert "5 more after these" in texts
    cards.show_news(News())
    assert cards.isHidden()


def test_in_a_low_window_one_finding_is_shown_and_the_list_keeps_its_room(desk: UiDesk, window: MainWindow) -> None:
    record(desk)
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        warn(tx, "a1", WarningKind.CLOCK_OFF, _CLOCK)
        warn(tx, "a1", WarningKind.ROLLED_BACK, {"step": "done", "missing": "0"})
    window.show_sync_center()
    page = window.sync_center
    desk.qtbot.waitUntil(page.news.isVisible)
    for height, answers in ((700, ["Understood"]), (1000, ["Understood", "Use the server's time", "Mine is right"])):
        window.resize(1024, height)
        desk.qtbot.waitUntil(partial(has_answers, page.news, answers))
        assert page.list.height() > 300


def has_answers(cards: NewsCards, wanted: list[str]) -> bool:
    return list(buttons(cards)) == wanted


def test_a_notice_lies_over_the_window_and_moves_nothing(desk: UiDesk, window: MainWindow) -> None:
    before = window.work.mapToGlobal(window.work.rect().topLeft()), window.work.size()
    toast = window.findChild(QWidget, "toast")
    assert isinstance(toast, QWidget)
    desk.context.notices.tell("Something", "to know")
    desk.qtbot.waitUntil(toast.isVisible)
    assert (window.work.mapToGlobal(window.work.rect().topLeft()), window.work.size()) == before
    for width, height in ((1024, 700), (1920, 1080)):
        window.resize(width, height)
        QApplication.processEvents()
        over = toast.parentWidget()
        assert over is not None
        assert over.rect().contains(toast.geometry())


def test_esc_closes_an_error_before_it_clears_the_search_or_leaves_the_sync_centre(
    desk: UiDesk, window: MainWindow
) -> None:
    toast = window.findChild(QWidget, "toast")
    assert isinstance(toast, QWidget)
    window.work.search.setFocus()
    window.work.search.setText("radio")
    desk.context.notices.error(OrderClosedError())
    desk.qtbot.keyClick(window.work.search, Qt.Key.Key_Escape)
    assert (toast.isHidden(), window.work.search.text()) == (True, "radio")
    desk.qtbot.keyClick(window.work.search, Qt.Key.Key_Escape)
    assert window.work.search.text() == ""
    window.show_sync_center()
    desk.context.notices.error(OrderClosedError())
    for _ in range(2):
        desk.qtbot.keyClick(window.sync_center.list, Qt.Key.Key_Escape)
    assert toast.isHidden()
    assert window.pages.currentWidget() is window.work


def test_a_new_order_wished_twice_opens_one_dialog(desk: UiDesk, window: MainWindow) -> None:
    desk.qtbot.waitUntil(lambda: bool(window._accounts))
    window.new_order()
    window.new_order()
    desk.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), NewOrderDialog))
    window.new_order()
    answered: list[object] = []
    desk.context.tasks.query(lambda view: view.outbox_counts(), answered.append, window)
    desk.qtbot.waitUntil(lambda: bool(answered))
    assert len([one for one in desk.dialogs() if isinstance(one, NewOrderDialog)]) == 1
