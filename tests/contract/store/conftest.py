"""Open both order stores for every test that asks: the real one on a file, and the one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.application.ports import OrderStore
from techdesk.store.order_store import open_store
from tests.support.memory_store import MemoryStore
from tests.support.store_records import KEY


@pytest.fixture(params=["real", "in memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderStore]:
    if request.param == "in memory":
        yield MemoryStore()
        return
    with closing(open_store(tmp_path / "techdesk.db", KEY)) as real:
        yield real
