"""The order list shows the right orders at once, keeps what is selected, and remembers its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from techdesk.application.outbox import SCREEN_WORDS, OpState, OrderRef
from techdesk.application.ports import ReadTransaction, Urgency
from techdesk.application.queries import OrderFilter, OrderRow, SortBy
from techdesk.domain.events import RepairStarted
from techdesk.domain.orders import Asset, Customer
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from techdesk.ui.order_list.columns import COLUMNS, Words
from techdesk.ui.order_list.model import BLOCK, FIRST_ROWS, LOOK_ROLE
from techdesk.ui.order_list.table import CELL_PADDING, OrderTable, fitting_text, key_of, pill_letters, pill_width
from techdesk.ui.painting import Letters
from tests.support.builders import MORNING, an_order
from tests.support.outbox_states import put_in_state
from tests.support.ui_desk import UiDesk

NUMBER, CUSTOMER = 0, 1
BY_NUMBER = OrderFilter(sort_by=SortBy.NUMBER, descending=False)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot)
    with made.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, made.order.order_id)
    yield made
    made.close()


def put_orders(desk: UiDesk, count: int) -> None:
    for number in range(count):
        desk.put(an_order(service_number=f"{10_000 + number}"), server_id=f"so-{number}")


def table_of(desk: UiDesk, wanted: OrderFilter = BY_NUMBER) -> OrderTable:
    """Return the table once it shows everything that fits."""
    table = OrderTable(desk.context)
    table.resize(1000, 400)
    table.show()
    show(desk, table, wanted)
    return table


def show(desk: UiDesk, table: OrderTable, wanted: OrderFilter) -> None:
    with desk.qtbot.waitSignal(table.orders.counted):
        table.show_filter(wanted)


def refresh(desk: UiDesk, table: OrderTable) -> None:
    with desk.qtbot.waitSignal(table.orders.counted):
        table.orders.refresh()


def column(name: str) -> int:
    return next(at for at, one in enumerate(COLUMNS) if one.name == name)


def text(table: OrderTable, row: int, name: str) -> str:
    return table.orders.index(row, column(name)).data() or ""


def wait_for_text(desk: UiDesk, table: OrderTable, row: int, name: str, expected: str) -> None:
    desk.qtbot.waitUntil(lambda: text(table, row, name) == expected)


def selected_numbers(table: OrderTable) -> list[str]:
    with table._context.services.store.read() as view:
        return sorted(row.number for row in view.order_rows(table.selected_keys()))


def test_the_list_is_as_long_as_there_are_orders_so_that_the_scroll_bar_is_true(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 2 + 7)
    table = table_of(desk)
    assert table.orders.rowCount() == BLOCK * 2 + 7


def test_a_row_far_down_is_fetched_when_it_is_looked_at(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 2)
    table = table_of(desk)
    last = BLOCK * 2 - 1
    assert text(table, last, "number") == ""
    wait_for_text(desk, table, last, "number", f"{10_000 + last}")


def test_the_first_rows_do_not_wait_for_the_count(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    put_orders(desk, BLOCK)
    table = OrderTable(desk.context)
    asked_slowly: list[object] = []
    monkeypatch.setattr(desk.context.tasks, "count", lambda *question: asked_slowly.append(question))
    with desk.qtbot.waitSignal(table.orders.modelReset):
        table.show_filter(BY_NUMBER)
    assert not asked_slowly
    assert table.orders.rowCount() == FIRST_ROWS
    assert text(table, 0, "number") == "10000"
    desk.qtbot.waitUntil(lambda: len(asked_slowly) == 1)


def test_first_rows_that_come_after_the_whole_list_do_not_cut_it_short(
    desk: UiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_orders(desk, BLOCK)
    table = OrderTable(desk.context)
    late: dict[str, Callable[..., Any]] = {}

    def keep(ask: Callable[..., Any], then: Callable[..., Any], *_: object) -> None:
        late["ask"], late["then"] = ask, then

    with monkeypatch.context() as patched, desk.qtbot.waitSignal(table.orders.counted):
        patched.setattr(desk.context.tasks, "query", keep)
        table.show_filter(BY_NUMBER)
        table.orders.refresh()
    with desk.desk.store.read() as view:
        late["then"](late["ask"](view))
    assert table.orders.rowCount() == BLOCK


def test_typing_faster_than_the_store_answers_shows_the_last_word_only(desk: UiDesk) -> None:
    for number, name in enumerate(["Anna", "Annika", "Bo"]):
        desk.put(an_order(service_number=f"{number}", customer=Customer(name=name)), server_id=f"so-{number}")
    table = table_of(desk)
    with desk.qtbot.waitSignal(table.orders.counted, check_params_cb=lambda count: count == 1):
        for typed in ("a", "an", "ann", "anni"):
            table.show_filter(replace(BY_NUMBER, text=typed))
    wait_for_text(desk, table, 0, "customer", "Annika")


def test_the_first_order_of_a_search_is_chosen_also_where_it_was_asked_for_before_the_answer(desk: UiDesk) -> None:
    put_orders(desk, 12)
    table = table_of(desk)
    chosen: list[OrderRef | None] = []
    table.order_selected.connect(chosen.append)
    with desk.qtbot.waitSignal(table.orders.counted):
        table.show_filter(replace(BY_NUMBER, text="10007"))
        table.select_first()
    desk.qtbot.waitUntil(lambda: any(chosen))
    assert selected_numbers(table) == ["10007"]
    assert len({one for one in chosen if one}) == 1


def test_typing_on_takes_back_the_wish_for_the_first_order(desk: UiDesk) -> None:
    put_orders(desk, 12)
    table = table_of(desk)
    table.show_filter(replace(BY_NUMBER, text="10007"))
    table.select_first()
    show(desk, table, replace(BY_NUMBER, text="1000"))
    desk.qtbot.waitUntil(lambda: table.orders.rowCount() == 10)
    assert selected_numbers(table) == []


def test_home_and_end_go_to_the_first_and_the_last_order(desk: UiDesk) -> None:
    put_orders(desk, 12)
    table = table_of(desk)
    table.selectRow(5)
    desk.qtbot.keyClick(table, Qt.Key.Key_End)
    assert selected_numbers(table) == ["10011"]
    desk.qtbot.keyClick(table, Qt.Key.Key_Home)
    assert selected_numbers(table) == ["10000"]


def test_what_is_selected_stays_selected_when_an_order_comes_in_above_it(desk: UiDesk) -> None:
    put_orders(desk, 3)
    table = table_of(desk)
    table.selectRow(1)
    assert selected_numbers(table) == ["10001"]
    desk.put(an_order(service_number="00001"), server_id="so-new")
    refresh(desk, table)
    desk.qtbot.waitUntil(lambda: selected_numbers(table) == ["10001"])
    assert [index.row() for index in table.selectionModel().selectedRows()] == [2]


def test_several_selected_orders_stay_selected_over_a_refresh(desk: UiDesk) -> None:
    put_orders(desk, 4)
    table = table_of(desk)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (1, 3):
        table.selectionModel().select(table.orders.index(row, 0), flags)
    desk.put(an_order(service_number="00001"), server_id="so-new")
    refresh(desk, table)
    desk.qtbot.waitUntil(lambda: selected_numbers(table) == ["10001", "10003"])


@pytest.mark.parametrize(
    "chosen",
    [[0, 2], [0], [FIRST_ROWS - 2], [0, FIRST_ROWS * 2]],
    ids=["all behind", "the first behind", "one behind", "some behind"],
)
def test_what_is_selected_stays_selected_where_the_sorting_puts_it_behind_the_first_rows(
    desk: UiDesk, chosen: list[int]
) -> None:
    put_orders(desk, FIRST_ROWS * 2 + 9)
    table = table_of(desk)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in chosen:
        table.selectionModel().select(table.orders.index(row, 0), flags)
    before = selected_numbers(table)
    for descending in (True, False):
        show(desk, table, replace(BY_NUMBER, descending=descending))
        assert selected_numbers(table) == before
        assert table.verticalScrollBar().value() == 0
    assert len(before) == len(chosen)


def test_what_the_person_chose_since_the_first_rows_came_is_left_alone(desk: UiDesk) -> None:
    put_orders(desk, FIRST_ROWS + 9)
    table = table_of(desk)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (0, 2):
        table.selectionModel().select(table.orders.index(row, 0), flags)
    table.orders.modelReset.connect(lambda: table.selectRow(1))
    show(desk, table, replace(BY_NUMBER, descending=True))
    assert selected_numbers(table) == [f"{10_000 + FIRST_ROWS + 7}"]


def test_the_header_shows_which_column_the_list_is_sorted_by_and_which_way(desk: UiDesk) -> None:
    table = table_of(desk)

    def arrow(name: str) -> QImage:
        header, section = table.columns, column(name)
        right = header.sectionViewportPosition(section) + header.sectionSize(section)
        return header.viewport().grab(QRect(right - 16, 6, 16, header.height() - 10)).toImage()

    def is_blank(picture: QImage) -> bool:
        return len({picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}) == 1

    assert is_blank(arrow("customer"))
    upwards = arrow("number")
    assert not is_blank(upwards)
    show(desk, table, replace(BY_NUMBER, descending=True))
    assert not is_blank(arrow("number"))
    assert arrow("number") != upwards
    show(desk, table, replace(BY_NUMBER, sort_by=SortBy.CUSTOMER))
    assert is_blank(arrow("number"))
    assert not is_blank(arrow("customer"))


def test_a_changed_order_is_shown_as_it_is_now_after_a_refresh(desk: UiDesk) -> None:
    put_orders(desk, 2)
    table = table_of(desk)
    wait_for_text(desk, table, 1, "customer", "Johanna Berg")
    desk.put(an_order(service_number="10001", customer=Customer(name="Åse Øberg")), server_id="so-1")
    refresh(desk, table)
    wait_for_text(desk, table, 1, "customer", "Åse Øberg")


def test_a_second_click_on_a_header_wishes_the_other_order(desk: UiDesk) -> None:
    table = table_of(desk, replace(BY_NUMBER, sort_by=SortBy.DUE))
    table.sort_wished.connect(lambda by, down: show(desk, table, OrderFilter(sort_by=by, descending=down)))
    wishes: list[tuple[SortBy, bool]] = []
    table.sort_wished.connect(lambda by, down: wishes.append((by, down)))
    for _ in range(3):
        table.columns.sectionClicked.emit(NUMBER)
    assert wishes == [(SortBy.NUMBER, False), (SortBy.NUMBER, True), (SortBy.NUMBER, False)]


@pytest.mark.parametrize("width", [800, 966, 1056, 1700])
def test_every_column_that_is_shown_fits_beside_the_others(desk: UiDesk, width: int) -> None:
    table = table_of(desk)
    table.columns.fit(width)
    shown = [at for at in range(len(COLUMNS)) if not table.isColumnHidden(at)]
    assert width - len(shown) <= sum(table.columnWidth(at) for at in shown) <= width
    assert all(table.columnWidth(at) >= (COLUMNS[at].slim or COLUMNS[at].width) for at in shown)
    assert not table.isColumnHidden(column("sync"))


def test_columns_that_made_room_come_back_with_it(desk: UiDesk) -> None:
    table = table_of(desk)
    table.columns.fit(800)
    assert table.isColumnHidden(column("serial"))
    table.columns.fit(1056)
    assert not table.isColumnHidden(column("serial"))


def test_the_account_is_shown_only_where_there_are_several(desk: UiDesk) -> None:
    put_orders(desk, 1)
    table = table_of(desk)
    table.columns.fit(1700)
    table.show_accounts({"a1": "Bench"}, {"a1": "blue"})
    assert table.isColumnHidden(column("account"))
    table.show_accounts({"a1": "Bench", "a2": "Field"}, {"a1": "blue", "a2": "green"})
    assert not table.isColumnHidden(column("account"))
    wait_for_text(desk, table, 0, "account", "Bench")


def painted(table: OrderTable, name: str, width: int) -> str:
    return fitting_text(table.orders.index(0, column(name)), Letters(table.font()), width)


@pytest.mark.parametrize(("name", "short"), [("Sofia van Marin", "Sofia M."), ("Sofia", "Sofia"), ("", "")])
def test_a_persons_name_is_shortened_where_it_does_not_fit(desk: UiDesk, name: str, short: str) -> None:
    desk.put(an_order(assigned_user_display_name=name), server_id="so-0")
    table = table_of(desk)
    wait_for_text(desk, table, 0, "assignee", name)
    assert painted(table, "assignee", 500) == name
    assert painted(table, "assignee", 1) == short


def test_an_account_goes_by_its_first_word_where_it_does_not_fit_unless_that_is_anothers_too(desk: UiDesk) -> None:
    put_orders(desk, 1)
    table = table_of(desk)
    table.show_accounts({"a1": "Shop Berlin", "a2": "Field"}, {})
    wait_for_text(desk, table, 0, "account", "Shop Berlin")
    assert painted(table, "account", 500) == "Shop Berlin"
    assert painted(table, "account", 1) == "Shop"
    table.show_accounts({"a1": "Shop Berlin", "a2": "Shop Hamburg"}, {})
    assert painted(table, "account", 1) == "Shop Berlin"


def test_every_word_for_a_state_fits_into_its_pill(desk: UiDesk) -> None:
    letters = pill_letters(Letters(QApplication.font()))
    room = COLUMNS[column("sync")].most - 2 * CELL_PADDING
    for state in (one for one in OpState if not one.is_settled):
        assert pill_width(letters.width(SCREEN_WORDS[state])) <= room, state


def test_the_sync_column_gets_as_wide_as_the_word_that_it_shows(desk: UiDesk) -> None:
    put_orders(desk, 1)
    table = table_of(desk)
    table.columns.fit(1056)
    at = column("sync")
    narrow = table.columnWidth(at)
    recorded = desk.desk.commands.record_event(OrderRef("a1", "so-0"), RepairStarted())
    put_in_state(desk.desk.store, recorded.op_ids[0], OpState.NEEDS_CHECK)
    refresh(desk, table)
    wait_for_text(desk, table, 0, "sync", SCREEN_WORDS[OpState.NEEDS_CHECK])
    words = pill_letters(Letters(table.font())).width(SCREEN_WORDS[OpState.NEEDS_CHECK])
    assert narrow < pill_width(words) + 2 * CELL_PADDING <= table.columnWidth(at)


def test_a_list_that_is_renewed_keeps_what_is_selected_far_down(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 2)
    table = table_of(desk)
    table.selectRow(BLOCK + 5)
    with desk.qtbot.waitSignal(table.orders.counted):
        table.renew(replace(BY_NUMBER, text="1"))
    assert selected_numbers(table) == [f"{10_000 + BLOCK + 5}"]


def test_a_tip_shows_what_looks_like_html_literally(desk: UiDesk) -> None:
    desk.put(an_order(customer=Customer(name="<b>Bo</b>")), server_id="so-0")
    table = table_of(desk)
    wait_for_text(desk, table, 0, "customer", "<b>Bo</b>")
    tip = table.orders.index(0, CUSTOMER).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b>Bo" in tip


def test_columns_and_widths_are_remembered(desk: UiDesk) -> None:
    table = table_of(desk)
    table.setColumnWidth(CUSTOMER, 233)
    table.columns.show_column("serial", False)
    desk.qtbot.waitUntil(lambda: "serial" in desk.desk.settings.get("list.hidden_columns"))
    desk.qtbot.waitUntil(lambda: "customer=233" in desk.desk.settings.get("list.own_widths"))
    again = OrderTable(desk.context)
    assert again.columnWidth(CUSTOMER) == 233
    assert again.isColumnHidden(column("serial"))


def test_an_order_far_down_is_told_once_its_row_is_here(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 2)
    table = table_of(desk)
    last = BLOCK * 2 - 1
    with desk.qtbot.waitSignal(table.order_selected) as told:
        table.selectRow(last)
    assert told.args[0].order_id == f"so-{last}"


def test_everything_selected_is_meant_even_what_was_never_on_the_screen(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 3)
    table = table_of(desk)
    table.selectAll()
    assert len(table.selected_keys()) == BLOCK * 3
    assert table.selected() is None


def test_enter_opens_the_selected_order(desk: UiDesk) -> None:
    put_orders(desk, 2)
    table = table_of(desk)
    table.selectRow(1)
    with desk.qtbot.waitSignal(table.order_opened) as opened:
        desk.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args[0].order_id == "so-1"


def test_html_in_a_name_is_shown_as_it_was_typed(desk: UiDesk) -> None:
    desk.put(an_order(customer=Customer(name="<b>Bo</b> & Co")), server_id="so-0")
    table = table_of(desk)
    wait_for_text(desk, table, 0, "customer", "<b>Bo</b> & Co")


@pytest.mark.parametrize(
    ("state", "color"), [(ServiceState.IN_PROGRESS, "bad"), (ServiceState.CLOSED, "text")], ids=["open", "closed"]
)
def test_only_an_open_order_is_shown_as_overdue(desk: UiDesk, state: ServiceState, color: str) -> None:
    yesterday = MORNING - timedelta(days=1)
    desk.put(an_order(ready_at_estimate=yesterday, service_state=state), server_id="so-0")
    table = table_of(desk)
    assert table.orders.index(0, column("due")).data(LOOK_ROLE).color == color


def test_an_order_that_the_server_does_not_have_yet_has_no_number_but_a_word(desk: UiDesk) -> None:
    desk.put(an_order(service_number=""), server_id="so-0")
    table = table_of(desk)
    wait_for_text(desk, table, 0, "number", "New")


def test_every_column_has_a_text_for_every_kind_of_order(desk: UiDesk) -> None:
    for number, kind in enumerate(ServiceKind):
        desk.put(an_order(service_kind=kind), server_id=f"so-{number}")

    def rows(view: ReadTransaction) -> list[OrderRow]:
        return view.first_order_rows(BY_NUMBER, 9)

    with desk.desk.store.read() as view:
        found = rows(view)
    assert len(found) == len(ServiceKind)
    words = Words(desk.context.formats, {"a1": "Bench"})
    for one in COLUMNS:
        assert all(isinstance(one.text(row, words), str) for row in found), one.name


def test_numbers_statuses_and_serials_are_read_whole_in_the_narrowest_window(desk: UiDesk) -> None:
    long_texts = an_order(
        service_number="SO-2026-100042", service_status_name="Waiting for customer", assets=(Asset(serial_number="S1"),)
    )
    desk.put(long_texts)
    table = table_of(desk)
    table.columns.fit(800)
    metrics = table.fontMetrics()
    for name, dot in (("number", 0), ("status", 16)):
        room = table.columnWidth(column(name)) - 2 * CELL_PADDING - dot
        assert not table.isColumnHidden(column(name))
        assert metrics.horizontalAdvance(text(table, 0, name)) <= room, name


def test_a_column_stays_wide_when_the_long_text_is_gone(desk: UiDesk) -> None:
    desk.put(an_order(service_number="SO-2026-100042"))
    table = table_of(desk)
    width = table.columnWidth(column("number"))
    with desk.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, desk.order.order_id)
    desk.put(an_order(service_number="1"), server_id="so-short")
    refresh(desk, table)
    assert table.columnWidth(column("number")) == width > COLUMNS[column("number")].width


def test_what_is_more_important_stays_where_not_all_columns_fit(desk: UiDesk) -> None:
    table = table_of(desk)
    table.columns.fit(900)
    hidden = {one.name for at, one in enumerate(COLUMNS) if table.isColumnHidden(at)}
    assert "assignee" not in hidden
    assert {"serial", "age"} <= hidden


def test_of_texts_with_as_many_letters_the_widest_counts_also_far_down(desk: UiDesk) -> None:
    put_orders(desk, BLOCK)
    desk.put(an_order(service_number="90000", assets=(Asset(serial_number="MMMMMMMMMM"),)), server_id="so-wide")
    table = table_of(desk)
    table.resize(1700, 400)
    table.scrollToBottom()
    wait_for_text(desk, table, BLOCK, "serial", "MMMMMMMMMM")
    room = table.columnWidth(column("serial")) - 2 * CELL_PADDING
    assert room >= table.fontMetrics().horizontalAdvance("MMMMMMMMMM")


def test_an_order_is_found_in_the_list_by_its_name_also_before_all_keys_are_here(desk: UiDesk) -> None:
    put_orders(desk, BLOCK * 2)
    ref = desk.put(an_order(service_number="1"), server_id="so-last")
    table = OrderTable(desk.context)
    table.show()
    with desk.desk.store.read() as view:
        key = key_of(ref, view)
    table.show_filter(replace(BY_NUMBER, descending=True))
    table.select_key(key)
    assert selected_numbers(table) == []
    desk.qtbot.waitUntil(lambda: selected_numbers(table) == ["1"])
    assert table.viewport().rect().intersects(table.visualRect(table.currentIndex()))


def test_an_order_without_a_number_is_found_and_one_that_is_gone_is_not(desk: UiDesk) -> None:
    made = desk.desk.commands.create_order("a1", an_order(service_number=""))
    with desk.desk.store.read() as view:
        (row,) = view.first_order_rows(BY_NUMBER, 2)
        assert row.order_id in made.orders
        assert key_of(OrderRef(row.account_id, row.order_id), view) == row.key
        assert key_of(OrderRef("a1", "gone"), view) is None


def test_what_the_person_selects_meanwhile_stays_selected(desk: UiDesk) -> None:
    put_orders(desk, 12)
    table = table_of(desk)
    keys = table.orders.keys_between(0, 11)
    table.selectRow(3)
    table.select_key(keys[7])
    assert selected_numbers(table) == ["10003"]
    table.clearSelection()
    refresh(desk, table)
    assert selected_numbers(table) == []
