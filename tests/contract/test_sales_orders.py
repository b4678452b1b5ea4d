"""Sales orders, messages, papers and the customer's page over the real Flow Retail server, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from techdesk.application.exchange import PulledPart
from techdesk.application.outbox import Outcome, OutcomeClass, Verb
from techdesk.application.papers import MakesPapers
from techdesk.domain.errors import NotFoundError
from techdesk.domain.records import Document, RecordType
from tests.contract.test_connectors import (
    World,
    a_server,
    an_operation,
    applied,
    connect,
    create,
    every_order,
    frozen,
    new_order,
    on,
)
from tests.support.chaos_proxy import Fault, chaos_proxy
from tests.support.pdf_text import text_of

pytestmark = pytest.mark.xdist_group("sales orders")

CUSTOMER: Document = {"name": "Johanna Berg", "email": "johanna@example.com", "phone": "+47 900 00 001"}
HOME: Document = {
    "name": "Johanna Berg",
    "address": "Storgata 1",
    "postal_code": "0155",
    "city": "Oslo",
    "country_code": "NO",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Yield a world whose connector is a supervisor's: a technician may not bill."""
    server = a_server(tmp_path_factory.mktemp("sales"))
    try:
        with chaos_proxy(server.port) as proxy:
            token = server.technician_token("Vera Vogt")
            connector = connect("flow_retail", proxy.address, token)
            direct = connect("flow_retail", server.address, token)
            connector.facts()
            direct.facts()
            yield World("flow_retail", server, proxy, connector, direct)
            connector.close()
            direct.close()
    finally:
        server.close()


@pytest.fixture
def world(running: World) -> World:
    return running


def papers(world: World) -> MakesPapers:
    assert isinstance(world.connector, MakesPapers)
    return world.connector


def part(world: World, order: Outcome, record_type: RecordType, intent: Document) -> Outcome:
    return applied(world.direct.send(frozen(world.direct, create(record_type, intent), on(order))))


def parts_of(world: World, order: Outcome, record_type: RecordType) -> list[PulledPart]:
    parts = every_order(world.connector)[0][str(order.server_id)].parts
    return [one for one in parts if one.record_type is record_type]


def an_order_with_work(world: World) -> tuple[Outcome, Outcome]:
    """Return an order with an item of 2 × 40, and that item."""
    order = new_order(world, customer=CUSTOMER)
    item = part(world, order, RecordType.ITEM, {"name": "Fuse", "quantity": "2", "price": "40 NOK"})
    return order, item


def test_billing_puts_items_and_hours_on_one_sales_order_that_the_feed_brings(world: World) -> None:
    order, item = an_order_with_work(world)
    rate = world.direct.facts().references["hourly_rates"][0]
    hours = part(
        world,
        order,
        RecordType.HOURS,
        {
            "started_at": "2026-06-01T09:00:00.000Z",
            "ended_at": "2026-06-01T10:30:00.000Z",
            "billable": True,
            "hourly_rate_uid": rate["hourly_rate_uid"],
        },
    )
    wanted: Document = {"order_address": HOME, "invoice_address": {**HOME, "name": "Berg AS"}}
    bill = applied(world.connector.send(frozen(world.connector, create(RecordType.SALES_ORDER, wanted), on(order))))
    (pulled,) = parts_of(world, order, RecordType.SALES_ORDER)
    assert pulled.server_id == bill.server_id
    seen = pulled.document
    assert (seen["order_address"], seen["invoice_address"]["name"]) == (HOME, "Berg AS")
    assert seen["order_number"]
    assert {one.get("service_order_item_uid", one.get("service_hours_uid")) for one in seen["lines"]} == {
        item.server_id,
        hours.server_id,
    }
    (billed,) = parts_of(world, order, RecordType.ITEM)
    assert billed.document["sales_order_uid"] == bill.server_id


