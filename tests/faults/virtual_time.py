"""Let an event loop live in virtual time: where it would wait, the clock leaps instead."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.builders import FakeClock


class _LeapingSelector(selectors.DefaultSelector):
    """Wait only for what another thread of this process may send; every other wait is a leap of the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.leapt_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found: list[tuple[selectors.SelectorKey, int]] = super().select(None if timeout is None else 0)
        if not found and timeout:
            self._clock.advance(timeout)
            self.leapt_s += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers cost no time: `asyncio.sleep(20)` moves the test's clock by twenty seconds."""

    def __init__(self, clock: FakeClock) -> None:
        self._leaping = _LeapingSelector(clock)
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.leapt_s


class _Policy(asyncio.DefaultEventLoopPolicy):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return VirtualLoop(self._clock)


@contextmanager
def virtual_time(clock: FakeClock) -> Iterator[None]:
    """Make every event loop that is made within live by this clock."""
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(_Policy(clock))
    try:
        yield
    finally:
        asyncio.set_event_loop_policy(before)
