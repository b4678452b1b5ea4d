"""The desk without its window, over a real server process and a hostile network: everything arrives exactly once.

Nothing here needs Qt. The desk's clock is the real one put forward by hand, so that no test waits for a backoff.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.queries import OrderFilter
from techdesk.connectors.flow_retail import connector as flow_retail
from techdesk.domain.event_data import event_data
from techdesk.domain.events import EVENT_KINDS, Event, FieldType, OtherEvent
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.orders import Asset, Customer, Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.support.chaos_proxy import ChaosProxy, Fault, Seen, chaos_proxy
from tests.support.real_desk import LONGEST_WAIT_S, ROUNDS, Bench, bench_at
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import KeptEvent, ServerTables

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOTES = "Seen twice.\n“näher” – עברית – 🔥 <b>not bold</b>"
ORDERS = 40
_PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", str(ORDERS)) as one:
        yield one


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.technician_token()


@pytest.fixture(scope="module")
def tables(server: ServerProcess) -> ServerTables:
    return ServerTables(server.folder / "server.sqlite")


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[ChaosProxy]:
    with chaos_proxy(server.port) as one:
        yield one


@pytest.fixture
def bench(tmp_path: Path, proxy: ChaosProxy, token: str) -> Iterator[Bench]:
    with bench_at(tmp_path, proxy.address, token) as one:
        assert one.drain().pulled >= ORDERS
        yield one


def filled(event_class: type[Event], number: int) -> Event:
    """Return an event with every field of its kind filled, each time differently."""
    at = NOON + timedelta(minutes=number, milliseconds=number)
    values: dict[FieldType, Any] = {
        FieldType.TEXT: f"Kim <{number}> & “Ängström”",
        FieldType.LONG_TEXT: f"line one\n\tline {number}",
        FieldType.INSTANT: at,
        FieldType.FLAG: True,
        FieldType.INSTANTS: (at, at + timedelta(days=1)),
    }
    fields: dict[str, Any] = {
        one.name: next(iter(one.enum)) if one.enum else values[one.holds] for one in event_class.KIND.fields
    }
    return event_class(notes=f"{number}: {NOTES}", **fields)


def every_kind(service: ServiceKind) -> list[Event]:
    listed = [filled(one.event_class, one.step) for one in EVENT_KINDS.values() if one.service is service]
    other = OtherEvent(
        event="put_on_shelf", event_date=NOON, metadata={"bay": 4, "by hand": True, "tags": ["a", "б"]}, notes=NOTES
    )
    return [*listed, other]


def kept_on(tables: ServerTables, order: OrderRef, after: int) -> list[KeptEvent]:
    return [one for one in tables.events(after) if one.order_uid == order.order_id]


def hold_exactly(kept: list[KeptEvent], recorded: list[Event]) -> None:
    """Compare the server's rows with what was recorded: once each, in order, field for field."""
    assert [one.event_type for one in kept] == [one.name for one in recorded]
    assert [one.notes for one in kept] == [one.notes for one in recorded]
    assert [dict(one.data) for one in kept] == [event_data(one) for one in recorded]
    own = [one.own_date.isoformat(timespec="milliseconds") if one.own_date else None for one in recorded]
    told = [datetime.fromisoformat(one.occurred_at).isoformat(timespec="milliseconds") for one in kept]
    assert [one for one, known in zip(told, own, strict=True) if known] == [one for one in own if one]


def test_every_kind_of_event_recorded_while_the_server_is_down_arrives_once_in_order_and_whole(
    bench: Bench, server: ServerProcess, tables: ServerTables
) -> None:
    places = {kind: bench.order(kind, tables) for kind in (ServiceKind.DEPOT, ServiceKind.ONSITE)}
    before = tables.last_event()
    assert server.stop() == 0
    recorded = {kind: every_kind(kind) for kind in places}
    for kind, order in places.items():
        for event in recorded[kind]:
            bench.desk.commands.record_event(order, event)
    result = bench.desk.sync_once()
    assert (result.online, result.unsent, set(bench.states())) == (False, 14, {OpState.QUEUED})
    server.start()
    bench.clock.advance(LONGEST_WAIT_S)
    assert bench.drain().unsent == 0
    assert set(bench.states()) == {OpState.DONE}
    for kind, order in places.items():
        hold_exactly(kept_on(tables, order, before), recorded[kind])
    assert len(tables.events(before)) == 14


