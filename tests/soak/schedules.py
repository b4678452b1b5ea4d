"""Give the simulated schedules to the soak: over stores in memory, and over the real connector and file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from pytest import MonkeyPatch

from tests.sim.full_stack import run_wired
from tests.sim.mutants import a_restart_queues_what_was_in_flight_anew
from tests.sim.schedule import Report, run
from tests.soak.suite import Found, Suite

Play = Callable[[int], Report]


def run_seeds(play: Play, seeds: range) -> Found:
    """Run the schedules of some seeds."""
    failures: list[str] = []
    facts = Counter[str]()
    for seed in seeds:
        report = play(seed)
        facts.update(crashes=report.crashes, requests=report.requests, effects=report.effects)
        failures += [f"seed {seed}: {one}" for one in report.violations]
    return Found(runs=len(seeds), failures=tuple(failures), facts=dict(facts))


def control(play: Play, seeds: int) -> str:
    """Break the rule about restarts and see it noticed."""
    with MonkeyPatch.context() as patch:
        a_restart_queues_what_was_in_flight_anew(patch)
        for seed in range(seeds):
            if found := play(seed).violations:
                return f"after a restart what was in flight is sent anew: seed {seed}, {found[0]}"
    raise AssertionError(f"{seeds} schedules did not notice that a restart sends anew")


SCHEDULES = Suite(
    name="schedules",
    what="a simulated schedule of faults, crashes and other people",
    asked=1_000_000,
    run=partial(run_seeds, run),
    control=partial(control, run, 2000),
)

FULL_STACK = Suite(
    name="full-stack",
    what="a simulated schedule over the real connector and the encrypted file",
    asked=50_000,
    run=partial(run_seeds, run_wired),
    control=partial(control, run_wired, 200),
    chunk=20,
)
