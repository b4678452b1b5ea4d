"""Bill an order: everything on it that is not billed yet, as one sales order that the back end makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from techdesk.application.accounts import Account, Profile
from techdesk.application.changes import Changes
from techdesk.application.editing.saving import Saver, document_of, is_being_billed
from techdesk.application.lookups import account_of, record_of
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore, ReadTransaction, Urgency
from techdesk.domain.billing import SalesOrder
from techdesk.domain.errors import NotAllowedError
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.records import RecordType, from_document
from techdesk.domain.vocabulary import Role

BEING_BILLED = "A sales order for this is still unsent"
NOTHING_TO_BILL = "Nothing is left to bill"
SUPERVISOR_BILLS = "Only a supervisor can bill"


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What a sales order would hold now: items, and hours that are billable."""

    items: Sequence[Item] = ()
    hours: Sequence[HoursEntry] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return bool(self.items or self.hours)


class Billing:
    """Make sales orders; works the same with and without a network."""

    def __init__(self, store: OrderStore, profile_of: Callable[[str], Profile], saver: Saver) -> None:
        """Keep what it needs; `profile_of` tells what an account's back end guarantees."""
        self._store = store
        self._profile_of = profile_of
        self._saver = saver

    def bill(self, order: OrderRef, wanted: SalesOrder) -> Changes:
        """Bill what is not billed yet: the items that `wanted` names, else all, and all billable hours.

        Raises:
            NotSupportedError: The system knows no sales orders.
            NotAllowedError: The role is too small, nothing is left, or an earlier bill is still unsent.
            NotFoundError: The order is not on this computer.
            StoreError: It was not saved.
        """
        self._profile_of(order.account_id).check_supports(RecordType.SALES_ORDER)
        with self._store.write(Urgency.PERSON) as tx:
            record_of(tx, order, RecordType.ORDER, order.order_id)
            reason = reason_against_bill(tx, account_of(tx, order.account_id), order)
            if reason:
                raise NotAllowedError(reason)
            return self._saver.create(tx, order, RecordType.SALES_ORDER, document_of(wanted))


def unbilled(view: ReadTransaction, order: OrderRef) -> Unbilled:
    """Return what is not billed yet.

    Raises:
        StoreError: The store could not be read.
    """
    parts = view.parts(order.account_id, order.order_id)
    bills = [from_document(SalesOrder, one.view) for one in parts if one.record_type is RecordType.SALES_ORDER]
    billed_hours = {line.service_hours_uid for bill in bills for line in bill.lines}
    items = [from_document(Item, one.view) for one in parts if one.record_type is RecordType.ITEM]
    hours = [
        (one.server_id, from_document(HoursEntry, one.view)) for one in parts if one.record_type is RecordType.HOURS
    ]
    return Unbilled(
        items=[one for one in items if not one.is_billed],
        hours=[one for uid, one in hours if can_be_billed(one) and (uid is None or uid not in billed_hours)],
    )


def can_be_billed(entry: HoursEntry) -> bool:
    """Say whether the server would bill an hours entry: it has ended and has a rate."""
    return entry.billable and entry.minutes > 0 and entry.hourly_rate_uid is not None


def reason_against_bill(view: ReadTransaction, account: Account, order: OrderRef) -> str:
    """Return why an order cannot be billed now, or empty text if it can (Flow Retail: a supervisor bills).

    Raises:
        StoreError: The store could not be read.
    """
    if account.role is Role.TECHNICIAN:
        return SUPERVISOR_BILLS
    if is_being_billed(view, order):
        return BEING_BILLED
    return "" if unbilled(view, order) else NOTHING_TO_BILL
