"""Open a store for every test that asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.store.order_store import SqliteStore, open_store
from tests.support.store_records import KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "techdesk.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An empty store."""
    with closing(open_store(path, KEY)) as opened:
        yield opened
