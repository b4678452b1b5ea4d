"""What the server removed goes once no unsent work stands on it; in both stores alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from techdesk.application.exchange import PulledPart
from techdesk.application.outbox import Operation, OpState, Verb
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.queries import OrderFilter
from techdesk.domain.records import RecordType
from tests.support.store_records import (
    a_page,
    a_record,
    add,
    an_event,
    an_operation,
    events_of,
    move,
    pull,
    pulled,
    pulled_event,
    record,
    save,
)

CHANGE_OF_E1: dict[str, Any] = {
    "order_id": "s1",
    "record_id": "e1",
    "record_type": RecordType.EVENT,
    "verb": Verb.UPDATE,
}


def gone_but_for_a_change(store: OrderStore) -> Operation:
    """Let the server remove two events of which one has unsent work; return that."""
    pull(store, pulled("s1", pulled_event("e1", starts_at="2026-03-02T09:00:00Z"), pulled_event("e2")))
    (operation,) = add(store, an_operation(**CHANGE_OF_E1))
    pull(store, pulled("s1"))
    assert events_of(store, "s1") == ["e1"]
    return operation


def ids(store: OrderStore) -> list[str]:
    with store.read() as view:
        return [one.order_id for one in view.first_order_rows(OrderFilter(), 100)]


def test_a_part_that_unsent_work_kept_goes_with_the_last_of_it(store: OrderStore) -> None:
    operation = gone_but_for_a_change(store)
    (another,) = add(store, an_operation(2, **CHANGE_OF_E1))
    move(store, operation, state=OpState.CANCELLED)
    assert events_of(store, "s1") == ["e1"]
    move(store, another, state=OpState.CANCELLED)
    assert events_of(store, "s1") == []


def test_a_part_that_another_parts_work_does_not_stand_on_goes(store: OrderStore) -> None:
    operation = gone_but_for_a_change(store)
    add(store, an_operation(2, order_id="s1", record_id="tmp_9", record_type=RecordType.ITEM))
    move(store, operation, state=OpState.CANCELLED)
    assert events_of(store, "s1") == []


def test_an_item_that_unsent_work_kept_goes_with_it_too(store: OrderStore) -> None:
    item = PulledPart(record_type=RecordType.ITEM, server_id="i1", document={"name": "Fuse"})
    pull(store, pulled("s1", item))
    change = CHANGE_OF_E1 | {"record_id": "i1", "record_type": RecordType.ITEM}
    (operation,) = add(store, an_operation(**change))
    pull(store, pulled("s1"))
    move(store, operation, state=OpState.CANCELLED)
    with store.read() as view:
        assert view.parts("a1", "s1") == []


def test_a_part_that_came_back_stays(store: OrderStore) -> None:
    operation = gone_but_for_a_change(store)
    back = pulled("s1", pulled_event("e1", starts_at="2026-03-02T09:00:00Z"))
    with store.write(Urgency.BACKGROUND) as tx:
        tx.stage_page("a1", a_page(back))
        tx.take_staged("a1", a_page())
    move(store, operation, state=OpState.CANCELLED)
    assert events_of(store, "s1") == ["e1"]


def test_a_part_of_which_an_answer_told_since_goes_as_that_may_be_older_than_the_removal(store: OrderStore) -> None:
    operation = gone_but_for_a_change(store)
    save(store, replace(record(store, "e1", RecordType.EVENT), base={"notes": "answered"}, revision="9"))
    move(store, operation, state=OpState.CANCELLED)
    assert events_of(store, "s1") == []


def test_an_order_of_which_a_look_told_since_goes_too(store: OrderStore) -> None:
    pull(store, pulled("s1"))
    (operation,) = add(store, an_operation(order_id="s1", record_id="s1", verb=Verb.UPDATE))
    pull(store, deleted=["s1"])
    save(store, replace(record(store, "s1"), base={"title": "looked at"}, revision="9"))
    move(store, operation, state=OpState.CANCELLED)
    assert ids(store) == []


def test_a_part_whose_view_alone_changed_goes(store: OrderStore) -> None:
    operation = gone_but_for_a_change(store)
    save(store, replace(record(store, "e1", RecordType.EVENT), view={"notes": "mine"}))
    move(store, operation, state=OpState.CANCELLED)
    assert events_of(store, "s1") == []


def test_an_order_that_the_server_removed_goes_unless_unsent_work_stands_on_it(store: OrderStore) -> None:
    pull(store, pulled("s1"), pulled("s2", pulled_event()))
    add(store, an_operation(order_id="s2", record_id="e9", record_type=RecordType.EVENT))
    effect = pull(store, deleted=["s1", "s2", "never seen"])
    assert effect.orders == {"s1", "s2"}
    assert effect.list_changed
    assert ids(store) == ["s2"]
    assert record(store, "e1", RecordType.EVENT).order_id == "s2"


@pytest.mark.parametrize(("deleted", "left"), [(["s1"], []), ([], ["tmp_1"])])
def test_what_takes_the_place_of_an_order_goes_if_that_was_removed(
    store: OrderStore, deleted: list[str], left: list[str]
) -> None:
    save(store, a_record())
    pull(store, pulled("s1"))
    add(store, an_operation(order_id="s1", record_id="s1", verb=Verb.UPDATE))
    pull(store, deleted=deleted)
    with store.write(Urgency.PERSON) as tx:
        (operation,) = tx.operations(record_id="s1")
        tx.save_operation(replace(operation, order_id="tmp_1", record_id="tmp_1", state=OpState.CANCELLED))
        tx.remove_record("a1", RecordType.ORDER, "s1", heir="tmp_1")
    assert ids(store) == left


@pytest.mark.parametrize(("parts", "left"), [([], []), ([pulled_event("e1")], ["tmp_2"])])
def test_what_takes_the_place_of_a_part_goes_if_that_was_removed(
    store: OrderStore, parts: list[PulledPart], left: list[str]
) -> None:
    pull(store, pulled("s1", pulled_event("e1")))
    save(store, an_event("tmp_2", "s1"))
    add(store, an_operation(**CHANGE_OF_E1))
    pull(store, pulled("s1", *parts))
    with store.write(Urgency.PERSON) as tx:
        (operation,) = tx.operations(record_id="e1")
        tx.save_operation(replace(operation, record_id="tmp_2", state=OpState.CANCELLED))
        tx.remove_record("a1", RecordType.EVENT, "e1", heir="tmp_2")
    assert events_of(store, "s1") == left
