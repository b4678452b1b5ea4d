"""List the long proofs; one line each, in the order of the table in `docs/soak.md`."""

from __future__ import annotations

from tests.soak.faults import FUZZ, KILLED_AT_RANDOM, KILLED_AT_STEPS, SOCKETS
from tests.soak.power_cuts import POWER_CUTS, REPAIR_CUTS
from tests.soak.rescues import RESCUES
from tests.soak.schedules import FULL_STACK, SCHEDULES
from tests.soak.stateful import STATEFUL
from tests.soak.suite import Suite
from tests.soak.two_devices import TWO_DEVICES

SUITES: tuple[Suite, ...] = (
    SCHEDULES,
    FULL_STACK,
    STATEFUL,
    POWER_CUTS,
    REPAIR_CUTS,
    KILLED_AT_RANDOM,
    KILLED_AT_STEPS,
    SOCKETS,
    FUZZ,
    RESCUES,
    TWO_DEVICES,
)
