"""Kill -9 the desk at the worst moments: what it said is saved reaches the server's tables exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from techdesk.cli.run import request_for
from techdesk.desk.places import Places
from techdesk.instance.line import BrokenOffError, ask
from tests.support.faults_proxy import Fault, FaultsProxy, faults_proxy
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables
from tests.support.waiting import PATIENCE_S, wait_until

pytest.importorskip("PySide6")
pytestmark = pytest.mark.slow

Wish = tuple[str, dict[str, str]]
"""What is recorded: a kind of event, and its fields."""

ROUNDS: tuple[tuple[Wish, Wish, Wish], ...] = (
    (
        ("product_received", {"receivedBy": "Kim"}),
        ("product_diagnosed", {"diagnosedBy": "Ana", "diagnosticExplanation": "Fuse"}),
        ("part_management", {"partManagementEventType": "parts_ordered"}),
    ),
    (
        ("repair_eta", {"isDelayed": "true", "delayReason": "No part"}),
        ("repair_started", {}),
        ("appointment_scheduling", {"appointmentEventType": "scheduled"}),
    ),
    (
        ("repair_completed", {"repairExplanation": "New fuse"}),
        ("repair_shipped", {}),
        ("customer_contact", {"method": "phone"}),
    ),
    (
        ("product_delivered", {"deliveredTo": "Ana"}),
        ("battery_calibrated", {"metadata.cycles": "312"}),
        ("batched", {"availabilityWindows": "2026-06-05T07:00:00+02:00"}),
    ),
    (
        ("internal_note", {}),
        ("product_received", {"receivedBy": "Kim again"}),
        ("resolved", {"resolutionType": "repaired", "reason": "Hose"}),
    ),
)
"""What each round records: two events on one order, which go one after the other, and one on another beside them."""

KILLS = int(os.environ.get("TECHDESK_KILLS", "300")) // 20
"""One in twenty of the random kills; `tests/faults/test_random_kills.py` has the others, quicker without a window."""
LONGEST_S = 0.4
_ANYWHERE: tuple[Wish, ...] = (("internal_note", {}), ("battery_calibrated", {"metadata.cycles": "312"}))
"""Kinds of events that belong to any kind of order."""


@dataclass
class DeskProcess:
    """The real window in a process of its own, asked for things over its private socket as the command line does."""

    home: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the window and wait until it takes commands."""
        own = {
            "TECHDESK_HOME": str(self.home),
            "TECHDESK_MASTER_PASSWORD": "horse battery",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "QT_QPA_PLATFORM": "offscreen",
        }
        with (self.home.parent / "window.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "techdesk"], env=os.environ | own, stdout=log, stderr=log
            )
        wait_until(lambda: self._asked("account", "list") is not None)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def run(self, *words: str, token: str = "") -> Any:
        """Run a command in the window; returns its JSON document."""
        answer = self._asked(*words, "--json", token=token)
        assert answer is not None
        assert answer["exit"] == 0, answer["err"]
        return json.loads(answer["out"])

    def record(self, order_uid: str, wish: Wish, notes: str) -> str:
        """Record an event; returns the state that the desk told once it was durable."""
        kind, fields = wish
        words = [f"{name}={value}" for name, value in (fields | {"notes": notes}).items()]
        return str(self.run("record", order_uid, kind, *words)["state"])

    def outbox(self) -> list[str]:
        """Return the state of all that is not confirmed, oldest first."""
        return [one["state"] for one in self.run("outbox", "list")]

    def _asked(self, *words: str, token: str = "") -> Any:
        assert self._process is not None
        assert self._process.poll() is None, "the window ended"
        socket = Places.below(self.home).run / "desk.sock"
        with suppress(BrokenOffError):
            return ask(socket, request_for(words, token))
        return None


