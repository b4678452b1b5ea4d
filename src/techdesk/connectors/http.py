"""Exchange requests and answers with one account's back end, with httpx.

What httpx does not give is added here: a deadline for the whole exchange (its own timeouts start anew with every
chunk, so a slow drip would never end), a cap on what is decompressed, an answer whose status is known although its
body broke off, and an end to all exchanges when the account is closed. For the first and the last, the client is
asynchronous and lives in a thread of its own; callers simply wait.

No address, header or body ever enters a log line or an error's text: they hold secrets. A credential that a server
sends back is blanked, as its words do enter both.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
import ssl
import threading
import zlib
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import certifi
import httpx

from techdesk.application.network import BY_SYSTEM, SYSTEM_PROXY, Network
from techdesk.application.outbox import FrozenRequest
from techdesk.connectors.blanking import blanked, credentials_in
from techdesk.domain.errors import ConnectionFailedError, InvalidInputError, NotTrustedError, OfflineError, OwnIdError

Transport: TypeAlias = httpx.AsyncBaseTransport | None
"""What stands in for the network in tests; None for the network."""

MAX_BODY_BYTES = 32 * 1024 * 1024
"""The longest body we read, counted after decompression."""

CONNECTIONS = 8
"""More than the four lanes and a pull ever use at once."""

KEPT_ALIVE_S = 4.0
"""Below the five seconds after which uvicorn closes an idle connection: a request into a closing one is ambiguous."""

_TIMEOUTS = httpx.Timeout(20.0, connect=10.0)
_BEGUN_WITHIN_S = 0.01
_LAST_PORT = 65535
_CLOSING_S = 3.0
_GZIP = zlib.MAX_WBITS | 16
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*|<!--(?:[^-]|-(?!->))*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
"""How a page for people begins."""
_BEGINNING = 2048
_BAD_SETTINGS = "The proxy or certificate settings of this computer cannot be used"
_OWN_SETTINGS = "Open the accounts, then “Network…”, and name a proxy that starts with http:// or https://, or none"
_NO_TLS = "What answers there does not speak https as it should. Check the address, and that it begins as it must"
PROXY_WANTS_SIGN_IN = "The proxy of this network wants you to log in"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_NO_ADDRESS = (httpx.InvalidURL, UnicodeError, OverflowError, ExceptionGroup)
"""Nothing was sent, as no connection can lead there; the group is anyio's, around the port of a proxy above 65535."""
_BROKEN_OFF = (httpx.TransportError, httpx.StreamError, TimeoutError)

