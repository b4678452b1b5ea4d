"""An administrator puts an old database file under the real server: the desk notices, and nothing is lost or doubled.

The desk is the real one but for its window: commands, store file, round and connector over a socket.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from time import monotonic, time

import pytest

from techdesk.application.accounts import Account
from techdesk.application.commands import Commands
from techdesk.application.exchange import FreezeTarget
from techdesk.application.ids import Uuid7
from techdesk.application.outbox import Operation, OpState, OrderRef, OutcomeClass, Verb
from techdesk.application.ports import Urgency
from techdesk.application.sync_loop import run_round
from techdesk.application.sync_round import SyncPorts
from techdesk.application.sync_warnings import sync_warnings
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.store.order_store import SqliteStore, open_store
from tests.support.server_process import ServerProcess, running_server
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
                if one and one.view["service_state"] == "IN_PROGRESS" and not one.view.get("requires_acceptance")
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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "server").mkdir()
    with running_server(tmp_path / "server", "--sample", "24") as running:
        yield running


@pytest.fixture
def desk(server: ServerProcess, tmp_path: Path) -> Iterator[Desk]:
    account = Account(account_id="a1", name="Bench", system="flow_retail", address=server.address)
    with closing(open_store(tmp_path / "techdesk.db", KEY)) as store:
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(account)
        with closing(FlowRetailConnector(account, server.technician_token())) as connector:
            commands = Commands(store, WallClock(), new_id, lambda _: connector.profile)
            made = Desk(store, connector, commands)
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


@pytest.mark.parametrize("others_work_on", [False, True])
def test_what_a_restored_file_took_away_is_put_to_a_person_and_goes_out_again_once(
    server: ServerProcess, desk: Desk, tmp_path: Path, others_work_on: bool
) -> None:
    order = desk.open_order()
    kept = desk.diagnose(order, "proof: kept")
    desk.sync()
    backed_up(server, tmp_path / "backup")
    lost = [desk.diagnose(order, "proof: lost")]
    with desk.store.read() as view:
        seen = view.record("a1", RecordType.ORDER, order.order_id)
    assert seen is not None
    lost += desk.commands.change_order(order, {"description": "proof"}, seen.view).op_ids
    made = desk.commands.create_order("a1", Order(title="Made here", service_type_uid=seen.view["service_type_uid"]))
    lost += made.op_ids
    desk.sync()
    assert desk.states(kept, *lost) == [OpState.DONE] * 4
    restored(server, tmp_path / "backup")
    if others_work_on:
        someone_else_works(server, seen.view["service_type_uid"])
    waiting = desk.diagnose(order, "proof: waiting")
    desk.sync()
    assert desk.states(kept, *lost) == [OpState.DONE, *[OpState.NEEDS_CHECK] * 3]
    assert desk.said == [("done", "3")]
    assert desk.there()[order.order_id] == ["proof: kept", "proof: waiting"]
    for one in lost:
        desk.commands.outbox.send_again(one)
    desk.sync()
    assert desk.states(waiting) == [OpState.DONE]
    there = desk.there()
    assert there[order.order_id] == ["proof: kept", "proof: lost", "proof: waiting"]
    assert sorted(there) == [one.order_id for one in desk.orders()]
    with desk.store.read() as view:
        assert {one.state for one in view.operations()} == {OpState.DONE, OpState.CANCELLED}


def someone_else_works(server: ServerProcess, type_uid: str) -> None:
    """Let a colleague make orders until the feed is longer than it was before the restore."""
    account = Account(account_id="a2", name="Other", system="flow_retail", address=server.address)
    with closing(FlowRetailConnector(account, server.technician_token("Rita Planner"))) as other:
        other.facts()
        for number in range(12):
            operation = Operation(
                op_id=new_id(),
                account_id="a2",
                order_id="tmp_1",
                record_type=RecordType.ORDER,
                record_id="tmp_1",
                verb=Verb.CREATE,
                intent={"title": f"Another {number}", "service_type_uid": type_uid},
                created_at=datetime.now(UTC),
            )
            target = FreezeTarget(order_server_id=None, record_server_id=None, revision=None, base=None)
            outcome = other.send(replace(operation, request=other.freeze(operation, target)))
            assert outcome.kind is OutcomeClass.APPLIED
