"""Start and stop the built-in server's process, and sign a technician in to it.

Three things tie the server to its desk. The lock on its folder is inherited by the process, so it is held exactly as
long as the server runs, whatever becomes of the desk. The pipe to its standard input is held by the desk, so its end
ends the server, also after the desk was killed. The ready file tells the address, whose port is new with every start.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from techdesk.domain.errors import OfflineError, TechDeskError

READY_LIMIT_S = 60.0
"""Making a large sample takes its time before the first answer."""
GONE_LIMIT_S = 10.0
"""The server of a desk that was killed notices at once, and finishes what runs."""
STOP_LIMIT_S = 2.0
"""With what else a desk does at its end, this stays below five seconds."""

_LOOK_AGAIN_S = 0.02


def _server_command() -> list[str]:
    """Return what starts the server: this Python, or this very program where it is one frozen file."""
    return [sys.executable, "server"] if getattr(sys, "frozen", False) else [sys.executable, "-m", "techdesk.server"]


class SignIn(NamedTuple):
    """How a technician signs in to the built-in server.

    Attributes:
        address: Its base; each dialect has its path behind it.
        token: For the dialects that take one.
        password: For those that take a user name and a password.
        claims: Ids of claims that the technician can follow.
    """

    address: str
    user_name: str
    token: str
    password: str
    claims: Sequence[str]


class EmbeddedServer:
    """The built-in server; safe to use from several threads."""

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        """Name the folder that holds its database, its lock and its log.

        Args:
            folder: Made for its owner alone where it is missing.
            command: What starts the server, before its arguments; the real one unless told.
        """
        self._folder = folder
        self._command = list(command or _server_command())
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""

    def start(self) -> str:
        """Return the server's address, starting it if it does not run; waits until it answers.

        Raises:
            OfflineError: It did not start.
        """
        with self._guard:
            if not (self._process and self._process.poll() is None):
                self._begin()
            return self._address

    def sign_in(self, sample: int) -> SignIn:
        """Start the server anew, with sample orders where it has none, and return how a technician signs in.

        Raises:
            OfflineError: It did not start.
        """
        with self._guard:
            if self._process:
                _end(self._process)
            self._begin("--sample", str(sample), "--technician-file", str(self._technician_file))
            try:
                told = json.loads(self._technician_file.read_text())
            except (OSError, ValueError) as error:
                raise self._failed() from error
            finally:
                self._technician_file.unlink(missing_ok=True)
            return SignIn(self._address, told["user"], told["token"], told["password"], told["claims"])

    def stop(self) -> None:
        """Let the server finish what runs and end; at most some seconds."""
        with self._guard:
            if self._process:
                _end(self._process)
                self._process = None
                self._ready_file.unlink(missing_ok=True)
                self._pid_file.unlink(missing_ok=True)

    @property
    def _ready_file(self) -> Path:
        return self._folder / "ready"

    @property
    def _pid_file(self) -> Path:
        return self._folder / "server.pid"

    @property
    def _technician_file(self) -> Path:
        return self._folder / "technician.json"

    def _begin(self, *wishes: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = self._launch(wishes)
        self._pid_file.write_text(f"{self._process.pid}\n")
        self._address = self._wait_until_ready(self._process)
        (self._folder / "admin.token").unlink(missing_ok=True)

    def _launch(self, wishes: Sequence[str]) -> subprocess.Popen[bytes]:
        lock = self._locked()
        self._ready_file.unlink(missing_ok=True)
        arguments = ["--host", "127.0.0.1", "--port", "0", "--stop-with-stdin", "--ready-file", str(self._ready_file)]
        arguments += [
            "--token-file",
            str(self._folder / "admin.token"),
            "--database",
            f"sqlite:///{self._folder / 'server.db'}",
        ]
        arguments += wishes
        try:
            with (self._folder / "server.log").open("wb") as log:
                return subprocess.Popen(
                    [*self._command, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=_environment(),
                    pass_fds=(lock,),
                    start_new_session=True,
                )
        except OSError as error:
            raise self._failed() from error
        finally:
            os.close(lock)

    def _locked(self) -> int:
        """Take the folder's lock for the server; the server of a desk that was killed is waited for, then ended.

        Raises:
            OfflineError: Another server keeps the folder.
        """
        lock = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        if _taken(lock, GONE_LIMIT_S):
            return lock
        with suppress(OSError, ValueError):
            os.kill(int(self._pid_file.read_text()), signal.SIGTERM)
        if _taken(lock, STOP_LIMIT_S):
            return lock
        os.close(lock)
        raise OfflineError("The built-in server of another TechDesk still runs", "Close the other one, then try again")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + READY_LIMIT_S
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(FileNotFoundError):
                address = self._ready_file.read_text().strip()
                if address:
                    return address
            threading.Event().wait(_LOOK_AGAIN_S)
        _end(process)
        raise self._failed()

    def _failed(self) -> TechDeskError:
        return OfflineError("The built-in server did not start", f"Its log is {self._folder / 'server.log'}")


def _taken(lock: int, limit_s: float) -> bool:
    """Lock an open file, waiting for whoever has it; say whether it is ours."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            threading.Event().wait(_LOOK_AGAIN_S)
        else:
            return True


def _environment() -> dict[str, str]:
    """Return our environment without what is meant for the desk: the server needs no password that opens its data."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TECHDESK_")}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server: by its standard input, then by request, then by force."""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(STOP_LIMIT_S / 2)
        except subprocess.TimeoutExpired:
            insist()
    process.wait()
