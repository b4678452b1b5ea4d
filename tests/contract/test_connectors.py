"""What every connector must keep, over its real server in a process of its own, with a hostile network between.

A system joins by one line in `WORLDS`, and another line for each kind of server it may meet; the test that compares
it with `CONNECTORS` fails until it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account, Dedup, Deed
from techdesk.application.exchange import FreezeTarget, PulledOrder, Sighting
from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.application.ports import Connector
from techdesk.connectors import CONNECTORS
from techdesk.connectors.extend import connector as extend
from techdesk.connectors.flow_retail import connector as flow_retail
from techdesk.domain.errors import CursorExpiredError, NotSupportedError, OfflineError, WrongCredentialsError
from techdesk.domain.event_data import event_data
from techdesk.domain.events import EVENT_KINDS, OtherEvent, RepairStarted
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordType, from_document
from tests.support.chaos_proxy import ChaosProxy, Fault, chaos_proxy
from tests.support.server_process import ServerProcess, running_server

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_numbers = count(1)


@dataclass
class World:
    """A system's real server, a proxy before it, and a signed-in connector.

    Attributes:
        server: What the connector speaks to.
        direct: Sees and changes everything: a supervisor's Flow Retail sign-in that passes the proxy by.
        settings: The connector's own settings.
        tells_codes: A refusal says by a code what it is for.
    """

    system: str
    server: ServerProcess
    proxy: ChaosProxy
    connector: Connector
    direct: Connector
    settings: Mapping[str, str] = field(default_factory=dict)
    tells_codes: bool = True

    def send(self, operation: Operation, target: FreezeTarget) -> Outcome:
        return self.connector.send(frozen(self.connector, operation, target))

    def takes(self, record_type: RecordType) -> bool:
        return Deed(record_type, Verb.CREATE) not in self.connector.profile.refusals

    def pulled(self, order: Outcome) -> PulledOrder:
        """Return an order as the connector reads it now."""
        server_id = str(order.server_id)
        if self.connector.profile.pulls_followed:
            return every_order(self.connector, followed=[server_id])[0][server_id]
        return every_order(self.connector)[0][server_id]


PATHS = {"flow_retail": "", "extend": "/extend", "resource_scheduler": "/RSMCP"}
"""System → what stands before its dialect's own path on our server."""

MODULES = {"flow_retail": flow_retail, "extend": extend}


def connect(system: str, address: str, token: str, settings: Mapping[str, str] | None = None) -> Connector:
    at = f"{address}{PATHS[system]}"
    account = Account(account_id="a1", name="Bench", system=system, address=at, settings=settings or {})
    return CONNECTORS[system].build(account, token, BY_SYSTEM)


PLAIN = "a plain vendor"


def a_server(folder: Path) -> ServerProcess:
    server = ServerProcess(folder, ("--sample", "30"))
    server.start()
    server.run("user", "add", "Vera Vogt", "--role", "supervisor")
    return server


WORLDS = {"flow_retail": "flow_retail", PLAIN: "flow_retail", "extend": "extend"}
"""Kind of server → the system that it speaks."""


def in_one_process(*kinds: str) -> list[Any]:
    """Return these kinds of server as parameters, each for tests that run one after the other."""
    return [pytest.param(one, marks=pytest.mark.xdist_group(one)) for one in kinds]


whole = pytest.mark.parametrize("running", in_one_process("flow_retail"), indirect=True)
"""Only for servers that take every deed, know keys and revisions, and have a feed."""

every_part = pytest.mark.parametrize("running", in_one_process("flow_retail", PLAIN), indirect=True)
"""Only for servers that take every kind of part."""

plain = pytest.mark.parametrize("running", in_one_process(PLAIN), indirect=True)
"""Only for a vendor's server that has nothing of what ours adds."""

OTHERS = {"resource_scheduler": "test_resource_scheduler.py"}
"""Systems that take changes of whole orders only, and the file that holds them to what is left of this contract."""


