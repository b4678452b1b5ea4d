"""Give the simulated schedules to the soak."""

from __future__ import annotations

from collections import Counter

from pytest import MonkeyPatch

from tests.sim.mutants import a_restart_queues_what_was_in_flight_anew
from tests.sim.schedule import run
from tests.soak.suite import Found, Suite

_CONTROL_SEEDS = 2000


def run_schedules(seeds: range) -> Found:
    """Run the schedules of some seeds."""
    failures: list[str] = []
    facts = Counter[str]()
    for seed in seeds:
        report = run(seed)
        facts.update(crashes=report.crashes, requests=report.requests, effects=report.effects)
        failures += [f"seed {seed}: {one}" for one in report.violations]
    return Found(runs=len(seeds), failures=tuple(failures), facts=dict(facts))


def control() -> str:
    """Break the rule about restarts and see it noticed."""
    with MonkeyPatch.context() as patch:
        a_restart_queues_what_was_in_flight_anew(patch)
        for seed in range(_CONTROL_SEEDS):
            if found := run(seed).violations:
                return f"after a restart what was in flight is sent anew: seed {seed}, {found[0]}"
    raise AssertionError(f"{_CONTROL_SEEDS} schedules did not notice that a restart sends anew")


SCHEDULES = Suite(
    name="schedules",
    what="a simulated schedule of faults, crashes and other people",
    asked=1_000_000,
    run=run_schedules,
    control=control,
)
