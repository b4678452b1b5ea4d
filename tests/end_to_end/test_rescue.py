"""Unsent work goes from one real desk to another in a file, and reaches the real server once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.accounts import Account
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.unsent.leaving import Leaving, Way
from techdesk.cli.run import run
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.orders import Order
from techdesk.domain.vocabulary import ServiceKind
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables

NOTES = "carried in a file"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", "5") as process:
        yield process


@contextmanager
def desks_of(server: ServerProcess, folder: Path, person: str) -> Iterator[tuple[Desk, Desk]]:
    """Mia's desk in the van and a person's in the shop, both up to date."""
    with ExitStack() as stack:
        opened = []
        for place, name in (("van", "Mia Krüger"), ("shop", person)):
            desk = open_desk(Places.below(folder / place), "horse battery")
            stack.callback(desk.close)
            token = server.technician_token(name)
            desk.add_account(Account(account_id=place, name=place, system="flow_retail", address=server.address), token)
            desk.sync_once()
            opened.append(desk)
        yield opened[0], opened[1]


def said(desk: Desk, *words: str) -> Any:
    answer = run(desk, [*words, "--json"], "")
    assert answer["exit"] == 0, answer
    return json.loads(answer["out"])


def an_order(desk: Desk) -> OrderRef:
    """Return an order that takes events."""
    from techdesk.application.queries import OrderFilter
    from techdesk.domain.vocabulary import ServiceState

    with desk.store.read() as view:
        wanted = OrderFilter(states=frozenset({ServiceState.IN_PROGRESS}), kinds=frozenset({ServiceKind.DEPOT}))
        (row,) = view.order_rows(view.order_keys(wanted)[:1])
    return OrderRef(row.account_id, row.order_id)


def diagnose(desk: Desk, order: OrderRef) -> str:
    event = ProductDiagnosed(diagnostic_explanation="Dead fuse", notes=NOTES)
    return desk.commands.record_event(order, event).op_ids[0]


def state(desk: Desk, op_id: str) -> OpState:
    with desk.store.read() as view:
        operation = view.operation(op_id)
    assert operation
    return operation.state


def effects(server: ServerProcess, order_id: str) -> int:
    events = ServerTables(server.folder / "server.sqlite").events()
    return sum(one.order_uid == order_id and one.notes == NOTES for one in events)


@pytest.mark.parametrize("first", ["van", "shop"])
def test_what_one_person_sends_from_both_desks_happens_once(server: ServerProcess, tmp_path: Path, first: str) -> None:
    with desks_of(server, tmp_path, "Mia Krüger") as (van, shop):
        order = an_order(van)
        before = effects(server, order.order_id)
        op_id = diagnose(van, order)
        file = str(tmp_path / "monday.techdesk-rescue")
        made = said(van, "outbox", "export", file)
        assert said(shop, "outbox", "import", file, "--key", made["key"])["takenIn"] == [op_id]
        for desk in (van, shop) if first == "van" else (shop, van):
            desk.sync_once()
            assert state(desk, op_id) is OpState.DONE
        assert effects(server, order.order_id) == before + 1
        assert said(shop, "outbox", "import", file)["takenIn"] == []


def test_another_person_sends_nothing_that_the_first_may_still_send(server: ServerProcess, tmp_path: Path) -> None:
    with desks_of(server, tmp_path, "Ola Nord") as (van, shop):
        order = an_order(van)
        before = effects(server, order.order_id)
        op_id = diagnose(van, order)
        file = str(tmp_path / "monday.techdesk-rescue")
        said(van, "outbox", "export", file)
        said(shop, "outbox", "import", file)
        shop.sync_once()
        assert state(shop, op_id) is OpState.AMBIGUOUS
        assert effects(server, order.order_id) == before
        van.sync_once()
        shop.sync_once()
        assert state(van, op_id) is OpState.DONE
        assert state(shop, op_id) is not OpState.INFLIGHT
        assert effects(server, order.order_id) == before + 1
        assert said(shop, "outbox", "show", op_id)["onBehalfOf"] == "Mia Krüger"


@pytest.fixture
def desks(server: ServerProcess, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    with desks_of(server, tmp_path, "Ola Nord") as both:
        yield both


def test_an_order_made_without_a_network_is_handed_over_with_what_stands_on_it(
    desks: tuple[Desk, Desk], server: ServerProcess, tmp_path: Path
) -> None:
    van, shop = desks
    with van.store.read() as view:
        kind = next(one for one in view.references("van", "service_types") if one["service_kind"] == "repair_depot")
    made = Order(title=NOTES, service_type_uid=kind["service_type_uid"], service_kind=ServiceKind.DEPOT)
    (created,) = van.commands.create_order("van", made).op_ids
    with van.store.read() as view:
        operation = view.operation(created)
        assert operation
    event = diagnose(van, OrderRef("van", operation.order_id))
    file = tmp_path / "handed.techdesk-rescue"
    van.leave_account("van", Leaving(Way.HAND_OVER, file))
    assert van.sync_once().sent == 0
    assert said(shop, "outbox", "import", str(file))["takenIn"] == [created, event]
    shop.sync_once()
    assert [state(shop, one) for one in (created, event)] == [OpState.DONE] * 2
    with shop.store.read() as view:
        record = view.operation(created)
        assert record
        found = [one for one in view.find_orders(record.order_id) if one.view["title"] == NOTES]
    assert len(found) == 1
    assert found[0].server_id
    assert effects(server, found[0].server_id) == 1
