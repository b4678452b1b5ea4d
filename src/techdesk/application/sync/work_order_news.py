"""Remember that a pull changed an order's work order, and say whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from techdesk.application.lookups import account_of, order_value
from techdesk.application.noted import note_instant, noted_instant
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction, WriteTransaction
from techdesk.domain.errors import NotFoundError


def note_change(tx: WriteTransaction, refs: Iterable[OrderRef], now: datetime) -> None:
    """Remember when these orders' work orders changed.

    Raises:
        StoreError: It was not stored.
    """
    for ref in refs:
        note_instant(tx, _name(ref), now)


def changed_at(view: ReadTransaction, ref: OrderRef) -> datetime | None:
    """Return when an order's work order last changed by a pull, None where it never did.

    Raises:
        StoreError: The store could not be read.
    """
    return noted_instant(view, _name(ref))


def numbers_to_tell(view: ReadTransaction, refs: Iterable[OrderRef], shown: OrderRef | None) -> list[str]:
    """Return the numbers of the orders whose news concern the person here: their own, and the one that is shown.

    Raises:
        StoreError: The store could not be read.
    """
    found = []
    for ref in sorted(refs):
        try:
            order, account = order_value(view, ref), account_of(view, ref.account_id)
        except NotFoundError:
            continue  # it went again meanwhile
        if ref == shown or (account.user_uid and order.assigned_user_uid == account.user_uid):
            found.append(order.service_number or order.title)
    return found


def _name(ref: OrderRef) -> str:
    return f"work_order_changed:{ref.account_id}:{ref.order_id}"
