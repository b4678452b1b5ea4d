"""Let an administrator manage people and tokens over the wire; `users` does it for the command line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, update

from techdesk.domain.errors import InvalidInputError
from techdesk.domain.vocabulary import Role
from techdesk.server.administration.renaming import rewrite_orders
from techdesk.server.administration.users import add_token, add_user
from techdesk.server.answers.problems import Problem, invalid, not_found
from techdesk.server.requests.auth import password_hash
from techdesk.server.storage.tables import orders, tokens, users
from techdesk.server.storage.work import Row, Work
from techdesk.wire.flow_retail import TokenCreate, UserCreate, UserUpdate

SHORTEST_PASSWORD = 8


def people(work: Work) -> Select[Any]:
    """Return the query for all people of the caller's tenant, as `AdminUser` shows them."""
    has_password = users.c.password_hash.is_not(None).label("has_password")
    return select(users, has_password).where(users.c.tenant_uid == work.caller.tenant_uid)


def person(work: Work, uid: str) -> Row:
    """Return one of them.

    Raises:
        Problem: 404, there is none.
    """
    row = work.row(people(work).where(users.c.tenant_user_uid == uid))
    if row is None:
        raise not_found("user")
    return row


def create_person(work: Work, body: UserCreate) -> Row:
    """Add a person.

    Raises:
        Problem: 409, the name is taken.
    """
    if work.row(select(users.c.name).where(users.c.name == body.name)):
        raise Problem(409, "name_taken", "There is another user of this name")
    try:
        uid = add_user(work.connection, body.name, body.role, work.now)
    except InvalidInputError as error:
        raise invalid(error.title, "/name") from error
    if body.display_name:
        _write(work, uid, {"display_name": body.display_name})
    return person(work, uid)


def update_person(work: Work, uid: str, body: UserUpdate) -> Row:
    """Change what the body names; a person who is switched off cannot sign in any more, what they did stays.

    Raises:
        Problem: 404; 400 the password is too short; 409 nobody would be administrator any more.
    """
    before = person(work, uid)
    values = body.named()
    if "password" in values:
        values["password_hash"] = _hashed(values.pop("password"))
    if "role" in values:
        values["role"] = body.role.value
    _ensure_an_admin(work, before, values)
    if not values:
        return before
    _write(work, uid, values)
    if values.get("display_name", before["display_name"]) != before["display_name"]:
        shown = {"assigned_user_display_name": values["display_name"]}
        rewrite_orders(work, orders.c.assigned_user_uid == uid, shown)
    return person(work, uid)


def keys(work: Work) -> Select[Any]:
    """Return the query for all tokens of the caller's tenant, as `AdminToken` shows them."""
    shown = (tokens.c.token_uid, tokens.c.tenant_user_uid, tokens.c.created_at, tokens.c.revoked_at)
    return (
        select(*shown, users.c.display_name)
        .join(users, users.c.tenant_user_uid == tokens.c.tenant_user_uid)
        .where(users.c.tenant_uid == work.caller.tenant_uid)
    )


def create_key(work: Work, body: TokenCreate) -> tuple[Row, str]:
    """Make a token; returns its row and the secret, which is kept nowhere.

    Raises:
        Problem: 400, there is no such person or they are switched off.
    """
    row = work.row(people(work).where(users.c.tenant_user_uid == body.tenant_user_uid, users.c.active))
    if row is None:
        raise invalid("refers to nobody who can sign in", "/tenantUserUid")
    made = add_token(work.connection, body.tenant_user_uid, work.now)
    return work.rows(keys(work).where(tokens.c.token_uid == made.token_uid))[0], made.token


def revoke_key(work: Work, uid: str) -> None:
    """Make a token worthless; once more changes nothing.

    Raises:
        Problem: 404, there is none.
    """
    if not work.row(keys(work).where(tokens.c.token_uid == uid)):
        raise not_found("token")
    which = update(tokens).where(tokens.c.token_uid == uid, tokens.c.revoked_at.is_(None))
    work.connection.execute(which.values(revoked_at=work.now))


def _write(work: Work, uid: str, values: dict[str, Any]) -> None:
    work.connection.execute(update(users).where(users.c.tenant_user_uid == uid).values(**values))


def _hashed(password: str) -> str | None:
    if not password:
        return None
    if len(password) < SHORTEST_PASSWORD:
        raise invalid(f"must have at least {SHORTEST_PASSWORD} characters", "/password")
    return password_hash(password)


def _ensure_an_admin(work: Work, before: Row, values: dict[str, Any]) -> None:
    after = {**before, **values}
    is_admin = after["active"] and after["role"] == Role.ADMIN.value
    others = people(work).where(
        users.c.tenant_user_uid != before["tenant_user_uid"], users.c.active, users.c.role == Role.ADMIN.value
    )
    was_admin = before["active"] and before["role"] == Role.ADMIN.value
    if was_admin and not is_admin and not work.row(others):
        raise Problem(409, "last_admin", "Make somebody else administrator first")
