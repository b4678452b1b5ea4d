"""Cards stand in two columns while every card has room for what it says, and are never cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from techdesk.domain.orders import Customer
from techdesk.ui.detail.pane import OrderPane
from techdesk.ui.flow import CardLayout
from techdesk.ui.tabs import TABS
from techdesk.ui.tabs.overview import OverviewTab
from tests.support.builders import an_order
from tests.support.ui_desk import UiDesk

MARGIN = 10
LONG = "Explanation " * 20

Make = Callable[..., list[QLabel]]


@pytest.fixture
def place(qtbot) -> Make:
    """Places cards of these least widths in so much room; a width below 0 is that of a wide card."""
    kept: list[QWidget] = []

    def build(room: int, *least: int) -> list[QLabel]:
        inside = QWidget()
        kept.append(inside)
        qtbot.addWidget(inside)
        layout = CardLayout(inside, 20)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        cards = [QLabel() for _ in least]
        for one, width in zip(cards, least, strict=True):
            one.setMinimumSize(abs(width), 30)
            layout.add_card(one, is_wide=width < 0)
        inside.resize(room, 500)
        inside.show()
        return cards

    return build


def places(cards: list[QLabel]) -> list[tuple[int, int, int]]:
    return [(one.x() - MARGIN, one.y() - MARGIN, one.width()) for one in cards]


def test_two_columns_share_the_room_evenly(place: Make) -> None:
    assert places(place(440, 100, 100, 100)) == [(0, 0, 200), (220, 0, 200), (0, 50, 200)]


def test_a_column_that_needs_more_gets_it_from_the_other(place: Make) -> None:
    assert places(place(440, 100, 260, 120)) == [(0, 0, 140), (160, 0, 260), (0, 50, 140)]
    assert places(place(440, 260, 100)) == [(0, 0, 260), (280, 0, 140)]


def test_where_two_do_not_fit_the_cards_stand_below_each_other(place: Make) -> None:
    assert places(place(439, 150, 250, 100)) == [(0, 0, 419), (0, 50, 419), (0, 100, 419)]


def test_a_wide_card_takes_its_line_alone(place: Make) -> None:
    assert places(place(440, -300, 100, -100, 100)) == [(0, 0, 420), (0, 50, 200), (0, 100, 420), (0, 150, 200)]


def test_cards_of_a_line_are_as_high_as_what_the_highest_says(place: Make) -> None:
    low, high = place(440, 100, 100)
    high.setWordWrap(True)
    high.setText(LONG)
    assert low.parentWidget().layout().activate()  # type: ignore[union-attr]  # they stand in one
    assert low.height() == high.height() == high.heightForWidth(high.width()) > 30


def test_an_empty_layout_is_no_higher_than_its_edges(place: Make, qtbot) -> None:
    inside = QWidget()
    qtbot.addWidget(inside)
    layout = CardLayout(inside)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    assert layout.heightForWidth(400) == 2 * MARGIN


def _room_for(scroll: QScrollArea) -> int:
    inside = scroll.widget()
    assert inside is not None
    return inside.width()


@pytest.mark.parametrize("width", [520, 560, 583, 600, 650, 812])
def test_nothing_of_an_order_is_cut_at_any_width(desk: UiDesk, width: int) -> None:
    desk.put(an_order(customer=Customer(name="Clara Yılmaz", email="clara.yilmaz-hofstetter@workshop.example.org")))
    pane = OrderPane(desk.context)
    desk.qtbot.addWidget(pane)
    pane.resize(max(width, pane.minimumSizeHint().width()), 900)
    pane.show()
    with desk.qtbot.waitSignal(pane.shown):
        pane.show_order(desk.order)
    bar, (overview,) = pane.tabs.tabBar(), pane.findChildren(OverviewTab)
    (scroll,) = overview.findChildren(QScrollArea)
    desk.qtbot.waitUntil(lambda: _room_for(scroll) == scroll.viewport().width())
    desk.qtbot.waitUntil(lambda: bar.tabRect(len(TABS) - 1).right() < bar.width())
