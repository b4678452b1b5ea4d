"""The Resource Scheduler dialect: tokens for passwords, whole orders in JSON and XML, refusals inside a 200."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role
from techdesk.server.administration.users import add_user, disable_user
from techdesk.server.answers.problems import Problem
from techdesk.server.requests.auth import WrongAttempts
from techdesk.server.sample import make_sample
from techdesk.wire.resource_scheduler import Form, read_order, split, ticks, twin_of
from tests.unit.server.world import START, Person, World

SAMPLES = Path(__file__).parents[3] / "data" / "resource_scheduler"
SERVICES = "/RSMCP/api/Services"
UPDATE = f"{SERVICES}/UpdateServiceOrder"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PASSWORD = "a word & more"
TYPES = {Form.JSON: "application/json", Form.XML: "application/xml"}


def sign_in(world: World, name: str = "Rosa", password: str = PASSWORD, grant: str = "password") -> httpx.Response:
    fields = {"grant_type": grant, "username": name, "password": password}
    return world.nobody.ask("POST", "/RSMCP/token", data=fields)


@pytest.fixture
def rosa(world: World) -> Person:
    with world.database.write() as connection:
        uid = add_user(connection, "Rosa", Role.TECHNICIAN, instant_text(START), PASSWORD)
    told = sign_in(world).json()
    assert (told["token_type"], told["expires_in"]) == ("bearer", 3600)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    return Person(world.nobody.portal, world.nobody.client, headers, uid)


def number_of(world: World, order: str) -> int:
    uid = order.rpartition("/")[2]
    with world.database.read() as connection:
        query = "SELECT service_order_id FROM orders WHERE service_order_uid = "
        return int(connection.exec_driver_sql(f"{query}'{uid}'").scalar_one())


def read(rosa: Person, number: int, form: Form = Form.JSON) -> bytes:
    answer = rosa.get(f"{SERVICES}/GetServiceOrder", params={"serviceOrderId": number}, headers={"Accept": TYPES[form]})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, TYPES[form])
    return answer.content


def put(rosa: Person, body: bytes, form: Form = Form.JSON, kind: str = "") -> httpx.Response:
    return rosa.ask("PUT", UPDATE, content=body, headers={"Content-Type": kind or TYPES[form]})


def stored(rosa: Person, body: bytes, form: Form = Form.JSON) -> dict[str, Any]:
    answer = put(rosa, body, form)
    assert answer.status_code == 200, answer.text
    told = read_order(answer.content, form)
    assert not told["Error"], told["Error"]
    return told


def sample_of(number: int, stamp: str, form: Form) -> bytes:
    raw = (SAMPLES / f"sample.{form}").read_text()
    words = {
        Form.JSON: [('"ServiceOrderId": 4', f'"ServiceOrderId": {number}'), ('"StatusId": 24', '"StatusId": 3')],
        Form.XML: [(">4</ServiceOrderId>", f">{number}</ServiceOrderId>"), (">24</StatusId>", ">3</StatusId>")],
    }[form]
    mark = '"LastModified": "' if form is Form.JSON else "<LastModified>"
    head, _, tail = raw.partition(f"{mark}2026-04-04T07:51:50.8149383-04:00")
    raw = f"{head}{mark}{stamp}{tail}"
    for old, new in words:
        assert old in raw
        raw = raw.replace(old, new)
    return raw.encode()


def stamp_in(raw: bytes, form: Form = Form.JSON) -> str:
    return str(read_order(raw, form)["LastModified"])


# The token.


def test_a_token_ends_after_an_hour(world: World, rosa: Person) -> None:
    assert rosa.get(f"{SERVICES}/GetServiceOrders").status_code == 200
    world.clock.advance(seconds=3601)
    assert rosa.get(f"{SERVICES}/GetServiceOrders").status_code == 401


def test_tokens_are_kept_hashed_and_the_expired_ones_not_at_all(world: World, rosa: Person) -> None:
    token = rosa.headers["Authorization"].removeprefix("Bearer ")
    world.clock.advance(hours=2)
    sign_in(world)
    with world.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT token_hash FROM access_tokens").scalars().all()
    assert len(rows) == 1
    assert token not in rows[0]


def test_a_wrong_password_an_unknown_name_and_a_person_without_password_are_told_alike(
    world: World, rosa: Person
) -> None:
    for name, password in (("Rosa", "wrong"), ("Nobody", PASSWORD), ("Test technician", "")):
        answer = sign_in(world, name, password)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_who_is_switched_off_is_out_at_once(world: World, rosa: Person) -> None:
    with world.database.write() as connection:
        disable_user(connection, "Rosa")
    assert rosa.get(f"{SERVICES}/GetServiceOrders").status_code == 401
    assert sign_in(world).json()["error"] == "invalid_grant"


def test_many_wrong_passwords_shut_out_even_the_right_one_for_a_minute(world: World, rosa: Person) -> None:
    for _ in range(20):
        assert sign_in(world, password="wrong").status_code == 400
    answer = sign_in(world)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    world.monotonic.advance(seconds=61)
    assert sign_in(world).status_code == 200


def test_wrong_passwords_side_by_side_are_no_more_than_one_after_the_other(world: World, rosa: Person) -> None:
    with ThreadPoolExecutor(40) as many:
        codes = Counter(many.map(lambda _: sign_in(world, password="wrong").status_code, range(60)))
    assert codes == {400: 20, 429: 40}


def test_right_passwords_count_for_nothing(world: World, rosa: Person) -> None:
    for _ in range(19):
        sign_in(world, password="wrong")
    assert [sign_in(world).status_code for _ in range(21)] == [200] * 21
    assert [sign_in(world, password="wrong").status_code for _ in range(2)] == [400, 429]


def test_a_try_that_one_of_its_origins_refuses_counts_for_none() -> None:
    attempts = WrongAttempts(lambda: 0.0)
    for _ in range(20):
        attempts.begin("name", "elsewhere")
    for _ in range(20):
        with pytest.raises(Problem):
            attempts.begin("office", "name")
    assert attempts.begin("office", "another name") == 0.0


def test_another_grant_or_a_broken_form_is_refused(world: World) -> None:
    assert sign_in(world, grant="refresh_token").json()["error"] == "unsupported_grant_type"
    for body in (b"grant_type=password&username=a", b"\xff", b"username=a&username=b", b"grant_type=%ff"):
        assert world.nobody.ask("POST", "/RSMCP/token", content=body, headers=FORM).status_code == 400
    as_json = {"Content-Type": "application/json"}
    assert world.nobody.ask("POST", "/RSMCP/token", content=b"{}", headers=as_json).status_code == 415


def test_without_a_token_nothing_is_told(world: World) -> None:
    for method, path in (
        ("PUT", UPDATE),
        ("GET", f"{SERVICES}/GetServiceOrder"),
        ("GET", f"{SERVICES}/GetServiceOrders"),
    ):
        assert world.nobody.ask(method, path).status_code == 401
        wrong = {"Authorization": f"Bearer {world.technician.token}"}
        assert world.nobody.ask(method, path, headers=wrong).status_code == 401


# The update.


@pytest.mark.parametrize("form", Form)
def test_the_document_s_own_sample_is_stored_and_comes_back_byte_for_byte(
    world: World, rosa: Person, form: Form
) -> None:
    number = number_of(world, world.order())
    sent = sample_of(number, stamp_in(read(rosa, number)), form)
    told = stored(rosa, sent, form)
    back = read(rosa, number, form)
    assert read_order(back, form) == told
    assert told["Description"] == "sample string 7"
    assert [one["Name"] for one in told["ServiceOrderItemList"]] == ["sample string 7"] * 2
    assert read_order(sent, form)["UdfList"] == told["UdfList"]
    world.clock.advance(milliseconds=1)
    again = stored(rosa, back, form)
    assert ticks(again["LastModified"]) > ticks(told["LastModified"])
    assert read(rosa, number, form).replace(again["LastModified"].encode(), told["LastModified"].encode()) == back


def test_what_a_client_changes_is_changed_in_our_order_and_in_its_feed(world: World, rosa: Person) -> None:
    path = world.order(customer={"name": "Ann", "phone": "1", "address": "Main Street"})
    since = world.changes()["cursor"]
    order = json.loads(read(rosa, number_of(world, path)))
    order |= {"Description": "Projector", "Notes": "no picture", "ContactEmail": "ann@example.com"}
    order["ServiceOrderItemList"] = [{"Name": "Lamp", "Quantity": 2, "Price": 80.5, "Notes": "spare"}]
    order["New"] = {"a": [1.50]}
    stored(rosa, json.dumps(order).encode())
    ours = world.technician.get(path).json()
    assert (ours["title"], ours["description"]) == ("Projector", "no picture")
    assert ours["customer"] == {
        "customerUid": ours["customer"]["customerUid"],
        "name": "Ann",
        "phone": "1",
        "email": "ann@example.com",
        "address": "Main Street",
    }
    assert [(one["name"], one["quantity"], one["totalPrice"]) for one in ours["items"]] == [("Lamp", 2, 161)]
    assert [one["title"] for one in world.changes(since)["orders"]] == ["Projector"]
    assert b'"New": {"a": [1.5]}' in read(rosa, number_of(world, path))


@pytest.mark.parametrize("form", Form)
def test_what_a_client_leaves_out_is_0_or_null_from_then_on(world: World, rosa: Person, form: Form) -> None:
    path = world.order(customer={"name": "Ann"})
    number = number_of(world, path)
    stamp = stamp_in(read(rosa, number))
    told = {"ServiceOrderId": number, "LastModified": stamp, "Description": "Projector"}
    inside = "".join(f"<{name}>{told[name]}</{name}>" for name in sorted(told))
    space = "http://schemas.datacontract.org/2004/07/RSMCP.Entities"
    body = json.dumps(told) if form is Form.JSON else f'<ServiceOrder xmlns="{space}">{inside}</ServiceOrder>'
    answer = put(rosa, body.encode(), form)
    raw = read(rosa, number, form)
    assert answer.content == raw
    for name in ("ContactEmail", "BillingName", "TotalAmount", "UdfList"):
        assert (f'"{name}": ' if form is Form.JSON else f"<{name}") in raw.decode()
    values = read_order(raw, form)
    assert (values["BillingName"], values["UdfList"], values["TotalAmount"], values["Error"]) == (None, None, "0", None)
    assert values["Phase"] == "Pending"
    ours = world.technician.get(path).json()
    assert (ours["title"], ours["customer"]["name"], ours["serviceState"]) == ("Projector", "", "NOT_STARTED")


def test_an_order_that_no_client_sent_has_its_dates_by_the_location_s_clock_too(world: World, rosa: Person) -> None:
    site = {"name": "Hall", "timeZone": "Asia/Kolkata"}
    number = number_of(world, world.order(site=site, readyAtEstimate="2026-03-05T10:00:00.000Z"))
    told = json.loads(read(rosa, number))
    assert told["DeliveryOrStartDateUtc"] == "2026-03-05T10:00:00.0000000Z"
    assert told["DeliveryOrStartDateLocal"] == "2026-03-05T15:30:00.0000000+05:30"
    assert told["EndDateLocal"] == "2026-03-05T16:30:00.0000000+05:30"
    assert (told["Error"], told["ErrorId"]) == (None, 0)


def test_a_change_that_only_this_dialect_shows_makes_a_new_stamp_and_a_change_in_the_feed(
    world: World, rosa: Person
) -> None:
    path = world.order()
    since, number = world.changes()["cursor"], number_of(world, path)
    order = json.loads(read(rosa, number))
    world.clock.advance(milliseconds=1)
    told = stored(rosa, json.dumps(order | {"PickupInstructions": "Back door"}).encode())
    assert told["LastModified"] != order["LastModified"]
    assert len(world.changes(since)["orders"]) == 1
    assert read_order(read(rosa, number, Form.XML), Form.XML)["PickupInstructions"] == "Back door"


def test_a_change_from_the_other_dialect_shows_with_a_new_stamp_in_the_kept_bytes(world: World, rosa: Person) -> None:
    path = world.order()
    number = number_of(world, path)
    order = json.loads(read(rosa, number))
    order["ServiceOrderItemList"] = [
        {"Name": "Lamp", "Quantity": 1, "AssetTag": ["T1"]},
        {"Name": "Cable", "Quantity": 1},
    ]
    told = stored(rosa, json.dumps(order | {"SurchargeAmount": 1.50, "Zz": None}).encode())
    world.clock.advance(milliseconds=1)
    lamp, cable = (one["serviceOrderItemUid"] for one in world.technician.get(path).json()["items"])
    world.technician.delete(f"{path}/items/{cable}")
    world.technician.put(f"{path}/items/{lamp}", {"quantity": 3, "price": 9})
    world.technician.post(f"{path}/items", {"name": "Screw", "quantity": 0.5})
    world.technician.put(path, {"title": "Changed", "serviceStatusUid": world.statuses["Closed"]})
    raw = read(rosa, number)
    shown = read_order(raw, Form.JSON)
    assert (shown["Description"], shown["Phase"]) == ("Changed", "Fulfilled")
    assert [(one["Name"], one["AssetTag"]) for one in shown["ServiceOrderItemList"]] == [
        ("Lamp", ["T1"]),
        ("Screw", []),
    ]
    assert (shown["ServiceOrderItemList"][0]["Quantity"], shown["ServiceOrderItemList"][0]["Total"]) == (3, "27")
    assert shown["LastModified"] != told["LastModified"]
    assert b'"Zz": null' in raw


def test_items_are_known_by_their_numbers_and_go_when_they_are_left_out(world: World, rosa: Person) -> None:
    path = world.order()
    number = number_of(world, path)
    order = json.loads(read(rosa, number))
    order["ServiceOrderItemList"] = [{"Name": "Lamp", "Quantity": 1}, {"Name": "Cable", "Quantity": 1}]
    order = json.loads(put(rosa, json.dumps(order).encode()).content)
    lamp, cable = order["ServiceOrderItemList"]
    assert lamp["ServiceOrderItemId"] > 0
    uids = {one["name"]: one["serviceOrderItemUid"] for one in world.technician.get(path).json()["items"]}
    order["ServiceOrderItemList"] = [cable | {"Quantity": 5}]
    stored(rosa, json.dumps(order).encode())
    (left,) = world.technician.get(path).json()["items"]
    assert (left["serviceOrderItemUid"], left["quantity"]) == (uids["Cable"], 5)


def test_an_item_that_says_no_quantity_is_on_the_order_once(world: World, rosa: Person) -> None:
    path = world.order()
    order = json.loads(read(rosa, number_of(world, path)))
    order["ServiceOrderItemList"] = [{"Name": "Toner"}, {"Name": "Lamp", "Quantity": 4}]
    order = json.loads(put(rosa, json.dumps(order).encode()).content)
    toner, lamp = order["ServiceOrderItemList"]
    order["ServiceOrderItemList"] = [toner, lamp | {"Quantity": None}]
    stored(rosa, json.dumps(order).encode())
    items = world.technician.get(path).json()["items"]
    assert {one["name"]: one["quantity"] for one in items} == {"Toner": 1, "Lamp": 1}


@pytest.mark.parametrize(
    ("change", "state", "name"),
    [
        ({"Phase": 1}, "IN_PROGRESS", "In diagnosis"),
        ({"Phase": 3}, "CLOSED", "Closed"),
        ({"Phase": 4}, "CANCELLED", "Cancelled"),
        ({"Phase": "Rejected"}, "CANCELLED", "Cancelled"),
        ({"StatusId": 4}, "ON_HOLD", "Waiting for parts"),
    ],
)
def test_a_phase_or_a_status_becomes_our_status(
    world: World, rosa: Person, change: dict[str, Any], state: str, name: str
) -> None:
    path = world.order()
    order = json.loads(read(rosa, number_of(world, path)))
    told = stored(rosa, json.dumps(order | change).encode())
    ours = world.technician.get(path).json()
    assert (ours["serviceState"], ours["serviceStatusName"]) == (state, name)
    if "Phase" in change:
        assert told["Phase"] in ("Accepted", "Fulfilled", "Cancelled", "Rejected")
    if change == {"Phase": "Rejected"}:
        assert told["Phase"] == "Rejected"


def refused(rosa: Person, order: dict[str, Any]) -> tuple[str, int]:
    answer = put(rosa, json.dumps(order).encode())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {**told, "Error": order.get("Error"), "ErrorId": order.get("ErrorId")} == {
        "Error": None,
        "ErrorId": None,
        **order,
    }
    return told["Error"], told["ErrorId"]


def test_a_refusal_stands_inside_a_200_and_nothing_is_stored(world: World, rosa: Person) -> None:
    path = world.order()
    before = world.technician.get(path).json()
    order = json.loads(read(rosa, number_of(world, path)))
    stale = order | {"LastModified": order["LastModified"].replace("+00:00", "Z"), "Description": "x"}
    assert refused(rosa, stale) == ("Somebody else changed this service order meanwhile", 2)
    assert refused(rosa, order | {"ServiceOrderId": 999_999})[1] == 1
    assert refused(rosa, order | {"ServiceOrderId": 0})[1] == 1
    for change in (
        {"Description": " "},
        {"StatusId": 77},
        {"Phase": 9},
        {"Notes": "changed", "ServiceOrderItemList": [{"Name": "", "Quantity": 1}]},
        {"Notes": "changed", "ServiceOrderItemList": [{"Name": "Lamp", "Quantity": 0}]},
    ):
        words, number = refused(rosa, order | change)
        assert (bool(words), number) == (True, 3)
    assert world.technician.get(path).json() == before


def test_an_order_of_another_number_is_told_inside_a_200(rosa: Person) -> None:
    told = json.loads(read(rosa, 424_242))
    assert (told["ServiceOrderId"], told["ErrorId"]) == (424_242, 1)
    assert read_order(read(rosa, 424_242, Form.XML), Form.XML)["Error"]


@pytest.mark.parametrize("kind", ["text/json; charset=utf-8", "text/xml", "application/xml;charset=UTF-8"])
def test_every_listed_format_is_taken_and_answered_in_kind(world: World, rosa: Person, kind: str) -> None:
    form = Form.JSON if "json" in kind else Form.XML
    raw = read(rosa, number_of(world, world.order()), form)
    answer = put(rosa, raw, kind=kind)
    assert answer.headers["content-type"].partition(";")[0] == kind.partition(";")[0]
    assert not read_order(answer.content, form)["Error"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a=b", 415),
        ("application/json; charset=latin-1", b"{}", 415),
        ("", b"{}", 415),
        ("application/json", b"{", 400),
        ("application/json", b'{"ServiceOrderId": "4"}', 400),
        ("application/json", b'{"a":' * 70 + b"1" + b"}" * 70, 400),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400),
        ("text/xml", b"<ServiceOrder/>", 400),
        ("application/json", b" " * 1_100_000, 413),
    ],
)
def test_what_is_no_order_is_refused_by_its_status(rosa: Person, kind: str, body: bytes, status: int) -> None:
    assert put(rosa, body, kind=kind or "text/plain").status_code == status


# The reads.


def test_orders_changed_since_an_instant_come_oldest_first(world: World, rosa: Person) -> None:
    paths = []
    for title in ("one", "two", "three"):
        world.clock.advance(minutes=1)
        paths.append(world.order(title=title))
    everything = rosa.get(f"{SERVICES}/GetServiceOrders").json()
    assert [one["Description"] for one in everything] == ["one", "two", "three"]
    world.clock.advance(minutes=1)
    world.technician.put(paths[0], {"title": "one again"})
    since = everything[-1]["LastModified"]
    later = rosa.get(f"{SERVICES}/GetServiceOrders", params={"modifiedSince": since}).json()
    assert [one["Description"] for one in later] == ["three", "one again"]
    unescaped = rosa.get(f"{SERVICES}/GetServiceOrders?modifiedSince={since}").json()
    assert unescaped == later
    as_xml = rosa.get(f"{SERVICES}/GetServiceOrders", headers={"Accept": "text/xml"}).content
    assert [read_order(one, Form.XML)["Description"] for one in split(as_xml, Form.XML)] == [
        "two",
        "three",
        "one again",
    ]


@pytest.mark.parametrize("text", ["soon", "9999-99-99", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_instant_is_refused(rosa: Person, text: str) -> None:
    assert rosa.get(f"{SERVICES}/GetServiceOrders", params={"modifiedSince": text}).status_code == 400


def test_the_sample_has_rooms_with_fields_of_every_kind_of_input(world: World, rosa: Person) -> None:
    make_sample(world.database, 60, START)
    orders = rosa.get(f"{SERVICES}/GetServiceOrders").json()
    rooms = [one for one in orders if one["UdfList"]]
    assert (len(orders), len(rooms)) == (60, 24)
    fields = rooms[0]["UdfList"]
    assert {one["InputType"] for one in fields} == set(range(1, 8))
    assert any(one["Required"] for one in fields) and any(one["AdminOnly"] for one in fields)
    with_items = [one for one in rooms if one["ServiceOrderItemList"]]
    assert with_items
    assert all(
        item["ServiceItemOptionList"] and item["AssetTag"] for one in with_items for item in one["ServiceOrderItemList"]
    )
    for one in rooms:
        assert twin_of("EndDateLocal", one["EndDateLocal"], one["ServiceLocationOlsonTimeZone"]) == one["EndDateUtc"]
        assert one["Description"]


def test_a_deleted_order_takes_what_was_kept_of_it_along(world: World, rosa: Person) -> None:
    path = world.order()
    stored(rosa, read(rosa, number_of(world, path)))
    assert world.supervisor.delete(path).status_code == 204
    with world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM resource_scheduler_orders").scalar_one() == 0
