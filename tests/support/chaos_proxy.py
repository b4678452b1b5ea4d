"""Stand between a desk and its server and do to each request what a network or a gateway might do.

Plain sockets, one request a connection, so that every broken thing on the wire is exactly the one that was scripted.
Writing requests take the scripted faults one after the other; reads pass unless `reads` is asked for.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial

_PATIENCE_S = 30.0
_DRIP_EVERY_S = 0.02
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Fault(Enum):
    """What becomes of one request."""

    PASS = "it passes"
    REQUEST_LOST = "taken whole, never forwarded, no answer"
    ANSWER_LOST = "forwarded, the connection ends without an answer"
    RESET_BEFORE = "reset instead of forwarded"
    RESET_AFTER = "forwarded, then reset"
    FAILED_BEFORE = "a gateway's 502 instead of forwarding"
    FAILED_AFTER = "forwarded, then a gateway's 504"
    THROTTLED = "429 with Retry-After 1 instead of forwarding"
    TRUNCATED = "forwarded, the answer's body ends half way"
    GARBAGE = "forwarded, bytes that are no HTTP come back"
    CAPTIVE = "the network's log-in page with status 200 instead of forwarding"
    REDIRECT = "a redirect to the network's log-in page instead of forwarding"
    DRIP = "forwarded, the body comes byte by byte"
    HELD = "taken whole, never forwarded, the line stays open until `release`"
    DELAYED = "forwarded, the answer waits until `release`"


@dataclass(frozen=True)
class Seen:
    """One request that came; `status` is the server's own answer, None where it is not forwarded."""

    method: str
    path: str
    fault: Fault
    status: int | None


@dataclass(frozen=True)
class _Request:
    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(b" ", 2)[0].decode()

    @property
    def path(self) -> str:
        return self.head.split(b" ", 2)[1].decode()


class ChaosProxy:
    """A proxy before one local port.

    Attributes:
        address: What the desk calls instead of the server.
        seen: Every request, once the server has answered it or never will; what befalls the answer comes after.
    """

    def __init__(self, port: int) -> None:
        self.seen: list[Seen] = []
        self._target = ("127.0.0.1", port)
        self._script: deque[Fault] = deque()
        self._reads = False
        self._lock = threading.Lock()
        self._done = threading.Condition(self._lock)
        self._released = threading.Event()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def script(self, *faults: Fault, reads: bool = False) -> None:
        """Do this to the next writing requests, one each, to reads as well if told; what is delayed waits anew."""
        with self._lock:
            self._script.extend(faults)
            self._reads = reads
            self._released.clear()

    def calm(self) -> None:
        """Let everything pass from now on."""
        with self._lock:
            self._script.clear()
        self.release()

    def release(self) -> None:
        """Let delayed answers go on."""
        self._released.set()

    def wait_for(self, is_so: Callable[[list[Seen]], bool]) -> None:
        """Wait until what was seen is as wanted."""
        with self._done:
            assert self._done.wait_for(lambda: is_so(self.seen), _PATIENCE_S), self.seen

    def close(self) -> None:
        """End it and whatever hangs on it."""
        self._closing.set()
        self._released.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="chaos")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            line.settimeout(_PATIENCE_S)
            self._start(partial(self._serve, line))

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            request = _read_request(line)
            if request is None:
                return
            self._befall(line, request, self._next_fault(request))

    def _note(self, request: _Request, fault: Fault, status: int | None) -> None:
        with self._done:
            self.seen.append(Seen(request.method, request.path, fault, status))
            self._done.notify_all()

    def _next_fault(self, request: _Request) -> Fault:
        with self._lock:
            is_meant = self._reads or request.method != "GET"
            return self._script.popleft() if self._script and is_meant else Fault.PASS

    def _befall(self, line: socket.socket, request: _Request, fault: Fault) -> None:
        if fault in _FORWARDED:
            answer = self._forward(request)
            self._note(request, fault, int(answer.split(b" ", 2)[1]))
            self._answer(line, answer, fault)
            return
        self._note(request, fault, None)
        if fault is Fault.HELD:
            self._released.wait(_PATIENCE_S)
        elif fault is Fault.RESET_BEFORE:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        else:
            line.sendall(_INSTEAD[fault])

    def _answer(self, line: socket.socket, answer: bytes, fault: Fault) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if fault is Fault.RESET_AFTER:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        elif fault is Fault.FAILED_AFTER:
            line.sendall(_page("504 Gateway Timeout", "<h1>504 Gateway Time-out</h1>"))
        elif fault is Fault.TRUNCATED:
            line.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
        elif fault is Fault.GARBAGE:
            line.sendall(b"\x16\x03\x01\x00 this is no HTTP \xff\xfe\r\n\r\n")
        elif fault is Fault.DRIP:
            self._drip(line, head + b"\r\n\r\n", body)
        elif fault is not Fault.ANSWER_LOST:
            if fault is Fault.DELAYED:
                self._released.wait(_PATIENCE_S)
            line.sendall(answer)

    def _drip(self, line: socket.socket, head: bytes, body: bytes) -> None:
        line.sendall(head)
        for place in range(len(body)):
            if self._closing.wait(_DRIP_EVERY_S):
                return
            line.sendall(body[place : place + 1])

    def _forward(self, request: _Request) -> bytes:
        with socket.create_connection(self._target, timeout=_PATIENCE_S) as onward:
            first, _, others = request.head.partition(b"\r\n")
            kept = [one for one in others.split(b"\r\n") if not one.lower().startswith(b"connection:")]
            onward.sendall(b"\r\n".join([first, b"Connection: close", *kept]) + b"\r\n\r\n" + request.body)
            return b"".join(iter(lambda: onward.recv(65536), b""))


def _read_request(line: socket.socket) -> _Request | None:
    """Read one request with a `Content-Length`, which is all that our clients send; None if the client hung up."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        chunk = line.recv(65536)
        if not chunk:
            return None
        taken += chunk
    head, _, body = taken.partition(b"\r\n\r\n")
    while len(body) < _length(head):
        chunk = line.recv(65536)
        if not chunk:
            return None
        body += chunk
    return _Request(head, body)


def _length(head: bytes) -> int:
    named = (one.partition(b":") for one in head.lower().split(b"\r\n")[1:])
    return next((int(value) for name, _, value in named if name == b"content-length"), 0)


def _page(status: str, text: str, *headers: str, kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(text)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", text]).encode()


_INSTEAD: dict[Fault, bytes] = {
    Fault.REQUEST_LOST: b"",
    Fault.FAILED_BEFORE: _page("502 Bad Gateway", "<h1>502 Bad Gateway</h1>"),
    Fault.CAPTIVE: _page("200 OK", "<form>Room number and surname</form>"),
    Fault.REDIRECT: _page("302 Found", "", "Location: http://login.hotel.example/"),
    Fault.THROTTLED: _page(
        "429 Too Many Requests",
        json.dumps({"title": "Slowly", "status": 429, "code": "rate_limited"}),
        "Retry-After: 1",
        kind="application/problem+json",
    ),
}
"""What is answered instead of asking the server."""

_FORWARDED = set(Fault) - _INSTEAD.keys() - {Fault.HELD, Fault.RESET_BEFORE}


@contextmanager
def chaos_proxy(port: int) -> Iterator[ChaosProxy]:
    """Run a proxy before a local port, and end it."""
    proxy = ChaosProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