def test_every_system_is_held_to_this_contract() -> None:
    assert {*WORLDS.values(), *OTHERS} == CONNECTORS.keys()
    assert all((Path(__file__).parent / name).exists() for name in OTHERS.values())


@pytest.fixture(scope="module", params=in_one_process(*WORLDS))
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    system = WORLDS[request.param]
    server = a_server(tmp_path_factory.mktemp("server"))
    direct = connect("flow_retail", server.address, server.technician_token("Vera Vogt"))
    try:
        direct.facts()
        if request.param == PLAIN:
            folder = tmp_path_factory.mktemp("plain")
            with running_server(folder, "--plain-vendor", database=server.database) as vendor:
                yield from a_world(system, vendor, direct, _place(server))
        else:
            yield from a_world(system, server, direct, {})
    finally:
        direct.close()
        server.close()


def a_world(system: str, server: ServerProcess, direct: Connector, settings: Mapping[str, str]) -> Iterator[World]:
    with chaos_proxy(server.port) as proxy:
        connector = connect(system, proxy.address, server.technician_token(), settings)
        connector.facts()
        yield World(system, server, proxy, connector, direct, settings, tells_codes=not settings)
        connector.close()


def _place(server: ServerProcess) -> dict[str, str]:
    """Return the tenant and the first store, as an administrator reads them off their server."""
    who = {"Authorization": f"Bearer {server.admin_token}"}
    me = httpx.get(f"{server.address}/v2/me", headers=who).json()
    return {"tenantUid": me["tenantUid"], "storeUid": me["stores"][0]["storeUid"], "settleSeconds": "1"}


@pytest.fixture
def world(running: World) -> World:
    return running


def an_operation(record_type: RecordType, verb: Verb, intent: Document | None = None) -> Operation:
    return Operation(
        op_id=f"0190f3e2-0000-7000-8000-{next(_numbers):012x}",
        account_id="a1",
        order_id="tmp_1",
        record_type=record_type,
        record_id="tmp_2",
        verb=verb,
        intent=intent or {},
        created_at=NOON,
    )


def frozen(connector: Connector, operation: Operation, target: FreezeTarget) -> Operation:
    return replace(operation, request=connector.freeze(operation, target))


def nothing_yet(order: Document | None = None) -> FreezeTarget:
    return FreezeTarget(order_server_id=None, record_server_id=None, revision=None, base=None, order=order or {})


def on(order: Outcome, record: Outcome | None = None) -> FreezeTarget:
    """Return the target for a part of an order, or for the order itself."""
    assert order.server_id is not None
    assert order.record is not None
    meant = record or order
    return FreezeTarget(
        order_server_id=order.server_id,
        record_server_id=meant.server_id,
        revision=meant.revision,
        base=meant.record,
        order=order.record,
    )


def applied(outcome: Outcome) -> Outcome:
    assert outcome.kind is OutcomeClass.APPLIED, outcome
    return outcome


def new_order(world: World, kind: str = "other", **intent: Any) -> Outcome:
    types = world.direct.facts().references["service_types"]
    type_uid = next(one["service_type_uid"] for one in types if one["service_kind"] == kind)
    wanted: Document = {"title": "No power", "service_type_uid": type_uid, **intent}
    return applied(world.direct.send(frozen(world.direct, create(RecordType.ORDER, wanted), nothing_yet())))


def create(record_type: RecordType, intent: Document) -> Operation:
    return an_operation(record_type, Verb.CREATE, intent)


def an_event(kind: str = "repair_started", **intent: Any) -> Operation:
    wanted = {"event_type": kind, "occurred_at": "2026-06-01T12:00:00.000Z", **intent}
    return create(RecordType.EVENT, wanted)


