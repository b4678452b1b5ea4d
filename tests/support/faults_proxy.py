"""Stand between a desk and its server on loopback, and lose what passes at a moment the test chooses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_S = 60.0
_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Fault(Enum):
    """What becomes of the requests that write something; reads always pass."""

    NONE = "nothing is lost"
    REQUEST_LOST = "the request is taken whole and never reaches the server"
    ANSWER_LOST = "the server has done its work, and nobody hears of it"


@dataclass(frozen=True)
class Lost:
    """One request that a fault befell; `status` is the server's answer, None where it saw nothing."""

    method: str
    path: str
    status: int | None


class FaultsProxy:
    """A plain HTTP/1.1 proxy for one server.

    Attributes:
        fault: What becomes of writing requests from now on.
        lost: Every request that a fault befell, told once nothing more happens to it.
        lines: The connections that are open.
    """

    def __init__(self, target: str) -> None:
        self.target = str(urlsplit(target).netloc)
        self.fault = Fault.NONE
        self.lost: SimpleQueue[Lost] = SimpleQueue()
        self.lines: set[socket.socket] = set()
        self._listener: _Listener | None = None
        self._port = 0
        self.plug_in()

    @property
    def address(self) -> str:
        """The address that the desk calls instead of the server's."""
        return f"http://127.0.0.1:{self._port}"

    def plug_in(self) -> None:
        """Take calls, on the same port as before."""
        self._listener = _Listener(self, self._port)
        self._port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), name="proxy").start()

    def unplug(self) -> None:
        """Refuse every call and break off every line, as a pulled cable would; waits until all is quiet."""
        if self._listener:
            self._listener.shutdown()
            for line in list(self.lines):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            self._listener.server_close()
            self._listener = None


class _Listener(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, proxy: FaultsProxy, port: int) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", port), _Exchange)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Know the line before its thread starts, so that none is missed when all are broken off."""
        self.proxy.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.proxy.lines.discard(request)
        super().shutdown_request(request)


class _Exchange(BaseHTTPRequestHandler):
    """Pass on one request after the other of a kept-alive line."""

    protocol_version = "HTTP/1.1"
    server: _Listener

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the server keeps the log."""

    def _relay(self) -> None:
        proxy = self.server.proxy
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = Fault.NONE if self.command == "GET" else proxy.fault
        if fault is Fault.REQUEST_LOST:
            self._lose(None)
            return
        onward = HTTPConnection(proxy.target, timeout=_PATIENCE_S)
        try:
            onward.request(self.command, self.path, sent, dict(self.headers))
            answer = onward.getresponse()
            body = answer.read()
        finally:
            onward.close()
        if fault is Fault.ANSWER_LOST:
            self._lose(answer.status)
        else:
            self._answer(answer, body)

    do_GET = do_POST = do_PUT = do_DELETE = _relay  # noqa: N815 - the names that http.server calls

    def _lose(self, status: int | None) -> None:
        """Tell the test, and say nothing to the desk until it is gone."""
        self.close_connection = True
        self.server.proxy.lost.put(Lost(self.command, self.path, status))
        self.rfile.read(1)

    def _answer(self, answer: HTTPResponse, body: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_HOP:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def faults_proxy(target: str) -> Iterator[FaultsProxy]:
    """Run a proxy before the server at `target`, and end it with all its lines."""
    proxy = FaultsProxy(target)
    try:
        yield proxy
    finally:
        proxy.unplug()
