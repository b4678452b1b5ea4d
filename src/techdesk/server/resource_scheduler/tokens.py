"""Give an access token for a user name and a password (RFC 6749 §4.3), and know whose token one is."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

from sqlalchemy import delete, insert, select
from starlette.requests import Request
from starlette.responses import Response

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem
from techdesk.server.answers.rendering import to_json
from techdesk.server.requests.auth import bearer_token, is_password, token_hash, unauthorized
from techdesk.server.requests.calls import Server
from techdesk.server.resource_scheduler.tables import access_tokens
from techdesk.server.storage.ids import new_secret
from techdesk.server.storage.tables import users
from techdesk.server.storage.work import Caller

LIFE = timedelta(hours=1)
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def token_answer(server: Server, request: Request, body: bytes) -> Response:
    """Answer a form with user name and password: a token, or why there is none, as RFC 6749 §5.2 words it.

    Raises:
        Problem: 429, too many wrong passwords came from this address or for this user.
    """
    form = _form(body)
    if form.get("grant_type") != "password":
        return _refused("unsupported_grant_type", "Send grant_type=password")
    if "username" not in form or "password" not in form:
        return _refused("invalid_request", "Send username and password")
    address = request.client.host if request.client else ""
    # a name may be a megabyte long, and thousands of them are remembered
    origins = (f"password from {address}", f"password of {token_hash(form['username'])}")
    begun = server.wrong_attempts.begin(*origins)
    user = _user_with(server, form["username"], form["password"])
    if user is None:
        return _refused("invalid_grant", "The user name or the password is wrong")
    server.wrong_attempts.forgive(begun, *origins)
    told = {"access_token": _new_token(server, user), "token_type": "bearer", "expires_in": int(LIFE.total_seconds())}
    return Response(to_json(told), 200, _NO_STORE, "application/json")


def enter(server: Server, request: Request) -> Caller:
    """Return who asks, by the token that their password brought.

    Raises:
        Problem: 401 or 429 without a valid token.
    """
    token = bearer_token(request.headers.get("authorization"))
    if not token:
        raise unauthorized()
    query = (
        select(users)
        .join(access_tokens, access_tokens.c.tenant_user_uid == users.c.tenant_user_uid)
        .where(
            access_tokens.c.token_hash == token_hash(token),
            access_tokens.c.expires_at > instant_text(server.now()),
            users.c.active,
        )
    )
    with server.database.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise server.wrong_attempts.count(request.client.host if request.client else "")
    return Caller(row["tenant_user_uid"], row["display_name"], Role(row["role"]), row["tenant_uid"])


def _user_with(server: Server, name: str, password: str) -> str | None:
    with server.database.read() as connection:
        row = connection.execute(select(users).where(users.c.name == name, users.c.active)).mappings().first()
    fits = is_password(password, row["password_hash"] if row else None)
    return str(row["tenant_user_uid"]) if row and fits else None


def _new_token(server: Server, user: str) -> str:
    token, now = new_secret(), server.now()
    row = {
        "token_hash": token_hash(token),
        "tenant_user_uid": user,
        "expires_at": instant_text(now + LIFE),
    }
    with server.database.write() as connection:
        connection.execute(delete(access_tokens).where(access_tokens.c.expires_at <= instant_text(now)))
        connection.execute(insert(access_tokens).values(**row))
    return token


def _form(body: bytes) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        Problem: 400, it is no form in UTF-8, or a field stands twice in it.
    """
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise Problem(400, "invalid", "The body is no form in UTF-8") from error
    if any(len(values) > 1 or "\0" in values[0] for values in found.values()):
        raise Problem(400, "invalid", "A field stands twice in the form, or holds NUL")
    return {name: values[0] for name, values in found.items()}


def _refused(error: str, words: str) -> Response:
    return Response(to_json({"error": error, "error_description": words}), 400, _NO_STORE, "application/json")
