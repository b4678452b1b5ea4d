"""The sample is lifelike, whole and the same again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from techdesk.domain.events import EVENT_KINDS
from techdesk.domain.vocabulary import Priority, ServiceKind, ServiceState
from techdesk.server.administration.beginnings import begin
from techdesk.server.orders.integrity import problems_of
from techdesk.server.sample import make_sample
from techdesk.server.storage.database import Database
from techdesk.wire.flow_retail import ChangesPage
from tests.unit.server.world import START, World


def _rows(database: Database, query: str) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(text(query)))


def test_a_small_sample_has_every_state_kind_and_event_and_all_is_whole(database: Database):
    assert make_sample(database, 300, START) == 300

    assert problems_of(database) == (300, [])
    assert {row[0] for row in _rows(database, "SELECT service_state FROM orders")} == set(ServiceState)
    assert {row[0] for row in _rows(database, "SELECT service_kind FROM orders")} == set(ServiceKind)
    assert {row[0] for row in _rows(database, "SELECT priority FROM orders")} == set(Priority)
    assert {row[0] for row in _rows(database, "SELECT event_type FROM events")} >= set(EVENT_KINDS)
    assert len(_rows(database, "SELECT DISTINCT store_uid FROM orders")) == 3
    assert len(_rows(database, "SELECT DISTINCT assigned_user_uid FROM orders")) >= 6
    assert _rows(database, "SELECT 1 FROM orders WHERE accepted_at IS NULL")
    roles = Counter(row[0] for row in _rows(database, "SELECT role FROM users"))
    assert (roles["technician"], roles["supervisor"]) == (6, 1)


def test_the_sample_has_something_overdue_and_something_due_today(database: Database):
    make_sample(database, 300, START)
    due = "SELECT count(*) FROM orders WHERE closed_at IS NULL AND ready_at_estimate"

    ((overdue,),) = _rows(database, f"{due} < '2026-03-02T09'")
    ((today,),) = _rows(database, f"{due} LIKE '2026-03-02%'")

    assert overdue > 5
    assert today > 2


def test_nothing_in_the_sample_happened_after_now(database: Database):
    make_sample(database, 300, START)

    for query in (
        "created_at FROM orders",
        "closed_at FROM orders",
        "occurred_at FROM events",
        "created_at FROM hours",
        "created_at FROM notifications",
        "created_at FROM sales_orders",
    ):
        latest = max(row[0] or "" for row in _rows(database, f"SELECT {query}"))
        assert latest <= "2026-03-02T09:00:00.000Z", query


def test_the_sample_has_messages_of_every_outcome_bills_and_notes_that_are_events(database: Database):
    make_sample(database, 300, START)

    outcomes = Counter(row[0] for row in _rows(database, "SELECT status FROM notifications"))
    assert set(outcomes) == {"SENT", "FAILED", "NOT_CONFIGURED"}
    assert not _rows(database, "SELECT 1 FROM notifications WHERE (status = 'SENT') <> (sent_at IS NOT NULL)")
    bills = "SELECT count(*) FROM sales_orders WHERE order_number LIKE 'SO-%-1'"
    assert _rows(database, bills)[0][0] > 20
    billed = "SELECT count(*) FROM items WHERE sales_order_uid IS NOT NULL"
    lines = "SELECT count(*) FROM sales_order_lines WHERE service_order_item_uid IS NOT NULL"
    assert _rows(database, billed) == _rows(database, lines)
    noted = "SELECT count(*) FROM events WHERE event_type = 'work_order_note'"
    assert _rows(database, noted) == _rows(database, "SELECT count(*) FROM service_channel_notes")
    assert _rows(database, noted)[0][0] > 10


@pytest.mark.parametrize("count", [1, 24])
def test_even_a_tiny_sample_works(database: Database, count: int):
    assert make_sample(database, count, START) == count
    assert problems_of(database) == (count, [])


def test_the_same_seed_tells_the_same_stories(database: Database, tmp_path: Path):
    again = Database(f"sqlite:///{tmp_path / 'again.sqlite'}")
    again.migrate()
    begin(again, "2026-03-02T09:00:00.000Z")

    for one in (database, again):
        make_sample(one, 50, START)

    orders = "SELECT title, description, priority, created_at, folded_customer_name FROM orders ORDER BY 4, 1"
    events = "SELECT service_event_uid, event_type, occurred_at, notes FROM events ORDER BY 1"
    assert _rows(again, orders) == _rows(database, orders)
    assert _rows(again, events) == _rows(database, events)
    again.close()


def test_a_database_with_orders_gets_no_sample(world: World):
    world.order()

    assert make_sample(world.database, 10, START) == 0


def test_the_feed_serves_the_sample_as_the_wire_says(world: World):
    make_sample(world.database, 120, START + timedelta(hours=1))

    page = ChangesPage.model_validate(world.changes())

    assert len(page.orders) > 100
    assert all(order.totals and order.totals.grand_total >= 0 for order in page.orders)
