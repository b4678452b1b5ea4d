"""What the Resource Scheduler connector must keep, over its real server in a process of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.accounts import Account
from techdesk.application.exchange import FreezeTarget, PulledOrder, ServerQuery
from techdesk.application.merge import clashes, is_applied
from techdesk.application.order_form import entries, value_at
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.connectors.resource_scheduler.connector import OVERLAP_TICKS, ResourceSchedulerConnector
from techdesk.connectors.resource_scheduler.files import opened_order
from techdesk.connectors.resource_scheduler.form import FORM
from techdesk.connectors.resource_scheduler.mapping import PROVIDER_KEY
from techdesk.connectors.resource_scheduler.settings import RESOURCE_SCHEDULER
from techdesk.domain.errors import InvalidInputError, NotSupportedError, WrongCredentialsError
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordType, from_document
from techdesk.wire.resource_scheduler import ticks
from tests.support.chaos_proxy import ChaosProxy, Fault, chaos_proxy
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.xdist_group("resource scheduler")

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "data" / "resource_scheduler"
PASSWORD = "rosa's & word"
TAKES_WORK = ("NOT_STARTED", "IN_PROGRESS")
FORMS = ["json", "xml"]
SAMPLE_ORDERS = 300
_numbers = count(1)


@dataclass
class World:
    server: ServerProcess
    proxy: ChaosProxy
    connector: ResourceSchedulerConnector
    direct: ResourceSchedulerConnector
    unused: list[PulledOrder]

    def an_order(self) -> PulledOrder:
        """Return an order of the sample that takes work, and that no other test has had."""
        return self.unused.pop()


def connect(address: str, form: str = "json", password: str = PASSWORD, **more: str) -> ResourceSchedulerConnector:
    settings = {"userName": "Rosa", "format": form, "currency": "EUR", **more}
    account = Account(
        account_id="a1", name="Rooms", system="resource_scheduler", address=f"{address}/RSMCP", settings=settings
    )
    return ResourceSchedulerConnector(account, password)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("rooms"), "--sample", str(SAMPLE_ORDERS)) as one:
        one.run("user", "add", "Rosa", "--role", "supervisor", "--password-stdin", said=PASSWORD)
        yield one


@pytest.fixture(scope="module", params=FORMS)
def world(request: pytest.FixtureRequest, server: ServerProcess) -> Iterator[World]:
    with chaos_proxy(server.port) as proxy:
        connector, direct = connect(proxy.address, request.param), connect(server.address, request.param)
        connector.facts()
        direct.facts()
        open_ones = [one for one in every_order(direct).values() if one.document["service_state"] in TAKES_WORK]
        orders = sorted(open_ones, key=lambda one: int(one.server_id))
        yield World(server, proxy, connector, direct, orders[FORMS.index(request.param) :: len(FORMS)])
        connector.close()
        direct.close()


def every_order(connector: ResourceSchedulerConnector, cursor: str = "") -> dict[str, PulledOrder]:
    orders: dict[str, PulledOrder] = {}
    while True:
        page = connector.pull(cursor)
        assert not page.bad
        orders |= {one.server_id: one for one in page.orders}
        cursor = page.cursor
        if not page.more:
            return orders


def an_update(order: PulledOrder, **intent: Any) -> Operation:
    return Operation(
        op_id=f"0190f3e2-0000-7000-8000-{next(_numbers):012x}",
        account_id="a1",
        order_id="tmp_1",
        record_type=RecordType.ORDER,
        record_id="tmp_1",
        verb=Verb.UPDATE,
        intent=intent,
        base={name: order.document[name] for name in intent if name in order.document},
        created_at=NOON,
        attempts=1,
    )


def frozen(connector: ResourceSchedulerConnector, operation: Operation, order: PulledOrder) -> Operation:
    target = FreezeTarget(
        order_server_id=order.server_id,
        record_server_id=order.server_id,
        revision=order.revision,
        base=order.document,
        raw=order.raw,
    )
    return replace(operation, request=connector.freeze(operation, target))


def applied(outcome: Outcome) -> PulledOrder:
    assert outcome.kind is OutcomeClass.APPLIED, outcome
    assert outcome.server_id and outcome.record
    return PulledOrder(server_id=outcome.server_id, document=outcome.record, revision=outcome.revision, raw=outcome.raw)


def change(world: World, order: PulledOrder, **intent: Any) -> PulledOrder:
    return applied(world.direct.send(frozen(world.direct, an_update(order, **intent), order)))


def key_of(document: Document, suffix: str) -> str:
    return next(key for key in document if key.endswith(suffix))


def test_an_account_may_hold_the_orders_of_one_provider_only(server: ServerProcess, world: World) -> None:
    only = connect(server.address, providerId="3")
    only.facts()
    found = every_order(only)
    only.close()
    wanted = {number for number, one in every_order(world.direct).items() if one.document.get(PROVIDER_KEY) == 3}
    assert found.keys() == wanted
    assert 0 < len(found) < SAMPLE_ORDERS


def test_every_order_of_the_sample_is_read_and_can_be_shown(world: World) -> None:
    orders = every_order(world.connector)
    assert len(orders) == SAMPLE_ORDERS
    shown = [from_document(Order, one.document) for one in orders.values()]
    assert all(one.title and one.created_at and one.service_number for one in shown)
    assert len({one.service_state for one in shown}) > 3


def test_a_change_of_the_usual_fields_goes_into_the_members_and_comes_back(world: World) -> None:
    order = world.an_order()
    told = change(
        world,
        order,
        title="Projector “flickers” <b>",
        description="Seminar room\nnext to the lift & kitchen",
        customer={"name": "Ann", "phone": "+47 1", "email": "ann@example.com"},
    )
    assert (told.document["title"], told.document["customer"]["email"]) == (
        "Projector “flickers” <b>",
        "ann@example.com",
    )
    assert told.revision != order.revision
    assert re.search(r"\.\d{7}\+", str(told.revision))
    assert every_order(world.connector)[order.server_id].document["description"] == told.document["description"]


def test_every_other_member_is_changed_by_its_own_name(world: World) -> None:
    order = world.an_order()
    told = change(
        world, order, **{"rs:PickupInstructions": "Back door", "rs:TaxAmount": "1.5", "rs:DeliveryFlag": True}
    )
    found = {name: told.document[f"rs:{name}"] for name in ("PickupInstructions", "TaxAmount", "DeliveryFlag")}
    assert found == {"PickupInstructions": "Back door", "TaxAmount": "1.5", "DeliveryFlag": True}


def test_an_item_is_added_changed_and_removed_with_its_options(world: World) -> None:
    order = world.an_order()
    new = "rs:ServiceOrderItemList/new1"
    told = change(
        world,
        order,
        **{
            new: True,
            f"{new}/Name": "Coffee",
            f"{new}/Quantity": 12,
            f"{new}/Price": "2.5",
            f"{new}/ServiceItemOptionList/new1": True,
            f"{new}/ServiceItemOptionList/new1/ServiceOptionName": "Oat milk",
        },
    )
    key = next(name for name, value in told.document.items() if name.endswith("/Name") and value == "Coffee")
    item = key.removesuffix("/Name")
    assert told.document[f"{item}/Quantity"] == 12
    assert told.document[item] is True
    assert "Oat milk" in told.document.values()
    more = change(world, told, **{f"{item}/Quantity": 20})
    assert more.document[f"{item}/Quantity"] == 20
    gone = change(world, more, **{item: ""})
    assert item not in gone.document


def test_dates_by_utc_and_by_the_location_s_clock_stay_the_same_instant(world: World) -> None:
    order = change(world, world.an_order(), **{"rs:EndDateLocal": "2026-10-25T02:30:00+01:00"})
    zone = order.document["rs:ServiceLocationOlsonTimeZone"]
    assert zone
    local = datetime.fromisoformat(order.document["rs:EndDateLocal"])
    assert datetime.fromisoformat(order.document["rs:EndDateUtc"]).tzinfo
    assert local.isoformat()[:19] == "2026-10-25T02:30:00"


def test_what_is_not_changed_comes_back_byte_for_byte(world: World) -> None:
    order = world.an_order()
    first = change(world, order, **{"rs:PickupInstructions": "ONE-1"})
    second = change(world, first, **{"rs:PickupInstructions": "TWO-2"})
    assert first.raw and second.raw and first.revision and second.revision
    assert (
        second.raw.replace(b"TWO-2", b"ONE-1").replace(second.revision.encode(), first.revision.encode()) == first.raw
    )


def test_somebody_else_s_change_is_told_with_what_is_there_now(world: World) -> None:
    order = world.an_order()
    theirs = f"theirs {next(_numbers)}"
    other = change(world, order, description=theirs)
    mine = an_update(order, **{"rs:PickupInstructions": "mine"})
    told = world.direct.send(frozen(world.direct, mine, order))
    assert (told.kind, told.record, told.revision) == (OutcomeClass.PRECONDITION, other.document, other.revision)
    assert not clashes(mine, other.document)
    again = PulledOrder(server_id=order.server_id, document=other.document, revision=told.revision, raw=told.raw)
    merged = change(world, again, **mine.intent)
    assert (merged.document["description"], merged.document["rs:PickupInstructions"]) == (theirs, "mine")
    clashing = an_update(order, description="mine too")
    assert clashes(clashing, merged.document)


def test_a_refusal_inside_a_200_is_told_in_the_server_s_words(world: World) -> None:
    order = world.an_order()
    told = world.direct.send(frozen(world.direct, an_update(order, **{"rs:StatusId": 777}), order))
    assert (told.kind, told.http_status) == (OutcomeClass.REJECTED, 200)
    assert told.reason == "There is no status with this number"


@pytest.mark.parametrize(
    "deed", [(one, verb) for one in RecordType for verb in Verb if (one, verb) != ("order", "update")]
)
def test_what_the_system_does_not_have_is_refused_in_words(world: World, deed: tuple[RecordType, Verb]) -> None:
    order = world.an_order()
    operation = replace(an_update(order), record_type=deed[0], verb=deed[1])
    with pytest.raises(NotSupportedError, match="Resource Scheduler"):
        frozen(world.direct, operation, order)


@pytest.mark.parametrize(
    "intent",
    [
        {"warranty": True},
        {"customer": {"name": "Ann", "address": "Main Street"}},
        {"rs:Colour": "red"},
        {"rs:ServiceOrderItemList/99/Quantity": 1},
        {"rs:TaxAmount": "much"},
    ],
)
def test_a_field_it_does_not_have_is_refused_before_anything_is_sent(world: World, intent: Document) -> None:
    order = world.an_order()
    with pytest.raises(NotSupportedError):
        frozen(world.direct, an_update(order, **intent), order)


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.FAILED_AFTER, Fault.GARBAGE])
def test_a_change_whose_answer_was_lost_is_found_to_be_there(world: World, fault: Fault) -> None:
    order = world.an_order()
    words = f"lost {fault.name}"
    update = frozen(world.connector, an_update(order, **{"rs:PickupInstructions": words}), order)
    world.proxy.script(fault)
    first = world.connector.send(update)
    assert first.kind in (OutcomeClass.AMBIGUOUS, OutcomeClass.APPLIED_UNPARSED)
    again = world.connector.send(replace(update, attempts=2))
    assert again.kind is OutcomeClass.PRECONDITION
    assert again.record is not None
    assert is_applied(update, again.record)


def test_an_item_whose_addition_was_not_confirmed_is_not_added_twice(world: World) -> None:
    order = world.an_order()
    new = "rs:ServiceOrderItemList/new1"
    intent = {new: True, f"{new}/Name": "Beamer", f"{new}/Quantity": 3, f"{new}/Price": "7.5"}
    update = frozen(world.connector, an_update(order, **intent), order)
    world.proxy.script(Fault.ANSWER_LOST)
    assert world.connector.send(update).kind is OutcomeClass.AMBIGUOUS
    told = applied(world.connector.send(replace(update, attempts=2)))
    assert list(told.document.values()).count("Beamer") == 1


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.THROTTLED, Fault.CAPTIVE, Fault.REDIRECT])
def test_what_did_not_arrive_is_not_said_to_have(world: World, fault: Fault) -> None:
    order = world.an_order()
    world.proxy.script(fault)
    kind = world.connector.send(frozen(world.connector, an_update(order, description="x y"), order)).kind
    assert kind in (OutcomeClass.AMBIGUOUS, OutcomeClass.THROTTLED, OutcomeClass.CAPTIVE)
    assert every_order(world.direct)[order.server_id].revision == order.revision


def test_a_wrong_password_is_told_and_nothing_is_sent(world: World) -> None:
    order = world.an_order()
    stranger = connect(world.server.address, password="wrong")
    try:
        with pytest.raises(WrongCredentialsError):
            stranger.facts()
        told = stranger.send(frozen(stranger, an_update(order, description="x"), order))
        assert told.kind is OutcomeClass.AUTH
        assert "wrong" not in told.reason.replace("is wrong", "")
    finally:
        stranger.close()


def test_an_order_is_found_by_its_number(world: World) -> None:
    order = world.an_order()
    (found,) = world.connector.find(ServerQuery(text=f" {order.server_id} "))
    assert found.document == order.document
    assert world.connector.fetch(found) == found
    assert world.connector.find(ServerQuery(service_number="999999")) == []
    with pytest.raises(NotSupportedError):
        world.connector.find(ServerQuery(text="Ann"))


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_an_order_is_opened(form: str) -> None:
    account = Account(account_id="a1", name="Rooms", system="resource_scheduler", address="http://x/RSMCP")
    raw = (SAMPLES / f"sample.{form}").read_bytes()
    opened = opened_order(raw, account.settings)
    assert (opened.server_id, opened.raw, opened.document["title"]) == ("4", raw, "sample string 7")
    assert opened.document["rs:UdfList/1.2/Value"] == "sample string 3"
    assert [one.server_id for one in opened.parts] == ["4/1", "4/1.2"]


def test_one_thread_fetches_the_token_while_all_others_wait(server: ServerProcess) -> None:
    with chaos_proxy(server.port) as proxy:
        connector = connect(proxy.address)
        tokens: list[str] = []
        threads = [threading.Thread(target=lambda: tokens.append(connector._sign_in.token())) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(tokens) == 8
        assert len(set(tokens)) == 1
        first = tokens[0]
        assert connector._sign_in.token(worthless="another") == first
        assert connector._sign_in.token(worthless=first) != first
        connector.close()


def test_a_token_that_ended_is_renewed_within_the_request(server: ServerProcess) -> None:
    connector = connect(server.address)
    try:
        connector._sign_in.token()
        connector._sign_in._token = "long-ended"
        assert connector.pull("").orders
    finally:
        connector.close()


def test_the_next_round_begins_a_little_before_the_last_change(world: World) -> None:
    page = world.direct.pull("")
    assert not page.more
    newest = max(ticks(str(one.revision)) for one in page.orders)
    assert ticks(page.cursor) == newest - OVERLAP_TICKS
    later = world.direct.pull(page.cursor)
    assert 0 < len(later.orders) <= len(page.orders)
    assert later.cursor == page.cursor


def test_the_form_of_an_order_has_every_member_once_and_only_keys_of_a_document() -> None:
    account = Account(account_id="a1", name="Rooms", system="resource_scheduler", address="http://x/RSMCP")
    document = opened_order((SAMPLES / "sample.json").read_bytes(), account.settings).document
    fields = [one for section in FORM for one in section.fields]
    assert len({one.key for one in fields}) == len(fields) == 46 - 2 - 3 - 2
    assert [one.key for one in fields if value_at(document, one.key) is None] == []
    groups = [one for section in FORM for one in section.groups]
    (items, own) = (entries(one, document) for one in groups)
    assert [len(one.fields) for one in items] == [18, 18]
    assert [len(entries(one.groups[0], document)) for one in items] == [2, 2]
    assert all(value_at(document, one.fields[0].key) == "sample string 3" for one in own)


@pytest.mark.parametrize(("settings", "field"), [({"userName": " "}, "userName"), ({"format": "yaml"}, "format")])
def test_settings_that_cannot_be_signed_in_with_are_named(settings: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        RESOURCE_SCHEDULER.check_settings({"userName": "Rosa", **settings})
    assert raised.value.field == field
