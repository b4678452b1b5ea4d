"""The work order that an order was made for."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from techdesk.domain.money import Money
from techdesk.domain.orders import Order
from techdesk.domain.records import from_document, to_document
from techdesk.domain.work_orders import WorkOrder, WorkOrderNote, work_order_time


def test_the_limit_is_an_amount_in_its_currency():
    assert WorkOrder(nte=Decimal("450.5"), currency="USD").limit == Money(Decimal("450.5"), "USD")
    assert WorkOrder(currency="USD").limit is None


def test_a_time_without_an_offset_stays_without_one_and_other_text_is_none():
    assert work_order_time("2025-12-19T15:01:54.4393284+00:00") == datetime(2025, 12, 19, 15, 1, 54, 439328, UTC)
    assert work_order_time("2026-03-02T08:00:00") == datetime(2026, 3, 2, 8)  # noqa: DTZ001 - the site's wall clock
    assert work_order_time("soon") is None


def test_an_order_keeps_its_work_order_in_its_document():
    noted = WorkOrderNote(note_id=1, text="Call first", action_required=True)
    order = Order(title="Cooler", work_order=WorkOrder(number="W1", nte=Decimal(5), notes=(noted,)))

    assert from_document(Order, to_document(order)) == order
