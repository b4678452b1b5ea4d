"""Make desks to measure: a home with a store of so many orders, working offline, opened by a master password."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from techdesk.application.queries import OrderFilter
from techdesk.application.settings import WORK_OFFLINE
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.orders import Order
from tests.bench.filling import fill

PASSWORD = "bench only"
_INDEXED_WITHIN_S = 1800.0


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with a filled store."""

    folder: Path
    orders: int

    @property
    def places(self) -> Places:
        """Return its places."""
        return Places.below(self.folder)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment in which a process opens it, without a screen."""
        own = {
            "TECHDESK_HOME": str(self.folder),
            "TECHDESK_MASTER_PASSWORD": PASSWORD,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        return {**os.environ, **own}

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Open its desk in this process."""
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        opened = open_desk(self.places, PASSWORD)
        try:
            yield opened
        finally:
            opened.close()


def make_home(folder: Path, orders: Iterable[Order]) -> Home:
    """Fill a store as a first sync would and wait until its search index is complete."""
    home = Home(folder, 0)
    with home.desk() as desk:
        desk.settings.set(WORK_OFFLINE, "yes")
        desk.settings.set("list.view", "all")
        count = fill(desk.store, orders)
        _wait_for_index(desk)
    return Home(folder, count)


def _wait_for_index(desk: Desk) -> None:
    """Wait until a search for everything is answered by the index alone: its file no longer grows."""
    index = next(Path(desk.store.path).parent.glob("*.search"), None) if hasattr(desk.store, "path") else None
    deadline = time.monotonic() + _INDEXED_WITHIN_S
    sizes = [-1, -2, -3]
    while len(set(sizes[-3:])) > 1 and time.monotonic() < deadline:
        with desk.store.read() as view:
            view.first_order_rows(OrderFilter(text="zzzz"), 1)
        time.sleep(0.5)
        sizes.append(sum(one.stat().st_size for one in (index.parent if index else Path()).glob("*.search*")))