_log = logging.getLogger(__name__)
# both print whole addresses, and httpcore prints headers: secrets stand in either
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said.

    Attributes:
        headers: By lower-case name.
        body: The whole body, decompressed; None where it broke off, was too long or could not be decompressed.
        is_sealed: It came over TLS, so nobody but who holds the certificate of the address answered.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_sealed: bool = False

    @property
    def is_html(self) -> bool:
        """Say whether a page for people came; not every gateway names what it sends, or names it right."""
        return "html" in self.headers.get("content-type", "").lower() or self._begins_as_page

    @property
    def _begins_as_page(self) -> bool:
        return _PAGE.match((self.body or b"")[:_BEGINNING].removeprefix(codecs.BOM_UTF8)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No status came.

    Attributes:
        maybe_arrived: The server may have received the request.
        error: What to tell a person.
    """

    maybe_arrived: bool
    error: ConnectionFailedError


class HttpClient:
    """Exchange requests with one address; safe to use from several threads."""

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        network: Network = BY_SYSTEM,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Keep where and how to call; nothing is opened before the first exchange.

        Args:
            address: What stands before every path, `http://` or `https://`.
            headers: Sent with every request; hold the credential.
            network: How the address is reached.
            transport: Stands in for the network in tests.

        Raises:
            InvalidInputError: The address cannot be one; its `field` is `address`.
        """
        self.url = checked_address(address)
        self._headers = dict(headers)
        self._network = network
        self._transport = transport
        self._worker: _Worker | None = None
        self._closed = False
        self._lock = threading.Lock()

    def exchange(self, request: FrozenRequest, deadline_s: float) -> Answer | Silence:
        """Send a request and wait for its answer, `deadline_s` seconds at most; raises nothing of the world's.

        One that names what only this computer knows is held back: no server could tell what is meant.
        """
        if request.names_our_own:
            return Silence(maybe_arrived=False, error=OwnIdError())
        with self._lock:
            if self._closed:
                return Silence(maybe_arrived=False, error=OfflineError("TechDesk is being closed"))
            try:
                worker = self._worker = self._worker or _Worker(self._new_client())
            except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
                # also what the environment says of proxies: SOCKS, or a range of IPv6 addresses without one
                _log.warning("no client could be made: %s", type(error).__name__)
                hint = f"Look at the file {self._network.ca_file}" if self._network.ca_file else _OWN_SETTINGS
                return Silence(maybe_arrived=False, error=OfflineError(_BAD_SETTINGS, hint))
            waiting = worker.start(request, deadline_s)
        try:
            came = waiting.result()
        except CancelledError:
            return Silence(maybe_arrived=True, error=OfflineError("The request was broken off here"))
        if isinstance(came, Silence):
            return came
        return replace(came, body=blanked(came.body, credentials_in(self._headers, request)))

    def close(self) -> None:
        """Break off what runs and close all connections; safe to call twice."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker:
            worker.close()

    def _new_client(self) -> httpx.AsyncClient:
        trusted = _trusted(self.url, self._network)
        return httpx.AsyncClient(
            base_url=self.url,
            headers={**self._headers, "Accept-Encoding": "gzip"},
            verify=trusted,
            timeout=_TIMEOUTS,
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEPT_ALIVE_S),
            follow_redirects=False,
            proxy=_proxy(self._network, trusted),
            trust_env=self._network.proxy == SYSTEM_PROXY,
            transport=self._transport,
        )


class _Worker:
    """A thread with an event loop, and the client in it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="techdesk-http", daemon=True)
        self._thread.start()

    def start(self, request: FrozenRequest, deadline_s: float) -> Future[Answer | Silence]:
        return asyncio.run_coroutine_threadsafe(self._exchange(request, deadline_s), self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(_CLOSING_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with self._client:
            await self._closing.wait()
            # anyio leaves a coroutine that nobody awaits where connecting is cancelled before it begins
            await asyncio.sleep(_BEGUN_WITHIN_S)
            running = asyncio.all_tasks() - {asyncio.current_task()}
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _exchange(self, request: FrozenRequest, deadline_s: float) -> Answer | Silence:
        begun: Answer | None = None
        try:
            sent = self._client.build_request(
                request.method, request.path, headers=dict(request.headers), content=request.body or None
            )
            async with asyncio.timeout(deadline_s), aclosing(await self._client.send(sent, stream=True)) as response:
                sealed = sent.url.scheme == "https"
                begun = Answer(status=response.status_code, headers=dict(response.headers), is_sealed=sealed)
                begun = replace(begun, body=await _whole_body(response))
        except _NO_ADDRESS as error:
            _log.warning("%s could not be sent: %s", request.method, type(error).__name__)
            return Silence(maybe_arrived=False, error=OfflineError(_BAD_SETTINGS, _OWN_SETTINGS))
        except _BROKEN_OFF as error:
            _log.debug("%s broke off: %s", request.method, type(error).__name__)
            return begun or _silence(error)
        _log.debug("%s was answered %d", request.method, begun.status)
        return begun


def in_a_header(secret: str) -> str:
    """Return a credential as a header can hold it; what cannot be one is replaced, and the server refuses it."""
    return "".join(one if "!" <= one <= "~" else "?" for one in secret.strip()) or "?"


def _proxy(network: Network, trusted: ssl.SSLContext) -> httpx.Proxy | None:
    """Return the proxy that is named by its address; its sign-in stands in a header, never in a URL."""
    if not network.has_own_proxy:
        return None
    auth = (network.user_name, network.password) if network.user_name else None
    return httpx.Proxy(network.proxy, auth=auth, ssl_context=trusted if network.proxy.startswith("https:") else None)


def _trusted(address: httpx.URL, network: Network) -> ssl.SSLContext:
    """Return whom we trust: the system's authorities, certifi's, and those of the file that a person named.

    The latter serve where a packaged Python finds no system's. Loading both takes 60 ms, so for a plain address,
    where nothing is ever verified, nobody is trusted.
    """
    if address.scheme == "http" and not network.proxy.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())
    if network.ca_file:
        trusted.load_verify_locations(network.ca_file)
    return trusted


async def _whole_body(response: httpx.Response) -> bytes | None:
    """Return the decompressed body, None if it is too long or does not decompress.

    Done here and not by httpx because 48 KB of gzip can inflate to 50 MB, and httpx takes a gzip that was cut off for
    whole.
    """
    encoding = response.headers.get("content-encoding", "identity").lower().removeprefix("x-")
    if encoding not in ("gzip", "identity"):
        return None
    inflate = zlib.decompressobj(wbits=_GZIP) if encoding == "gzip" else None
    body = bytearray()
    has_begun = False
    async for chunk in response.aiter_raw():
        has_begun = True
        try:
            body += inflate.decompress(chunk, MAX_BODY_BYTES + 1 - len(body)) if inflate else chunk
        except zlib.error:
            return None
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body) if inflate is None or inflate.eof or not has_begun else None


def _silence(error: Exception) -> Silence:
    if _is_in(error, ssl.SSLCertVerificationError):
        return Silence(maybe_arrived=False, error=NotTrustedError())
    if isinstance(error, httpx.ProxyError):
        return Silence(maybe_arrived=False, error=_refused_by_proxy(str(error)))
    words = OfflineError(hint=_NO_TLS) if _is_in(error, ssl.SSLError) else OfflineError()
    return Silence(maybe_arrived=not isinstance(error, _NOT_SENT), error=words)


def _refused_by_proxy(said: str) -> OfflineError:
    """Return what to tell of a proxy that opened no way; httpx tells its status at the beginning of the text."""
    if said.startswith("407"):
        return OfflineError(PROXY_WANTS_SIGN_IN, "Open the accounts, then “Network…”, and sign in to the proxy")
    return OfflineError("The proxy does not lead to the server", "Check the address of the proxy and of the server")


def _is_in(error: BaseException | None, kind: type[Exception]) -> bool:
    """Say whether an error is of a kind, or comes from one that is."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def checked_address(address: str) -> httpx.URL:
    """Return an account's address without a slash at its end.

    Raises:
        InvalidInputError: It is no `http(s)://` address, or holds a password or a query; `field` is `address`.
    """
    try:
        url = httpx.URL(address.strip().rstrip("/"))
        is_whole = bool(url.host) and (url.port or 0) <= _LAST_PORT
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InvalidInputError(
            "This is not an address", "It looks like https://server.example", field="address"
        ) from error
    if url.scheme not in ("http", "https") or not is_whole:
        raise InvalidInputError("This is not an address", "It starts with https:// or http://", field="address")
    if url.userinfo or url.query or url.fragment:
        raise InvalidInputError("An address holds no password and no “?” or “#”", field="address")
    return url
