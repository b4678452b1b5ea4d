"""Carry a desk's requests to the server of a schedule, with the faults of its weather."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from techdesk.application.accounts import Dedup
from techdesk.application.exchange import AccountFacts, PullPage, ReadBack, Sighting
from techdesk.application.outbox import Operation, Outcome, OutcomeClass, Verb
from techdesk.domain.errors import CaptivePageError, OfflineError, WrongCredentialsError
from techdesk.domain.records import Document
from tests.sim.server import ForgetfulServer
from tests.sim.weather import LATE_COMMIT_S, VISIBILITY_LAG_S
from tests.support.fake_server import FakeConnector

if TYPE_CHECKING:
    from tests.sim.world import World

PAGE = 3


class Network(FakeConnector):
    """The way from one desk to the server.

    Attributes:
        sent: What went out: operation, body, headers.
        sent_over: Operation → when it went out, and what it was to change as it was then.
        misses_a_restore: An old backup was put in the server's place, and its feed no longer shows it.
    """

    server: ForgetfulServer

    def __init__(self, world: World) -> None:
        super().__init__(world.server, world.profile)
        self._world = world
        self.sent: list[tuple[str, bytes, tuple[tuple[str, str], ...]]] = []
        self.sent_over: defaultdict[str, list[tuple[float, Document]]] = defaultdict(list)
        self.misses_a_restore = False
        self._restores_known = 0

    def send(self, operation: Operation) -> Outcome:
        """Carry one request; the answer is what the desk learns."""
        request = operation.request
        assert request is not None
        self.sent.append((operation.op_id, request.body, tuple(sorted(request.headers.items()))))
        if "tmp_" in request.path or b"tmp_" in request.body:
            self._world.broken.append(f"I13: our own id went out in {request.path}")
        there = self.server.sighting(operation).record if operation.verb in (Verb.UPDATE, Verb.DELETE) else None
        self.sent_over[operation.op_id].append((self._world.time, there or {}))
        return self._kept_out() or self._fate(operation)

    def _kept_out(self) -> Outcome | None:
        """Return what keeps a request from being processed at all."""
        weather, strikes = self._world.weather, self._world.strikes
        if strikes(weather.not_sent):
            return Outcome(kind=OutcomeClass.NOT_SENT, reason="The server does not answer")
        if strikes(weather.captive):
            return Outcome(kind=OutcomeClass.CAPTIVE, http_status=200, reason="This network asks for a sign-in")
        if strikes(weather.signed_out):
            return Outcome(kind=OutcomeClass.AUTH, http_status=401, reason="Sign in again")
        if strikes(weather.throttled):
            seconds = self._world.random.choice((1.0, 20.0, 60.0))
            return Outcome(kind=OutcomeClass.THROTTLED, http_status=429, retry_after_s=seconds)
        return None

    def _fate(self, operation: Operation) -> Outcome:
        weather, strikes = self._world.weather, self._world.strikes
        unknown = Outcome(kind=OutcomeClass.AMBIGUOUS, reason="No answer came")
        if strikes(weather.lost_request) or strikes(weather.error_before):
            return unknown
        if strikes(weather.late_commit):
            self._world.later(self._world.random.uniform(0, LATE_COMMIT_S), lambda: self.server.handle(operation))
            return unknown
        answer = self.server.handle(operation)
        if strikes(weather.doubled) and self._may_double(operation):
            self.server.handle(operation)
        if strikes(weather.lost_answer) or strikes(weather.error_after):
            return unknown
        if strikes(weather.unreadable):
            return _broken_off(answer)
        return answer

    def _may_double(self, operation: Operation) -> bool:
        """Say whether a network that delivers twice is something that the back end guards against."""
        if operation.verb in (Verb.UPDATE, Verb.DELETE):
            return self.profile.has_etags
        return self.profile.creates is Dedup.KEYED

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        self._read()
        if not self.profile.can_be_read:
            return PullPage(orders=(), cursor="", more=False)
        if self.profile.has_feed:
            self._note_what_hides_a_restore(cursor)
            return self.server.page(cursor, PAGE)
        return self.server.listing(cursor, followed, PAGE)

    def _note_what_hides_a_restore(self, cursor: str) -> None:
        """Remember whether the feed knew our place in it when we first asked after an old backup came back.

        Then nothing that is read shows the loss: we had read nothing that was lost, or the feed had outgrown our place.
        """
        if self._restores_known != self.server.restored:
            self._restores_known = self.server.restored
            self.misses_a_restore = self.misses_a_restore or int(cursor or "0") <= len(self.server.changes)

    def facts(self) -> AccountFacts:
        self._read()
        return replace(super().facts(), profile=self.profile)

    def read_back(self, operation: Operation) -> ReadBack:
        """Show what took effect, but not what is younger than the lag, and sometimes nothing at all."""
        if self._world.strikes(self._world.weather.not_sent) or self._world.strikes(self._world.weather.lost_answer):
            return ReadBack(sighting=Sighting.UNKNOWN, reason="The server does not answer", failure=OfflineError())
        return self.server.looked_for(operation, self._world.random.uniform(0.0, VISIBILITY_LAG_S))

    def _read(self) -> None:
        weather, strikes = self._world.weather, self._world.strikes
        if strikes(weather.not_sent):
            raise OfflineError
        if strikes(weather.captive):
            raise CaptivePageError
        if strikes(weather.signed_out):
            raise WrongCredentialsError


def _broken_off(answer: Outcome) -> Outcome:
    """Return what is left of an answer whose body broke off: of one that refuses, that something is in the way."""
    if answer.kind is OutcomeClass.APPLIED:
        return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=200, reason="The answer broke off")
    if answer.kind is OutcomeClass.PRECONDITION:
        return replace(answer, record=None, revision=None)
    return answer
