"""Manage the people who may use the server, and their tokens; for the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from techdesk.domain.errors import AmbiguousError, InvalidInputError, NotFoundError
from techdesk.domain.text import checked_text
from techdesk.domain.vocabulary import Role
from techdesk.server.requests.auth import password_hash, token_hash
from techdesk.server.storage.ids import new_secret, new_uid
from techdesk.server.storage.tables import tenants, tokens, users


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown once."""

    token: str
    token_uid: str


def add_user(connection: Connection, name: str, role: Role, now: str, password: str = "") -> str:
    """Add a person and return their uid; without a password they sign in by token only.

    Raises:
        InvalidInputError: The name is blank or taken.
    """
    if not checked_text(name).strip():
        raise InvalidInputError("A user needs a name", field="name")
    if connection.execute(select(users.c.name).where(users.c.name == name)).first():
        raise InvalidInputError(f"There is a user called “{name}” already", field="name")
    row = {
        "tenant_user_uid": new_uid(),
        "tenant_uid": connection.execute(select(tenants.c.tenant_uid)).scalar_one(),
        "name": name,
        "display_name": name,
        "role": role.value,
        "password_hash": password_hash(password) if password else None,
        "active": True,
        "created_at": now,
    }
    connection.execute(insert(users).values(**row))
    return str(row["tenant_user_uid"])


def users_listed(connection: Connection) -> list[dict[str, Any]]:
    """Return all people, for the command line."""
    shown = select(users.c.name, users.c.role, users.c.active, users.c.tenant_user_uid, users.c.created_at).order_by(
        users.c.name
    )
    return [
        {
            "name": row["name"],
            "role": row["role"],
            "active": row["active"],
            "tenantUserUid": row["tenant_user_uid"],
            "createdAt": row["created_at"],
        }
        for row in connection.execute(shown).mappings()
    ]


def user_uid(connection: Connection, name: str) -> str:
    """Return the uid of the person called `name`.

    Raises:
        NotFoundError: There is no such person.
    """
    uid = connection.execute(select(users.c.tenant_user_uid).where(users.c.name == name)).scalar()
    if uid is None:
        raise NotFoundError(f"There is no user called “{name}”")
    return str(uid)


def disable_user(connection: Connection, name: str) -> None:
    """Switch a person off: their tokens stop working at once, what they did stays.

    Raises:
        NotFoundError: There is no such person.
        InvalidInputError: Nobody would be left who may administer.
    """
    uid = user_uid(connection, name)
    admins = select(users.c.tenant_user_uid).where(users.c.active, users.c.role == Role.ADMIN.value)
    if list(connection.execute(admins).scalars()) == [uid]:
        raise InvalidInputError(f"{name} is the only administrator left", "Add another one first")
    connection.execute(update(users).where(users.c.tenant_user_uid == uid).values(active=False))


def add_token(connection: Connection, user: str, now: str) -> NewToken:
    """Make a token for the person with the uid `user`; only its hash is kept."""
    made = NewToken(new_secret(), new_uid())
    row = {
        "token_uid": made.token_uid,
        "tenant_user_uid": user,
        "token_hash": token_hash(made.token),
        "created_at": now,
        "revoked_at": None,
    }
    connection.execute(insert(tokens).values(**row))
    return made


def technician_token(connection: Connection, now: str) -> tuple[str, NewToken]:
    """Return the name and a new token of the first technician by name, who is added where there is none."""
    technicians = (
        select(users.c.name).where(users.c.role == Role.TECHNICIAN.value, users.c.active).order_by(users.c.name)
    )
    name = connection.execute(technicians).scalar()
    if name is None:
        name = "Technician"
        add_user(connection, name, Role.TECHNICIAN, now)
    return str(name), add_token(connection, user_uid(connection, str(name)), now)


def new_password(connection: Connection, name: str) -> str:
    """Give the person called `name` a new password, made by chance, and return it; only its hash is kept.

    Raises:
        NotFoundError: There is no such person.
    """
    password, uid = new_secret(), user_uid(connection, name)
    hashed = password_hash(password)
    connection.execute(update(users).where(users.c.tenant_user_uid == uid).values(password_hash=hashed))
    return password


def tokens_listed(connection: Connection) -> list[dict[str, Any]]:
    """Return all tokens without their secrets, for the command line."""
    shown = (
        select(tokens, users.c.name)
        .join(users, users.c.tenant_user_uid == tokens.c.tenant_user_uid)
        .order_by(tokens.c.token_uid)
    )
    return [
        {
            "tokenUid": row["token_uid"],
            "user": row["name"],
            "createdAt": row["created_at"],
            "revokedAt": row["revoked_at"],
        }
        for row in connection.execute(shown).mappings()
    ]


def revoke_token(connection: Connection, uid: str, now: str) -> None:
    """Make a token worthless; the beginning of its uid is enough where it fits one token only.

    Raises:
        NotFoundError: No token fits.
        AmbiguousError: Several fit.
    """
    fits = select(tokens.c.token_uid).where(tokens.c.token_uid.startswith(uid, autoescape=True))
    found = list(connection.execute(fits).scalars()) if uid else []
    if not found:
        raise NotFoundError(f"There is no token “{uid}”")
    if len(found) > 1:
        raise AmbiguousError(f"“{uid}” fits {len(found)} tokens")
    which = tokens.c.token_uid == found[0]
    connection.execute(update(tokens).where(which, tokens.c.revoked_at.is_(None)).values(revoked_at=now))
