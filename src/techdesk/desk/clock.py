"""Tell the real time, and make the real ids."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

from techdesk.application.ids import Uuid7


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """Return the present instant (aware, UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


def new_ids() -> Uuid7:
    """Return what makes this process's ids."""
    return Uuid7(lambda: time.time_ns() // 1_000_000, random.SystemRandom().getrandbits)
