"""Give every connector spoilt answers: typed errors and outcomes come of them, nothing else, and the store takes those.

`run(seeds)` plays one spoilt call a seed; the same seed is the same call. `python -m tests.faults.fuzz 0 5000000` plays
as many as one likes.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from techdesk.application.accounts import Account
from techdesk.application.exchange import AccountFacts, PulledOrder, PullPage, ReadBack, ServerQuery
from techdesk.application.outbox import FrozenRequest, Operation, OpState, Outcome
from techdesk.application.ports import Connector, StoredRecord, Urgency, WriteTransaction
from techdesk.application.sync.pulling import Puller
from techdesk.application.sync.settling import Settlement
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.http import Answer
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.domain.errors import ConnectionFailedError, TechDeskError
from techdesk.domain.hours import HoursEntry
from techdesk.domain.items import Item
from techdesk.domain.orders import Order
from techdesk.domain.records import RecordedEvent, RecordType, from_document
from techdesk.store.order_store import SqliteStore, open_store
from tests.faults.mutating import mutated
from tests.faults.recording import NOON, Site, an_operation, recorded
from tests.support.builders import Ids

MOST_REQUESTS = 400
"""A call that makes more never ends."""
LONGEST_S = 5.0
MOST_MEMORY_MB = 300
KEY = bytes(range(32))

_CONNECTORS: dict[str, Callable[[Account, str], Connector]] = {
    "flow_retail": FlowRetailConnector,
    "extend": ExtendConnector,
    "resource_scheduler": ResourceSchedulerConnector,
}
_SHOWN: dict[RecordType, Any] = {
    RecordType.ORDER: Order,
    RecordType.ITEM: Item,
    RecordType.EVENT: RecordedEvent,
    RecordType.HOURS: HoursEntry,
}


_WEIGHTS = {"facts": 1, "pull": 4, "find": 1, "fetch": 2, "send": 6, "read_back": 2}
"""How often each call is played: more often where an answer means more."""


class HangError(Exception):
    """A call asks and asks."""


@dataclass
class FuzzReport:
    """What many spoilt calls brought.

    Attributes:
        runs: How many were played.
        failures: Seed, call and what went wrong.
        brought: How often each kind of result came.
        memory_mb: By how much the process grew.
    """

    runs: int = 0
    failures: list[str] = field(default_factory=list)
    brought: Counter[str] = field(default_factory=Counter)
    memory_mb: float = 0.0


class _Answers:
    """Stand in for a connector's client: recorded answers in order, one of them spoilt."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self._last = Answer(status=404)
        self._asked = 0

    def begin(self, answers: Sequence[Answer]) -> None:
        self.answers = deque(answers)
        self._last = Answer(status=404, headers={"content-type": "application/json"}, body=b"{}")
        self._asked = 0

    def exchange(self, request: FrozenRequest, deadline_s: float) -> Answer:
        self._asked += 1
        if self._asked > MOST_REQUESTS:
            raise HangError(f"more than {MOST_REQUESTS} requests")
        self._last = self.answers.popleft() if self.answers else self._last
        return self._last


class _World:
    """One back end: a connector that has signed in, whose client is replaced."""

    def __init__(self, facts: Site) -> None:
        self._facts = facts
        self.answers = _Answers()
        self.connector = self._new()

    def _new(self) -> Connector:
        account = Account(
            account_id="a1",
            name="A",
            system=self._facts.system,
            address="http://desk.example",
            settings=self._facts.settings,
        )
        connector = _CONNECTORS[self._facts.system](account, "secret")
        vars(vars(connector)["_http"])["exchange"] = self.answers.exchange
        self.answers.begin([one.answer for one in self._facts.answers])
        connector.facts()
        return connector

    def renew(self) -> None:
        """Forget what a spoilt sign-in taught."""
        self.connector = self._new()

    def play(self, site: Site, answers: Sequence[Answer]) -> Any:
        """Make a site's call with these answers."""
        self.answers.begin(answers)
        connector = self.connector
        if site.call in ("send", "read_back"):
            operation = an_operation(site.operation)
            return connector.send(operation) if site.call == "send" else connector.read_back(operation)
        if site.call == "pull":
            return connector.pull("", site.order.split())
        if site.call == "find":
            return connector.find(ServerQuery(text=_wanted(site)))
        if site.call == "fetch":
            return connector.fetch(PulledOrder(server_id=site.order, document=site.document))
        return connector.facts()


