"""ETag and If-Match keep one person from overwriting another's work unseen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.server.world import World


def test_a_change_to_what_the_client_saw_goes_through(world: World):
    order = world.order()
    seen = world.technician.get(order).headers["ETag"]

    changed = world.technician.put(order, {"title": "Pan"}, headers={"If-Match": seen})

    assert changed.status_code == 200
    assert changed.headers["ETag"] == world.technician.get(order).headers["ETag"] != seen


def test_a_change_to_what_another_changed_meanwhile_is_refused_with_the_present_record(world: World):
    order = world.order()
    seen = world.technician.get(order).headers["ETag"]
    world.colleague.put(order, {"title": "Pan"})

    refused = world.technician.put(order, {"title": "Pot"}, headers={"If-Match": seen})

    assert (refused.status_code, refused.json()["code"]) == (412, "revision_conflict")
    assert refused.headers["ETag"] == world.technician.get(order).headers["ETag"] != seen
    assert refused.json()["current"] == world.technician.get(order).json()
    assert refused.json()["current"]["title"] == "Pan"


def test_no_backup_that_is_put_back_can_count_to_a_revision_that_was_seen_before(world: World):
    """Two histories from the same state give other revisions, so a change that saw one is refused in the other."""
    seen = set()
    for _ in range(20):
        order = world.order()
        world.technician.put(order, {"title": "Pan"})
        seen.add(world.technician.get(order).headers["ETag"])
    assert len(seen) > 15


@pytest.mark.parametrize(("if_match", "status"), [("*", 200), ("1", 200), ('"9", "1"', 200), ('W/"1"', 412), ("", 412)])
def test_if_match_is_read_as_the_standard_says(world: World, if_match: str, status: int):
    answer = world.technician.put(world.order(), {"title": "Pan"}, headers={"If-Match": if_match})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("part", "body", "change"),
    [
        ("items", {"name": "Seal"}, {"note": "x"}),
        ("events", {"eventType": "repair_started"}, {"notes": "x"}),
        ("hours", {"startedAt": "2026-03-02T08:00:00Z"}, {"note": "x"}),
    ],
)
def test_every_part_is_protected_in_change_and_deletion(
    world: World, part: str, body: dict[str, Any], change: dict[str, Any]
):
    made = world.technician.post(f"{world.order()}/{part}", body)
    where, seen = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    now = world.technician.put(where, change, headers=seen)

    late_change = world.technician.put(where, {**change}, headers=seen)
    late_deletion = world.technician.delete(where, headers=seen)
    deletion = world.technician.delete(where, headers={"If-Match": now.headers["ETag"]})

    assert (late_change.status_code, late_deletion.status_code, deletion.status_code) == (412, 412, 204)
    assert late_deletion.json()["current"] == now.json()


def test_an_orders_etag_covers_its_items_and_totals(world: World):
    order = world.order()
    seen = world.supervisor.get(order).headers["ETag"]
    world.technician.post(f"{order}/items", {"name": "Seal", "price": 5})

    assert world.supervisor.put(order, {"title": "Pan"}, headers={"If-Match": seen}).status_code == 412
    assert world.supervisor.delete(order, headers={"If-Match": seen}).status_code == 412
