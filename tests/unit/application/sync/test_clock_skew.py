"""A clock that is off is told in words; whose time is right is for a person to say, and only while it matters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.exchange import PullPage
from techdesk.application.ports import Urgency
from techdesk.application.sync.account_warnings import WarningKind, sync_warnings
from techdesk.application.sync.clock_skew import SkewMeter, in_words, must_ask
from techdesk.application.sync.pulling import Puller
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.instants import instant_text
from tests.support.builders import MORNING, FakeClock, an_account, commands_over, put_order
from tests.support.memory_store import MemoryStore


class Desk:
    """A desk whose clock is ahead of a server's by some seconds."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), FakeClock()
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.order = put_order(self.store)
        self.commands = commands_over(self.store, self.clock)
        self.puller = Puller("a1", self.store)

    def pull(self, ahead_s: float, times: int = 1) -> bool:
        """Return whether the window is told of anything."""
        server_time = self.clock.now() - timedelta(seconds=ahead_s)
        page = PullPage(orders=[], cursor="c1", more=False, server_time=server_time)
        return [self.puller.take(page, self.clock.now()).outbox for _ in range(times)][-1]

    @property
    def told(self) -> list[str]:
        with self.store.read() as view:
            return [one.title for one in sync_warnings(view)]

    def must_ask(self) -> bool:
        with self.store.read() as view:
            return must_ask(view, "a1")

    def answer(self, action: str) -> None:
        self.commands.warnings.answer("a1", WarningKind.CLOCK_OFF, action)

    def recorded_at(self) -> str:
        (op_id,) = self.commands.record_event(self.order, ProductDiagnosed()).op_ids
        with self.store.read() as view:
            operation = view.operation(op_id)
            assert operation is not None
            return str(operation.intent["occurred_at"])


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_median_of_the_latest_nine_counts():
    meter = SkewMeter()
    assert meter.seconds == 0.0
    for ahead_s in (5.0, 400.0, 6.0):
        meter.saw(MORNING - timedelta(seconds=ahead_s), MORNING)
    assert meter.seconds == 6.0
    for _ in range(9):
        meter.saw(MORNING + timedelta(seconds=60), MORNING)
    assert meter.seconds == -60.0


@pytest.mark.parametrize(
    ("seconds", "words"), [(121.0, "2 minutes"), (420.0, "7 minutes"), (7300.0, "2 hours"), (86400.0 * 3, "3 days")]
)
def test_a_difference_is_said_roughly(seconds: float, words: str):
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (120.0, []),
        (-120.0, []),
        (421.0, ["This computer's clock is 7 minutes ahead of the server's"]),
        (-7201.0, ["This computer's clock is 2 hours behind the server's"]),
    ],
)
def test_more_than_two_minutes_are_told(desk: Desk, ahead_s: float, said: list[str]):
    assert desk.pull(ahead_s) is bool(said)
    assert desk.told == said
    assert desk.puller.clock_skew_s == ahead_s


def test_the_same_difference_is_told_once_and_gone_when_the_clock_was_set(desk: Desk):
    desk.pull(421.0)
    assert not desk.pull(422.0)
    assert desk.pull(0.0, times=3)
    assert desk.told == []


def test_a_server_that_tells_no_time_says_nothing_about_the_clock(desk: Desk):
    desk.pull(421.0)
    desk.puller.take(PullPage(orders=[], cursor="c1", more=False), desk.clock.now())
    assert len(desk.told) == 1


@pytest.mark.parametrize(("ahead_s", "asks"), [(0.0, False), (250.0, False), (301.0, True), (-301.0, True)])
def test_above_five_minutes_a_person_says_whose_time_is_right(desk: Desk, ahead_s: float, asks: bool):
    desk.pull(ahead_s)
    assert desk.must_ask() is asks


def test_the_servers_time_is_used_where_a_person_chose_it(desk: Desk):
    desk.pull(600.0)
    assert desk.recorded_at() == instant_text(MORNING)
    desk.answer("server_time")
    right = MORNING - timedelta(minutes=10)
    assert (desk.recorded_at(), desk.commands.clocks.now("a1")) == (instant_text(right), right)
    assert not desk.must_ask()


def test_this_computers_time_is_used_where_a_person_says_that_it_is_right(desk: Desk):
    desk.pull(600.0)
    desk.answer("mine_is_right")
    assert (desk.recorded_at(), desk.commands.clocks.now("a1")) == (instant_text(MORNING), MORNING)
    assert not desk.must_ask()
    assert not desk.pull(600.0)
    assert desk.told == []


def test_who_answered_is_asked_again_after_the_clocks_agreed_once(desk: Desk):
    desk.pull(600.0)
    desk.answer("server_time")
    desk.pull(0.0, times=2)
    assert desk.commands.clocks.now("a1") == MORNING
    desk.pull(600.0, times=9)
    assert desk.must_ask()
