"""A line that breaks, and a feed that is read in parts, hold up no work and raise no alarm about the server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typing_extensions import override

from techdesk.application.exchange import PulledOrder, PullPage
from techdesk.application.outbox import OpState, OrderRef
from techdesk.application.sync.host_faults import as_outcome
from techdesk.application.sync.rollback import LOOK_ON_S
from techdesk.application.sync.round import POLL_EVERY_S
from techdesk.domain.errors import BusyError, DiskFullError, OfflineError
from techdesk.domain.records import RecordType
from tests.support.builders import an_order, order_document
from tests.support.restored_server import BentConnector, Desk

ORDERS = 8


class Line(BentConnector):
    """A line that breaks at each third order that is fetched, or at another one."""

    breaks_at_each = 3
    came = 0
    broke = 0

    @override
    def fetch(self, found: PulledOrder) -> PulledOrder:
        if (self.came + self.broke + 1) % self.breaks_at_each == 0:
            self.broke += 1
            raise OfflineError
        self.came += 1
        return super().fetch(found)


@pytest.fixture
def desk() -> Desk:
    return Desk(connector=Line)


@pytest.fixture
def line(desk: Desk) -> Line:
    assert isinstance(desk.connector, Line)
    return desk.connector


def another_stores(cursor: str) -> PullPage:
    """Return the page of a part of the feed in which nothing happened."""
    return PullPage(orders=[], cursor=cursor, more=False)


def full_disk() -> None:
    raise DiskFullError


def doubt(desk: Desk) -> None:
    """Have confirmations on several orders, of which the feed says nothing."""
    for number in range(ORDERS):
        desk.server.put_order(f"so-{number}", **order_document(an_order()))
    desk.sync()
    for number in range(ORDERS):
        desk.order = OrderRef("a1", f"so-{number}")
        desk.note("mine")
    desk.connector.instead = another_stores
    desk.sync()
    assert not desk.round.watch.lets_push
    desk.connector.instead = None


def test_a_look_that_breaks_off_goes_on_soon_with_what_is_left(desk: Desk, line: Line):
    doubt(desk)
    assert (line.came, line.broke) == (2, 1)
    desk.live(3 * LOOK_ON_S)
    assert (line.came, line.broke) == (ORDERS, 3)
    assert (desk.round.watch.lets_push, desk.said) == (True, [])


def test_no_order_is_left_out_as_long_as_others_come(desk: Desk, line: Line):
    line.breaks_at_each = 2
    doubt(desk)
    desk.live(ORDERS * LOOK_ON_S)
    assert (line.came, desk.round.watch.lets_push) == (ORDERS, True)


def test_where_nothing_comes_it_is_tried_again_with_patience(desk: Desk, line: Line):
    line.breaks_at_each = 1
    doubt(desk)
    assert (line.came, line.broke) == (0, 1)
    desk.live(POLL_EVERY_S - 1.0)
    assert line.broke == 1
    desk.live(1.0)
    assert line.broke == 2


def put_off_while_the_disk_is_full(desk: Desk, line: Line, seconds: int) -> None:
    """Have the server ask for so many seconds of silence in its answer to a look, which nothing can be noted of."""
    doubt(desk)
    line.breaks_at_each, line.fails = ORDERS + 3, BusyError(retry_after_s=seconds)
    desk.clock.advance(LOOK_ON_S)
    desk.round.advance()
    put_off = desk.calls.popleft()()
    desk.store.before_commit = full_disk
    desk.round.take(put_off)
    desk.round.advance()
    assert isinstance(desk.round.failure, DiskFullError)
    desk.store.before_commit, line.fails = (lambda: None), None


def test_a_full_disk_while_a_look_is_put_off_does_not_end_the_looking(desk: Desk, line: Line):
    put_off_while_the_disk_is_full(desk, line, seconds=30)
    desk.live(2 * POLL_EVERY_S)
    assert (desk.round.watch.is_looking, desk.round.watch.lets_push) == (False, True)


def test_a_server_that_asks_for_silence_is_left_alone_although_the_disk_was_full(desk: Desk, line: Line):
    put_off_while_the_disk_is_full(desk, line, seconds=300)
    came = line.came
    desk.live(290)
    assert line.came == came
    desk.live(20)
    assert line.came > came


def test_silence_that_the_disk_could_not_take_is_noted_with_the_next_call(desk: Desk, line: Line):
    put_off_while_the_disk_is_full(desk, line, seconds=300)
    came = line.came
    desk.round.engine.heard(as_outcome(OfflineError()), desk.clock.now())
    desk.start()
    desk.live(280)
    assert line.came == came


def test_a_host_of_which_something_came_counts_as_one_that_answers(desk: Desk):
    doubt(desk)
    assert desk.round.engine.host.failures == 1
    desk.live(LOOK_ON_S)
    assert desk.round.engine.host.failures == 1


def test_what_is_sent_while_the_feed_is_read_in_parts_is_not_looked_for_in_what_was_read_before(desk: Desk, line: Line):
    sent: list[str] = []

    def in_parts(cursor: str) -> PullPage:
        if sent:
            return another_stores(cursor)
        first_part = replace(desk.server.page(cursor), more=True)
        sent.append(desk.note("between"))
        desk.round.hurry(["so-1"])
        return first_part

    desk.server.edit("so-1", title="Theirs")
    desk.connector.instead = in_parts
    desk.sync()
    assert desk.states(*sent) == [OpState.DONE]
    assert (line.came, desk.round.watch.lets_push) == (0, True)
    desk.connector.instead = None
    desk.sync()
    assert (line.came, desk.round.watch.lets_push) == (0, True)


def test_what_is_missing_at_a_start_waits_for_a_reading_that_began_after_it(desk: Desk):
    done = desk.note("mine")
    desk.sync()
    (event,) = (name for name, one in desk.server.things.items() if one.record_type is RecordType.EVENT)
    desk.server.remove(event)
    parts = [another_stores]

    def the_rest_of_a_reading(cursor: str) -> PullPage:
        return parts.pop()(cursor) if parts else desk.server.page(cursor)

    desk.connector.instead = the_rest_of_a_reading
    desk.restart()
    assert (parts, desk.states(done), desk.said) == ([], [OpState.DONE], [])
    assert desk.round.watch.lets_push


def test_a_feed_that_goes_round_in_circles_is_asked_with_patience(desk: Desk):
    desk.note("mine")
    desk.sync()
    (event,) = (name for name, one in desk.server.things.items() if one.record_type is RecordType.EVENT)
    del desk.server.things[event]
    asked: list[str] = []

    def in_circles(cursor: str) -> PullPage:
        asked.append(cursor)
        assert len(asked) < 20, "asked without end"
        return PullPage(orders=[], cursor=cursor, more=True)

    desk.connector.instead = in_circles
    desk.restart()
    assert not desk.round.watch.lets_push
    before = len(asked)
    desk.live(2 * POLL_EVERY_S)
    assert len(asked) - before <= 3