def every_order(
    connector: Connector, cursor: str = "", followed: Sequence[str] = ()
) -> tuple[dict[str, PulledOrder], set[str], str]:
    """Pull until nothing more is there; return orders by uid, uids of deleted ones, and the last place."""
    orders: dict[str, PulledOrder] = {}
    deleted: set[str] = set()
    while True:
        page = connector.pull(cursor, followed)
        assert not page.bad
        orders |= {one.server_id: one for one in page.orders}
        deleted |= set(page.deleted)
        cursor = page.cursor
        if not page.more:
            return orders, deleted, cursor


def events_of(world: World, order: Outcome) -> list[Document]:
    """Return an order's events as the server's feed has them now."""
    pulled, _, _ = every_order(world.direct)
    parts = pulled[str(order.server_id)].parts
    return [one.document for one in parts if one.record_type is RecordType.EVENT]


def close_order(world: World, order: Outcome) -> Outcome:
    statuses = world.direct.facts().references["service_statuses"]
    closed = next(one["service_status_uid"] for one in statuses if one["service_state"] == "CLOSED")
    update = an_operation(RecordType.ORDER, Verb.UPDATE, {"service_status_uid": closed})
    return applied(world.direct.send(frozen(world.direct, update, on(order))))


# Everything that can be written, and read again.


@whole
def test_signing_in_tells_who_we_are_and_what_can_be_chosen(world: World) -> None:
    facts = world.connector.facts()
    assert (facts.user_name, facts.role) == ("Mia Krüger", "technician")
    assert (facts.profile.creates, facts.profile.has_etags, facts.profile.has_feed) == (Dedup.KEYED, True, True)
    assert {kind for kind, found in facts.references.items() if not found} == set()
    assert world.connector.profile == facts.profile


@whole
def test_an_order_is_made_changed_and_removed(world: World) -> None:
    wanted: Document = {
        "title": "Hums “loudly” 🔊",
        "description": "שלום <b>not bold</b>",
        "customer": {"name": "Ångström & Co", "phone": "+47 900 00 001"},
        "assets": [{"name": "Amplifier", "maker": "Quad", "serial_number": "Q-1", "warranty_until": "2027-01-31"}],
        "estimated_price": "120.5 EUR",
        "warranty": True,
        "priority": "HIGH",
        "ready_at_estimate": "2026-06-03T10:00:00.000Z",
    }
    made = new_order(world, **wanted)
    assert made.record is not None
    order = from_document(Order, made.record)
    assert (order.title, order.description, order.customer.name) == (
        wanted["title"],
        wanted["description"],
        "Ångström & Co",
    )
    assert (order.device.serial_number, order.warranty, order.priority.value) == ("Q-1", True, "HIGH")
    assert order.estimated_price is not None
    assert (str(order.estimated_price.amount), order.estimated_price.currency) == ("120.5", order.currency)
    update = an_operation(RecordType.ORDER, Verb.UPDATE, {"title": "Hums", "estimated_price": None, "warranty": False})
    changed = applied(world.send(update, on(made)))
    assert changed.record is not None
    assert (changed.record["title"], changed.record.get("estimated_price"), changed.record["warranty"]) == (
        "Hums",
        None,
        False,
    )
    assert changed.record["description"] == wanted["description"]
    assert changed.revision != made.revision
    _, _, place = every_order(world.direct)
    delete = an_operation(RecordType.ORDER, Verb.DELETE)
    applied(world.direct.send(frozen(world.direct, delete, on(changed))))
    assert every_order(world.direct, place)[1] == {made.server_id}


