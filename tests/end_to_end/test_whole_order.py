"""From the form of a whole order to the bytes that the server keeps, in both formats: these changes and no other."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from techdesk.application.accounts import Account
from techdesk.application.exchange import PulledOrder
from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.order_form import entries, value_at
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.queries import OrderFilter
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.desk.desk import Desk
from techdesk.desk.opening import known_systems
from techdesk.ui.context import Context
from techdesk.ui.dialogs.saving_dialog import SavingDialog
from techdesk.ui.formats import Formats
from techdesk.ui.icons import Icons
from techdesk.ui.notices import Notices
from techdesk.ui.tasks import Tasks
from techdesk.ui.theme import Theme
from techdesk.ui.whole_order.dialogs import WholeOrderDialog, change_dialog
from techdesk.ui.whole_order.group_table import GroupTable
from techdesk.wire.resource_scheduler import Form, edit, read_order
from tests.support.real_desk import real_desk
from tests.support.server_process import ServerProcess, running_server
from tests.unit.desk.fakes import RunningClock

PASSWORD = "rosa's & word"
_ITEMS, _FIELDS = "rs:ServiceOrderItemList", "rs:UdfList"
_STAMP = re.compile(rb'(LastModified(?:": ?"|>))[^"<]+')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("rooms"), "--sample", "40") as one:
        one.run("user", "add", "Rosa", "--role", "supervisor", "--password-stdin", said=PASSWORD)
        yield one


@dataclass
class Desktop:
    """A desk over a real store with an account of the server, and what windows need."""

    desk: Desk
    context: Context
    direct: ResourceSchedulerConnector

    def order(self) -> OrderDetail:
        """Return an open order that has items and fields of its own."""
        with self.desk.store.read() as view:
            rows = view.first_order_rows(OrderFilter(), 100)
            details = [order_detail(view, OrderRef(row.account_id, row.order_id)) for row in rows]
        able = [one for one in details if one.order.service_state.takes_work and one.items]
        return next(one for one in able if any(key.startswith(_FIELDS) for key in one.shown.document))

    def at_the_server(self, detail: OrderDetail) -> PulledOrder:
        """Return the order as the server has it."""
        return self.direct.fetch(PulledOrder(server_id=detail.order.service_number, document={}))


@contextmanager
def desktop(home: Path, address: str, form: str) -> Iterator[Desktop]:
    settings = {"userName": "Rosa", "format": form, "currency": "EUR"}
    account = Account(
        account_id="a1", name="Rooms", system="resource_scheduler", address=f"{address}/RSMCP", settings=settings
    )
    clock = RunningClock()
    desk = real_desk(home, clock)
    direct = ResourceSchedulerConnector(account, PASSWORD)
    theme = Theme()
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.install(app, "light")
    tasks = Tasks(desk.store)
    context = Context(
        services=desk, tasks=tasks, theme=theme, icons=Icons(theme), formats=Formats(clock), notices=Notices()
    )
    try:
        desk.add_account(account, PASSWORD)
        desk.sync_once()
        yield Desktop(desk, context, direct)
    finally:
        tasks.close()
        desk.close()
        direct.close()


def open_form(at: Desktop, detail: OrderDetail) -> WholeOrderDialog:
    dialog = change_dialog(at.context, detail)
    assert isinstance(dialog, WholeOrderDialog)
    dialog.open()
    return dialog


def type_into(dialog: SavingDialog, key: str, text: str) -> None:
    editor: Any = dialog.form.editor(key)
    editor.line.setText(text)


def save(qtbot: QtBot, dialog: SavingDialog) -> None:
    with qtbot.waitSignal(dialog.saved):
        dialog.save()


def keys_of(detail: OrderDetail) -> tuple[str, str]:
    """Return the key of the order's first item, and of the field that says its cost centre."""
    document = detail.shown.document
    form = next(one.order_form for one in known_systems() if one.name == "resource_scheduler")
    items, fields = (group for section in form for group in section.groups)
    cost_centre = next(one for one in entries(fields, document) if one.label == "Cost centre")
    return entries(items, document)[0].key, cost_centre.fields[0].key


@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_the_form_changed_is_all_that_changes_at_the_server(
    qtbot: QtBot, server: ServerProcess, tmp_path: Path, form: str
) -> None:
    with desktop(tmp_path, server.address, form) as at:
        detail = at.order()
        before = at.at_the_server(detail).raw or b""
        item, cost_centre = keys_of(detail)
        quantity = detail.shown.document[f"{item}/Quantity"] + 2
        dialog = open_form(at, detail)
        type_into(dialog, "customer/name", "Zoë 張 & <Söhne>")
        type_into(dialog, cost_centre, "4712-B")
        inner = dialog.open_entry(dialog.findChildren(GroupTable)[0], item)
        type_into(inner, f"{item}/Quantity", str(quantity))
        option = inner.open_entry(inner.findChildren(GroupTable)[0], "")
        new = f"{item}/ServiceItemOptionList/new1"
        type_into(option, f"{new}/ServiceOptionName", "Ladder")
        type_into(option, f"{new}/ServiceOptionLimit", "2")
        save(qtbot, option)
        save(qtbot, inner)
        save(qtbot, dialog)
        at.desk.sync_once()
        after = at.at_the_server(detail).raw or b""
        with at.desk.store.read() as view:
            assert [one.state for one in view.operations()] == [OpState.DONE]
            shown = order_detail(view, detail.ref).shown.document

    was = read_order(before, Form(form))
    first = was["ServiceOrderItemList"][0]
    places = range(len(was["UdfList"]))
    field = next(place for place in places if was["UdfList"][place]["Name"] == "Cost centre")
    total = float(first["Price"]) * quantity
    expected = {
        "ContactName": "Zoë 張 & <Söhne>",
        f"UdfList/{field}/Value": "4712-B",
        "ServiceOrderItemList/0/Quantity": quantity,
        "ServiceOrderItemList/0/Total": f"{total:.2f}",
        f"ServiceOrderItemList/0/ServiceItemOptionList/{len(first['ServiceItemOptionList'])}": {
            "ServiceOptionName": "Ladder",
            "ServiceOptionLimit": 2,
        },
    }
    assert read_order(after, Form(form))["LastModified"] > was["LastModified"]
    assert _STAMP.sub(rb"\1", after) == _STAMP.sub(rb"\1", edit(before, Form(form), expected))
    assert value_at(shown, "customer/name") == "Zoë 張 & <Söhne>"
    assert shown[f"{item}/Quantity"] == quantity


def test_what_the_server_refuses_inside_the_order_is_rejected_with_its_own_words(
    qtbot: QtBot, server: ServerProcess, tmp_path: Path
) -> None:
    with desktop(tmp_path, server.address, "json") as at:
        detail = at.order()
        before = at.at_the_server(detail).raw
        dialog = open_form(at, detail)
        type_into(dialog, "rs:StatusId", "987")
        save(qtbot, dialog)
        at.desk.sync_once()
        with at.desk.store.read() as view:
            (operation,) = view.operations()
        assert (operation.state, operation.reason) == (OpState.REJECTED, "There is no status with this number")
        assert at.at_the_server(detail).raw == before
