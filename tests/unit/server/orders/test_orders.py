"""Orders: make, get, change, delete, accept."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.wire.flow_retail import Order
from tests.unit.server.world import World


def test_a_new_order_has_every_field_of_the_dialect_and_its_first_status(world: World):
    made = world.technician.post(world.orders, {"title": "Kettle leaks", "serviceTypeUid": world.types["repair_depot"]})

    assert made.status_code == 201
    order = made.json()
    assert set(order) == {str(field.alias) for field in Order.model_fields.values()}
    assert made.headers["Location"] == f"{world.orders}/{order['serviceOrderUid']}"
    assert made.headers["ETag"] == '"1"'
    assert order["serviceState"] == "NOT_STARTED"
    assert order["serviceStatusName"] == "New"
    assert order["priority"] == "NONE"
    assert order["acceptedAt"] == order["createdAt"] == "2026-03-02T09:00:00.000Z"
    assert order["totals"] == {"grandTotal": 0, "partsTotal": 0, "workTotal": 0}
    assert order["createdFromStoreUid"] == order["storeUid"]
    Order.model_validate(order)


def test_an_order_keeps_all_that_it_was_given(world: World):
    given: dict[str, Any] = {
        "title": "Grüße 🔧 שלום",
        "description": "<b>bold</b>\n" + "x" * 100_000,
        "serviceTypeUid": world.types["repair_onsite"],
        "serviceStatusUid": world.statuses["In repair"],
        "priority": "URGENT",
        "assignedUserUid": world.technician.uid,
        "externalServiceNumber": "EXT-1",
        "locationLabel": "A12",
        "requiresPriceEstimate": True,
        "estimatedPrice": 19.99,
        "maxPrice": 99999999999.99,
        "readyAtEstimate": "2026-03-05T17:00:00.000Z",
        "readyAtNeeded": "2026-03-06T17:00:00.000Z",
        "warranty": True,
        "externalSystem": "crm",
        "externalId": "77",
        "orderUid": "o-1",
        "orderProductLineUid": "l-1",
        "rmaOrderUid": "r-1",
        "rmaOrderItemUid": "ri-1",
        "createdFromStoreUid": "elsewhere",
        "requiresAcceptance": True,
    }
    nested: dict[str, Any] = {
        "customer": {"name": "Ana", "phone": "1", "email": "a@b.c", "address": "Here 1"},
        "site": {"name": "Café", "address": "There 2", "timeZone": "America/Denver"},
        "assets": [
            {
                "name": "Kettle",
                "maker": "Bosch",
                "model": "K1",
                "serialNumber": "S1",
                "condition": "scratched",
                "accessories": "lid",
                "warrantyUntil": "2027-01-01",
                "state": "in",
            }
        ],
    }

    order = world.technician.get(world.order("repair_onsite", **(given | nested))).json()

    assert {name: order[name] for name in given} == given
    assert order["customer"] == nested["customer"] | {"customerUid": order["customerUid"]}
    assert order["site"] == nested["site"]
    assert order["assets"] == [nested["assets"][0] | {"assetUid": order["assets"][0]["assetUid"]}]
    assert order["assignedUserDisplayName"] == "Test technician"
    assert order["serviceState"] == "IN_PROGRESS"
    assert order["acceptedAt"] is None


WRONG_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"title": " "}, "/title"),
    ({"title": None}, "/title"),
    ({"serviceTypeUid": "nothing"}, "/serviceTypeUid"),
    ({"serviceTypeUid": "a b"}, "/serviceTypeUid"),
    ({"serviceStatusUid": "nothing"}, "/serviceStatusUid"),
    ({"priority": "HUGE"}, "/priority"),
    ({"assignedUserUid": "nobody"}, "/assignedUserUid"),
    ({"customerUid": "nobody"}, "/customerUid"),
    ({"estimatedPrice": "12"}, "/estimatedPrice"),
    ({"estimatedPrice": True}, "/estimatedPrice"),
    ({"estimatedPrice": 1.00001}, "/estimatedPrice"),
    ({"estimatedPrice": 1e11}, "/estimatedPrice"),
    ({"readyAtEstimate": "2026-03-05 17:00"}, "/readyAtEstimate"),
    ({"readyAtEstimate": 1753899028008}, "/readyAtEstimate"),
    ({"readyAtEstimate": "0001-01-01T00:00:00Z"}, "/readyAtEstimate"),
    ({"site": {"timeZone": "Mars/Base"}}, "/site/timeZone"),
    ({"assets": [{"warrantyUntil": "soon"}]}, "/assets/0/warrantyUntil"),
    ({"customer": {"nmae": "Ana"}}, "/customer/nmae"),
    ({"createdAt": "2026-03-05T17:00:00Z"}, "/createdAt"),
    ({"serviceState": "CLOSED"}, "/serviceState"),
    ({"warranty": 1}, "/warranty"),
]


def test_a_wrong_field_is_named_and_nothing_is_made(world: World, subtests: pytest.Subtests):
    for fields, pointer in WRONG_FIELDS:
        with subtests.test(fields=fields):
            refused = world.technician.post(
                world.orders, {"title": "Kettle", "serviceTypeUid": world.types["other"], **fields}
            )

            assert refused.status_code == 400
            assert refused.headers["Content-Type"] == "application/problem+json"
            problem = refused.json()
            assert problem["code"] == "invalid"
            assert [error["pointer"] for error in problem["errors"]] == [pointer]
            assert world.changes()["orders"] == []


def test_a_put_replaces_only_what_it_names(world: World):
    order = world.order(description="Drips", locationLabel="B2", estimatedPrice=5)
    before = world.technician.get(order).json()
    world.clock.advance(minutes=5)

    changed = world.technician.put(order, {"locationLabel": "C3", "estimatedPrice": None})

    assert changed.status_code == 200
    after = changed.json()
    differing = {name for name in after if after[name] != before[name]}
    assert differing == {"locationLabel", "estimatedPrice", "lastModifiedAt", "revision"}
    assert after["lastModifiedAt"] == "2026-03-02T09:05:00.000Z"
    assert after == world.technician.get(order).json()


def test_a_put_that_changes_nothing_leaves_revision_and_feed_alone(world: World):
    order = world.order(description="Drips")
    cursor = world.changes()["cursor"]

    same = world.technician.put(order, {"description": "Drips", "title": "Kettle leaks"})

    assert same.headers["ETag"] == '"1"'
    assert world.changes(cursor)["orders"] == []


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_uid_clears_its_field(world: World, empty: str | None):
    order = world.order(assignedUserUid=world.technician.uid, orderUid="o-1")

    changed = world.technician.put(order, {"assignedUserUid": empty, "orderUid": empty}).json()

    assert (changed["assignedUserUid"], changed["assignedUserDisplayName"], changed["orderUid"]) == (None, "", None)


def test_the_state_follows_the_status(world: World):
    order = world.order()

    closed = world.technician.put(order, {"serviceStatusUid": world.statuses["Closed"]}).json()

    assert (closed["serviceState"], closed["closedAt"]) == ("CLOSED", "2026-03-02T09:00:00.000Z")


def test_a_state_alone_is_refused_but_may_repeat_what_the_status_says(world: World):
    order = world.order()

    alone = world.technician.put(order, {"serviceState": "IN_PROGRESS"})
    both = world.technician.put(order, {"serviceState": "IN_PROGRESS", "serviceStatusUid": world.statuses["In repair"]})
    differing = world.technician.put(order, {"serviceState": "CLOSED", "serviceStatusUid": world.statuses["In repair"]})

    assert [alone.status_code, both.status_code, differing.status_code] == [400, 200, 400]


def test_only_a_supervisor_reopens_a_closed_order(world: World):
    order = world.order()
    world.close(order)
    reopen = {"serviceStatusUid": world.statuses["In repair"]}

    refused = world.technician.put(order, reopen)
    reopened = world.supervisor.put(order, reopen)

    assert refused.json()["code"] == "forbidden"
    assert (reopened.json()["serviceState"], reopened.json()["closedAt"]) == ("IN_PROGRESS", None)


def test_a_technician_takes_an_order_but_only_a_supervisor_assigns_it_to_others(world: World):
    order = world.order()

    taken = world.technician.put(order, {"assignedUserUid": world.technician.uid})
    pushed = world.technician.put(order, {"assignedUserUid": world.colleague.uid})
    assigned = world.supervisor.put(order, {"assignedUserUid": world.colleague.uid})
    dropped = world.technician.put(order, {"assignedUserUid": None})
    taken_over = world.technician.put(order, {"assignedUserUid": world.technician.uid})

    codes = [one.status_code for one in (taken, pushed, assigned, dropped, taken_over)]
    assert codes == [200, 403, 200, 403, 200]


def test_a_known_customer_is_taken_over_by_uid(world: World):
    first = world.technician.get(world.order(customer={"name": "Johanna"})).json()

    second = world.technician.get(world.order(customerUid=first["customerUid"])).json()

    assert second["customer"] == first["customer"]


def test_a_customer_keeps_their_uid_when_their_name_changes(world: World):
    order = world.order(customer={"name": "Johanna"})
    before = world.technician.get(order).json()["customerUid"]

    after = world.technician.put(order, {"customer": {"name": "Johanna B."}}).json()

    assert after["customerUid"] == after["customer"]["customerUid"] == before


def test_only_a_supervisor_deletes_an_order_and_its_parts_go_with_it(world: World):
    order = world.order()
    world.technician.post(f"{order}/events", {"eventType": "repair_started"})
    world.technician.post(f"{order}/items", {"name": "Seal"})
    world.technician.post(f"{order}/hours", {"startedAt": "2026-03-02T08:00:00Z"})

    refused = world.technician.delete(order)
    deleted = world.supervisor.delete(order)

    assert refused.status_code == 403
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert world.technician.get(order).json()["code"] == "not_found"
    assert world.supervisor.delete(order).status_code == 404


def test_an_order_that_needs_acceptance_takes_events_only_once_accepted(world: World):
    order = world.order(requiresAcceptance=True)
    event = {"eventType": "repair_started"}

    refused = world.technician.post(f"{order}/events", event)
    accepted = world.technician.post(f"{order}/accept", {"accepted": True})
    taken = world.technician.post(f"{order}/events", event)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_accepted")
    assert accepted.json()["acceptedAt"] == "2026-03-02T09:00:00.000Z"
    assert taken.status_code == 201


def test_a_declined_order_goes_back_to_nobody_and_the_reason_is_kept(world: World):
    order = world.order(requiresAcceptance=True, assignedUserUid=world.technician.uid)

    declined = world.technician.post(f"{order}/accept", {"accepted": False, "reason": "No parts"}).json()

    assert (declined["acceptedAt"], declined["assignedUserUid"]) == (None, None)
    events = world.technician.get(f"{order}/events").json()["items"]
    assert [(one["eventType"], one["notes"]) for one in events] == [("order_declined", "No parts")]


def test_accepting_twice_changes_nothing(world: World):
    order = world.order(requiresAcceptance=True)
    first = world.technician.post(f"{order}/accept", {"accepted": True})
    world.clock.advance(hours=1)

    second = world.technician.post(f"{order}/accept", {"accepted": True})

    assert second.json() == first.json()


def test_what_needs_no_acceptance_cannot_be_declined(world: World):
    assert world.technician.post(f"{world.order()}/accept", {"accepted": False}).status_code == 400


def test_an_order_that_becomes_ready_notes_the_message_to_its_customer(world: World):
    order = world.order(customer={"name": "Ana", "email": "ana@example.org"})

    world.close(order, "Ready for pickup")

    messages = world.changes()["orders"][0]["notifications"]
    assert [(one["channel"], one["recipient"], one["status"]) for one in messages] == [
        ("EMAIL", "ana@example.org", "NOT_CONFIGURED")
    ]


def test_a_store_that_is_not_there_is_refused_as_one_of_another_tenant_is(world: World):
    order = world.order()
    elsewhere = order.replace("/stores/", "/stores/x")

    refused = world.technician.get(elsewhere)

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_the_messages_of_an_order_are_listed_in_pages(world: World):
    order = world.order(customer={"name": "Anna", "email": "anna@example.org"})
    for status in ("Ready for pickup", "In repair", "Ready for pickup"):
        world.close(order, status)
        world.clock.advance(minutes=1)

    how = {"sortBy": "createdAt", "sortDirection": "DESC", "pageSize": 1}
    page = world.technician.get(f"{order}/notifications", params=how).json()

    assert page["paging"] == {"pageNumber": 1, "pageSize": 1, "totalCount": 2}
    assert page["items"][0]["createdAt"] == "2026-03-02T09:02:00.000Z"
    assert page["items"] == world.changes()["orders"][0]["notifications"][1:]
    assert world.technician.get(f"{order}/notifications", params={"sortBy": "message"}).status_code == 400
    assert world.technician.get(f"{world.orders}/nothing/notifications").status_code == 404
