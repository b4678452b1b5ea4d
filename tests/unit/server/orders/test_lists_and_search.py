"""Lists, filters, sorting and search."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.wire.flow_retail import Capabilities, Order, Page, User
from tests.unit.server.world import World


def _titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [order["title"] for order in answer.json()["items"]]


def _search(world: World, **body: Any) -> list[str]:
    return sorted(_titles(world.technician.post(f"{world.orders}/search", body)))


def test_a_list_comes_in_pages_sorted_by_uid(world: World):
    made = [world.technician.get(world.order(title=f"T{number}")).json() for number in range(5)]

    answer = world.technician.get(f"{world.orders}?pageNumber=2&pageSize=2").json()

    assert answer["paging"] == {"pageNumber": 2, "pageSize": 2, "totalCount": 5}
    assert answer["items"] == sorted(made, key=lambda order: order["serviceOrderUid"])[2:4]
    Page[Order].model_validate(answer)


def test_a_page_behind_the_last_is_empty(world: World):
    world.order()

    assert world.technician.get(f"{world.orders}?pageNumber=9").json()["items"] == []


def test_priorities_sort_by_rank_and_absent_dates_come_last(world: World):
    for title, fields in {
        "a": {"priority": "URGENT"},
        "b": {"priority": "LOW", "readyAtNeeded": "2026-03-09T00:00:00Z"},
        "c": {"priority": "NONE", "readyAtNeeded": "2026-03-08T00:00:00Z"},
    }.items():
        world.order(title=title, **fields)

    def sorted_by(name: str, direction: str) -> str:
        query = {"sortBy": name, "sortDirection": direction}
        return "".join(_titles(world.technician.get(world.orders, params=query)))

    assert (sorted_by("priority", "ASC"), sorted_by("priority", "DESC")) == ("cba", "abc")
    assert (sorted_by("readyAtNeeded", "ASC"), sorted_by("readyAtNeeded", "DESC")) == ("cba", "bca")


def test_every_sort_that_is_named_works(world: World):
    world.order()
    refused = world.technician.get(f"{world.orders}?sortBy=x").json()["errors"][0]["message"]
    names = refused.removeprefix("must be one of ").split(", ")

    assert len(names) > 10
    assert {world.technician.get(f"{world.orders}?sortBy={name}").status_code for name in names} == {200}


def test_filters_combine_and_repeat(world: World):
    world.order(title="a", priority="HIGH")
    world.order(title="b", priority="LOW", assignedUserUid=world.technician.uid)
    world.close(world.order("repair_onsite", title="c", priority="HIGH", createdFromStoreUid="s9"))

    def listed(query: str) -> list[str]:
        return sorted(_titles(world.technician.get(f"{world.orders}?{query}")))

    assert listed("priorities=HIGH&priorities=LOW") == ["a", "b", "c"]
    assert listed("priorities=HIGH&serviceStates=NOT_STARTED") == ["a"]
    assert listed("serviceStates=CLOSED&serviceStates=CANCELLED") == ["c"]
    assert listed(f"assignedUserUids={world.technician.uid}") == ["b"]
    assert listed(f"serviceTypeUids={world.types['repair_onsite']}") == ["c"]
    assert listed(f"serviceStatusUids={world.statuses['New']}") == ["a", "b"]
    assert listed("createdFromStoreUids=s9") == ["c"]


@pytest.fixture
def searched(world: World) -> World:
    """Three orders to look for."""
    people: dict[str, dict[str, Any]] = {
        "Kettle 100%": {"customer": {"name": "Johanna ÅNGSTRÖM", "phone": "+49 30 555 1", "email": "jo@example.org"}},
        "STRASSE lamp": {"customer": {"name": "Anna O'Neil", "phone": "+44 20 7", "email": "anna@example.com"}},
        "under_score": {"assets": [{"serialNumber": "SN-Ää-7"}]},
    }
    for title, fields in people.items():
        world.order(title=title, **fields)
    return world


SEARCHES: list[tuple[dict[str, Any], list[str]]] = [
    ({"query": "anna"}, ["Kettle 100%", "STRASSE lamp"]),
    ({"query": "ångström"}, ["Kettle 100%"]),
    ({"query": "angstrom"}, []),
    ({"query": "straße"}, ["STRASSE lamp"]),
    ({"query": "EXAMPLE.org"}, ["Kettle 100%"]),
    ({"query": "555 1"}, ["Kettle 100%"]),
    ({"query": "0%"}, ["Kettle 100%"]),
    ({"query": "r_s"}, ["under_score"]),
    ({"query": "kettle", "customerName": "nobody"}, ["Kettle 100%"]),
    ({"query": "kettle", "priorities": ["HIGH"]}, []),
    ({"query": "kettle", "toDate": "2026-03-01"}, []),
    ({"customerName": "ANNA", "customerEmail": ".com"}, ["STRASSE lamp"]),
    ({"customerPhone": "+44"}, ["STRASSE lamp"]),
    ({"title": "kettle", "query": ""}, ["Kettle 100%"]),
    ({"serviceNumber": "so-10002"}, ["STRASSE lamp"]),
    ({"serialNumber": "ää"}, ["under_score"]),
    ({"fromDate": "2026-03-02", "toDate": "2026-03-02"}, ["Kettle 100%", "STRASSE lamp", "under_score"]),
    ({"fromDate": "2026-03-03"}, []),
    ({"fromDate": "", "toDate": None, "serviceStates": []}, ["Kettle 100%", "STRASSE lamp", "under_score"]),
    ({"serviceStates": ["CLOSED"]}, []),
]


def test_search_finds_parts_of_words_without_case(searched: World, subtests: pytest.Subtests):
    for body, found in SEARCHES:
        with subtests.test(body=body):
            assert _search(searched, **body) == found


WRONG_SEARCHES = [{"fromDate": "02.03.2026"}, {"serviceStates": ["OPEN"]}, {"colour": "red"}, {"query": 5}]


def test_a_wrong_search_is_refused(world: World, subtests: pytest.Subtests):
    for body in WRONG_SEARCHES:
        with subtests.test(body=body):
            assert world.technician.post(f"{world.orders}/search", body).status_code == 400


def test_search_pages_and_sorts_like_a_list(searched: World):
    answer = searched.technician.post(f"{searched.orders}/search?pageSize=1&sortBy=title&sortDirection=DESC", {})

    assert (_titles(answer), answer.json()["paging"]["totalCount"]) == (["under_score"], 3)


def test_an_items_serial_number_is_found_and_forgotten_with_it(world: World):
    item = world.technician.post(f"{world.order()}/items", {"name": "Board", "serialNumber": "B-77"})
    assert _search(world, serialNumber="b-7") == ["Kettle leaks"]

    world.technician.delete(item.headers["Location"])

    assert _search(world, serialNumber="b-7") == []


def test_the_tenants_lists_are_pages(world: World):
    for path, size in {"serviceorders/types": 3, "serviceorders/statuses": 8, "serviceorders/hourlyrates": 1}.items():
        assert world.technician.get(f"{world.tenant}/{path}").json()["paging"]["totalCount"] == size
    people = world.technician.get(f"{world.tenant}/users?sortBy=displayName").json()["items"]
    assert User.model_validate(people[0]).display_name == "Test admin"
    by_place = world.technician.get(f"{world.tenant}/serviceorders/statuses?sortBy=position").json()["items"]
    assert by_place[0]["serviceState"] == "NOT_STARTED"
    assert world.technician.get(f"{world.tenant}/warehouses").json()["items"] == []
    assert world.technician.get(f"{world.tenant}/products?query=x").json()["items"] == []


def test_events_sort_by_when_they_happened(world: World):
    order = world.order()
    for hour in (3, 1, 2):
        world.technician.post(f"{order}/events", {"eventType": f"e{hour}", "occurredAt": f"2026-03-01T0{hour}:00:00Z"})

    listed = world.technician.get(f"{order}/events?sortBy=occurredAt&pageSize=2").json()

    assert [one["eventType"] for one in listed["items"]] == ["e1", "e2"]
    assert listed["paging"]["totalCount"] == 3


def test_capabilities_say_what_is_ours_on_top(world: World):
    found = Capabilities.model_validate(world.technician.get("/v2/capabilities").json())

    assert (found.idempotency_keys, found.etags, found.changes, found.acceptance) == (True, True, True, True)
    assert found.idempotency_key_days >= 30
