"""A real HTTP proxy for tests: it forwards plain requests, opens tunnels, and may want a sign-in."""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

_PATIENCE_S = 20.0


@dataclass
class Proxy:
    """What a running proxy saw; `sign_in` is what it wants ("user:password"), empty for nothing."""

    address: str
    sign_in: str = ""
    lines: list[str] = field(default_factory=list)

    def lets(self, headers: dict[str, str]) -> bool:
        wanted = "Basic " + base64.b64encode(self.sign_in.encode()).decode()
        return not self.sign_in or headers.get("proxy-authorization") == wanted


class _Server(ThreadingTCPServer):
    """A server that hands its proxy to each connection."""

    proxy: Proxy


class _Handler(StreamRequestHandler):
    timeout = _PATIENCE_S

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        proxy = self.server.proxy
        line = self.rfile.readline().decode()
        headers = {}
        while (one := self.rfile.readline().decode().strip()) != "":
            name, _, value = one.partition(":")
            headers[name.strip().lower()] = value.strip()
        if not line:
            return
        proxy.lines.append(line.rstrip())
        if proxy.lets(headers):
            self._pass_on(line, headers)
        else:
            self.wfile.write(b"HTTP/1.1 407 Sign in\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _pass_on(self, line: str, headers: dict[str, str]) -> None:
        method, where, version = line.split()
        url = urlsplit(where if method != "CONNECT" else f"//{where}")
        with socket.create_connection((url.hostname or "", url.port or 80), _PATIENCE_S) as beyond:
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                body = self.rfile.read(int(headers.get("content-length", 0)))
                kept = {name: text for name, text in headers.items() if not name.startswith("proxy-")}
                kept["connection"] = "close"
                path = url.path + (f"?{url.query}" if url.query else "")
                told = "".join(f"{name}: {text}\r\n" for name, text in kept.items())
                beyond.sendall(f"{method} {path} {version}\r\n{told}\r\n".encode() + body)
            self._pump(beyond)

    def _pump(self, beyond: socket.socket) -> None:
        other = {self.connection: beyond, beyond: self.connection}
        with suppress(OSError):
            while ready := select.select(list(other), [], [], _PATIENCE_S)[0]:
                for one in ready:
                    data = one.recv(65_536)
                    if not data:
                        return
                    other[one].sendall(data)


@contextmanager
def running_proxy(sign_in: str = "") -> Iterator[Proxy]:
    """Run a proxy on a free port of this computer."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}", sign_in)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
