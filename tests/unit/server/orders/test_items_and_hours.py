"""Items and hours, and the totals that follow from them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from techdesk.server.storage.tables import items
from techdesk.wire.flow_retail import Hours, Item
from tests.unit.server.world import World


def _totals(world: World, order: str) -> Any:
    return world.technician.get(order).json()["totals"]


def test_a_new_item_counts_one_for_nothing_unless_told(world: World):
    made = world.technician.post(f"{world.order()}/items", {"name": "Seal"})

    item = made.json()
    assert made.status_code == 201
    assert set(item) == {str(field.alias) for field in Item.model_fields.values()}
    assert (item["quantity"], item["price"], item["totalPrice"], item["totalCostPrice"]) == (1, 0, 0, None)
    assert item["tenantUserDisplayName"] == "Test technician"


def test_totals_follow_from_items_and_billable_hours_exactly(world: World):
    order = world.order()
    item = world.technician.post(f"{order}/items", {"name": "Seal", "price": 0.1, "quantity": 3, "costPrice": 0.0333})
    worked = {"startedAt": "2026-03-02T08:00:00Z", "endedAt": "2026-03-02T08:50:00Z", "hourlyRateUid": world.rate_uid}
    world.technician.post(f"{order}/hours", worked)
    world.technician.post(f"{order}/hours", worked | {"billable": False})

    assert (item.json()["totalPrice"], item.json()["totalCostPrice"]) == (0.3, 0.1)
    # 50 minutes at 68 an hour
    assert _totals(world, order) == {"partsTotal": 0.3, "workTotal": 56.67, "grandTotal": 56.97}
    assert '"grandTotal":56.97' in world.technician.get(order).text


def test_changing_and_deleting_an_item_moves_the_totals(world: World):
    order = world.order()
    made = world.technician.post(f"{order}/items", {"name": "Seal", "price": 10, "note": "left"})

    changed = world.colleague.put(made.headers["Location"], {"quantity": 2.5})
    assert (changed.json()["totalPrice"], changed.json()["note"]) == (25, "left")
    assert changed.json()["revision"] > 1
    assert _totals(world, order)["partsTotal"] == 25

    assert world.colleague.delete(made.headers["Location"]).status_code == 204
    assert _totals(world, order)["grandTotal"] == 0


WRONG_ITEMS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"quantity": 0}, "/quantity"),
    ({"quantity": -1}, "/quantity"),
    ({"quantity": "2"}, "/quantity"),
    ({"quantity": False}, "/quantity"),
    ({"quantity": 999_999, "price": 99_999_999_999}, "/quantity"),
    ({"price": 0.00001}, "/price"),
    ({"productUid": "nothing"}, "/productUid"),
    ({"warehouseUid": "nothing"}, "/warehouseUid"),
    ({"totalPrice": 5}, "/totalPrice"),
    ({"salesOrderUid": "s"}, "/salesOrderUid"),
]


def test_a_wrong_item_is_refused_by_name(world: World, subtests: pytest.Subtests):
    for fields, pointer in WRONG_ITEMS:
        with subtests.test(fields=fields):
            order = world.order()

            refused = world.technician.post(f"{order}/items", {"name": "Seal", **fields})

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
            assert world.technician.get(order).json()["items"] == []


def test_a_billed_item_and_its_order_stay(world: World):
    order = world.order()
    item = world.technician.post(f"{order}/items", {"name": "Seal"}).headers["Location"]
    with world.database.write() as connection:
        connection.execute(update(items).values(sales_order_uid="billed"))

    refusals = [
        world.technician.put(item, {"note": "x"}),
        world.technician.delete(item),
        world.supervisor.delete(order),
    ]

    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(409, "billed")}


def test_minutes_and_price_follow_from_the_times_and_the_rate(world: World):
    order = world.order()
    running = world.technician.post(f"{order}/hours", {"startedAt": "2026-03-02T08:00:00+01:00", "note": "diagnosis"})
    assert set(running.json()) == {str(field.alias) for field in Hours.model_fields.values()}
    assert (running.json()["startedAt"], running.json()["minutes"]) == ("2026-03-02T07:00:00.000Z", 0)

    ended = world.technician.put(
        running.headers["Location"], {"endedAt": "2026-03-02T08:30:00Z", "hourlyRateUid": world.rate_uid}
    ).json()
    assert (ended["minutes"], ended["price"], ended["note"], ended["billable"]) == (90, 102, "diagnosis", True)

    cleared = world.technician.put(running.headers["Location"], {"hourlyRateUid": ""}).json()
    assert (cleared["hourlyRateUid"], cleared["price"]) == (None, 0)


WRONG_HOURS: list[tuple[dict[str, Any], str]] = [
    ({"endedAt": "2026-03-02T07:59:59Z"}, "/endedAt"),
    ({"startedAt": None}, "/startedAt"),
    ({"hourlyRateUid": "nothing"}, "/hourlyRateUid"),
    ({"tenantUserUid": "nobody"}, "/tenantUserUid"),
    ({"minutes": 5}, "/minutes"),
]


def test_wrong_hours_are_refused_by_name(world: World, subtests: pytest.Subtests):
    for fields, pointer in WRONG_HOURS:
        with subtests.test(fields=fields):
            refused = world.technician.post(f"{world.order()}/hours", {"startedAt": "2026-03-02T08:00:00Z", **fields})

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_hours_of_a_colleague_are_theirs_to_change(world: World):
    entry = world.technician.post(f"{world.order()}/hours", {"startedAt": "2026-03-02T08:00:00Z"}).headers["Location"]

    assert world.colleague.delete(entry).status_code == 403
    assert world.technician.delete(entry).status_code == 204


def test_hours_recorded_for_a_colleague_may_be_changed_by_both(world: World):
    body = {"startedAt": "2026-03-02T08:00:00Z", "tenantUserUid": world.colleague.uid}
    made = world.technician.post(f"{world.order()}/hours", body)

    assert made.json()["tenantUserDisplayName"] == "Test colleague"
    assert world.colleague.put(made.headers["Location"], {"note": "mine"}).status_code == 200
    assert world.technician.put(made.headers["Location"], {"note": "also mine"}).status_code == 200
