"""Run desks against a hostile network in virtual time; one seed makes one schedule, the same every time.

The desks are the real ones (commands, round, engine, merge) over a store. The network loses, delays, repeats and
reorders; processes die at commits; disks fill up; the server fails before and after it commits; other people edit,
close and remove orders. Nothing here knows what an engine believes.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from itertools import count
from random import Random

from techdesk.application.accounts import Profile
from techdesk.application.ports import Connector
from tests.sim.device import Device
from tests.sim.network import Network
from tests.sim.server import ForgetfulServer
from tests.sim.weather import PROFILES, SHORT_KEY_LIFE_S, SimulatedStore, Weather
from tests.support.builders import Ids

MOST_EVENTS = 20_000
TWO_DESKS = 0.3


class World:
    """One schedule: a heap of things to come, a server, and the desks of one account.

    Attributes:
        calm: No fault strikes any more.
        broken: What was seen to break a promise while it happened.
        watch: Called after each event.
        reads_bodies: The bodies that go out hold the fields of a document under their own names.
    """

    def __init__(
        self,
        seed: int,
        open_store: Callable[[], SimulatedStore],
        connect: Callable[[World], Connector] | None = None,
        profile: Profile | None = None,
        desks: int = 0,
    ) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.time = 0.0
        self.events = 0
        self.calm = False
        self.reads_bodies = connect is None
        self.broken: list[str] = []
        self._heap: list[tuple[float, float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._hash = hashlib.sha256()
        self.watch: Callable[[], None] = lambda: None
        self.new_id = Ids()
        self.weather = Weather.drawn(self.random)
        self.profile = profile or self.random.choice(PROFILES)
        self.may_jump = self.profile.key_life_s != SHORT_KEY_LIFE_S
        self.poll_every_s = self.random.choice((20.0, 20.0, 60.0)) if connect is None else 60.0
        self.server = ForgetfulServer(self, self.profile.key_life_s)
        desks = desks or (2 if self.random.random() < TWO_DESKS else 1)
        self.devices = [Device(self, number, open_store(), (connect or Network)(self)) for number in range(desks)]

    def later(self, seconds: float, event: Callable[[], object]) -> None:
        heapq.heappush(self._heap, (self.time + seconds, self.random.random(), next(self._numbers), event))

    def run_until(self, end: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let things happen until `end`, or until nothing more is to be waited for."""
        while self._heap and self._heap[0][0] <= end and not is_over():
            self.events += 1
            assert self.events < MOST_EVENTS, "I6: busy without end"
            at, _, _, event = heapq.heappop(self._heap)
            self.time = max(self.time, at)
            event()
            self.watch()
        if not is_over():
            self.time = max(self.time, end)

    def trace(self, *what: object) -> None:
        self._hash.update(repr((round(self.time, 6), *what)).encode())

    def digest(self) -> str:
        return self._hash.hexdigest()

    def strikes(self, chance: float) -> bool:
        return not self.calm and chance > 0 and self.random.random() < chance


__all__ = ["World"]
