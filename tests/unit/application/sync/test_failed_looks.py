"""A look before a change that fails: what is told of the server, and that everything else goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import PullPage, ReadBack, Sighting
from techdesk.application.outbox import Operation, OpState, Outcome, OutcomeClass
from techdesk.domain.errors import (
    BusyError,
    CaptivePageError,
    ConnectionFailedError,
    OfflineError,
    WrongCredentialsError,
)
from tests.support.builders import KEYED
from tests.support.restored_server import BentConnector, Desk

PLAIN = replace(KEYED, creates=Dedup.KEYED, has_etags=False, reads_back=True)


class Unshown(BentConnector):
    """A connector whose looks fail, and whose server may refuse what is sent."""

    error: ConnectionFailedError | None = None
    refuses: Outcome | None = None
    brings: ReadBack | None = None
    looks = pulls = 0

    def read_back(self, operation: Operation) -> ReadBack:
        self.looks += 1
        if self.error is None:
            return self.brings or super().read_back(operation)
        return ReadBack(sighting=Sighting.UNKNOWN, reason=str(self.error), failure=self.error)

    def send(self, operation: Operation) -> Outcome:
        return self.refuses or super().send(operation)

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        self.pulls += 1
        return super().pull(cursor, followed)


@pytest.fixture
def desk() -> Desk:
    return Desk(PLAIN, Unshown)


def test_one_order_that_the_server_fails_to_show_does_not_keep_back_the_news(desk):
    desk.connector.error = BusyError()
    waiting = desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.connector.pulls = desk.connector.looks = 0
    desk.live(600.0)
    assert desk.states(waiting) == [OpState.QUEUED]
    assert desk.connector.pulls >= 20
    assert 5 <= desk.connector.looks <= 20
    desk.connector.error = None
    desk.live(60.0)
    assert desk.states(waiting) == [OpState.DONE]


def test_a_server_that_answers_a_look_with_a_fault_is_not_called_offline(desk):
    desk.connector.error = BusyError()
    desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.round.advance()
    desk.round.take(desk.calls.popleft()())
    desk.round.advance()
    assert (desk.round.online, type(desk.round.failure)) == (True, BusyError)


def test_an_answer_about_another_order_is_an_answer(desk):
    desk.connector.brings = ReadBack(sighting=Sighting.UNKNOWN, reason="The answer is about another order")
    desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.round.advance()
    desk.round.take(desk.calls.popleft()())
    desk.round.advance()
    assert (desk.round.online, str(desk.round.failure).partition(".")[0]) == (True, "The answer is about another order")


def test_the_wish_for_silence_in_the_answer_to_a_look_is_heard(desk):
    desk.connector.error = BusyError(retry_after_s=200.0)
    waiting = desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.live(1.0)
    desk.connector.error, desk.connector.pulls = None, 0
    desk.live(190.0)
    assert (desk.states(waiting), desk.connector.pulls, desk.round.online) == ([OpState.QUEUED], 0, True)
    desk.live(20.0)
    assert desk.states(waiting) == [OpState.DONE]


def test_without_a_network_the_change_goes_out_as_soon_as_there_is_one(desk):
    desk.connector.error = OfflineError()
    waiting = desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.live(1.0)
    assert (desk.round.online, type(desk.round.failure)) == (False, OfflineError)
    desk.connector.error = None
    desk.sync(0.0)
    assert desk.states(waiting) == [OpState.DONE]


@pytest.mark.parametrize(
    ("kind", "state"), [(OutcomeClass.REJECTED, OpState.REJECTED), (OutcomeClass.AUTH, OpState.QUEUED)]
)
def test_where_we_may_not_look_the_server_says_what_it_does_with_the_change(desk, kind, state):
    desk.connector.error, desk.connector.refuses = WrongCredentialsError(), Outcome(kind=kind, reason="No")
    waiting = desk.rename("Mine")
    desk.round.hurry(["so-1"])
    desk.live(5.0)
    assert desk.states(waiting) == [state]
    assert desk.round.engine.host.signed_out is (kind is OutcomeClass.AUTH)


MARKED = replace(KEYED, creates=Dedup.READ_BACK, reads_back=True)


@pytest.fixture
def lost() -> Desk:
    """Return a desk whose note has left, and whose answer is lost."""
    desk = Desk(MARKED, Unshown)
    desk.connector.loses_answers = True
    desk.note("Dead fuse")
    desk.round.hurry(["so-1"])
    desk.live(1.0)
    desk.connector.loses_answers = False
    return desk


@pytest.mark.parametrize(
    ("error", "online"),
    [(OfflineError(), False), (CaptivePageError(), False), (BusyError(), True)],
)
def test_what_a_look_for_the_effect_meets_is_told(lost, error, online):
    lost.connector.error = error
    lost.live(60.0)
    assert lost.connector.looks
    assert (lost.round.failure, lost.round.online) == (error, online)
    lost.connector.error = None
    lost.live(900.0)
    assert (lost.round.failure, lost.round.online) == (None, True)


def test_a_sign_in_that_a_look_finds_refused_is_checked_soon(lost):
    lost.connector.error = WrongCredentialsError()
    lost.connector.looks, lost.connector.is_away = 0, True
    while not lost.connector.looks:
        lost.live(1.0)
    assert (lost.round.engine.host.signed_out, lost.round.online) == (True, True)
    lost.connector.error, lost.connector.is_away = None, False
    lost.live(900.0)
    assert (lost.round.engine.host.signed_out, lost.notes) == (False, ["Dead fuse"])


def test_a_network_that_is_gone_is_not_asked_for_the_effect_more_often_than_for_anything_else(lost):
    lost.connector.error = OfflineError()
    lost.connector.pulls = lost.connector.looks = 0
    lost.live(600.0)
    assert lost.connector.looks + lost.connector.pulls <= 40
    assert isinstance(lost.round.failure, OfflineError)
