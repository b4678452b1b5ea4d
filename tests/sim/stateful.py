"""Let hypothesis choose what happens next, step by step, and make what it finds as short as it can.

A step is one thing that a person, the network or a process does. The promises that hold at every moment are checked
after each step, the others after everything has come to rest.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from techdesk.application.accounts import Profile
from techdesk.application.exchange import PullPage
from techdesk.application.outbox import OpState
from tests.sim.at_rest import every_violation
from tests.sim.oracles import Watch
from tests.sim.people import Deed, SomebodyElse, Technician
from tests.sim.schedule import come_to_rest
from tests.sim.weather import CALM, PROFILES, SHORT_KEY_LIFE_S, Weather
from tests.sim.world import World
from tests.support.memory_store import MemoryStore

desks = st.integers(0, 1)
faults = st.sampled_from([one for one in Weather.__dataclass_fields__ if one not in ("crash", "disk_full")])


class DeskMachine(RuleBasedStateMachine):
    """Two desks of one account, somebody else, a network and a server, in steps.

    Attributes:
        profile: What the server guarantees.
    """

    profile: Profile = PROFILES[0]

    @initialize(seed=st.integers(0, 2**32), count=st.integers(1, 3))
    def begin(self, seed, count):
        profile = self.profile
        self.world = World(seed, MemoryStore, profile=profile, desks=2)
        self.world.weather = CALM
        for number in range(count):
            self.world.server.put_order(f"so-{number}", title=f"theirs at first {number}", service_kind="repair_depot")
        self.technicians = [Technician(one) for one in self.world.devices]
        if not profile.can_be_read:
            known = PullPage(
                orders=[self.world.server.pulled(one) for one in self.world.server.things], cursor="", more=False
            )
            for device in self.world.devices:
                device.hold_orders(known)
        self.other = SomebodyElse(self.world)
        self.watch = self.world.watch = Watch(self.world, self.technicians)
        self.world.run_until(10.0)

    @rule(desk=desks, deed=st.sampled_from(Deed), number=st.integers(0, 5))
    def work(self, desk, deed, number):
        technician = self.technicians[desk]
        self._at(desk, partial(technician.do_something, deed, number))

    @rule(desk=desks)
    def sync(self, desk):
        self._at(desk, self.world.devices[desk].desk.hurry)
        self.world.run_until(self.world.time + 8.0)

    @rule(seconds=st.sampled_from((1.0, 30.0, 200.0)))
    def wait(self, seconds):
        self.world.run_until(self.world.time + seconds)

    @rule(kind=faults, rate=st.sampled_from((0.0, 0.3, 1.0)))
    def fault(self, kind, rate):
        self.world.weather = replace(self.world.weather, **{kind: rate})

    @rule(rate=st.sampled_from((0.0, 0.1)))
    def disk_full(self, rate):
        self.world.weather = replace(self.world.weather, disk_full=rate)

    @rule()
    def good_weather(self):
        self.world.weather = CALM

    @rule(desk=desks)
    def restart(self, desk):
        self._at(desk, self.world.devices[desk].kill)

    @rule()
    def other_user_edit(self):
        self.other.work()

    @rule(desk=desks)
    def resolve_conflict(self, desk):
        self._at(desk, partial(self.technicians[desk].decide, only=OpState.CONFLICT))

    @rule(desk=desks)
    def confirm(self, desk):
        self._at(desk, partial(self.technicians[desk].decide, only=OpState.NEEDS_CHECK))

    @rule(desk=desks)
    def decide_about_refused(self, desk):
        self._at(desk, partial(self.technicians[desk].decide, only=OpState.REJECTED))

    @rule(desk=desks, days=st.sampled_from((-1, 1)))
    def clock_jump(self, desk, days):
        if self.world.profile.key_life_s != SHORT_KEY_LIFE_S:
            self.world.devices[desk].set_clock(timedelta(days=days))

    @invariant()
    def nothing_is_broken(self):
        if hasattr(self, "world"):
            self.watch()
            assert self.world.broken == []

    def teardown(self):
        if hasattr(self, "world"):
            at_rest = [*come_to_rest(self.world, self.technicians)]
            assert [*at_rest, *every_violation(self.world, self.technicians)] == []

    def _at(self, desk, event):
        device = self.world.devices[desk]
        device.do(partial(device.if_alive, event))