def _wanted(site: Site) -> str:
    return "0190f3e2-0000-7000-8000-000000000001" if site.system == "extend" else "10002"


class _Store:
    """The real store, which takes what passed and is set back each time."""

    def __init__(self, folder: Path) -> None:
        self._store: SqliteStore = open_store(folder / "orders.db", KEY)
        self._puller = Puller("a1", self._store)
        self._operations: dict[str, Operation] = {}
        with self._store.write(Urgency.PERSON) as tx:
            tx.save_account(Account(account_id="a1", name="A", system="extend", address="http://x"))

    def take(self, site: Site, brought: Any, connector: Connector) -> None:
        """Store what a call brought, as the sync would."""
        with suppress(_SetBackError):
            if isinstance(brought, PullPage):
                self._write(lambda tx: tx.apply_page("a1", brought))
            elif isinstance(brought, list):
                page = PullPage(orders=brought, cursor="", more=False)
                self._write(lambda tx: tx.apply_page("a1", page))
            elif isinstance(brought, PulledOrder):
                self._write(lambda tx: tx.apply_page("a1", PullPage(orders=[brought], cursor="", more=False)))
            elif isinstance(brought, AccountFacts):
                self._puller.learn(brought)
            elif isinstance(brought, Outcome | ReadBack):
                sent = self._sent(site)
                self._write(lambda tx: _settle(tx, sent, brought, connector))

    def _sent(self, site: Site) -> Operation:
        """Return the operation of a site as it is when its answer or the look for it comes back."""
        if site.name not in self._operations:
            with self._store.write(Urgency.BACKGROUND) as tx:
                self._operations[site.name] = _prepared(tx, site, f"o{len(self._operations)}")
        return self._operations[site.name]

    def _write(self, deed: Callable[[WriteTransaction], Any]) -> None:
        with self._store.write(Urgency.BACKGROUND) as tx:
            deed(tx)
            raise _SetBackError

    def close(self) -> None:
        self._store.close()


class _SetBackError(Exception):
    """Undo a transaction that would have been committed."""


def _prepared(tx: WriteTransaction, site: Site, order_id: str) -> Operation:
    """Store an order, a record of it and the operation that was sent."""
    told = an_operation(site.operation)
    makes_order = told.record_type is RecordType.ORDER
    operation = replace(told, op_id=f"{order_id}-{told.op_id}", order_id=order_id, record_id=f"{order_id}-record")
    operation = replace(operation, record_id=order_id) if makes_order else operation
    order = StoredRecord(account_id="a1", record_type=RecordType.ORDER, record_id=order_id, order_id=order_id)
    tx.save_record(replace(order, server_id=f"server-{order_id}", view={"title": "Kettle"}))
    if not makes_order:
        part = replace(order, record_type=operation.record_type, record_id=operation.record_id)
        tx.save_record(replace(part, view=operation.intent))
    queued = tx.add_operation(replace(operation, attempts=0, request=None))
    sent = replace(operation, seq=queued.seq, position=queued.position, state=OpState.INFLIGHT, last_sent_at=NOON)
    tx.save_operation(sent)
    if site.call == "send":
        return sent
    unknown = replace(sent, state=OpState.AMBIGUOUS)
    tx.save_operation(unknown)
    return unknown


