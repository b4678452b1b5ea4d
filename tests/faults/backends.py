"""Be the five kinds of back end that TechDesk meets, in memory, each with a log of what took effect.

They speak their dialects' bytes, so that the real connectors stand in front of them. The log is kept by the server and
knows nothing of what the desk believes: what is written carries a text that is used once, and the log names that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import httpx

from tests.unit.connectors.answering import CAPABILITIES, ME, TYPES

ORDERS = tuple(f"0190f3e2-0000-7000-8000-00000000000{letter}" for letter in "abc")
"""Orders that every back end has: one that is worked on, one beside it, one that somebody else changes."""

CREATED = "2026-06-01T09:00:00.000Z"
CREATED_MS = 1_780_304_400_000
_RS_SAMPLE = Path(__file__).parents[1] / "data" / "resource_scheduler" / "sample.json"


@dataclass(frozen=True)
class Effect:
    """One thing that took effect: on which order, and the text that tells it from all others."""

    order: str
    what: str


@dataclass
class Reply:
    """What a server answers before anything befalls it."""

    status: int
    value: Any = None
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return b"" if self.value is None else json.dumps(self.value).encode()


class Backend:
    """What the five have in common.

    Attributes:
        effects: What took effect, in order.
        asked: Method and path of every request that arrived.
    """

    system = ""
    settings: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.asked: list[tuple[str, str]] = []
        self._numbers = count(1)

    def handle(self, request: httpx.Request) -> Reply:
        """Do what a request asks."""
        self.asked.append((request.method, request.url.path))
        body = json.loads(request.content) if request.content and self.is_json(request) else {}
        return self.answer(request, body)

    def is_json(self, request: httpx.Request) -> bool:
        return "json" in request.headers.get("content-type", "")

    def answer(self, request: httpx.Request, body: Any) -> Reply:
        """Answer one request whose body was read."""
        raise NotImplementedError

    def writes(self, request: httpx.Request) -> bool:
        """Say whether a request is one of the outbox's."""
        return request.method in ("POST", "PUT")

    def pulls(self, request: httpx.Request) -> bool:
        """Say whether a request asks for what is new."""
        raise NotImplementedError

    def edit(self, order: str, title: str) -> None:
        """Let somebody else change an order."""
        raise NotImplementedError

    def title(self, order: str) -> str:
        raise NotImplementedError

    def refusal(self, status: int) -> Any:
        """Return the body with which this server refuses."""
        return {"message": "Told by the server"}

    def anothers(self, value: Any) -> Any:
        """Return the answer to another desk's request of the same kind."""
        raise NotImplementedError

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The orders that it has from the start: worked on, beside it, changed by somebody else."""
        return ORDERS

    def _new_uid(self) -> str:
        return f"made-{next(self._numbers)}"


class FlowRetail(Backend):
    """TechDesk's own server: idempotency keys, revisions, a change feed."""

    system = "flow_retail"
    settings: ClassVar[dict[str, str]] = {"storeUid": "graz"}
    is_plain = False
    base = "/v2/tenants/t1/stores/graz/serviceorders"

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.feed: list[str] = []
        self.keys: dict[str, tuple[bytes, Reply]] = {}
        for uid in ORDERS:
            self._make(uid, {"title": f"Order {uid[-1]}", "serviceTypeUid": "t-depot"})

    def anothers(self, value: Any) -> Any:
        if "orders" in value or ("items" in value and "title" not in value):
            return ME
        if "serviceEventUid" in value:
            return {**value, "serviceEventUid": "of-another", "serviceOrderUid": ORDERS[2], "notes": "another's"}
        return self._whole(ORDERS[2])

    def _make(self, uid: str, wanted: dict[str, Any]) -> None:
        self.orders[uid] = {
            "serviceOrderUid": uid,
            "serviceState": "IN_PROGRESS",
            "serviceStatusUid": "s1",
            "storeUid": "graz",
            "createdAt": CREATED,
            "lastModifiedAt": CREATED,
            "revision": 1,
            **wanted,
        }
        self.events[uid] = []
        self.feed.append(uid)

    def pulls(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/changes")

    def refusal(self, status: int) -> Any:
        return {"type": "x", "title": "Refused", "status": status, "detail": "Told by the server", "code": "x"}

    def edit(self, order: str, title: str) -> None:
        self.orders[order]["title"] = title
        self._touch(order)

    def title(self, order: str) -> str:
        return str(self.orders[order]["title"])

    def _touch(self, order: str) -> None:
        self.orders[order]["revision"] += 1
        number = len(self.feed)
        self.orders[order]["lastModifiedAt"] = f"2026-06-01T{9 + number // 60:02}:{number % 60:02}:00.000Z"
        self.feed.append(order)

    def answer(self, request: httpx.Request, body: Any) -> Reply:
        path = request.url.path
        if path.startswith(self.base):
            return self._about_orders(request, path.removeprefix(self.base).strip("/"), body)
        if path == "/v2/capabilities":
            return Reply(200, CAPABILITIES)
        if path == "/v2/me":
            return Reply(200, ME)
        return self._listed(TYPES if path.endswith("/types") else [])

    def _about_orders(self, request: httpx.Request, step: str, body: Any) -> Reply:
        if request.method == "GET":
            return self._shown(request, step)
        key = request.headers.get("idempotency-key")
        if key in self.keys:
            same, reply = self.keys[key]
            return reply if same == request.content else Reply(422, {**self.refusal(422), "code": "key_reused"})
        reply = self._written(request, step, body)
        if key:
            self.keys[key] = (request.content, reply)
        return reply

    def _shown(self, request: httpx.Request, step: str) -> Reply:
        if step == "changes":
            since = int(request.url.params.get("since", 0))
            uids = dict.fromkeys(self.feed[since:])
            orders = [self._whole(uid) for uid in uids]
            return Reply(200, {"orders": orders, "deleted": [], "cursor": str(len(self.feed)), "more": False})
        uid, _, part = step.partition("/")
        if uid not in self.orders:
            return Reply(404, {**self.refusal(404), "code": "not_found"}, "application/problem+json")
        if not part:
            return Reply(200, self.orders[uid] | {"items": []})
        return self._listed(self.events[uid] if part == "events" else [])

    def _whole(self, uid: str) -> dict[str, Any]:
        return {**self.orders[uid], "items": [], "events": list(self.events[uid]), "hours": []}

    def _written(self, request: httpx.Request, step: str, body: Any) -> Reply:
        uid, _, part = step.partition("/")
        if uid and uid not in self.orders:
            return Reply(404, {**self.refusal(404), "code": "not_found"}, "application/problem+json")
        if request.method == "PUT":
            return self._put(request, uid, body)
        if part == "events":
            return self._event(uid, body)
        made = self._new_uid()
        self.effects.append(Effect(made, body["title"]))
        self._make(made, body)
        return Reply(201, self._whole(made))

    def _event(self, uid: str, body: Any) -> Reply:
        event = {
            "serviceEventUid": self._new_uid(),
            "serviceOrderUid": uid,
            "occurredAt": CREATED,
            "data": {},
            **body,
            "createdBy": "Kim Larsen",
            "revision": 1,
        }
        self.effects.append(Effect(uid, _unmarked(body["notes"])))
        self.events[uid].append(event)
        self._touch(uid)
        return Reply(201, event)

    def _put(self, request: httpx.Request, uid: str, body: Any) -> Reply:
        order = self.orders[uid]
        wanted = request.headers.get("if-match", "").strip('"')
        if wanted and wanted != str(order["revision"]):
            current = {**self.refusal(412), "code": "precondition_failed", "current": self._whole(uid)}
            return Reply(412, current, "application/problem+json")
        if any(order.get(name) != value for name, value in body.items()):
            order |= body
            self.effects.append(Effect(uid, str(body.get("title") or body.get("description"))))
            self._touch(uid)
        return Reply(200, self._whole(uid))

    def _listed(self, items: list[Any]) -> Reply:
        return Reply(200, {"items": items, "paging": {"pageNumber": 1, "pageSize": 250, "totalCount": len(items)}})


class PlainVendor(FlowRetail):
    """A vendor's server of the same dialect that has lists only: no keys, no revisions, no feed."""

    settings: ClassVar[dict[str, str]] = {"tenantUid": "t1", "storeUid": "graz", "currency": "EUR"}

    def pulls(self, request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path == self.base

    def refusal(self, status: int) -> Any:
        return {"message": "Told by the server"}

    def answer(self, request: httpx.Request, body: Any) -> Reply:
        if request.url.path in ("/v2/capabilities", "/v2/me"):
            return Reply(404, self.refusal(404))
        if request.url.path == self.base and request.method == "GET":
            newest = sorted(self.orders.values(), key=lambda one: str(one["lastModifiedAt"]), reverse=True)
            return self._listed(newest if request.url.params["pageNumber"] == "1" else [])
        request.headers.pop("idempotency-key", None)
        reply = super().answer(request, body)
        return Reply(reply.status, _without_revisions(reply.value), reply.kind)

    def _shown(self, request: httpx.Request, step: str) -> Reply:
        reply = super()._shown(request, step)
        return Reply(404, self.refusal(404)) if reply.status == 404 else reply


class Extend(Backend):
    """Extend with reads: events only, no keys; what is there is found by the mark in its metadata."""

    system = "extend"
    settings: ClassVar[dict[str, str]] = {"settleSeconds": "180"}

    def __init__(self) -> None:
        super().__init__()
        self.titles = {uid: f"Order {uid[-1]}" for uid in ORDERS}
        self.events: dict[str, list[dict[str, Any]]] = {uid: [] for uid in ORDERS}

    def pulls(self, request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path.rpartition("/")[2] in ORDERS

    def writes(self, request: httpx.Request) -> bool:
        return request.method == "POST" and any(uid in request.url.path for uid in ORDERS)

    def refusal(self, status: int) -> Any:
        return {"code": "x", "message": "Told by the server"}

    def anothers(self, value: Any) -> Any:
        if "id" in value:
            return {**value, "id": ORDERS[1]}
        return {**value, "serviceOrderId": ORDERS[2], "eventId": "of-another"}

    def edit(self, order: str, title: str) -> None:
        self.titles[order] = title

    def title(self, order: str) -> str:
        return self.titles[order]

    def answer(self, request: httpx.Request, body: Any) -> Reply:
        uid = request.url.path.partition("/service-orders/")[2].partition("/")[0]
        if uid not in self.titles:
            return Reply(404, {"code": "not_found", "message": "No such order"})
        if request.method == "GET":
            return Reply(200, self._shown(uid))
        event = {"eventId": self._new_uid(), "createdAt": CREATED_MS, "createdBy": "Kim", **body}
        self.effects.append(Effect(uid, body["notes"]))
        self.events[uid].append(event)
        told = {"serviceOrderId": uid, "eventId": event["eventId"], "event": body["event"], "receivedAt": CREATED_MS}
        return Reply(201, told)

    def _shown(self, uid: str) -> dict[str, Any]:
        return {
            "id": uid,
            "claimId": f"CLAIM-{uid[-1]}",
            "title": self.titles[uid],
            "serviceType": "repair_depot",
            "status": "IN_PROGRESS",
            "createdAt": CREATED_MS,
            "updatedAt": CREATED_MS,
            "acceptedAt": CREATED_MS,
            "events": self.events[uid],
        }


class BlindExtend(Extend):
    """Extend without reads: nothing can be found out."""

    settings: ClassVar[dict[str, str]] = {"settleSeconds": "180", "reads": "no"}

    def pulls(self, request: httpx.Request) -> bool:
        return False


class Scheduler(Backend):
    """A Resource Scheduler: tokens, whole orders by PUT, an older one refused in the body of a 200."""

    system = "resource_scheduler"
    settings: ClassVar[dict[str, str]] = {"userName": "Rosa", "currency": "EUR"}
    base = "/api/Services"

    def __init__(self) -> None:
        super().__init__()
        sample = json.loads(_RS_SAMPLE.read_bytes())
        plain = {name: [] if isinstance(value, list) else value for name, value in sample.items()}
        self._changes = count(1)
        self.tokens: set[str] = set()
        self.orders: dict[str, dict[str, Any]] = {}
        for number, uid in enumerate(ORDERS, 1):
            told = {"ServiceOrderId": number, "Description": f"Order {uid[-1]}", "Notes": "", "Error": "", "ErrorId": 0}
            self.orders[str(number)] = {**plain, **told, "Phase": "Accepted", "LastModified": self._now()}

    def pulls(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/GetServiceOrders")

    def writes(self, request: httpx.Request) -> bool:
        return request.method == "PUT"

    def refusal(self, status: int) -> Any:
        return {"Message": "Told by the server"}

    @property
    def order_ids(self) -> tuple[str, ...]:
        return ("1", "2", "3")

    def anothers(self, value: Any) -> Any:
        return self.orders["3"] if isinstance(value, dict) else {"access_token": "another's", "expires_in": 1}

    def edit(self, order: str, title: str) -> None:
        self.orders[order] |= {"Description": title, "LastModified": self._now()}

    def title(self, order: str) -> str:
        return str(self.orders[order]["Description"])

    def answer(self, request: httpx.Request, body: Any) -> Reply:
        step = request.url.path.rpartition("/")[2]
        if step == "token":
            self.tokens.add(token := f"token-{next(self._numbers)}")
            return Reply(200, {"access_token": token, "token_type": "bearer", "expires_in": 3600})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply(401, self.refusal(401))
        if step == "GetServiceOrders":
            return Reply(200, list(self.orders.values()))
        if step == "GetServiceOrder":
            return Reply(200, self.orders[request.url.params["serviceOrderId"]])
        return self._put(body)

    def _put(self, body: Any) -> Reply:
        number = str(body["ServiceOrderId"])
        order = self.orders[number]
        if body["LastModified"] != order["LastModified"]:
            return Reply(200, {**order, "Error": "The order was changed meanwhile", "ErrorId": 7})
        what = body["Description"] if body["Description"] != order["Description"] else body["Notes"]
        self.orders[number] = {**body, "LastModified": self._now()}
        self.effects.append(Effect(number, what))
        return Reply(200, self.orders[number])

    def _now(self) -> str:
        return f"2026-06-01T09:00:{next(self._changes):02}.1234567+00:00"


def _unmarked(text: str) -> str:
    return text.partition(" [TD ")[0]


def _without_revisions(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_revisions(one) for name, one in value.items() if name != "revision"}
    return [_without_revisions(one) for one in value] if isinstance(value, list) else value
