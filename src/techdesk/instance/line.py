"""Speak over a private unix socket: one JSON request a connection, one JSON answer, then it is closed.

The end of the request is the end of what the client sends, so neither side counts bytes. The folder of the socket is
for its owner alone (0700), which is the whole of the protection: who can open it can also read the store's file.

A request may take minutes, so its answer is waited for without end. Before it is sent the other side is asked whether
it is there: one that hangs, or that was stopped, is not given work that it would do hours later.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from techdesk.domain.errors import AlreadyRunningError

Request = Mapping[str, Any]
Answer = Mapping[str, Any]

MAX_BYTES = 256 * 1024 * 1024
"""A list of half a million orders fits; more is a fault."""

_LONGEST_ADDRESS = 100
"""`sun_path` holds 108 bytes on Linux and 104 on macOS (unix(7))."""
_REQUEST_LIMIT_S = 5.0
_ALIVE_WITHIN_S = 10.0
_PING: Request = {"ping": True}

_log = logging.getLogger(__name__)


class BrokenOffError(AlreadyRunningError):
    """Say that the other process ended while it worked on a request."""

    default_title = "TechDesk ended while it worked on this"
    default_hint = "Look whether it was done before you do it again"


def ask(path: Path, request: Request, alive_within_s: float = _ALIVE_WITHIN_S) -> Answer | None:
    """Send a request to whoever serves the socket and wait for the answer; None if nobody serves it.

    Raises:
        AlreadyRunningError: Who serves it hangs: the request was not sent.
        BrokenOffError: The request was sent and no answer came: whether it took effect is not known.
    """
    if not path.parent.is_dir():
        return None
    with _address(path) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        if not _is_served(address, alive_within_s):
            return None
        try:
            line.connect(address)
        except OSError:
            return None
        try:
            return cast("Answer", json.loads(_answered(line, request)))
        except (OSError, ValueError) as error:
            raise BrokenOffError from error


def _is_served(address: str, within_s: float) -> bool:
    """Say whether somebody serves a socket.

    Raises:
        AlreadyRunningError: Somebody does, and answers nothing.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(within_s)
        try:
            line.connect(address)
            return bool(_answered(line, _PING))
        except TimeoutError as error:
            title = "Another TechDesk is open and hangs"
            raise AlreadyRunningError(title, "Nothing was done. Close that one, then try again") from error
        except OSError:
            return False


def _answered(line: socket.socket, request: Request) -> bytes:
    line.sendall(json.dumps(request).encode())
    line.shutdown(socket.SHUT_WR)
    return _read_all(line)


class Line:
    """Serve a socket: each request is answered in a thread of its own."""

    def __init__(self, path: Path, answer: Callable[[Request], Answer]) -> None:
        """Start to serve; whatever lies at `path` is from a process that is gone.

        Raises:
            OSError: The socket cannot be made.
        """
        self._path = path
        self._answer = answer
        self._workers: set[threading.Thread] = set()
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path.unlink(missing_ok=True)
        with _address(path) as address:
            self._listening.bind(address)
        path.chmod(0o600)
        self._listening.listen(16)
        self._accepting = threading.Thread(target=self._accept, name="instance-line", daemon=True)
        self._accepting.start()

    def close(self, limit_s: float = 2.0) -> None:
        """Take no more requests, and give those that run `limit_s` seconds each to end."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(limit_s)
        for worker in list(self._workers):
            worker.join(limit_s)

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            worker = threading.Thread(target=self._serve, args=(caller,), name="instance-request", daemon=True)
            self._workers.add(worker)
            worker.start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller:
                caller.settimeout(_REQUEST_LIMIT_S)
                request = json.loads(_read_all(caller))
                answer = json.dumps({} if request == _PING else self._answer(request)).encode()
                caller.sendall(answer)
        except (OSError, ValueError) as error:
            _log.warning("a request over the private socket came to nothing: %s", type(error).__name__)
        finally:
            self._workers.discard(threading.current_thread())


def _read_all(line: socket.socket) -> bytes:
    """Read until the other side has sent everything.

    Raises:
        ValueError: It sends more than anybody should.
    """
    parts = bytearray()
    while part := line.recv(65536):
        parts += part
        if len(parts) > MAX_BYTES:
            raise ValueError("too long")
    return bytes(parts)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address that fits into `sun_path`, through the folder's descriptor where the path itself is too long."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
