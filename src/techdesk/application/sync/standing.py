"""Let later work stand on what is there in place of what an earlier change set (`docs/sync.md` §2.7)."""

from __future__ import annotations

from techdesk.application.merge import seen_again
from techdesk.application.outbox import Operation
from techdesk.application.ports import WriteTransaction
from techdesk.application.sync.lanes import UNSETTLED
from techdesk.domain.documents import Document


def stand_on(tx: WriteTransaction, operation: Operation, there: Document) -> None:
    """Compare later changes of a record with what is there now, where the person saw what `operation` set.

    Without this their next change would look as if somebody else had been there.

    Args:
        tx: The transaction.
        operation: The earlier change.
        there: The record's fields as the server wrote them, as another change sets them, or as they were before it.

    Raises:
        StoreError: Nothing was stored.
    """
    pending = tx.operations(account_id=operation.account_id, record_id=operation.record_id, states=UNSETTLED)
    for one in pending:
        standing = seen_again(one, operation.intent, there)
        if one.position > operation.position and standing is not one:
            tx.save_operation(standing)
