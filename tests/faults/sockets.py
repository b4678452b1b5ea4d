"""Strike over real sockets: a back end on a local port, the chaos proxy before it, and the real desk before that.

The network's time is real; what the desk waits for between its calls is virtual, so that a cell takes moments.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from types import ModuleType
from typing import NamedTuple

import httpx
from pytest import MonkeyPatch

from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import OpState
from techdesk.application.ports import Connector
from techdesk.connectors import CONNECTORS
from techdesk.connectors.extend import connector as extend
from techdesk.connectors.flow_retail import calls
from techdesk.connectors.flow_retail import connector as flow_retail
from techdesk.connectors.resource_scheduler import connector as scheduler
from tests.faults.backends import Backend
from tests.faults.desk import BESIDE, FIRST, SECOND, Desk, Listening, what_of
from tests.faults.names import PROFILES, Kind, Step
from tests.faults.play import NEWS, drain, hold_here
from tests.faults.stores import Reached, WatchedStore
from tests.faults.strike import CANARY, Strike
from tests.soak.suite import Found
from tests.support.builders import FakeClock, an_account
from tests.support.chaos_proxy import ChaosProxy, Fault, chaos_proxy
from tests.support.memory_store import MemoryStore

DEADLINE_S = 0.5
_SLOW = (Fault.DRIP, Fault.HELD, Fault.DELAYED)
_DEADLINES: Mapping[ModuleType, tuple[str, ...]] = {
    flow_retail: ("SEND_DEADLINE_S",),
    calls: ("FETCH_DEADLINE_S",),
    extend: ("SEND_DEADLINE_S", "FETCH_DEADLINE_S"),
    scheduler: ("SEND_DEADLINE_S", "FETCH_DEADLINE_S"),
}


class SocketCell(NamedTuple):
    """What befalls the next requests: writing ones, or reads."""

    profile: str
    faults: tuple[Fault, ...]
    reads: bool

    def __str__(self) -> str:
        what = "read" if self.reads else "write"
        return f"{self.profile}-{what}-{'+'.join(one.name.lower() for one in self.faults)}"


def every_cell() -> list[SocketCell]:
    """Return every fault for each back end, on writing and on reading, and a second one after a lost answer."""
    writes = [SocketCell(profile, (fault,), reads=False) for profile, fault in product(PROFILES, Fault)]
    reads = [SocketCell(one, (fault,), reads=True) for one, fault in product(PROFILES, Fault) if one != "blind"]
    twice = [SocketCell("keyed", (Fault.ANSWER_LOST, fault), reads=False) for fault in Fault]
    return [*writes, *reads, *twice]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def _answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = f"http://{self.headers['Host']}{self.path}"
        request = httpx.Request(self.command, url, headers=dict(self.headers), content=content)
        with self.server.lock:
            reply = self.server.backend.handle(request)
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)


class _SocketDesk(Desk):
    """A desk that calls an address of this computer."""

    address = ""

    def connect(self) -> Connector:
        account = an_account(system=self.backend.system, address=self.address, settings=self.backend.settings)
        return CONNECTORS[self.backend.system].build(account, CANARY, BY_SYSTEM)


def play_cell(cell: SocketCell) -> None:
    """Play a cell.

    Raises:
        AssertionError: An oracle is broken.
    """
    with _a_desk(cell) as (desk, proxy), _deadlines(cell):
        try:
            _played(cell, desk, proxy)
        finally:
            proxy.release()
            desk.close()


def _played(cell: SocketCell, desk: Desk, proxy: ChaosProxy) -> None:
    desk.run(lambda: "page" in desk.told.pages and not desk.round.is_busy)
    desk.armed = True
    desk.backend.edit(desk.news.order_id, NEWS)
    proxy.script(*cell.faults, reads=cell.reads)
    if cell.reads:
        pulled = len(desk.told.pages)
        desk.run(lambda: len(desk.told.pages) > pulled and not desk.round.is_busy)
    desk.save_first()
    desk.save_beside()
    drain(desk)
    log = [one.what for one in desk.backend.effects]
    assert sorted(log) == sorted([FIRST, SECOND, BESIDE]), f"I1: {log}"
    assert FIRST in desk.decided or log.index(FIRST) < log.index(SECOND), f"I4: {log}"
    states = {what_of(one): one.state for one in desk.operations()}
    assert all(one is OpState.DONE for one in states.values()), f"I2: {states}"
    assert hold_here(desk, Listening()) == []


@contextmanager
def _deadlines(cell: SocketCell) -> Iterator[None]:
    """Let nobody wait half a minute for what never comes."""
    with MonkeyPatch.context() as patch:
        for module, names in _DEADLINES.items() if set(cell.faults) & set(_SLOW) else ():
            for name in names:
                patch.setattr(module, name, DEADLINE_S)
        yield


@contextmanager
def _a_desk(cell: SocketCell) -> Iterator[tuple[Desk, ChaosProxy]]:
    clock = FakeClock()
    over = Strike(Step.S8, "rst", clock)
    over.has_struck = True
    kind = PROFILES[cell.profile]
    listener = _Listener(kind.backend())
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), name="back end")
    thread.start()
    try:
        with chaos_proxy(listener.server_address[1]) as proxy:

            def stores(reached: Reached, committed: Reached) -> WatchedStore:
                return WatchedStore(MemoryStore(), reached, committed, lambda _: False)

            made = type("Desk", (_SocketDesk,), {"address": proxy.address})
            there = Kind(lambda: listener.backend, kind.work)  # type: ignore[arg-type]  # it stands for the class
            yield made(there, over, clock, stores), proxy
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def run(seeds: range) -> Found:
    """Play the cells of these seeds, one after the other and over again."""
    cells = every_cell()
    failures: list[str] = []
    for seed in seeds:
        cell = cells[seed % len(cells)]
        try:
            play_cell(cell)
        except AssertionError as error:
            failures.append(f"seed {seed}, {cell}: {error}")
    return Found(runs=len(seeds), failures=tuple(failures))
