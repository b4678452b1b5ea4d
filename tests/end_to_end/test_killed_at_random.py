"""Kill -9 the real window at random moments while it saves and sends: one in twenty of the random kills.

The others are desks without a window (`tests/faults/test_random_kills.py`), which take a fraction of the time.
"""

from __future__ import annotations

import os
import time
from random import Random

import pytest

from tests.end_to_end.test_killed import Bench, Wish, bench, server, token

pytest.importorskip("PySide6")
pytestmark = pytest.mark.slow

__all__ = ["bench", "server", "token"]

KILLS = int(os.environ.get("TECHDESK_KILLS", "300")) // 20
LONGEST_S = 0.4
_ANYWHERE: tuple[Wish, ...] = (("internal_note", {}), ("battery_calibrated", {"metadata.cycles": "312"}))
"""Kinds of events that belong to any kind of order."""


def test_what_the_window_said_is_saved_is_at_the_server_once_and_in_order(bench: Bench) -> None:
    dice = Random(KILLS)
    before = bench.tables.last_event()
    expected: list[tuple[str, str, str]] = []
    for number in range(KILLS):
        if number:
            bench.desk.start()
        for place in range(dice.randint(1, 3)):
            order = dice.choice((bench.depot, bench.onsite))
            kind = dice.choice(_ANYWHERE)
            notes = f"kill {number} save {place}"
            assert bench.desk.record(order, kind, notes) == "queued"
            expected.append((order, kind[0], notes))
        time.sleep(dice.uniform(0.0, LONGEST_S))
        bench.desk.kill()
    bench.drain()
    assert bench.kept(before) == sorted(expected, key=lambda one: one[0] != bench.depot)
