"""A desk whose every call is answered at once, and a server of which an administrator puts old backups back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from copy import deepcopy

from techdesk.application.accounts import Profile
from techdesk.application.exchange import AccountFacts, PulledOrder, PullPage
from techdesk.application.outbox import Operation, OpState, OrderRef, Outcome, OutcomeClass
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.application.sync.account_warnings import sync_warnings
from techdesk.application.sync.backoff import later
from techdesk.application.sync.round import POLL_EVERY_S, Call, SyncPorts, SyncRound
from techdesk.domain.errors import OfflineError
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.records import Document, RecordType
from tests.support.builders import KEYED, FakeClock, Ids, an_account, an_order, commands_over, order_document
from tests.support.fake_server import FakeConnector, FakeServer
from tests.support.memory_store import MemoryStore


class BentConnector(FakeConnector):
    """A connector whose reads can be made to fail, or to bring something else."""

    fails: Exception | None = None
    instead: Callable[[str], PullPage] | None = None
    is_away = False
    loses_answers = False

    def send(self, operation: Operation) -> Outcome:
        outcome = super().send(operation)
        return Outcome(kind=OutcomeClass.AMBIGUOUS) if self.loses_answers else outcome

    def facts(self) -> AccountFacts:
        if self.is_away:
            raise OfflineError
        return super().facts()

    def fetch(self, found: PulledOrder) -> PulledOrder:
        if self.fails:
            raise self.fails
        return super().fetch(found)

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        return self.instead(cursor) if self.instead else super().pull(cursor, followed)


class Desk:
    """A desk whose every call is answered at once, and a server of which an administrator makes backups."""

    def __init__(self, profile: Profile = KEYED, connector: type[BentConnector] = BentConnector) -> None:
        self.store, self.clock, self.server = MemoryStore(), FakeClock(), FakeServer()
        with self.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.commands = commands_over(self.store, self.clock)
        self.connector = connector(self.server, profile)
        self.calls: deque[Call] = deque()
        self.new_id = Ids(iter(range(1000, 9999)))
        self.server.put_order("so-1", **order_document(an_order()))
        self.order = OrderRef("a1", "so-1")
        self.start()
        self.sync()

    def start(self) -> None:
        """Start the desk's process anew."""
        ports = SyncPorts(
            account_id="a1",
            store=self.store,
            connector=self.connector,
            clock=self.clock,
            new_id=self.new_id,
            fraction=lambda: 1.0,
        )
        self.calls.clear()
        self.round = SyncRound(ports, self.calls.append)

    def sync(self, seconds: float = POLL_EVERY_S) -> None:
        """Let time pass and everything happen that can."""
        self.clock.advance(seconds)
        self.round.hurry()
        self.round.advance()
        while self.calls:
            self.round.take(self.calls.popleft()())
            self.round.advance()

    def live(self, seconds: float) -> None:
        """Let so much time pass with nobody who hurries anything."""
        until = later(self.clock.now(), seconds)
        while True:
            self.round.advance()
            while self.calls:
                self.round.take(self.calls.popleft()())
                self.round.advance()
            wake = min(self.round.wake_at() or until, until)
            if wake <= self.clock.now() == until:
                return
            self.clock.advance(max((wake - self.clock.now()).total_seconds(), 0.001))

    def lives(self, seconds: float) -> None:
        """Let so much time pass, beginning with a round at once."""
        self.round.hurry()
        self.live(seconds)

    def restart(self) -> None:
        self.start()
        self.sync()

    def restore(self, backup: FakeServer) -> None:
        """Put a backup in the place of everything; what had effects before stays written down."""
        effects = self.server.effects
        self.server.__dict__.update(deepcopy(backup).__dict__)
        self.server.effects = effects

    def backup(self) -> FakeServer:
        return deepcopy(self.server)

    def note(self, text: str) -> str:
        """Record a note; return the operation's id."""
        return self.commands.record_event(self.order, ProductDiagnosed(diagnostic_explanation=text)).op_ids[0]

    def rename(self, title: str) -> str:
        seen = self.seen(self.order).view
        return self.commands.change_order(self.order, {"title": title}, seen).op_ids[0]

    def seen(self, order: OrderRef) -> StoredRecord:
        with self.store.read() as view:
            found = view.record("a1", RecordType.ORDER, order.order_id)
        assert found is not None
        return found

    def operation(self, op_id: str) -> Operation:
        with self.store.read() as view:
            found = view.operation(op_id)
        assert found is not None
        return found

    def states(self, *op_ids: str) -> list[OpState]:
        return [self.operation(one).state for one in op_ids]

    @property
    def said(self) -> list[tuple[str, str]]:
        with self.store.read() as view:
            return [(one.facts["step"], one.facts["missing"]) for one in sync_warnings(view)]

    @property
    def notes(self) -> list[str]:
        """What the server holds."""
        things = self.server.things.values()
        return sorted(said(one.document) for one in things if one.record_type is RecordType.EVENT)


def said(event: Document) -> str:
    return str(event["data"]["diagnosticExplanation"])
