"""Make a repeated POST harmless: the first answer of an Idempotency-Key is kept and given again.

The answer is written in the transaction of what it answers, so there is never one without the other. Only successes
are kept: a refusal changed nothing, and may be asked again once its cause is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from techdesk.domain.instants import instant_text, parse_instant
from techdesk.server.answers.problems import Problem, invalid
from techdesk.server.storage.tables import idempotency_keys
from techdesk.server.storage.work import Work

KEPT_DAYS = 40
"""How long a key protects at least; promised are 30 days."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a write answers."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    kept_body: str | None = None
    """What a repeat gets instead of the body, where the body shows a secret once."""


def read_key(header: str | None) -> str | None:
    """Return the key of an Idempotency-Key header, quoted or bare; None without the header.

    Raises:
        Problem: 400, the key is empty, too long or not plain ASCII.
    """
    if header is None:
        return None
    key = header.strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise invalid("must be 1 to 255 printable ASCII characters", "Idempotency-Key")
    return key


def kept_reply(work: Work, key: str, fingerprint: str) -> Reply | None:
    """Return the first answer of a key, or None for a fresh one.

    Raises:
        Problem: 422, the key came with another request before.
    """
    query = select(idempotency_keys).where(
        idempotency_keys.c.tenant_user_uid == work.caller.tenant_user_uid,
        idempotency_keys.c.idempotency_key == key,
    )
    row = work.row(query)
    if row is None:
        return None
    if row["fingerprint"] != fingerprint:
        raise Problem(422, "key_reused", "Use a fresh key for another request")
    return Reply(row["status"], row["body"], {**row["headers"], "Idempotent-Replayed": "true"})


def keep_reply(work: Work, key: str, fingerprint: str, reply: Reply) -> None:
    """Keep the first answer of a key."""
    row = {
        "tenant_user_uid": work.caller.tenant_user_uid,
        "idempotency_key": key,
        "fingerprint": fingerprint,
        "status": reply.status,
        "headers": dict(reply.headers),
        "body": reply.body if reply.kept_body is None else reply.kept_body,
        "created_at": work.now,
    }
    work.connection.execute(insert(idempotency_keys).values(**row))


class RunningKeys:
    """Know which keys are being worked on, so that an impatient repeat is told to wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, user_uid: str, key: str) -> Iterator[None]:
        """Hold a key while its request runs.

        Raises:
            Problem: 409, the first request with this key is still running.
        """
        name = (user_uid, key)
        with self._lock:
            if name in self._running:
                raise Problem(409, "key_in_progress", "Repeat it unchanged in a moment", headers={"Retry-After": "1"})
            self._running.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(name)


class KeyCleaner:
    """Forget keys that are older than promised, once a day, beside a write that runs anyway.

    Older is meant by what was kept before, too: a clock that is ahead by months for a moment takes no key away.
    """

    def __init__(self) -> None:
        self._next_at: datetime | None = None

    def clean(self, work: Work) -> None:
        """Forget old keys if a day has passed."""
        now = parse_instant(work.now)
        if self._next_at and now < self._next_at:
            return
        self._next_at = now + timedelta(days=1)
        newest = work.connection.execute(select(func.max(idempotency_keys.c.created_at))).scalar() or work.now
        oldest = instant_text(min(now, parse_instant(newest)) - timedelta(days=KEPT_DAYS))
        work.connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < oldest))
