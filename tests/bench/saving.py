"""Measure a save: from the command to durable, beside a bare fsynced commit, and while a first sync runs."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import apsw

from techdesk.application.commands import Commands
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore
from techdesk.application.queries import OrderFilter
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.vocabulary import ServiceKind, ServiceState
from tests.bench.figures import Figure, p95, timed_ms
from tests.bench.filling import made_orders, pages_of, take_in
from tests.bench.homes import Home

_SAVES = 300
_SYNCED = 20_000
_BETWEEN_SAVES_S = 0.005
_EVENT = ProductDiagnosed(diagnosed_by="Kim", diagnostic_explanation="Blown fuse behind the board", notes="smells")


def saving(home: Home, scratch: Path) -> list[Figure]:
    """Save 300 events alone, and as many as fit beside a first sync of 20,000 orders."""
    with home.desk() as desk:
        orders = _open_orders(desk.store)
        commands = desk.commands
        commands.record_event(orders[0], _EVENT)
        bare, ours = _in_turn(commands, orders, scratch)
        busy = _while_syncing(desk.store, commands, orders)
    return [
        Figure(name="save to “Saved here” p95", measured=p95(ours), bare=p95(bare), gate=3),
        Figure(name="the same during a first sync p95", measured=p95(busy), gate=25),
    ]


def _open_orders(store: OrderStore) -> list[OrderRef]:
    wanted = OrderFilter(kinds=frozenset({ServiceKind.DEPOT}), states=frozenset({ServiceState.ON_HOLD}))
    with store.read() as view:
        return [OrderRef(one.account_id, one.order_id) for one in view.first_order_rows(wanted, _SAVES)]


def _in_turn(commands: Commands, orders: list[OrderRef], scratch: Path) -> tuple[list[float], list[float]]:
    database = apsw.Connection(str(scratch / "bare.db"))
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE kept(text)"):
        database.execute(statement).fetchall()
    bare, ours = [], []
    for at in range(_SAVES):
        bare.append(timed_ms(lambda: database.execute("INSERT INTO kept VALUES('Blown fuse')")))
        ours.append(timed_ms(partial(commands.record_event, orders[at % len(orders)], _EVENT)))
    database.close()
    return bare, ours


def _while_syncing(store: OrderStore, commands: Commands, orders: list[OrderRef]) -> list[float]:
    """Save every few milliseconds for as long as pages of new orders, made beforehand, are being written."""
    pages = list(pages_of(made_orders(_SYNCED), "new"))
    ended = threading.Event()

    def sync() -> None:
        for page in pages:
            take_in(store, page)
        ended.set()

    thread = threading.Thread(target=sync)
    thread.start()
    taken: list[float] = []
    while not ended.wait(_BETWEEN_SAVES_S):
        taken.append(timed_ms(partial(commands.record_event, orders[len(taken) % len(orders)], _EVENT)))
    thread.join()
    return taken
