"""Look up what an order refers to: people, types, statuses, rates, products, warehouses."""

from __future__ import annotations

from sqlalchemy import Table, select

from techdesk.server.answers.problems import invalid
from techdesk.server.storage.tables import service_statuses
from techdesk.server.storage.work import Row, Work


def chosen(work: Work, table: Table, uid: str, pointer: str) -> Row:
    """Return the row of the caller's tenant that a body refers to.

    Raises:
        Problem: 400, there is no such row, or it is switched off; names `pointer`.
    """
    key = next(iter(table.primary_key.columns))
    row = work.row(select(table).where(key == uid, table.c.tenant_uid == work.caller.tenant_uid))
    if row is None:
        raise invalid("refers to nothing that exists", pointer)
    if not row["active"]:
        raise invalid("refers to something that is switched off", pointer)
    return row


def first_status(work: Work) -> Row:
    """Return the status that a new order starts with: the first of the workflow.

    Raises:
        Problem: 400, the tenant has no status.
    """
    query = (
        select(service_statuses)
        .where(service_statuses.c.tenant_uid == work.caller.tenant_uid, service_statuses.c.active)
        .order_by(service_statuses.c.position)
    )
    status = work.row(query)
    if status is None:
        raise invalid("is needed: there is no first status", "/serviceStatusUid")
    return status
