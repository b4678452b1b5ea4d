"""Orders that a desk does not hold, over a real server: found, brought, opened from a file, worked on, let go of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.accounts import Account
from techdesk.application.exchange import ServerQuery
from techdesk.application.outbox import OrderRef
from techdesk.cli.run import run
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.desk.desk import Desk
from techdesk.domain.records import RecordType
from tests.support.real_desk import real_desk
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables
from tests.unit.desk.fakes import RunningClock

PASSWORD = "rosa's & word"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", "40") as one:
        one.run("user", "add", "Rosa", "--role", "supervisor", "--password-stdin", said=PASSWORD)
        yield one


@pytest.fixture(scope="module")
def tables(server: ServerProcess) -> ServerTables:
    return ServerTables(server.folder / "server.sqlite")


@contextmanager
def desk_with(home: Path, secret: str, system: str, address: str, **settings: str) -> Iterator[Desk]:
    """Open an empty desk with one account; nothing is fetched."""
    desk = real_desk(home, RunningClock())
    try:
        account = Account(account_id="a1", name="Bench", system=system, address=address, settings=settings)
        desk.add_account(account, secret)
        yield desk
    finally:
        desk.close()


def said(desk: Desk, *words: str) -> Any:
    answer = run(desk, [*words, "--json"], "")
    assert answer["err"] == ""
    return json.loads(answer["out"])


def here(desk: Desk) -> list[str]:
    with desk.store.read() as view:
        return view.order_server_ids("a1")


def test_an_order_of_flow_retail_is_found_at_the_server_and_worked_on_offline(
    server: ServerProcess, tables: ServerTables, tmp_path: Path
) -> None:
    uid, _ = tables.open_orders("repair_depot")[0]
    number = str(tables.order(uid, "service_number"))
    with desk_with(tmp_path, server.technician_token(), "flow_retail", server.address) as desk:
        found = {one["uid"]: one for one in said(desk, "orders", "--server", number.lower())}
        assert (found[uid]["number"], found[uid]["here"]) == (number, False)
        assert said(desk, "follow", number)["uid"] == uid
        assert here(desk) == [uid]
        before = tables.last_event()
        desk.work_offline(True)
        assert run(desk, ["orders", "--server", number], "")["err"].startswith("techdesk: You work offline")
        said(desk, "record", number, "product_received", "receivedBy=Kim")
        assert desk.sync_once().unsent == 1
        desk.work_offline(False)
        assert desk.sync_once().confirmed == 1
    assert [(one.order_uid, one.event_type) for one in tables.events(before)] == [(uid, "product_received")]


@pytest.mark.parametrize("reads", ["yes", "no"])
def test_an_order_of_extend_is_followed_worked_on_and_let_go(
    server: ServerProcess, tables: ServerTables, tmp_path: Path, reads: str
) -> None:
    theirs = [(one, tables.order(one, "assigned_user_display_name")) for one, _ in tables.open_orders("repair_depot")]
    uid, technician = next((one, name) for one, name in theirs if name)
    address, token = f"{server.address}/extend", server.technician_token(technician)
    with desk_with(tmp_path, token, "extend", address, reads=reads) as desk:
        said(desk, "follow", uid.upper(), *([] if reads == "yes" else ["--kind", "depot"]))
        assert here(desk) == [uid]
        with desk.store.read() as view:
            (record,) = view.find_orders(uid)
        before = tables.last_event()
        said(desk, "record", uid, "product_received", "receivedBy=Kim")
        assert "unsent" in run(desk, ["unfollow", uid], "")["err"]
        assert desk.sync_once().confirmed == 1
        assert said(desk, "unfollow", str(record.view["service_number"])) == {"uid": uid, "removed": True}
        desk.sync_once()
        assert here(desk) == []
    assert [(one.order_uid, one.event_type) for one in tables.events(before)] == [(uid, "product_received")]


def test_an_order_of_resource_scheduler_is_found_by_its_number(server: ServerProcess, tmp_path: Path) -> None:
    number = a_room_order(server, "json")[0]
    with desk_with(tmp_path, PASSWORD, "resource_scheduler", f"{server.address}/RSMCP", userName="Rosa") as desk:
        assert said(desk, "follow", number)["number"] == number
        assert here(desk) == [number]
        assert "by its number only" in run(desk, ["follow", "Rosa"], "")["err"]
        assert "by itself" in run(desk, ["unfollow", number], "")["err"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_change_of_an_opened_file_is_sent_on_top_of_the_files_own_bytes(
    server: ServerProcess, tmp_path: Path, form: str
) -> None:
    number, raw = a_room_order(server, form)
    file = tmp_path / f"order.{form}"
    file.write_bytes(raw)
    address = f"{server.address}/RSMCP"
    with desk_with(tmp_path, PASSWORD, "resource_scheduler", address, userName="Rosa", format=form) as desk:
        desk.work_offline(True)
        assert said(desk, "open", str(file))["taken"]
        order = OrderRef("a1", number)
        with desk.store.read() as view:
            record = view.record("a1", RecordType.ORDER, number)
        assert record is not None and record.raw == raw
        desk.commands.change_order(order, {"description": f"From a {form} file"}, record.view)
        desk.work_offline(False)
        assert desk.sync_once().confirmed == 1
        with desk.store.read() as view:
            (operation,) = view.operations()
    assert operation.request is not None and operation.request.body is not None
    old_note = str(record.view.get("description", ""))
    assert f"From a {form} file".encode() in operation.request.body
    assert len(operation.request.body) == len(raw) - len(old_note.encode()) + len(f"From a {form} file")
    assert f"From a {form} file".encode() in a_room_order(server, form, number)[1]


def a_room_order(server: ServerProcess, form: str, number: str = "") -> tuple[str, bytes]:
    """Return the number and the bytes of an order that takes work, as the server has it now."""
    account = Account(
        account_id="a1",
        name="Rooms",
        system="resource_scheduler",
        address=f"{server.address}/RSMCP",
        settings={"userName": "Rosa", "format": form},
    )
    connector = ResourceSchedulerConnector(account, PASSWORD)
    try:
        connector.facts()
        open_ones = (one for one in connector.pull("").orders if one.document["service_state"] == "NOT_STARTED")
        number = number or min(one.server_id for one in open_ones)
        (found,) = connector.find(ServerQuery(text=number))
        assert found.raw is not None
        return number, found.raw
    finally:
        connector.close()
