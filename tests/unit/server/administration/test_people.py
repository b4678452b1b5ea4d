"""People and tokens, as an administrator manages them over the wire."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from techdesk.server.administration.users import disable_user
from techdesk.server.orders.integrity import problems_of
from techdesk.server.storage.tables import idempotency_keys, users
from tests.unit.server.world import World


def _users(world: World, uid: str = "") -> str:
    return f"{world.tenant}/admin/users" + (f"/{uid}" if uid else "")


def _tokens(world: World, uid: str = "") -> str:
    return f"{world.tenant}/admin/tokens" + (f"/{uid}" if uid else "")


def test_a_new_person_gets_a_token_and_works_until_it_is_revoked(world: World):
    made = world.admin.post(_users(world), {"name": "zoe", "displayName": "Zoë Laurent", "role": "supervisor"})
    assert made.status_code == 201
    user = made.json()
    assert (user["displayName"], user["role"], user["active"], user["hasPassword"]) == (
        "Zoë Laurent",
        "supervisor",
        True,
        False,
    )

    token = world.admin.post(_tokens(world), {"tenantUserUid": user["tenantUserUid"]}).json()
    hers = {"Authorization": f"Bearer {token['token']}"}
    assert world.nobody.get("/v2/me", headers=hers).json()["displayName"] == "Zoë Laurent"

    for _ in range(2):
        assert world.admin.delete(_tokens(world, token["tokenUid"])).status_code == 204
    assert world.nobody.get("/v2/me", headers=hers).status_code == 401


def test_tokens_are_listed_without_their_secrets(world: World):
    page = world.admin.get(_tokens(world), params={"sortBy": "createdAt", "sortDirection": "DESC"})

    assert page.json()["paging"]["totalCount"] == 4
    assert {"tokenUid", "tenantUserUid", "displayName", "createdAt", "revokedAt"} == set(page.json()["items"][0])
    assert world.technician.token not in page.text
    assert hashlib.sha256(world.technician.token.encode()).hexdigest() not in page.text


def test_a_repeated_token_request_neither_makes_another_nor_keeps_the_secret(world: World):
    how = {"headers": {"Idempotency-Key": "token-1"}}
    body = {"tenantUserUid": world.colleague.uid}

    first, again = (world.admin.post(_tokens(world), body, **how).json() for _ in range(2))

    assert first["token"]
    assert again == first | {"token": ""}
    with world.database.read() as connection:
        assert first["token"] not in connection.execute(select(idempotency_keys.c.body)).scalar_one()


def test_a_person_changes_their_name_role_and_password(world: World):
    order = world.order(assignedUserUid=world.technician.uid)
    cursor = world.changes()["cursor"]
    body = {"displayName": "Mia K.", "role": "supervisor", "password": "correct horse"}

    changed = world.admin.put(_users(world, world.technician.uid), body)

    assert (changed.json()["displayName"], changed.json()["hasPassword"]) == ("Mia K.", True)
    assert "correct horse" not in changed.text
    assert world.technician.get("/v2/me").json()["role"] == "supervisor"
    assert world.technician.get(order).json()["assignedUserDisplayName"] == "Mia K."
    assert len(world.changes(cursor)["orders"]) == 1
    assert problems_of(world.database) == (1, [])
    with world.database.read() as connection:
        which = users.c.tenant_user_uid == world.technician.uid
        assert connection.execute(select(users.c.password_hash).where(which)).scalar_one().startswith("scrypt$")
    assert world.admin.put(_users(world, world.technician.uid), {"password": ""}).json()["hasPassword"] is False


def test_a_person_who_is_switched_off_stays_out_and_listed(world: World):
    assert world.admin.put(_users(world, world.colleague.uid), {"active": False}).status_code == 200

    assert world.colleague.get("/v2/me").status_code == 401
    found = world.admin.get(_users(world), params={"sortBy": "name"}).json()["items"]
    assert [one["name"] for one in found if not one["active"]] == ["Test colleague"]
    refused = world.admin.post(_tokens(world), {"tenantUserUid": world.colleague.uid})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/tenantUserUid")


def test_the_last_administrator_can_neither_be_switched_off_nor_lose_the_role(world: World):
    assert world.admin.put(_users(world, world.admin.uid), {"role": "admin", "active": True}).status_code == 200
    with world.database.write() as connection:
        disable_user(connection, "admin")  # the one that every database begins with

    changes: list[dict[str, Any]] = [{"active": False}, {"role": "supervisor"}]
    refusals = [world.admin.put(_users(world, world.admin.uid), body) for body in changes]

    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(409, "last_admin")}
    world.admin.put(_users(world, world.supervisor.uid), {"role": "admin"})
    assert world.admin.put(_users(world, world.admin.uid), {"role": "supervisor"}).status_code == 200
    assert world.admin.get(_users(world)).status_code == 403


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "Test colleague"}, 409, ""),
    ({"name": " "}, 400, "/name"),
    ({"name": "x", "role": "owner"}, 400, "/role"),
    ({"name": "x", "password": "long enough"}, 400, "/password"),
]


def test_a_wrong_person_is_refused(world: World, subtests: pytest.Subtests):
    for body, status, pointer in WRONG:
        with subtests.test(body=body):
            refused = world.admin.post(_users(world), body)

            assert refused.status_code == status
            assert [one["pointer"] for one in refused.json()["errors"]] == ([pointer] if pointer else [])
    short = world.admin.put(_users(world, world.colleague.uid), {"password": "short"})
    assert (short.status_code, short.json()["errors"][0]["pointer"]) == (400, "/password")


def test_only_an_administrator_sees_and_changes_people_and_tokens(world: World):
    refusals = [
        world.supervisor.get(_users(world)),
        world.supervisor.post(_users(world), {"name": "x"}),
        world.supervisor.put(_users(world, world.colleague.uid), {"role": "admin"}),
        world.supervisor.get(_tokens(world)),
        world.supervisor.post(_tokens(world), {"tenantUserUid": world.supervisor.uid}),
        world.supervisor.delete(_tokens(world, "x")),
    ]

    assert {one.status_code for one in refusals} == {403}
    assert world.admin.put(_users(world, "nobody"), {}).status_code == 404
    assert world.admin.delete(_tokens(world, "nothing")).status_code == 404
