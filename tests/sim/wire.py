"""Put the server of a schedule behind Flow Retail's HTTP, with the faults of its weather at the level of HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from techdesk.application.exchange import PulledOrder
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.flow_retail.mapping import PARTS, UIDS, camel
from techdesk.connectors.flow_retail.reading import Reader
from techdesk.domain.errors import CursorExpiredError
from techdesk.domain.records import Document, RecordType
from tests.sim.weather import LATE_COMMIT_S
from tests.support.builders import an_account
from tests.unit.connectors.answering import ADDRESS, ME, Routes, answer, json_answer, problem

if TYPE_CHECKING:
    from tests.sim.world import World

CANARY = "canary-5f3e9a77-secret"
PAGE = 3
ONE_STORE = ME | {"stores": ME["stores"][:1]}
_PATH = "/serviceorders"


class WiredConnector(FlowRetailConnector):
    """The real connector over a wire to the server of a schedule."""

    def __init__(self, world: World) -> None:
        self.wire = Wire(world)
        account = an_account(address=ADDRESS)
        super().__init__(account, CANARY, transport=httpx.MockTransport(self.wire))

    @property
    def sent(self) -> list[tuple[str, bytes, tuple[tuple[str, str], ...]]]:
        """Return what went out: operation, body, headers."""
        return self.wire.sent

    def send(self, operation: Operation) -> Outcome:
        self.wire.operation = operation
        return super().send(operation)


class Wire:
    """Take requests as the network does: some never arrive, some are answered by others, some answers are lost."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = world.server
        self._reader = Reader("NOK", {"t-depot": "repair_depot"})
        self._routes = Routes(me=lambda _: json_answer(ONE_STORE))
        self.operation: Operation | None = None
        self.sent: list[tuple[str, bytes, tuple[tuple[str, str], ...]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") != f"Bearer {CANARY}":
            self._world.broken.append("a request without its credential went out")
        kept_out = self._kept_out(request)
        if kept_out is not None:
            return kept_out
        return self._read(request) if request.method == "GET" else self._written(request)

    def _kept_out(self, request: httpx.Request) -> httpx.Response | None:
        weather, strikes = self._world.weather, self._world.strikes
        if strikes(weather.not_sent):
            raise httpx.ConnectError("refused", request=request)
        if strikes(weather.captive):
            return answer(200, b"<html>Sign in to this network</html>", content_type="text/html")
        if strikes(weather.signed_out):
            return problem(401, "unauthorized")
        if strikes(weather.throttled):
            seconds = self._world.random.choice(("1", "20", "60"))
            return json_answer({"code": "busy", "title": "Busy", "status": 429}, 429, retry_after=seconds)
        return None

    # What the desk writes.
    def _written(self, request: httpx.Request) -> httpx.Response:
        weather, strikes, world = self._world.weather, self._world.strikes, self._world
        operation, body = self._as_ours(request), request.content
        named = {name: value for name, value in request.headers.items() if name in ("idempotency-key", "if-match")}
        self.sent.append((operation.op_id, body, tuple(sorted(named.items()))))
        if "tmp_" in str(request.url) or b"tmp_" in body:
            world.broken.append(f"I13: our own id went out in {request.url.path}")
        if strikes(weather.lost_request):
            raise httpx.ReadTimeout("no answer", request=request)
        if strikes(weather.error_before):
            return answer(502, b"Bad gateway")
        if strikes(weather.late_commit):
            world.later(world.random.uniform(0, LATE_COMMIT_S), lambda: self._server.handle(operation))
            raise httpx.ReadError("reset", request=request)
        told = self._server.handle(operation)
        if strikes(weather.doubled):
            self._server.handle(operation)
        if strikes(weather.lost_answer):
            raise httpx.RemoteProtocolError("Server disconnected", request=request)
        if strikes(weather.error_after):
            return answer(500, b"")
        return self._told(operation, told, is_cut=strikes(weather.unreadable))

    def _as_ours(self, request: httpx.Request) -> Operation:
        """Return the operation as the server keeps it: documents, and ids in place of a path."""
        operation = self.operation
        assert operation is not None
        ids = _ids(request.url.path)
        raw = json.loads(request.content) if request.content else {}
        found = self._reader.record(operation.record_type, {**raw, UIDS[operation.record_type]: "x"}).document
        document = {name: value for name, value in found.items() if camel(name) in raw}
        headers = {"Idempotency-Key": request.headers.get("Idempotency-Key")}
        headers["If-Match"] = request.headers.get("If-Match", "").strip('"') or None
        frozen = FrozenRequest(
            method=request.method,
            path=f"/{json.dumps(ids)}",
            headers={name: value for name, value in headers.items() if value},
            body=json.dumps(document, sort_keys=True).encode(),
        )
        return replace(operation, request=frozen)

    def _told(self, operation: Operation, told: Outcome, *, is_cut: bool) -> httpx.Response:
        if told.kind is OutcomeClass.APPLIED and told.record is None:
            return answer(204)
        if told.kind is OutcomeClass.APPLIED:
            body = json.dumps(self._record(operation, told)).encode()
            cut = (body[: len(body) // 2], httpx.ReadError("reset"))
            pieces = cut if is_cut else (body,)
            return answer(told.http_status or 200, *pieces, content_type="application/json")
        if told.kind is OutcomeClass.PRECONDITION:
            return problem(412, "revision_mismatch", current=self._record(operation, told))
        codes = {OutcomeClass.GONE: "not_found", OutcomeClass.KEY_CLASH: "key_reused"}
        return problem(told.http_status or 409, codes.get(told.kind, "closed"))

    def _record(self, operation: Operation, told: Outcome) -> dict[str, Any]:
        server_id = told.server_id or ""
        thing = self._server.things.get(server_id)
        assert operation.request is not None
        # a key may be answered again for an order that is gone by now
        order_id = thing.order_id if thing else json.loads(operation.request.path[1:]).get("order", server_id)
        return _raw(operation.record_type, server_id, order_id, told.record or {}, told.revision)

    # What the desk reads.
    def _read(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/changes"):
            return self._page(request.url.params.get("since", ""))
        if f"{_PATH}/" in path and "/stores/" in path:
            return self._order(path.rpartition("/")[2])
        return self._routes(request)

    def _page(self, since: str) -> httpx.Response:
        try:
            page = self._server.page(since, PAGE)
        except CursorExpiredError:
            return problem(410, "cursor_expired")
        orders = [_whole(one) for one in page.orders]
        return json_answer({"orders": orders, "deleted": page.deleted, "cursor": page.cursor, "more": page.more})

    def _order(self, server_id: str) -> httpx.Response:
        if server_id not in self._server.things:
            return problem(404, "not_found")
        return json_answer(_whole(self._server.pulled(server_id)))

    def shown(self, server_id: str) -> Document:
        """Return a record of the server as the desk reads it."""
        thing = self._server.things[server_id]
        raw = _raw(thing.record_type, server_id, thing.order_id, thing.document, None)
        return self._reader.record(thing.record_type, raw).document


def _ids(path: str) -> dict[str, str]:
    """Return the server's ids in a path: of the order, and of the record that is written."""
    steps = path.partition(_PATH)[2].strip("/").split("/")
    if steps == [""]:
        return {}
    ids = {"order": steps[0], "record": steps[-1] if len(steps) == 3 else steps[0]}
    return ids if len(steps) != 2 else {"order": steps[0]}


def _raw(
    record_type: RecordType, server_id: str, order_id: str, document: Mapping[str, Any], revision: str | None
) -> dict[str, Any]:
    """Return a record as the wire has it."""
    raw: dict[str, Any] = {camel(name): value for name, value in document.items() if name != "service_kind"}
    if document.get("service_kind") == "repair_depot":
        raw["serviceTypeUid"] = "t-depot"
    if "quantity" in raw:
        raw["quantity"] = float(raw["quantity"])
    raw |= {"serviceOrderUid": order_id, UIDS[record_type]: server_id}
    return raw | ({} if revision is None else {"revision": int(revision)})


def _whole(order: PulledOrder) -> dict[str, Any]:
    raw = _raw(RecordType.ORDER, order.server_id, order.server_id, order.document, order.revision)
    for record_type, part in PARTS.items():
        ours = [one for one in order.parts if one.record_type is record_type]
        raw[part.member] = [
            _raw(record_type, one.server_id, order.server_id, one.document, one.revision) for one in ours
        ]
    return raw
