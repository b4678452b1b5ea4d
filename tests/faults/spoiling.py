"""Spoil an answer the way a bad server, a gateway or a hostile network does."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any

import httpx

from tests.faults.backends import Backend, Reply
from tests.unit.connectors.answering import Pieces

FOREVER_S = 1e7
_SOON = "Mon, 01 Jun 2026 09:20:00 GMT"
_NOW = "Mon, 01 Jun 2026 09:15:00 GMT"
_HTML = b"<html><body>Please log in to the hotel's network</body></html>"

STATUS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "redirect_301": (301, {"location": "https://hotel.example/login"}),
    "redirect_307": (307, {"location": "https://hotel.example/login"}),
    "redirect_308": (308, {"location": "https://hotel.example/login"}),
    "status_401_once": (401, {}),
    "status_401_always": (401, {}),
    "status_403": (403, {}),
    "status_404": (404, {}),
    "status_409": (409, {}),
    "status_410": (410, {}),
    "status_412": (412, {}),
    "status_413": (413, {}),
    "status_422": (422, {}),
    "status_425": (425, {}),
    "throttled_0": (429, {"retry-after": "0"}),
    "throttled_1s": (429, {"retry-after": "1"}),
    "throttled_date": (429, {"retry-after": _SOON, "date": _NOW}),
    "throttled_10y": (429, {"retry-after": "315360000"}),
    "throttled_garbage": (429, {"retry-after": "soon, perhaps"}),
    "status_500": (500, {}),
    "status_502": (502, {"content-type": "text/html"}),
    "status_503": (503, {}),
    "status_503_retry": (503, {"retry-after": "120"}),
    "status_504": (504, {"content-type": "text/html"}),
}
_CODES = {"key_in_progress": (409, "key_in_progress"), "key_reused": (422, "key_reused")}


def whole(reply: Reply) -> httpx.Response:
    """Return an answer as the server gave it."""
    headers = {"content-type": reply.kind, **reply.headers}
    return httpx.Response(reply.status, headers=headers, stream=Pieces(reply.body))


def status(fault: str, backend: Backend, *, is_read: bool = False) -> httpx.Response:
    """Return the answer that comes instead of the server's."""
    if fault == "html_200":
        return httpx.Response(200, headers={"content-type": "text/html"}, stream=Pieces(_HTML))
    if fault in _CODES:
        number, code = _CODES[fault]
        return whole(Reply(number, {**backend.refusal(number), "code": code}, "application/problem+json"))
    number, headers = STATUS[fault]
    is_page = "html" in headers.get("content-type", "")
    # of an order that is asked for by itself only a gateway's 404 is a fault; the server's own is news
    told = {"message": "No such page"} if number in (404, 410) and is_read else backend.refusal(number)
    body = _HTML if is_page else json.dumps(told).encode()
    return httpx.Response(number, headers={"content-type": "application/json", **headers}, stream=Pieces(body))


class Line(httpx.AsyncByteStream):
    """A body of which the first half comes, and then what the fault makes of the rest."""

    def __init__(self, body: bytes, fault: str) -> None:
        self._body = body
        self._fault = fault

    async def __aiter__(self) -> AsyncIterator[bytes]:
        middle = len(self._body) // 2
        yield self._body[:middle]
        if self._fault == "drip":
            for place in range(middle, len(self._body)):
                await asyncio.sleep(1.0)
                yield self._body[place : place + 1]
            await asyncio.sleep(FOREVER_S)
        await broken(self._fault)


async def broken(fault: str) -> None:
    """Let the line do what it does where an answer is waited for."""
    if fault == "drop":
        await asyncio.sleep(20.0)
        raise httpx.ReadTimeout("timed out")
    if fault in ("rst", "suspend"):
        raise httpx.ReadError("[Errno 104] Connection reset by peer")
    if fault in ("fin", "length_too_long"):
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
    await asyncio.sleep(FOREVER_S)


