"""Give the tests of real windows what they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.real_screen import Screen, real_screen
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables


@dataclass(frozen=True)
class Site:
    """The server's process and a look into its tables."""

    server: ServerProcess
    tables: ServerTables


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with forty orders, for all tests of a module."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, "--sample", "40") as server:
        yield Site(server, ServerTables(folder / "server.sqlite"))


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A screen of this test's own, with real keys."""
    folder = tmp_path / "screen"
    folder.mkdir()
    with real_screen(folder) as one:
        yield one
