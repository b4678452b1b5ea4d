"""Read one order with everything the screen shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

from techdesk.application.accounts import Account
from techdesk.application.editing.billing import can_be_billed, reason_against_bill
from techdesk.application.editing.order_history import PastChange, order_history
from techdesk.application.lookups import account_of, record_of
from techdesk.application.outbox import Operation, OpState, OrderRef
from techdesk.application.ports import ReadTransaction, StoredRecord
from techdesk.application.sync.clock_skew import ahead_s
from techdesk.application.sync.work_order_news import changed_at
from techdesk.domain.billing import SalesOrder
from techdesk.domain.event_data import WIRE_FIELDS
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import Money, sum_of
from techdesk.domain.notifications import Notification
from techdesk.domain.orders import HourlyRate, Order, Product, ServiceStatus, ServiceType, Totals, User, Warehouse
from techdesk.domain.records import RECORD_CLASSES, Document, RecordedEvent, RecordType, from_document

_Value = TypeVar("_Value")

_OFFERED = sorted({one.offers for one in WIRE_FIELDS.values()} - {""})

_PRESSING = (
    OpState.CONFLICT,
    OpState.REJECTED,
    OpState.NEEDS_CHECK,
    OpState.AMBIGUOUS,
    OpState.INFLIGHT,
    OpState.QUEUED,
)


@dataclass(frozen=True, slots=True)
class Shown(Generic[_Value]):
    """A record on the screen.

    Attributes:
        value: What to show.
        record_id: Our id, for commands.
        document: The document as shown; hand it back as `seen` when it is changed.
        operation: The most pressing operation that is not settled; None when all is confirmed.
    """

    value: _Value
    record_id: str
    document: Document
    operation: Operation | None

    @property
    def state(self) -> OpState | None:
        """Return the state to show as a badge, None when all is confirmed."""
        return self.operation.state if self.operation else None

    @property
    def reason(self) -> str:
        """Return why the state is as it is, or empty text."""
        why = self.operation.reason if self.operation else ""
        return f"Not removed. {why}".rstrip() if self.is_kept_by_server else why

    @property
    def is_kept_by_server(self) -> bool:
        """Say whether the person removed it and the server did not; what becomes of it is to be decided."""
        return self.operation is not None and self.operation.is_refused_removal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What one can choose from on this account, as last fetched; only active entries, by position or name.

    Attributes:
        offered: Kind of reference → the texts that a field of events offers (`EventField.offers`), as the account lists
            them.
    """

    types: Sequence[ServiceType] = ()
    statuses: Sequence[ServiceStatus] = ()
    rates: Sequence[HourlyRate] = ()
    users: Sequence[User] = ()
    products: Sequence[Product] = ()
    warehouses: Sequence[Warehouse] = ()
    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """One order, whole.

    Attributes:
        ref: Names it for commands.
        order: The order with its items and totals as they are now, unsent changes counted in.
        shown: The order as a record with its sync state.
        unsettled: All its operations that are not settled, in the order they were made.
        history: What was withdrawn or overruled, the latest first.
        work_order_changed_at: When a pull last changed its work order.
        ahead_s: By how many seconds this computer's clock is ahead of the time that is right for its account.
        why_no_bill: Why it cannot be billed now, as far as the order and the role say; empty where it can.
    """

    ref: OrderRef
    account: Account
    order: Order
    shown: Shown[Order]
    items: Sequence[Shown[Item]]
    events: Sequence[Shown[RecordedEvent]]
    hours: Sequence[Shown[HoursEntry]]
    sales_orders: Sequence[Shown[SalesOrder]] = ()
    notifications: Sequence[Shown[Notification]] = ()
    unsettled: Sequence[Operation]
    choices: Choices
    history: Sequence[PastChange] = ()
    work_order_changed_at: datetime | None = None
    ahead_s: float = 0.0
    why_no_bill: str = ""


def order_detail(view: ReadTransaction, ref: OrderRef) -> OrderDetail:
    """Read an order.

    Raises:
        NotFoundError: It is not, or no longer, on this computer.
        StoreError: The store could not be read.
    """
    record = record_of(view, ref, RecordType.ORDER, ref.order_id)
    operations = view.operations(account_id=ref.account_id, order_id=ref.order_id)
    unsettled = [one for one in operations if not one.state.is_settled]
    shown = _shown(record, unsettled)
    parts = [_shown(one, unsettled) for one in _parts(view, ref, unsettled)]
    items = [one for one in parts if isinstance(one.value, Item)]
    hours = [one for one in parts if isinstance(one.value, HoursEntry)]
    choices = read_choices(view, ref.account_id)
    is_ours = any(one.record_type in (RecordType.ITEM, RecordType.HOURS) for one in unsettled)
    order = replace(shown.value, items=tuple(one.value for one in items), order_id=ref.order_id)
    account = account_of(view, ref.account_id)
    return OrderDetail(
        ref=ref,
        account=account,
        order=replace(order, totals=totals(order, items, hours, choices.rates)) if is_ours else order,
        shown=shown,
        items=items,
        events=[one for one in parts if isinstance(one.value, RecordedEvent)],
        hours=hours,
        sales_orders=[one for one in parts if isinstance(one.value, SalesOrder)],
        notifications=[one for one in parts if isinstance(one.value, Notification)],
        unsettled=unsettled,
        choices=choices,
        history=order_history(view, operations),
        work_order_changed_at=changed_at(view, ref) if order.work_order else None,
        ahead_s=ahead_s(view, ref.account_id),
        why_no_bill=reason_against_bill(view, account, ref),
    )


