"""Be one computer of a schedule: its own store, clock, sync and network, and a process that may die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from techdesk.application.exchange import PullPage
from techdesk.application.outbox import Operation
from techdesk.application.ports import Connector, Urgency
from techdesk.application.sync.rollback import Verified
from techdesk.application.sync.round import Answered, Call, Fetched, News, Sighted, SyncPorts, SyncRound
from techdesk.domain.errors import BusyError, StoreError
from tests.sim.weather import SLOWEST_ANSWER_S, Crash, SimulatedStore
from tests.support.builders import MORNING, an_account

if TYPE_CHECKING:
    from tests.sim.world import World


class Device:
    """One computer.

    Attributes:
        number: Tells the computers of a schedule apart.
        store: Its store; what is committed there survives its process.
        desk: The sync of its process.
        life: Counts its processes.
        pulls: Counts the pulls that brought everything.
        skew: By how much its wall clock is off.
    """

    def __init__(self, world: World, number: int, store: SimulatedStore, connector: Connector) -> None:
        self.world = world
        self.number = number
        self.store = store
        self.connector = connector
        self.life = 0
        self.pulls = 0
        self.is_alive = True
        self.skew = timedelta()
        self._booted_at = 0.0
        self._silent_until = self._silence_could_be_stored_until = 0.0
        self._wake_at: float | None = None
        self._lanes: set[str] = set()
        with store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        store.before_commit, store.after_commit = self._before_commit, self._maybe_crash
        self._born()

    def hold_orders(self, page: PullPage) -> None:
        """Put orders into the store that a person brought here."""
        calm, self.world.calm = self.world.calm, True
        with self.store.write(Urgency.BACKGROUND) as tx:
            tx.apply_page("a1", page)
        self.world.calm = calm

    # The clock.
    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self.world.time) + self.skew

    def monotonic(self) -> float:
        return self.world.time - self._booted_at

    def set_clock(self, jump: timedelta) -> None:
        """Set this computer's wall clock."""
        self.skew += jump
        self._silent_until = self._silence_could_be_stored_until = 0.0

    # The process.
    def do(self, event: Callable[[], object]) -> None:
        """Do something that may kill the process; it starts again a little later."""
        try:
            event()
            self._look_again()
        except Crash:
            self._die()

    def later(self, seconds: float, event: Callable[[], object]) -> None:
        self.world.later(seconds, partial(self.do, event))

    def if_alive(self, event: Callable[[], object]) -> None:
        """Do something at the desk, if its process runs."""
        if self.is_alive:
            event()

    def kill(self) -> None:
        """End the desk's process between two commits."""
        raise Crash

    def _die(self) -> None:
        random = self.world.random
        self.world.trace("crash", self.number)
        self.life += 1
        self.is_alive = False
        self._lanes.clear()
        self._wake_at = None
        self._silent_until = min(self._silent_until, self._silence_could_be_stored_until)
        away_s = random.uniform(0.1, random.choice((2.0, 60.0, 60.0, 3000.0)))
        if random.random() < 0.2:
            self._booted_at = self.world.time + away_s
        self.later(away_s, partial(self._reborn, self.life))

    def _reborn(self, life: int) -> None:
        if life == self.life:
            self._born()

    def _born(self) -> None:
        ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.connector,
            clock=self,
            new_id=self.world.new_id,
            fraction=self.world.random.random,
            poll_every_s=self.world.poll_every_s,
        )
        self.desk = SyncRound(ports, self._carry)
        self.is_alive = True
        self.later(0.0, partial(self._advance, self.life))

    def _advance(self, life: int) -> None:
        if life == self.life:
            self._wake_at = None
            self.desk.advance()

    def _look_again(self) -> None:
        """Keep the one wake timer."""
        wake_at = self.desk.wake_at() if self.is_alive else None
        if wake_at is None:
            return
        due = self.world.time + max(0.0, (wake_at - self.now()).total_seconds())
        if self._wake_at is None or due < self._wake_at - 1e-6:
            self._wake_at = due
            self.later(due - self.world.time, partial(self._advance, self.life))

    def _before_commit(self) -> None:
        if self.world.strikes(self.world.weather.disk_full):
            raise StoreError("The disk is full")
        self._maybe_crash()

    def _maybe_crash(self) -> None:
        if self.world.strikes(self.world.weather.crash):
            raise Crash

    # The calls.
    def _carry(self, call: Call) -> None:
        """Take a call from the desk: it reaches the server later, and its news comes later still, if we still live."""
        if self.world.time < self._silent_until - 0.001:
            self.world.broken.append("I14: a call before the server's wish for silence was over")
        lane = _lane(call)
        if lane in self._lanes:
            self.world.broken.append("I14: two operations of one order in flight")
        if lane is not None:
            self._lanes.add(lane)
        self.world.later(self.world.random.uniform(0.01, 1.0), partial(self._arrive, call, self.life, lane))

    def _arrive(self, call: Call, life: int, lane: str | None) -> None:
        news = call()
        self.later(self.world.random.uniform(0.01, SLOWEST_ANSWER_S), partial(self._deliver, news, life, lane))

    def _deliver(self, news: News, life: int, lane: str | None) -> None:
        if life != self.life:
            return
        if lane is not None:
            self._lanes.discard(lane)
        self.desk.take(news)
        self.desk.advance()
        if isinstance(news, Fetched) and isinstance(news.brought, PullPage):
            self.pulls += not news.brought.more
        self._silent_until = max(self._silent_until, self.world.time + _wished_silence_s(news))
        if not isinstance(self.desk.failure, StoreError):
            self._silence_could_be_stored_until = self._silent_until


def _wished_silence_s(news: News) -> float:
    """Return for how long the server wishes no call, whatever it was asked."""
    if isinstance(news, Answered):
        return news.outcome.retry_after_s or 0.0
    if isinstance(news, Sighted):
        failed: object = news.read.failure
    else:
        failed = news.failure if isinstance(news, Verified) else news.brought
    return failed.retry_after_s or 0.0 if isinstance(failed, BusyError) else 0.0


def _lane(call: Call) -> str | None:
    """Return the order that a call sends something about."""
    args: tuple[object, ...] = getattr(call, "args", ())
    operation = args[1] if len(args) > 1 else None
    return operation.order_id if isinstance(operation, Operation) else None