@every_part
@pytest.mark.parametrize(
    ("record_type", "made", "changed"),
    [
        (
            RecordType.ITEM,
            {"name": "Fuse", "quantity": "1.5", "price": "2.5 EUR", "note": "slow"},
            {"quantity": "2", "price": "0.1 EUR", "note": ""},
        ),
        (
            RecordType.EVENT,
            {"event_type": "repair_started", "data": {"repairStartedAt": 1780315200000}, "notes": "go"},
            {"data": {"repairStartedAt": 1780315260000}, "notes": "went"},
        ),
        (
            RecordType.HOURS,
            {"started_at": "2026-06-01T10:00:00.000Z", "ended_at": "2026-06-01T10:30:00.000Z", "billable": False},
            {"ended_at": "2026-06-01T11:00:00.000Z", "billable": True, "note": "longer"},
        ),
    ],
)
def test_a_part_is_made_changed_and_removed(world: World, record_type, made: Document, changed: Document) -> None:
    order = new_order(world)
    part = applied(world.send(create(record_type, made), on(order)))
    assert holds(part.record, made)
    again = applied(world.send(an_operation(record_type, Verb.UPDATE, changed), on(order, part)))
    assert holds(again.record, changed)
    assert again.server_id == part.server_id
    applied(world.send(an_operation(record_type, Verb.DELETE), on(order, again)))
    gone = world.send(an_operation(record_type, Verb.DELETE), on(order, again))
    assert gone.kind is OutcomeClass.GONE


def holds(record: Document | None, wanted: Document) -> bool:
    """Say whether a record has every wanted value; amounts are compared without their currency."""
    assert record is not None
    return all(_plain(record.get(name)) == _plain(value) for name, value in wanted.items())


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.partition(" ")[0].replace(".", "", 1).isdecimal():
        return float(value.partition(" ")[0])
    return value or None


@pytest.mark.parametrize("name", [*EVENT_KINDS, "put_on_shelf"])
def test_every_kind_of_event_is_read_as_it_was_written(world: World, name: str) -> None:
    fields = EVENT_KINDS[name].fields if name in EVENT_KINDS else None
    data = {one.wire: _believable(one.holds.value, one.choices) for one in fields or ()}
    if fields is None:
        data = event_data(OtherEvent(event=name, event_date=NOON, metadata={"bay": 4, "by hand": True}))
    order = new_order(world)
    outcome = applied(world.send(an_event(name, data=data, notes="as it is: é 🔧"), on(order)))
    assert outcome.record is not None
    assert (outcome.record["data"], outcome.record["notes"]) == (data, "as it is: é 🔧")
    (pulled,) = [one.document for one in world.pulled(order).parts]
    assert pulled["occurred_at"] == outcome.record["occurred_at"]
    assert (pulled["event_type"], pulled["data"], pulled["notes"]) == (name, data, "as it is: é 🔧")


def _believable(holds_what: str, choices: Any) -> Any:
    if choices:
        return next(iter(choices))
    millisecond = 1780315200000
    values: dict[str, Any] = {
        "date and time": millisecond,
        "list of dates and times": [millisecond, millisecond + 60_000],
        "yes or no": True,
    }
    return values.get(holds_what, "Kim <b>Larsen</b>")


def test_an_order_waits_for_acceptance(world: World) -> None:
    users = world.direct.facts().references["users"]
    me = next(one["tenant_user_uid"] for one in users if one["display_name"] == "Mia Krüger")
    order = new_order(world, requires_acceptance=True, assigned_user_uid=me)
    refused = world.send(an_event(), on(order))
    assert (refused.kind, refused.code) == (OutcomeClass.REJECTED, "not_accepted" if world.tells_codes else "")
    accept = an_operation(RecordType.ORDER, Verb.ACCEPT, {"accepted": True, "reason": "", "accepted_at": "x"})
    assert "accepted_at" not in world.pulled(order).document
    if Deed(RecordType.ORDER, Verb.ACCEPT) in world.connector.profile.refusals:
        with pytest.raises(NotSupportedError):
            world.send(accept, on(order))
        return
    applied(world.send(accept, on(order)))
    assert world.pulled(order).document["accepted_at"]
    applied(world.send(an_event(), on(order)))


# The feed.


