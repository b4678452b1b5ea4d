"""Give out what changed since a cursor: every order once, at its last change, and the uids of deleted ones.

Each start of the server begins an *era* of the feed, and a cursor names the era it was given in. So one that was given
after a backup was made is unknown where that backup was put back, however far the feed has grown again since.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, select, update

from techdesk.server.answers.problems import Problem
from techdesk.server.answers.rendering import to_json
from techdesk.server.storage.tables import change_feed, counters
from techdesk.server.storage.work import Work

_ERAS_KNOWN = 100


def changes_page(work: Work, since: str, limit: int) -> str:
    """Return the JSON of at most `limit` changes after the cursor; an empty cursor starts at the beginning.

    Raises:
        Problem: 410, the cursor is of another database or of a later state than this one (restored backup).
    """
    counter = work.connection.execute(select(counters)).mappings().one()
    eras = _eras(counter["feed_uid"])
    after = _read_cursor(since, eras, counter["change_number"]) if since else 0
    query = (
        select(change_feed)
        .where(change_feed.c.store_uid == work.store_uid, change_feed.c.change_number > after)
        .order_by(change_feed.c.change_number)
        .limit(limit + 1)
    )
    rows = work.rows(query)
    page = rows[:limit]
    members = {
        "deleted": [row["service_order_uid"] for row in page if row["document"] is None],
        "cursor": _cursor(eras[-1].uid, page[-1]["change_number"] if page else after),
        "more": len(rows) > limit,
    }
    whole = (f"{row['document'][:-1]},{row['parts']}}}" for row in page if row["document"] is not None)
    return f'{{"orders":[{",".join(whole)}],{to_json(members)[1:]}'


def begin_era(connection: Connection) -> None:
    """Begin an era, as the server starts; cursors of the last hundred stay known."""
    counter = connection.execute(select(counters)).mappings().one()
    eras = [*_eras(counter["feed_uid"]), _Era(uuid4().hex[:12], counter["change_number"])][-_ERAS_KNOWN:]
    text = " ".join(f"{one.uid}@{one.first}" for one in eras)
    connection.execute(update(counters).values(feed_uid=text))


class _Era(NamedTuple):
    """An era and the number of the last change before it."""

    uid: str
    first: int


def _eras(text: str) -> list[_Era]:
    parts = (one.partition("@") for one in text.split(" "))
    return [_Era(uid, int(first or 0)) for uid, _, first in parts]


def _cursor(era_uid: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{era_uid}:{number}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str, eras: Sequence[_Era], last_number: int) -> int:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        uid, _, text = base64.urlsafe_b64decode(padded.encode()).decode().rpartition(":")
        number = int(text)
    except (binascii.Error, ValueError):
        raise _expired() from None
    ends = [*(one.first for one in eras[1:]), last_number]
    known = dict(zip((one.uid for one in eras), ends, strict=True))
    if not 0 <= number <= known.get(uid, -1):
        raise _expired()
    return number


def _expired() -> Problem:
    return Problem(410, "cursor_expired", "This cursor is unknown here: start again without one")
