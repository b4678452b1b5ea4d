"""Run a real PostgreSQL for the tests, in a folder and on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian keeps its versions."""


@dataclass
class Postgres:
    """A running cluster that makes databases."""

    port: int

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def address(self, name: str) -> str:
        """Return SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://techdesk@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template1") -> str:
        """Make a database, a copy of `template`, and return its name."""
        name = f"test_{next(self._numbers)}"
        # a copy of the files is many times as fast as one through the log, which is for clusters that must survive
        self._run(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        """Delete a database."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        where = f"host=127.0.0.1 port={self.port} user=techdesk dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a cluster and stop it at the end; as the user `postgres` where the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="techdesk-postgres-"))
    if _is_root():
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    data = folder / "data"
    try:
        _run("initdb", "-D", str(data), "-U", "techdesk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        # it lives as long as the tests, so nothing has to survive a power cut
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Postgres(port)
        finally:
            _run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _run(program: str, *arguments: str) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if _is_root() else []
    command = [*as_postgres, str(_programs() / program), *arguments]
    # the server outlives pg_ctl, so it must not keep a pipe of ours
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", timeout=60, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed with {done.returncode}")


def _programs() -> Path:
    versions = sorted(_INSTALLED.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return versions[-1].parent


def _is_root() -> bool:
    return os.geteuid() == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
