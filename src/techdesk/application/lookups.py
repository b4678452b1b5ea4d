"""Look up an account, a record or an order that must be on this computer."""

from __future__ import annotations

from techdesk.application.accounts import Account
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import ReadTransaction, StoredRecord
from techdesk.domain.errors import NoAccountError, RecordGoneError, RemovalRefusedError
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType, from_document


def account_of(tx: ReadTransaction, account_id: str) -> Account:
    """Return an account.

    Raises:
        NoAccountError: It is not on this computer.
    """
    found = next((one for one in tx.accounts() if one.account_id == account_id), None)
    if found is None:
        raise NoAccountError
    return found


def record_of(tx: ReadTransaction, order: OrderRef, record_type: RecordType, record_id: str) -> StoredRecord:
    """Return a record that is not deleted.

    Raises:
        RemovalRefusedError: It was removed here, and the server kept it.
        RecordGoneError: It is not, or no longer, on this computer.
    """
    found = tx.record(order.account_id, record_type, record_id)
    if found is None:
        raise RecordGoneError
    if found.deleted:
        pending = tx.operations(account_id=order.account_id, record_id=record_id)
        raise RemovalRefusedError if any(one.is_refused_removal for one in pending) else RecordGoneError
    return found


def order_value(tx: ReadTransaction, order: OrderRef) -> Order:
    """Return an order as the person sees it, without its items.

    Raises:
        RemovalRefusedError: It was removed here, and the server kept it.
        RecordGoneError: It is not, or no longer, on this computer.
    """
    return from_document(Order, record_of(tx, order, RecordType.ORDER, order.order_id).view)
