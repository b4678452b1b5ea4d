"""Answer what an administrator does with people and tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from techdesk.domain.vocabulary import Role
from techdesk.server.administration import people
from techdesk.server.answers.problems import forbidden
from techdesk.server.answers.rendering import ADMIN_TOKEN, ADMIN_USER, rendered, to_json
from techdesk.server.flow_retail.paths import NO_CONTENT, TENANT, TenantCall, TenantPostingCall, router
from techdesk.server.requests.idempotency import Reply
from techdesk.server.requests.listing import PagedAndSorted, Sorts, envelope, page_of
from techdesk.server.storage.tables import tokens, users
from techdesk.server.storage.work import Work
from techdesk.wire.flow_retail import (
    AdminToken,
    AdminUser,
    NewAdminToken,
    Page,
    TokenCreate,
    UserCreate,
    UserUpdate,
)
from techdesk.wire.flow_retail.fields import UID_PATTERN

routes = router("Administration")

UserUid = Annotated[str, Path(alias="tenantUserUid", pattern=UID_PATTERN)]
TokenUid = Annotated[str, Path(alias="tokenUid", pattern=UID_PATTERN)]

_USERS = f"{TENANT}/admin/users"
_TOKENS = f"{TENANT}/admin/tokens"
_USER_SORTS: Sorts = {
    "tenantUserUid": users.c.tenant_user_uid,
    "name": users.c.name,
    "displayName": users.c.display_name,
    "role": users.c.role,
    "createdAt": users.c.created_at,
}
_TOKEN_SORTS: Sorts = {
    "tokenUid": tokens.c.token_uid,
    "displayName": users.c.display_name,
    "createdAt": tokens.c.created_at,
    "revokedAt": tokens.c.revoked_at,
}


@routes.get(_USERS, response_model=Page[AdminUser])
def list_users(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the people of the tenant with their roles."""

    def listed(work: Work) -> str:
        _ensure_admin(work)
        rows, total = page_of(work, people.people(work), _USER_SORTS, page)
        return envelope([rendered(row, ADMIN_USER) for row in rows], total, page)

    return call.read(listed)


@routes.post(_USERS, response_model=AdminUser, status_code=201)
def post_user(call: TenantPostingCall, body: UserCreate) -> Response:
    """Add a person."""
    return call.write(lambda work: _shown(people.create_person(work, body), 201), role=Role.ADMIN)


@routes.put(f"{_USERS}/{{tenantUserUid}}", response_model=AdminUser)
def put_user(call: TenantCall, user_uid: UserUid, body: UserUpdate) -> Response:
    """Change the fields of a person that the body names; `password` sets one, empty takes it away."""
    return call.write(lambda work: _shown(people.update_person(work, user_uid, body)), role=Role.ADMIN)


@routes.get(_TOKENS, response_model=Page[AdminToken])
def list_tokens(call: TenantCall, page: PagedAndSorted) -> Response:
    """List the tokens of the tenant, without their secrets."""

    def listed(work: Work) -> str:
        _ensure_admin(work)
        rows, total = page_of(work, people.keys(work), _TOKEN_SORTS, page)
        return envelope([rendered(row, ADMIN_TOKEN) for row in rows], total, page)

    return call.read(listed)


@routes.post(_TOKENS, response_model=NewAdminToken, status_code=201)
def post_token(call: TenantPostingCall, body: TokenCreate) -> Response:
    """Make a token; it is shown this once, a repeat with the same key has an empty `token`."""

    def make(work: Work) -> Reply:
        row, secret = people.create_key(work, body)
        shown = rendered(row, ADMIN_TOKEN)
        return Reply(201, to_json(shown | {"token": secret}), {}, to_json(shown | {"token": ""}))

    return call.write(make, role=Role.ADMIN)


@routes.delete(f"{_TOKENS}/{{tokenUid}}", status_code=204)
def revoke_token(call: TenantCall, token_uid: TokenUid) -> Response:
    """Make a token worthless."""

    def revoke(work: Work) -> Reply:
        people.revoke_key(work, token_uid)
        return NO_CONTENT

    return call.write(revoke, role=Role.ADMIN)


def _ensure_admin(work: Work) -> None:
    if not work.caller.is_at_least(Role.ADMIN):
        raise forbidden("This needs the role admin")


def _shown(row: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, to_json(rendered(row, ADMIN_USER)))
