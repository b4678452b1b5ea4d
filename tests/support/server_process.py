"""Run the real server in a process of its own, as a team's administrator would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from techdesk.domain.instants import instant_text
from techdesk.domain.vocabulary import Role
from techdesk.server.administration import users
from techdesk.server.storage.database import Database

_START_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.02


@dataclass
class ServerProcess:
    """A server process on a free port of this computer; its data stay in `folder` when it stops.

    Attributes:
        folder: Holds database, admin token, ready file and log.
        arguments: Further arguments of `techdesk-server`, such as `--sample 100`.
        database: Its address; a SQLite file in `folder` unless told.
        port: 0 takes a free one, which it keeps at the next start.
    """

    folder: Path
    arguments: tuple[str, ...] = ()
    database: str = ""
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.database = self.database or f"sqlite:///{self.folder / 'server.sqlite'}"

    @property
    def address(self) -> str:
        """The base address, such as `http://127.0.0.1:40123`; the one of the last start where it is stopped."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_token(self) -> str:
        """The first administrator's token."""
        return (self.folder / "token").read_text().strip()

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *self._files, "--port", str(self.port), *self.arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(_LOOK_AGAIN_SECONDS)
        self.port = int(ready.read_text().strip().rpartition(":")[2])

    def stop(self) -> int:
        """Tell it to finish what runs and end; returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def run(self, *words: str, said: str = "") -> dict[str, Any]:
        """Run one of the server's commands and return its JSON object."""
        done = subprocess.run(
            [*self._command, *words, "--json"],
            env=self._environment,
            input=said.encode(),
            capture_output=True,
            timeout=_START_SECONDS,
            check=False,
        )
        if done.returncode > 1:
            raise RuntimeError(done.stderr.decode())
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def technician_token(self, name: str = "Mia Krüger") -> str:
        """Return a fresh token of a person, who is added as a technician where there is none of this name."""
        now = instant_text(datetime.now(UTC))
        with closing(Database(self.database)) as database, database.write() as connection:
            if all(one["name"] != name for one in users.users_listed(connection)):
                users.add_user(connection, name, Role.TECHNICIAN, now)
            return users.add_token(connection, users.user_uid(connection, name), now).token

    @property
    def _command(self) -> list[str]:
        return [sys.executable, "-m", "techdesk.server"]

    @property
    def _files(self) -> list[str]:
        return ["--token-file", str(self.folder / "token"), "--ready-file", str(self.folder / "ready")]

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {"TECHDESK_DATABASE": self.database}

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(timeout=_START_SECONDS)

    def close(self) -> None:
        """End it if it still runs."""
        if self._process and self._process.poll() is None:
            self.kill()


@contextmanager
def running_server(folder: Path, *arguments: str, database: str = "") -> Iterator[ServerProcess]:
    """Start a server with its data in `folder`, and end it."""
    server = ServerProcess(folder, arguments, database)
    try:
        server.start()
        yield server
    finally:
        server.close()
