"""Give every server test a fresh database: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from techdesk.server.administration.beginnings import begin
from techdesk.server.storage.database import Database
from tests.support.postgres import Postgres, running_postgres
from tests.unit.server.world import World, built_world

NOW = "2026-03-02T09:00:00.000Z"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def begun_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A begun SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("begun") / "begun.sqlite"
    _begin(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def begun_postgres(postgres: Postgres) -> str:
    """The name of a begun PostgreSQL database, to be copied."""
    name = postgres.create()
    _begin(postgres.address(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a begun database of this test's own."""
    with _copies[request.param](request, tmp_path) as address:
        yield address


@pytest.fixture
def postgresql_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a begun PostgreSQL database of this test's own."""
    with _postgresql_copy(request, tmp_path) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that has no table yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    name = cluster.create()
    yield cluster.address(name)
    cluster.drop(name)


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """A begun database of this test's own."""
    found = Database(database_address, patience_seconds=20)
    yield found
    found.close()


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """A team on that database."""
    with built_world(database) as world:
        yield world


def _begin(address: str) -> None:
    database = Database(address)
    database.migrate()
    begin(database, NOW)
    database.close()


@contextmanager
def _sqlite_copy(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    path = folder / "server.sqlite"
    shutil.copy(request.getfixturevalue("begun_sqlite"), path)
    yield f"sqlite:///{path}"


@contextmanager
def _postgresql_copy(request: pytest.FixtureRequest, _: Path) -> Iterator[str]:
    cluster: Postgres = request.getfixturevalue("postgres")
    name = cluster.create(request.getfixturevalue("begun_postgres"))
    yield cluster.address(name)
    cluster.drop(name)


_copies: dict[str, Callable[..., Any]] = {"sqlite": _sqlite_copy, "postgresql": _postgresql_copy}
