"""Sales orders: what is billed, for how much, and what stays as it is afterwards."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from techdesk.server.orders.integrity import problems_of
from techdesk.wire.flow_retail import SalesOrder
from tests.unit.server.world import World

CUSTOMER = {"customerUid": "c-1", "name": "Johanna Ångström", "address": "Lindenallee 3, Berlin"}
FIFTY_MINUTES = {"startedAt": "2026-03-02T08:00:00Z", "endedAt": "2026-03-02T08:50:00Z"}


def _item(world: World, order: str, **fields: Any) -> str:
    made = world.technician.post(f"{order}/items", {"name": "Seal", "price": 0.1, "quantity": 3, **fields})
    assert made.status_code == 201, made.text
    return str(made.json()["serviceOrderItemUid"])


def _hours(world: World, order: str, **fields: Any) -> httpx.Response:
    made = world.technician.post(f"{order}/hours", FIFTY_MINUTES | {"hourlyRateUid": world.rate_uid} | fields)
    assert made.status_code == 201, made.text
    return made


def _bill(world: World, order: str, **body: Any) -> Any:
    made = world.supervisor.post(f"{order}/salesorders", body)
    assert made.status_code == 201, made.text
    return made.json()


def test_a_bill_takes_the_unbilled_items_and_billable_hours_with_exact_totals(world: World):
    order = world.order(customer=CUSTOMER)
    item = _item(world, order)
    _hours(world, order)
    _hours(world, order, billable=False)
    _hours(world, order, hourlyRateUid="")
    _hours(world, order, endedAt=None)

    bill = _bill(world, order)

    assert set(bill) == {str(field.alias) for field in SalesOrder.model_fields.values()}
    assert bill["serviceOrderItemUids"] == [item]
    lines = [(one["name"], one["quantity"], one["price"], one["totalPrice"]) for one in bill["lines"]]
    assert lines == [("Seal", 3, 0.1, 0.3), ("Workshop hour", 0.8333, 68, 56.67)]
    assert bill["totals"] == {"partsTotal": 0.3, "workTotal": 56.67, "grandTotal": 56.97}
    number = world.technician.get(order).json()["serviceNumber"]
    assert (bill["orderNumber"], bill["customerUid"], bill["createdBy"]) == (f"{number}-1", "c-1", "Test supervisor")
    assert bill["orderAddress"]["name"] == "Johanna Ångström"
    assert world.technician.get(order).json()["items"][0]["salesOrderUid"] == bill["salesOrderUid"]
    assert world.technician.get(f"{order}/salesorders").json()["items"] == [bill]
    assert problems_of(world.database) == (1, [])


def test_nothing_is_billed_twice(world: World):
    order = world.order(customer=CUSTOMER)
    first = _item(world, order)
    _hours(world, order)
    _bill(world, order)

    again = world.supervisor.post(f"{order}/salesorders", {})
    named = world.supervisor.post(f"{order}/salesorders", {"serviceOrderItemUids": [first]})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_bill")
    assert (named.status_code, named.json()["code"]) == (409, "billed")

    second, third = _item(world, order, name="Valve"), _item(world, order, name="Hose")
    assert _bill(world, order, serviceOrderItemUids=[third])["serviceOrderItemUids"] == [third]
    last = _bill(world, order)
    assert (last["serviceOrderItemUids"], last["orderNumber"][-2:]) == ([second], "-3")


def test_hours_keep_the_price_they_were_recorded_at_when_the_rate_rises(world: World):
    order = world.order(customer=CUSTOMER)
    _hours(world, order)
    world.admin.put(f"{world.tenant}/serviceorders/hourlyrates/{world.rate_uid}", {"price": 90})

    line = _bill(world, order)["lines"][0]

    assert (line["price"], line["totalPrice"]) == (68, 56.67)


def test_an_invoice_address_is_kept_only_where_it_differs(world: World):
    order = world.order(customer=CUSTOMER)
    street, office = {"name": "J. Å.", "city": "Berlin", "countryCode": "DE"}, {"name": "Office"}
    _item(world, order)
    same = _bill(world, order, orderAddress=street, invoiceAddress=street)
    _item(world, order)
    other = _bill(world, order, orderAddress=street, invoiceAddress=office)

    assert (same["invoiceAddress"], same["orderAddress"]["countryCode"]) == (None, "DE")
    assert other["invoiceAddress"] == {"name": "Office", "address": "", "postalCode": "", "city": "", "countryCode": ""}


def test_what_is_billed_stays(world: World):
    order = world.order(customer=CUSTOMER)
    item = _item(world, order)
    entry = _hours(world, order).headers["Location"]
    _bill(world, order)

    refusals = [
        world.supervisor.put(f"{order}/items/{item}", {"note": "x"}),
        world.supervisor.delete(f"{order}/items/{item}"),
        world.supervisor.put(entry, {"note": "x"}),
        world.supervisor.delete(entry),
        world.supervisor.delete(order),
    ]

    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(409, "billed")}


def test_an_order_whose_hours_alone_are_billed_stays(world: World):
    order = world.order(customer=CUSTOMER)
    _hours(world, order)
    _bill(world, order)

    assert world.supervisor.delete(order).json()["code"] == "billed"


def test_a_closed_order_can_be_billed(world: World):
    order = world.order(customer=CUSTOMER)
    _item(world, order)
    world.close(order)

    assert _bill(world, order)["totals"]["grandTotal"] == 0.3


def test_a_bill_is_in_the_feed_and_moves_the_orders_revision(world: World):
    order = world.order(customer=CUSTOMER)
    _item(world, order)
    before = world.changes()
    assert before["orders"][0]["salesOrders"] == []

    bill = _bill(world, order)

    after = world.changes(before["cursor"])["orders"][0]
    assert after["salesOrders"] == [bill]
    assert after["revision"] > before["orders"][0]["revision"]


def test_a_repeated_bill_with_its_key_is_made_once(world: World):
    order = world.order(customer=CUSTOMER)
    _item(world, order)
    key = {"Idempotency-Key": "bill-1"}

    first, again = (world.supervisor.post(f"{order}/salesorders", {}, headers=key) for _ in range(2))

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_technician_does_not_bill(world: World):
    order = world.order(customer=CUSTOMER)

    assert world.technician.post(f"{order}/salesorders", {}).status_code == 403


WRONG_BILLS: list[tuple[dict[str, Any], str]] = [
    ({"customerUid": "nobody"}, "/customerUid"),
    ({"warehouseUid": "nowhere"}, "/warehouseUid"),
    ({"serviceOrderItemUids": ["nothing"]}, "/serviceOrderItemUids/0"),
    ({"orderAddress": {"countryCode": "Germany"}}, "/orderAddress/countryCode"),
    ({"orderAddress": {"street": "x"}}, "/orderAddress/street"),
    ({"totals": {}}, "/totals"),
]


def test_a_wrong_bill_is_refused_by_name(world: World, subtests: pytest.Subtests):
    order = world.order(customer=CUSTOMER)
    _item(world, order)
    for body, pointer in WRONG_BILLS:
        with subtests.test(body=body):
            refused = world.supervisor.post(f"{order}/salesorders", body)

            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_an_order_without_a_customer_needs_one_to_be_billed(world: World):
    order = world.order()
    _item(world, order)

    refused = world.supervisor.post(f"{order}/salesorders", {})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/customerUid")


def test_bills_come_in_pages_and_cannot_be_sorted(world: World, subtests: pytest.Subtests):
    order = world.order(customer=CUSTOMER)
    for _ in range(3):
        _item(world, order)
        _bill(world, order)

    page = world.technician.get(f"{order}/salesorders", params={"pageNumber": 2, "pageSize": 2}).json()
    assert [one["orderNumber"][-2:] for one in page["items"]] == ["-3"]
    assert page["paging"] == {"pageNumber": 2, "pageSize": 2, "totalCount": 3}
    for path in (f"{order}/salesorders", f"{world.tenant}/serviceorders/hourlyrates"):
        for name, value in (("sortBy", "createdAt"), ("sortDirection", "ASC")):
            with subtests.test(path=path, name=name):
                refused = world.technician.get(path, params={name: value})

                assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, name)
