"""Run one request of somebody: enter by token, work in a transaction, answer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import Response

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import forbidden, unavailable
from techdesk.server.requests.auth import WrongAttempts, bearer_token, caller_of, unauthorized
from techdesk.server.requests.idempotency import KeyCleaner, Reply, RunningKeys, keep_reply, kept_reply, read_key
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import stores
from techdesk.server.storage.work import Caller, Work

PATIENCE_SECONDS = 30.0
"""A request that waited longer than that to begin its writing is refused, see `Server.writing`."""

_Found = TypeVar("_Found")


def utc_now() -> datetime:
    """Return this instant."""
    return datetime.now(UTC)


@dataclass
class Server:
    """Hold what all requests share.

    Attributes:
        database: Where everything is kept.
        now: The clock.
        extend_reads: Whether service orders can be read in the Extend dialect; a servicer's account may not have it.
        sends_email: Whether a mail server is configured, so that e-mail to customers goes out.
        is_plain: Whether the Flow Retail dialect is answered as a plain vendor does, without what is ours.
        monotonic: The steady clock.
    """

    database: Database
    now: Callable[[], datetime] = utc_now
    wrong_attempts: WrongAttempts = field(default_factory=WrongAttempts)
    wrong_pages: WrongAttempts = field(default_factory=WrongAttempts)
    running_keys: RunningKeys = field(default_factory=RunningKeys)
    key_cleaner: KeyCleaner = field(default_factory=KeyCleaner)
    extend_reads: bool = True
    sends_email: bool = False
    is_plain: bool = False
    monotonic: Callable[[], float] = time.monotonic

    @contextmanager
    def writing(self, request: Request) -> Iterator[Connection]:
        """Run the writing transaction of a request.

        Whoever sent a request that queued for a minute has long looked elsewhere or sent it again: it is not begun.

        Raises:
            Problem: 503, it waited too long for its turn, or the database cannot be reached.
        """
        if self.monotonic() - request.scope["techdesk.arrived"] > PATIENCE_SECONDS:
            raise unavailable("Too many others are asking")
        with self.database.write() as connection:
            yield connection

    def enter(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            Problem: 401 or 429 without a valid token; 403 for another tenant.
        """
        caller = self.enter_with(request, bearer_token(request.headers.get("authorization")))
        if request.path_params.get("tenantUid", caller.tenant_uid) != caller.tenant_uid:
            raise forbidden("This token belongs to another tenant")
        return caller

    def enter_with(self, request: Request, token: str) -> Caller:
        """Return whose token it is.

        Raises:
            Problem: 401 or 429 without a valid token.
        """
        if not token:
            raise unauthorized()
        with self.database.read() as connection:
            caller = caller_of(connection, token)
        if caller is None:
            raise self.wrong_attempts.count(request.client.host if request.client else "")
        return caller


@dataclass(frozen=True, slots=True)
class Call:
    """Run the work of one request; the caller has entered already (`reading.FlowRetailRoute`)."""

    server: Server
    request: Request
    caller: Caller
    store_uid: str = ""

    def look(self, read: Callable[[Work], _Found]) -> _Found:
        """Return what is read from one state of the database."""
        with self.server.database.read() as connection:
            return read(self._work(connection))

    def read(self, answer: Callable[[Work], Reply | str]) -> Response:
        """Answer from one state of the database; a text is the JSON of a plain 200."""
        reply = self.look(answer)
        return _response(reply if isinstance(reply, Reply) else Reply(200, reply))

    def write(self, change: Callable[[Work], Reply], *, role: Role = Role.TECHNICIAN) -> Response:
        """Change something, all or nothing; a POST with an Idempotency-Key changes it once.

        Raises:
            Problem: 403 below `role`; 409 or 422 for the key; whatever `change` refuses.
        """
        if not self.caller.is_at_least(role):
            raise forbidden(f"This needs the role {role}")
        key = read_key(self.request.headers.get("idempotency-key")) if self.request.method == "POST" else None
        if key is None:
            return self.write_unkeyed(change)
        with self.server.running_keys.hold(self.caller.tenant_user_uid, key):
            return _response(self._write_once(change, key))

    def write_unkeyed(self, change: Callable[[Work], Reply]) -> Response:
        """Change something, all or nothing, in a dialect that knows no keys: a repeat changes it again.

        Raises:
            Problem: Whatever `change` refuses.
        """
        with self.server.writing(self.request) as connection:
            reply = change(self._work(connection))
        return _response(reply)

    def _write_once(self, change: Callable[[Work], Reply], key: str) -> Reply:
        fingerprint = self._fingerprint()
        with self.server.writing(self.request) as connection:
            work = self._work(connection)
            self.server.key_cleaner.clean(work)
            kept = kept_reply(work, key, fingerprint)
            if kept is not None:
                return kept
            reply = change(work)
            keep_reply(work, key, fingerprint, reply)
            return reply

    def _work(self, connection: Connection) -> Work:
        now = instant_text(self.server.now())
        work = Work(connection, self.caller, self.store_uid, now, self.server.sends_email)
        if self.store_uid:
            self._check_store(work)
        return work

    def _check_store(self, work: Work) -> None:
        query = select(stores.c.tenant_uid).where(stores.c.store_uid == self.store_uid)
        store = work.row(query)
        # one answer for both, so that nobody learns which stores of others there are
        if store is None or store["tenant_uid"] != self.caller.tenant_uid:
            raise forbidden("This store is none of this token's tenant")

    def _fingerprint(self) -> str:
        asked = f"{self.request.method} {self.request.url.path}?{self.request.url.query}\n"
        body: bytes = getattr(self.request, "_body", b"")
        return hashlib.sha256(asked.encode() + body).hexdigest()


def _response(reply: Reply) -> Response:
    if reply.status == 204:
        return Response(status_code=204)
    return Response(reply.body, reply.status, reply.headers, "application/json")
