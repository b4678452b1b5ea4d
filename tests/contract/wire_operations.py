"""Call every operation of the server over the wire, as any client would: nothing here knows the server's code.

Each check names the request it proves, as `docs/backends.md` writes it. It must fail when that route is not there.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "right horse battery"
EXTEND = {"Accept": "application/json; version=2022-02-01"}
NOBODY = "00000000-0000-4000-8000-000000000000"

Json = dict[str, Any]


@dataclass
class Wire:
    """A client of a running server, signed in as its administrator.

    Attributes:
        client: Calls the server's address; raises nothing for a refusal.
        token: The administrator's.
        planner: Name of a user who has the password `PASSWORD`.
    """

    client: httpx.Client
    token: str
    planner: str

    def call(self, method: str, path: str, *, status: int, body: Any = None, **headers: str) -> httpx.Response:
        """Make a call and return its answer, which must have this status."""
        named = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): one for name, one in headers.items()
        }
        answer = self.client.request(method, path, json=body, headers=named)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return self.call("GET", path, status=200).json()

    def add(self, path: str, body: Json) -> Json:
        """Make something and return it."""
        made: Json = self.call("POST", path, status=201, body=body, Idempotency_Key=str(uuid4())).json()
        return made

    def change(self, path: str, body: Json) -> Json:
        """Change something and return it."""
        changed: Json = self.call("PUT", path, status=200, body=body).json()
        return changed

    def remove(self, path: str) -> None:
        """Remove something; it is then no longer there."""
        self.call("DELETE", path, status=204)

    def listed(self, path: str, name: str) -> list[str]:
        """Return one member of everything in a list, page by page."""
        found: list[str] = []
        number = 1
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}pageNumber={number}&pageSize=100")
            found += [str(one[name]) for one in page["items"]]
            if len(found) >= page["paging"]["totalCount"]:
                return found
            number += 1

    @cached_property
    def me(self) -> Json:
        """Who we are and where we work."""
        found: Json = self.get("/v2/me")
        return found

    @property
    def tenant(self) -> str:
        """The path `T`."""
        return f"/v2/tenants/{self.me['tenantUid']}"

    @property
    def store(self) -> str:
        """The path `S`."""
        return f"{self.tenant}/stores/{self.me['stores'][0]['storeUid']}"

    @property
    def orders(self) -> str:
        """The path of the store's orders."""
        return f"{self.store}/serviceorders"

    def at(self, order: Json) -> str:
        """Return the path `O` of an order."""
        return f"{self.orders}/{order['serviceOrderUid']}"

    @cached_property
    def types(self) -> list[Json]:
        """The tenant's service types."""
        found: list[Json] = self.get(f"{self.tenant}/serviceorders/types")["items"]
        return found

    def new_order(self, kind: str = "repair_depot", **fields: Any) -> Json:
        """Make an order of a kind of service."""
        type_uid = next(one["serviceTypeUid"] for one in self.types if one["serviceKind"] == kind)
        return self.add(self.orders, {"title": "No power", "serviceTypeUid": type_uid, **fields})

    def with_item(self, order: Json) -> Json:
        """Put an item on an order and return it."""
        return self.add(f"{self.at(order)}/items", {"name": "Fuse", "price": 2.5, "quantity": 2})

    def with_event(self, order: Json) -> Json:
        """Record an event on an order and return it."""
        event = {"eventType": "repair_started", "data": {"repairStartedAt": 1780305120000}}
        return self.add(f"{self.at(order)}/events", event)

    def with_hours(self, order: Json) -> Json:
        """Put half an hour on an order and return it."""
        times = {"startedAt": "2026-06-01T09:00:00.000Z", "endedAt": "2026-06-01T09:30:00.000Z"}
        return self.add(f"{self.at(order)}/hours", times)

    def new_client(self) -> Json:
        """Make a client that may deliver work orders, and return it with its keys."""
        made: Json = self.call(
            "POST",
            f"{self.tenant}/admin/clients",
            status=201,
            body={"name": f"Titan {uuid4()}", "createMissing": True},
        ).json()
        return made

    def planner_token(self) -> str:
        """Sign in by name and password, as Resource Scheduler does."""
        form = {"grant_type": "password", "username": self.planner, "password": PASSWORD}
        answer = self.client.post("/RSMCP/token", data=form)
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"].casefold() == "bearer"
        assert answer.json()["expires_in"] > 0
        return str(answer.json()["access_token"])

    def scheduler(self, path: str, token: str) -> Any:
        """Return the JSON at a path of the Resource Scheduler dialect."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = self.client.get(f"/RSMCP/api/Services/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def extend(self, method: str, path: str, body: Json | None = None) -> Json:
        """Call the Extend dialect and return its JSON."""
        headers = {"X-Extend-Access-Token": self.token, **EXTEND}
        answer = self.client.request(method, f"/extend/service-orders/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


Check = Callable[[Wire], None]
OPERATIONS: dict[str, Check] = {}
"""Request as the documentation writes it → the check that proves it."""


def proves(request: str) -> Callable[[Check], Check]:
    """Register a check for a request."""

    def register(check: Check) -> Check:
        assert request not in OPERATIONS
        OPERATIONS[request] = check
        return check

    return register


# Flow Retail: orders.


@proves("GET S/serviceorders")
def orders_are_listed(wire: Wire) -> None:
    order = wire.new_order(priority="URGENT")
    assert order["serviceOrderUid"] in wire.listed(f"{wire.orders}?priorities=URGENT", "serviceOrderUid")
    assert order["serviceOrderUid"] not in wire.listed(f"{wire.orders}?priorities=LOW", "serviceOrderUid")
    wire.call("GET", f"{wire.orders}?sortBy=weather", status=400)


@proves("POST S/serviceorders")
def an_order_is_made(wire: Wire) -> None:
    order = wire.new_order(customer={"name": "Åse", "email": "aase@example.com"})
    assert order["serviceOrderUid"]
    assert order["customer"]["customerUid"]
    assert (order["title"], order["serviceState"], order["priority"]) == ("No power", "NOT_STARTED", "NONE")


@proves("GET O")
def an_order_is_read(wire: Wire) -> None:
    order = wire.new_order()
    assert wire.get(wire.at(order))["title"] == "No power"


@proves("PUT O")
def an_order_is_changed(wire: Wire) -> None:
    order = wire.new_order(description="Dead")
    changed = wire.change(wire.at(order), {"title": "No sound"})
    assert (changed["title"], changed["description"]) == ("No sound", "Dead")
    assert wire.get(wire.at(order))["title"] == "No sound"


@proves("DELETE O")
def an_order_is_removed(wire: Wire) -> None:
    order = wire.new_order()
    wire.remove(wire.at(order))
    wire.call("GET", wire.at(order), status=404)


@proves("POST S/serviceorders/search")
def orders_are_searched(wire: Wire) -> None:
    name = f"ÅNGSTRÖM {uuid4().hex[:8]}"
    order = wire.new_order(customer={"name": f"Johanna {name}"})
    asked = {"query": name.casefold(), "title": "nothing like it"}
    found = wire.call("POST", f"{wire.orders}/search", status=200, body=asked).json()
    assert [one["serviceOrderUid"] for one in found["items"]] == [order["serviceOrderUid"]]
    narrowed = asked | {"priorities": ["URGENT"]}
    assert wire.call("POST", f"{wire.orders}/search", status=200, body=narrowed).json()["items"] == []


# Flow Retail: items, events, hours.


@proves("POST O/items")
def an_item_is_added(wire: Wire) -> None:
    order = wire.new_order()
    item = wire.with_item(order)
    assert (item["quantity"], item["price"], item["totalPrice"]) == (2, 2.5, 5)
    assert wire.get(wire.at(order))["totals"]["grandTotal"] == 5


@proves("PUT O/items/{serviceOrderItemUid}")
def an_item_is_changed(wire: Wire) -> None:
    order = wire.new_order()
    item = wire.with_item(order)
    changed = wire.change(f"{wire.at(order)}/items/{item['serviceOrderItemUid']}", {"quantity": 3})
    assert (changed["name"], changed["totalPrice"]) == ("Fuse", 7.5)


@proves("DELETE O/items/{serviceOrderItemUid}")
def an_item_is_removed(wire: Wire) -> None:
    order = wire.new_order()
    wire.remove(f"{wire.at(order)}/items/{wire.with_item(order)['serviceOrderItemUid']}")
    assert wire.get(wire.at(order))["totals"]["grandTotal"] == 0


@proves("GET O/events")
def events_are_listed(wire: Wire) -> None:
    order = wire.new_order()
    event = wire.with_event(order)
    assert event["serviceEventUid"] in wire.listed(f"{wire.at(order)}/events", "serviceEventUid")


@proves("GET O/events/{serviceEventUid}")
def an_event_is_read(wire: Wire) -> None:
    order = wire.new_order()
    event = wire.with_event(order)
    found = wire.get(f"{wire.at(order)}/events/{event['serviceEventUid']}")
    assert found["data"] == {"repairStartedAt": 1780305120000}


@proves("POST O/events")
def an_event_is_recorded_once(wire: Wire) -> None:
    order = wire.new_order()
    event = {"eventType": "product_received", "data": {"receivedBy": "Mia"}, "notes": "Box is torn"}
    key = str(uuid4())
    path = f"{wire.at(order)}/events"
    first, again = (wire.call("POST", path, status=201, body=event, Idempotency_Key=key).json() for _ in range(2))
    assert first == again
    assert wire.listed(path, "eventType").count("product_received") == 1


@proves("PUT O/events/{serviceEventUid}")
def an_event_is_changed(wire: Wire) -> None:
    order = wire.new_order()
    event = wire.with_event(order)
    changed = wire.change(f"{wire.at(order)}/events/{event['serviceEventUid']}", {"notes": "Again"})
    assert (changed["notes"], changed["eventType"]) == ("Again", "repair_started")


@proves("DELETE O/events/{serviceEventUid}")
def an_event_is_removed(wire: Wire) -> None:
    order = wire.new_order()
    path = f"{wire.at(order)}/events/{wire.with_event(order)['serviceEventUid']}"
    wire.remove(path)
    wire.call("GET", path, status=404)


@proves("GET O/hours")
def hours_are_listed(wire: Wire) -> None:
    order = wire.new_order()
    entry = wire.with_hours(order)
    assert wire.listed(f"{wire.at(order)}/hours", "serviceHoursUid") == [entry["serviceHoursUid"]]


@proves("GET O/hours/{serviceHoursUid}")
def an_hours_entry_is_read(wire: Wire) -> None:
    order = wire.new_order()
    entry = wire.with_hours(order)
    assert wire.get(f"{wire.at(order)}/hours/{entry['serviceHoursUid']}")["minutes"] == 30


@proves("POST O/hours")
def an_hours_entry_is_added(wire: Wire) -> None:
    order = wire.new_order()
    assert wire.with_hours(order)["minutes"] == 30
    backwards = {"startedAt": "2026-06-01T09:00:00.000Z", "endedAt": "2026-06-01T08:00:00.000Z"}
    wire.call("POST", f"{wire.at(order)}/hours", status=400, body=backwards)


@proves("PUT O/hours/{serviceHoursUid}")
def an_hours_entry_is_changed(wire: Wire) -> None:
    order = wire.new_order()
    path = f"{wire.at(order)}/hours/{wire.with_hours(order)['serviceHoursUid']}"
    assert wire.change(path, {"endedAt": "2026-06-01T10:00:00.000Z"})["minutes"] == 60


@proves("DELETE O/hours/{serviceHoursUid}")
def an_hours_entry_is_removed(wire: Wire) -> None:
    order = wire.new_order()
    path = f"{wire.at(order)}/hours/{wire.with_hours(order)['serviceHoursUid']}"
    wire.remove(path)
    wire.call("GET", path, status=404)


# Flow Retail: messages, bills, reports, the public page.


@proves("GET O/notifications")
def messages_to_the_customer_are_listed(wire: Wire) -> None:
    statuses = f"{wire.tenant}/serviceorders/statuses"
    status = wire.add(statuses, {"name": f"Ready {uuid4()}", "serviceState": "FINISHED", "notifyCustomer": True})
    order = wire.new_order(customer={"name": "Åse", "email": "aase@example.com"})
    wire.change(wire.at(order), {"serviceStatusUid": status["serviceStatusUid"]})
    assert wire.listed(f"{wire.at(order)}/notifications?sortBy=createdAt", "recipient") == ["aase@example.com"]


@proves("GET O/salesorders")
def sales_orders_are_listed(wire: Wire) -> None:
    order = wire.new_order(customer={"name": "Åse"})
    wire.with_item(order)
    bill = wire.add(f"{wire.at(order)}/salesorders", {})
    assert wire.listed(f"{wire.at(order)}/salesorders", "salesOrderUid") == [bill["salesOrderUid"]]
    wire.call("GET", f"{wire.at(order)}/salesorders?sortBy=createdAt", status=400)


@proves("POST O/salesorders")
def an_order_is_billed(wire: Wire) -> None:
    order = wire.new_order(customer={"name": "Åse"})
    item = wire.with_item(order)
    path = f"{wire.at(order)}/salesorders"
    bill = wire.add(path, {"orderAddress": {"name": "Åse", "city": "Oslo"}})
    assert (bill["totals"]["grandTotal"], bill["serviceOrderItemUids"]) == (5, [item["serviceOrderItemUid"]])
    assert wire.call("POST", path, status=409, body={}).json()["code"] == "nothing_to_bill"
    assert wire.call("DELETE", wire.at(order), status=409).json()["code"] == "billed"


@proves("GET O/reports")
def a_report_comes_as_a_file_or_in_json(wire: Wire) -> None:
    path = f"{wire.at(wire.new_order())}/reports"
    raw = wire.call("GET", f"{path}?type=label", status=200, Accept="application/octet-stream")
    assert raw.content.startswith(b"%PDF-")
    told = wire.call("GET", f"{path}?type=label", status=200, Accept="application/json").json()
    assert base64.b64decode(told["content"]) == raw.content
    wire.call("GET", path, status=406, Accept="text/plain")


@proves("GET S/serviceorders/public/{publicPageHash}")
def an_order_is_read_by_its_public_hash(wire: Wire) -> None:
    order = wire.new_order(customer={"name": "Åse", "phone": "+47 1"}, description="not for the customer")
    found = wire.client.get(f"{wire.orders}/public/{order['publicPageHash']}")
    assert found.status_code == 200
    assert found.json()["serviceNumber"] == order["serviceNumber"]
    assert "+47 1" not in found.text
    assert "not for the customer" not in found.text


@proves("GET /public/{publicPageHash}")
def the_public_page_is_html(wire: Wire) -> None:
    order = wire.new_order(title="<b>No power</b>")
    page = wire.client.get(f"/public/{order['publicPageHash']}")
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;No power" in page.text


# Flow Retail: types, statuses, rates.


@proves("GET T/serviceorders/types")
def service_types_are_listed(wire: Wire) -> None:
    assert "repair_onsite" in wire.listed(f"{wire.tenant}/serviceorders/types", "serviceKind")


@proves("PUT T/serviceorders/types/{serviceTypeUid}")
def a_service_type_is_renamed(wire: Wire) -> None:
    one = wire.types[0]
    path = f"{wire.tenant}/serviceorders/types/{one['serviceTypeUid']}"
    assert wire.change(path, {"name": "Renamed"})["name"] == "Renamed"
    assert wire.change(path, {"name": one["name"]})["serviceKind"] == one["serviceKind"]


@proves("GET T/serviceorders/statuses")
def statuses_are_listed(wire: Wire) -> None:
    assert "NOT_STARTED" in wire.listed(f"{wire.tenant}/serviceorders/statuses", "serviceState")


@proves("POST T/serviceorders/statuses")
def a_status_is_made_in_its_place(wire: Wire) -> None:
    path = f"{wire.tenant}/serviceorders/statuses"
    made = wire.add(path, {"name": f"Waiting {uuid4()}", "serviceState": "ON_HOLD", "position": 2, "color": "#aa5500"})
    places = [int(one) for one in wire.listed(path, "position")]
    assert made["position"] == 2
    assert len(set(places)) == len(places)


@proves("PUT T/serviceorders/statuses/{serviceStatusUid}")
def a_status_is_renamed_in_its_orders(wire: Wire) -> None:
    path = f"{wire.tenant}/serviceorders/statuses"
    status = wire.add(path, {"name": f"Parked {uuid4()}", "serviceState": "ON_HOLD"})
    order = wire.new_order()
    wire.change(wire.at(order), {"serviceStatusUid": status["serviceStatusUid"]})
    renamed = f"Kept {uuid4()}"
    wire.change(f"{path}/{status['serviceStatusUid']}", {"name": renamed})
    assert wire.get(wire.at(order))["serviceStatusName"] == renamed


@proves("GET T/serviceorders/hourlyrates")
def rates_are_listed(wire: Wire) -> None:
    path = f"{wire.tenant}/serviceorders/hourlyrates"
    assert wire.listed(path, "name")
    wire.call("GET", f"{path}?sortBy=name", status=400)


@proves("POST T/serviceorders/hourlyrates")
def a_rate_is_made(wire: Wire) -> None:
    made = wire.add(f"{wire.tenant}/serviceorders/hourlyrates", {"name": f"Night {uuid4()}", "price": 99.5})
    assert made["price"] == 99.5


@proves("PUT T/serviceorders/hourlyrates/{hourlyRateUid}")
def a_rate_is_changed(wire: Wire) -> None:
    path = f"{wire.tenant}/serviceorders/hourlyrates"
    made = wire.add(path, {"name": f"Night {uuid4()}", "price": 99.5})
    assert wire.change(f"{path}/{made['hourlyRateUid']}", {"price": 100})["name"] == made["name"]


# What the server adds.


@proves("GET /v2/capabilities")
def the_server_says_what_it_adds(wire: Wire) -> None:
    told = wire.get("/v2/capabilities")
    assert told["idempotencyKeys"] and told["etags"] and told["changes"]


@proves("GET /v2/me")
def the_server_says_who_we_are(wire: Wire) -> None:
    assert wire.get("/v2/me")["role"] == "admin"


@proves("POST O/accept")
def an_order_is_accepted(wire: Wire) -> None:
    order = wire.new_order("repair_onsite", requiresAcceptance=True)
    assert order["acceptedAt"] is None
    accepted = wire.call("POST", f"{wire.at(order)}/accept", status=200, body={"accepted": True}).json()
    assert accepted["acceptedAt"]


@proves("GET S/serviceorders/changes")
def changes_come_after_a_cursor(wire: Wire) -> None:
    page = wire.get(f"{wire.orders}/changes?limit=500")
    while page["more"]:
        page = wire.get(f"{wire.orders}/changes?limit=500&since={page['cursor']}")
    order = wire.new_order()
    wire.with_event(order)
    (one,) = wire.get(f"{wire.orders}/changes?since={page['cursor']}")["orders"]
    assert [event["eventType"] for event in one["events"]] == ["repair_started"]


@proves("GET T/users")
def people_are_listed(wire: Wire) -> None:
    assert wire.me["tenantUserUid"] in wire.listed(f"{wire.tenant}/users", "tenantUserUid")


@proves("GET T/warehouses")
def warehouses_are_listed(wire: Wire) -> None:
    assert wire.listed(f"{wire.tenant}/warehouses", "name")


@proves("GET T/products")
def products_are_found(wire: Wire) -> None:
    names = wire.listed(f"{wire.tenant}/products", "name")
    assert names[0] in wire.listed(f"{wire.tenant}/products?{httpx.QueryParams(query=names[0])}", "name")


@proves("GET T/admin/users")
def administrators_see_people(wire: Wire) -> None:
    assert wire.planner in wire.listed(f"{wire.tenant}/admin/users", "name")


def _new_user(wire: Wire) -> Json:
    return wire.add(f"{wire.tenant}/admin/users", {"name": f"Ola {uuid4()}", "role": "technician"})


@proves("POST T/admin/users")
def a_person_is_added(wire: Wire) -> None:
    assert _new_user(wire)["role"] == "technician"


@proves("PUT T/admin/users/{tenantUserUid}")
def a_person_gets_a_role(wire: Wire) -> None:
    path = f"{wire.tenant}/admin/users/{_new_user(wire)['tenantUserUid']}"
    assert wire.change(path, {"role": "supervisor"})["role"] == "supervisor"


@proves("GET T/admin/tokens")
def tokens_are_listed_without_their_secrets(wire: Wire) -> None:
    assert wire.token not in json.dumps(wire.get(f"{wire.tenant}/admin/tokens"))


def _new_token(wire: Wire) -> Json:
    return wire.add(f"{wire.tenant}/admin/tokens", {"tenantUserUid": _new_user(wire)["tenantUserUid"]})


@proves("POST T/admin/tokens")
def a_token_is_made_that_signs_in(wire: Wire) -> None:
    token = _new_token(wire)["token"]
    assert wire.client.get("/v2/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@proves("DELETE T/admin/tokens/{tokenUid}")
def a_token_is_revoked(wire: Wire) -> None:
    made = _new_token(wire)
    wire.remove(f"{wire.tenant}/admin/tokens/{made['tokenUid']}")
    assert wire.client.get("/v2/me", headers={"Authorization": f"Bearer {made['token']}"}).status_code == 401


# Extend.


@proves("POST /extend/service-orders/{serviceOrderId}/update-repair")
def a_repair_is_updated_as_often_as_it_is_sent(wire: Wire) -> None:
    order = wire.new_order()
    body = {"event": "product_received", "receivedBy": "Mia", "receptionDate": 1780305120000}
    path = f"{order['serviceOrderUid']}/update-repair"
    assert wire.extend("POST", path, body)["eventId"] != wire.extend("POST", path, body)["eventId"]
    assert wire.listed(f"{wire.at(order)}/events", "eventType").count("product_received") == 2


@proves("POST /extend/service-orders/{serviceOrderId}/accept-repair")
def a_repair_is_accepted(wire: Wire) -> None:
    order = wire.new_order(requiresAcceptance=True, assignedUserUid=wire.me["tenantUserUid"])
    wire.extend("POST", f"{order['serviceOrderUid']}/accept-repair", {"accepted": True})
    assert wire.get(wire.at(order))["acceptedAt"]


@proves("GET /extend/service-orders/{serviceOrderId}")
def a_repair_is_read_with_its_events(wire: Wire) -> None:
    order = wire.new_order()
    wire.with_event(order)
    found = wire.extend("GET", order["serviceOrderUid"])
    assert (found["serviceType"], found["events"][-1]["event"]) == ("repair_depot", "repair_started")


@proves("GET /extend/service-orders/search")
def a_repair_is_found_by_its_claim(wire: Wire) -> None:
    claim = f"CLAIM-{uuid4().hex}"
    order = wire.new_order(externalSystem="extend", externalId=claim)
    assert order["serviceOrderUid"] in json.dumps(wire.extend("GET", f"search?claimId={claim}"))


# Resource Scheduler.


@proves("POST /RSMCP/token")
def a_password_gives_a_token(wire: Wire) -> None:
    assert wire.planner_token()


def _scheduler_order(wire: Wire, token: str, order: Json) -> Json:
    numbers = [
        one["ServiceOrderId"]
        for one in wire.scheduler("GetServiceOrders", token)
        if one["Description"] == order["title"]
    ]
    found: Json = wire.scheduler(f"GetServiceOrder?serviceOrderId={numbers[0]}", token)
    return found


@proves("PUT /RSMCP/api/Services/UpdateServiceOrder")
def a_whole_order_is_replaced(wire: Wire) -> None:
    order = wire.new_order(title=f"Projector {uuid4()}")
    token = wire.planner_token()
    whole = _scheduler_order(wire, token, order)
    changed = {**whole, "Notes": "Second floor", "Unheard": [1.50]}
    answer = wire.client.put(
        "/RSMCP/api/Services/UpdateServiceOrder", json=changed, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    assert not answer.json()["Error"], answer.json()["Error"]
    assert re.search(r"\.\d{7}", answer.json()["LastModified"])
    assert answer.json()["Unheard"] == [1.5]
    assert wire.get(wire.at(order))["description"] == "Second floor"


@proves("GET /RSMCP/api/Services/GetServiceOrder")
def a_whole_order_is_read(wire: Wire) -> None:
    order = wire.new_order(title=f"Screen {uuid4()}", customer={"name": "Åse"})
    assert _scheduler_order(wire, wire.planner_token(), order)["ContactName"] == "Åse"


@proves("GET /RSMCP/api/Services/GetServiceOrders")
def whole_orders_are_listed(wire: Wire) -> None:
    order = wire.new_order(title=f"Lamp {uuid4()}")
    listed = wire.scheduler("GetServiceOrders?modifiedSince=2026-01-01T00:00:00Z", wire.planner_token())
    assert order["title"] in [one["Description"] for one in listed]


# ServiceChannel.


def _deliver(wire: Wire, client: Json, number: int, **fields: Any) -> httpx.Response:
    body = {"EventType": "WorkOrderCreated", "Object": {"Id": number, "Number": str(number), **fields}}
    keys = {"accessKey": client["accessKey"], "signingKey": client["signingKey"]}
    path = f"/v1/Clients/{client['clientId']}/ServiceChannelWorkOrders"
    return wire.client.post(path, params=keys, json=body)


@proves("POST /v1/Clients/{clientId}/ServiceChannelWorkOrders")
def a_work_order_arrives_once(wire: Wire) -> None:
    client = wire.new_client()
    number = uuid4().int % 2**31
    first, again = (_deliver(wire, client, number, Description="Leak") for _ in range(2))
    assert (first.status_code, first.text) == (200, again.text)
    assert int(first.text) > 0
    assert _deliver(wire, client | {"accessKey": "wrong"}, number).status_code == 401


@proves("GET T/admin/clients")
def clients_are_listed_without_their_keys(wire: Wire) -> None:
    made = wire.new_client()
    told = json.dumps(wire.get(f"{wire.tenant}/admin/clients"))
    assert made["clientId"] in told
    assert made["accessKey"] not in told


@proves("POST T/admin/clients")
def a_client_gets_its_keys(wire: Wire) -> None:
    assert wire.new_client()["accessKey"]


@proves("PUT T/admin/clients/{clientId}")
def a_client_is_switched_off(wire: Wire) -> None:
    client = wire.new_client()
    wire.change(f"{wire.tenant}/admin/clients/{client['clientId']}", {"active": False})
    assert _deliver(wire, client, 1).status_code == 401


@proves("POST T/admin/clients/{clientId}/rotate")
def a_client_gets_new_keys(wire: Wire) -> None:
    client = wire.new_client()
    path = f"{wire.tenant}/admin/clients/{client['clientId']}/rotate"
    renewed = wire.call("POST", path, status=200, body={}).json()
    assert _deliver(wire, client, 1).status_code == 401
    assert _deliver(wire, renewed, 1).status_code == 200


def _delivery(wire: Wire) -> Json:
    client = wire.new_client()
    _deliver(wire, client, uuid4().int % 2**31, Description="Leak")
    (one,) = wire.get(f"{wire.tenant}/admin/deliveries?clientId={client['clientId']}")["items"]
    found: Json = one
    return found


@proves("GET T/admin/deliveries")
def deliveries_are_listed_with_their_outcome(wire: Wire) -> None:
    assert _delivery(wire)["outcome"] == "created"


@proves("GET T/admin/deliveries/{deliveryUid}")
def a_delivery_shows_what_it_said(wire: Wire) -> None:
    one = _delivery(wire)
    assert "Leak" in wire.get(f"{wire.tenant}/admin/deliveries/{one['deliveryUid']}")["body"]
