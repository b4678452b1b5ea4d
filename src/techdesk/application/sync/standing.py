"""Let later work stand on what is there in place of what an earlier change set (`docs/sync.md` §2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from techdesk.application.merge import clashes, seen_again
from techdesk.application.outbox import UNSETTLED, Clash, Operation
from techdesk.application.ports import ReadTransaction, WriteTransaction
from techdesk.application.typed_values import agree
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


def compared(view: ReadTransaction, operation: Operation, there: Document) -> tuple[Operation, tuple[Clash, ...]]:
    """Compare an operation with what is there; what an attempt that it replaces set is nobody else's text.

    Such an attempt may have had its effect although that was never told, and the person may have gone on since.

    Args:
        view: The transaction.
        operation: A change, not yet sent or refused.
        there: The record's fields as the server has them.

    Returns:
        The operation, standing on what is there by its own hand, and the fields that somebody else changed.

    Raises:
        StoreError: The store could not be read.
    """
    found = clashes(operation, there)
    sent = list(_replaced(view, operation)) if found else []
    own = {
        one.field: one.theirs
        for one in found
        if any(one.field in before.intent and agree(before.intent[one.field], one.theirs, one.field) for before in sent)
    }
    if not own:
        return operation, found
    return replace(operation, base={**operation.base, **own}), tuple(one for one in found if one.field not in own)


def _replaced(view: ReadTransaction, operation: Operation) -> Iterator[Operation]:
    """Yield the attempted operations in whose place an operation stands, the latest first."""
    before = view.operation(operation.replaces) if operation.replaces else None
    while before is not None:
        if before.attempts:
            yield before
        before = view.operation(before.replaces) if before.replaces else None