@whole
def test_the_feed_brings_every_order_once_with_all_that_belongs_to_it(world: World) -> None:
    order = new_order(world)
    _, _, place = every_order(world.connector)
    applied(world.send(create(RecordType.ITEM, {"name": "Fuse"}), on(order)))
    applied(world.send(an_event(), on(order)))
    applied(world.send(create(RecordType.HOURS, {"started_at": "2026-06-01T10:00:00.000Z"}), on(order)))
    changed, deleted, later = every_order(world.connector, place)
    assert (list(changed), deleted) == ([order.server_id], set())
    types = [one.record_type for one in changed[str(order.server_id)].parts]
    assert sorted(types) == sorted([RecordType.ITEM, RecordType.EVENT, RecordType.HOURS])
    assert every_order(world.connector, later)[0] == {}


@whole
def test_every_order_of_the_feed_can_be_shown(world: World) -> None:
    orders, _, _ = every_order(world.connector)
    assert len(orders) >= 30
    shown = [from_document(Order, one.document) for one in orders.values()]
    assert all(one.title and one.currency and one.created_at for one in shown)


@whole
def test_a_place_that_the_server_does_not_know_is_said_to_be_expired(world: World, tmp_path: Path) -> None:
    _, _, place = every_order(world.connector)
    other = a_server(tmp_path)
    elsewhere = connect(world.system, other.address, other.technician_token())
    try:
        elsewhere.facts()
        foreign = place.replace(_first_store(world.connector), _first_store(elsewhere))
        with pytest.raises(CursorExpiredError):
            elsewhere.pull(foreign)
    finally:
        elsewhere.close()
        other.close()


def _first_store(connector: Connector) -> str:
    return str(connector.facts().references["stores"][0]["store_uid"])


# Who else was there, and who may not.


@whole
def test_a_change_on_an_older_revision_is_refused_with_what_is_there_now(world: World) -> None:
    order = new_order(world)
    other = an_operation(RecordType.ORDER, Verb.UPDATE, {"title": "Changed by Vera"})
    applied(world.direct.send(frozen(world.direct, other, on(order))))
    mine = world.send(an_operation(RecordType.ORDER, Verb.UPDATE, {"description": "mine"}), on(order))
    assert (mine.kind, mine.http_status) == (OutcomeClass.PRECONDITION, 412)
    assert mine.record is not None
    assert (mine.record["title"], mine.record.get("description")) == ("Changed by Vera", None)
    retried = an_operation(RecordType.ORDER, Verb.UPDATE, {"description": "mine"})
    applied(world.send(retried, replace(on(order), revision=mine.revision)))


@whole
def test_removing_what_has_changed_is_refused_too(world: World) -> None:
    order = new_order(world)
    item = applied(world.send(create(RecordType.ITEM, {"name": "Fuse"}), on(order)))
    applied(world.send(an_operation(RecordType.ITEM, Verb.UPDATE, {"name": "Fuse 2A"}), on(order, item)))
    refused = world.send(an_operation(RecordType.ITEM, Verb.DELETE), on(order, item))
    assert (refused.kind, holds(refused.record, {"name": "Fuse 2A"})) == (OutcomeClass.PRECONDITION, True)


def test_a_closed_order_takes_no_more_work_and_says_so(world: World) -> None:
    order = close_order(world, new_order(world))
    for record_type, intent in (
        (RecordType.EVENT, {"event_type": "repair_started"}),
        (RecordType.ITEM, {"name": "Fuse"}),
        (RecordType.HOURS, {"started_at": "2026-06-01T10:00:00.000Z"}),
    ):
        if not world.takes(record_type):
            continue
        refused = world.send(create(record_type, intent), on(order))
        assert refused.kind is OutcomeClass.REJECTED
        assert refused.code in (("order_closed", "closed") if world.tells_codes else ("",))
        assert "clos" in refused.reason.lower()


def test_an_event_of_the_other_service_kind_is_refused(world: World) -> None:
    order = new_order(world, kind="repair_onsite")
    refused = world.send(an_event("product_received"), on(order))
    assert (refused.kind, refused.code) == (OutcomeClass.REJECTED, "wrong_service_type" if world.tells_codes else "")
    assert refused.reason