def test_an_order_made_offline_arrives_with_all_that_was_put_on_it(bench: Bench, tables: ServerTables) -> None:
    commands = bench.desk.commands
    with bench.desk.store.read() as view:
        type_uid = next(
            one["service_type_uid"]
            for one in view.references("a1", "service_types")
            if one["service_kind"] == ServiceKind.DEPOT
        )
    wanted = Order(
        title="Hums 🔊",
        description=NOTES,
        service_type_uid=type_uid,
        customer=Customer(name="Johanna <Berg>", phone="+47 900 00 001"),
        assets=(Asset(name="Amplifier", serial_number="Q-1"),),
    )
    (order_id,) = commands.create_order("a1", wanted).orders
    order = OrderRef("a1", order_id)
    commands.change_order(order, {"location_label": "Shelf 7"}, {})
    commands.add_item(order, Item(name="Fuse", note="slow"))
    commands.add_hours(order, HoursEntry(started_at=NOON, ended_at=NOON + timedelta(minutes=30)))
    commands.record_event(order, EVENT_KINDS["repair_started"].event_class(notes="at last"))
    assert bench.drain().unsent == 0
    assert set(bench.states()) == {OpState.DONE}
    with bench.desk.store.read() as view:
        record = view.record("a1", RecordType.ORDER, order_id)
    assert record is not None
    uid = record.server_id
    columns = "title, description, location_label"
    assert tables.rows(f"select {columns} from orders where title = ?", "Hums 🔊") == [("Hums 🔊", NOTES, "Shelf 7")]
    assert tables.rows("select name, note from items where service_order_uid = ?", uid) == [("Fuse", "slow")]
    assert tables.rows("select minutes from hours where service_order_uid = ?", uid) == [(30,)]
    assert tables.rows("select event_type, notes from events where service_order_uid = ?", uid) == [
        ("repair_started", "at last")
    ]


@pytest.mark.parametrize("fault", [one for one in Fault if one is not Fault.PASS])
def test_whatever_the_network_does_all_work_arrives_once_and_in_order(
    bench: Bench, proxy: ChaosProxy, tables: ServerTables, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault in (Fault.DRIP, Fault.HELD, Fault.DELAYED):
        monkeypatch.setattr(flow_retail, "SEND_DEADLINE_S", 0.7)
    depot, onsite = (bench.order(kind, tables) for kind in (ServiceKind.DEPOT, ServiceKind.ONSITE))
    before = tables.last_event()
    at_the_bench = every_kind(ServiceKind.DEPOT)[:3]
    for event in at_the_bench:
        bench.desk.commands.record_event(depot, event)
    title = f"Changed under {fault.name}"
    bench.desk.commands.change_order(onsite, {"title": title}, _seen(bench, onsite))
    bench.desk.commands.add_item(onsite, Item(name=fault.name))
    proxy.script(fault, Fault.PASS, fault, fault)
    assert bench.drain().unsent == 0
    assert fault in {one.fault for one in proxy.seen}
    hold_exactly(kept_on(tables, depot, before), at_the_bench)
    assert tables.order(onsite.order_id, "title") == title
    assert len(tables.rows("select 1 from items where name = ?", fault.name)) == 1


def _seen(bench: Bench, order: OrderRef) -> dict[str, Any]:
    with bench.desk.store.read() as view:
        record = view.record(order.account_id, RecordType.ORDER, order.order_id)
    assert record is not None
    return record.view


def test_a_removal_whose_answer_was_lost_is_done_and_nothing_else_goes(
    bench: Bench, proxy: ChaosProxy, tables: ServerTables
) -> None:
    order = bench.order(ServiceKind.DEPOT, tables)
    for name in ("kept", "removed"):
        bench.desk.commands.add_item(order, Item(name=name, note=str(proxy.address)))
    bench.drain()
    with bench.desk.store.read() as view:
        found = view.parts("a1", order.order_id, RecordType.ITEM)
    item = next(one for one in found if one.view["name"] == "removed" and one.view.get("note") == proxy.address)
    bench.desk.commands.remove(order, RecordType.ITEM, item.record_id)
    proxy.script(Fault.ANSWER_LOST)
    assert bench.drain().unsent == 0
    assert tables.rows("select name from items where note = ?", proxy.address) == [("kept",)]


def test_a_link_that_breaks_during_the_first_sync_leaves_nothing_out(
    tmp_path: Path, proxy: ChaosProxy, token: str, tables: ServerTables
) -> None:
    with bench_at(tmp_path, proxy.address, token) as bench:
        proxy.script(Fault.TRUNCATED, Fault.PASS, Fault.GARBAGE, Fault.CAPTIVE, Fault.RESET_AFTER, reads=True)
        for _ in range(ROUNDS):
            bench.desk.sync_once()
            bench.clock.advance(LONGEST_WAIT_S)
        with bench.desk.store.read() as view:
            assert len(view.order_keys(OrderFilter())) == tables.rows("select count(*) from orders")[0][0]


# Killed.


@dataclass
class Home:
    """A desk's folder, worked by commands in processes of their own."""

    path: Path

    def run(self, *words: str, said: str = "") -> Any:
        """Run a command that must succeed and return its document."""
        done = self._done(*words, said=said)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def killed_while(self, proxy: ChaosProxy, is_so: Callable[[list[Seen]], bool]) -> None:
        """Start a round and kill it as a power cut would, once the proxy has seen what is waited for."""
        sync = subprocess.Popen(self._command("sync", "--once"), env=self._environment, stderr=subprocess.DEVNULL)
        try:
            proxy.wait_for(is_so)
        finally:
            sync.kill()
            sync.wait(_PATIENCE_S)

    def drain(self) -> None:
        """Run rounds until nothing is unsent."""
        for _ in range(ROUNDS):
            done = self._done("sync", "--once")
            if json.loads(done.stdout)["unsent"] == 0:
                return
        raise AssertionError(f"it does not drain: {done.stdout}{done.stderr}")

    def _done(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*words, "--json"),
            env=self._environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "techdesk", *words]

    @property
    def _environment(self) -> dict[str, str]:
        own = {"TECHDESK_HOME": str(self.path), "TECHDESK_MASTER_PASSWORD": "horse battery"}
        return os.environ | own | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture
