"""Give the schedules over the real connector and the real file to the soak."""

from __future__ import annotations

from collections import Counter

from pytest import MonkeyPatch

from tests.sim.full_stack import run_wired
from tests.sim.mutants import a_restart_queues_what_was_in_flight_anew
from tests.soak.suite import Found, Suite

_CONTROL_SEEDS = 200


def run_full_stack(seeds: range) -> Found:
    """Run the schedules of some seeds."""
    failures: list[str] = []
    facts = Counter[str]()
    for seed in seeds:
        report = run_wired(seed)
        facts.update(crashes=report.crashes, requests=report.requests, effects=report.effects)
        failures += [f"seed {seed}: {one}" for one in report.violations]
    return Found(runs=len(seeds), failures=tuple(failures), facts=dict(facts))


def control() -> str:
    """Break the rule about restarts and see it noticed."""
    with MonkeyPatch.context() as patch:
        a_restart_queues_what_was_in_flight_anew(patch)
        for seed in range(_CONTROL_SEEDS):
            if found := run_wired(seed).violations:
                return f"after a restart what was in flight is sent anew: seed {seed}, {found[0]}"
    raise AssertionError(f"{_CONTROL_SEEDS} schedules did not notice that a restart sends anew")


FULL_STACK = Suite(
    name="full-stack",
    what="a simulated schedule over the real connector and the encrypted file",
    asked=50_000,
    run=run_full_stack,
    control=control,
    chunk=20,
)
