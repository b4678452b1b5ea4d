"""Put a desk on a bench: commands, engine, store and a server, moved one step at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from techdesk.application.accounts import Profile
from techdesk.application.changes import Changes
from techdesk.application.exchange import ReadBack
from techdesk.application.outbox import Operation, OrderRef, Outcome, OutcomeClass
from techdesk.application.ports import StoredRecord, Urgency
from techdesk.application.sync.engine import SyncEngine
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordType
from techdesk.domain.vocabulary import ServiceKind
from tests.support.builders import FakeClock, Ids, an_order, commands_over, order_document
from tests.support.fake_server import KEYED, FakeConnector, FakeServer
from tests.support.memory_store import MemoryStore

UNKNOWN = Outcome(kind=OutcomeClass.AMBIGUOUS, reason="No answer came")
OFFLINE = Outcome(kind=OutcomeClass.NOT_SENT, reason="The server does not answer")
REFUSED = Outcome(kind=OutcomeClass.REJECTED, http_status=409, reason="The order is closed")


@dataclass
class Bench:
    """A desk whose requests go nowhere by themselves."""

    profile: Profile = KEYED
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    server: FakeServer = field(default_factory=FakeServer)

    def __post_init__(self) -> None:
        self.commands = commands_over(self.store, self.clock, self.profile)
        self.connector = FakeConnector(self.server, self.profile)
        self.new_id = Ids(iter(range(1000, 9999)))
        self.restart()

    def restart(self) -> Changes:
        """Start the engine as after a crash."""
        self.engine = SyncEngine("a1", self.store, self.connector, self.new_id, lambda: 1.0)
        return self.engine.recover(self.clock.now())

    def order(self, server_id: str = "so-1", **changes: Any) -> OrderRef:
        """Put an order on the server and pull it."""
        self.server.put_order(server_id, **order_document(an_order(**changes)))
        self.pull()
        return OrderRef("a1", server_id)

    def pull(self) -> None:
        with self.store.write(Urgency.BACKGROUND) as tx:
            tx.apply_page("a1", self.server.page(tx.cursor("a1")))

    def start(self) -> list[Operation]:
        """Return what goes out now."""
        self.engine.refresh()
        return self.engine.start(self.clock.now()).operations

    def looks(self) -> list[Operation]:
        """Return what is to be looked for now."""
        self.engine.refresh()
        return self.engine.start(self.clock.now()).looks

    def look(self, operation: Operation, read: ReadBack | None = None, *, took_s: float = 0.0) -> Operation:
        """Let the server show what it has of an operation (or let the look bring something else)."""
        asked_at = self.clock.now()
        found = read or self.server.sighting(operation)
        self.clock.advance(took_s)
        self.engine.sighted(operation.op_id, found, asked_at, self.clock.now())
        return self.now(operation)

    def answer(self, operation: Operation, outcome: Outcome | None = None) -> Operation:
        """Let the server handle a request (or let something else become of it), and settle it."""
        self.engine.settle(operation.op_id, outcome or self.server.handle(operation), self.clock.now())
        return self.now(operation)

    def sync(self) -> None:
        """Send and answer until nothing more goes out."""
        while sent := self.start():
            for operation in sent:
                self.answer(operation)

    def now(self, operation: Operation | str) -> Operation:
        """Return an operation as it is stored."""
        op_id = operation if isinstance(operation, str) else operation.op_id
        return self.store.tables.operations[op_id]

    def last(self) -> Operation:
        """Return the operation that was made last."""
        return max(self.store.tables.operations.values(), key=lambda one: one.seq)

    def record(self, operation: Operation) -> StoredRecord:
        """Return the record of an operation."""
        return self.store.tables.records["a1", operation.record_type, operation.record_id]

    def change(self, operation: Operation, **changes: Any) -> None:
        """Change a stored operation behind everybody's back."""
        self.store.tables.operations[operation.op_id] = replace(self.now(operation), **changes)

    def view(self, order: OrderRef) -> dict[str, Any]:
        """Return what the person sees of an order."""
        return self.store.tables.records["a1", RecordType.ORDER, order.order_id].view


def diagnose(bench: Bench, order: OrderRef, text: str = "Dead fuse") -> Operation:
    """Record a diagnosis and return its operation."""
    bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation=text))
    return bench.last()


def retitle(bench: Bench, order: OrderRef, title: str) -> Operation:
    """Change an order's title and return the operation."""
    bench.commands.change_order(order, {"title": title}, bench.view(order))
    return bench.last()


def describe(bench: Bench, order: OrderRef, text: str) -> Operation:
    """Change an order's note, a text of which two people's lines can be joined, and return the operation."""
    bench.commands.change_order(order, {"description": text}, bench.view(order))
    return bench.last()


def new_order(bench: Bench) -> tuple[Operation, OrderRef]:
    """Make an order here and return its operation and where it stands."""
    bench.commands.create_order("a1", Order(title="New", service_type_uid="t", service_kind=ServiceKind.DEPOT))
    return bench.last(), OrderRef("a1", bench.last().order_id)
