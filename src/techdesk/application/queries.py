"""Name what the order list asks the store for: which orders, sorted by what, and the rows and counts that come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from techdesk.application.outbox import OpState
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState


class SortBy(StrEnum):
    """What the list is sorted by."""

    NUMBER = "number"
    CUSTOMER = "customer"
    PRODUCT = "product"
    SERIAL = "serial"
    KIND = "kind"
    STATUS = "status"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    CREATED = "created"
    DUE = "due"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders, in which order.

    Attributes:
        text: Words as typed; every word must be found in customer, number, title, serial, product or fault.
        account_ids: Empty means all.
        assignee_uids: Empty means anybody.
        due_before: Due before this instant.
        appointment_from: With `appointment_before`: the order's appointment lies between.
        unsent: Only orders with operations that are not settled.
    """

    text: str = ""
    account_ids: frozenset[str] = frozenset()
    states: frozenset[ServiceState] = frozenset()
    kinds: frozenset[ServiceKind] = frozenset()
    status_uids: frozenset[str] = frozenset()
    assignee_uids: frozenset[str] = frozenset()
    due_before: datetime | None = None
    appointment_from: datetime | None = None
    appointment_before: datetime | None = None
    unsent: bool = False
    sort_by: SortBy = SortBy.CREATED
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One line of the order list.

    Attributes:
        key: Row key; stays the same as long as the order is stored.
        sync: The most pressing state of the order's operations; None when nothing is unsettled.
        unsent: How many operations are not settled.
    """

    key: int
    account_id: str
    order_id: str
    number: str
    title: str
    customer: str
    product: str
    serial: str
    kind: ServiceKind
    status: str
    status_uid: str
    state: ServiceState
    priority: Priority
    assignee: str
    created_at: datetime | None
    due_at: datetime | None
    appointment_at: datetime | None
    sync: OpState | None
    unsent: int


@dataclass(frozen=True, slots=True)
class ListCounts:
    """How many orders fit each named filter."""

    by_name: Mapping[str, int] = field(default_factory=dict)
