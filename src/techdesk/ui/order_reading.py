"""Read an order for the screen, where it may be gone by now."""

from __future__ import annotations

from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction
from techdesk.domain.errors import NotFoundError, RemovalRefusedError

_KEPT = "You removed this order, and the server kept it. Decide in the sync centre (Ctrl+U)."
_GONE = "This order is no longer here. Somebody may have removed it."


def detail_or_none(ref: OrderRef, view: ReadTransaction) -> OrderDetail | None:
    """Return the order, None where it is not on this computer.

    Raises:
        StoreError: The store could not be read.
    """
    try:
        return order_detail(view, ref)
    except NotFoundError:
        return None


def detail_or_reason(ref: OrderRef, view: ReadTransaction) -> OrderDetail | str:
    """Return the order, or why it is not shown.

    Raises:
        StoreError: The store could not be read.
    """
    try:
        return order_detail(view, ref)
    except RemovalRefusedError:
        return _KEPT
    except NotFoundError:
        return _GONE
