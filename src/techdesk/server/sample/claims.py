"""Choose claims of the sample that a technician can follow in the Extend dialect."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from techdesk.server.extend.orders import CLAIMS
from techdesk.server.storage.tables import orders


def claims_to_work_on(connection: Connection, user: str, most: int) -> list[str]:
    """Return the ids of open claims that are the technician's (a uid) or nobody's, one not accepted yet among them.

    Of each course and kind the newest come first, so that few claims show much.
    """
    assignee = orders.c.assigned_user_uid
    ours = or_(assignee == user, assignee.is_(None))
    query = (
        select(orders.c.external_id, orders.c.service_kind, orders.c.accepted_at)
        .where(orders.c.external_system == CLAIMS, orders.c.closed_at.is_(None), ours)
        .order_by(assignee.is_(None), orders.c.created_at.desc())
    )
    rows = [(row.external_id, (row.service_kind, row.accepted_at is None)) for row in connection.execute(query)]
    first_of_each = [claim for place, (claim, sort) in enumerate(rows) if sort not in [one for _, one in rows[:place]]]
    return list(dict.fromkeys([*first_of_each, *(claim for claim, _ in rows)]))[:most]
