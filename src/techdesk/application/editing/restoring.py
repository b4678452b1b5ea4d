"""Bring a text back that lost: an ordinary new change of what is there now, or the record made anew."""

from __future__ import annotations

from collections.abc import Callable

from techdesk.application.accounts import Profile
from techdesk.application.changes import Changes
from techdesk.application.editing.order_history import past_change
from techdesk.application.editing.rules import check_takes_work
from techdesk.application.editing.saving import Saver
from techdesk.application.lookups import order_value, record_of
from techdesk.application.outbox import Operation, OrderRef, Verb
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency
from techdesk.domain.errors import NotFoundError


class Restoring:
    """Restore what was withdrawn, overruled or replaced, from the history."""

    def __init__(self, store: OrderStore, profile_of: Callable[[str], Profile], saver: Saver) -> None:
        """Keep the store, what tells what an account guarantees, and what saves."""
        self._store = store
        self._profile_of = profile_of
        self._saver = saver

    def restore(self, op_id: str, side: str = "mine") -> Changes:
        """Set the fields of a past change again; `side` is whose text is meant, `mine` or `theirs`.

        Raises:
            NotFoundError: There is no such past change, nothing of it was lost, or what it was about is gone.
            NotAllowedError: The order, the role, a bill or the system forbids it now.
            StoreError: It was not saved.
        """
        with self._store.write(Urgency.PERSON) as tx:
            operation = tx.operation(op_id)
            past = operation and past_change(tx, operation)
            lost = past.lost.get(side) if past else None
            if not operation or not lost:
                raise NotFoundError("There is nothing to bring back", "What was typed is there already, or was sent")
            order = OrderRef(operation.account_id, operation.order_id)
            if _is_to_be_made(tx, operation):
                self._profile_of(order.account_id).check_supports(operation.record_type)
                check_takes_work(order_value(tx, order))
                return self._saver.create(tx, order, operation.record_type, lost)
            self._profile_of(order.account_id).check_supports(operation.record_type, Verb.UPDATE)
            record = record_of(tx, order, operation.record_type, operation.record_id)
            return self._saver.change(tx, record, lost, record.view)


def _is_to_be_made(view: ReadTransaction, operation: Operation) -> bool:
    """Say whether a withdrawn operation would have made a part of its order; the part went with it."""
    is_there = view.record(operation.account_id, operation.record_type, operation.record_id) is not None
    return operation.verb is Verb.CREATE and not is_there
