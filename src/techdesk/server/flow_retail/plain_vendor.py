"""Be as plain as a vendor's server of the Flow Retail dialect: nothing that TechDesk adds to it is there or heeded."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = re.compile(
    r"/v2/(capabilities|me)"
    r"|/v2/tenants/[^/]+/(users|warehouses|products|admin)(/.*)?"
    r"|/v2/tenants/[^/]+/stores/[^/]+/serviceorders/([^/]+/accept|changes)"
)
_UNHEEDED = frozenset({b"if-match", b"idempotency-key"})
_UNSAID = frozenset({"revision", "code"})


class PlainVendor:
    """Stand before the application: hide routes of ours, pass over our headers, leave out our members."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/v2/"):
            await self._app(scope, receive, send)
            return
        heeded = [(name, value) for name, value in scope["headers"] if name not in _UNHEEDED]
        path = "/v2" if _OURS.fullmatch(scope["path"]) else scope["path"]  # where nothing is
        await self._app({**scope, "path": path, "raw_path": path.encode(), "headers": heeded}, receive, _Plainly(send))


class _Plainly:
    """Send an answer without ETag, revisions and codes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        if "json" in Headers(raw=self._start["headers"]).get("content-type", ""):
            self._body = json.dumps(_plain(json.loads(self._body)), ensure_ascii=False).encode()
        headers = MutableHeaders(raw=self._start["headers"])
        del headers["etag"]
        if "content-length" in headers:
            headers["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


def _plain(value: Any) -> Any:
    """Return JSON without our members; what people wrote into an event's data stays."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: one if name == "data" else _plain(one) for name, one in value.items() if name not in _UNSAID}