@dataclass(frozen=True)
class Bench:
    """A desk that is signed in through a proxy, and a look into the server's tables."""

    desk: DeskProcess
    proxy: FaultsProxy
    tables: ServerTables
    depot: str
    onsite: str

    def record(self, number: int) -> list[tuple[str, str, str]]:
        """Record a round's events; returns what the server has to hold of them, order by order."""
        first, second, third = ROUNDS[number]
        places = ((self.depot, first), (self.depot, second), (self.onsite, third))
        expected = []
        for order, wish in places:
            notes = f"round {number}: {wish[0]}"
            assert self.desk.record(order, wish, notes) == "queued"
            expected.append((order, wish[0], notes))
        return expected

    def drain(self) -> None:
        """Start the desk again with nothing in its way, and wait until it has no unsent work."""
        self.proxy.fault = Fault.NONE
        self.desk.start()
        wait_until(lambda: self.desk.outbox() == [])

    def kept(self, after: int) -> list[tuple[str, str, str]]:
        """Return order, kind and notes of the events in the server's table, order by order, each as it came."""
        events = [(one.order_uid, one.event_type, one.notes) for one in self.tables.events(after)]
        return sorted(events, key=lambda one: one[0] != self.depot)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", "40") as one:
        yield one


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.technician_token()


@pytest.fixture
def bench(server: ServerProcess, token: str, tmp_path: Path) -> Iterator[Bench]:
    tables = ServerTables(server.folder / "server.sqlite")
    (depot, _), (onsite, _) = (tables.open_orders(kind)[0] for kind in ("repair_depot", "repair_onsite"))
    desk = DeskProcess(tmp_path / "home")
    with faults_proxy(server.address) as proxy:
        try:
            desk.start()
            address = ("--system", "flow_retail", "--address", proxy.address, "--token-stdin")
            desk.run("account", "add", "Bench", *address, token=token)
            wait_until(lambda: len(desk.run("orders")) == 40)
            yield Bench(desk, proxy, tables, depot, onsite)
        finally:
            desk.kill()


def test_killed_between_saved_here_and_the_send_all_arrives_once_and_in_order(bench: Bench) -> None:
    for number in range(len(ROUNDS)):
        before = bench.tables.last_event()
        bench.proxy.unplug()
        expected = bench.record(number)
        bench.desk.kill()
        assert bench.kept(before) == []
        bench.proxy.plug_in()
        bench.drain()
        assert bench.kept(before) == expected


@pytest.mark.parametrize(
    ("fault", "rounds"), [(Fault.ANSWER_LOST, 5), (Fault.REQUEST_LOST, 2)], ids=["answer lost", "request lost"]
)
def test_killed_between_the_send_and_the_answer_all_arrives_once_and_in_order(
    bench: Bench, fault: Fault, rounds: int
) -> None:
    for number in range(rounds):
        before = bench.tables.last_event()
        bench.proxy.fault = fault
        expected = bench.record(number)
        lost = [bench.proxy.lost.get(timeout=PATIENCE_S) for _ in range(2)]
        assert sorted(bench.desk.outbox()) == ["inflight", "inflight", "queued"]
        bench.desk.kill()
        arrived = fault is Fault.ANSWER_LOST
        assert [(one.method, one.status) for one in lost] == [("POST", 201 if arrived else None)] * 2
        assert bench.kept(before) == ([expected[0], expected[2]] if arrived else [])
        bench.drain()
        assert bench.kept(before) == expected


def test_killed_right_after_saved_here_while_it_sends_all_arrives_once_and_in_order(bench: Bench) -> None:
    for number in range(3):
        before = bench.tables.last_event()
        expected = bench.record(number)
        bench.desk.kill()
        bench.drain()
        assert bench.kept(before) == expected


def test_killed_at_random_moments_all_arrives_once_and_in_order(bench: Bench) -> None:
    dice = Random(KILLS)
    before = bench.tables.last_event()
    expected: list[tuple[str, str, str]] = []
    for number in range(KILLS):
        if number:
            bench.desk.start()
        for place in range(dice.randint(1, 3)):
            order = dice.choice((bench.depot, bench.onsite))
            kind = dice.choice(_ANYWHERE)
            notes = f"kill {number} save {place}"
            assert bench.desk.record(order, kind, notes) == "queued"
            expected.append((order, kind[0], notes))
        time.sleep(dice.uniform(0.0, LONGEST_S))
        bench.desk.kill()
    bench.drain()
    assert bench.kept(before) == sorted(expected, key=lambda one: one[0] != bench.depot)