def _parts(view: ReadTransaction, ref: OrderRef, unsettled: Sequence[Operation]) -> list[StoredRecord]:
    """Return an order's parts, also those that were removed here while the server keeps them; the oldest first."""
    kept = [one for one in unsettled if one.is_refused_removal and one.record_type is not RecordType.ORDER]
    found = [view.record(one.account_id, one.record_type, one.record_id) for one in kept]
    parts = [*view.parts(ref.account_id, ref.order_id), *(one for one in found if one and one.deleted)]
    return sorted(parts, key=lambda one: str(one.view.get("created_at") or "~")) if kept else parts


def unbilled_items(detail: OrderDetail) -> list[Shown[Item]]:
    """Return the items that no sales order holds, each with what it costs in all."""
    costing = [replace(one, value=_with_total(one)) for one in detail.items]
    return [one for one in costing if not one.value.is_billed]


def unbilled_hours(detail: OrderDetail) -> list[HoursEntry]:
    """Return the hours that would go onto a sales order now, each with its price."""
    billed = {line.service_hours_uid for bill in detail.sales_orders for line in bill.value.lines} - {None}
    return [one for one in hours_with_prices(detail) if can_be_billed(one) and one.service_hours_uid not in billed]


def read_choices(view: ReadTransaction, account_id: str) -> Choices:
    """Read what one can choose from on an account.

    Raises:
        StoreError: The store could not be read.
    """

    def of(kind: str, cls: type[_Value]) -> list[_Value]:
        return [from_document(cls, one) for one in view.references(account_id, kind) if one.get("active", True)]

    return Choices(
        types=sorted(of("service_types", ServiceType), key=lambda one: one.position),
        statuses=sorted(of("service_statuses", ServiceStatus), key=lambda one: one.position),
        rates=sorted(of("hourly_rates", HourlyRate), key=lambda one: one.name.casefold()),
        users=sorted(of("users", User), key=lambda one: one.display_name.casefold()),
        products=sorted(of("products", Product), key=lambda one: one.name.casefold()),
        warehouses=sorted(of("warehouses", Warehouse), key=lambda one: one.name.casefold()),
        offered={kind: [one["name"] for one in view.references(account_id, kind)] for kind in _OFFERED},
    )


def totals(
    order: Order,
    items: Sequence[Shown[Item]],
    hours: Sequence[Shown[HoursEntry]],
    rates: Sequence[HourlyRate],
) -> Totals:
    """Return the order's totals as the server would count them; its own hold while nothing is unsent."""
    prices = {one.hourly_rate_uid: one.price for one in rates}
    parts = sum_of((one.value.counted_price for one in items), order.currency)
    work = sum_of((_hours_price(one, prices) for one in hours), order.currency)
    return Totals(parts_total=parts, work_total=work, grand_total=parts + work)


def items_with_totals(detail: OrderDetail) -> tuple[Item, ...]:
    """Return the items with what each costs in all: the server's amount, counted here while it is unsent."""
    return tuple(_with_total(one) for one in detail.items)


def hours_with_prices(detail: OrderDetail) -> tuple[HoursEntry, ...]:
    """Return the hours with what each costs: the server's amount, counted here while it is unsent."""
    prices = {one.hourly_rate_uid: one.price for one in detail.choices.rates}
    return tuple(_with_price(one, prices) for one in detail.hours)


def _with_total(shown: Shown[Item]) -> Item:
    item = shown.value
    return replace(item, total_price=item.counted_price) if shown.operation else item


def _with_price(shown: Shown[HoursEntry], prices: Mapping[str, Money | None]) -> HoursEntry:
    return replace(shown.value, price=_hours_price(shown, prices)) if shown.operation else shown.value


def _hours_price(shown: Shown[HoursEntry], prices: Mapping[str, Money | None]) -> Money | None:
    entry = shown.value
    if not entry.billable:
        return None
    rate = prices.get(entry.hourly_rate_uid or "")
    return rate.times(Decimal(entry.minutes) / 60) if rate else entry.price


def _shown(record: StoredRecord, unsettled: Sequence[Operation]) -> Shown[Any]:
    own = [one for one in unsettled if one.record_id == record.record_id and one.record_type is record.record_type]
    operation = min(own, key=lambda one: _PRESSING.index(one.state), default=None)
    value = from_document(cast("type[Any]", RECORD_CLASSES[record.record_type]), record.view)
    return Shown(value, record.record_id, record.view, operation)
