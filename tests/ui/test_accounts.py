"""Several accounts in one window: their colours, their sync, and the list narrowed to one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QListWidget

from techdesk.application.ports import Urgency
from techdesk.application.sync.state import SyncPhase, SyncState
from techdesk.domain.errors import StoreTakenError
from techdesk.domain.events import ProductReceived
from techdesk.ui.accounts.account_dialog import AccountDialog
from techdesk.ui.accounts.account_list import ALL, LINE_ROLE, AccountList
from techdesk.ui.accounts.accounts_dialog import AccountsDialog
from techdesk.ui.main_window import MainWindow
from techdesk.ui.sidebar import Sidebar
from tests.support.builders import an_account, an_order, put_order
from tests.support.ui_desk import UiDesk


@pytest.fixture
def window(desk: UiDesk) -> MainWindow:
    """The window on two accounts with an order each: 1 at the workshop, 2 at the claims."""
    desk.put(an_order(service_number="1"))
    put_order(desk.desk.store, an_order(service_number="2"), server_id="so-2", account_id="a2")
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(name="Workshop", color="blue"))
        tx.save_account(an_account(account_id="a2", name="Claims", system="extend", color="orange"))
    desk.desk.settings.set("list.view", "all")
    made = MainWindow(desk.context)
    made.show()
    desk.wait_active(made)
    desk.qtbot.waitUntil(lambda: numbers(made) == {"1", "2"})
    return made


def numbers(window: MainWindow) -> set[str]:
    model = window.work.table.orders
    return {model.index(row, 0).data() for row in range(model.rowCount())}


def line(accounts: AccountList, name: str) -> str:
    """Return in words what stands at an account."""
    found = next(one for one in accounts.lines() if one.name == name)
    return " | ".join(one for one in (found.words, found.aside) if one)


def test_all_accounts_is_lit_as_soon_as_there_are_several(desk: UiDesk) -> None:
    accounts = AccountList(desk.context)
    desk.kept.append(accounts)
    one, two = an_account(name="Workshop"), an_account(account_id="a2", name="Claims")
    accounts.show_accounts([one])
    assert accounts.selectedItems() == []
    accounts.show_accounts([one, two])
    assert [item is accounts.item(0) for item in accounts.selectedItems()] == [True]


def test_choosing_an_account_narrows_the_list_and_the_counts_to_it(desk: UiDesk, window: MainWindow) -> None:
    accounts = window.sidebar.accounts
    assert [one.name for one in accounts.lines()] == [ALL, "Claims", "Workshop"]
    accounts.setFocus()
    desk.qtbot.keyClick(accounts, Qt.Key.Key_Down)
    desk.qtbot.waitUntil(lambda: numbers(window) == {"2"})
    desk.qtbot.keyClick(window, Qt.Key.Key_F7)
    desk.qtbot.waitUntil(lambda: "Only one account is shown" in window.work.nothing._hint.text())
    desk.qtbot.keyClick(window, Qt.Key.Key_F9)
    desk.qtbot.keyClick(accounts, Qt.Key.Key_Up)
    desk.qtbot.waitUntil(lambda: numbers(window) == {"1", "2"})


def test_a_chosen_account_that_is_signed_out_leaves_all_orders_shown(desk: UiDesk, window: MainWindow) -> None:
    window.sidebar.accounts.setCurrentRow(1)
    desk.qtbot.waitUntil(lambda: numbers(window) == {"2"})
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.remove_account("a2")
    window._read_accounts()
    desk.qtbot.waitUntil(lambda: numbers(window) == {"1"})
    assert [one.name for one in window.sidebar.accounts.lines()] == ["Workshop"]


def test_each_account_says_how_its_own_sync_stands(desk: UiDesk, window: MainWindow) -> None:
    accounts = window.sidebar.accounts
    at = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    accounts.show_sync(SyncState(account_id="a1", phase=SyncPhase.IDLE, as_of=at))
    accounts.show_sync(SyncState(account_id="a2", phase=SyncPhase.SIGN_IN, hint="Give a new token"))
    assert line(accounts, "Workshop") == f"Up to date · as of {desk.context.formats.moment(at)}"
    assert line(accounts, "Claims") == "Sign in again"
    assert "Give a new token" in accounts.item(1).toolTip()
    desk.desk.commands.record_event(desk.order, ProductReceived())
    accounts.count_unsent()
    desk.qtbot.waitUntil(lambda: line(accounts, "Workshop").endswith("| 1 unsent"))
    assert "unsent" not in line(accounts, "Claims")


def test_a_sync_that_stands_as_before_changes_no_line(desk: UiDesk, window: MainWindow) -> None:
    accounts = window.sidebar.accounts
    changed: list[str] = []
    accounts.model().dataChanged.connect(lambda first, *_: changed.append(first.data(LINE_ROLE).name))
    accounts.show_sync(SyncState(account_id="a1", phase=SyncPhase.PUSHING))
    assert set(changed) == {"Workshop"}
    changed.clear()
    accounts.show_sync(SyncState(account_id="a1", phase=SyncPhase.PUSHING))
    assert not changed


@pytest.mark.parametrize("phase", SyncPhase)
def test_there_are_words_for_whatever_a_sync_does(desk: UiDesk, window: MainWindow, phase: SyncPhase) -> None:
    window.sidebar.accounts.show_sync(SyncState(account_id="a1", phase=phase))
    assert line(window.sidebar.accounts, "Workshop")


def test_a_window_whose_store_another_techdesk_took_says_so(desk: UiDesk, window: MainWindow) -> None:
    error = StoreTakenError()
    desk.context.tasks.report_sync(
        SyncState(account_id="a1", phase=SyncPhase.TAKEN, online=True, title=error.title, hint=error.hint)
    )
    desk.qtbot.waitUntil(lambda: window.status.words.endswith(error.title))
    assert line(window.sidebar.accounts, "Workshop") == "Another TechDesk works"
    assert "close this one" in window.sidebar.accounts.item(2).toolTip()


def test_each_row_bears_the_colour_and_the_name_of_its_account(desk: UiDesk, window: MainWindow) -> None:
    table, model = window.work.table, window.work.table.orders
    picture: QImage = table.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    seen = {}
    for row in range(model.rowCount()):
        middle = table.visualRect(model.index(row, 0)).center().y()
        seen[model.index(row, 0).data()] = picture.pixelColor(int(1 * ratio), int(middle * ratio)).name()
    color = desk.context.theme.account_color
    assert seen == {"1": color("blue"), "2": color("orange")}
    place = next(
        at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == "Account"
    )
    assert not table.isColumnHidden(place)
    assert {model.index(row, place).data() for row in range(2)} == {"Workshop", "Claims"}
    tips = {model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(2)}
    assert tips == {"1 · Workshop", "2 · Claims"}


def test_an_account_of_a_colour_nobody_knows_is_grey(desk: UiDesk) -> None:
    color = desk.context.theme.account_color
    assert color("mauve") == color("grey")
    assert color("#123456") == "#123456"


def test_the_views_are_not_counted_before_it_is_known_who_one_is(desk: UiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(desk.context.tasks, "count", lambda *question: asked.append(question[-1]))
    sidebar = Sidebar(desk.context)
    desk.qtbot.addWidget(sidebar)
    sidebar.choose("mine")
    sidebar.count()
    with desk.qtbot.waitCallback() as later:
        QTimer.singleShot(0, later)
    assert "counts" not in asked
    sidebar.show_accounts([an_account()])
    sidebar.count()
    desk.qtbot.waitUntil(lambda: "counts" in asked)


def test_enter_on_an_account_goes_to_its_orders(desk: UiDesk, window: MainWindow) -> None:
    accounts = window.sidebar.accounts
    accounts.setFocus()
    desk.qtbot.keyClick(accounts, Qt.Key.Key_Down)
    desk.qtbot.waitUntil(lambda: numbers(window) == {"2"})
    desk.qtbot.keyClick(accounts, Qt.Key.Key_Return)
    assert window.focusWidget() is window.work.table
    desk.qtbot.waitUntil(lambda: window.work.shown_order is not None)


@pytest.mark.parametrize(("signed_out", "title"), [(False, "Change the account"), (True, "Sign in to “Claims” again")])
def test_enter_in_the_accounts_changes_one_or_signs_in_again(
    desk: UiDesk, window: MainWindow, *, signed_out: bool, title: str
) -> None:
    with desk.desk.store.write(Urgency.PERSON) as tx:
        tx.save_account(an_account(account_id="a2", name="Claims", system="extend", signed_out=signed_out))
    dialog = AccountsDialog(desk.context, window)
    dialog.open()
    (accounts,) = dialog.findChildren(QListWidget)
    desk.qtbot.waitUntil(lambda: accounts.count() == 2)
    desk.qtbot.keyClick(accounts, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: len(dialog.findChildren(AccountDialog)) == 1)
    (opened,) = dialog.findChildren(AccountDialog)
    assert opened.isVisible()
    assert opened.windowTitle() == title
    opened.reject()
