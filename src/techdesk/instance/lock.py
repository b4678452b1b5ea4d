"""Hold a lock file that the operating system releases when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class LockFile:
    """An exclusive lock between processes; its file stays, only the lock on it comes and goes."""

    def __init__(self, path: Path) -> None:
        """Name the file; its folder must exist."""
        self._path = path
        self._descriptor: int | None = None

    def try_take(self) -> bool:
        """Take the lock if nobody holds it; say whether it is ours now.

        Raises:
            OSError: The file cannot be opened.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go of the lock; nothing happens if it is not ours."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
