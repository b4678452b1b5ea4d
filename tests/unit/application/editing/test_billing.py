"""A bill is made once, by a supervisor, from what is not billed yet; what it takes up does not change meanwhile."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from techdesk.application.accounts import Account, Deed, Profile
from techdesk.application.commands import Commands
from techdesk.application.editing.billing import reason_against_bill, unbilled
from techdesk.application.order_detail import order_detail, unbilled_hours, unbilled_items
from techdesk.application.outbox import OrderRef, Verb
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.domain.billing import PostalAddress, SalesOrder
from techdesk.domain.errors import NotAllowedError, NotFoundError, NotSupportedError
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.money import parse_money
from techdesk.domain.records import Document, RecordType
from techdesk.domain.vocabulary import Role
from tests.support.builders import FakeClock, an_account, an_order, commands_over, order_document
from tests.support.fake_server import KEYED
from tests.support.memory_store import MemoryStore

REF = OrderRef("a1", "so-1")
SUPERVISOR = replace(an_account(), role=Role.SUPERVISOR)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    put(store, RecordType.ORDER, "so-1", order_document(an_order()))
    return store


@pytest.fixture
def commands(store: MemoryStore) -> Commands:
    made = commands_over(store, FakeClock())
    with store.write(Urgency.PERSON) as tx:
        tx.save_account(SUPERVISOR)
    return made


def put(store: MemoryStore, record_type: RecordType, uid: str, document: Document) -> None:
    record = StoredRecord(
        account_id="a1",
        record_type=record_type,
        record_id=uid,
        order_id="so-1",
        server_id=uid,
        base=document,
        view=document,
    )
    with store.write(Urgency.BACKGROUND) as tx:
        tx.save_record(record)


def reason(store: MemoryStore, account: Account = SUPERVISOR) -> str:
    with store.read() as view:
        return reason_against_bill(view, account, REF)


def test_a_bill_says_where_it_goes_and_leaves_the_rest_to_the_back_end(store, commands):
    commands.add_item(REF, Item(name="Fuse"))
    commands.billing.bill(REF, SalesOrder(order_address=PostalAddress(name="Kim", city="Oslo")))
    operation = max(store.tables.operations.values(), key=lambda one: one.seq)
    assert (operation.record_type, operation.verb) == (RecordType.SALES_ORDER, Verb.CREATE)
    assert operation.intent["order_address"] == {"name": "Kim", "city": "Oslo"}
    with store.read() as view:
        (bill,) = order_detail(view, REF).sales_orders
    assert bill.operation == operation


def test_only_what_is_billable_and_not_billed_is_left(store):
    put(store, RecordType.ITEM, "i-1", {"name": "Fuse", "sales_order_uid": "bill-1"})
    put(store, RecordType.ITEM, "i-2", {"name": "Belt"})
    put(store, RecordType.HOURS, "h-1", {"minutes": 30, "billable": True, "hourly_rate_uid": "r1"})
    put(store, RecordType.HOURS, "h-2", {"minutes": 10, "billable": True, "hourly_rate_uid": "r1"})
    put(store, RecordType.HOURS, "h-3", {"minutes": 5, "billable": False, "hourly_rate_uid": "r1"})
    put(store, RecordType.HOURS, "h-4", {"minutes": 5, "billable": True})
    put(store, RecordType.HOURS, "h-5", {"minutes": 0, "billable": True, "hourly_rate_uid": "r1"})
    put(store, RecordType.SALES_ORDER, "bill-1", {"lines": [{"service_hours_uid": "h-1"}]})
    with store.read() as view:
        left = unbilled(view, REF)
    assert [one.name for one in left.items] == ["Belt"]
    assert [one.minutes for one in left.hours] == [10]
    assert left


def test_what_is_left_is_shown_with_what_it_costs(store, commands):
    put(store, RecordType.ITEM, "i-1", {"name": "Fuse", "sales_order_uid": "bill-1", "price": "9 NOK"})
    put(store, RecordType.ITEM, "i-2", {"name": "Belt", "price": "5 NOK", "total_price": "10 NOK"})
    commands.add_item(REF, Item(name="Glue", quantity=Decimal(3), price=parse_money("2 NOK")))
    for uid, minutes in (("h-1", 30), ("h-2", 10), ("h-3", 0)):
        hours = {"service_hours_uid": uid, "minutes": minutes, "billable": True, "hourly_rate_uid": "r1"}
        put(store, RecordType.HOURS, uid, {**hours, "price": "100 NOK"})
    put(store, RecordType.SALES_ORDER, "bill-1", {"lines": [{"service_hours_uid": "h-1"}]})
    with store.read() as view:
        detail = order_detail(view, REF)
    assert {one.value.name: one.value.total_price for one in unbilled_items(detail)} == {
        "Belt": parse_money("10 NOK"),
        "Glue": parse_money("6.00 NOK"),
    }
    assert [(one.service_hours_uid, one.price) for one in unbilled_hours(detail)] == [("h-2", parse_money("100 NOK"))]


def test_the_order_says_why_it_cannot_be_billed(store, commands):
    with store.read() as view:
        assert order_detail(view, REF).why_no_bill == "Nothing is left to bill"
    commands.add_item(REF, Item(name="Fuse"))
    with store.read() as view:
        assert order_detail(view, REF).why_no_bill == ""


def test_hours_that_are_not_sent_yet_are_left_as_well(store, commands):
    commands.add_hours(REF, HoursEntry(minutes=20, hourly_rate_uid="r1"))
    with store.read() as view:
        assert [one.minutes for one in unbilled(view, REF).hours] == [20]


def test_nothing_is_billed_where_nothing_is_left(store, commands):
    assert reason(store) == "Nothing is left to bill"
    with pytest.raises(NotAllowedError, match="Nothing is left"):
        commands.billing.bill(REF, SalesOrder())


def test_a_technician_bills_nothing(store, commands):
    commands.add_item(REF, Item(name="Fuse"))
    assert reason(store, an_account()) == "Only a supervisor can bill"
    assert reason(store) == ""


def test_nothing_is_billed_twice_while_the_first_bill_is_unsent(store, commands):
    commands.add_item(REF, Item(name="Fuse"))
    commands.billing.bill(REF, SalesOrder())
    with pytest.raises(NotAllowedError, match="still unsent"):
        commands.billing.bill(REF, SalesOrder())


def test_what_is_being_billed_does_not_change_meanwhile(store, commands):
    put(store, RecordType.ITEM, "i-1", {"name": "Fuse"})
    put(store, RecordType.HOURS, "h-1", {"minutes": 30, "tenant_user_uid": SUPERVISOR.user_uid})
    commands.billing.bill(REF, SalesOrder())
    with pytest.raises(NotAllowedError, match="being billed"):
        commands.change_item(REF, "i-1", {"name": "Belt"}, {"name": "Fuse"})
    with pytest.raises(NotAllowedError, match="being billed"):
        commands.remove(REF, RecordType.HOURS, "h-1")
    commands.change_order(REF, {"title": "Other"}, {})


def test_a_system_without_sales_orders_and_an_order_that_is_gone_are_told(store):
    refusals = {Deed(RecordType.SALES_ORDER, Verb.CREATE): "Extend makes no sales orders"}
    commands = commands_over(store, FakeClock(), Profile(refusals=refusals))
    with pytest.raises(NotSupportedError, match="Extend"):
        commands.billing.bill(REF, SalesOrder())
    with pytest.raises(NotFoundError):
        commands_over(store, FakeClock(), KEYED).billing.bill(OrderRef("a1", "gone"), SalesOrder())


def test_the_messages_to_the_customer_come_with_the_order(store, commands):
    put(store, RecordType.NOTIFICATION, "n-1", {"channel": "EMAIL", "status": "SENT", "recipient": "kim@example.com"})
    with store.read() as view:
        (shown,) = order_detail(view, REF).notifications
    assert (shown.value.channel, shown.value.status) == ("EMAIL", "SENT")
