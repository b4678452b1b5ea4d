"""Record what a real server answers to every kind of request of every connector, for the fuzzing to spoil.

`python -m tests.faults.recording` writes the file anew, from a real server in a process of its own with sample data.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from techdesk.application.accounts import Account
from techdesk.application.exchange import FreezeTarget, PulledOrder, ServerQuery
from techdesk.application.network import BY_SYSTEM
from techdesk.application.outbox import FrozenRequest, Operation, Verb
from techdesk.application.ports import Connector
from techdesk.connectors import CONNECTORS
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.domain.records import Document, RecordType
from tests.support.server_process import ServerProcess, running_server

FILE = Path(__file__).parents[1] / "data" / "recorded_answers.json"
PASSWORD = "not-a-secret"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
_SAMPLE = ("--sample", "2")
_numbers = count(1)


@dataclass(frozen=True)
class Recorded:
    """One answer and what it answers."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def answer(self) -> Answer:
        """Return it as the client gives it to a connector."""
        return Answer(status=self.status, headers=dict(self.headers), body=self.body.encode("utf-8"))


@dataclass(frozen=True)
class Site:
    """One call of one connector, and the answers that it read.

    Attributes:
        world: Which back end.
        call: Which method of the port.
        settings: The account's.
        answers: What was answered, in order.
        operation: For `send` and `read_back`: what was sent.
        order: For `fetch` and `pull`: the order it is about.
        document: For `fetch`: what is known of it.
    """

    world: str
    call: str
    system: str
    settings: Mapping[str, str]
    answers: Sequence[Recorded]
    operation: Mapping[str, Any] = field(default_factory=dict)
    order: str = ""
    document: Document = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what it is called in a report."""
        what = "/".join(str(self.operation[name]) for name in ("record_type", "verb")) if self.operation else ""
        return f"{self.world} {self.call} {what}".strip()


def an_operation(told: Mapping[str, Any]) -> Operation:
    """Return a sent operation as it was recorded."""
    request = told["request"]
    return Operation(
        op_id=told["op_id"],
        account_id="a1",
        order_id="o1",
        record_type=RecordType(told["record_type"]),
        record_id="r1",
        verb=Verb(told["verb"]),
        intent=told["intent"],
        base=told["base"],
        created_at=NOON,
        attempts=1,
        request=FrozenRequest(
            method=request["method"],
            path=request["path"],
            headers=request["headers"],
            body=request["body"].encode(),
        ),
    )


@cache
def recorded() -> tuple[Site, ...]:
    """Return all that was recorded."""
    told = json.loads(FILE.read_text("utf-8"))
    return tuple(Site(**{**one, "answers": [Recorded(**answer) for answer in one["answers"]]}) for one in told)


class _Recorder:
    """Note what passes a connector's client."""

    def __init__(self, world: str, system: str, connector: Connector, settings: Mapping[str, str]) -> None:
        self._told = {"world": world, "system": system, "settings": dict(settings)}
        self.connector = connector
        self.sites: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []
        http: HttpClient = vars(connector)["_http"]
        self._exchange = http.exchange
        vars(http)["exchange"] = self._noted

    def _noted(self, request: FrozenRequest, deadline_s: float) -> Answer | Silence:
        came = self._exchange(request, deadline_s)
        assert isinstance(came, Answer) and came.body is not None
        kept = {name: value for name, value in came.headers.items() if name in ("content-type", "date", "retry-after")}
        body = '{"access_token": "t", "expires_in": 3600}' if request.path == "/token" else came.body.decode()
        noted = Recorded(request.method, request.path, came.status, kept, body)
        self._answers.append(asdict(noted))
        return came

    def call(self, name: str, deed: Callable[[], Any], **more: Any) -> Any:
        self._answers = []
        brought = deed()
        self.sites.append({**self._told, "call": name, "answers": self._answers, **more})
        return brought

    def send(self, record_type: RecordType, verb: Verb, intent: Document, target: FreezeTarget) -> Any:
        operation = Operation(
            op_id=f"0190f3e2-0000-7000-8000-{next(_numbers):012x}",
            account_id="a1",
            order_id="o1",
            record_type=record_type,
            record_id="r1",
            verb=verb,
            intent=intent,
            created_at=NOON,
            attempts=1,
        )
        frozen = replace(operation, request=self.connector.freeze(operation, target))
        assert frozen.request is not None
        told = {
            "op_id": frozen.op_id,
            "record_type": record_type.value,
            "verb": verb.value,
            "intent": dict(intent),
            "base": {},
            "request": asdict(frozen.request) | {"body": frozen.request.body.decode()},
        }
        outcome = self.call("send", lambda: self.connector.send(frozen), operation=told)
        self.call("read_back", lambda: self.connector.read_back(frozen), operation=told)
        return outcome