@whole
def test_what_only_a_supervisor_may_do_is_refused_in_words(world: World) -> None:
    order = new_order(world)
    refused = world.send(an_operation(RecordType.ORDER, Verb.DELETE), on(order))
    assert (refused.kind, refused.http_status) == (OutcomeClass.REJECTED, 403)
    assert "supervisor" in refused.reason


def test_a_part_of_an_order_that_is_gone_is_gone(world: World) -> None:
    order = new_order(world)
    delete = an_operation(RecordType.ORDER, Verb.DELETE)
    applied(world.direct.send(frozen(world.direct, delete, on(order))))
    assert world.send(an_event(), on(order)).kind is OutcomeClass.GONE


def test_a_wrong_token_is_told_on_reading_and_on_writing(world: World) -> None:
    event = frozen(world.connector, an_event(), on(new_order(world)))
    stranger = connect(world.system, world.server.address, "not-a-token", world.settings)
    try:
        with pytest.raises(WrongCredentialsError):
            stranger.facts()
        assert stranger.send(event).kind is OutcomeClass.AUTH
    finally:
        stranger.close()


@pytest.mark.parametrize("system", CONNECTORS)
def test_a_server_that_is_not_there_is_offline(system: str) -> None:
    nobody = connect(system, "http://127.0.0.1:9", "token")
    try:
        with pytest.raises(OfflineError):
            nobody.facts()
    finally:
        nobody.close()


# Exactly once.


@whole
def test_the_same_key_twice_makes_one_event_and_brings_the_same_answer(world: World) -> None:
    order = new_order(world)
    event = frozen(world.connector, an_event(), on(order))
    first, second = world.connector.send(event), world.connector.send(event)
    assert applied(first).server_id == applied(second).server_id
    assert len(events_of(world, order)) == 1


@whole
def test_a_key_with_other_bytes_is_a_clash(world: World) -> None:
    order = new_order(world)
    event = frozen(world.connector, an_event(notes="one"), on(order))
    applied(world.connector.send(event))
    other = replace(frozen(world.connector, an_event(notes="two"), on(order)), op_id=event.op_id)
    assert other.request is not None
    forged = replace(other.request, headers={**other.request.headers, "Idempotency-Key": event.op_id})
    assert world.connector.send(replace(other, request=forged)).kind is OutcomeClass.KEY_CLASH
    assert len(events_of(world, order)) == 1


HOW_IT_LOOKS = {
    Fault.PASS: (OutcomeClass.APPLIED, 1),
    Fault.REQUEST_LOST: (OutcomeClass.AMBIGUOUS, 0),
    Fault.ANSWER_LOST: (OutcomeClass.AMBIGUOUS, 1),
    Fault.RESET_BEFORE: (OutcomeClass.AMBIGUOUS, 0),
    Fault.RESET_AFTER: (OutcomeClass.AMBIGUOUS, 1),
    Fault.FAILED_BEFORE: (OutcomeClass.AMBIGUOUS, 0),
    Fault.FAILED_AFTER: (OutcomeClass.AMBIGUOUS, 1),
    Fault.THROTTLED: (OutcomeClass.THROTTLED, 0),
    Fault.TRUNCATED: (OutcomeClass.APPLIED_UNPARSED, 1),
    Fault.GARBAGE: (OutcomeClass.AMBIGUOUS, 1),
    Fault.CAPTIVE: (OutcomeClass.AMBIGUOUS, 0),
    Fault.REDIRECT: (OutcomeClass.CAPTIVE, 0),
    Fault.DRIP: (OutcomeClass.APPLIED_UNPARSED, 1),
    Fault.HELD: (OutcomeClass.AMBIGUOUS, 0),
    Fault.DELAYED: (OutcomeClass.AMBIGUOUS, 1),
}
"""Fault → the class the connector must see, and how many events the server has then."""


