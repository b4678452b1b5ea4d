"""An Idempotency-Key makes a repeated POST harmless."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.unit.server.world import World

EVENT = {"eventType": "repair_started"}


def _events(world: World, order: str) -> int:
    total: int = world.technician.get(f"{order}/events").json()["paging"]["totalCount"]
    return total


@pytest.mark.parametrize("repeated", ["k-1", '"k-1"'], ids=["bare", "quoted"])
def test_a_repeat_gives_the_first_answer_and_does_nothing(world: World, repeated: str):
    order = world.order()
    first = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k-1"})
    world.clock.advance(days=30)

    second = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": repeated})

    assert (second.status_code, second.content, second.headers["ETag"], second.headers["Location"]) == (
        (201, first.content, first.headers["ETag"], first.headers["Location"])
    )
    assert _events(world, order) == 1


def test_the_same_key_with_another_body_is_refused(world: World):
    order = world.order()
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})

    refused = world.technician.post(
        f"{order}/events", {"eventType": "repair_completed"}, headers={"Idempotency-Key": "k"}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert _events(world, order) == 1


def test_the_same_key_on_another_order_is_refused(world: World):
    world.technician.post(f"{world.order()}/events", EVENT, headers={"Idempotency-Key": "k"})

    refused = world.technician.post(f"{world.order()}/events", EVENT, headers={"Idempotency-Key": "k"})

    assert refused.status_code == 422


def test_two_people_may_use_the_same_key(world: World):
    order = world.order()
    for person in (world.technician, world.colleague):
        assert person.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"}).status_code == 201

    assert _events(world, order) == 2


def test_a_refusal_is_not_kept_so_it_may_be_asked_again(world: World):
    order = world.order(requiresAcceptance=True)
    key = {"Idempotency-Key": "k"}
    refused = world.technician.post(f"{order}/events", EVENT, headers=key)
    world.technician.post(f"{order}/accept", {"accepted": True})

    taken = world.technician.post(f"{order}/events", EVENT, headers=key)

    assert (refused.status_code, taken.status_code) == (409, 201)


def test_a_repeat_while_the_first_still_runs_is_told_to_wait(world: World):
    order = world.order()
    with world.server.running_keys.hold(world.technician.uid, "k"):
        early = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})
    late = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})

    assert (early.status_code, early.json()["code"], late.status_code) == (409, "key_in_progress", 201)


def test_many_repeats_at_once_do_it_once(world: World):
    order = world.order()

    def post(_: int) -> httpx.Response:
        return world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))

    assert _events(world, order) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.content for one in answers if one.status_code == 201}) == 1


NO_KEYS = ["", "x" * 256, "ümlaut".encode()]


def test_a_key_that_cannot_be_one_is_refused(world: World, subtests: pytest.Subtests):
    for key in NO_KEYS:
        with subtests.test(key=key):
            refused = world.technician.post(f"{world.order()}/events", EVENT, headers={"Idempotency-Key": key})

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "Idempotency-Key")


def test_a_key_is_forgotten_after_its_time(world: World):
    order = world.order()
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})
    world.clock.advance(days=41)
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "other"})
    world.clock.advance(days=1)
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "a day later"})

    again = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})

    assert "Idempotent-Replayed" not in again.headers
    assert _events(world, order) == 4


def test_a_clock_that_is_far_ahead_for_a_moment_takes_no_key_away(world: World):
    order = world.order()
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})
    world.clock.advance(days=400)
    world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "under a wrong clock"})
    world.clock.advance(days=-400)

    again = world.technician.post(f"{order}/events", EVENT, headers={"Idempotency-Key": "k"})

    assert again.headers["Idempotent-Replayed"] == "true"
    assert _events(world, order) == 2
