"""Give out what changed since a cursor: every order once, at its last change, and the uids of deleted ones."""

from __future__ import annotations

import base64
import binascii

from sqlalchemy import select

from techdesk.server.problems import Problem
from techdesk.server.rendering import to_json
from techdesk.server.tables import change_feed, counters
from techdesk.server.work import Work


def changes_page(work: Work, since: str, limit: int) -> str:
    """Return the JSON of at most `limit` changes after the cursor; an empty cursor starts at the beginning.

    Raises:
        Problem: 410, the cursor is of another database or of a later state than this one (restored backup).
    """
    counter = work.connection.execute(select(counters)).mappings().one()
    after = _read_cursor(since, counter["feed_uid"], counter["change_number"]) if since else 0
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
        "cursor": _cursor(counter["feed_uid"], page[-1]["change_number"] if page else after),
        "more": len(rows) > limit,
    }
    whole = (f"{row['document'][:-1]},{row['parts']}}}" for row in page if row["document"] is not None)
    return f'{{"orders":[{",".join(whole)}],{to_json(members)[1:]}'


def _cursor(feed_uid: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{feed_uid}:{number}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str, feed_uid: str, last_number: int) -> int:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        uid, _, text = base64.urlsafe_b64decode(padded.encode()).decode().rpartition(":")
        number = int(text)
    except (binascii.Error, ValueError):
        raise _expired() from None
    if uid != feed_uid or not 0 <= number <= last_number:
        raise _expired()
    return number


def _expired() -> Problem:
    return Problem(410, "cursor_expired", "This cursor is unknown here: start again without one")
