"""Operation 24 and the page for people: what a customer may see, and nothing else, for whoever knows the hash."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from techdesk.server.sample.making import make_sample
from techdesk.server.storage.ids import new_page_hash
from techdesk.wire.flow_retail import PublicOrder
from tests.unit.server.world import START, World

SEEN = {
    "serviceNumber", "title", "serviceTypeName", "serviceStatusName", "serviceState", "readyAtEstimate",
    "estimatedPrice",
}  # fmt: skip
NASTY = "<script>alert(1)</script>\"'&amp;</title></style><b>"


def an_order(world: World, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "title": "Kettle leaks",
        "description": "SECRET-FAULT",
        "customer": {"name": "SECRET-NAME", "phone": "SECRET-PHONE", "email": "SECRET@x.y", "address": "SECRET-A"},
        "locationLabel": "SECRET-PLACE",
        "readyAtEstimate": "2026-03-06T09:00:00.000Z",
        "estimatedPrice": 1250.5,
        "maxPrice": 98765,
    }
    order = world.order(**(given | fields))
    item = {"name": "SECRET-ITEM", "price": 4321, "costPrice": 1234, "note": "SECRET-NOTE"}
    assert world.technician.post(f"{order}/items", item).status_code == 201
    assert world.technician.post(f"{order}/events", {"eventType": "x", "notes": "SECRET"}).status_code == 201
    shown: dict[str, Any] = world.technician.get(order).json()
    return shown


def page(world: World, page_hash: str) -> httpx.Response:
    return world.nobody.get(f"/public/{page_hash}")


class Tags(HTMLParser):
    """Collect the tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


def test_the_customer_sees_seven_facts_without_a_login(world: World):
    order = an_order(world)
    answer = world.nobody.get(f"{world.orders}/public/{order['publicPageHash']}")
    assert answer.status_code == 200
    seen = answer.json()
    PublicOrder.model_validate(seen)
    assert seen == {name: order[name] for name in SEEN}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_shows_them_to_people(world: World):
    order = an_order(world)
    html = page(world, order["publicPageHash"]).text
    for wanted in ("Kettle leaks", order["serviceNumber"], "1,250.50", "6 Mar 2026", order["serviceTypeName"], "New"):
        assert wanted in html, wanted


def test_nothing_else_is_told_anywhere(world: World):
    order = an_order(world)
    told = world.nobody.get(f"{world.orders}/public/{order['publicPageHash']}").text
    told += page(world, order["publicPageHash"]).text
    assert "SECRET" not in told
    for amount in ("4321", "4,321", "1234", "98765", "98,765"):
        assert amount not in told
    assert order["serviceOrderUid"] not in told


@pytest.mark.parametrize(
    ("status", "words"),
    [("New", "Received"), ("In repair", "In progress"), ("Closed", "Completed")],
)
def test_the_page_says_how_far_it_is(world: World, status: str, words: str):
    order = an_order(world, serviceStatusUid=world.statuses["New"])
    path = f"{world.orders}/{order['serviceOrderUid']}"
    assert world.technician.put(path, {"serviceStatusUid": world.statuses[status]}).status_code == 200
    html = page(world, order["publicPageHash"]).text
    assert f'<li class="here" aria-current="step">{words}</li>' in html


def test_markup_in_a_title_stays_text(world: World):
    clean, nasty = an_order(world), an_order(world, title=NASTY)
    html = page(world, nasty["publicPageHash"]).text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert Tags(html).found == Tags(page(world, clean["publicPageHash"]).text).found


def test_the_page_runs_nothing_loads_nothing_and_is_not_kept(world: World):
    answer = page(world, an_order(world)["publicPageHash"])
    headers = answer.headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'; "
        r"frame-ancestors 'none'",
        policy,
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert not {"script", "img", "link", "iframe", "form"} & set(Tags(answer.text).found)


WRONG = ("unknown", "cut", "longer", "case", "empty", "odd", "deleted")


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_address_has_one_constant_answer(world: World, how: str):
    order = an_order(world)
    right: str = order["publicPageHash"]
    wrong = {
        "unknown": new_page_hash(),
        "cut": right[:-1],
        "longer": right + "A",
        "case": right.swapcase(),
        "empty": "%20",
        "odd": "%00'; drop table orders --",
        "deleted": right,
    }[how]
    if how == "deleted":
        path = f"{world.orders}/{order['serviceOrderUid']}"
        uid = order["items"][0]["serviceOrderItemUid"] if order["items"] else ""
        assert uid
        assert world.supervisor.delete(path).status_code == 204
    first, other = page(world, wrong), page(world, new_page_hash())
    assert first.status_code == other.status_code == 404
    assert first.text == other.text
    assert first.headers["Content-Security-Policy"]


def test_the_hash_counts_in_its_own_store_only(world: World):
    order = an_order(world)
    stores = world.technician.get("/v2/me").json()["stores"]
    elsewhere = f"{world.tenant}/stores/{stores[-1]['storeUid']}/serviceorders/public/{order['publicPageHash']}"
    nowhere = f"/v2/tenants/other/stores/other/serviceorders/public/{order['publicPageHash']}"
    unknown = f"{world.orders}/public/{new_page_hash()}"
    asked = [nowhere, unknown] + ([elsewhere] if len(stores) > 1 else [])
    answers = [world.nobody.get(path) for path in asked]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


def test_nobody_tries_many_addresses_and_the_right_one_still_opens(world: World):
    order = an_order(world)
    codes = [page(world, new_page_hash()).status_code for _ in range(25)]
    assert codes == [404] * 20 + [429] * 5
    refused = world.nobody.get(f"{world.orders}/public/{new_page_hash()}")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert page(world, order["publicPageHash"]).status_code == 200
    assert world.technician.get(world.orders).status_code == 200
    world.monotonic.advance(seconds=61)
    assert page(world, new_page_hash()).status_code == 404


def test_hashes_have_128_random_bits_also_in_the_sample(world: World):
    made = {an_order(world)["publicPageHash"] for _ in range(5)}
    assert len(made) == 5
    assert all(len(one) >= 22 for one in made)


def test_the_hashes_of_the_sample_cannot_be_foretold(world: World):
    make_sample(world.database, 5, START)
    with world.database.read() as connection:
        hashes = set(connection.execute(text("SELECT public_page_hash FROM orders")).scalars())
    assert len(hashes) == 5
    assert all(re.fullmatch("[A-Za-z0-9_-]{22}", one) for one in hashes)


def test_an_index_finds_the_page(world: World):
    an_order(world)
    with world.database.read() as connection:
        if world.database.is_sqlite:
            query = "EXPLAIN QUERY PLAN SELECT title FROM orders WHERE public_page_hash = 'x'"
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            query = "EXPLAIN SELECT title FROM orders WHERE public_page_hash = 'x'"
        plan = "\n".join(str(row) for row in connection.execute(text(query)))
    assert "orders_public_page" in plan


def test_no_log_has_the_hash(world: World, caplog: pytest.LogCaptureFixture):
    order = an_order(world)
    with caplog.at_level(logging.INFO, "techdesk.server"):
        page(world, order["publicPageHash"])
        world.nobody.get(f"{world.orders}/public/{order['publicPageHash']}")
    assert "/public/…" in caplog.text
    assert order["publicPageHash"] not in caplog.text
