"""Who gets in: tokens, tenants, roles, and those who try too often."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from techdesk.server.administration.users import disable_user, revoke_token
from techdesk.server.app import build_app
from techdesk.server.extend import reading, servicing
from techdesk.server.flow_retail import billing, orders, parts, people, public, reports, tenant, workflow
from techdesk.server.public_page import page as public_page
from techdesk.server.resource_scheduler import routes as rooms
from techdesk.server.service_channel import administration as clients
from techdesk.server.service_channel import routes as deliveries
from tests.unit.server.world import World

_SHOP = (tenant, orders, parts, reports, billing, workflow, people, rooms, clients)
_MODULES = dict.fromkeys(_SHOP, "Bearer") | {servicing: None, reading: None}
"""Routes → the scheme that a refusal asks for; Extend's header has none."""
_OPEN = dict.fromkeys((public, public_page, deliveries))
"""Routes that need no token; a delivery has keys of its own."""
_ROUTES = [(route, scheme) for module, scheme in _MODULES.items() for route in module.routes.routes]
_WHERE_TOKENS_COME_FROM = "/RSMCP/token"


def test_no_route_answers_without_a_token(world: World, subtests: pytest.Subtests):
    for route, scheme in _ROUTES:
        if route.path == _WHERE_TOKENS_COME_FROM:
            continue
        with subtests.test(path=route.path):
            path = route.path
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", "x")

            for method in route.methods or ():
                refused = world.nobody.ask(method, path, json={})

                assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
                assert refused.headers.get("WWW-Authenticate") == scheme


def test_every_path_of_the_document_is_one_of_those_routes():
    known = [*_ROUTES, *((route, None) for module in _OPEN for route in module.routes.routes)]

    assert set(build_app().openapi()["paths"]) == {route.path for route, _ in known}


NO_BEARER_TOKENS = ["", "Bearer", "Bearer ", "Basic {token}", "{token}", "Bearer {token}x"]


def test_a_header_that_is_no_bearer_token_is_refused(world: World, subtests: pytest.Subtests):
    for header in NO_BEARER_TOKENS:
        with subtests.test(header=header):
            sent = {"Authorization": header.format(token=world.technician.token)}

            assert world.nobody.get("/v2/me", headers=sent).status_code == 401


def test_me_says_who_and_where(world: World):
    me = world.technician.get("/v2/me").json()

    assert (me["displayName"], me["role"]) == ("Test technician", "technician")
    assert me["stores"] == [
        {
            "storeUid": world.orders.split("/")[5],
            "name": "Main depot",
            "currency": "EUR",
            "timeZone": "Europe/Berlin",
        }
    ]


def test_another_tenant_is_forbidden(world: World):
    refused = world.technician.get("/v2/tenants/other/serviceorders/types")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_store_of_another_tenant_is_forbidden(world: World):
    with world.database.write() as connection:
        connection.execute(text("INSERT INTO tenants VALUES ('t2', 'Other')"))
        connection.execute(text("INSERT INTO stores VALUES ('s2', 't2', 'Theirs', 'EUR', 'UTC', 1)"))

    assert world.technician.get(f"{world.tenant}/stores/s2/serviceorders").status_code == 403


def test_a_revoked_token_and_a_disabled_user_stay_out(world: World):
    tokens = {person.uid: person for person in (world.technician, world.colleague)}
    with world.database.write() as connection:
        found = connection.execute(text("SELECT token_uid, tenant_user_uid FROM tokens")).all()
        uid = next(token for token, user in found if user == world.technician.uid)
        revoke_token(connection, uid, "2026-03-02T09:00:00.000Z")
        disable_user(connection, "Test colleague")

    assert {person.get("/v2/me").status_code for person in tokens.values()} == {401}
    assert world.supervisor.get("/v2/me").status_code == 200


def test_tokens_are_kept_as_hashes_only(world: World):
    with world.database.read() as connection:
        kept = connection.execute(text("SELECT token_hash FROM tokens")).scalars().all()

    assert world.technician.token not in kept
    assert all(len(one) == 64 for one in kept)


def test_too_many_wrong_tokens_are_told_to_wait_and_right_ones_still_get_in(world: World):
    wrong = {"Authorization": "Bearer wrong"}
    codes = [world.nobody.get("/v2/me", headers=wrong).status_code for _ in range(21)]
    limited = world.nobody.get("/v2/me", headers=wrong)

    assert (codes, limited.status_code) == ([401] * 20 + [429], 429)
    assert limited.json()["code"] == "rate_limited"
    assert 1 <= int(limited.headers["Retry-After"]) <= 61
    assert world.technician.get("/v2/me").status_code == 200

    world.monotonic.advance(seconds=62)
    assert world.nobody.get("/v2/me", headers=wrong).status_code == 401


def test_the_token_is_asked_for_before_the_body_is_looked_at(world: World):
    refused = world.nobody.ask("POST", world.orders, content=b"{", headers={"Content-Type": "text/plain"})

    assert refused.status_code == 401
