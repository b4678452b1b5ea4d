"""Twenty thousand schedules of faults, crashes and other people: nothing lost, nothing twice, in order, nothing unseen.

`TECHDESK_SIM_SCHEDULES=100000` runs more. A failure names its seed; `run(seed)` replays it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.sim.schedule import run

SCHEDULES = int(os.environ.get("TECHDESK_SIM_SCHEDULES", "20000"))
CHUNK = 250
REPLAYED = 200


def test_no_seed_that_once_broke_a_promise_does_so_again():
    lines = (Path(__file__).with_name("regressions.txt")).read_text().splitlines()
    seeds = [int(one.split()[0]) for one in lines if not one.startswith("#")]
    assert {seed: found for seed in seeds if (found := run(seed).violations)} == {}


@pytest.mark.parametrize("start", range(0, SCHEDULES, CHUNK))
def test_no_schedule_breaks_a_promise(start):
    reports = [run(seed) for seed in range(start, start + CHUNK)]
    assert {one.seed: one.violations for one in reports if one.violations} == {}


def test_the_schedules_are_hostile_enough_to_mean_something():
    seen = Counter[str]()
    for seed in range(REPLAYED):
        report = run(seed)
        seen.update(effects=report.effects, crashes=report.crashes, requests=report.requests, desks=report.desks)
        seen.update(restored=report.restored, unseen=bool(report.unseen), false_checks=report.false_checks)
    assert seen["effects"] > 5 * REPLAYED
    assert seen["requests"] > 1.3 * seen["effects"]
    assert seen["crashes"] > REPLAYED
    assert seen["desks"] > 1.2 * REPLAYED
    assert seen["restored"] > REPLAYED / 20
    assert seen["unseen"] <= seen["restored"] / 10
    assert seen["false_checks"] <= seen["requests"] / 1000


def test_a_seed_replays_to_the_same_trace():
    for seed in range(REPLAYED):
        assert run(seed).digest == run(seed).digest, f"seed {seed}"


def test_a_seed_replays_to_the_same_trace_in_another_process():
    program = "from tests.sim.schedule import run; print(*[run(seed).digest for seed in range(20)])"
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(["src", "."])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert other.stdout.split() == [run(seed).digest for seed in range(20)]
