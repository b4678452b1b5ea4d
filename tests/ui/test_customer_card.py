"""The customer's page in the overview: its link, the page itself, and what the customer sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel

from techdesk.application.papers import CustomerPage
from techdesk.domain.errors import OfflineError
from techdesk.domain.money import parse_money
from techdesk.domain.orders import Order
from techdesk.ui.customer_card import CustomerCard
from techdesk.ui.tabs.overview import OverviewTab
from tests.support.builders import MORNING, an_order
from tests.support.ui_desk import UiDesk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""The invisible screen cannot raise menus."""

PUBLISHED = an_order(service_order_uid="so-1", public_page_hash="h-4711")
LINK = "https://desk.example/public/h-4711"


class Browser(QObject):
    """Stands where the browser would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def show_page(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser()
    QDesktopServices.setUrlHandler("https", made, "show_page")  # type: ignore[arg-type] # PySide6 takes text only
    yield made
    QDesktopServices.unsetUrlHandler("https")


def card(desk: UiDesk, order: Order = PUBLISHED) -> CustomerCard:
    """Return the card as the overview of an order shows it."""
    desk.put(order)
    overview = OverviewTab(desk.context)
    desk.kept.append(overview)
    overview.resize(900, 700)
    overview.show_detail(desk.detail())
    overview.show()
    (shown,) = overview.findChildren(CustomerCard)
    return shown


def press(desk: UiDesk, shown: CustomerCard, name: str) -> None:
    desk.qtbot.mouseClick(getattr(shown, name), Qt.MouseButton.LeftButton)


def facts(shown: CustomerCard) -> list[str]:
    places = (shown.facts.itemAt(at) for at in range(shown.facts.count()))
    labels = (place.widget() for place in places if place)
    return [one.text() for one in labels if isinstance(one, QLabel)]


def test_the_link_is_copied(desk: UiDesk) -> None:
    press(desk, card(desk), "copy_button")
    desk.qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == LINK)
    assert desk.told[-1].title == "Link copied"


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765"])
def test_a_link_that_opens_on_this_computer_only_says_so(desk: UiDesk, host: str) -> None:
    desk.desk.public = f"http://{host}/public"
    press(desk, card(desk), "copy_button")
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "Link copied. The link opens on this computer only"
    assert QGuiApplication.clipboard().text() == f"http://{host}/public/h-4711"


def test_the_page_opens_in_the_browser(desk: UiDesk, browser: Browser) -> None:
    press(desk, card(desk), "open_button")
    desk.qtbot.waitUntil(lambda: browser.opened == [LINK])


def test_the_preview_shows_what_the_server_shows_and_nothing_else(desk: UiDesk) -> None:
    desk.desk.page = CustomerPage(
        service_number="10042",
        title="No <b>power</b>",
        service_status_name="In repair",
        ready_at_estimate=MORNING,
        estimated_price=parse_money("1200 NOK"),
    )
    shown = card(desk)
    press(desk, shown, "look_button")
    desk.qtbot.waitUntil(lambda: bool(facts(shown)))
    assert facts(shown) == [
        "Number",
        "10042",
        "Title",
        "No <b>power</b>",
        "Status",
        "In repair",
        "Promised for",
        "Today 11:12",
        "Estimate",
        "1,200.00 NOK",
    ]


def test_a_preview_that_cannot_be_fetched_says_why(desk: UiDesk) -> None:
    desk.desk.refusal = OfflineError()
    shown = card(desk)
    press(desk, shown, "look_button")
    desk.qtbot.waitUntil(lambda: shown.said.text() == str(OfflineError()))
    assert facts(shown) == []


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_order(), "There is a page once the server has this order"),
        (an_order(service_order_uid="so-1"), "The server gave this order no page"),
    ],
)
def test_an_order_without_a_page_says_why_in_grey(desk: UiDesk, order: Order, words: str) -> None:
    shown = card(desk, order)
    assert shown.said.text() == words
    assert not any(one.isEnabled() for one in (shown.copy_button, shown.open_button, shown.look_button))


def test_a_system_without_pages_says_so(desk: UiDesk) -> None:
    desk.desk.use(replace(desk.desk.guarantees, no_public_page="Extend has no page for customers"))
    assert card(desk).said.text() == "Extend has no page for customers"
