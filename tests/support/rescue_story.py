"""Tell a story by dice: work goes to another computer at any moment, in any state, over any fault.

Two computers, a server, and a person who looks at the server before they decide.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.commands import Commands
from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation, OpState, OrderRef
from techdesk.application.ports import Urgency
from techdesk.application.unsent.leaving import withdraw_handed_over
from techdesk.application.unsent.rescue import Maker, RescueWork, gather
from techdesk.application.unsent.rescue_import import Import, senders_of
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.orders import Order
from techdesk.domain.vocabulary import ServiceKind
from tests.support.bench import OFFLINE, UNKNOWN, Bench
from tests.support.builders import Ids, an_account
from tests.support.fake_server import KEYED, FakeServer

READABLE = replace(KEYED, creates=Dedup.READ_BACK, key_life_s=0.0, late_commit_s=120.0, visibility_lag_s=60.0)
BLIND = Profile(creates=Dedup.BLIND, late_commit_s=120.0, visibility_lag_s=60.0)
PROFILES = {"keyed": KEYED, "readable": READABLE, "blind": BLIND}


def all_of(bench: Bench) -> list[Operation]:
    return list(bench.store.tables.operations.values())


class Story:
    """Two computers at one server, moved by dice."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self.dice = Random(seed)
        self.server = FakeServer()
        self.van, self.shop = (Bench(profile=profile, server=self.server) for _ in range(2))
        self.shop.clock = self.van.clock
        self.shop.commands = Commands(self.shop.store, self.shop.clock, Ids(count(5000)), lambda _: profile)
        self.shop.new_id = Ids(count(20000))
        self.shop.restart()
        with self.shop.store.write(Urgency.PERSON) as tx:
            tx.save_account(an_account())
        self.order = self.van.order()
        self.shop.pull()
        self.made: list[str] = []

    def work(self, bench: Bench) -> None:
        """Record an event on the common order, or make an order with an event on it; no blind system takes orders."""
        order = self.order
        if self.dice.random() < 0.3 and bench.profile.creates is not Dedup.BLIND:
            made = Order(title=f"New {len(self.made)}", service_type_uid="t", service_kind=ServiceKind.DEPOT)
            self.made += bench.commands.create_order("a1", made).op_ids
            order = OrderRef("a1", bench.last().order_id)
        event = ProductDiagnosed(diagnostic_explanation=f"Fault {len(self.made)}")
        self.made += bench.commands.record_event(order, event).op_ids

    def step(self, bench: Bench, *, faults: bool) -> None:
        """Send what wants to go out and look for what wants to be looked for; a fault may befall each."""
        bench.engine.refresh()
        bench.engine.hurry()
        started = bench.engine.start(bench.clock.now())
        for operation in started.operations:
            fate = self.dice.random() if faults else 1.0
            if fate < 0.2:
                bench.answer(operation, OFFLINE)
            elif fate < 0.4:
                bench.answer(operation, UNKNOWN)
            elif fate < 0.6:
                self.server.handle(operation)
                bench.answer(operation, UNKNOWN)
            elif fate < 0.7:
                self.server.handle(operation)
                bench.restart()
                return
            else:
                bench.answer(operation)
        for operation in started.looks:
            lost = ReadBack(sighting=Sighting.UNKNOWN)
            bench.look(operation, lost if faults and self.dice.random() < 0.3 else None)

    def run(self, *benches: Bench, rounds: int, faults: bool) -> None:
        for _ in range(rounds):
            for bench in benches:
                self.step(bench, faults=faults)
            self.van.clock.advance(self.dice.choice((1, 30, 120)) if faults else 90)

    def decide(self, bench: Bench) -> None:
        """Let a person look at the server and ask the other computer; what that may still send is left alone."""
        for operation in all_of(bench):
            if operation.state is OpState.NEEDS_CHECK:
                root = self.root(operation.op_id)
                others = self.van if bench is self.shop else self.shop
                if root in self.effects():
                    bench.commands.outbox.it_arrived(operation.op_id)
                elif all(
                    one.state.is_settled or self.root(one.op_id) != root or self.waits(one) for one in all_of(others)
                ):
                    bench.commands.outbox.send_again(operation.op_id)

    def waits(self, operation: Operation) -> bool:
        """Say whether an operation goes nowhere without a person; the one at the shop leaves it to the van's."""
        return operation.state is OpState.NEEDS_CHECK and operation in all_of(self.shop)

    def root(self, op_id: str) -> str:
        """Return the operation for which this one stands."""
        tables = self.van.store.tables.operations | self.shop.store.tables.operations
        while (known := tables.get(op_id)) and known.replaces:
            op_id = known.replaces
        return op_id

    def pack(self, *, handed_over: bool) -> RescueWork:
        maker = Maker(user="Kim", computer="van", made_at=self.van.clock.now(), version="1", reason="story")
        with self.van.store.read() as view:
            return gather(view, maker, ["a1"], is_handed_over=handed_over)

    def unpack(self, work: RescueWork) -> None:
        for _ in range(2):
            with self.shop.store.write(Urgency.PERSON) as tx:
                Import(tx, work, senders_of(work.accounts, tx.accounts()), self.shop.clock.now()).take_in()

    def what_is_wrong(self) -> str:
        """Say what happened more than once or not at all, empty if everything happened once."""
        counts = self.effects()
        wrong = {
            one: counts.get(one, 0) for one in {*self.made, *counts} if counts.get(one, 0) != 1 or one not in self.made
        }
        return f"effects that are not one: {wrong}" if wrong else ""

    def effects(self) -> dict[str, int]:
        """Return how often each operation took effect, a successor counted with what it stands in for."""
        counts: dict[str, int] = {}
        for effect in self.server.effects:
            root = self.root(effect.op_id)
            counts[root] = counts.get(root, 0) + 1
        return counts


def what_is_wrong_after_a_hand_over(seed: int, profile: Profile) -> str:
    """Tell a story in which work is handed over; return what happened twice or not at all, empty if nothing did."""
    story = Story(seed, profile)
    for _ in range(story.dice.randrange(1, 5)):
        story.work(story.van)
        story.run(story.van, rounds=story.dice.randrange(3), faults=True)
    work = story.pack(handed_over=True)
    with story.van.store.write(Urgency.PERSON) as tx:
        withdraw_handed_over(tx, work, "monday", story.van.clock.now())
    story.unpack(work)
    story.run(story.van, story.shop, rounds=story.dice.randrange(4), faults=True)
    for _ in range(4):
        story.run(story.van, story.shop, rounds=8, faults=False)
        story.decide(story.shop)
    left = [one.op_id for one in all_of(story.shop) if not one.state.is_settled]
    return f"{left} never settled" if left else story.what_is_wrong()


def what_is_wrong_with_two(seed: int, profile: Profile) -> str:
    """Tell a story in which two computers have the same work; return what happened twice or not at all."""
    story = Story(seed, profile)
    for _ in range(story.dice.randrange(1, 5)):
        story.work(story.van)
        story.run(story.van, rounds=story.dice.randrange(3), faults=True)
    story.unpack(story.pack(handed_over=False))
    both = [story.van, story.shop]
    story.dice.shuffle(both)
    story.run(*both, rounds=story.dice.randrange(8), faults=True)
    for decider in [*story.dice.choices(both, k=6), *both, *both]:
        story.run(*both, rounds=8, faults=False)
        story.decide(decider)
    story.run(*both, rounds=8, faults=False)
    return story.what_is_wrong()
