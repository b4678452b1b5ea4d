"""What a server should not answer: a newer one's words are shown as they are, harm costs only what it stands in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from techdesk.application.exchange import FreezeTarget
from techdesk.application.outbox import Operation, Verb
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.errors import BusyError, TechDeskError
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING
from tests.unit.connectors.answering import Routes, an_order, answer, connector, json_answer

NEWER: dict[str, Any] = {"priority": "SHOWSTOPPER", "serviceState": "AT_THE_MOON"}


def page(*orders: Any) -> bytes:
    return json.dumps({"orders": orders, "deleted": [], "cursor": "c1", "more": False}).encode()


class Desks:
    """Make connectors whose server answers a pull as told."""

    def __init__(self) -> None:
        self.made: list[FlowRetailConnector] = []

    def over(self, changes: httpx.Response) -> FlowRetailConnector:
        one = connector(Routes(changes=changes), storeUid="oslo")
        self.made.append(one)
        one.facts()
        return one


@pytest.fixture
def desks() -> Iterator[Desks]:
    made = Desks()
    yield made
    for one in made.made:
        one.close()


def test_the_words_of_a_newer_server_are_shown_as_they_are(desks: Desks) -> None:
    event = {"serviceEventUid": "e1", "eventType": "teleported", "data": {"beam": "B"}, "revision": 1}
    told = {"serviceNotificationUid": "n1", "channel": "PIGEON", "status": "LOST_AT_SEA", "revision": 1}
    order = an_order("o1", **NEWER, events=[event], notifications=[told])

    (one,) = desks.over(json_answer(json.loads(page(order)))).pull("").orders

    assert (one.document["priority"], one.document["service_state"]) == ("SHOWSTOPPER", "AT_THE_MOON")
    kept = {part.server_id: part.document for part in one.parts}
    assert (kept["e1"]["event_type"], kept["e1"]["data"]) == ("teleported", {"beam": "B"})
    assert (kept["n1"]["channel"], kept["n1"]["status"]) == ("PIGEON", "LOST_AT_SEA")


def test_a_change_of_another_field_leaves_a_newer_servers_words_alone(desks: Desks) -> None:
    one = desks.over(json_answer(json.loads(page(an_order("o1", **NEWER)))))
    (pulled,) = one.pull("").orders
    wanted = Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o1",
        record_type=RecordType.ORDER,
        record_id="o1",
        verb=Verb.UPDATE,
        intent={"title": "No power at all"},
        created_at=MORNING,
    )
    target = FreezeTarget(
        order_server_id="o1", record_server_id="o1", revision="3", base=pulled.document, order=pulled.document
    )

    assert one.freeze(wanted, target).body == b'{"title":"No power at all"}'


def test_one_order_nested_ten_thousand_levels_is_set_aside_and_the_rest_goes_in(desks: Desks) -> None:
    deep = b'{"serviceOrderUid": "o2", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    whole = page(an_order("o1"), "HERE", an_order("o3")).replace(b'"HERE"', deep)

    got = desks.over(answer(200, whole, content_type="application/json")).pull("")

    assert [one.server_id for one in got.orders] == ["o1", "o3"]
    (bad,) = got.bad
    assert (bad.server_id, "nested" in bad.reason) == ("o2", True)


ODD = {
    "a control character": (b"tab\there", True),
    "NUL": (b"a\0b", False),
    "half UTF-8": (b"M\xfcller", False),
    "half a surrogate": (b"\xed\xa0\xbd", False),
    "a number of 5000 digits": (b'", "oddNumber": ' + b"1" * 5000 + b', "x": "', True),
}


@pytest.mark.parametrize(("odd", "is_read"), ODD.values(), ids=ODD)
def test_one_order_whose_text_breaks_the_rules_of_json_costs_no_other(desks: Desks, odd: bytes, is_read: bool) -> None:
    whole = page(an_order("o1"), an_order("o2", title="ODD"), an_order("o3")).replace(b"ODD", odd)

    got = desks.over(answer(200, whole, content_type="application/json")).pull("")

    assert [one.server_id for one in got.orders] == (["o1", "o2", "o3"] if is_read else ["o1", "o3"])
    assert [one.server_id for one in got.bad] == ([] if is_read else ["o2"])


def test_a_page_in_the_characters_that_it_names_is_read(desks: Desks) -> None:
    whole = page(an_order("o1", title="MARK")).replace(b"MARK", "Müller".encode("cp1252"))

    got = desks.over(answer(200, whole, content_type='application/json; Charset="Windows-1252"')).pull("")

    assert [one.document["title"] for one in got.orders] == ["Müller"]


@pytest.mark.parametrize("odd", ["a/b", "..", ".", "a?b", "a#b", "a%2Fb", "a b", "a\\b", "a\n", "x" * 501, "\x85"])
def test_an_order_whose_id_would_lead_elsewhere_is_set_aside(desks: Desks, odd: str) -> None:
    got = desks.over(json_answer(json.loads(page(an_order(odd), an_order("o.2:é"))))).pull("")

    assert [one.server_id for one in got.orders] == ["o.2:é"]
    assert [one.reason for one in got.bad] == ["serviceOrderUid: cannot stand in an address"]


@pytest.mark.parametrize(
    "spoilt",
    [
        answer(200, b"[" * 1_000_000, content_type="application/json"),
        answer(200, gzip.compress(b" " * 50_000_000, 1), content_type="application/json", content_encoding="gzip"),
        answer(200, *[b" " * 1_000_000] * 50, content_type="application/json"),
        answer(200, b"<html>Sign in to the hotel", content_type="text/html"),
        answer(200, b"\xff\xfe{\0}\0", content_type="application/json"),
    ],
    ids=["depth", "gzip bomb", "fifty megabytes", "HTML", "UTF-16"],
)
def test_an_answer_that_is_no_page_is_told_in_words(desks: Desks, spoilt: httpx.Response) -> None:
    with pytest.raises(TechDeskError) as told:
        desks.over(spoilt).pull("")

    assert told.value.title
    assert told.value.hint


def test_a_list_whose_count_is_none_ends_and_what_cannot_be_read_is_left_out_of_it() -> None:
    wares = [{"productUid": "p1", "name": "Fuse", "price": 2.5}, {"productUid": "p2", "price": []}, {"x": "\ud800"}]
    spoilt = json_answer({"items": wares, "paging": {"totalCount": "many"}})
    desk = connector(Routes(products=spoilt, users=json_answer({"items": 7, "paging": [1]})), storeUid="oslo")

    facts = desk.facts()
    desk.close()

    assert [one["product_uid"] for one in facts.references["products"]] == ["p1"]
    assert facts.references["users"] == []


def test_a_server_that_gives_the_same_page_for_ever_is_told_so_after_the_second() -> None:
    page = {"items": [{"productUid": "p1"}], "paging": {"totalCount": 10**9}}
    routes = Routes(products=lambda _: json_answer(page))
    desk = connector(routes, storeUid="oslo")

    with pytest.raises(BusyError, match="again and again"):
        desk.facts()
    desk.close()

    assert sum(one.url.path.endswith("/products") for one in routes.requests) == 2


def test_a_server_that_gives_pages_in_a_circle_is_told_so() -> None:
    def products(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["pageNumber"]) % 3
        return json_answer({"items": [{"productUid": f"p{number}"}], "paging": {"totalCount": 10**9}})

    desk = connector(Routes(products=products), storeUid="oslo")

    with pytest.raises(BusyError, match="again and again"):
        desk.facts()
    desk.close()
