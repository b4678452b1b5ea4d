"""Give the steps that hypothesis chooses to the soak."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest import MonkeyPatch

from tests.sim.mutants import a_restart_queues_what_was_in_flight_anew
from tests.sim.stateful import DeskMachine
from tests.sim.weather import PROFILES
from tests.soak.suite import Found, Suite

_STEPS = 100
_CONTROL_RUNS = 200


def run_stateful(seeds: range) -> Found:
    """Run one order of steps for each seed; the first seed chooses them and the kind of back end."""
    profile = PROFILES[seeds.start // max(1, len(seeds)) % len(PROFILES)]
    machine = type("Machine", (DeskMachine,), {"profile": profile})
    failures: tuple[str, ...] = ()
    try:
        _run(machine, len(seeds), seeds.start)
    except AssertionError as error:
        steps = " ".join(getattr(error, "__notes__", ()))
        failures = (f"seed {seeds.start}, {len(seeds)} runs: {error} {steps}",)
    return Found(runs=len(seeds), failures=failures, facts={"steps": len(seeds) * _STEPS})


def control() -> str:
    """Break the rule about restarts and see it noticed."""
    with MonkeyPatch.context() as patch:
        a_restart_queues_what_was_in_flight_anew(patch)
        found = run_stateful(range(_CONTROL_RUNS)).failures
    if not found:
        raise AssertionError(f"{_CONTROL_RUNS} runs did not notice that a restart sends anew")
    return f"after a restart what was in flight is sent anew: {found[0][:200]}"


def _run(machine: type[DeskMachine], runs: int, first: int) -> None:
    wanted = settings(
        max_examples=runs,
        stateful_step_count=_STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(first)(machine), settings=wanted)


STATEFUL = Suite(
    name="stateful",
    what="a hundred steps that hypothesis chooses",
    asked=20_000,
    run=run_stateful,
    control=control,
)
