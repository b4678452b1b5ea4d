"""Build accounts, orders and clocks for tests: believable by default, one line to vary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from techdesk.application.accounts import Account, Dedup, Profile
from techdesk.application.commands import Commands
from techdesk.application.outbox import OrderRef
from techdesk.application.ports import OrderStore, StoredRecord, Urgency
from techdesk.domain.items import Item
from techdesk.domain.orders import Customer, Order
from techdesk.domain.records import Document, RecordType, to_document
from techdesk.domain.vocabulary import Role, ServiceKind, ServiceState

MORNING = datetime(2026, 6, 1, 9, 12, tzinfo=UTC)

KEYED = Profile(creates=Dedup.KEYED, key_life_s=30 * 86400.0, has_etags=True, has_feed=True)


@dataclass
class FakeClock:
    """A clock that moves when it is told to."""

    at: datetime = MORNING
    ticks: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds


@dataclass
class Ids:
    """Ids that count up, shaped like UUIDs."""

    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def __call__(self) -> str:
        return f"0190f3e2-0000-7000-8000-{next(iter(self.numbers)):012x}"


def an_account(**changes: Any) -> Account:
    """Return a technician's account."""
    values: dict[str, Any] = {
        "account_id": "a1",
        "name": "Bench",
        "system": "flow_retail",
        "address": "http://127.0.0.1:1",
        "user_uid": "u-kim",
        "user_name": "Kim Larsen",
        "role": Role.TECHNICIAN,
    }
    return Account(**values | changes)


def an_order(**changes: Any) -> Order:
    """Return an open depot order."""
    values: dict[str, Any] = {
        "service_number": "10042",
        "title": "No power",
        "description": "Dead after a thunderstorm",
        "service_kind": ServiceKind.DEPOT,
        "service_type_uid": "t-depot",
        "service_status_uid": "s-new",
        "service_status_name": "Received",
        "service_state": ServiceState.IN_PROGRESS,
        "customer": Customer(name="Johanna Berg", phone="+47 900 00 001"),
        "currency": "NOK",
        "created_at": MORNING - timedelta(days=2),
    }
    return Order(**values | changes)


def order_document(order: Order) -> Document:
    """Return an order's document as the store keeps it: its items are records of their own."""
    document = to_document(order)
    return {name: value for name, value in document.items() if name not in ("order_id", "account_id", "items")}


def put_order(
    store: OrderStore, order: Order | None = None, *, server_id: str = "so-1", account_id: str = "a1"
) -> OrderRef:
    """Store an order as if a pull had brought it."""
    document = order_document(order or an_order())
    record = StoredRecord(
        account_id=account_id,
        record_type=RecordType.ORDER,
        record_id=server_id,
        order_id=server_id,
        server_id=server_id,
        revision="1",
        base=document,
        view=document,
    )
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_record(record)
    return OrderRef(account_id, server_id)


def put_part(store: OrderStore, order: OrderRef, part: Any, *, record_type: RecordType, server_id: str) -> None:
    """Store an item, event or hours entry as if a pull had brought it."""
    document = {name: value for name, value in to_document(part).items() if not name.endswith("_id")}
    record = StoredRecord(
        account_id=order.account_id,
        record_type=record_type,
        record_id=server_id,
        order_id=order.order_id,
        server_id=server_id,
        revision="1",
        base=document,
        view=document,
    )
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_record(record)


def an_item(**changes: Any) -> Item:
    """Return an item that came from the server."""
    return Item(**{"name": "Fuse"} | changes)


def commands_over(store: OrderStore, clock: FakeClock, profile: Profile = KEYED) -> Commands:
    """Return the commands over a store with one account."""
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_account(an_account())
    return Commands(store, clock, Ids(), lambda _: profile)
