"""A server that stands in for a plain vendor's: nothing of what TechDesk adds to the dialect is there or heeded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from techdesk.server.app import create_app
from tests.unit.server.world import Person, World


@pytest.fixture
def visitor(world: World) -> Iterator[Person]:
    """The technician at the same orders behind a plain vendor's server."""
    app = create_app(replace(world.server, is_plain=True))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vendor")
    yield replace(world.technician, client=client)
    world.technician.portal.call(client.aclose)


def test_routes_of_ours_are_not_there(world: World, visitor: Person):
    order = world.order()
    for path in (
        "/v2/capabilities",
        "/v2/me",
        f"{world.tenant}/users",
        f"{world.tenant}/warehouses",
        f"{world.tenant}/products",
        f"{world.tenant}/admin/users",
        f"{world.orders}/changes",
    ):
        assert visitor.get(path).status_code == 404, path
    assert visitor.post(f"{order}/accept", {"accepted": True}).status_code == 404
    assert visitor.get(f"{world.tenant}/serviceorders/types").json()["items"]


def test_keys_and_revisions_are_not_heeded_and_not_told(world: World, visitor: Person):
    order = world.order()
    event = {"eventType": "on_shelf", "data": {"metadata": {"revision": 4, "code": "é"}}}
    made = [visitor.post(f"{order}/events", event, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    first, second = (one.json() for one in made)
    assert first["serviceEventUid"] != second["serviceEventUid"]
    assert "revision" not in first
    assert first["data"] == event["data"]
    changed = visitor.put(order, {"title": "Other"}, headers={"If-Match": '"999"'})
    assert (changed.status_code, changed.json()["title"], "etag" in changed.headers) == (200, "Other", False)
    assert "revision" in world.technician.get(order).json()


def test_a_refusal_has_no_code_and_a_removal_no_body(world: World, visitor: Person):
    order = world.order()
    refused = visitor.put(order, {"title": ""})
    assert (refused.status_code, "code" in refused.json(), bool(refused.json()["title"])) == (400, False, True)
    made = visitor.post(f"{order}/hours", {"startedAt": "2026-03-01T10:00:00.000Z"}).json()
    gone = visitor.delete(f"{order}/hours/{made['serviceHoursUid']}")
    assert (gone.status_code, gone.content) == (204, b"")
    report = visitor.get(f"{order}/reports", headers={"Accept": "application/octet-stream"})
    assert report.content.startswith(b"%PDF")


def test_other_dialects_stay_as_they_are(world: World, visitor: Person):
    assert visitor.get("/extend/service-orders/search?claimId=x").json()["code"] == "unauthorized"
