"""Be a back end in memory: idempotency keys, revisions, a change feed, and a log of every effect.

The log is the truth that tests compare with: it says what took effect, for which operation, in which order. It is kept
by the server and knows nothing of what the desk believes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.exchange import (
    AccountFacts,
    FreezeTarget,
    PulledOrder,
    PulledPart,
    PullPage,
    ReadBack,
    ServerQuery,
    Sighting,
)
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.domain.errors import CursorExpiredError, NotFoundError
from techdesk.domain.records import FOLLOWS, Document, RecordType, compact, overlay

KEYED = Profile(creates=Dedup.KEYED, key_life_s=30 * 86400.0, has_etags=True, has_feed=True)


@dataclass(frozen=True)
class Effect:
    """One thing that took effect."""

    op_id: str
    order_id: str
    record_id: str
    server_id: str
    verb: Verb
    replaced: Document = field(default_factory=dict)
    written: Document = field(default_factory=dict)


@dataclass
class Thing:
    """A record on the server."""

    record_type: RecordType
    order_id: str
    document: Document
    revision: int = 1


@dataclass
class FakeServer:
    """A back end with every guarantee, to be broken by the network in front of it.

    Attributes:
        things: What there is, by the server's id.
        effects: What took effect, in order.
        answers: What was answered to each idempotency key.
        closed: Orders that take no more work.
        eras: The starts of the server: each one's name, and how many changes there were; a cursor names its era.
    """

    things: dict[str, Thing] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    answers: dict[str, tuple[bytes, Outcome]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    eras: list[tuple[str, int]] = field(default_factory=lambda: [("", 0)])

    # What people do there by other means.
    def put_order(self, server_id: str, **document: Any) -> None:
        self.things[server_id] = Thing(RecordType.ORDER, server_id, compact(document))
        self.changes.append(server_id)

    def put_part(self, order_id: str, server_id: str, record_type: RecordType, **document: Any) -> None:
        self.things[server_id] = Thing(record_type, order_id, compact(document), 0)
        self._touch(self.things[server_id])

    def edit(self, server_id: str, **fields: Any) -> None:
        thing = self.things[server_id]
        thing.document = overlay(thing.document, fields)
        self._touch(thing)

    def remove(self, server_id: str) -> None:
        thing = self.things.pop(server_id)
        self.removed[server_id] = thing.order_id
        if thing.record_type is RecordType.ORDER:
            for name in [name for name, one in self.things.items() if one.order_id == server_id]:
                del self.things[name]
        else:
            self._touch(self.things[thing.order_id])
        self.changes.append(thing.order_id)

    # What the desk sends.
    def handle(self, operation: Operation) -> Outcome:
        """Do what a frozen request asks, once."""
        request = operation.request
        assert request is not None
        key = request.headers.get("Idempotency-Key")
        if key in self.answers:
            body, answer = self.answers[key]
            same = body == request.body
            return answer if same else Outcome(kind=OutcomeClass.KEY_CLASH, http_status=422, code="key_reused")
        answer = self._do(operation, request)
        if key is not None:
            self.answers[key] = (request.body, answer)
        return answer

    def _do(self, operation: Operation, request: FrozenRequest) -> Outcome:
        order_id = _ids(request).get("order")
        if order_id is not None and order_id not in self.things:
            return Outcome(kind=OutcomeClass.GONE, http_status=404, reason="It is no longer there")
        if request.method == "POST":
            return self._post(operation, request)
        thing = self.things.get(_ids(request)["record"])
        if thing is None:
            return Outcome(kind=OutcomeClass.GONE, http_status=404, reason="It is no longer there")
        if request.headers.get("If-Match") not in (None, str(thing.revision)):
            return _answer(OutcomeClass.PRECONDITION, 412, _ids(request)["record"], thing)
        if thing.order_id in self.closed:
            return Outcome(kind=OutcomeClass.REJECTED, http_status=409, reason="The order is closed")
        return self._put(operation, request, thing) if request.method == "PUT" else self._delete(operation, request)

    def _post(self, operation: Operation, request: FrozenRequest) -> Outcome:
        order_id = _ids(request).get("order")
        if order_id in self.closed:
            return Outcome(kind=OutcomeClass.REJECTED, http_status=409, reason="The order is closed")
        written = json.loads(request.body)
        if operation.verb is Verb.ACCEPT:
            assert order_id is not None
            thing, server_id = self.things[order_id], order_id
            thing.document = overlay(thing.document, written)
        else:
            server_id = f"s{len(self.effects)}-{operation.op_id[-4:]}"
            thing = Thing(operation.record_type, order_id or server_id, compact(written), 0)
            self.things[server_id] = thing
        self._log(operation, server_id, {}, written)
        self._touch(thing)
        return _answer(OutcomeClass.APPLIED, 201, server_id, thing)

    def _put(self, operation: Operation, request: FrozenRequest, thing: Thing) -> Outcome:
        written = json.loads(request.body)
        self._log(operation, _ids(request)["record"], {name: thing.document.get(name) for name in written}, written)
        thing.document = overlay(thing.document, written)
        self._touch(thing)
        return _answer(OutcomeClass.APPLIED, 200, _ids(request)["record"], thing)

    def _delete(self, operation: Operation, request: FrozenRequest) -> Outcome:
        server_id = _ids(request)["record"]
        self._log(operation, server_id, dict(self.things[server_id].document), {})
        self.remove(server_id)
        return Outcome(kind=OutcomeClass.APPLIED, http_status=204)

    def _log(self, operation: Operation, server_id: str, replaced: Document, written: Document) -> None:
        self.effects.append(
            Effect(
                op_id=operation.op_id,
                order_id=operation.order_id,
                record_id=operation.record_id,
                server_id=server_id,
                verb=operation.verb,
                replaced=replaced,
                written=written,
            )
        )

    def revision_step(self) -> int:
        """Return by how much a revision grows."""
        return 1

    def _touch(self, thing: Thing) -> None:
        thing.revision += self.revision_step()
        order = self.things.get(thing.order_id)
        if order is not None and order is not thing:
            order.revision += self.revision_step()
        self.changes.append(thing.order_id)

    # What the desk reads.
    def page(self, cursor: str, size: int = 50) -> PullPage:
        """Return the changes after a cursor, each order once and whole."""
        start = self._start(cursor) if cursor else 0
        ids = list(dict.fromkeys(self.changes[start:]))
        chosen = ids[:size]
        end = len(self.changes) if len(ids) == len(chosen) else start + self.changes[start:].index(ids[size])
        return PullPage(
            orders=[self.pulled(one) for one in chosen if one in self.things],
            deleted=[one for one in chosen if one not in self.things],
            cursor=f"{self.eras[-1][0]}{end}",
            more=end < len(self.changes),
        )

    def _start(self, cursor: str) -> int:
        """Return the place that a cursor means, if it was given in an era that is known and not after its end."""
        era, colon, number = cursor.rpartition(":")
        names = [name for name, _ in self.eras]
        ends = [*(first for _, first in self.eras[1:]), len(self.changes)]
        known = dict(zip(names, ends, strict=True))
        if int(number) > known.get(era + colon, -1):
            raise CursorExpiredError
        return int(number)

    def sighting(self, operation: Operation) -> ReadBack:
        """Return what a complete read shows of an operation, as if every record carried the operation that made it.

        Of a change or a removal it shows the record as it is now.
        """
        if operation.verb in (Verb.UPDATE, Verb.DELETE):
            return self._as_it_is(operation)
        effects = [one for one in self.effects if one.op_id == operation.op_id]
        if not effects:
            return ReadBack(sighting=Sighting.ABSENT)
        thing = self.things.get(effects[0].server_id)
        return ReadBack(
            sighting=Sighting.FOUND,
            server_id=effects[0].server_id,
            record=dict(thing.document) if thing else None,
            revision=str(thing.revision) if thing else None,
        )

    def _as_it_is(self, operation: Operation) -> ReadBack:
        assert operation.request is not None
        server_id = _ids(operation.request)["record"]
        thing = self.things.get(server_id)
        if thing is None:
            return ReadBack(sighting=Sighting.GONE)
        return ReadBack(
            sighting=Sighting.SHOWN,
            server_id=server_id,
            record=dict(thing.document),
            revision=str(thing.revision),
        )

    def pulled(self, server_id: str) -> PulledOrder:
        thing = self.things[server_id]
        parts = [
            PulledPart(
                record_type=one.record_type, server_id=name, document=dict(one.document), revision=str(one.revision)
            )
            for name, one in self.things.items()
            if one.order_id == server_id and name != server_id
        ]
        return PulledOrder(
            server_id=server_id, document=dict(thing.document), revision=str(thing.revision), parts=parts
        )


class FakeConnector:
    """Speak to a `FakeServer` as a connector does."""

    def __init__(self, server: FakeServer, profile: Profile = KEYED) -> None:
        self.server = server
        self.profile = profile
        self.is_closed = False

    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        return freeze(operation, target, self.profile)

    def send(self, operation: Operation) -> Outcome:
        return self.server.handle(operation)

    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        return self.server.page(cursor)

    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        orders = [name for name, one in self.server.things.items() if one.record_type is RecordType.ORDER]
        found = [name for name in orders if wanted.text in self.server.things[name].document.get("title", "")]
        return [replace(self.server.pulled(name), parts=()) for name in found]

    def fetch(self, found: PulledOrder) -> PulledOrder:
        if found.server_id not in self.server.things:
            raise NotFoundError("It is no longer there")
        return self.server.pulled(found.server_id)

    def read_back(self, operation: Operation) -> ReadBack:
        return self.server.sighting(operation)

    def facts(self) -> AccountFacts:
        return AccountFacts(
            user_uid="u-kim",
            user_name="Kim Larsen",
            role="technician",
            profile=self.profile,
            references={"users": [{"tenant_user_uid": "u-kim", "display_name": "Kim Larsen"}]},
        )

    def close(self) -> None:
        self.is_closed = True


def freeze(operation: Operation, target: FreezeTarget, profile: Profile) -> FrozenRequest:
    """Render an operation; pure."""
    ids = compact({"order": target.order_server_id, "record": target.record_server_id})
    headers: dict[str, str] = {}
    if operation.verb in (Verb.CREATE, Verb.ACCEPT):
        method = "POST"
        if profile.creates is Dedup.KEYED:
            headers["Idempotency-Key"] = operation.op_id
    else:
        method = "PUT" if operation.verb is Verb.UPDATE else "DELETE"
        if profile.has_etags and target.revision:
            headers["If-Match"] = target.revision
    sent = {name: value for name, value in operation.intent.items() if name not in FOLLOWS}
    body = b"" if operation.verb is Verb.DELETE else json.dumps(sent, sort_keys=True).encode()
    return FrozenRequest(method=method, path=f"/{json.dumps(ids, sort_keys=True)}", headers=headers, body=body)


def _ids(request: FrozenRequest) -> Mapping[str, str]:
    ids: dict[str, str] = json.loads(request.path[1:])
    return ids


def _answer(kind: OutcomeClass, status: int, server_id: str, thing: Thing) -> Outcome:
    return Outcome(
        kind=kind,
        http_status=status,
        server_id=server_id,
        record=dict(thing.document),
        revision=str(thing.revision),
    )
