"""Searching at the server asks every store with what was filled in only, and fetches an order with all its parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from techdesk.application.exchange import PulledOrder, ServerQuery
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.domain.records import RecordType
from tests.unit.connectors.answering import Routes, connector, json_answer, listed, problem

ORDER = {"serviceOrderUid": "o1", "storeUid": "graz", "title": "Kettle", "items": [{"serviceOrderItemUid": "i1"}]}


@pytest.fixture
def routes() -> Routes:
    return Routes(
        search=lambda request: listed(ORDER) if "graz" in request.url.path else listed(),
        o1=lambda _: json_answer(ORDER),
        events=lambda _: listed({"serviceEventUid": "e1", "eventType": "x"}),
    )


@pytest.fixture
def desk(routes: Routes) -> Iterator[FlowRetailConnector]:
    one = connector(routes)
    yield one
    one.close()


def test_every_store_is_asked_and_only_for_what_was_filled_in(desk: FlowRetailConnector, routes: Routes) -> None:
    found = desk.find(ServerQuery(text="ångström", from_date=date(2026, 3, 1), priorities=["HIGH"]))
    assert [(one.server_id, one.document["title"], one.parts) for one in found] == [("o1", "Kettle", ())]
    asked = [one for one in routes.requests if one.url.path.endswith("/search")]
    assert [one.url.path.split("/")[5] for one in asked] == ["oslo", "graz"]
    assert json.loads(asked[0].content) == {"query": "ångström", "fromDate": "2026-03-01", "priorities": ["HIGH"]}


def test_a_question_that_the_server_would_refuse_is_not_asked(desk: FlowRetailConnector, routes: Routes) -> None:
    with pytest.raises(InvalidInputError):
        desk.find(ServerQuery(priorities=["whenever"]))
    assert not [one for one in routes.requests if one.url.path.endswith("/search")]


def test_an_order_is_fetched_with_all_its_parts(desk: FlowRetailConnector) -> None:
    (found,) = desk.find(ServerQuery(text="Kettle"))
    whole = desk.fetch(found)
    assert [(one.record_type, one.server_id) for one in whole.parts] == [
        (RecordType.ITEM, "i1"),
        (RecordType.EVENT, "e1"),
    ]


def test_an_order_that_is_gone_in_the_meantime_is_told() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        return problem(404, "not_found", "There is no such order")

    one = connector(Routes(o1=gone))
    with pytest.raises(NotFoundError):
        one.fetch(PulledOrder(server_id="o1", document={"store_uid": "graz"}))
    one.close()