def _connector(system: str, address: str, secret: str, settings: Mapping[str, str]) -> Connector:
    account = Account(account_id="a1", name="A", system=system, address=address, settings=settings)
    return CONNECTORS[system].build(account, secret, BY_SYSTEM)


def _flow_retail(recorder: _Recorder) -> None:
    connector = recorder.connector
    facts = recorder.call("facts", connector.facts)
    page = recorder.call("pull", lambda: connector.pull(""))
    found = recorder.call("find", lambda: connector.find(ServerQuery(text="a")))
    recorder.call("fetch", lambda: connector.fetch(found[0]), order=found[0].server_id, document=found[0].document)
    kind = facts.references["service_types"][0]["service_type_uid"]
    wish = {"title": "No picture", "service_type_uid": kind, "description": "Since Monday"}
    made = recorder.send(RecordType.ORDER, Verb.CREATE, wish, _nothing())
    on = _on(made.server_id, made.server_id, made.revision, made.record)
    changed = recorder.send(RecordType.ORDER, Verb.UPDATE, {"title": "No sound", "warranty": True}, on)
    recorder.send(RecordType.ORDER, Verb.UPDATE, {"title": "Refused"}, on)
    on_order = _on(made.server_id, None, None, changed.record)
    for record_type, intent in _PARTS.items():
        part = recorder.send(record_type, Verb.CREATE, intent, on_order)
        on_part = _on(made.server_id, part.server_id, part.revision, part.record)
        recorder.send(record_type, Verb.UPDATE, {"note": "longer"} if "note" in intent else {"notes": "x"}, on_part)
    gone = _on(page.orders[0].server_id, "0190f3e2-0000-7000-8000-00000000ffff", None, {})
    recorder.send(RecordType.ITEM, Verb.DELETE, {}, gone)


_PARTS: Mapping[RecordType, Document] = {
    RecordType.ITEM: {"name": "Fuse", "quantity": "1.5", "price": "2.5 EUR", "note": "slow"},
    RecordType.HOURS: {"started_at": "2026-06-01T10:00:00.000Z", "ended_at": "2026-06-01T10:30:00.000Z", "note": "n"},
    RecordType.EVENT: {"event_type": "internal_note", "data": {"eventDate": 1780315200000}, "notes": "go"},
}


def _extend(recorder: _Recorder, orders: Sequence[str]) -> None:
    connector = recorder.connector
    recorder.call("facts", connector.facts)
    if connector.profile.pulls_followed:
        recorder.call("pull", lambda: connector.pull("", orders), order=" ".join(orders))
        found = recorder.call("find", lambda: connector.find(ServerQuery(text=orders[0])))
        recorder.call("fetch", lambda: connector.fetch(found[0]), order=orders[0], document=found[0].document)
    wish = {"event_type": "repair_started", "data": {"repairStartedAt": 1780315200000}, "notes": "go"}
    recorder.send(RecordType.EVENT, Verb.CREATE, wish, _on(orders[0], None, None, {}))
    recorder.send(RecordType.ORDER, Verb.ACCEPT, {"accepted": True, "reason": ""}, _on(orders[0], orders[0], None, {}))