def _settle(tx: WriteTransaction, sent: Operation, brought: Outcome | ReadBack, connector: Connector) -> None:
    settlement = Settlement(tx, Ids(), NOON, 0.5)
    if isinstance(brought, Outcome):
        settlement.settle(sent, brought, connector.profile)
    else:
        settlement.sighted(sent, brought, connector.profile, NOON)


def run(seeds: range) -> FuzzReport:
    """Play one spoilt call for each seed."""
    report = FuzzReport()
    sites = [one for one in recorded() if one.answers]
    facts = {one.world: one for one in sites if one.call == "facts"}
    worlds = {name: _World(one) for name, one in facts.items()}
    before_mb = _memory_mb()
    with tempfile.TemporaryDirectory(prefix="techdesk-fuzz-") as folder:
        store = _Store(Path(folder))
        for seed in seeds:
            _play(seed, sites, worlds, store, report)
        store.close()
    report.memory_mb = _memory_mb() - before_mb
    if report.memory_mb > MOST_MEMORY_MB:
        report.failures.append(f"the process grew by {report.memory_mb:.0f} MB")
    return report


def _play(seed: int, sites: Sequence[Site], worlds: dict[str, _World], store: _Store, report: FuzzReport) -> None:
    dice = Random(seed)
    site = _chosen(sites, dice)
    world = worlds[site.world]
    answers = [one.answer for one in site.answers]
    struck = dice.randrange(len(answers))
    answers[struck] = mutated(answers[struck], dice)
    begun, known = time.monotonic(), report.brought["AccountFacts"]
    report.runs += 1
    try:
        brought = world.play(site, answers)
        store.take(site, brought, world.connector)
        _show(brought)
        report.brought[type(brought).__name__] += 1
    except TechDeskError as error:
        report.brought[type(error).__name__] += 1
        if not _may_raise(site, error):
            report.failures.append(f"{seed}: {site.name} raised {type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - every error that is not one of ours is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-3:]
        steps = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(where))
        report.failures.append(f"{seed}: {site.name} raised {type(error).__name__}: {str(error)[:200]} ({steps})")
    if time.monotonic() - begun > LONGEST_S:
        report.failures.append(f"{seed}: {site.name} took longer than {LONGEST_S:.0f} s")
    if site.call == "facts" and report.brought["AccountFacts"] > known:
        world.renew()


def _chosen(sites: Sequence[Site], dice: Random) -> Site:
    """Return a site: each back end as often as any other, and its calls by what they bring."""
    world = dice.choice(sorted({one.world for one in sites}))
    sites = [one for one in sites if one.world == world]
    calls = sorted({one.call for one in sites})
    call = dice.choices(calls, [_WEIGHTS[one] for one in calls])[0]
    return dice.choice([one for one in sites if one.call == call])


def _may_raise(site: Site, error: TechDeskError) -> bool:
    """Say whether a call's port allows this error; the sync waits for connection errors only."""
    if site.call in ("facts", "pull"):
        return isinstance(error, ConnectionFailedError)
    return site.call in ("find", "fetch")


def _show(brought: Any) -> None:
    """Make what the window shows of what passed."""
    if isinstance(brought, PullPage):
        for order in brought.orders:
            _show(order)
    elif isinstance(brought, PulledOrder):
        from_document(Order, brought.document)
        for part in brought.parts:
            if part.record_type in _SHOWN:
                from_document(_SHOWN[part.record_type], part.document)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Play the seeds from the first argument up to the second, and tell what came of it."""
    first, end = (int(one) for one in sys.argv[1:3])
    begun = time.monotonic()
    report = run(range(first, end))
    print(*report.failures[:40], sep="\n")
    print(f"{report.runs} runs, {len(report.failures)} failures, {time.monotonic() - begun:.1f} s,", end=" ")
    print(f"grew by {report.memory_mb:.0f} MB; {dict(report.brought.most_common())}")


if __name__ == "__main__":
    main()
