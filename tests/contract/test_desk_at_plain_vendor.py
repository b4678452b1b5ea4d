"""A desk at a real plain vendor: nobody's work is overwritten without a revision, and an old database is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
import pytest

from techdesk.application.accounts import Account
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import StoredRecord
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType
from tests.support.desk_at_a_server import Desk, backed_up, desk_at, restored
from tests.support.server_process import ServerProcess, running_server

PATIENCE_S = 20.0


@dataclass
class Shop:
    """A technician's desk at a plain vendor, and a colleague who works at the same vendor by other means."""

    own: ServerProcess
    vendor: ServerProcess
    desk: Desk
    colleague: Desk

    def record(self, order: OrderRef) -> StoredRecord:
        with self.desk.store.read() as view:
            found = view.record("a1", RecordType.ORDER, order.order_id)
        assert found is not None
        return found

    def there(self, order: OrderRef) -> dict[str, object]:
        """Return the order as the vendor has it."""
        self.colleague.sync()
        with self.colleague.store.read() as view:
            found = view.record("a1", RecordType.ORDER, order.order_id)
        assert found is not None
        assert found.base is not None
        return dict(found.base)

    def colleague_changes(self, order: OrderRef, **fields: str) -> None:
        with self.colleague.store.read() as view:
            seen = view.record("a1", RecordType.ORDER, order.order_id)
        assert seen is not None
        changed = self.colleague.commands.change_order(order, fields, seen.view).op_ids
        self.colleague.sync()
        assert self.colleague.states(*changed) == [OpState.DONE]

    def change(self, order: OrderRef, **fields: str) -> str:
        (op_id,) = self.desk.commands.change_order(order, fields, self.record(order).view).op_ids
        return op_id


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    for name in ("own", "vendor"):
        (tmp_path / name).mkdir()
    with running_server(tmp_path / "own", "--sample", "12") as own:
        who = {"Authorization": f"Bearer {own.admin_token}"}
        me = httpx.get(f"{own.address}/v2/me", headers=who).json()
        place = {"tenantUid": me["tenantUid"], "storeUid": me["stores"][0]["storeUid"], "settleSeconds": "1"}
        with running_server(tmp_path / "vendor", "--plain-vendor", database=own.database) as vendor:
            ours = Account(account_id="a1", name="Shop", system="flow_retail", address=vendor.address, settings=place)
            theirs = Account(account_id="a1", name="Own", system="flow_retail", address=own.address)
            with (
                desk_at(ours, own.technician_token(), tmp_path / "ours.db") as desk,
                desk_at(theirs, own.technician_token("Rita Planner"), tmp_path / "theirs.db") as colleague,
            ):
                yield Shop(own, vendor, desk, colleague)


def test_what_a_colleague_wrote_since_the_last_pull_is_shown_and_not_overwritten(shop: Shop) -> None:
    order = shop.desk.open_order()
    shop.colleague_changes(order, title="Theirs")
    mine = shop.change(order, title="Mine")
    shop.desk.sync()
    assert shop.desk.states(mine) == [OpState.CONFLICT]
    with shop.desk.store.read() as view:
        assert [(one.mine, one.theirs) for one in view.clashes(mine)] == [("Mine", "Theirs")]
    assert shop.there(order)["title"] == "Theirs"
    shop.desk.commands.outbox.settle_clashes(mine, {"title": "mine"})
    shop.desk.sync()
    assert shop.there(order)["title"] == "Mine"


def test_what_a_colleague_wrote_beside_it_stays_too(shop: Shop) -> None:
    order = shop.desk.open_order()
    shop.colleague_changes(order, description="Theirs")
    mine = shop.change(order, title="Mine")
    shop.desk.sync()
    assert shop.desk.states(mine) == [OpState.DONE]
    there = shop.there(order)
    assert (there["title"], there["description"]) == ("Mine", "Theirs")


def test_an_item_that_a_colleague_filled_in_is_not_removed_unseen(shop: Shop) -> None:
    order = shop.desk.open_order()
    shop.desk.commands.add_item(order, Item(name="Fuse"))
    shop.desk.sync()
    with shop.desk.store.read() as view:
        item = next(one for one in view.parts("a1", order.order_id, RecordType.ITEM) if one.view["name"] == "Fuse")
    shop.colleague.sync()
    with shop.colleague.store.read() as view:
        theirs = view.record_by_server_id("a1", RecordType.ITEM, item.server_id or "")
    assert theirs is not None
    shop.colleague.commands.change_item(order, theirs.record_id, {"note": "the customer's own"}, theirs.view)
    shop.colleague.sync()
    (removal,) = shop.desk.commands.remove(order, RecordType.ITEM, item.record_id).op_ids
    shop.desk.sync()
    assert shop.desk.states(removal) == [OpState.CONFLICT]


def test_an_old_database_takes_nothing_away_unseen_and_what_is_sent_again_is_there_once(
    shop: Shop, tmp_path: Path
) -> None:
    order = shop.desk.open_order()
    kept = shop.desk.diagnose(order, "proof: kept")
    shop.desk.sync()
    shop.vendor.stop()
    backed_up(shop.own, tmp_path / "backup")
    shop.vendor.start()
    lost = [shop.desk.diagnose(order, "proof: lost"), shop.change(order, title="Lost")]
    shop.desk.sync()
    assert shop.desk.states(kept, *lost) == [OpState.DONE] * 3
    shop.vendor.stop()
    restored(shop.own, tmp_path / "backup")
    shop.vendor.start()
    waiting = shop.desk.diagnose(order, "proof: waiting")
    patient_until = monotonic() + PATIENCE_S
    while shop.desk.said[-1:] != [("done", "2")] and monotonic() < patient_until:
        shop.desk.sync()
    assert shop.desk.said == [("done", "2")]
    assert shop.desk.states(kept, *lost) == [OpState.DONE, *[OpState.NEEDS_CHECK] * 2]
    for one in lost:
        shop.desk.commands.outbox.send_again(one)
    shop.desk.sync()
    assert shop.desk.states(waiting) == [OpState.DONE]
    assert shop.colleague.there()[order.order_id] == ["proof: kept", "proof: lost", "proof: waiting"]
    assert shop.there(order)["title"] == "Lost"
