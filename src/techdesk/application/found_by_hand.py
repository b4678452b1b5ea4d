"""Make one of what was made here and of what a pull brought, once a person has found at the server that it arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from techdesk.application.exchange import Sighting
from techdesk.application.outbox import Operation
from techdesk.application.ports import ReadTransaction, StoredRecord, WriteTransaction
from techdesk.application.recognizing import Shown, recognized
from techdesk.application.settling import Settlement
from techdesk.domain.documents import RecordType


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
    for server_id in view.order_server_ids(account_id):
        order = view.record(account_id, RecordType.ORDER, server_id)
        if order and not order.deleted:
            yield order
