"""Give the tests of the application a store in memory, commands over it, and a bench."""

from __future__ import annotations

import pytest

from techdesk.application.commands import Commands
from tests.support.bench import Bench
from tests.support.builders import FakeClock, commands_over
from tests.support.memory_store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """A store that holds nothing."""
    return MemoryStore()


@pytest.fixture
def commands(store: MemoryStore) -> Commands:
    """Commands over the store with one account, whose back end keeps keys."""
    return commands_over(store, FakeClock())


@pytest.fixture
def bench() -> Bench:
    """A desk without threads and its server."""
    return Bench()
