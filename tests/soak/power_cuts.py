"""Give the power cuts to the soak."""

from __future__ import annotations

from tests.power.cuts import run, run_careless
from tests.power.repairs import CUTS_A_REPAIR, run_careless_repairs, run_repairs
from tests.soak.suite import Suite, noticed

_CONTROL_SEEDS = range(500)


def control() -> str:
    """Let the store not wait for its disk, and see what is lost noticed."""
    careless = {one: run_careless(_CONTROL_SEEDS, one) for one in ("NORMAL", "OFF")}
    return ", ".join(noticed(f"synchronous={name}", len(one.failures), one.runs) for name, one in careless.items())


def control_of_repairs() -> str:
    """Let a repair not wait for its disk, and see it noticed."""
    found = run_careless_repairs(range(4 * CUTS_A_REPAIR))
    return noticed("a repair that does not wait for its disk", len(found.failures), found.runs)


POWER_CUTS = Suite(
    name="power-cuts",
    what="a power cut at one step of the disk in a recorded life of the real, encrypted store",
    asked=1_000_000,
    run=run,
    control=control,
    chunk=2000,
)

REPAIR_CUTS = Suite(
    name="repair-cuts",
    what="a power cut at one step of the disk while a damaged store is repaired",
    asked=20_000,
    run=run_repairs,
    control=control_of_repairs,
    chunk=10 * CUTS_A_REPAIR,
)
