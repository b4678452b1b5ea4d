"""Stand in for the network under httpx: requests go to a function, answers come back in pieces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx

from techdesk.application.accounts import Account
from techdesk.connectors.flow_retail.connector import FlowRetailConnector

ADDRESS = "http://desk.example:8765"

ME = {
    "tenantUserUid": "u-kim",
    "displayName": "Kim Larsen",
    "role": "technician",
    "tenantUid": "t1",
    "stores": [
        {"storeUid": "oslo", "name": "Oslo", "currency": "NOK", "timeZone": "Europe/Oslo"},
        {"storeUid": "graz", "name": "Graz", "currency": "EUR", "timeZone": "Europe/Vienna"},
    ],
}
CAPABILITIES = {
    "server": "techdesk",
    "version": "1",
    "idempotencyKeys": True,
    "idempotencyKeyDays": 30,
    "etags": True,
    "changes": True,
}
TYPES = [{"serviceTypeUid": "t-depot", "name": "Bench", "serviceKind": "repair_depot"}]


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces; one that is an exception breaks it off."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def answer(status: int, *pieces: bytes | Exception, **headers: str) -> httpx.Response:
    """Return an answer whose body comes in pieces; `content_type` is the header `content-type`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=Pieces(*pieces))


def json_answer(value: Any, status: int = 200, **headers: str) -> httpx.Response:
    """Return an answer in JSON."""
    return answer(status, json.dumps(value).encode(), **{"content_type": "application/json"} | headers)


def problem(status: int, code: str, detail: str = "", **members: Any) -> httpx.Response:
    """Return a refusal as our server words it."""
    body = {"type": "x", "title": f"Title of {code}", "status": status, "detail": detail, "code": code, **members}
    return json_answer(body, status, content_type="application/problem+json")


def listed(*items: Any) -> httpx.Response:
    """Return a list's only page."""
    return json_answer({"items": items, "paging": {"pageNumber": 1, "pageSize": 500, "totalCount": len(items)}})


Handler = Callable[[httpx.Request], httpx.Response]


class Routes:
    """Answers by the end of the path; the rest of a sign-in is answered believably."""

    def __init__(self, **answers: httpx.Response | Handler) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: Mapping[str, httpx.Response | Handler] = {
            "capabilities": lambda _: json_answer(CAPABILITIES),
            "me": lambda _: json_answer(ME),
            "types": lambda _: listed(*TYPES),
            **answers,
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        chosen = self._answers.get(request.url.path.rpartition("/")[2], lambda _: listed())
        return chosen if isinstance(chosen, httpx.Response) else chosen(request)


def connector(
    handler: Handler, *, token: str = "secret-token", address: str = ADDRESS, **settings: str
) -> FlowRetailConnector:
    """Return a connector whose requests go to `handler`."""
    account = Account(account_id="a1", name="Bench", system="flow_retail", address=address, settings=settings)
    return FlowRetailConnector(account, token, transport=httpx.MockTransport(handler))


def an_order(uid: str, **members: Any) -> dict[str, Any]:
    """Return an order as Flow Retail shows it."""
    return {"serviceOrderUid": uid, "title": "No power", "serviceTypeUid": "t-depot", "revision": 3, **members}
