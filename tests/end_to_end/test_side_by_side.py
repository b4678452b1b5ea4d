"""Three accounts of three systems on one desk, over the real built-in server: worked on offline, sent, signed out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from techdesk.application.accounts import Account
from techdesk.application.order_detail import order_detail
from techdesk.application.outbox import OrderRef, Verb
from techdesk.application.queries import OrderFilter, OrderRow
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.errors import NotSupportedError
from techdesk.domain.event_data import event_from_data
from techdesk.domain.records import Document, RecordType
from techdesk.domain.vocabulary import ServiceState
from tests.support.server_tables import ServerTables

ROUNDS = 20


@contextmanager
def opened(home: Path) -> Iterator[Desk]:
    desk = open_desk(Places.below(home), "horse battery")
    try:
        yield desk
    finally:
        desk.close()


def accounts_of(desk: Desk) -> dict[str, Account]:
    with desk.store.read() as view:
        return {one.system: one for one in view.accounts()}


def rows_of(desk: Desk, account: Account) -> list[OrderRow]:
    wanted = OrderFilter(account_ids=frozenset({account.account_id}))
    with desk.store.read() as view:
        return view.first_order_rows(wanted, 500)


def open_order(desk: Desk, account: Account) -> OrderRef:
    """Return an order of the account that takes work."""
    takes_work = (ServiceState.NOT_STARTED, ServiceState.IN_PROGRESS, ServiceState.ON_HOLD)
    refs = [OrderRef(one.account_id, one.order_id) for one in rows_of(desk, account) if one.state in takes_work]
    with desk.store.read() as view:
        details = [order_detail(view, one) for one in refs]
    return next(one.ref for one in details if one.order.accepted_at or not one.order.requires_acceptance)


def send_all(desk: Desk) -> None:
    for _ in range(ROUNDS):
        result = desk.sync_once()
        if result.unsent == 0:
            return
    raise AssertionError(f"{result.unsent} stay unsent, {result.needs_person} need a person")


def seen(desk: Desk, order: OrderRef) -> Document:
    with desk.store.read() as view:
        return order_detail(view, order).shown.document


def server_id(desk: Desk, order: OrderRef) -> str:
    with desk.store.read() as view:
        record = view.record(order.account_id, RecordType.ORDER, order.order_id)
    assert record is not None
    assert record.server_id is not None
    return record.server_id


WITH_ROOMS = 24
"""So many sample orders are of the provider whose orders the Resource Scheduler account holds."""


@pytest.mark.slow
def test_each_account_pulls_its_own_works_offline_and_sends_to_its_own_system(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        first = desk.add_sample_account(240)
        assert first.system == "flow_retail"
        desk.sync_once()
        accounts = accounts_of(desk)
        counts = {system: len(rows_of(desk, one)) for system, one in accounts.items()}
        assert counts["flow_retail"] == 240
        assert counts["resource_scheduler"] == WITH_ROOMS
        assert 1 <= counts["extend"] <= 6
        tables = ServerTables(tmp_path / "data" / "server" / "server.db")
        before = tables.last_event()

        desk.work_offline(True)
        workshop, claim, scheduled = (
            open_order(desk, accounts[one]) for one in ("flow_retail", "extend", "resource_scheduler")
        )
        for order, words in ((workshop, "from the workshop"), (claim, "from the claims")):
            desk.commands.record_event(order, event_from_data("looked_at", {}, words))
        desk.commands.change_order(scheduled, {"title": "Changed at the scheduler"}, seen(desk, scheduled))
        with pytest.raises(NotSupportedError, match="has no events"):
            desk.commands.record_event(scheduled, event_from_data("looked_at", {}, "never"))
        with pytest.raises(NotSupportedError):
            desk.commands.change_order(claim, {"title": "never"}, {"title": ""})
        assert desk.commands.why_not(claim.account_id, RecordType.ORDER, Verb.CREATE)
        assert desk.sync_once().unsent == 3
        assert tables.last_event() == before

        desk.work_offline(False)
        send_all(desk)
        kept = {one.notes: one.order_uid for one in tables.events(before)}
        assert kept == {"from the workshop": server_id(desk, workshop), "from the claims": server_id(desk, claim)}
        number = server_id(desk, scheduled)
        assert tables.rows("select title from orders where service_order_id = ?", int(number)) == [
            ("Changed at the scheduler",)
        ]

        desk.remove_account(accounts["extend"].account_id)
        assert sorted(accounts_of(desk)) == ["flow_retail", "resource_scheduler"]
        assert len(rows_of(desk, accounts["flow_retail"])) == 240


@pytest.mark.slow
def test_after_a_restart_every_account_finds_the_built_in_server_where_it_is_then(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        desk.add_sample_account(30)
        before = {one.address for one in accounts_of(desk).values()}
    with opened(tmp_path) as desk:
        assert desk.sync_once().online
        after = accounts_of(desk)
        assert not before & {one.address for one in after.values()}
        assert all(desk.check_account(one.account_id) for one in after.values())
        assert len(rows_of(desk, after["resource_scheduler"])) == WITH_ROOMS
