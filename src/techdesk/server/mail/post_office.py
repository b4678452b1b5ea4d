"""Send the messages that wait, one after the other, and note on their orders what became of them.

`started_at` is kept before a letter is handed over. So whatever ends this process, the next one knows which letters may
have gone out already: those are never sent again, and say FAILED. A letter is taken in a writing transaction, so of
several processes one has it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from techdesk.domain.instants import instant_text, parse_instant
from techdesk.domain.vocabulary import Role
from techdesk.server.answers.problems import Problem
from techdesk.server.mail.courier import Attempt, Courier, Fate
from techdesk.server.mail.letters import Letter, Sender, letter
from techdesk.server.mail.settings import SmtpSettings
from techdesk.server.orders.publishing import publish
from techdesk.server.requests.calls import utc_now
from techdesk.server.requests.revisions import step
from techdesk.server.storage.database import Database
from techdesk.server.storage.sales_tables import outgoing_mail
from techdesk.server.storage.tables import notifications, orders
from techdesk.server.storage.work import Caller, Row, Work

log = logging.getLogger("techdesk.server.mail")

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a letter waits after each attempt that surely failed; after the last one it is FAILED."""

_LOOK_EVERY_SECONDS = 1.0
_QUEUE = outgoing_mail.join(
    notifications, notifications.c.service_notification_uid == outgoing_mail.c.service_notification_uid
).join(orders, orders.c.service_order_uid == outgoing_mail.c.service_order_uid)
_SEEN = (
    *outgoing_mail.c,
    *(notifications.c[name] for name in ("recipient", "message", "created_at")),
    *(orders.c[name] for name in ("tenant_uid", "store_uid")),
)


class PostOffice:
    """Send what is due."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        carry: Callable[[Letter], Attempt],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._sender = sender
        self._carry = carry
        self._now = now

    def run(self, stopping: threading.Event) -> None:
        """Send what is due until told to stop; the letter in hand is finished first."""
        while not stopping.wait(_LOOK_EVERY_SECONDS):
            try:
                self.send_due(stopping)
            except (Problem, SQLAlchemyError) as error:
                log.warning("e-mail waits for the database: %s", type(error).__name__)

    def send_due(self, stopping: threading.Event) -> int:
        """Send what is due now, until told to stop, and return how many were tried.

        Raises:
            Problem: 503, the database cannot be reached.
            SQLAlchemyError: It cannot be read or written.
        """
        count = 0
        while not stopping.is_set() and (row := self._taken()):
            self._finish(row, self._carried(row), stopping)
            count += 1
        return count

    def _taken(self) -> Row | None:
        """Return the next message that is due, marked as started; None where none is."""
        now = instant_text(self._now())
        due = (
            select(*_SEEN)
            .select_from(_QUEUE)
            .where(outgoing_mail.c.started_at.is_(None), outgoing_mail.c.due_at <= now)
            .order_by(outgoing_mail.c.due_at, outgoing_mail.c.service_notification_uid)
            .limit(1)
        )
        with self._database.read() as connection:
            if connection.execute(due).first() is None:
                return None
        with self._database.write() as connection:
            found = connection.execute(due).mappings().first()
            if found is None:
                return None
            row = dict(found) | {"attempts": found["attempts"] + 1}
            started = update(outgoing_mail).where(_waiting(row)).values(started_at=now, attempts=row["attempts"])
            connection.execute(started)
            return row

    def _carried(self, row: Row) -> Attempt:
        written = letter(
            self._sender,
            row["recipient"],
            row["message"],
            uid=row["service_notification_uid"],
            at=parse_instant(row["created_at"]),
        )
        if written is None:
            return Attempt(Fate.REFUSED, "the customer's address is not one e-mail address")
        return self._carry(written)

    def _finish(self, row: Row, attempt: Attempt, stopping: threading.Event) -> None:
        """Note what became of a letter; where the database is away this must wait, for it was sent already."""
        while True:
            try:
                self._note(row, attempt)
            except (Problem, SQLAlchemyError) as error:
                log.warning("what became of an e-mail waits for the database: %s", type(error).__name__)
                if stopping.wait(_LOOK_EVERY_SECONDS):
                    return
            else:
                return

    def _note(self, row: Row, attempt: Attempt) -> None:
        now = self._now()
        uid = row["service_notification_uid"]
        is_tried_again = attempt.fate is Fate.NOT_SENT_YET and row["attempts"] <= len(DELAYS)
        with self._database.write() as connection:
            if is_tried_again:
                due_at = instant_text(now + DELAYS[row["attempts"] - 1])
                connection.execute(update(outgoing_mail).where(_waiting(row)).values(started_at=None, due_at=due_at))
            else:
                settle(connection, row, "SENT" if attempt.fate is Fate.SENT else "FAILED", instant_text(now))
        if attempt.fate is Fate.SENT:
            log.info("message %s sent", uid)
        else:
            log.warning("message %s %s: %s", uid, "waits" if is_tried_again else "failed", attempt.reason)


def recover(database: Database, now: str, *, is_configured: bool) -> None:
    """Settle what an earlier process left: what it had started may have gone out, so it is FAILED.

    Args:
        database: Where the messages wait.
        now: This instant.
        is_configured: Whether there is a mail server; without one, what waits is NOT_CONFIGURED.
    """
    with database.write() as connection:
        for found in [dict(row) for row in connection.execute(select(*_SEEN).select_from(_QUEUE)).mappings()]:
            if found["started_at"] is not None:
                log.warning("message %s failed: it may have gone out before", found["service_notification_uid"])
                settle(connection, found, "FAILED", now)
            elif not is_configured:
                settle(connection, found, "NOT_CONFIGURED", now)


def settle(connection: Connection, row: Mapping[str, Any], status: str, now: str) -> None:
    """Give a message that waited its last status, and tell the change feed; one deleted meanwhile stays so."""
    connection.execute(delete(outgoing_mail).where(_waiting(row)))
    which = notifications.c.service_notification_uid == row["service_notification_uid"]
    changed = update(notifications).where(which)
    values = {"status": status, "sent_at": now if status == "SENT" else None}
    if connection.execute(changed.values(**values, revision=notifications.c.revision + step())).rowcount:
        this_server = Caller("", "TechDesk", Role.ADMIN, row["tenant_uid"])
        publish(Work(connection, this_server, row["store_uid"], now), row["service_order_uid"])


@contextmanager
def delivering(database: Database, settings: SmtpSettings | None) -> Iterator[None]:
    """Send what is due beside the requests, from here to the end; the letter in hand is finished."""
    recover(database, instant_text(utc_now()), is_configured=settings is not None)
    if settings is None:
        yield
        return
    office = PostOffice(database, settings.sender, Courier(settings).carry)
    stopping = threading.Event()
    thread = threading.Thread(target=office.run, args=(stopping,), name="mail")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _waiting(row: Mapping[str, Any]) -> ColumnElement[bool]:
    which: ColumnElement[bool] = outgoing_mail.c.service_notification_uid == row["service_notification_uid"]
    return which
