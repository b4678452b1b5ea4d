"""The change feed misses nothing and repeats nothing for nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from techdesk.server.orders.change_feed import begin_era
from techdesk.server.storage.database import Database
from techdesk.server.storage.tables import counters
from techdesk.wire.flow_retail import ChangesPage
from tests.unit.server.world import World

_PARTS = ("events", "hours", "notifications", "salesOrders")
"""What the feed adds to an order as GET shows it."""


def _uids(page: dict[str, Any]) -> list[str]:
    return [order["serviceOrderUid"] for order in page["orders"]]


def test_a_page_gives_orders_whole_in_the_order_of_their_last_change(world: World):
    first, second = world.order(), world.order()
    world.technician.post(f"{first}/hours", {"startedAt": "2026-03-02T08:00:00Z"})

    page = world.changes()

    assert _uids(page) == [second.rpartition("/")[2], first.rpartition("/")[2]]
    assert [len(order["hours"]) for order in page["orders"]] == [0, 1]
    assert (page["deleted"], page["more"]) == ([], False)
    assert {name: value for name, value in page["orders"][1].items() if name not in _PARTS} == (
        world.technician.get(first).json()
    )
    ChangesPage.model_validate(page)


@pytest.mark.parametrize(
    "change",
    [
        lambda world, order: world.technician.put(order, {"title": "New"}),
        lambda world, order: world.technician.post(f"{order}/events", {"eventType": "x"}),
        lambda world, order: world.technician.post(f"{order}/items", {"name": "Seal"}),
        lambda world, order: world.technician.post(f"{order}/hours", {"startedAt": "2026-03-02T08:00:00Z"}),
    ],
    ids=["order", "event", "item", "hours"],
)
def test_a_change_of_any_part_gives_the_order_again(world: World, change: Any):
    order = world.order()
    world.order()
    cursor = world.changes()["cursor"]

    change(world, order)

    page = world.changes(cursor)
    assert _uids(page) == [order.rpartition("/")[2]]
    assert world.changes(page["cursor"])["orders"] == []


def test_a_deleted_order_is_told_by_its_uid(world: World):
    order = world.order()
    cursor = world.changes()["cursor"]

    world.supervisor.delete(order)

    assert world.changes(cursor)["deleted"] == world.changes()["deleted"] == [order.rpartition("/")[2]]


def test_pages_follow_each_other_until_there_is_no_more(world: World):
    made = [world.order().rpartition("/")[2] for _ in range(5)]
    seen: list[str] = []
    cursor, more, pages = "", True, 0
    while more:
        page = world.changes(cursor, limit=2)
        seen += _uids(page)
        cursor, more, pages = page["cursor"], page["more"], pages + 1

    assert (seen, pages) == (made, 3)


UNKNOWN_CURSORS = ["nonsense", "§", "bm90OmE", "OTk5"]


def test_an_unknown_cursor_is_gone(world: World, subtests: pytest.Subtests):
    for cursor in UNKNOWN_CURSORS:
        with subtests.test(cursor=cursor):
            refused = world.technician.get(f"{world.orders}/changes", params={"since": cursor})

            assert (refused.status_code, refused.json()["code"]) == (410, "cursor_expired")


def test_a_cursor_of_another_database_is_gone(world: World):
    world.order()
    cursor = world.changes()["cursor"]
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE counters SET feed_uid = 'another'")

    assert world.technician.get(f"{world.orders}/changes", params={"since": cursor}).status_code == 410


def test_a_cursor_from_after_a_restored_backup_is_gone(world: World):
    world.order()
    cursor = world.changes()["cursor"]
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE counters SET change_number = 0")

    assert world.technician.get(f"{world.orders}/changes", params={"since": cursor}).status_code == 410


def begin_again(world: World) -> None:
    with world.database.write() as connection:
        begin_era(connection)


def expired(world: World, cursor: str) -> bool:
    return bool(world.technician.get(f"{world.orders}/changes", params={"since": cursor}).status_code == 410)


def test_a_cursor_of_an_earlier_start_is_known_and_goes_on_where_it_was(world: World):
    world.order()
    cursor = world.changes()["cursor"]
    begin_again(world)
    later = world.order().rpartition("/")[2]
    begin_again(world)

    assert _uids(world.changes(cursor)) == [later]


@pytest.mark.parametrize("restarted", [True, False])
def test_a_cursor_from_after_a_backup_is_gone_however_far_the_restored_feed_has_grown(world: World, restarted: bool):
    world.order()
    with world.database.read() as connection:
        backup = connection.exec_driver_sql("SELECT change_number, feed_uid FROM counters").one()
    if restarted:
        begin_again(world)
    world.order()
    cursor = world.changes()["cursor"]
    with world.database.write() as connection:
        connection.execute(update(counters).values(change_number=backup[0], feed_uid=backup[1]))
    begin_again(world)
    with world.database.write() as connection:
        connection.execute(update(counters).values(change_number=backup[0] + 50))

    assert expired(world, cursor)


def test_only_the_eras_of_the_last_hundred_starts_are_known(world: World):
    world.order()
    cursor = world.changes()["cursor"]
    for _ in range(99):
        begin_again(world)
    assert not expired(world, cursor)
    begin_again(world)
    assert expired(world, cursor)


def test_another_stores_changes_are_not_told(world: World):
    world.order()
    elsewhere = world.orders.rpartition("/stores/")[0] + "/stores/unknown/serviceorders/changes"

    assert world.technician.get(elsewhere).status_code == 403


def test_a_reader_misses_no_change_of_writers_who_write_at_the_same_time(world: World):
    """Eight writers, one reader that follows its cursor: at the end it has seen the last state of every order."""
    orders = [world.order() for _ in range(4)]
    seen: dict[str, dict[str, Any]] = {}
    written = threading.Event()

    def write(number: int) -> None:
        for turn in range(6):
            order = orders[(number + turn) % len(orders)]
            done = world.technician.post(f"{order}/events", {"eventType": "x", "notes": f"{number}-{turn}"})
            assert done.status_code == 201

    def read() -> None:
        cursor = ""
        while True:
            last_round = written.is_set()
            page = world.changes(cursor, limit=1)
            cursor = page["cursor"]
            seen.update({order["serviceOrderUid"]: order for order in page["orders"]})
            if last_round and not page["more"]:
                return

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write, number) for number in range(8)]:
            writer.result()
        written.set()
        reader.result()

    notes = {event["notes"] for order in seen.values() for event in order["events"]}
    assert notes == {f"{number}-{turn}" for number in range(8) for turn in range(6)}


def test_a_change_number_is_visible_only_after_all_smaller_ones(database: Database):
    """While one writer holds number n, no other writer can be given n + 1."""
    entered = threading.Event()

    def second() -> None:
        with database.write():
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with database.write():
            waiting = pool.submit(second)
            assert not entered.wait(0.2)
        waiting.result(10)
    assert entered.is_set()
