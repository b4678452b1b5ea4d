"""A list that is read anew costs little: it is painted when its rows are here, and no text is measured twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QObject
from pytestqt.qtbot import QtBot
from typing_extensions import override

from techdesk.application.ports import Urgency
from techdesk.application.queries import OrderFilter, SortBy
from techdesk.domain.records import RecordType
from techdesk.ui.order_list.columns import COLUMNS
from techdesk.ui.order_list.model import BLOCK
from techdesk.ui.order_list.table import OrderTable
from tests.support.builders import an_order
from tests.support.ui_desk import UiDesk

BY_NUMBER = OrderFilter(sort_by=SortBy.NUMBER, descending=False)
LAST = BLOCK * 2 - 1
NUMBER = next(at for at, one in enumerate(COLUMNS) if one.name == "number")
TITLE = next(at for at, one in enumerate(COLUMNS) if one.name == "title")


class Paints(QObject):
    """Count how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.number += event.type() is QEvent.Type.Paint
        return False


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[UiDesk]:
    made = UiDesk(qtbot)
    with made.desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.ORDER, made.order.order_id)
    for number in range(LAST + 1):
        made.put(an_order(service_number=f"{10_000 + number}"), server_id=f"so-{number}")
    yield made
    made.close()


@pytest.fixture
def table(desk: UiDesk) -> OrderTable:
    made = OrderTable(desk.context)
    made.resize(1000, 400)
    made.show()
    with desk.qtbot.waitSignal(made.orders.counted):
        made.show_filter(BY_NUMBER)
    return made


def refresh(desk: UiDesk, table: OrderTable) -> None:
    with desk.qtbot.waitSignal(table.orders.counted):
        table.orders.refresh()


def are_some(top: QModelIndex, bottom: QModelIndex, *_: object) -> bool:
    """Say whether these are rows that came, and not all that there are."""
    return bottom.row() - top.row() < BLOCK


def look_at_the_end(desk: UiDesk, table: OrderTable) -> None:
    table.scrollToBottom()
    desk.qtbot.waitUntil(lambda: table.orders.index(LAST, NUMBER).data() is not None)


def test_rows_in_sight_far_down_are_painted_once_they_are_here_anew_and_not_before(
    desk: UiDesk, table: OrderTable
) -> None:
    look_at_the_end(desk, table)
    table.viewport().repaint()
    paints = Paints()
    table.viewport().installEventFilter(paints)
    desk.put(an_order(service_number=f"{10_000 + LAST}", title="Changed"), server_id=f"so-{LAST}")
    with desk.qtbot.waitSignal(table.orders.dataChanged, check_params_cb=are_some):
        table.orders.refresh()
    assert paints.number == 0
    desk.qtbot.waitUntil(lambda: table.orders.index(LAST, TITLE).data() == "Changed")
    desk.qtbot.waitUntil(lambda: paints.number > 0)


@pytest.mark.parametrize(("shown", "blocks"), [(True, 2), (False, 1)])
def test_of_a_list_that_is_not_in_sight_only_the_first_rows_are_asked_for(
    desk: UiDesk, table: OrderTable, monkeypatch: pytest.MonkeyPatch, shown: bool, blocks: int
) -> None:
    look_at_the_end(desk, table)
    table.setVisible(shown)
    asked: list[object] = []
    monkeypatch.setattr(desk.context.tasks, "query", lambda *question: asked.append(question))
    refresh(desk, table)
    assert len(asked) == blocks


def test_the_same_texts_are_given_more_room_in_another_font(desk: UiDesk, table: OrderTable) -> None:
    before = table.columns.sectionSize(NUMBER)
    font = table.font()
    font.setPixelSize(30)
    table.setFont(font)
    refresh(desk, table)
    assert table.columns.sectionSize(NUMBER) > before
