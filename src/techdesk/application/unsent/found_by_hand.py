"""Make one of what was made here and of what a pull brought, once a person has found at the server that it arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from techdesk.application.exchange import Sighting
from techdesk.application.outbox import Operation
from techdesk.application.ports import ReadTransaction, StoredRecord, WriteTransaction
from techdesk.application.queries import OrderFilter
from techdesk.application.sync.recognizing import TOO_OLD, Shown, recognized
from techdesk.application.sync.settling import Settlement
from techdesk.domain.documents import RecordType

NEWEST = 1000
"""So many of the newest orders are looked through: a person waits, and ours was made shortly before it was sent."""


def take_for_ours(tx: WriteTransaction, operation: Operation, new_id: Callable[[], str], now: datetime) -> bool:
    """Make one of what a create made and what a pull brought of it, with all work on both; say whether it was here.

    Raises:
        StoreError: It was not stored.
    """
    brought = [one for one in _beside(tx, operation) if one.record_id == one.server_id]
    read = recognized(
        operation,
        (Shown(server_id=one.record_id, document=one.base, revision=one.revision) for one in brought),
    )
    if read.sighting is not Sighting.FOUND:
        return False
    Settlement(tx, new_id, now, 0.0).adopt(operation, read)
    return True


def _beside(view: ReadTransaction, operation: Operation) -> Iterator[StoredRecord]:
    """Yield the records among which the effect of a create stands once a pull has brought it."""
    account_id = operation.account_id
    if operation.record_type is not RecordType.ORDER:
        yield from view.parts(account_id, operation.order_id, operation.record_type)
        return
    since = (operation.first_sent_at or operation.created_at) - TOO_OLD
    for row in view.first_order_rows(OrderFilter(account_ids=frozenset({account_id})), NEWEST):
        order = view.record(account_id, RecordType.ORDER, row.order_id)
        if order and row.created_at and row.created_at >= since:
            yield order
