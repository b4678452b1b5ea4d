"""Give the spoilt answers and the killed processes to the soak."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from pytest import MonkeyPatch

from techdesk.application.outbox import Outcome, OutcomeClass
from techdesk.connectors.flow_retail import connector as flow_retail
from techdesk.connectors.http import Answer
from tests.faults import fuzz, random_kills, sockets
from tests.faults.killing import AFTER, Case, every_case, run_case, sending_again_after_a_restart
from tests.faults.names import Step
from tests.faults.sockets import SocketCell, play_cell
from tests.faults.stores import a_template
from tests.soak.suite import Found, Suite, noticed
from tests.support.chaos_proxy import Fault

_CONTROL_SEEDS = range(2000)
_DEATHS = 8
_KILLS_A_DESK = 10


def run_fuzz(seeds: range) -> Found:
    """Read the spoilt answers of some seeds."""
    report = fuzz.run(seeds)
    return Found(runs=report.runs, failures=tuple(report.failures), facts=dict(report.brought))


def control_of_fuzz() -> str:
    """Let one connector believe what it reads and see it noticed."""

    def believing(came: Answer) -> Any:
        return json.loads(came.body or b"")

    with MonkeyPatch.context() as patch:
        patch.setattr(flow_retail, "json_object", believing)
        failures = fuzz.run(_CONTROL_SEEDS).failures
    return noticed("a connector that believes what it reads", len(failures), len(_CONTROL_SEEDS))


def run_killed_at_steps(seeds: range) -> Found:
    """Kill a process at the step of each seed; the process after it dies at another commit each time around."""
    cases = [one for one in every_case() if not one.again]
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="techdesk-steps-") as name:
        template = a_template(Path(name) / "template")
        for seed in seeds:
            case = cases[seed % len(cases)]._replace(again=seed // len(cases) % _DEATHS)
            try:
                run_case(case, Path(name), template)
            except AssertionError as error:
                failures.append(f"seed {seed}, {case}: {error}")
    return Found(runs=len(seeds), failures=tuple(failures))


def control_of_steps() -> str:
    """Let a restart take what was in flight for never sent and see it noticed."""
    with tempfile.TemporaryDirectory(prefix="techdesk-steps-") as name, sending_again_after_a_restart():
        try:
            run_case(Case("plain", Step.S9, AFTER, 0), Path(name), a_template(Path(name) / "template"))
        except AssertionError as error:
            return f"after a restart what was in flight counts as never sent: {str(error)[:80]}"
    raise AssertionError("a restart that takes what was in flight for never sent was taken for sound")


def run_killed_at_random(seeds: range) -> Found:
    """Kill desks at random moments, each ten times; a seed is a kill."""
    found = Found()
    with random_kills.a_bench() as bench:
        for seed in seeds[::_KILLS_A_DESK]:
            found += bench.play(seed, _KILLS_A_DESK)
    return found


def control_of_sockets() -> str:
    """Let a lost answer count as a request that never left, and see the second effect noticed."""
    cell = SocketCell("plain", (Fault.ANSWER_LOST,), reads=False)
    lost = Outcome(kind=OutcomeClass.NOT_SENT, reason="Believed to be lost")
    with MonkeyPatch.context() as patch:
        patch.setattr(flow_retail, "outcome_of_silence", lambda _: lost)
        try:
            play_cell(cell)
        except AssertionError as error:
            return f"a lost answer taken for a request that never left: {str(error)[:60]}"
    raise AssertionError("a lost answer that was taken for a request that never left was not noticed")


SOCKETS = Suite(
    name="sockets",
    what="one fault of the chaos proxy on real sockets, for one kind of back end",
    asked=200,
    run=sockets.run,
    control=control_of_sockets,
    chunk=20,
)
FUZZ = Suite(
    name="fuzz",
    what="one spoilt answer of a real server, read by its connector and taken in by the store",
    asked=5_000_000,
    run=run_fuzz,
    control=control_of_fuzz,
    chunk=5000,
)
KILLED_AT_STEPS = Suite(
    name="killed-at-steps",
    what="a process killed with -9 before or after a named step, for one kind of back end, and again as it recovers",
    asked=8480,
    run=run_killed_at_steps,
    control=control_of_steps,
    chunk=106,
)
KILLED_AT_RANDOM = Suite(
    name="killed-at-random",
    what="a desk killed with -9 at a random moment while it saves and syncs with a real server",
    asked=10_000,
    run=run_killed_at_random,
    control=random_kills.control,
    chunk=100,
)