@pytest.mark.parametrize("fault", Fault)
def test_whatever_the_network_does_it_is_made_once(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    order = new_order(world)
    event = frozen(world.connector, an_event(), on(order))
    if fault in (Fault.DRIP, Fault.HELD, Fault.DELAYED):
        monkeypatch.setattr(MODULES[world.system], "SEND_DEADLINE_S", 0.7)
    world.proxy.script(fault)
    outcome = world.connector.send(event)
    monkeypatch.undo()
    assert (outcome.kind, len(events_of(world, order))) == HOW_IT_LOOKS[fault]
    world.proxy.release()
    if world.connector.profile.creates is Dedup.KEYED or not is_there_already(world, event):
        applied(world.connector.send(event))
    assert len(events_of(world, order)) == 1


def is_there_already(world: World, operation: Operation) -> bool:
    """Look back as the engine does where no key tells two requests from one."""
    seen = world.connector.read_back(operation)
    assert seen.sighting is not Sighting.UNKNOWN, seen
    if seen.sighting is Sighting.FOUND:
        assert seen.record is not None
        assert (seen.record["service_event_uid"], seen.record["event_type"]) == (seen.server_id, "repair_started")
    return seen.sighting is Sighting.FOUND


@whole
@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.FAILED_AFTER])
def test_a_change_whose_answer_was_lost_is_found_out_by_its_revision(world: World, fault: Fault) -> None:
    order = new_order(world)
    update = frozen(world.connector, an_operation(RecordType.ORDER, Verb.UPDATE, {"title": "Mine"}), on(order))
    world.proxy.script(fault)
    world.connector.send(update)
    again = world.connector.send(update)
    assert (again.kind, holds(again.record, {"title": "Mine"})) == (OutcomeClass.PRECONDITION, True)


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.TRUNCATED, Fault.GARBAGE, Fault.CAPTIVE])
def test_a_page_that_breaks_is_told_and_comes_whole_the_next_time(world: World, fault: Fault) -> None:
    followed = [str(new_order(world).server_id)]
    orders, _, _ = every_order(world.connector, followed=followed)
    assert orders.keys() >= set(followed)
    world.proxy.script(fault, reads=True)
    with pytest.raises(Exception) as raised:
        world.connector.pull("", followed)
    assert raised.value.__class__.__name__ in {"OfflineError", "BusyError", "CaptivePageError"}
    assert every_order(world.connector, followed=followed)[0].keys() == orders.keys()


def test_a_started_repair_is_an_event_that_the_catalogue_knows(world: World) -> None:
    order = new_order(world)
    data = event_data(RepairStarted(repair_started_at=NOON))
    outcome = applied(world.send(an_event(data=data), on(order)))
    assert outcome.record is not None
    assert outcome.record["occurred_at"] == "2026-06-01T12:00:00.000Z"


# A vendor's server that has nothing of ours.


@plain
def test_a_plain_vendor_promises_nothing_and_gives_what_its_lists_have(world: World) -> None:
    facts = world.connector.facts()
    profile = facts.profile
    assert (profile.creates, profile.has_etags, profile.has_feed) == (Dedup.READ_BACK, False, False)
    assert (facts.user_uid, facts.role, profile.pulls_followed) == ("", "supervisor", True)
    listed = {kind for kind, found in facts.references.items() if found}
    assert listed == {"service_types", "service_statuses", "hourly_rates", "stores"}


@plain
def test_a_plain_vendor_is_told_apart_by_nothing_and_would_make_it_twice(world: World) -> None:
    order = new_order(world)
    event = frozen(world.connector, an_event(), on(order))
    assert event.request is not None
    assert event.request.headers == {"Content-Type": "application/json"}
    first, second = (applied(world.connector.send(event)) for _ in range(2))
    assert first.server_id != second.server_id
    told = [(one.revision, one.record and one.record["last_modified_at"]) for one in (first, second)]
    assert all(revision and revision == changed for revision, changed in told)


