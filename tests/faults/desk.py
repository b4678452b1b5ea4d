"""Run a desk without a window in virtual time: the real commands, round, engine and connector over a spoilt wire."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import ClassVar

import httpx

from techdesk.application.changes import Changes
from techdesk.application.commands import Commands
from techdesk.application.exchange import PullPage
from techdesk.application.outbox import Operation, OpState, OrderRef
from techdesk.application.ports import Connector, OrderStore, Urgency
from techdesk.application.sync.round import Answered, Call, Fetched, News, SyncPorts, SyncRound
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.domain.errors import StoreError, TechDeskError
from techdesk.domain.events import RepairStarted
from techdesk.domain.records import RecordType
from tests.faults.backends import Backend, BlindExtend, Extend
from tests.faults.names import ON_THE_WIRE, Kind, Step, Work
from tests.faults.stores import Reached, SickDisk, ill_for_s
from tests.faults.strike import CANARY, ProcessDeath, Strike, Wire
from tests.support.builders import FakeClock, Ids, an_account, an_order, put_order

FIRST, SECOND, BESIDE = "first", "second", "beside"
LONGEST = timedelta(hours=30)
MOST_TURNS = 3000
AWAY_S = 2.0
POLL_EVERY_S = 60.0
ADDRESS = "http://desk.example:8765"

_CONNECTORS: dict[str, Callable[..., Connector]] = {
    "flow_retail": FlowRetailConnector,
    "extend": ExtendConnector,
    "resource_scheduler": ResourceSchedulerConnector,
}


class StuckError(AssertionError):
    """Something waits for ever."""


class Listening(logging.Handler):
    """Keep every word that is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(self.format(record))


