"""An administrator puts an old database file under the real server: the desk notices, and nothing is lost or doubled.

The desk is the real one but for its window: commands, store file, round and connector over a socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from techdesk.application.accounts import Account
from techdesk.application.exchange import FreezeTarget
from techdesk.application.outbox import Operation, OpState, OutcomeClass, Verb
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from tests.support.desk_at_a_server import Desk, backed_up, desk_at, new_id, restored
from tests.support.server_process import ServerProcess, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "server").mkdir()
    with running_server(tmp_path / "server", "--sample", "24") as running:
        yield running


@pytest.fixture
def desk(server: ServerProcess, tmp_path: Path) -> Iterator[Desk]:
    account = Account(account_id="a1", name="Bench", system="flow_retail", address=server.address)
    with desk_at(account, server.technician_token(), tmp_path / "techdesk.db") as made:
        yield made


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