def test_only_the_items_that_were_chosen_are_billed(world: World) -> None:
    order, item = an_order_with_work(world)
    other = part(world, order, RecordType.ITEM, {"name": "Seal", "price": "10 NOK"})
    wanted: Document = {"service_order_item_uids": [item.server_id]}
    applied(world.connector.send(frozen(world.connector, create(RecordType.SALES_ORDER, wanted), on(order))))
    billed = {one.server_id: one.document.get("sales_order_uid") for one in parts_of(world, order, RecordType.ITEM)}
    assert billed[str(item.server_id)]
    assert billed[str(other.server_id)] is None


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.RESET_AFTER, Fault.FAILED_AFTER, Fault.REQUEST_LOST])
def test_a_lost_answer_and_a_second_sending_make_one_bill(world: World, fault: Fault) -> None:
    order, _ = an_order_with_work(world)
    bill = frozen(world.connector, create(RecordType.SALES_ORDER, {}), on(order))
    world.proxy.script(fault)
    assert world.connector.send(bill).kind is OutcomeClass.AMBIGUOUS
    world.proxy.release()
    again = applied(world.connector.send(bill))
    assert [one.server_id for one in parts_of(world, order, RecordType.SALES_ORDER)] == [again.server_id]


def test_a_second_bill_of_the_same_is_refused_in_words(world: World) -> None:
    order, _ = an_order_with_work(world)
    applied(world.connector.send(frozen(world.connector, create(RecordType.SALES_ORDER, {}), on(order))))
    second = world.connector.send(frozen(world.connector, create(RecordType.SALES_ORDER, {}), on(order)))
    assert (second.kind, second.code) == (OutcomeClass.REJECTED, "nothing_to_bill")
    assert second.reason


def test_a_technicians_bill_is_refused_in_words(world: World) -> None:
    order, _ = an_order_with_work(world)
    technician = connect("flow_retail", world.server.address, world.server.technician_token())
    technician.facts()
    refused = technician.send(frozen(technician, create(RecordType.SALES_ORDER, {}), on(order)))
    technician.close()
    assert (refused.kind, refused.code) == (OutcomeClass.REJECTED, "forbidden")
    assert parts_of(world, order, RecordType.SALES_ORDER) == []


def test_an_order_that_reaches_a_status_that_notifies_has_a_message_in_the_feed(world: World) -> None:
    order, _ = an_order_with_work(world)
    statuses = world.direct.facts().references["service_statuses"]
    notifying = next(one["service_status_uid"] for one in statuses if one.get("notify_customer"))
    update = an_operation(RecordType.ORDER, Verb.UPDATE, {"service_status_uid": notifying})
    current = every_order(world.direct)[0][str(order.server_id)]
    meant = replace(order, record=current.document, revision=current.revision)
    applied(world.direct.send(frozen(world.direct, update, on(meant))))
    messages = [one.document for one in parts_of(world, order, RecordType.NOTIFICATION)]
    assert ("EMAIL", CUSTOMER["email"]) in {(one["channel"], one["recipient"]) for one in messages}
    assert all(one["message"] and one["status"] for one in messages)


@pytest.mark.parametrize("kind", ["workorder", "receipt", "label"])
def test_the_server_gives_each_paper_as_pdf(world: World, kind: str) -> None:
    order, _ = an_order_with_work(world)
    assert order.record is not None
    assert order.record["service_number"] in text_of(papers(world).report(order.record, kind))


def test_the_customers_page_is_where_it_is_said_to_be_and_shows_what_is_said(world: World) -> None:
    order, _ = an_order_with_work(world)
    assert order.record is not None
    seen = papers(world).public_page(order.record)
    assert (seen.service_number, seen.title) == (order.record["service_number"], "No power")
    page = httpx.get(papers(world).public_address(order.record))
    assert page.status_code == 200
    assert seen.service_number in page.text
    assert CUSTOMER["email"] not in page.text
    with pytest.raises(NotFoundError):
        papers(world).public_page({**order.record, "public_page_hash": "nobody-knows"})
