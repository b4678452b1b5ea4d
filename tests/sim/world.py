"""Run the desk against a hostile network in virtual time; one seed makes one schedule, the same every time.

The desk is the real one (commands, round, engine, merge) over `MemoryStore`. The network loses, delays, repeats and
reorders; the process dies at commits; the server fails before and after it commits; other people edit, close and remove
orders. Nothing here knows what the engine believes.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Protocol

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.exchange import AccountFacts, PullPage, ReadBack, Sighting
from techdesk.application.outbox import Operation, Outcome, OutcomeClass
from techdesk.application.ports import OrderStore, Urgency
from techdesk.application.sync_round import Answered, Call, SyncPorts, SyncRound
from techdesk.domain.errors import OfflineError, WrongCredentialsError
from tests.support.builders import MORNING, Ids, an_account
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.memory_store import Tables

LATE_COMMIT_S = 120.0
VISIBILITY_LAG_S = 20.0
SHORT_KEY_LIFE_S = 600.0
SLOWEST_ANSWER_S = 3.0
MOST_EVENTS = 20_000


_KEYED = Profile(creates=Dedup.KEYED, key_life_s=30 * 86400.0, has_etags=True, has_feed=True)
_SETTLES = replace(_KEYED, late_commit_s=LATE_COMMIT_S, visibility_lag_s=VISIBILITY_LAG_S)
PROFILES = (
    _KEYED,
    replace(_KEYED, key_life_s=SHORT_KEY_LIFE_S),
    replace(_SETTLES, creates=Dedup.READ_BACK, key_life_s=0.0),
    replace(_SETTLES, creates=Dedup.BLIND, key_life_s=0.0),
)
"""What the back ends of the schedules guarantee."""


class SimulatedStore(OrderStore, Protocol):
    """A store that can die at its commits, and whose content can be looked at."""

    before_commit: Callable[[], None]
    after_commit: Callable[[], None]

    @property
    def tables(self) -> Tables:
        """Return everything that has been committed."""
        ...


class Crash(BaseException):
    """The process is gone; nothing may catch this but the world."""


@dataclass(frozen=True)
class Weather:
    """How likely each fault is; drawn from the seed, so that some schedules are calm in some respect."""

    not_sent: float = 0.0
    lost_request: float = 0.0
    lost_answer: float = 0.0
    late_commit: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    throttled: float = 0.0
    signed_out: float = 0.0
    doubled: float = 0.0
    crash: float = 0.0

    @staticmethod
    def drawn(random: Random) -> Weather:
        rate = random.choice((0.02, 0.1, 0.3, 0.5))
        names = [one for one in Weather.__dataclass_fields__ if one != "crash"]
        chosen = {name: rate / 3 for name in names if random.random() < 0.6}
        return Weather(**chosen, crash=random.choice((0.0, 0.01, 0.03)))


CALM = Weather()


class Network(FakeConnector):
    """Carry requests to the server, with faults."""

    server: ForgetfulServer

    def __init__(self, world: World, profile: Profile) -> None:
        super().__init__(world.server, profile)
        self._world = world
        self.sent: list[tuple[str, bytes, tuple[tuple[str, str], ...]]] = []
        self.silent_until: float = 0.0
        self.broken: list[str] = []

    def send(self, operation: Operation) -> Outcome:
        """Carry one request; the answer is what the desk learns."""
        request = operation.request
        assert request is not None
        self.sent.append((operation.op_id, request.body, tuple(sorted(request.headers.items()))))
        if "tmp_" in request.path:
            self.broken.append(f"I13: our own id went out in {request.path}")
        return self._fate(operation)

    def _fate(self, operation: Operation) -> Outcome:
        weather, strikes = self._world.weather, self._world.strikes
        unknown = Outcome(kind=OutcomeClass.AMBIGUOUS, reason="No answer came")
        if strikes(weather.not_sent):
            return Outcome(kind=OutcomeClass.NOT_SENT, reason="The server does not answer")
        if strikes(weather.signed_out):
            return Outcome(kind=OutcomeClass.AUTH, http_status=401, reason="Sign in again")
        if strikes(weather.throttled):
            seconds = self._world.random.choice((1.0, 20.0, 60.0))
            return Outcome(kind=OutcomeClass.THROTTLED, http_status=429, retry_after_s=seconds)
        if strikes(weather.lost_request) or strikes(weather.error_before):
            return unknown
        if strikes(weather.late_commit):
            self._world.later(self._world.random.uniform(0, LATE_COMMIT_S), lambda: self.server.handle(operation))
            return unknown
        answer = self.server.handle(operation)
        if strikes(weather.doubled) and self.profile.creates is Dedup.KEYED:
            self.server.handle(operation)
        return unknown if strikes(weather.lost_answer) or strikes(weather.error_after) else answer

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        self._read()
        return self.server.page(cursor, size=3)

    def facts(self) -> AccountFacts:
        self._read()
        return super().facts()

    def read_back(self, operation: Operation) -> ReadBack:
        """Show what took effect, but not what is younger than the lag, and sometimes nothing at all."""
        if self._world.strikes(self._world.weather.not_sent) or self._world.strikes(self._world.weather.lost_answer):
            return ReadBack(sighting=Sighting.UNKNOWN, reason="The server does not answer")
        sighting = self.server.sighting(operation)
        hides = self._world.random.uniform(0.0, VISIBILITY_LAG_S)
        if self._world.time - self.server.took_effect_at.get(operation.op_id, 0.0) < hides:
            return ReadBack(sighting=Sighting.ABSENT)
        return sighting

    def _read(self) -> None:
        if self._world.strikes(self._world.weather.not_sent):
            raise OfflineError
        if self._world.strikes(self._world.weather.signed_out):
            raise WrongCredentialsError


class ForgetfulServer(FakeServer):
    """A server whose idempotency keys die, and which tidies up the texts it is given."""

    def __init__(self, world: World, key_life_s: float) -> None:
        super().__init__()
        self._world = world
        self._key_life_s = key_life_s
        self._kept_at: dict[str, float] = {}
        self.took_effect_at: dict[str, float] = {}

    def handle(self, operation: Operation) -> Outcome:
        now = self._world.time
        for key in [one for one, at in self._kept_at.items() if now - at > self._key_life_s]:
            del self._kept_at[key]
            del self.answers[key]
        answer = super().handle(_tidied(operation))
        for key in self.answers:
            self._kept_at.setdefault(key, now)
        for effect in self.effects:
            self.took_effect_at.setdefault(effect.op_id, now)
        self._world.trace("server", operation.op_id[-6:], answer.kind.value, len(self.effects))
        return answer


def tidy(value: Any) -> Any:
    """Return a value as the server keeps it: texts without spaces around them."""
    return value.strip() if isinstance(value, str) else value


def _tidied(operation: Operation) -> Operation:
    request = operation.request
    assert request is not None
    if not request.body:
        return operation
    body = {name: tidy(value) for name, value in json.loads(request.body).items()}
    return replace(operation, request=replace(request, body=json.dumps(body, sort_keys=True).encode()))


@dataclass
class World:
    """One schedule: a clock, a heap of things to come, a server, a network, a desk that may die."""

    seed: int
    store: SimulatedStore
    random: Random = field(init=False)
    time: float = 0.0
    skew: timedelta = timedelta()
    calm: bool = False
    life: int = 0
    is_alive: bool = True
    events: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.weather = Weather.drawn(self.random)
        profile = self.random.choice(PROFILES)
        self.may_jump = profile.key_life_s != SHORT_KEY_LIFE_S
        self.server = ForgetfulServer(self, profile.key_life_s)
        self.network = Network(self, profile)
        self.new_id = Ids()
        self._heap: list[tuple[float, float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._hash = hashlib.sha256()
        self._wake_at: float | None = None
        self.lanes_in_flight: dict[str, str] = {}
        self.watch: Callable[[], None] = lambda: None
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.store.before_commit = self.store.after_commit = self._maybe_crash
        self._born()

    # What the desk sees of the world.
    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self.time) + self.skew

    def monotonic(self) -> float:
        return self.time

    # Time.
    def later(self, seconds: float, event: Callable[[], object]) -> None:
        heapq.heappush(self._heap, (self.time + seconds, self.random.random(), next(self._numbers), event))

    def run_until(self, end: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let things happen until `end`, or until nothing more is to be waited for."""
        while self._heap and self._heap[0][0] <= end and not is_over():
            self.events += 1
            assert self.events < MOST_EVENTS, "I6: busy without end"
            at, _, _, event = heapq.heappop(self._heap)
            self.time = max(self.time, at)
            self.in_life(event)
            self.watch()
        if not is_over():
            self.time = max(self.time, end)

    def in_life(self, event: Callable[[], object]) -> None:
        """Do something that may kill the process; it starts again a little later."""
        try:
            event()
            self._look_again()
        except Crash:
            self.trace("crash")
            self.life += 1
            self.is_alive = False
            self.lanes_in_flight.clear()
            self._wake_at = None
            away_s = self.random.choice((2.0, 60.0, 60.0, 3000.0))
            self.later(self.random.uniform(0.1, away_s), self._reborn(self.life))

    def if_alive(self, event: Callable[[], object]) -> None:
        """Do something at the desk, if its process runs."""
        if self.is_alive:
            event()

    def kill(self) -> None:
        """End the desk's process between two commits."""
        raise Crash

    def set_clock(self, jump: timedelta) -> None:
        """Set this computer's wall clock."""
        self.skew += jump
        self.network.silent_until = 0.0

    def trace(self, *what: object) -> None:
        self._hash.update(repr((round(self.time, 6), *what)).encode())

    def digest(self) -> str:
        return self._hash.hexdigest()

    def strikes(self, chance: float) -> bool:
        return not self.calm and chance > 0 and self.random.random() < chance

    # The desk's process.
    def _born(self) -> None:
        ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.network,
            clock=self,
            new_id=self.new_id,
            fraction=self.random.random,
        )
        self.desk = SyncRound(ports, self._carry)
        self.is_alive = True
        self.later(0.0, self._advance(self.life))

    def _reborn(self, life: int) -> Callable[[], None]:
        def start() -> None:
            if life == self.life:
                self._born()

        return start

    def _advance(self, life: int) -> Callable[[], None]:
        def advance() -> None:
            if life == self.life:
                self._wake_at = None
                self.desk.advance()

        return advance

    def _carry(self, call: Call) -> None:
        """Take a call from the desk: it reaches the server later, and its news comes later still, if we still live."""
        life = self.life
        if self.time < self.network.silent_until - 0.001:
            self.network.broken.append("I14: a call before the server's wish for silence was over")
        operation = call.args[1] if hasattr(call, "args") and len(call.args) > 1 else None
        lane = operation.order_id if isinstance(operation, Operation) else None
        if isinstance(operation, Operation) and lane is not None:
            assert lane not in self.lanes_in_flight, "I14: two operations of one order in flight"
            self.lanes_in_flight[lane] = operation.op_id

        def arrive() -> None:
            news = call()
            self.later(self.random.uniform(0.01, SLOWEST_ANSWER_S), lambda: deliver(news))

        def deliver(news: Any) -> None:
            if life != self.life:
                return
            if lane is not None:
                self.lanes_in_flight.pop(lane, None)
            self.desk.take(news)
            self.desk.advance()
            if isinstance(news, Answered):
                silence = news.outcome.retry_after_s or 0.0
                self.network.silent_until = max(self.network.silent_until, self.time + silence)

        self.later(self.random.uniform(0.01, 1.0), arrive)

    def _look_again(self) -> None:
        """Keep the one wake timer."""
        wake_at = self.desk.wake_at() if self.is_alive else None
        if wake_at is None:
            return
        due = self.time + max(0.0, (wake_at - self.now()).total_seconds())
        if self._wake_at is None or due < self._wake_at - 1e-6:
            self._wake_at = due
            self.later(due - self.time, self._advance(self.life))

    def _maybe_crash(self) -> None:
        if self.strikes(self.weather.crash):
            raise Crash
