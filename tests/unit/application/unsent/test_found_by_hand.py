"""What a person found at the server is made one with what a pull brought of it, and the work on it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.domain.records import RecordType
from tests.support.builders import KEYED, an_order
from tests.support.restored_server import Desk, said

UNTIL_ASKED_S = 3000.0
"""So long after it went out a key has died, and a person is asked."""


class AskedDesk(Desk):
    """A desk at a server whose keys die soon, and whose answers are lost."""

    def __init__(self) -> None:
        super().__init__(profile=replace(KEYED, key_life_s=60.0))
        self.connector.loses_answers = True

    def makes_order(self) -> str:
        """Make an order whose answer is lost; return its operation."""
        op_id = self.commands.create_order("a1", an_order(title="Made here")).op_ids[0]
        self.lives(10.0)
        self.order = OrderRef("a1", self.operation(op_id).order_id)
        return op_id

    def hears_that_it_arrived(self, op_id: str) -> None:
        assert self.states(op_id) == [OpState.NEEDS_CHECK]
        self.commands.outbox.it_arrived(op_id)
        self.connector.loses_answers = False
        self.lives(UNTIL_ASKED_S)

    @property
    def titles(self) -> list[object]:
        with self.store.read() as view:
            known = [view.record_by_server_id("a1", RecordType.ORDER, one) for one in view.order_server_ids("a1")]
        return [one.view["title"] for one in known if one]

    @property
    def events(self) -> list[str]:
        with self.store.read() as view:
            return [said(one.view) for one in view.parts("a1", self.order.order_id, RecordType.EVENT)]


@pytest.fixture
def desk() -> AskedDesk:
    return AskedDesk()


def test_work_on_an_order_that_arrived_goes_out(desk: AskedDesk):
    made = desk.makes_order()
    noted = desk.note("on it")
    desk.lives(UNTIL_ASKED_S)
    desk.hears_that_it_arrived(made)
    assert desk.states(made, noted) == [OpState.DONE] * 2
    assert (desk.titles, desk.events, desk.notes) == (["Made here", "No power"], ["on it"], ["on it"])


def test_work_on_the_copy_that_a_pull_brought_goes_out_too(desk: AskedDesk):
    made = desk.makes_order()
    desk.lives(UNTIL_ASKED_S)
    ours, desk.order = desk.order, OrderRef("a1", list(desk.server.things)[-1])
    noted = desk.note("on the copy")
    desk.hears_that_it_arrived(made)
    desk.order = ours
    assert desk.states(made, noted) == [OpState.DONE] * 2
    assert (desk.titles, desk.events, desk.notes) == (["Made here", "No power"], ["on the copy"], ["on the copy"])


def test_an_event_that_arrived_stands_there_once(desk: AskedDesk):
    noted = desk.note("once")
    desk.lives(UNTIL_ASKED_S)
    assert desk.events == ["once", "once"]
    desk.hears_that_it_arrived(noted)
    assert (desk.states(noted), desk.events, desk.notes) == ([OpState.DONE], ["once"], ["once"])


def test_of_two_that_look_the_same_none_is_taken_for_ours(desk: AskedDesk):
    made = desk.makes_order()
    desk.lives(UNTIL_ASKED_S)
    first = list(desk.server.things)[-1]
    desk.server.put_order("so-9", **desk.server.things[first].document)
    desk.lives(60.0)
    desk.hears_that_it_arrived(made)
    assert desk.titles.count("Made here") == 2
    with desk.store.read() as view:
        assert view.record("a1", RecordType.ORDER, desk.order.order_id) is None


def test_what_a_person_here_has_removed_meanwhile_is_not_taken_for_ours(desk: AskedDesk):
    made = desk.makes_order()
    desk.lives(UNTIL_ASKED_S)
    copy = list(desk.server.things)[-1]
    desk.commands.remove(OrderRef("a1", copy), RecordType.ORDER, copy)
    desk.hears_that_it_arrived(made)
    assert desk.titles == ["No power"]


def test_what_is_here_no_more_does_not_come_back(desk: AskedDesk):
    noted = desk.note("gone")
    desk.lives(UNTIL_ASKED_S)
    with desk.store.write(Urgency.BACKGROUND) as tx:
        tx.remove_record("a1", RecordType.EVENT, desk.operation(noted).record_id)
    desk.hears_that_it_arrived(noted)
    assert desk.events == ["gone"]
