"""Give the power cuts to the soak."""

from __future__ import annotations

from tests.power.cuts import run, run_careless
from tests.power.repairs import CUTS_A_REPAIR, run_careless_repairs, run_repairs
from tests.soak.suite import Suite

_CONTROL_SEEDS = range(500)


def control() -> str:
    """Let the store not wait for its disk, and see what is lost noticed."""
    noticed = []
    for synchronous in ("NORMAL", "OFF"):
        found = run_careless(_CONTROL_SEEDS, synchronous)
        if not found.failures:
            raise AssertionError(f"{found.runs} power cuts with synchronous={synchronous} were taken for harmless")
        noticed.append(f"synchronous={synchronous} failed in {len(found.failures)} of {found.runs}")
    return ", ".join(noticed)


def control_of_repairs() -> str:
    """Let a repair not wait for its disk, and see it noticed."""
    found = run_careless_repairs(range(4 * CUTS_A_REPAIR))
    if not found.failures:
        raise AssertionError("a repair that does not wait for its disk was taken for safe")
    return f"a repair that does not wait for its disk failed in {len(found.failures)} of {found.runs}"


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
