"""What we made, and somebody removed before its confirmation reached us, goes; nobody is told of an old backup."""

from __future__ import annotations

import pytest

from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.sync.round import POLL_EVERY_S
from techdesk.domain.records import RecordType
from tests.support.builders import an_order
from tests.support.restored_server import Desk

HELD_BACK_S = 1000.0
"""Longer than an unknown create holds the news back."""


class LosingDesk(Desk):
    """A desk that hears for a long time of no change of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.connector.loses_answers = True

    def makes_order(self) -> str:
        op_id = self.commands.create_order("a1", an_order(title="Made here")).op_ids[0]
        self.lives(HELD_BACK_S)
        return op_id

    def hears_again(self) -> None:
        self.connector.loses_answers = False
        self.lives(HELD_BACK_S)

    def made(self) -> str:
        """Return what the server calls the latest thing."""
        return list(self.server.things)[-1]

    def orders(self) -> list[str]:
        with self.store.read() as view:
            return view.order_server_ids("a1")

    def events(self) -> list[str | None]:
        with self.store.read() as view:
            return [one.server_id for one in view.parts("a1", "so-1", RecordType.EVENT)]


@pytest.fixture
def desk() -> LosingDesk:
    return LosingDesk()


def test_an_order_that_was_removed_meanwhile_goes(desk: LosingDesk):
    created = desk.makes_order()
    desk.server.remove(desk.made())
    desk.lives(POLL_EVERY_S)
    desk.hears_again()
    assert (desk.states(created), desk.orders(), desk.said) == ([OpState.DONE], ["so-1"], [])


def test_an_event_that_was_removed_meanwhile_goes(desk: LosingDesk):
    noted = desk.note("mine")
    desk.lives(HELD_BACK_S)
    desk.server.remove(desk.made())
    desk.lives(POLL_EVERY_S)
    desk.hears_again()
    assert (desk.states(noted), desk.events(), desk.said) == ([OpState.DONE], [], [])


def test_an_order_that_unsent_work_kept_here_goes_with_it(desk: LosingDesk):
    created = desk.makes_order()
    desk.order = OrderRef("a1", desk.made())
    noted = desk.note("on what a pull brought of it")
    desk.lives(POLL_EVERY_S)
    desk.server.remove(desk.order.order_id)
    desk.lives(POLL_EVERY_S)
    desk.hears_again()
    assert (desk.states(created, noted), desk.orders(), desk.said) == ([OpState.DONE] * 2, ["so-1"], [])


def test_what_is_still_there_stays(desk: LosingDesk):
    created = desk.makes_order()
    made = desk.made()
    desk.hears_again()
    assert (desk.states(created), sorted(desk.orders()), desk.said) == ([OpState.DONE], [made, "so-1"], [])