def home(tmp_path: Path, proxy: ChaosProxy, token: str) -> Home:
    one = Home(tmp_path / "home")
    address = ("--system", "flow_retail", "--address", proxy.address, "--token-stdin")
    one.run("account", "add", "Bench", *address, said=token)
    assert one.run("sync", "--once")["pulled"] >= ORDERS
    return one


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [(Fault.HELD, 0), (Fault.DELAYED, 1)],
    ids=["before the server had it", "before the answer came"],
)
def test_a_round_that_is_killed_while_it_sends_sends_nothing_twice(
    home: Home, proxy: ChaosProxy, tables: ServerTables, fault: Fault, arrived: int
) -> None:
    order, _ = tables.open_orders(ServiceKind.DEPOT.value)[0]
    before = tables.last_event()
    first = home.run("record", order, "product_received", "receivedBy=Kim", f"notes={NOTES}")
    second = home.run("record", order, "product_diagnosed", "diagnosedBy=Ana")
    assert (first["state"], second["state"]) == ("queued", "queued")
    proxy.script(fault)
    home.killed_while(proxy, lambda seen: any(one.fault is fault for one in seen))
    proxy.release()
    assert len(tables.events(before)) == arrived
    assert [one["state"] for one in home.run("outbox", "list")] == ["inflight", "queued"]
    home.drain()
    kept = tables.events(before)
    assert [(one.event_type, one.notes) for one in kept] == [("product_received", NOTES), ("product_diagnosed", "")]
    assert home.run("outbox", "list") == []


def test_a_desk_that_is_killed_right_after_saved_here_sends_it_later_once(home: Home, tables: ServerTables) -> None:
    order, _ = tables.open_orders(ServiceKind.ONSITE.value)[0]
    before = tables.last_event()
    assert home.run("record", order, "resolved", "resolutionType=repaired", "reason=Hose")["state"] == "queued"
    assert tables.events(before) == []
    home.drain()
    home.drain()
    (kept,) = tables.events(before)
    assert dict(kept.data) == {"resolutionType": "repaired", "reason": "Hose"}
