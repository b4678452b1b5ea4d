"""Each further system once from the real window to the server's own tables, with work done while it is away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from techdesk.domain.records import RecordType
from techdesk.ui.dialogs.bill_dialog import BillDialog
from techdesk.ui.notices import NoticeBar
from techdesk.ui.tabs.items import ItemsTab
from techdesk.ui.tabs.overview import OverviewTab
from techdesk.ui.whole_order.dialogs import EntryDialog, WholeOrderDialog
from techdesk.ui.whole_order.group_table import GroupTable
from tests.end_to_end.conftest import Site
from tests.support.shown_widgets import texts_in
from tests.support.webhook import Webhook
from tests.support.window_driver import DrivenWindow, driven_window
from tests.support.work_orders import body_of, note, work_order

pytestmark = [
    pytest.mark.slow,
    # what the invisible screen says about the names offered below a line
    pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)"),
]

PASSWORD = "rosa's & word"
SUPERVISOR = "Ingrid Sjöberg"
KEPT_AS = 10_000
"""The tables hold amounts as whole ten-thousandths."""
TAKES_WORK = "service_state in ('NOT_STARTED', 'IN_PROGRESS', 'ON_HOLD')"


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrivenWindow]:
    with driven_window(qtbot, tmp_path / "home", monkeypatch) as driven:
        yield driven


def come_online(desk: DrivenWindow, site: Site) -> None:
    """Start the server again and wait until it has confirmed all work."""
    site.server.start()
    desk.press("F5")
    desk.wait(lambda: desk.unsent == "Everything confirmed" and desk.connection == "Online")


@pytest.mark.parametrize("form", ["JSON", "XML"])
def test_a_whole_order_changed_while_its_server_is_down_is_what_the_server_stores(
    desk: DrivenWindow, site: Site, form: str
) -> None:
    login, said = f"Rosa {form}", {"format": form.lower(), "currency": "EUR"}
    site.server.run("user", "add", login, "--role", "supervisor", "--password-stdin", said=PASSWORD)
    desk.sign_in(f"{site.server.address}/RSMCP", PASSWORD, "Resource Scheduler", userName=login, **said)
    uid, number = room_order(site)
    desk.open_order(number)
    before, kept, puts = received(desk), stored(site, uid), number_of_puts(site)
    ((quantity, price),) = site.tables.rows("select quantity, price from items where service_order_uid = ?", uid)
    wanted = quantity // KEPT_AS + 2
    assert site.server.stop() == 0
    desk.press("Ctrl+D")
    dialog = desk.dialog(WholeOrderDialog)
    turn_to(desk, dialog, "customer/name")
    desk.type_over(dialog.form.editor("customer/name").entry(), f"Zoë 張 & <Söhne> {form}")
    change_quantity(desk, dialog, wanted)
    desk.save(dialog)
    desk.wait(lambda: desk.unsent == "1 unsent" and desk.connection != "Online")
    assert stored(site, uid) == kept

    come_online(desk, site)
    was, now = leaves(before, form), leaves(stored(site, uid), form)
    assert now.keys() == was.keys()
    changed = sorted((path.split(" ")[-1], now[path]) for path in now if now[path] != was[path])
    assert changed == [("ContactName", f"Zoë 張 & <Söhne> {form}"), ("Quantity", str(wanted))]
    amounts = site.tables.rows("select quantity, total_price from items where service_order_uid = ?", uid)
    assert amounts == [(wanted * KEPT_AS, price * wanted)]
    assert number_of_puts(site) == puts + 1
    desk.press("Alt+1")
    desk.wait(lambda: f"Zoë 張 & <Söhne> {form}" in texts_in(tab(desk, OverviewTab)))


def room_order(site: Site) -> tuple[str, str]:
    """Return uid and number of an order with one item, of which the server keeps all that a client sent."""
    kept = "select service_order_uid from resource_scheduler_orders where json_array_length(item_uids) = 1"
    wanted = f"service_order_uid in ({kept}) and {TAKES_WORK}"
    uid, number = site.tables.rows(f"select service_order_uid, service_order_id from orders where {wanted}")[0]
    return uid, str(number)


def stored(site: Site, uid: str) -> str:
    """Return an order as the server stores it."""
    ((raw,),) = site.tables.rows("select raw from resource_scheduler_orders where service_order_uid = ?", uid)
    return str(raw)


def number_of_puts(site: Site) -> int:
    """Return how often the server was sent a whole order."""
    return (site.server.folder / "log").read_text().count("PUT /RSMCP/")


def received(desk: DrivenWindow) -> str:
    """Return the open order as the server gave it to the desk."""
    detail = desk.window.work.pane.detail
    assert detail is not None
    with desk.desk.store.read() as view:
        record = view.record(detail.ref.account_id, RecordType.ORDER, detail.ref.order_id)
    assert record is not None
    assert record.raw is not None
    return record.raw.decode("utf-8-sig")


def leaves(raw: str, form: str) -> dict[str, str]:
    """Return every value of an order by its path, read without any code of ours."""
    return dict(_json_leaves(json.loads(raw), "") if form == "JSON" else _xml_leaves(fromstring(raw.encode()), ""))


def _json_leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    named = value.items() if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else ()
    for name, one in named:
        yield from _json_leaves(one, f"{path} {name}")
    if not named:
        yield path, str(value)


def _xml_leaves(element: Any, path: str) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(element):
        yield from _xml_leaves(one, f"{path} {place} {one.tag.rpartition('}')[2]}")
    if not len(element):
        yield path, element.text or ""


def turn_to(desk: DrivenWindow, dialog: WholeOrderDialog, key: str) -> None:
    """Go from page to page of the form until the field is in front."""
    for _ in range(dialog.pages.list.count()):
        if dialog.form.editor(key).isVisible():
            return
        desk.press("Ctrl+PgDown", dialog)
    raise AssertionError(f"{key} is on no page")


def change_quantity(desk: DrivenWindow, dialog: WholeOrderDialog, quantity: int) -> None:
    """Open the first item, change how many of it are wanted, and come back to the order."""
    table = dialog.findChildren(GroupTable)[0]
    while not table.isVisible():
        desk.press("Ctrl+PgDown", dialog)
    table.table.view.selectRow(0)
    desk.press("Return", table.table.view)
    inner = desk.dialog(EntryDialog)
    (key,) = (name for name in inner.form.names if name.endswith("/Quantity"))
    desk.type_over(inner.form.editor(key).entry(), str(quantity))
    with desk.qtbot.waitSignal(inner.kept):
        desk.press("Ctrl+Return", inner)
    dialog.activateWindow()
    desk.dialog(WholeOrderDialog)


def test_a_delivery_changes_the_work_order_that_the_window_shows_and_tells_of_it(
    desk: DrivenWindow, site: Site
) -> None:
    webhook = Webhook(site.server, site.server.run("client", "add", "Retailer", "--hmac"))
    uid, number, external_id = tied_order(site)
    desk.sign_in(site.server.address, site.server.technician_token())
    desk.open_order(number)
    before = site.tables.last_event()
    desk.press("Ctrl+Shift+O")
    desk.wait(lambda: desk.connection == "Working offline")
    own = desk.record("Ctrl+9", {"notes": "Rang the bell, nobody there"})
    members: dict[str, Any] = {"Nte": 987.5, "Trade": "ICE MACHINES", "UpdatedDate": "2026-12-02T10:00:00Z"}
    delivered = work_order(
        Id=int(external_id),
        Number=f"W{external_id}",
        Status=...,
        Notes=[note(5, "Use the <b>back</b> door")],
        **members,
    )
    assert webhook.send(body_of(delivered)).status_code == 200
    desk.press("Alt+1")
    overview = tab(desk, OverviewTab)
    desk.wait(overview.isVisible)
    assert "ICE MACHINES" not in texts_in(overview)

    desk.press("Ctrl+Shift+O")
    bar = desk.window.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar)
    words = f"The work order of {number} changed. See “Work order” in its overview"
    desk.wait(lambda: bar.isVisible() and bar.text == words)
    desk.wait(lambda: {"ICE MACHINES", "987.50 USD"} <= set(texts_in(overview)))
    desk.press("Alt+2")
    desk.wait(lambda: any("Use the <b>back</b> door" in texts_in(card) for card in desk.events.cards))
    desk.wait(lambda: desk.badge(own) == "" and desk.unsent == "Everything confirmed")
    kept = site.tables.events(before)
    assert [(one.order_uid, one.event_type, one.notes) for one in kept] == [
        (uid, "work_order_note", "Use the <b>back</b> door"),
        (uid, "internal_note", "Rang the bell, nobody there"),
    ]
    assert json.loads(site.tables.order(uid, "work_order"))["Nte"] == 987.5


def tied_order(site: Site) -> tuple[str, str, str]:
    """Return uid, number and work order of an order that ServiceChannel asked for."""
    columns = "service_order_uid, service_number, external_id"
    wanted = f"external_system = 'service_channel' and accepted_at is not null and {TAKES_WORK}"
    uid, number, external_id = site.tables.rows(f"select {columns} from orders where {wanted} order by 2")[0]
    return uid, number, external_id


def test_an_order_billed_while_the_server_is_down_is_billed_once(desk: DrivenWindow, site: Site) -> None:
    desk.sign_in(site.server.address, site.server.technician_token(SUPERVISOR))
    uid, number = order_to_bill(site)
    items = item_uids(site, uid, "sales_order_uid is null")
    desk.open_order(number)
    assert site.server.stop() == 0
    desk.press("Ctrl+B")
    dialog = desk.dialog(BillDialog)
    desk.type_over(dialog.form.editor("order_address.city").entry(), "Tromsø")
    desk.save(dialog)
    desk.wait(lambda: desk.unsent == "1 unsent" and desk.connection != "Online")

    come_online(desk, site)
    ((bill, address, by),) = site.tables.rows(
        "select sales_order_uid, order_address, created_by from sales_orders where service_order_uid = ?", uid
    )
    assert (json.loads(address)["city"], by) == ("Tromsø", SUPERVISOR)
    lines = (
        "select service_order_item_uid from sales_order_lines where sales_order_uid = ? and service_hours_uid is null"
    )
    assert sorted(one for (one,) in site.tables.rows(lines, bill)) == items
    assert item_uids(site, uid, f"sales_order_uid = '{bill}'") == items
    ((bill_number,),) = site.tables.rows("select order_number from sales_orders where sales_order_uid = ?", bill)
    desk.press("Alt+3")
    shown = tab(desk, ItemsTab)
    desk.wait(lambda: shown.isVisible() and billed_cells(shown) == [f"Billed · {bill_number}"] * len(items))


def order_to_bill(site: Site) -> tuple[str, str]:
    """Return uid and number of an order that has items, none of them billed yet."""
    unbilled = "select service_order_uid from items group by 1 having count(sales_order_uid) = 0"
    wanted = f"service_order_uid in ({unbilled}) and customer_uid is not null"
    uid, number = site.tables.rows(f"select service_order_uid, service_number from orders where {wanted} order by 2")[0]
    return uid, number


def item_uids(site: Site, uid: str, which: str) -> list[str]:
    found = f"select service_order_item_uid from items where service_order_uid = ? and {which}"
    return sorted(one for (one,) in site.tables.rows(found, uid))


def billed_cells(shown: ItemsTab) -> list[str]:
    """Return what the column “Billed” says, row by row."""
    model = shown.table.view.model()
    headings = [str(model.headerData(at, Qt.Orientation.Horizontal)) for at in range(model.columnCount())]
    column = headings.index("Billed")
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def tab(desk: DrivenWindow, kind: type[Any]) -> Any:
    """Return a tab of the open order."""
    tabs = desk.window.work.pane.tabs
    return next(tabs.widget(at) for at in range(tabs.count()) if isinstance(tabs.widget(at), kind))
