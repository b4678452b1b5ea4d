"""Requests that are no requests get a clear answer."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from sqlalchemy import text

from techdesk.server.app import create_app
from techdesk.server.requests.calls import PATIENCE_SECONDS
from tests.unit.server.world import World

JSON = {"Content-Type": "application/json"}


def _post(world: World, content: bytes, headers: dict[str, str] | None = None) -> Any:
    return world.technician.ask("POST", world.orders, content=content, headers=JSON | (headers or {}))


NO_JSON = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"title": NaN}',
    b'{"title": Infinity}',
    b'{"title": "a", "title": "b"}',
    b'{"title": "\\u0000"}',
    b'{"title": "\\ud800"}',
    b'{"\\ud800": 1}',
    b"[" * 100_000,
    b'{"title": ' + b"[" * 65 + b"]" * 65 + b"}",
    b'{"title": ' + b"9" * 5000 + b"}",
]


def test_what_is_not_json_by_the_rules_is_400(world: World, subtests: pytest.Subtests):
    for body in NO_JSON:
        with subtests.test(body=body):
            refused = _post(world, body)

            assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
            assert refused.headers["Content-Type"] == "application/problem+json"


def test_json_of_64_levels_is_read(world: World):
    deep: Any = "leaf"
    for _ in range(61):
        deep = [deep]
    event = {"eventType": "deep", "data": {"metadata": {"deep": deep}}}

    made = world.technician.post(f"{world.order()}/events", event)

    assert made.json()["data"] == event["data"]


OTHER_CONTENT_TYPES = ["", "text/plain", "application/xml", "application/json; charset=latin-1"]


def test_another_content_type_is_415(world: World, subtests: pytest.Subtests):
    for content_type in OTHER_CONTENT_TYPES:
        with subtests.test(content_type=content_type):
            refused = world.technician.ask("POST", world.orders, content=b"{}", headers={"Content-Type": content_type})

            assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_type")


def test_a_content_type_with_utf_8_is_taken(world: World):
    body = json.dumps({"title": "ü", "serviceTypeUid": world.types["other"]}).encode()

    assert _post(world, body, {"Content-Type": 'application/json; charset="UTF-8"'}).status_code == 201


def test_a_body_of_more_than_a_mebibyte_is_413(world: World):
    head = b'{"title": "'
    refused = _post(world, head + b"x" * (1_048_577 - len(head)))

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_a_body_of_unannounced_length_is_cut_off_too(world: World):
    async def long() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    refused = world.technician.ask("POST", world.orders, content=long(), headers=JSON)

    assert refused.status_code == 413


def test_a_body_of_exactly_a_mebibyte_is_taken(world: World):
    body = {"title": "Kettle", "serviceTypeUid": world.types["other"], "description": ""}
    body["description"] = "x" * (1_048_576 - len(json.dumps(body)))

    assert _post(world, json.dumps(body).encode()).status_code == 201


REFUSALS = [
    ("GET", "/nothing", 404, "not_found"),
    ("GET", "/v2/", 404, "not_found"),
    ("PATCH", "{orders}", 405, "method_not_allowed"),
    ("POST", "/v2/me", 405, "method_not_allowed"),
    ("GET", "{orders}/unknown", 404, "not_found"),
    ("GET", "{orders}/a%20b", 400, "invalid"),
    ("GET", "{orders}/a%0A", 400, "invalid"),
    ("GET", "{orders}?pageSize=501", 400, "invalid"),
    ("GET", "{orders}?pageSize=x", 400, "invalid"),
    ("GET", "{orders}?pageNumber=0", 400, "invalid"),
    ("GET", "{orders}?sortBy=colour", 400, "invalid"),
    ("GET", "{orders}?sortDirection=UP", 400, "invalid"),
    ("GET", "{orders}?serviceStates=OPEN", 400, "invalid"),
    ("GET", "{orders}?serviceTypeUids=a%20b", 400, "invalid"),
    ("GET", "{orders}?sortBy=%00", 400, "invalid"),
    ("GET", "{orders}/changes?limit=501", 400, "invalid"),
]


def test_every_refusal_is_a_problem(world: World, subtests: pytest.Subtests):
    for method, path, status, code in REFUSALS:
        with subtests.test(method=method):
            refused = world.technician.ask(method, path.format(orders=world.orders))

            assert (refused.status_code, refused.json()["code"]) == (status, code)
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert refused.json()["status"] == status


def test_each_answer_has_an_id_of_its_own_that_the_log_names_without_any_secret(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "techdesk.server")

    answers = [world.technician.get("/v2/me?secret=abc"), world.nobody.get("/v2/me"), world.technician.get("/nothing")]

    ids = [one.headers["X-Request-Id"] for one in answers]
    assert len(set(ids)) == 3
    assert all(one in caplog.text for one in ids)
    assert "abc" not in caplog.text
    assert world.technician.token not in caplog.text


def test_a_mistake_of_ours_is_500_with_a_number_and_without_its_inside(world: World):
    with world.database.write() as connection:
        connection.execute(text("DROP TABLE products"))

    answer = world.technician.get(f"{world.tenant}/products")

    assert answer.status_code in (500, 503)
    assert answer.headers["X-Request-Id"]
    assert "products" not in answer.text


def test_a_request_that_queued_too_long_is_not_begun(world: World):
    order = world.order()
    before = world.changes()
    world.server.monotonic = lambda: time.monotonic() + PATIENCE_SECONDS + 1

    for headers in ({}, {"Idempotency-Key": "k"}):
        late = world.technician.post(f"{order}/events", {"eventType": "x"}, headers=headers)
        assert (late.status_code, late.json()["code"], late.headers["Retry-After"]) == (503, "unavailable", "2")
    assert world.changes() == before
    assert world.technician.get(order).status_code == 200

    world.server.monotonic = time.monotonic
    repeated = world.technician.post(f"{order}/events", {"eventType": "x"}, headers={"Idempotency-Key": "k"})
    assert repeated.status_code == 201


def test_a_body_that_breaks_off_is_no_mistake_of_ours(world: World, caplog: pytest.LogCaptureFixture):
    headers = [(name.lower().encode(), value.encode()) for name, value in (world.technician.headers | JSON).items()]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"title": ', "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": world.orders,
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    caplog.set_level(logging.INFO, "techdesk.server")

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError(f"somebody who is gone was told {message}")

    world.technician.portal.call(create_app(world.server), scope, receive, send)

    assert f"POST {world.orders} 499 " in caplog.messages[-1]
    assert world.technician.get(world.orders).json()["paging"]["totalCount"] == 0