def _scheduler(recorder: _Recorder) -> None:
    connector = recorder.connector
    recorder.call("facts", connector.facts)
    page = recorder.call("pull", lambda: connector.pull(""))
    order: PulledOrder = next(one for one in page.orders if one.document["service_state"] == "IN_PROGRESS")
    found = recorder.call("find", lambda: connector.find(ServerQuery(text=order.server_id)))
    recorder.call("fetch", lambda: connector.fetch(found[0]), order=order.server_id, document=found[0].document)
    on = replace(_on(order.server_id, order.server_id, order.revision, order.document), raw=order.raw)
    recorder.send(RecordType.ORDER, Verb.UPDATE, {"title": "Beamer hums", "description": "new"}, on)
    recorder.send(RecordType.ORDER, Verb.UPDATE, {"title": "Too late"}, on)


def _nothing() -> FreezeTarget:
    return FreezeTarget(order_server_id=None, record_server_id=None, revision=None, base=None)


def _on(order: str | None, record: str | None, revision: str | None, document: Document | None) -> FreezeTarget:
    return FreezeTarget(
        order_server_id=order, record_server_id=record, revision=revision, base=document, order=document or {}
    )


def _worlds(stack: ExitStack) -> Iterator[_Recorder]:
    server = stack.enter_context(running_server(Path(stack.enter_context(_folder())), *_SAMPLE))
    vendor = stack.enter_context(
        running_server(Path(stack.enter_context(_folder())), "--plain-vendor", database=server.database)
    )
    token = server.technician_token()
    server.run("user", "add", "Rosa", "--role", "supervisor", "--password-stdin", said=PASSWORD)
    me = httpx.get(f"{server.address}/v2/me", headers={"Authorization": f"Bearer {token}"}).json()
    place = {"tenantUid": me["tenantUid"], "storeUid": me["stores"][0]["storeUid"], "settleSeconds": "1"}
    own = _Recorder("flow_retail", "flow_retail", _connector("flow_retail", server.address, token, {}), {})
    _flow_retail(own)
    yield own
    plain = _Recorder("plain vendor", "flow_retail", _connector("flow_retail", vendor.address, token, place), place)
    _flow_retail(plain)
    yield plain
    server.run("user", "add", "Vera", "--role", "supervisor")
    token = str(server.run("token", "new", "--user", "Vera")["token"])
    orders = [one["id"] for one in _claims(server, token)]
    for reads in ("yes", "no"):
        settings = {"reads": reads}
        world = "extend" if reads == "yes" else "blind extend"
        one = _Recorder(world, "extend", _connector("extend", f"{server.address}/extend", token, settings), settings)
        _extend(one, orders)
        yield one
    for form in ("json", "xml"):
        settings = {"userName": "Rosa", "currency": "EUR", "format": form}
        address = f"{server.address}/RSMCP"
        desk = _connector("resource_scheduler", address, PASSWORD, settings)
        one = _Recorder(f"scheduler {form}", "resource_scheduler", desk, settings)
        _scheduler(one)
        yield one


def _claims(server: ServerProcess, token: str) -> list[dict[str, Any]]:
    headers = {"x-extend-access-token": token, "Accept": "application/json; version=latest"}
    path = f"{server.address}/extend/service-orders/search?claimId=CLAIM-4001"
    found: list[dict[str, Any]] = httpx.get(path, headers=headers).json()["serviceOrders"]
    return found


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def main() -> None:
    """Record everything."""
    sites: list[dict[str, Any]] = []
    with ExitStack() as stack:
        for recorder in _worlds(stack):
            sites += recorder.sites
            recorder.connector.close()
    FILE.write_text(json.dumps(sites, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(len(sites), "calls", FILE.stat().st_size // 1024, "KB")


if __name__ == "__main__":
    main()
