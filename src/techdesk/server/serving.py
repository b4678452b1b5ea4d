"""Listen on a socket until told to stop: by a signal, or by the end of stdin for a server that a desk started."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from techdesk.domain.errors import InvalidInputError

_GRACE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen.

    Attributes:
        port: 0 takes a free one.
        tls_cert: Certificate chain in PEM; with `tls_key`.
        behind_proxy: A proxy speaks TLS and names the client in X-Forwarded-For.
        stop_with_stdin: End when stdin ends.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    stop_with_stdin: bool = False

    def check(self) -> None:
        """Refuse to speak in the clear to a network.

        Raises:
            InvalidInputError: The address is not loopback and nothing protects it, or half of the TLS files is missing.
        """
        if bool(self.tls_cert) != bool(self.tls_key):
            raise InvalidInputError("--tls-cert and --tls-key belong together")
        if not (is_loopback(self.host) or self.tls_cert or self.behind_proxy):
            raise InvalidInputError(
                f"Listening on {self.host} would send tokens in the clear",
                "Give --tls-cert and --tls-key, or --behind-proxy where a proxy speaks TLS",
            )


def bind(listening: Listening) -> socket.socket:
    """Take the address to listen on, before anything is written that would be in vain without it.

    Raises:
        InvalidInputError: The address is refused, taken or not of this computer.
    """
    listening.check()
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        bound = socket.create_server((listening.host, listening.port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise InvalidInputError(f"Cannot listen on {listening.host} port {listening.port}: {error}") from error
    # connections inherit it. asyncio sets it only on sockets made with IPPROTO_TCP, which these are not; without it
    # every answer waits 40 ms for the client's delayed acknowledgement of its headers
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


def serve(app: FastAPI, listening: Listening, bound: socket.socket, announce: Callable[[str], None]) -> None:
    """Answer requests until told to stop; then finish what runs.

    Args:
        app: What answers.
        listening: Where and how.
        bound: What `bind` took.
        announce: Is told the base address once it answers.
    """
    scheme = "https" if listening.tls_cert else "http"
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    config = uvicorn.Config(
        _BehindProxy(app) if listening.behind_proxy else app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        proxy_headers=False,
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
    )
    server = _AnnouncingServer(config, lambda: announce(f"{scheme}://{host}:{bound.getsockname()[1]}"))
    if listening.stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), daemon=True).start()
    server.run(sockets=[bound])


def write_private_file(path: Path, text: str) -> None:
    """Write a file that only its owner can read; readers see all of it or the one before."""
    _begun(path, text).replace(path)


def check_place(path: Path) -> None:
    """Make sure that a file can be written, before a token is made that would be lost with it.

    Raises:
        InvalidInputError: It cannot.
    """
    try:
        _begun(path, "").unlink()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}") from error


def _begun(path: Path, text: str) -> Path:
    """Write a file beside its place."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return fresh


class _BehindProxy:
    """Take the client's address from what the proxy noted: the last entry of X-Forwarded-For.

    The entries before it came from the client, who would else have a new address with each wrong password.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            noted = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).rpartition(",")[2].strip()
            if noted:
                scope["client"] = (noted, 0)
        await self._app(scope, receive, send)


class _AnnouncingServer(uvicorn.Server):
    """Be a server that says when it answers, and that ends quietly after a signal."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._announce()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again at the end, so a server told to stop would seem to have crashed
        before = {which: signal.signal(which, self._stop) for which in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _stop_at_end_of_stdin(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    logging.getLogger("techdesk.server").info("stdin ended: stopping")
    server.should_exit = True