@dataclass
class Told:
    """What came out of it.

    Attributes:
        outcomes: What each attempt of the first operation brought.
        pages: What each fetch of a page brought: `page`, `aside` with a record set aside, or the error's name.
        failures: The store's errors, as the person or the round saw them.
        crashes: Bugs that ended the sync.
    """

    outcomes: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class Desk:
    """One desk, its store, its back end and the strike.

    Attributes:
        wire_type: What carries its requests.
        first_id: The ids that it makes count from here.
    """

    wire_type: ClassVar[type[Wire]] = Wire
    first_id: ClassVar[int] = 1

    def __init__(
        self,
        kind: Kind,
        strike: Strike,
        clock: FakeClock,
        stores: Callable[[Reached, Reached], OrderStore],
        disk: SickDisk | None = None,
    ) -> None:
        self.kind = kind
        self._disk = disk
        self.clock = clock
        self.strike = strike
        self.backend: Backend = kind.backend()
        self.told = Told()
        self.new_id = Ids(count(self.first_id))
        self.is_made_here = strike.step is Step.S14
        self.store = stores(self._reached, self._committed)
        self.wire = self.wire_type(self.backend, strike, clock, self._is_struck)
        self.order, self.other, self.news = (OrderRef("a1", uid) for uid in self.backend.order_ids)
        self.armed = False
        self.decided: list[str] = []
        self._calls: deque[tuple[int, Call]] = deque()
        self._begin_account()
        self.is_open = False
        self.open()

    # The process.
    def open(self) -> None:
        """Start the process."""
        self.connector = self.connect()
        self.commands = Commands(self.store, self.clock, self.new_id, lambda _: self.connector.profile)
        self.round = SyncRound(
            SyncPorts(
                account_id="a1",
                store=self.store,
                connector=self.connector,
                clock=self.clock,
                new_id=self.new_id,
                fraction=lambda: 0.5,
                poll_every_s=POLL_EVERY_S,
            ),
            self._begin_call,
        )
        self.is_open = True

    def connect(self) -> Connector:
        """Return the connector of its account."""
        account = an_account(system=self.backend.system, address=ADDRESS, settings=self.backend.settings)
        return _CONNECTORS[self.backend.system](account, CANARY, transport=self.wire)

    def close(self) -> None:
        """End the process."""
        if self.is_open:
            self._calls.clear()
            self.connector.close()
            self.is_open = False

    def in_life(self, deed: Callable[[], None]) -> bool:
        """Do something that may end the process; say whether it went through, and start the process anew if not."""
        try:
            deed()
        except ProcessDeath:
            pass
        except RuntimeError as bug:
            self.told.crashes.append(str(bug))
        else:
            return True
        self.close()
        self.clock.advance(AWAY_S)
        self.open()
        return False

    # Time.
    def run(self, is_over: Callable[[], bool], each: Callable[[], None] = lambda: None) -> None:
        """Let things happen until it is over."""
        end = self.clock.at + LONGEST
        for _ in range(MOST_TURNS):
            self.in_life(self.turn)
            each()
            if not self._calls and is_over():
                return
            if self.clock.at > end:
                break
        raise StuckError(f"still waiting: {[(what_of(one), one.state.value, one.reason) for one in self.operations()]}")

    def turn(self) -> None:
        """Work in what is new, then make one call or sleep until something is due."""
        self.heal()
        self.round.advance()
        if isinstance(self.round.failure, StoreError):
            self.told.failures.append(type(self.round.failure).__name__)
        if self.round.failure:
            self.told.words.append(str(self.round.failure))
        changes = self.round.take_changes()
        if changes and self.told.outcomes:
            self._reached(Step.S17, None)
            self.strike.passed(Step.S17)
        if self._calls:
            self.wire.call, call = self._calls.popleft()
            self._deliver(call())
        else:
            self._sleep()

    def _begin_call(self, call: Call) -> None:
        self.wire.newest_call += 1
        self._calls.append((self.wire.newest_call, call))

    def heal(self) -> None:
        """Let the disk be well again when its time has come."""
        if self._disk and self._disk.sickness and not self.strike.lasts() and self.strike.fault != "busy_1s":
            self._disk.get_well()

    def _sleep(self) -> None:
        wake_at = self.round.wake_at()
        ends = [wake_at] if wake_at else []
        if self.strike.lasts():
            ends.append(self.clock.at + timedelta(seconds=self.strike.until - self.clock.ticks))
        until: datetime = min(ends, default=self.clock.at + timedelta(seconds=60))
        self.clock.advance(max(0.001, (until - self.clock.at).total_seconds()))

    def _deliver(self, news: News) -> None:
        is_first = isinstance(news, Answered) and self._is_first(self._operation(news.op_id))
        if isinstance(news, Answered) and is_first:
            self.told.outcomes.append(news.outcome.kind.value)
        if isinstance(news, Fetched):
            self.told.pages.append(_page(news.brought))
        self.before(Step.S13 if is_first else None)
        if isinstance(news, Fetched) and isinstance(news.brought, PullPage):
            self.before(Step.S16)
        self.round.take(news)
        if is_first and self.strike.fault == "response_twice" and len(self.told.outcomes) == 1:
            self.round.take(news)

    # The strike.
    def before(self, step: Step | None) -> None:
        """Come to what lies just before a step of the store; a disk that is to fail there does from now on."""
        strike = self.strike
        if self._disk and self.armed and step is strike.step and not strike.has_struck:
            strike.last(ill_for_s(strike.fault))
            self._disk.fall_ill(strike.fault)

    def _reached(self, step: Step, operation: Operation | None) -> None:
        if not self.armed or (operation is not None and not self._is_struck_operation(operation)):
            return
        self.strike.reaches(step)

    def _committed(self, step: Step, operation: Operation | None) -> None:
        if self.armed and (operation is None or self._is_struck_operation(operation)):
            self.strike.passed(step)
        if step is Step.S13 and self.is_made_here and self._is_first(operation):
            self.before(Step.S14)

    def _is_struck_operation(self, operation: Operation) -> bool:
        return (SECOND if self.is_made_here else FIRST) in repr(operation.intent)

    def _is_first(self, operation: Operation | None) -> bool:
        return operation is not None and FIRST in repr(operation.intent)

    def _is_struck(self, request: httpx.Request) -> bool:
        if not self.armed or self.strike.step not in ON_THE_WIRE:
            return False
        if self.strike.step is Step.S15:
            return bool(self.told.outcomes) and self.backend.pulls(request)
        return self.backend.writes(request) and FIRST.encode() in request.content

    # The person.
    def save_first(self) -> None:
        """Save what the fault strikes."""
        if self.is_made_here:
            made = self.commands.create_order("a1", an_order(title=FIRST, service_number=""))
            self.order = OrderRef("a1", next(iter(made.orders)))
            self.save_on_made()
        else:
            self._work(self.order, FIRST)

    def save_on_made(self) -> None:
        """Save work on the order that was made here."""
        self._tell(self.commands.record_event(self.order, RepairStarted(notes=SECOND)))

    def find_made(self) -> None:
        """Know the order again that was made here in an earlier life."""
        made = next((one for one in self.operations() if self.is_made_here and what_of(one) == FIRST), None)
        if made:
            self.order = OrderRef("a1", made.order_id)

    def save_second(self) -> None:
        """Save what comes after it in its lane."""
        if not self.is_made_here:
            self._work(self.order, SECOND)

    def save_beside(self) -> None:
        """Save something on another order."""
        self._work(self.other, BESIDE)

    def _work(self, order: OrderRef, what: str) -> None:
        if self.kind.work is Work.EVENT or (what == SECOND and self.backend.system == "flow_retail"):
            self._tell(self.commands.record_event(order, RepairStarted(notes=what)))
            return
        with self.store.read() as view:
            record = view.record("a1", RecordType.ORDER, order.order_id)
        name = "description" if what == SECOND else "title"
        self._tell(self.commands.change_order(order, {name: what}, record.view if record else {}))

    def _tell(self, changes: Changes) -> None:
        self.round.hurry(changes.orders)

    def decide(self, operation: Operation) -> None:
        """Let the person decide about one operation, who reads the server's log first."""
        outbox, what = self.commands.outbox, what_of(operation)
        self.decided.append(what)
        has_arrived = any(one.what == what for one in self.backend.effects)
        if operation.state is OpState.NEEDS_CHECK:
            (outbox.it_arrived if has_arrived else outbox.send_again)(operation.op_id)
        elif operation.state is OpState.CONFLICT:
            with self.store.read() as view:
                clashes = view.clashes(operation.op_id)
            outbox.settle_clashes(operation.op_id, {one.field: "mine" for one in clashes})
        else:
            outbox.retry(operation.op_id)
        self.round.hurry([operation.order_id])

    # What is there.
    def operations(self) -> list[Operation]:
        with self.store.read() as view:
            return view.operations()

    def _operation(self, op_id: str) -> Operation | None:
        with self.store.read() as view:
            return view.operation(op_id)

    def first(self) -> Operation | None:
        """Return the operation that was struck, as it stands now, or what took its place."""
        what = SECOND if self.is_made_here else FIRST
        found = [one for one in self.operations() if what_of(one) == what]
        return next((one for one in reversed(found) if one.state is not OpState.CANCELLED), None)

    def shown(self, order: OrderRef) -> str:
        with self.store.read() as view:
            record = view.record("a1", RecordType.ORDER, order.order_id)
        return str(record.view.get("title")) if record else ""

    def _begin_account(self) -> None:
        account = an_account(system=self.backend.system, address=ADDRESS, settings=self.backend.settings)
        with self.store.read() as view:
            if view.accounts():
                return
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(account)
        if isinstance(self.backend, Extend | BlindExtend):
            for uid in self.backend.order_ids:
                put_order(self.store, an_order(title=f"Order {uid[-1]}"), server_id=uid)


def what_of(operation: Operation) -> str:
    """Return the text that tells what an operation writes from everything else."""
    names = ("notes", "title", "description")
    return next((str(operation.intent[name]) for name in names if operation.intent.get(name)), "")


def _page(brought: PullPage | TechDeskError) -> str:
    if isinstance(brought, PullPage):
        return "aside" if brought.bad else "page"
    return type(brought).__name__
