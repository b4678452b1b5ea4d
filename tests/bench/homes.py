"""Make desks to measure: a home with a store of so many orders, working offline, opened by a master password."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from techdesk.application.settings import WORK_OFFLINE
from techdesk.desk.desk import Desk
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.domain.orders import Order
from techdesk.store.order_store import SqliteStore, open_store
from techdesk.store.secrets import store_key
from tests.bench.filling import fill

PASSWORD = "bench only"


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

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """Open its store alone."""
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        places = self.places
        secrets = places.secrets(PASSWORD)
        opened = open_store(places.store, store_key(secrets, places.store))
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
    with home.store() as store:
        store.index_now()
    return Home(folder, count)