def body(fault: str, reply: Reply, backend: Backend) -> httpx.Response:
    """Return the server's answer with a body that no server of its kind should give."""
    spoil = _BODIES.get(fault)
    pieces, more = spoil(reply.body) if spoil else (_MEMBERS[fault](reply, backend), {})
    headers = {"content-type": reply.kind, **reply.headers, **more}
    return httpx.Response(reply.status, headers=headers, stream=Pieces(*pieces))


_Pieces = tuple[list[bytes], dict[str, str]]


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 50_000_000, 9)


_BODIES: Mapping[str, Callable[[bytes], _Pieces]] = {
    "truncated": lambda whole: ([whole[: len(whole) // 2]], {}),
    "length_too_short": lambda whole: ([whole[:-1]], {}),
    "garbled_gzip": lambda whole: ([gzip.compress(whole)[:10] + b"\xff" * 40], {"content-encoding": "gzip"}),
    "gzip_bomb": lambda _: ([_bomb()], {"content-encoding": "gzip"}),
    "json_100mb": lambda _: ([b"[", *[b" " * 1_000_000] * 100, b"]"], {}),
    "depth_200k": lambda _: ([b"[" * 200_000], {}),
}

_INSERTED = {
    "nan": b'"odd": NaN, ',
    "duplicate_keys": b'"odd": 1, "odd": 2, ',
    "surrogates": b'"odd": "\\ud800", ',
    "int_beyond_2_63": b'"odd": 92233720368547758089, ',
}


def _inserted(fault: str) -> Callable[[Reply, Backend], list[bytes]]:
    def insert(reply: Reply, _: Backend) -> list[bytes]:
        body = reply.body
        place = body.find(b"[{") + 2 if body.startswith((b'{"orders"', b'{"items"', b"[")) else 1
        return [body[:place] + _INSERTED[fault] + body[place:]]

    return insert


_STATES = re.compile(rb'("serviceState"|"eventType"|"status"|"Phase"): "[^"]*"')
_IDS = re.compile(rb'"(serviceEventUid|eventId|ServiceOrderId|serviceOrderUid|id)": ("[^"]*"|\d+)')


def _unknown(reply: Reply, _: Backend) -> list[bytes]:
    return [_STATES.sub(rb'\1: "AT_THE_MOON"', reply.body)]


def _renamed(reply: Reply, _: Backend) -> list[bytes]:
    return [_IDS.sub(rb'"theNumber": \2', reply.body)]


def _other_type(reply: Reply, _: Backend) -> list[bytes]:
    return [_IDS.sub(rb'"\1": {"of": 1}', reply.body)]


def _anothers(reply: Reply, backend: Backend) -> list[bytes]:
    return [json.dumps(backend.anothers(reply.value)).encode()]


_MEMBERS: Mapping[str, Callable[[Reply, Backend], list[bytes]]] = {
    **{name: _inserted(name) for name in _INSERTED},
    "unknown_enum": _unknown,
    "renamed_field": _renamed,
    "id_type": _other_type,
    "responses_swapped": _anothers,
}


def listed(fault: str, reply: Reply) -> httpx.Response:
    """Return a list as it looks when somebody adds and removes while it is paged through."""
    value: Any = reply.value
    name = next((one for one in ("orders", "items") if isinstance(value, dict) and one in value), None)
    items = value[name] if name else value
    if not isinstance(items, list):
        return whole(reply)
    shown = {"empty_list": [], "page_drift": [*items[:1], *items[:1], *items[2:]]}.get(fault, items)
    more: dict[str, Any] = {"more": fault in ("page_loop", "half_then_500")} if name == "orders" else {}
    if fault == "page_loop" and name == "orders":
        more |= {"cursor": "0"}
    if name == "items":
        more |= {"paging": {"totalCount": len(items) + 50 * (fault in ("page_loop", "half_then_500"))}}
    return whole(Reply(reply.status, {**value, name: shown, **more} if name else shown))
