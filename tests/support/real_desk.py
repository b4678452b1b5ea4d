"""A desk without its window, over a real store and real connectors; its clock is put forward by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from techdesk.application.accounts import Account
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.sync.state import RoundResult
from techdesk.desk.clock import new_ids
from techdesk.desk.desk import Desk
from techdesk.desk.opening import build_connector, known_systems
from techdesk.desk.parts import Parts
from techdesk.desk.places import Places
from techdesk.domain.vocabulary import ServiceKind
from techdesk.store.order_store import open_store
from tests.support.fake_desk import FakeSettings
from tests.support.server_tables import ServerTables
from tests.unit.desk.fakes import FakeSecrets, FakeServer, RunningClock

ROUNDS = 12
"""More than anything here needs until nothing can go by itself."""

LONGEST_WAIT_S = 400.0
"""No backoff and no settle window is longer."""


def real_desk(home: Path, clock: RunningClock) -> Desk:
    """Put a desk together whose data lies in `home`; settings, secrets and the built-in server are not real."""
    return Desk(
        Parts(
            store=open_store(home / "desk.db", bytes(32)),
            settings=FakeSettings(),
            secrets=FakeSecrets(kept={}),
            clock=clock,
            new_id=new_ids(),
            build=build_connector,
            systems=known_systems,
            server=FakeServer(),
            on_close=lambda: None,
            places=Places.below(home),
        )
    )


@dataclass
class Bench:
    """A desk that is signed in through the proxy and has every order."""

    desk: Desk
    clock: RunningClock

    def order(self, kind: ServiceKind, tables: ServerTables) -> OrderRef:
        """Return an order of a kind on which nobody has begun."""
        return OrderRef("a1", tables.open_orders(kind.value)[0][0])

    def drain(self) -> RoundResult:
        """Run rounds, each as late as need be, until nothing more can go by itself."""
        for _ in range(ROUNDS):
            result = self.desk.sync_once()
            if not result.must_wait:
                return result
            self.clock.advance(LONGEST_WAIT_S)
        raise AssertionError(f"it does not drain: {result}")

    def states(self) -> list[OpState]:
        """Return the state of every operation, oldest first."""
        with self.desk.store.read() as view:
            return [one.state for one in view.operations()]


@contextmanager
def bench_at(home: Path, address: str, token: str) -> Iterator[Bench]:
    """Open a desk with one account at a server; nothing is fetched yet."""
    clock = RunningClock()
    desk = real_desk(home, clock)
    try:
        account = Account(account_id="a1", name="Bench", system="flow_retail", address=address)
        desk.add_account(account, token)
        yield Bench(desk, clock)
    finally:
        desk.close()
