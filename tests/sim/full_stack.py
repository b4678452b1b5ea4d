"""Run schedules over all that is real below the window: the connector, its HTTP client and the encrypted file."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

from techdesk.connectors.flow_retail.profile import OWN
from tests.sim.schedule import Report, run_in
from tests.sim.sealed_world import sealed_stores
from tests.sim.wire import CANARY, WiredConnector
from tests.sim.world import World
from tests.support.every_line import every_line

FAST_DISK = Path("/dev/shm")
"""Where a file costs no wait for a disk, if the system has it; whether a commit survives a cut is proved elsewhere."""


def run_wired(seed: int) -> Report:
    """Run the schedule of a seed; the secret of its account must be found nowhere."""
    place = FAST_DISK if FAST_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder, _logged() as log:
        with sealed_stores(Path(folder)) as open_store:
            world = World(seed, open_store, WiredConnector, OWN)
            try:
                report = run_in(world)
            finally:
                for device in world.devices:
                    device.connector.close()
            kept = "".join(str(one.store.tables) for one in world.devices)
        if any(CANARY in text for text in (kept, log.getvalue(), *report.violations)):
            return replace(report, violations=(*report.violations, "I11: the account's secret was left behind"))
    return report


@contextmanager
def _logged() -> Iterator[StringIO]:
    """Yield everything that any logger writes, in full."""
    log = StringIO()
    with every_line(logging.StreamHandler(log)):
        yield log