@plain
@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.REQUEST_LOST])
@pytest.mark.parametrize(
    ("record_type", "intent"),
    [
        (RecordType.ITEM, {"name": "Fuse", "note": "slow"}),
        (RecordType.HOURS, {"started_at": "2026-06-01T10:00:00.000Z"}),
        (RecordType.ORDER, {"title": "No picture", "description": "Since Monday"}),
    ],
)
def test_what_was_made_is_found_by_its_mark_which_nobody_here_sees(
    world: World, fault: Fault, record_type: RecordType, intent: Document
) -> None:
    order = new_order(world)
    assert order.record is not None
    if record_type is RecordType.ORDER:
        intent = {**intent, "service_type_uid": order.record["service_type_uid"]}
    where = nothing_yet(order.record) if record_type is RecordType.ORDER else on(order)
    wanted = frozen(world.connector, create(record_type, intent), where)
    world.proxy.script(fault)
    assert world.connector.send(wanted).kind is OutcomeClass.AMBIGUOUS
    seen = world.connector.read_back(wanted)
    if fault is Fault.REQUEST_LOST:
        assert seen.sighting is Sighting.ABSENT
        return
    assert (seen.sighting, holds(seen.record, intent)) == (Sighting.FOUND, True)
    orders, _, _ = every_order(world.direct)
    made = str(seen.server_id) if record_type is RecordType.ORDER else str(order.server_id)
    assert f"[TD {wanted.support_code}]" in repr(orders[made])
    assert "[TD" not in repr(world.connector.fetch(PulledOrder(server_id=made, document=order.record)))


@whole
@pytest.mark.parametrize(
    ("record_type", "intent"),
    [
        (RecordType.ITEM, {"name": "Fuse", "note": "slow", "quantity": "2", "price": "2.5 EUR"}),
        (RecordType.EVENT, {"event_type": "repair_started", "notes": "Bench 3"}),
        (RecordType.HOURS, {"started_at": "2026-06-01T10:00:00.000Z", "note": "Drive"}),
        (RecordType.ORDER, {"title": "Told by its words", "description": "Since Monday"}),
    ],
)
def test_what_no_key_protects_any_more_is_found_by_what_it_says(world: World, record_type, intent: Document) -> None:
    order = new_order(world)
    assert order.record is not None
    if record_type is RecordType.ORDER:
        intent = {**intent, "service_type_uid": order.record["service_type_uid"]}
    where = nothing_yet(order.record) if record_type is RecordType.ORDER else on(order)
    wanted = frozen(world.direct, create(record_type, intent), where)
    wanted = replace(wanted, known=(), first_sent_at=datetime.now(UTC))
    assert world.direct.read_back(wanted).sighting is Sighting.ABSENT
    made = applied(world.direct.send(wanted))
    seen = world.direct.read_back(wanted)
    assert (seen.sighting, seen.server_id, seen.by_likeness) == (Sighting.FOUND, made.server_id, True)
    assert (seen.revision, seen.record) == (made.revision, made.record)


@plain
def test_a_plain_vendors_orders_come_by_lists_once_and_go_by_its_own_word(world: World) -> None:
    kept, gone = str(new_order(world).server_id), new_order(world)
    orders, _, place = every_order(world.connector)
    assert len(orders) >= 8
    shown = [from_document(Order, one.document) for one in orders.values()]
    assert all(one.title and one.created_at for one in shown)
    delete = an_operation(RecordType.ORDER, Verb.DELETE)
    applied(world.direct.send(frozen(world.direct, delete, on(gone))))
    update = an_operation(RecordType.ORDER, Verb.UPDATE, {"title": "Changed by Vera"})
    found = orders[kept]
    target = replace(nothing_yet(found.document), order_server_id=kept, record_server_id=kept)
    applied(world.send(update, target))
    changed, deleted, _ = every_order(world.connector, place, [kept, str(gone.server_id)])
    assert (changed[kept].document["title"], deleted) == ("Changed by Vera", set())
    again, deleted, _ = every_order(world.connector, "", [kept, str(gone.server_id)])
    assert (again.keys() >= {kept}, deleted) == (True, {str(gone.server_id)})
