"""Let people in: tokens, roles, and a limit on wrong attempts.

A token is 256 random bits and is kept only as its SHA-256: with that much chance in it, a slow hash adds nothing.
Passwords are chosen by people, so they are kept by scrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, select

from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem
from techdesk.server.storage.tables import tokens, users
from techdesk.server.storage.work import Caller

_WRONG_ATTEMPTS = 20
_WINDOW_SECONDS = 60.0
_REMEMBERED_ADDRESSES = 10_000


def token_hash(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def password_hash(password: str) -> str:
    """Return what the database keeps of a password: `scrypt$SALT$HASH`, N=2**14, r=8, p=1."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    return f"scrypt${salt.hex()}${digest.hex()}"


def is_password(password: str, kept: str | None) -> bool:
    """Say whether a password is the kept one; takes as long where there is none, so that names cannot be tried."""
    _, salt, digest = (kept or _NOBODYS).split("$")
    found = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1)
    return hmac.compare_digest(found.hex(), digest) and kept is not None


_NOBODYS = f"scrypt${'00' * 16}${'00' * 64}"


def caller_of(connection: Connection, token: str) -> Caller | None:
    """Return whose token it is; None for a wrong or revoked one, or of a user who is switched off."""
    hashed = token_hash(token)
    query = (
        select(users, tokens.c.token_hash)
        .join(tokens, tokens.c.tenant_user_uid == users.c.tenant_user_uid)
        .where(tokens.c.token_hash == hashed, tokens.c.revoked_at.is_(None), users.c.active)
    )
    row = connection.execute(query).mappings().first()
    if row is None or not hmac.compare_digest(row["token_hash"], hashed):
        return None
    return Caller(row["tenant_user_uid"], row["display_name"], Role(row["role"]), row["tenant_uid"])


def bearer_token(authorization: str | None) -> str:
    """Return the token of an Authorization header, or an empty text."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unauthorized() -> Problem:
    """Ask for a valid token."""
    return Problem(
        401, "unauthorized", "Send Authorization: Bearer with a valid token", headers={"WWW-Authenticate": "Bearer"}
    )


class WrongAttempts:
    """Count wrong credentials by address, so that nobody can try many.

    A right token always gets in: it cannot be guessed, and one broken desk must not lock out a whole office that
    shares its address. A password can be guessed, so each try is counted by `begin` before it is looked at, and those
    that are looked at side by side are no more than one after the other; `forgive` takes a right one back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._attempts: dict[str, deque[float]] = {}

    def begin(self, *origins: str) -> float:
        """Count a try of a password before it is looked at, and return what `forgive` knows it by.

        Raises:
            Problem: 429, there were too many from one of the origins; then none of them counts it.
        """
        now = self._monotonic()
        with self._lock:
            every = [self._recent(origin, now) for origin in origins]
            full = [recent[0] for recent in every if len(recent) >= _WRONG_ATTEMPTS]
            if not full:
                for recent in every:
                    recent.append(now)
                return now
        raise _too_many(int(max(full) + _WINDOW_SECONDS - now) + 1)

    def forgive(self, begun: float, *origins: str) -> None:
        """Take back a try that turned out right."""
        with self._lock:
            for origin in origins:
                with suppress(KeyError, ValueError):
                    self._attempts[origin].remove(begun)

    def count(self, address: str, refusal: Problem | None = None) -> Problem:
        """Count a wrong attempt and return its refusal: the given one, else 401; 429 where there were too many."""
        now = self._monotonic()
        with self._lock:
            recent = self._recent(address, now)
            recent.append(now)
            if len(recent) <= _WRONG_ATTEMPTS:
                return refusal or unauthorized()
            wait = int(recent[0] + _WINDOW_SECONDS - now) + 1
        return _too_many(wait)

    def _recent(self, origin: str, now: float) -> deque[float]:
        if len(self._attempts) >= _REMEMBERED_ADDRESSES:
            self._attempts.clear()
        recent = self._attempts.setdefault(origin, deque(maxlen=_WRONG_ATTEMPTS + 1))
        while recent and recent[0] <= now - _WINDOW_SECONDS:
            recent.popleft()
        return recent


def _too_many(wait: int) -> Problem:
    return Problem(429, "rate_limited", f"Try again in {wait} seconds", headers={"Retry-After": str(wait)})
