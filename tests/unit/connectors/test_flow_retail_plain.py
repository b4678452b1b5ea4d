"""A plain vendor over a scripted network: its settings, its units, its lists, and looking for what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import FreezeTarget, PulledOrder, Sighting
from techdesk.application.outbox import Operation, OutcomeClass, Verb
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.flow_retail.plain_calls import PlainCalls
from techdesk.connectors.flow_retail.plain_pulling import ASKED_AT_ONCE, ListPuller, Place, read_place
from techdesk.connectors.flow_retail.plain_records import PlainReader
from techdesk.connectors.flow_retail.settings import read_settings
from techdesk.connectors.http import HttpClient
from techdesk.domain.errors import (
    BusyError,
    CursorExpiredError,
    InvalidInputError,
    NotShownError,
    NotSupportedError,
    WrongAddressError,
    WrongCredentialsError,
    WrongVersionError,
)
from techdesk.domain.records import Document, RecordType
from tests.unit.connectors.answering import ADDRESS, Routes, connector, json_answer, listed, problem

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SETTINGS = {"tenantUid": "t1", "storeUid": "graz", "currency": "eur"}
ORDERS = "/v2/tenants/t1/stores/graz/serviceorders"
TYPE = {"serviceTypeUid": "t-depot", "name": "Bench", "serviceKind": "repair_depot"}
PARTS = ("events", "hours", "notifications", "salesorders")


def instant(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Vendor:
    """A small vendor's server: lists, orders and their parts, and nothing else; its 404 has no code.

    Attributes:
        counts: Its lists say how many there are.
        counts_a_page: They say how many there are on the page instead.
        page_limit: It gives no longer pages, whatever is asked for.
        hidden: Orders that are there, but in no list.
        ill: What it fails to show, such as `o1` or `o1/hours`.
        listed: What its list of orders holds, where that is not its orders.
    """

    def __init__(self, *, counts: bool = True, page_limit: int = 50) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[httpx.Request] = []
        self.hidden: set[str] = set()
        self.ill: set[str] = set()
        self.listed: list[dict[str, Any]] | None = None
        self.counts = counts
        self.counts_a_page = False
        self.page_limit = page_limit

    def has(self, uid: str, *, changed: float = 0, state: str = "IN_PROGRESS", **members: Any) -> None:
        self.orders[uid] = {
            "serviceOrderUid": uid,
            "title": f"Order {uid}",
            "serviceState": state,
            "createdAt": instant(-600),
            "lastModifiedAt": instant(changed),
            "items": [],
            **members,
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path.removeprefix(f"{ORDERS}/") in self.ill:
            return json_answer({"message": "Object reference not set"}, 500)
        if path == ORDERS:
            shown = [one for uid, one in self.orders.items() if uid not in self.hidden]
            return self._list(request, shown if self.listed is None else self.listed)
        uid, _, step = path.removeprefix(f"{ORDERS}/").partition("/")
        if path.endswith("/serviceorders/types"):
            return self._list(request, [TYPE, {"serviceTypeUid": "t-odd", "name": "Odd"}])
        if path.endswith("/serviceorders/hourlyrates"):
            return self._list(request, [{"hourlyRateUid": "r1", "name": "Bench", "price": 6050}])
        if path.endswith("/serviceorders/statuses"):
            return self._list(request, [])
        if uid in self.orders and step in PARTS:
            return self._list(request, self.parts.get(f"{uid}/{step}", []))
        if uid in self.orders and not step:
            return json_answer(self.orders[uid])
        return json_answer({"message": "No such thing"}, 404)

    def fetched(self) -> list[str]:
        """Return the orders that were fetched whole since the last call."""
        paths = [one.url.path.removeprefix(f"{ORDERS}/") for one in self.asked if one.url.path != ORDERS]
        self.asked.clear()
        return [one for one in paths if "/" not in one]

    def _list(self, request: httpx.Request, found: list[dict[str, Any]]) -> httpx.Response:
        asked = request.url.params
        if by := asked.get("sortBy"):
            found = sorted(found, key=lambda one: str(one[by]), reverse=asked["sortDirection"] == "DESC")
        size = min(self.page_limit, int(asked["pageSize"]))
        start = (int(asked["pageNumber"]) - 1) * size
        shown = found[start : start + size]
        paging = {"totalCount": len(shown if self.counts_a_page else found), "pageSize": size}
        return json_answer({"items": shown, **({"paging": paging} if self.counts else {})})


class Puller:
    """A puller over a vendor, whose clock stands until it is moved."""

    def __init__(self, vendor: Vendor) -> None:
        self.now = NOON + timedelta(minutes=30)
        self.http = HttpClient(ADDRESS, {}, transport=httpx.MockTransport(vendor))
        self.held: list[str] = []
        self.cursor = ""
        self.lists_nothing = False
        self.restart()

    def restart(self) -> None:
        self.puller = ListPuller(PlainCalls(self.http), ORDERS, lambda: self.now)

    def page(self) -> tuple[list[str], list[str], bool]:
        reader = PlainReader(read_settings(SETTINGS), {})
        page = self.puller.pull(read_place(self.cursor, "graz"), self.held, reader)
        self.cursor = page.cursor
        self.lists_nothing = page.lists_nothing
        brought = [one.server_id for one in page.orders]
        self.held = sorted({*self.held, *brought} - set(page.deleted))
        return brought, list(page.deleted), page.more

    def poll(self) -> tuple[list[str], list[str]]:
        """Pull until nothing more is there."""
        brought: list[str] = []
        deleted: list[str] = []
        more = True
        while more:
            came, went, more = self.page()
            brought += came
            deleted += went
        return brought, deleted


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def pull(vendor: Vendor) -> Iterator[Puller]:
    one = Puller(vendor)
    yield one
    one.http.close()


@pytest.fixture
def sign_in() -> Iterator[Any]:
    made: list[FlowRetailConnector] = []

    def over(handler: Any, **settings: str) -> FlowRetailConnector:
        made.append(connector(handler, **{**SETTINGS, **settings}))
        return made[-1]

    yield over
    for one in made:
        one.close()


def operation(record_type: RecordType, verb: Verb = Verb.CREATE, **intent: Any) -> Operation:
    return Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o1",
        record_type=record_type,
        record_id="r1",
        verb=verb,
        intent=intent,
        created_at=NOON,
    )


MARK = "[TD 000001]"
FUSE = operation(RecordType.ITEM, name="Fuse", note="slow")


def frozen(desk: FlowRetailConnector, wanted: Operation, *, order: str | None = "o1") -> Operation:
    known: Document = {"service_order_uid": "o1", "store_uid": "graz"}
    target = FreezeTarget(
        order_server_id=order, record_server_id="x9", revision="7", base={"name": "Fuse"}, order=known
    )
    return replace(wanted, request=desk.freeze(wanted, target))


def body_of(wanted: Operation) -> dict[str, Any]:
    assert wanted.request is not None
    body: dict[str, Any] = json.loads(wanted.request.body)
    return body


# Settings.


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tenantUid", "a b"),
        ("storeUid", "a/b"),
        ("currency", "euro"),
        ("priceScale", "50"),
        ("quantityScale", "many"),
        ("marks", "maybe"),
        ("settleSeconds", "-1"),
        ("settleSeconds", "soon"),
    ],
)
def test_a_wrong_setting_is_refused_in_words(name: str, text: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read_settings({name: text})
    assert raised.value.field == name
    assert raised.value.hint


def test_what_is_not_set_has_its_default() -> None:
    settings = read_settings({"currency": "eur"})
    assert (settings.currency, settings.price_scale, settings.quantity_scale) == ("EUR", 1, 1)
    assert (settings.marks, settings.settle_s, settings.tenant_uid) == (True, None, "")


@pytest.mark.parametrize(
    ("settings", "missing", "named"),
    [
        ({}, ["Tenant", "Only this store"], []),
        ({"tenantUid": "t1"}, ["Only this store"], ["Tenant (of"]),
        ({"storeUid": "graz"}, ["Tenant"], ["Only this store"]),
    ],
)
def test_a_plain_vendor_without_its_settings_is_told_which_are_missing(settings, missing, named) -> None:
    desk = connector(Routes(capabilities=json_answer({"message": "no"}, 404)), **settings)
    with pytest.raises(WrongVersionError) as raised:
        desk.facts()
    desk.close()
    assert all(one in raised.value.hint for one in missing)
    assert not any(one in raised.value.hint for one in named)


def test_signing_in_brings_what_the_lists_have(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor, priceScale="100")
    facts = desk.facts()
    assert (facts.user_uid, facts.role, desk.profile) == ("", "supervisor", facts.profile)
    assert facts.references["hourly_rates"] == [{"hourly_rate_uid": "r1", "name": "Bench", "price": "60.5 EUR"}]
    assert facts.references["stores"] == [{"store_uid": "graz", "currency": "EUR"}]
    assert (facts.references["users"], facts.references["products"]) == ((), ())
    assert (facts.profile.late_commit_s, facts.profile.visibility_lag_s) == (120.0, 60.0)
    assert desk.facts().references == facts.references


def test_nothing_is_promised_before_a_vendor_has_been_asked(sign_in, vendor: Vendor) -> None:
    assert sign_in(vendor).profile.creates is Dedup.READ_BACK
    assert sign_in(vendor, marks="no").profile.creates is Dedup.READ_BACK
    assert sign_in(vendor, tenantUid="").profile.creates is Dedup.KEYED


def test_a_server_of_ours_stays_ours_whatever_is_set(sign_in) -> None:
    assert sign_in(Routes()).facts().profile.creates is Dedup.KEYED


def test_a_wrong_address_does_not_pass_for_a_plain_vendor(sign_in) -> None:
    with pytest.raises(WrongAddressError):
        sign_in(lambda _: httpx.Response(404, text="<html>", headers={"content-type": "text/html"})).facts()


# What goes out.


def test_what_is_made_is_marked_and_carries_no_header_of_ours(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor)
    desk.facts()
    made = frozen(desk, FUSE)
    assert made.request is not None
    assert made.request.headers == {"Content-Type": "application/json"}
    assert body_of(made) == {"name": "Fuse", "note": f"slow {MARK}"}
    assert body_of(frozen(desk, operation(RecordType.EVENT, event_type="on_shelf")))["notes"] == MARK
    change = frozen(desk, operation(RecordType.ITEM, Verb.UPDATE, note="fast"))
    assert change.request is not None
    assert (change.request.headers, body_of(change)) == ({"Content-Type": "application/json"}, {"note": "fast"})
    removal = frozen(desk, operation(RecordType.ITEM, Verb.DELETE)).request
    assert removal is not None
    assert (removal.method, removal.body) == ("DELETE", b"")


def test_a_new_order_says_nothing_of_acceptance_which_the_vendor_does_not_have(sign_in, vendor: Vendor) -> None:
    made = operation(RecordType.ORDER, title="No picture", service_type_uid="t1", requires_acceptance=False)
    assert body_of(frozen_after_facts(sign_in(vendor), made)) == {
        "title": "No picture",
        "serviceTypeUid": "t1",
        "description": MARK,
    }


def test_nothing_is_marked_where_that_is_not_wished(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor, marks="no")
    desk.facts()
    assert body_of(frozen(desk, FUSE)) == {"name": "Fuse", "note": "slow"}


def test_an_acceptance_is_refused_in_words(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor)
    desk.facts()
    with pytest.raises(NotSupportedError, match="knows no acceptance"):
        frozen(desk, operation(RecordType.ORDER, Verb.ACCEPT, accepted=True))


def test_amounts_and_quantities_go_out_and_come_in_in_the_vendors_units(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor, priceScale="100", quantityScale="100")
    desk.facts()
    sold = frozen(desk, operation(RecordType.ITEM, name="Fuse", price="2.29 EUR", quantity="1.5"))
    assert body_of(sold) == {"name": "Fuse", "price": 229, "quantity": 150, "note": MARK}
    item = {"serviceOrderItemUid": "i1", "name": "Fuse", "price": 229, "quantity": 150, "totalPrice": 343.5}
    bill = {"salesOrderUid": "s1", "lines": [{"name": "Fuse", "price": 229, "quantity": 150}]}
    odd = {"serviceEventUid": "e1", "eventType": "sold", "data": {"metadata": {"price": 229}}}
    vendor.has("o1", items=[item], totals={"grandTotal": 12345}, maxPrice=10, salesOrders=[], estimatedPrice=None)
    vendor.parts["o1/events"] = [odd]
    whole = desk.fetch(PulledOrder(server_id="o1", document={"store_uid": "graz"}))
    assert (whole.document["totals"], whole.document["max_price"]) == ({"grand_total": "123.45 EUR"}, "0.1 EUR")
    documents = {one.record_type: one.document for one in whole.parts}
    shown = documents[RecordType.ITEM]
    assert (shown["price"], shown["quantity"], shown["total_price"]) == ("2.29 EUR", "1.5", "3.435 EUR")
    assert documents[RecordType.EVENT]["data"] == {"metadata": {"price": 229}}
    vendor.orders["o1"]["salesOrders"] = [bill]
    whole = desk.fetch(PulledOrder(server_id="o1", document={"store_uid": "graz"}))
    (line,) = next(one.document["lines"] for one in whole.parts if one.record_type is RecordType.SALES_ORDER)
    assert (line["price"], line["quantity"]) == ("2.29 EUR", "1.5")


def test_an_amount_that_the_vendor_cannot_count_is_not_sent(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor, priceScale="100")
    desk.facts()
    with pytest.raises(NotSupportedError, match="1/100"):
        frozen(desk, operation(RecordType.ITEM, name="Fuse", price="0.125 EUR"))


@pytest.mark.parametrize(
    ("came", "kind", "words"),
    [
        (json_answer({"message": "Gone away"}, 404), OutcomeClass.GONE, "Gone away"),
        (json_answer({"title": "No price", "detail": ""}, 422), OutcomeClass.REJECTED, "No price"),
        (json_answer(["odd"], 410), OutcomeClass.GONE, "The server no longer has this"),
        (problem(409, "order_closed", "It is closed"), OutcomeClass.REJECTED, "It is closed"),
        (json_answer({"message": "Object reference"}, 500), OutcomeClass.AMBIGUOUS, "The server failed while"),
        (json_answer({"message": "expired"}, 401), OutcomeClass.AUTH, "The server does not accept this sign-in"),
        (httpx.Response(404, text="nothing here"), OutcomeClass.CAPTIVE, "Something else"),
        (
            httpx.Response(400, text="{odd", headers={"content-type": "application/json"}),
            OutcomeClass.REJECTED,
            "did not say why",
        ),
    ],
)
def test_a_refusal_is_taken_at_its_word_without_a_code(sign_in, vendor: Vendor, came, kind, words: str) -> None:
    desk = sign_in(lambda request: came if request.method == "POST" else vendor(request))
    desk.facts()
    outcome = desk.send(frozen(desk, FUSE))
    assert outcome.kind is kind
    assert words in outcome.reason


# Looking for what was sent.


def item(**members: Any) -> dict[str, Any]:
    return {"serviceOrderItemUid": "i1", "name": "Fuse", "note": "slow", **members}


@pytest.mark.parametrize(
    ("items", "sighting"),
    [
        ([item(note=f"slow {MARK}")], Sighting.FOUND),
        ([item(), item(serviceOrderItemUid="i2", note=f"slow {MARK}")], Sighting.FOUND),
        ([item(note=f"slow {MARK}, says Ida", name="Fuse 2A")], Sighting.FOUND),
        ([], Sighting.ABSENT),
        ([item(name="Screw")], Sighting.ABSENT),
        ([item(note="slow [TD ZZZZZZ]")], Sighting.ABSENT),
        ([item()], Sighting.UNCLEAR),
        ([item(note=f"slow {MARK[:5]}")], Sighting.UNCLEAR),
        ([item(note=None)], Sighting.UNCLEAR),
        ([item(serviceOrderItemUid="")], Sighting.UNCLEAR),
        (None, Sighting.HIDDEN),
    ],
)
def test_an_item_is_known_by_its_mark_and_what_looks_alike_is_for_a_person(sign_in, vendor, items, sighting) -> None:
    vendor.has("o1", items=items)
    desk = sign_in(vendor)
    seen = desk.read_back(frozen_after_facts(desk, FUSE))
    assert seen.sighting is sighting
    if sighting is Sighting.FOUND:
        assert seen.record is not None
        assert not seen.record["note"].endswith("]")
        assert seen.server_id == items[-1]["serviceOrderItemUid"]
    else:
        assert bool(seen.reason) is (sighting is not Sighting.ABSENT)


def frozen_after_facts(desk: FlowRetailConnector, wanted: Operation) -> Operation:
    desk.facts()
    return frozen(desk, wanted)


@pytest.mark.parametrize(
    ("started", "note", "sighting"),
    [
        ("2026-06-01T12:00:00+02:00", "", Sighting.UNCLEAR),
        ("2026-06-01T10:01:00.000Z", "", Sighting.ABSENT),
        ("2026-06-01T10:01:00.000Z", MARK, Sighting.FOUND),
    ],
)
def test_hours_that_began_at_the_same_instant_look_alike(sign_in, vendor, started, note, sighting) -> None:
    vendor.has("o1")
    vendor.parts["o1/hours"] = [{"serviceHoursUid": "h1", "startedAt": started, "note": note}]
    desk = sign_in(vendor)
    hours = frozen_after_facts(desk, operation(RecordType.HOURS, started_at="2026-06-01T10:00:00.000Z"))
    assert desk.read_back(hours).sighting is sighting


@pytest.mark.parametrize("counts", [True, False])
def test_an_order_is_looked_for_on_every_page(sign_in, counts: bool) -> None:
    vendor = Vendor(counts=counts, page_limit=2)
    for number in range(5):
        vendor.has(f"o{number}", description="x")
    desk = sign_in(vendor)
    made = operation(RecordType.ORDER, title="No picture", service_type_uid="t-depot")
    wanted = frozen_after_facts(desk, made)
    assert desk.read_back(wanted).sighting is Sighting.ABSENT
    vendor.has("o7", title="No picture", description=MARK, createdAt=instant(-900))
    seen = desk.read_back(wanted)
    assert (seen.sighting, seen.server_id) == (Sighting.FOUND, "o7")
    del vendor.orders["o7"]["description"]
    assert desk.read_back(wanted).sighting is Sighting.UNCLEAR


def test_an_order_whose_text_the_list_leaves_out_is_fetched(sign_in, vendor: Vendor) -> None:
    vendor.has("o7", title="No picture", description=MARK)
    cut = {name: value for name, value in vendor.orders["o7"].items() if name != "description"}
    desk = sign_in(lambda request: listed(cut) if request.url.path == ORDERS else vendor(request))
    wanted = frozen_after_facts(desk, operation(RecordType.ORDER, title="No picture", service_type_uid="t-depot"))
    assert desk.read_back(wanted).server_id == "o7"
    vendor.orders.clear()
    assert desk.read_back(wanted).sighting is Sighting.ABSENT


def test_on_an_order_that_is_gone_nothing_was_made(sign_in, vendor: Vendor) -> None:
    desk = sign_in(vendor)
    assert desk.read_back(frozen_after_facts(desk, FUSE)).sighting is Sighting.ABSENT


def test_a_look_that_fails_proves_nothing(sign_in, vendor: Vendor) -> None:
    works = True
    desk = sign_in(lambda request: vendor(request) if works else httpx.Response(503))
    wanted = frozen_after_facts(desk, FUSE)
    works = False
    seen = desk.read_back(wanted)
    assert (seen.sighting, bool(seen.reason)) == (Sighting.UNKNOWN, True)
    anew = sign_in(lambda _: httpx.Response(503))
    assert anew.read_back(wanted).sighting is Sighting.UNKNOWN


@pytest.mark.parametrize(
    ("known", "bills", "sighting"),
    [
        ((), ["b1"], Sighting.FOUND),
        (("b1",), ["b1", "b2"], Sighting.FOUND),
        (("b1",), ["b1"], Sighting.ABSENT),
        ((), ["b1", "b2"], Sighting.UNCLEAR),
        (None, ["b1"], Sighting.UNCLEAR),
    ],
)
def test_a_bill_has_no_mark_and_is_known_as_the_only_new_one(sign_in, vendor, known, bills, sighting) -> None:
    vendor.has("o1")
    vendor.parts["o1/salesorders"] = [{"salesOrderUid": one, "createdAt": instant(0)} for one in bills]
    desk = sign_in(vendor)
    bill = replace(frozen_after_facts(desk, operation(RecordType.SALES_ORDER)), known=known, first_sent_at=NOON)
    seen = desk.read_back(bill)
    assert (seen.sighting, seen.server_id) == (sighting, bills[-1] if sighting is Sighting.FOUND else None)


@pytest.mark.parametrize(
    ("items", "sighting"),
    [
        ([item(serviceOrderItemUid="older")], Sighting.ABSENT),
        ([item(serviceOrderItemUid="older"), item(serviceOrderItemUid="i2")], Sighting.FOUND),
        ([item(), item(serviceOrderItemUid="i2")], Sighting.UNCLEAR),
        ([item(note="slow [TD ZZZZZZ]")], Sighting.ABSENT),
        ([item(createdAt=instant(-10))], Sighting.UNCLEAR),
    ],
)
def test_what_lost_its_mark_or_never_had_one_is_known_by_what_it_says(sign_in, vendor, items, sighting) -> None:
    vendor.has("o1", items=items)
    desk = sign_in(vendor, marks="no")
    fuse = replace(frozen_after_facts(desk, FUSE), known=("older",), first_sent_at=NOON)
    seen = desk.read_back(fuse)
    assert (seen.sighting, seen.by_likeness) == (sighting, sighting is Sighting.FOUND)


def test_two_items_with_our_mark_are_told(sign_in, vendor: Vendor) -> None:
    vendor.has("o1", items=[item(note=MARK), item(serviceOrderItemUid="i2", note=MARK)])
    desk = sign_in(vendor)
    seen = desk.read_back(frozen_after_facts(desk, FUSE))
    assert (seen.sighting, seen.server_id, seen.is_double) == (Sighting.FOUND, "i1", True)


def test_what_carries_our_mark_and_cannot_be_read_is_not_shown(sign_in, vendor: Vendor) -> None:
    vendor.has("o1", items=[item(note=MARK, serviceOrderItemUid="")])
    desk = sign_in(vendor)
    assert desk.read_back(frozen_after_facts(desk, FUSE)).sighting is Sighting.HIDDEN


def test_an_order_in_a_list_that_cannot_be_read_might_be_ours(sign_in) -> None:
    odd = {"serviceOrderUid": "o7", "title": 7, "createdAt": instant(0)}
    desk = sign_in(lambda request: listed(odd) if request.url.path == ORDERS else Vendor()(request))
    wanted = frozen_after_facts(desk, operation(RecordType.ORDER, title="No picture", service_type_uid="t-depot"))
    assert desk.read_back(wanted).sighting is Sighting.UNCLEAR


# Looking at what was to be changed or removed.


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
@pytest.mark.parametrize("record_type", [RecordType.ITEM, RecordType.EVENT, RecordType.HOURS, RecordType.ORDER])
def test_what_was_to_be_changed_is_shown_as_it_is_now(sign_in, vendor: Vendor, record_type, verb: Verb) -> None:
    vendor.has("o1", items=[item(serviceOrderItemUid="i0"), item(serviceOrderItemUid="x9", note=f"new {MARK}")])
    vendor.has("x9", title="Theirs", lastModifiedAt=instant(7))
    vendor.parts["o1/events"] = [{"serviceEventUid": "x9", "eventType": "on_shelf", "notes": "new"}]
    vendor.parts["o1/hours"] = [{"serviceHoursUid": "x9", "note": "new"}]
    desk = sign_in(vendor)
    wanted = frozen_after_facts(desk, operation(record_type, verb, **({} if verb is Verb.DELETE else {"note": "n"})))
    seen = desk.read_back(wanted)
    assert (seen.sighting, seen.server_id) == (Sighting.SHOWN, "x9")
    assert seen.record is not None
    assert "new" in seen.record.values() or (seen.record["title"], seen.revision) == ("Theirs", instant(7))
    vendor.orders.pop("x9")
    vendor.orders["o1"]["items"] = []
    vendor.parts.clear()
    assert desk.read_back(wanted).sighting is Sighting.GONE
    vendor.orders.clear()
    assert desk.read_back(wanted).sighting is Sighting.GONE


# Looking at a server of ours, once a key is too old.


def ours_over(sign_in: Any, handler: Any) -> FlowRetailConnector:
    """Sign in to our own server, whose orders `handler` knows."""
    routes = Routes()

    def answer(request: httpx.Request) -> httpx.Response:
        is_of_an_order: bool = "/stores/" in request.url.path
        came: httpx.Response = handler(request) if is_of_an_order else routes(request)
        return came

    desk: FlowRetailConnector = sign_in(answer)
    desk.facts()
    return desk


def test_what_our_own_server_took_long_ago_is_known_by_what_it_says(sign_in) -> None:
    vendor = Vendor()
    vendor.has("o1", items=[item(revision=3, createdBy="Kim"), item(serviceOrderItemUid="i2", createdBy="Ole")])
    desk = ours_over(sign_in, vendor)
    fuse = replace(frozen(desk, FUSE), known=(), created_by="Kim", first_sent_at=NOON)
    seen = desk.read_back(fuse)
    assert (seen.sighting, seen.server_id, seen.revision, seen.by_likeness) == (Sighting.FOUND, "i1", "3", True)


def test_a_mark_in_a_text_says_nothing_on_our_own_server(sign_in) -> None:
    vendor = Vendor()
    vendor.has("o1", items=[item(note=MARK)])
    desk = ours_over(sign_in, vendor)
    fuse = replace(frozen(desk, FUSE), known=(), first_sent_at=NOON)
    assert desk.read_back(fuse).sighting is Sighting.UNCLEAR


def found_page(*orders: dict[str, Any], total: int) -> httpx.Response:
    return json_answer({"items": orders, "paging": {"totalCount": total}})


def test_an_order_is_searched_for_on_our_own_server_by_title_and_day(sign_in) -> None:
    asked: list[httpx.Request] = []
    kettle = {"title": "Kettle", "createdAt": instant(1), "serviceTypeUid": "t-depot"}
    pages = {
        "1": found_page({**kettle, "serviceOrderUid": "o8", "createdAt": instant(-2000)}, total=2),
        "2": found_page({**kettle, "serviceOrderUid": "o9"}, total=2),
    }

    def search(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return pages[request.url.params["pageNumber"]]

    desk = ours_over(sign_in, search)
    wanted = frozen(desk, operation(RecordType.ORDER, title="Kettle", service_type_uid="t-depot"), order=None)
    seen = desk.read_back(replace(wanted, known=(), first_sent_at=NOON))
    assert (seen.sighting, seen.server_id) == (Sighting.FOUND, "o9")
    assert {one.url.path for one in asked} == {f"{ORDERS}/search"}
    assert json.loads(asked[0].content) == {"title": "Kettle", "fromDate": "2026-05-31"}


def test_a_search_without_an_end_or_a_form_proves_nothing(sign_in) -> None:
    wanted = operation(RecordType.ORDER, title="Kettle", service_type_uid="t-depot")
    for came, expected in [
        (found_page(total=5), Sighting.ABSENT),
        (json_answer({"items": []}), Sighting.UNKNOWN),
        (json_answer({"items": None, "paging": {}}), Sighting.UNKNOWN),
    ]:
        desk = ours_over(sign_in, lambda _, came=came: came)
        assert desk.read_back(frozen(desk, wanted, order=None)).sighting is expected


@pytest.mark.parametrize(
    ("accepted", "members", "sighting"),
    [
        (True, {"acceptedAt": instant(0)}, Sighting.FOUND),
        (True, {}, Sighting.ABSENT),
        (False, {}, Sighting.FOUND),
        (False, {"assignedUserUid": "u-ole"}, Sighting.ABSENT),
        (False, {"acceptedAt": instant(0)}, Sighting.ABSENT),
    ],
)
def test_an_acceptance_is_looked_for_on_our_own_server(sign_in, accepted, members, sighting) -> None:
    vendor = Vendor()
    vendor.has("x9", **members)
    desk = ours_over(sign_in, vendor)
    wanted = frozen(desk, operation(RecordType.ORDER, Verb.ACCEPT, accepted=accepted))
    assert desk.read_back(wanted).sighting is sighting
    vendor.orders.clear()
    assert desk.read_back(wanted).sighting is Sighting.HIDDEN


# Pulling by lists.


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("limit", [50, 2])
def test_the_first_poll_brings_every_order_once(counts: bool, limit: int) -> None:
    vendor = Vendor(counts=counts, page_limit=limit)
    for number in range(5):
        vendor.has(f"o{number}", changed=number, state="CLOSED")
    pull = Puller(vendor)
    assert pull.poll() == ([f"o{number}" for number in range(5)], [])
    assert pull.poll() == ([], [])
    pull.http.close()


@pytest.mark.parametrize(("orders", "limit"), [(50, 50), (51, 50), (120, 50), (2, 2), (7, 3), (9, 3)])
def test_a_vendor_that_counts_only_the_page_hides_no_order(
    vendor: Vendor, pull: Puller, orders: int, limit: int
) -> None:
    vendor.counts_a_page, vendor.page_limit = True, limit
    for number in range(orders):
        vendor.has(f"o{number:03}", changed=-100, state="CLOSED")
    assert len(pull.poll()[0]) == orders
    for number in range(orders):
        vendor.has(f"o{number:03}", changed=5, state="CLOSED")
    assert len(pull.poll()[0]) == orders


def test_a_vendor_that_counts_only_the_page_hides_no_order_that_is_looked_for(sign_in, vendor: Vendor) -> None:
    vendor.counts_a_page = True
    for number in range(60):
        vendor.has(f"o{number}", description="x", createdAt=instant(-10))
    vendor.has("o7", title="No picture", description=MARK, createdAt=instant(-900))
    desk = sign_in(vendor)
    wanted = frozen_after_facts(desk, operation(RecordType.ORDER, title="No picture", service_type_uid="t-depot"))
    assert desk.read_back(wanted).server_id == "o7"


def test_a_walk_brings_what_changed_once_and_stops_where_the_last_began(vendor: Vendor, pull: Puller) -> None:
    for number in range(120):
        vendor.has(f"o{number:03}", changed=-number - 10, state="CLOSED")
    pull.poll()
    pull.poll()
    vendor.has("o119", changed=1)
    vendor.asked.clear()
    assert pull.poll() == (["o119"], [])
    assert [one.url.params["pageNumber"] for one in vendor.asked if one.url.path == ORDERS] == ["1"]
    assert pull.poll() == ([], [])
    assert vendor.fetched() == ["o119"]


def test_a_change_that_shows_late_is_brought_within_the_overlap(vendor: Vendor, pull: Puller) -> None:
    vendor.has("o1", changed=1)
    vendor.has("o2", changed=-60)
    pull.poll()
    pull.poll()
    vendor.has("o2", changed=0)
    assert pull.poll()[0] == ["o2"]


def test_an_order_that_changed_just_now_is_brought_again_as_it_may_change_within_the_second(vendor, pull) -> None:
    vendor.has("o1", changed=30)
    pull.poll()
    assert (pull.poll()[0], pull.poll()[0]) == (["o1"], ["o1"])
    pull.now += timedelta(seconds=10)
    assert (pull.poll()[0], pull.poll()[0]) == (["o1"], [])


def test_a_page_that_was_dropped_comes_again(vendor: Vendor, pull: Puller) -> None:
    vendor.has("o1", changed=-60)
    pull.poll()
    pull.poll()
    before = pull.cursor
    vendor.has("o1", changed=1)
    assert pull.poll()[0] == ["o1"]
    pull.cursor = before
    assert pull.poll()[0] == ["o1"]


def test_a_sweep_an_hour_later_brings_open_orders_and_what_changed_but_not_old_ones(vendor, pull) -> None:
    vendor.has("open", changed=-600)
    vendor.has("closed", changed=-600, state="CLOSED")
    vendor.has("late", changed=-600, state="CANCELLED")
    vendor.has("newest", changed=0, state="CLOSED")
    pull.poll()
    pull.poll()
    vendor.parts["open/events"] = [{"serviceEventUid": "e1", "eventType": "on_shelf"}]
    vendor.has("late", changed=-1, state="CANCELLED")
    pull.now += timedelta(minutes=59)
    assert pull.poll() == (["late"], [])
    pull.now += timedelta(minutes=2)
    assert sorted(pull.poll()[0]) == ["late", "newest", "open"]
    pull.now -= timedelta(days=1)
    assert "open" in pull.poll()[0]


def test_only_the_servers_own_word_removes_an_order(vendor: Vendor, pull: Puller) -> None:
    for uid in ("gone", "hidden", "stays"):
        vendor.has(uid, state="CLOSED", changed=-600)
    vendor.has("newest", state="CLOSED")
    pull.poll()
    del vendor.orders["gone"]
    vendor.hidden.add("hidden")
    assert pull.poll() == ([], [])
    pull.now += timedelta(hours=2)
    assert pull.poll() == (["newest", "hidden"], ["gone"])


def test_many_missing_orders_are_asked_for_page_by_page(vendor: Vendor, pull: Puller) -> None:
    vendor.has("stays", changed=-600)
    pull.poll()
    pull.held = sorted(["stays", *(f"gone{number:03}" for number in range(ASKED_AT_ONCE + 1))])
    pull.now += timedelta(hours=2)
    pull.page()
    assert pull.page() == ([], [], True)
    _, deleted, more = pull.page()
    assert (len(deleted), more) == (ASKED_AT_ONCE, True)
    assert pull.page() == ([], ["gone050"], False)
    assert not pull.lists_nothing


def test_an_order_that_slipped_out_of_one_listing_is_not_even_asked_for(vendor: Vendor, pull: Puller) -> None:
    vendor.has("shy", changed=-600, state="CLOSED")
    vendor.has("stays", changed=-600, state="CLOSED")
    pull.poll()
    pull.now += timedelta(hours=2)
    vendor.hidden.add("shy")
    pull.page()
    vendor.hidden.clear()
    vendor.asked.clear()
    assert pull.poll() == ([], [])
    assert vendor.fetched() == []


def test_a_list_with_nothing_in_it_says_so_beside_what_is_gone(vendor: Vendor, pull: Puller) -> None:
    vendor.has("o1", changed=-600)
    pull.poll()
    vendor.orders.clear()
    pull.now += timedelta(hours=2)
    assert pull.poll() == ([], ["o1"])
    assert pull.lists_nothing


def test_a_second_listing_that_a_restart_broke_off_begins_with_the_first(vendor: Vendor, pull: Puller) -> None:
    vendor.has("stays", changed=-600, state="CLOSED")
    pull.poll()
    pull.held.append("gone")
    pull.now += timedelta(hours=2)
    pull.page()
    pull.restart()
    vendor.asked.clear()
    assert pull.poll()[1] == ["gone"]
    assert len([one for one in vendor.asked if one.url.path == ORDERS]) == 3


def test_a_sweep_that_a_restart_broke_off_begins_anew(pull: Puller, vendor: Vendor) -> None:
    vendor.page_limit = 2
    for number in range(5):
        vendor.has(f"o{number}", changed=-600)
    assert pull.page() == (["o0", "o1"], [], True)
    pull.restart()
    assert pull.poll() == ([f"o{number}" for number in range(5)], [])


def test_an_order_that_goes_while_it_is_fetched_and_one_that_cannot_be_read_hold_nobody_up(vendor, pull) -> None:
    vendor.has("bad", title=7)
    vendor.has("good")
    vendor.orders["odd"] = {"title": "no uid", "serviceOrderUid": 5, "lastModifiedAt": "yesterday"}
    page = pull.puller.pull(Place(store_uid="graz"), ["held"], PlainReader(read_settings(SETTINGS), {}))
    assert [one.server_id for one in page.orders] == ["good"]
    assert [(one.server_id, one.reason) for one in page.bad] == [("bad", "title: is not text")]


@pytest.mark.parametrize("forbidden", ["/o1", "/o1/hours"])
def test_an_order_that_the_vendor_does_not_show_us_holds_nobody_up(sign_in, vendor: Vendor, forbidden: str) -> None:
    def asked(request: httpx.Request) -> httpx.Response:
        no = json_answer({"message": "Not your order"}, 403)
        return no if request.url.path.endswith(f"{ORDERS}{forbidden}") else vendor(request)

    vendor.has("o1")
    vendor.has("o2")
    desk = sign_in(asked)
    desk.facts()
    page = desk.pull("", ["o1", "o2"])
    assert ([one.server_id for one in page.orders], page.deleted) == (["o2"], [])
    assert [(one.server_id, one.reason, one.is_hidden) for one in page.bad] == [("o1", "Not your order", True)]
    worked = operation(RecordType.HOURS, started_at=instant(0))
    assert desk.read_back(frozen(desk, worked)).sighting is Sighting.HIDDEN


@pytest.mark.parametrize("ill", ["o1", "o1/hours"])
def test_an_order_for_which_the_vendor_always_fails_holds_nobody_up_and_is_asked_for_again(
    vendor: Vendor, pull: Puller, ill: str
) -> None:
    vendor.has("o1", changed=-60, state="CLOSED")
    vendor.has("o2", changed=0, state="CLOSED")
    vendor.ill = {ill}
    pull.held = ["o1"]
    for _ in range(2):
        with pytest.raises(BusyError):
            pull.page()
    page = pull.puller.pull(Place(store_uid="graz"), ["o1"], PlainReader(read_settings(SETTINGS), {}))
    assert [(one.server_id, one.fails) for one in page.bad] == [("o1", True)]
    assert pull.poll() == (["o2"], [])
    vendor.ill = set()
    assert pull.poll() == ([], [])
    vendor.has("o3", changed=10, state="CLOSED")
    pull.now += timedelta(hours=1)
    assert sorted(pull.poll()[0]) == ["o1", "o2", "o3"]
    pull.now += timedelta(hours=1)
    assert pull.poll() == (["o3"], [])


def test_an_answer_about_another_order_is_not_taken_for_the_one_that_was_asked_for(
    vendor: Vendor, pull: Puller
) -> None:
    vendor.has("o1")
    vendor.has("o2")
    vendor.orders["o1"] = vendor.orders["o1"] | {"serviceOrderUid": "o3"}
    vendor.listed = [{"serviceOrderUid": one, "lastModifiedAt": instant(0)} for one in ("o1", "o2")]
    for _ in range(2):
        with pytest.raises(BusyError):
            pull.page()
    assert pull.poll() == (["o2"], [])


def test_no_words_are_put_into_the_mouth_of_a_vendor_that_only_refuses(sign_in, vendor: Vendor) -> None:
    vendor.has("o1")
    desk = sign_in(lambda request: json_answer({}, 403) if "/o1" in request.url.path else vendor(request))
    desk.facts()
    assert [(one.server_id, one.reason) for one in desk.pull("").bad] == [("o1", "")]


def test_a_forbidden_list_of_orders_is_named(sign_in, vendor: Vendor) -> None:
    no = json_answer({"message": "No orders for you"}, 403)
    desk = sign_in(lambda request: no if request.url.path == ORDERS else vendor(request))
    desk.facts()
    with pytest.raises(NotShownError, match=r"its orders to your sign-in\. The server says: No orders for you\. Ask"):
        desk.pull("", [])


def test_a_gateway_that_forbids_what_it_does_not_know_is_a_vendors(sign_in, vendor: Vendor) -> None:
    no = json_answer({"message": "Missing Authentication Token"}, 403)
    desk = sign_in(lambda request: no if request.url.path == "/v2/capabilities" else vendor(request))
    assert not desk.facts().profile.has_feed


def test_a_list_of_choices_that_is_forbidden_is_empty(sign_in, vendor: Vendor) -> None:
    no = json_answer({"message": "Forbidden"}, 403)
    desk = sign_in(lambda request: no if request.url.path.endswith("/hourlyrates") else vendor(request))
    references = desk.facts().references
    assert (references["hourly_rates"], bool(references["service_types"])) == ([], True)


def test_a_vendor_that_forbids_every_list_refuses_the_sign_in(sign_in, vendor: Vendor) -> None:
    desk = sign_in(lambda request: json_answer({"message": "Token expired"}, 403))
    with pytest.raises(WrongCredentialsError, match=r"The server says: Token expired\. Sign in again") as raised:
        desk.facts()
    assert raised.value.title == WrongCredentialsError.default_title


@pytest.mark.parametrize("headers", [{}, {"www_authenticate": 'Bearer error="invalid_token"'}])
def test_a_list_that_is_forbidden_is_a_refused_sign_in(sign_in, vendor: Vendor, headers: dict[str, str]) -> None:
    desk = sign_in(lambda request: vendor(request) if request.url.path != ORDERS else json_answer({}, 403, **headers))
    desk.facts()
    with pytest.raises(WrongCredentialsError) as raised:
        desk.pull("", [])
    assert isinstance(raised.value, NotShownError) == (not headers)


def test_another_store_begins_anew_and_a_feeds_place_is_not_known(sign_in, vendor: Vendor) -> None:
    assert read_place(str(Place(store_uid="oslo", since="x")), "graz") == Place(store_uid="graz")
    with pytest.raises(CursorExpiredError):
        read_place('{"cursors": {}, "next": ""}', "graz")
    ours = sign_in(Routes(), storeUid="")
    ours.facts()
    with pytest.raises(CursorExpiredError):
        ours.pull(str(Place(store_uid="graz")))
    desk = sign_in(vendor)
    desk.facts()
    vendor.has("o1")
    assert [one.server_id for one in desk.pull("").orders] == ["o1"]


def test_what_is_no_list_is_told_in_words(sign_in, vendor: Vendor) -> None:
    odd = json_answer({"items": {}})
    desk = sign_in(lambda request: odd if request.url.path == ORDERS else vendor(request))
    desk.facts()
    with pytest.raises(BusyError, match="no list"):
        desk.pull("")
