"""Build records, operations and pages for tests of the store, and put them there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from techdesk.application.exchange import PulledOrder, PulledPart, PullPage
from techdesk.application.outbox import Operation, Verb
from techdesk.application.ports import OrderStore, PageEffect, StoredRecord, Urgency
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING

KEY = bytes(range(32))


def a_record(record_id: str = "tmp_1", **changes: Any) -> StoredRecord:
    """Return an order that was made here."""
    values: dict[str, Any] = {
        "account_id": "a1",
        "record_type": RecordType.ORDER,
        "record_id": record_id,
        "order_id": record_id,
        "view": {"title": "Kettle"},
    }
    return StoredRecord(**values | changes)


def an_event(record_id: str, order_id: str, **changes: Any) -> StoredRecord:
    """Return an event of an order."""
    values: dict[str, Any] = {"record_type": RecordType.EVENT, "order_id": order_id, "view": {"notes": "x"}}
    return a_record(record_id, **values | changes)


def an_operation(number: int = 1, **changes: Any) -> Operation:
    """Return the operation that creates `a_record`."""
    values: dict[str, Any] = {
        "op_id": f"0190f3e2-0000-7000-8000-{number:012x}",
        "account_id": "a1",
        "order_id": "tmp_1",
        "record_type": RecordType.ORDER,
        "record_id": "tmp_1",
        "verb": Verb.CREATE,
        "intent": {"title": "Kettle"},
        "created_at": MORNING,
    }
    return Operation(**values | changes)


def pulled(server_id: str = "s1", *parts: PulledPart, **document: Any) -> PulledOrder:
    """Return an order as a pull brings it."""
    return PulledOrder(server_id=server_id, document={"title": "Radio"} | document, revision="1", parts=parts)


def pulled_event(server_id: str = "e1", revision: str = "1", **document: Any) -> PulledPart:
    """Return an event as a pull brings it."""
    return PulledPart(record_type=RecordType.EVENT, server_id=server_id, document=document, revision=revision)


def a_page(*orders: PulledOrder, **page: Any) -> PullPage:
    """Return the last page of a pull."""
    values: dict[str, Any] = {"orders": orders, "cursor": "c1", "more": False}
    return PullPage(**values | page)


def save(store: OrderStore, *records: StoredRecord) -> None:
    """Save records as a person would."""
    with store.write(Urgency.PERSON) as tx:
        for record in records:
            tx.save_record(record)


def add(store: OrderStore, *operations: Operation) -> list[Operation]:
    """Append operations; return them as stored."""
    with store.write(Urgency.PERSON) as tx:
        return [tx.add_operation(one) for one in operations]


def move(store: OrderStore, operation: Operation, **changes: Any) -> None:
    """Give an operation its next state."""
    with store.write(Urgency.PERSON) as tx:
        tx.save_operation(replace(operation, **changes))


def pull(store: OrderStore, *orders: PulledOrder, **page: Any) -> PageEffect:
    """Take in a page of a pull."""
    with store.write(Urgency.BACKGROUND) as tx:
        return tx.apply_page("a1", a_page(*orders, **page))


def record(store: OrderStore, record_id: str, record_type: RecordType = RecordType.ORDER) -> StoredRecord:
    """Return a record that is there."""
    with store.read() as view:
        found = view.record("a1", record_type, record_id)
    assert found is not None
    return found


def events_of(store: OrderStore, order_id: str) -> list[str]:
    """Return the ids of an order's events."""
    with store.read() as view:
        return [one.record_id for one in view.parts("a1", order_id, RecordType.EVENT)]
