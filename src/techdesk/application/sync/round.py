"""Push, then pull, one account: what to do after each piece of news (`docs/sync.md` §6).

A `SyncRound` never waits. It is told what happened (`take`), it hands out calls to be made elsewhere (`submit`), and it
says when it wants to look again (`wake_at`). The thread around it is `loop.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from techdesk.application.changes import Changes
from techdesk.application.exchange import AccountFacts, PullPage, ReadBack
from techdesk.application.outbox import Operation, Outcome
from techdesk.application.ports import Clock, Connector, OrderStore
from techdesk.application.sync.backoff import is_due, later
from techdesk.application.sync.engine import SyncEngine
from techdesk.application.sync.host_faults import as_outcome, failure_in, got_through, tells_of_host
from techdesk.application.sync.host_health import SIGN_IN_EVERY_S
from techdesk.application.sync.looking_first import sent_after_a_look
from techdesk.application.sync.pull_turn import PullTurn
from techdesk.application.sync.pulling import BackUp, Puller, no_backup
from techdesk.application.sync.rollback import RollbackWatch, Verified
from techdesk.domain.errors import (
    ConnectionFailedError,
    CursorExpiredError,
    StoreError,
    StoreTakenError,
)

POLL_EVERY_S = 20.0
REFERENCES_EVERY_S = 3600.0
FIRST_SIGN_IN_AGAIN_S = 3.0
STORE_AGAIN_S = 5.0
HELD_PULL_S = 5.0
LONGEST_PUSH_S = 60.0
"""For so long, or one poll if that is longer, work may go out without a pause; then the feed has its turn."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An operation in flight has its outcome."""

    op_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Sighted:
    """A look for an operation's effect has come back."""

    op_id: str
    read: ReadBack
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page has come, or not; `sends` tells whether something was sent since it was asked for, after `cursor`."""

    sends: int
    cursor: str
    brought: PullPage | ConnectionFailedError


@dataclass(frozen=True, slots=True)
class Learned:
    """The sign-in and the references have come, or not."""

    brought: AccountFacts | ConnectionFailedError


News = Answered | Sighted | Fetched | Learned | Verified
Call = Callable[[], News]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPorts:
    """What the sync of one account works with; `new_id` makes a UUIDv7 as text, `fraction` numbers in 0..1.

    `poll_every_s` is how long after a pull that brought everything the next one is due. `back_up` is `Puller`'s.
    """

    account_id: str
    store: OrderStore
    connector: Connector
    clock: Clock
    new_id: Callable[[], str]
    fraction: Callable[[], float]
    poll_every_s: float = POLL_EVERY_S
    back_up: BackUp = no_backup


class SyncRound:
    """Drive one account's engine and pulls.

    Attributes:
        engine: The outbox.
        puller: The change feed.
        watch: Whether the server still has what it confirmed.
        failure: Why the last call to the server, or the last write to the store, failed; None when all is well.
        online: Whether the last call got through; None before the first.
        knows_profile: The server has told what it guarantees; before that nothing is sent.
        changes: What changed since the last `take_changes`.
    """

    def __init__(self, ports: SyncPorts, submit: Callable[[Call], None]) -> None:
        """Keep the ports and who makes calls; `submit` returns at once and the news is later handed to `take`."""
        self._ports = ports
        self._submit = submit
        self.engine = SyncEngine(ports.account_id, ports.store, ports.connector, ports.new_id, ports.fraction)
        self.puller = Puller(ports.account_id, ports.store, ports.back_up)
        self.watch = RollbackWatch(ports.account_id, ports.store, ports.connector)
        self.failure: ConnectionFailedError | StoreError | None = None
        self.online: bool | None = None
        self.knows_profile = False
        self.changes = Changes()
        self.paused = self.learning = self.fetching = self._recovered = False
        self._news: deque[News] = deque()
        self._looks: deque[Iterable[str] | None] = deque()
        self._learn_at: datetime | None = None
        self._turn = PullTurn(max(LONGEST_PUSH_S, ports.poll_every_s))
        self._store_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Say whether another process has the store now: nothing may be sent from here any more."""
        return isinstance(self.failure, StoreTakenError)

    @property
    def is_busy(self) -> bool:
        """Say whether news is still to come."""
        return bool(self.learning or self.fetching or self.watch.is_looking or self.engine.in_flight or self._news)

    def take(self, news: News) -> None:
        """Keep a piece of news; `advance` works it in."""
        self._news.append(news)

    def take_changes(self) -> Changes:
        """Return what changed since the last call."""
        changes, self.changes = self.changes, Changes()
        return changes

    def hurry(self, order_ids: Iterable[str] | None = None) -> None:
        """Look at once at the orders a person changed; without ids at everything, the server's news included."""
        if order_ids is None:
            self.engine.hurry()
            self._turn.due_at = self.watch.look_at = self._store_at = None
            self._learn_at = None if self.engine.host.signed_out or not self.knows_profile else self._learn_at
        self._looks.append(order_ids)

    def pause(self, paused: bool) -> None:
        """Make no call any more, or go on at once."""
        self.paused = paused
        if not paused:
            self.hurry()

    def advance(self) -> None:
        """Work in the news and start whatever can go on now; never waits, and a full disk stops nothing for good."""
        now = self._ports.clock.now()
        if self.is_over or not is_due(self._store_at, now):
            return
        try:
            self._advance(now)
        except StoreError as error:
            self.failure = error
            self._store_at = later(now, STORE_AGAIN_S)
        else:
            self.failure = None if isinstance(self.failure, StoreError) else self.failure
            self._store_at = None

    def wake_at(self) -> datetime | None:
        """Return when to call `advance` although nothing has happened; None to wait for news alone."""
        now = self._ports.clock.now()
        if self._store_at is not None and not self.is_over:
            return self._store_at
        if self.paused or self.is_over:
            return None
        host_at = self.engine.host.wake_at(now) or now
        reads = self._turn.due_at if self.watch.lets_pull else self.watch.look_at
        calls = [self._learn_at, reads] if self.knows_profile and not self.engine.host.signed_out else [self._learn_at]
        wanted = [] if self.is_busy else [max(one or now, host_at) for one in calls]
        if self._lets_push(now) and (lane := self.engine.wake_at(now)):
            wanted.append(lane)
        return min(wanted, default=None)

    def _advance(self, now: datetime) -> None:
        if not self._recovered:
            self.changes |= self.engine.recover(now)
            self._recovered = True
        self.engine.check_clock(now, now - timedelta(seconds=self._ports.clock.monotonic()))
        while self._looks:
            self.engine.refresh(self._looks[0])
            self._looks.popleft()
        while self._news:
            self._work_in(self._news.popleft(), now)
        if self.paused:
            return
        self._learn_if_due(now)
        if self._may_call(self.watch.look_at, now):
            self.changes |= self.watch.look(self._submit, now)
        if self._lets_push(now):
            self._push(now)
        self._pull_if_due(now)

    def _work_in(self, news: News, now: datetime) -> None:
        if isinstance(news, Answered | Sighted):
            self._settled(news, now)
        elif isinstance(news, Fetched):
            self.fetching = False
            self._pulled(news, now)
        elif isinstance(news, Verified):
            self.watch.is_looking = False
            self._verified(news, now)
        else:
            self.learning = False
            self._learned(news, now)

    def _lets_push(self, now: datetime) -> bool:
        return self.watch.lets_push and not (self.watch.lets_pull and self._turn.is_owed(now))

    def _push(self, now: datetime) -> None:
        while True:
            started = self.engine.start(now)
            self.changes |= started.changes
            if not started.operations and not started.looks:
                return
            self._turn.sent(len(started.operations), now)
            for operation in started.looks:
                self._submit(partial(_look, self._ports.connector, operation, now))
            for operation in started.operations:
                self._submit(partial(_send, self._ports.connector, operation))

    def _settled(self, news: Answered | Sighted, now: datetime) -> None:
        """Take in an outcome or a look; what the store cannot take is kept, as it will not come again."""
        try:
            if isinstance(news, Sighted):
                self.changes |= self.engine.sighted(news.op_id, news.read, news.asked_at, now)
            else:
                self.changes |= self.engine.settle(news.op_id, news.outcome, now)
        except StoreError:
            self._news.appendleft(news)
            raise
        self._turn.due_at = None
        self.watch.answered(is_older=self.engine.took_older())
        if isinstance(news, Sighted):
            self._called(news.read.failure, now)
        elif tells_of_host(news.outcome):
            self._told(failure_in(news.outcome), now)

    def _may_call(self, due: datetime | None, now: datetime) -> bool:
        return not self.is_busy and bool(self.engine.host.room(now, 0)) and is_due(due, now)

    def _verified(self, news: Verified, now: datetime) -> None:
        self._turn.due_at = None
        if news.failure is not None:
            if news.brought:
                self._called(None, now)
            self._called(news.failure, now)
            self.watch.failed(news.brought, later(now, news.again_s(self._ports.poll_every_s)))
        else:
            self._called(None, now)
            self.changes |= self.watch.take(news.brought, now)

    def _pull_if_due(self, now: datetime) -> None:
        if not self.watch.lets_pull or not self._may_call(self._turn.due_at, now):
            return
        if self.watch.lets_push and self.puller.must_wait(now):
            self._turn.had(later(now, HELD_PULL_S))
            self._push(now)
            return
        self.puller.taken = 0
        self._fetch(self.puller.cursor())

    def _fetch(self, cursor: str) -> None:
        self.fetching = True
        followed = self.puller.followed() if self._ports.connector.profile.pulls_followed else []
        self._submit(partial(_fetch, self._ports.connector, cursor, followed, self._turn.asked()))

    def _pulled(self, news: Fetched, now: datetime) -> None:
        page, self._turn.due_at = news.brought, None
        if isinstance(page, CursorExpiredError) and self.puller.cursor():
            self.watch.refused()
        elif isinstance(page, ConnectionFailedError):
            self._called(page, now)
            self._turn.had(later(now, self._ports.poll_every_s))
        elif news.sends == self._turn.sends and news.cursor == self.puller.cursor():
            self._take_page(page, now, news.cursor)

    def _take_page(self, page: PullPage, now: datetime, after: str) -> None:
        """Store a page while the next one is fetched; one that brings back the past is asked for once more first."""
        self._called(None, now)
        if ask_again_at := self.watch.ask_again_at(self.puller.runs_backwards(page), now):
            self._turn.had(ask_again_at)
            return
        goes_on = page.more and page.cursor != after
        at_once = goes_on or (self.watch.is_suspicious and not self._turn.is_whole)
        self._turn.had(None if at_once else later(now, self._ports.poll_every_s))
        if goes_on and not self.paused:
            self._fetch(page.cursor)
        try:
            self.changes |= self.puller.take(page, now, has_feed=self._ports.connector.profile.has_feed, after=after)
            if not page.more and self.puller.cursor() == page.cursor:
                self.changes |= self.watch.pulled(now, is_whole=self._turn.is_whole)
            self._turn.took(more=goes_on)
        except StoreError:
            self._turn.sends += 1
            self._turn.due_at = None
            raise

    def _learn_if_due(self, now: datetime) -> None:
        if self.is_busy or not is_due(self._learn_at, now) or self.engine.host.wake_at(now):
            return
        self.learning = True
        self._submit(partial(_learn, self._ports.connector))

    def _learned(self, news: Learned, now: datetime) -> None:
        brought = self.puller.checked(news.brought)
        if isinstance(brought, ConnectionFailedError):
            self._called(brought, now)
            again_s = self._ports.poll_every_s if self.knows_profile else FIRST_SIGN_IN_AGAIN_S
            self._learn_at = later(now, SIGN_IN_EVERY_S if self.engine.host.signed_out else again_s)
            return
        self._called(None, now)
        self.engine.signed_in()
        self.knows_profile = True
        self.watch.begin()
        self._learn_at = later(now, REFERENCES_EVERY_S)
        self.changes |= self.puller.learn(brought)

    def _called(self, failure: ConnectionFailedError | None, now: datetime) -> None:
        """Note how a call beside the outbox ended."""
        self.engine.heard(as_outcome(failure), now)
        self._told(failure, now)

    def _told(self, failure: ConnectionFailedError | None, now: datetime) -> None:
        self.failure, self.online = failure, got_through(failure)
        if self.engine.host.signed_out:
            self._learn_at = later(now, self.engine.host.sign_in_again_s)


def _send(connector: Connector, operation: Operation) -> News:
    return Answered(operation.op_id, sent_after_a_look(connector, operation))


def _look(connector: Connector, operation: Operation, asked_at: datetime) -> News:
    return Sighted(operation.op_id, connector.read_back(operation), asked_at)


def _fetch(connector: Connector, cursor: str, followed: list[str], sends: int) -> News:
    try:
        return Fetched(sends, cursor, connector.pull(cursor, followed))
    except ConnectionFailedError as error:
        return Fetched(sends, cursor, error)


def _learn(connector: Connector) -> News:
    try:
        return Learned(connector.facts())
    except ConnectionFailedError as error:
        return Learned(error)
