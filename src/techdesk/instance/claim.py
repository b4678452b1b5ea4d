"""Claim this person's desk, or reach the process that has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from techdesk.domain.errors import AlreadyRunningError, StoreError
from techdesk.instance.line import Answer, Line, Request, ask
from techdesk.instance.lock import LockFile

_LOOK_AGAIN_S = 0.05
_PATIENCE_S = 15.0


class Claim:
    """The right of this process to be the desk; held until `release`, or until the process ends in any way."""

    def __init__(self, folder: Path, lock: LockFile) -> None:
        """Keep a lock that was taken; use `claim` or `claim_or_ask` to get one."""
        self._socket = _socket(folder)
        self._lock = lock
        self._line: Line | None = None

    def serve(self, answer: Callable[[Request], Answer]) -> None:
        """Answer the requests of other processes from now on, each in a thread of its own.

        Raises:
            StoreError: The socket cannot be made.
        """
        try:
            self._line = Line(self._socket, answer)
        except OSError as error:
            raise StoreError("TechDesk's socket cannot be made", f"{error.strerror}: {self._socket}") from error

    def stop_serving(self) -> None:
        """Finish the requests that run and take no more; the claim stays until `release`."""
        if self._line:
            self._line.close()
            self._line = None

    def release(self) -> None:
        """Let another process be the desk."""
        self.stop_serving()
        self._lock.release()


def claim(folder: Path) -> Claim | None:
    """Claim the desk whose folder this is; None if another process has it.

    Raises:
        StoreError: The folder cannot be used.
    """
    lock = LockFile(folder / "desk.lock")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Claim(folder, lock) if lock.try_take() else None
    except OSError as error:
        raise StoreError("TechDesk's folder cannot be used", f"{error.strerror}: {folder}") from error


def claim_or_ask(folder: Path, request: Request, patience_s: float = _PATIENCE_S) -> Claim | Answer:
    """Claim the desk, or have the request answered by the process that has it.

    A desk that is just starting or ending neither serves nor lets go; it is waited for.

    Raises:
        AlreadyRunningError: The other process did neither within `patience_s` seconds, or hangs.
        BrokenOffError: It ended while it worked on the request, which is not repeated.
        StoreError: The folder cannot be used.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        ours = claim(folder)
        if ours:
            return ours
        answer = ask(_socket(folder), request)
        if answer is not None:
            return answer
        threading.Event().wait(_LOOK_AGAIN_S)
    raise AlreadyRunningError("Another TechDesk is open and does not answer", "Close it, then try again")


def _socket(folder: Path) -> Path:
    return folder / "desk.sock"
