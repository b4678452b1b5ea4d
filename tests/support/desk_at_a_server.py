"""A desk without a window at a real server process, and old database files that are put back under that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from time import monotonic, time

from techdesk.application.accounts import Account
from techdesk.application.commands import Commands
from techdesk.application.ids import Uuid7
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.loop import run_round
from techdesk.application.sync.round import SyncPorts
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.server_process import ServerProcess
from tests.support.store_records import KEY

new_id = Uuid7(lambda: int(time() * 1000), SystemRandom().getrandbits)


class WallClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()


@dataclass
class Desk:
    """A technician's desk at the real server."""

    store: SqliteStore
    connector: FlowRetailConnector
    commands: Commands

    def sync(self) -> None:
        """Start the sync's process anew and let it do all that can be done now."""
        ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.connector,
            clock=WallClock(),
            new_id=new_id,
            fraction=Random(1).random,
        )
        run_round(ports)

    def diagnose(self, order: OrderRef, words: str) -> str:
        return self.commands.record_event(order, ProductDiagnosed(diagnostic_explanation=words)).op_ids[0]

    def states(self, *op_ids: str) -> list[OpState]:
        with self.store.read() as view:
            return [found.state for one in op_ids if (found := view.operation(one))]

    def orders(self) -> list[OrderRef]:
        with self.store.read() as view:
            return [OrderRef("a1", one) for one in view.order_server_ids("a1")]

    def open_order(self) -> OrderRef:
        with self.store.read() as view:
            found = (view.record("a1", RecordType.ORDER, one.order_id) for one in self.orders())
            return next(
                OrderRef("a1", one.record_id)
                for one in found
                if one
                and one.view["service_state"] == "IN_PROGRESS"
                and one.view["service_kind"] == ServiceKind.DEPOT
                and not one.view.get("requires_acceptance")
            )

    @property
    def said(self) -> list[tuple[str, str]]:
        with self.store.read() as view:
            return [(one.facts["step"], one.facts["missing"]) for one in sync_warnings(view)]

    def there(self) -> dict[str, list[str]]:
        """Return what the server holds: its orders' ids, each with what was diagnosed on it."""
        found: dict[str, list[str]] = {}
        cursor, more = "", True
        while more:
            page = self.connector.pull(cursor)
            for order in page.orders:
                events = (one.document for one in order.parts if one.record_type is RecordType.EVENT)
                words = [str(one.get("data", {}).get("diagnosticExplanation", "")) for one in events]
                found[order.server_id] = sorted(one for one in words if one.startswith("proof"))
            cursor, more = page.cursor, page.more
        return found


@contextmanager
def desk_at(account: Account, token: str, file: Path) -> Iterator[Desk]:
    """Open a desk with one account that has pulled everything."""
    with closing(open_store(file, KEY)) as store:
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(account)
        with closing(FlowRetailConnector(account, token)) as connector:
            made = Desk(store, connector, Commands(store, WallClock(), new_id, lambda _: connector.profile))
            made.sync()
            yield made


def files(server: ServerProcess) -> list[Path]:
    return sorted(server.folder.glob("server.sqlite*"))


def backed_up(server: ServerProcess, to: Path) -> None:
    server.stop()
    to.mkdir()
    for one in files(server):
        shutil.copy2(one, to / one.name)
    server.start()


def restored(server: ServerProcess, backup: Path) -> None:
    server.stop()
    for one in files(server):
        one.unlink()
    for one in backup.iterdir():
        shutil.copy2(one, server.folder / one.name)
    server.start()
