"""Whatever order things happen in: nothing lost, nothing twice, in order, nothing unseen.

`TECHDESK_STATEFUL=20000x100` runs more and at random; the runs of each test session are always the same ones.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sim.mutants import a_restart_queues_what_was_in_flight_anew
from tests.sim.stateful import DeskMachine
from tests.sim.weather import PROFILES

NAMES = ("keyed", "short keys", "read back", "revisions alone", "plain list", "into the dark")
_ASKED = os.environ.get("TECHDESK_STATEFUL", "")
EXAMPLES, STEPS = (int(one) for one in (_ASKED or "1000x50").split("x"))
SETTINGS = settings(
    max_examples=-(-EXAMPLES // len(PROFILES)),
    stateful_step_count=STEPS,
    derandomize=not _ASKED,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("profile", PROFILES, ids=NAMES)
def test_no_order_of_steps_breaks_a_promise(profile):
    run_state_machine_as_test(type("Machine", (DeskMachine,), {"profile": profile}), settings=SETTINGS)


def test_a_broken_rule_is_found_in_some_order_of_steps(monkeypatch):
    a_restart_queues_what_was_in_flight_anew(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(DeskMachine, settings=settings(SETTINGS, phases=[Phase.generate]))
