"""Papers and the customer's page over a scripted network: which form is asked for, and what is told when none comes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from techdesk.application.papers import CustomerPage
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.domain.errors import BusyError, NotFoundError, NotSupportedError, WrongAddressError, WrongCredentialsError
from techdesk.domain.money import parse_money
from techdesk.domain.records import Document
from tests.unit.connectors.answering import ADDRESS, Handler, Routes, answer, connector, json_answer, problem

PDF = b"%PDF-1.7 a paper"
ORDER: Document = {"service_order_uid": "o1", "store_uid": "graz", "currency": "EUR", "public_page_hash": "h-4711"}
SEEN = {
    "serviceNumber": "10042",
    "title": "No power",
    "serviceTypeName": "Bench repair",
    "serviceStatusName": "In repair",
    "serviceState": "IN_PROGRESS",
    "readyAtEstimate": "2026-06-03T10:00:00.000Z",
    "estimatedPrice": 120.5,
}


class Desk:
    """A connector over answers; keeps what was asked for."""

    def __init__(self) -> None:
        self.made: list[FlowRetailConnector] = []
        self.routes = Routes()

    def over(self, **answers: httpx.Response | Handler) -> FlowRetailConnector:
        self.routes = Routes(**answers)
        self.made.append(connector(self.routes))
        return self.made[-1]

    def asked(self, step: str) -> list[httpx.Request]:
        return [one for one in self.routes.requests if step in one.url.path]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    for one in made.made:
        one.close()


def in_json(content: bytes) -> httpx.Response:
    report = {
        "fileName": "a.pdf",
        "contentType": "application/pdf",
        "content": base64.b64encode(content).decode(),
    }
    return json_answer(report)


def only_json(request: httpx.Request) -> httpx.Response:
    return in_json(PDF) if request.headers["accept"] == "application/json" else problem(406, "invalid")


def test_a_paper_is_asked_for_as_it_is(desk: Desk) -> None:
    speaking = desk.over(reports=answer(200, PDF, content_type="application/octet-stream"))
    assert speaking.report(ORDER, "receipt") == PDF
    request = desk.asked("reports")[0]
    assert str(request.url) == (f"{ADDRESS}/v2/tenants/t1/stores/graz/serviceorders/o1/reports?type=receipt")
    assert request.headers["accept"] == "application/octet-stream"


def test_a_server_that_gives_json_only_is_asked_again(desk: Desk) -> None:
    assert desk.over(reports=only_json).report(ORDER, "label") == PDF
    assert [one.headers["accept"] for one in desk.asked("reports")] == ["application/octet-stream", "application/json"]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: answer(200, b"GIF89a", content_type="application/octet-stream"),
        lambda: json_answer({"fileName": "a.pdf", "contentType": "application/pdf", "content": "%%%"}),
        lambda: in_json(b"no paper"),
    ],
)
def test_what_is_no_pdf_is_not_taken_for_one(desk: Desk, broken: Any) -> None:
    with pytest.raises(BusyError, match="no PDF"):
        desk.over(reports=broken()).report(ORDER, "workorder")


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (problem(404, "not_found"), NotFoundError),
        (problem(401, "unauthorized"), WrongCredentialsError),
        (problem(503, "unavailable"), BusyError),
        (problem(400, "invalid"), WrongAddressError),
    ],
)
def test_a_paper_that_cannot_be_had_is_told_in_words(
    desk: Desk, refused: httpx.Response, error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.over(reports=refused).report(ORDER, "workorder")


def test_an_order_that_is_unsent_has_no_paper_at_the_server_yet(desk: Desk) -> None:
    with pytest.raises(NotSupportedError, match="does not have this order yet"):
        desk.over().report({}, "workorder")
    assert desk.asked("reports") == []


def test_the_customers_address_stands_under_the_accounts(desk: Desk) -> None:
    speaking = desk.over()
    assert speaking.public_address(ORDER) == f"{ADDRESS}/public/h-4711"
    assert desk.routes.requests == []


@pytest.mark.parametrize(
    ("order", "words"),
    [({}, "does not have this order yet"), ({"service_order_uid": "o1"}, "no page for its customer")],
)
def test_an_order_without_a_page_says_why(desk: Desk, order: Document, words: str) -> None:
    speaking = desk.over()
    for ask in (speaking.public_address, speaking.public_page):
        with pytest.raises(NotSupportedError, match=words):
            ask(order)


def test_what_the_customer_sees_is_read_with_the_stores_currency(desk: Desk) -> None:
    speaking = desk.over(**{"h-4711": json_answer(SEEN)})
    assert speaking.public_page(ORDER) == CustomerPage(
        service_number="10042",
        title="No power",
        service_type_name="Bench repair",
        service_status_name="In repair",
        ready_at_estimate=datetime(2026, 6, 3, 10, tzinfo=UTC),
        estimated_price=parse_money("120.50 EUR"),
    )
    assert desk.asked("public")[0].url.path == "/v2/tenants/t1/stores/graz/serviceorders/public/h-4711"


def test_a_page_without_an_estimate_has_none(desk: Desk) -> None:
    fewer = {name: value for name, value in SEEN.items() if name not in ("estimatedPrice", "readyAtEstimate")}
    seen = desk.over(**{"h-4711": json_answer(fewer)}).public_page(ORDER)
    assert (seen.estimated_price, seen.ready_at_estimate) == (None, None)


def test_a_page_that_is_gone_or_cannot_be_read_is_told_so(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.over(**{"h-4711": problem(404, "not_found")}).public_page(ORDER)
    with pytest.raises(BusyError):
        desk.over(**{"h-4711": json_answer([])}).public_page(ORDER)
