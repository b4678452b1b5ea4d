"""Types, statuses and hourly rates: an administrator changes them, and their orders show it."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.server.orders.integrity import problems_of
from tests.unit.server.world import World


def _path(world: World, kind: str, uid: str = "") -> str:
    return f"{world.tenant}/serviceorders/{kind}" + (f"/{uid}" if uid else "")


def _in_order(world: World) -> list[str]:
    page = world.technician.get(_path(world, "statuses"), params={"sortBy": "position"}).json()
    return [one["name"] for one in page["items"]]


def test_a_new_status_is_the_last_step_unless_told(world: World):
    made = world.admin.post(_path(world, "statuses"), {"name": "Scrapped", "serviceState": "CANCELLED"})

    assert made.status_code == 201
    assert (made.json()["position"], made.json()["notifyCustomer"], made.json()["active"]) == (9, False, True)
    order = world.technician.put(world.order(), {"serviceStatusUid": made.json()["serviceStatusUid"]})
    assert order.json()["serviceState"] == "CANCELLED"


def test_a_taken_position_moves_the_later_ones_up(world: World):
    before = _in_order(world)
    body = {"name": "On its way", "serviceState": "NOT_STARTED", "position": 2, "color": "#00ff00"}
    world.admin.post(_path(world, "statuses"), body)
    assert _in_order(world) == [before[0], "On its way", *before[1:]]

    moved = world.admin.put(_path(world, "statuses", world.statuses["Closed"]), {"position": 1})

    assert (moved.status_code, moved.json()["position"]) == (200, 1)
    assert _in_order(world) == ["Closed", before[0], "On its way", *[one for one in before[1:] if one != "Closed"]]


def test_renaming_a_status_shows_in_its_orders_and_in_the_feed(world: World):
    order, other = world.order(), world.order()
    world.technician.put(other, {"serviceStatusUid": world.statuses["In repair"]})
    before = world.technician.get(order).json()
    cursor = world.changes()["cursor"]
    world.clock.advance(minutes=5)

    changed = world.admin.put(_path(world, "statuses", world.statuses["New"]), {"name": "Arrived"})

    assert changed.json()["name"] == "Arrived"
    found = world.changes(cursor)["orders"]
    assert [one["serviceOrderUid"] for one in found] == [before["serviceOrderUid"]]
    shown = world.technician.get(order)
    assert shown.json() == before | {
        "serviceStatusName": "Arrived",
        "revision": shown.json()["revision"],
        "lastModifiedAt": "2026-03-02T09:05:00.000Z",
        "lastModifiedBy": "Test admin",
    }
    assert shown.json()["revision"] > before["revision"]
    assert shown.headers["ETag"] == f'"{shown.json()["revision"]}"'
    assert problems_of(world.database) == (2, [])


def test_a_status_that_closes_and_opens_takes_its_orders_along(world: World):
    order = world.order()
    status = _path(world, "statuses", world.statuses["New"])

    world.admin.put(status, {"serviceState": "CLOSED"})
    closed = world.technician.get(order).json()
    assert (closed["serviceState"], closed["closedAt"]) == ("CLOSED", "2026-03-02T09:00:00.000Z")
    assert world.technician.post(f"{order}/items", {"name": "Seal"}).json()["code"] == "order_closed"

    world.admin.put(status, {"serviceState": "NOT_STARTED"})
    opened = world.technician.get(order).json()
    assert (opened["serviceState"], opened["closedAt"]) == ("NOT_STARTED", None)
    assert problems_of(world.database) == (1, [])


def test_more_orders_than_one_batch_are_all_renamed_once_in_the_feed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("techdesk.server.administration.renaming._BATCH", 2)
    orders = [world.order() for _ in range(5)]
    cursor = world.changes()["cursor"]

    world.admin.put(_path(world, "statuses", world.statuses["New"]), {"name": "Arrived"})

    found = world.changes(cursor)["orders"]
    assert [one["serviceOrderUid"] for one in found] == [order.rpartition("/")[2] for order in orders]
    assert {one["serviceStatusName"] for one in found} == {"Arrived"}


def test_what_changes_nothing_touches_no_order(world: World):
    world.order()
    cursor = world.changes()["cursor"]

    assert world.admin.put(_path(world, "statuses", world.statuses["New"]), {"name": "New"}).status_code == 200
    assert world.changes(cursor)["orders"] == []


def test_a_type_is_renamed_in_its_orders(world: World):
    order = world.order("other")
    path = _path(world, "types", world.types["other"])

    changed = world.admin.put(path, {"name": "Safety check", "serviceKind": "repair_depot"})

    assert (changed.json()["name"], changed.json()["serviceKind"]) == ("Safety check", "repair_depot")
    assert world.technician.get(order).json()["serviceTypeName"] == "Safety check"
    assert problems_of(world.database) == (1, [])


def test_an_hourly_rate_is_made_and_changed(world: World):
    made = world.admin.post(_path(world, "hourlyrates"), {"name": "Night hour", "price": 99.5})
    assert (made.status_code, made.json()["productUid"], made.json()["active"]) == (201, None, True)

    changed = world.admin.put(_path(world, "hourlyrates", made.json()["hourlyRateUid"]), {"active": False})

    assert (changed.json()["price"], changed.json()["active"]) == (99.5, False)
    body = {"startedAt": "2026-03-02T08:00:00Z", "hourlyRateUid": made.json()["hourlyRateUid"]}
    assert world.technician.post(f"{world.order()}/hours", body).status_code == 400


def test_a_taken_name_is_refused_whatever_its_case(world: World, subtests: pytest.Subtests):
    rate = world.admin.post(_path(world, "hourlyrates"), {"name": "Night hour", "price": 1}).json()
    refusals = [
        world.admin.post(_path(world, "statuses"), {"name": " closed ", "serviceState": "CLOSED"}),
        world.admin.put(_path(world, "statuses", world.statuses["New"]), {"name": "CLOSED"}),
        world.admin.put(_path(world, "types", world.types["other"]), {"name": "depot repair"}),
        world.admin.post(_path(world, "hourlyrates"), {"name": "workshop HOUR", "price": 1}),
        world.admin.put(_path(world, "hourlyrates", rate["hourlyRateUid"]), {"name": "Workshop hour"}),
    ]
    for refused in refusals:
        with subtests.test(path=refused.request.url.path):
            assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")


def test_the_last_type_and_status_in_use_stay_in_use(world: World):
    for name, uid in list(world.statuses.items())[:-1]:
        done = world.admin.put(_path(world, "statuses", uid), {"active": False})
        assert done.status_code == 200, name
    last = list(world.statuses.values())[-1]

    refused = world.admin.put(_path(world, "statuses", last), {"active": False})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/active")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("statuses", {"serviceState": "CLOSED"}, "/name"),
    ("statuses", {"name": "x"}, "/serviceState"),
    ("statuses", {"name": "x", "serviceState": "LOST"}, "/serviceState"),
    ("statuses", {"name": "x", "serviceState": "CLOSED", "color": "red"}, "/color"),
    ("statuses", {"name": "x", "serviceState": "CLOSED", "position": 0}, "/position"),
    ("statuses", {"name": "x", "serviceState": "CLOSED", "position": True}, "/position"),
    ("hourlyrates", {"name": "x"}, "/price"),
    ("hourlyrates", {"name": "x", "price": -1}, "/price"),
    ("hourlyrates", {"name": "x", "price": 1, "productUid": "nothing"}, "/productUid"),
]


def test_a_wrong_status_or_rate_is_refused_by_name(world: World, subtests: pytest.Subtests):
    for kind, body, pointer in WRONG:
        with subtests.test(body=body):
            refused = world.admin.post(_path(world, kind), body)

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_full_workflow_takes_no_further_step(world: World):
    full = world.admin.put(_path(world, "statuses", world.statuses["Cancelled"]), {"position": 10_000})
    assert full.status_code == 200

    last = world.admin.post(_path(world, "statuses"), {"name": "x", "serviceState": "CLOSED"})
    first = world.admin.post(_path(world, "statuses"), {"name": "x", "serviceState": "CLOSED", "position": 1})

    assert [one.json()["errors"][0]["pointer"] for one in (last, first)] == ["/position"] * 2


def test_only_an_administrator_changes_them(world: World):
    refusals = [
        world.supervisor.put(_path(world, "types", world.types["other"]), {"name": "x"}),
        world.supervisor.post(_path(world, "statuses"), {"name": "x", "serviceState": "CLOSED"}),
        world.supervisor.put(_path(world, "statuses", world.statuses["New"]), {"name": "x"}),
        world.supervisor.post(_path(world, "hourlyrates"), {"name": "x", "price": 1}),
        world.supervisor.put(_path(world, "hourlyrates", world.rate_uid), {"name": "x"}),
    ]

    assert {one.status_code for one in refusals} == {403}
    assert world.admin.put(_path(world, "statuses", "nothing"), {"name": "x"}).status_code == 404
