"""Measure a first sync beside a bare download, and how fast an outbox drains over a slow link."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import httpx

from techdesk.application.accounts import Account
from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore
from techdesk.application.queries import OrderFilter
from techdesk.desk.desk import Desk
from techdesk.domain.events import OtherEvent
from techdesk.domain.vocabulary import ServiceState
from techdesk.store.database import Database
from tests.bench.figures import Figure
from tests.bench.homes import Home
from tests.bench.recorded import record, served
from tests.bench.slow_link import slow_link
from tests.support.server_process import running_server

_EVENTS = 1000
_ROUND_TRIP_S = 0.1
_LANES = 4
_SAMPLE = 39_040


def first_sync(folder: Path, data: Path | None) -> list[Figure]:
    """Record a server's pages, then fetch them from a static server: bare, then as a first sync."""
    recording = folder / "recording.json"
    with running_server(_empty(folder / "server"), *(() if data else ("--sample", str(_SAMPLE)))) as server:
        for file in sorted(data.glob("*.csv")) if data else []:
            server.run("import", str(file))
        pages = record(server.address, server.admin_token, recording)
    with served(recording) as address:
        bare = min(_download(address, pages) for _ in range(3))
        least = min(_keep(address, pages, _empty(folder / "keeping")) for _ in range(3))
        orders, ours = _sync(Home(_empty(folder / "syncing"), 0), address)
    name = f"first sync of {orders:,} orders, pages from a static server"
    bound = "the same pages kept as they came, encrypted, their words in an index, none read or shown"
    return [
        Figure(name=name, measured=ours, bare=bare, gate=1.5, unit="s"),
        Figure(name=bound, measured=least, bare=bare, unit="s", note="less is no encrypted, searchable store"),
    ]


def drain(folder: Path) -> list[Figure]:
    """Record 1,000 events on open orders offline, then let them go over a link of 100 ms."""
    home = Home(_empty(folder / "draining"), 0)
    with running_server(_empty(folder / "far"), "--sample", "600") as server, home.desk() as desk:
        account = desk.add_account(_account(server.address), server.admin_token)
        desk.sync_once()
        orders = _open_orders(desk.store)
        for at in range(_EVENTS):
            desk.commands.record_event(orders[at % len(orders)], OtherEvent(event="bench", notes=f"number {at}"))
        with slow_link(server.port, _ROUND_TRIP_S) as port:
            desk.change_account(replace(account, address=f"http://127.0.0.1:{port}"))
            start = perf_counter()
            _until_sent(desk)
            taken = perf_counter() - start
    ideal = _EVENTS * _ROUND_TRIP_S / _LANES
    return [Figure(name="1,000 events over a 100 ms link", measured=taken, bare=ideal, gate=1.3, unit="s")]


def _download(address: str, pages: list[str]) -> float:
    start = perf_counter()
    with httpx.Client(base_url=address, timeout=60) as client:
        for path in pages:
            json.loads(client.get(path).content)
    return perf_counter() - start


def _keep(address: str, pages: list[str], folder: Path) -> float:
    """Do the least that a desk can do with what it downloads: the bound under which no first sync comes."""
    with (
        closing(Database(folder / "kept.db", bytes(32)).writer()) as kept,
        closing(Database(folder / "words.db", bytes(32), synchronous="NORMAL").writer()) as index,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        kept.execute("CREATE TABLE pages (body BLOB)")
        index.execute("CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'trigram')")
        index.execute("INSERT INTO words (words, rank) VALUES ('hashsize', 8388608)")
        start = perf_counter()
        for path in pages:
            body = client.get(path).content
            orders = json.loads(body)["orders"]
            with kept, index:
                kept.execute("INSERT INTO pages VALUES (?)", (body,))
                index.executemany("INSERT INTO words (text) VALUES (?)", [(_words(one),) for one in orders])
        return perf_counter() - start


def _words(order: dict[str, str]) -> str:
    return f"{order['serviceNumber']} {order['title']} {order['description']}"


def _sync(home: Home, address: str) -> tuple[int, float]:
    with home.desk() as desk:
        desk.add_account(_account(address), "recorded")
        start = perf_counter()
        result = desk.sync_once()
        return result.pulled, perf_counter() - start


def _until_sent(desk: Desk) -> None:
    while desk.sync_once().unsent:
        pass


def _open_orders(store: OrderStore) -> list[OrderRef]:
    """Return the orders that take events."""
    wanted = OrderFilter(states=frozenset({ServiceState.NOT_STARTED, ServiceState.IN_PROGRESS}))
    with store.read() as view:
        rows = view.order_rows(view.order_keys(wanted))
        refs = [OrderRef(row.account_id, row.order_id) for row in rows]
        return [ref for ref in refs if order_detail(view, ref).order.is_accepted]


def _account(address: str) -> Account:
    return Account(account_id="bench", name="Bench", system="flow_retail", address=address)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
