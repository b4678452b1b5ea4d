"""Let go of an order that a person has brought to this computer; the server keeps it."""

from __future__ import annotations

from collections.abc import Callable

from techdesk.application.accounts import Profile
from techdesk.application.changes import Changes
from techdesk.application.lookups import record_of
from techdesk.application.outbox import UNSETTLED, OrderRef
from techdesk.application.ports import OrderStore, Urgency
from techdesk.domain.errors import NotAllowedError, NotSupportedError
from techdesk.domain.records import RecordType

COMES_BY_ITSELF = "Only an order that was followed by its id can be let go; this system sends its orders by itself"


class Following:
    """Stop following orders."""

    def __init__(self, store: OrderStore, profile_of: Callable[[str], Profile]) -> None:
        """Keep what it needs; `profile_of` tells what an account's back end guarantees."""
        self._store = store
        self._profile_of = profile_of

    def why_not(self, account_id: str) -> str:
        """Return why orders of an account cannot be let go; empty where they can."""
        return "" if self._profile_of(account_id).orders_are_followed else COMES_BY_ITSELF

    def stop(self, order: OrderRef) -> Changes:
        """Remove an order with all its parts from this computer.

        Raises:
            NotSupportedError: The system sends its orders by itself.
            NotFoundError: The order is not on this computer.
            NotAllowedError: It has unsent work.
            StoreError: It was not removed.
        """
        if reason := self.why_not(order.account_id):
            raise NotSupportedError(reason)
        with self._store.write(Urgency.PERSON) as tx:
            record_of(tx, order, RecordType.ORDER, order.order_id)
            if tx.operations(account_id=order.account_id, order_id=order.order_id, states=UNSETTLED):
                raise NotAllowedError("This order has unsent work", "Sync it or discard it first; nothing was removed")
            tx.remove_record(order.account_id, RecordType.ORDER, order.order_id)
        return Changes(orders=frozenset({order.order_id}), list_changed=True)
