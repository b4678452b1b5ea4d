"""Speak the Flow Retail dialect for one account (`docs/backends.md`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from techdesk.application.accounts import Account, Profile
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.application.ports import AccountFacts, BadRecord, FreezeTarget, PulledOrder, PullPage
from techdesk.connectors.answers import (
    Refusal,
    failure_of,
    is_foreign,
    outcome_of_refusal,
    outcome_of_silence,
    server_time,
)
from techdesk.connectors.flow_retail.mapping import PARTS, snake
from techdesk.connectors.flow_retail.profile import OWN, profile_of
from techdesk.connectors.flow_retail.reading import Catalog, Reader
from techdesk.connectors.flow_retail.tenancy import Tenancy, parse_place
from techdesk.connectors.flow_retail.writing import body_of
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.domain.errors import (
    Busy,
    ConnectionFailed,
    CursorExpired,
    InvalidInput,
    Offline,
    WrongAddress,
    WrongVersion,
)
from techdesk.domain.records import RecordType, compact
from techdesk.wire.flow_retail import Capabilities, Me, Problem

PAGE = 500
SEND_DEADLINE_S = 30.0
FETCH_DEADLINE_S = 60.0
_REFERENCES = {
    "service_types": "serviceorders/types",
    "service_statuses": "serviceorders/statuses",
    "hourly_rates": "serviceorders/hourlyrates",
    "users": "users",
    "warehouses": "warehouses",
    "products": "products",
}
_CODES = {"key_in_progress": OutcomeClass.KEY_BUSY, "key_reused": OutcomeClass.KEY_CLASH}
_JSON = {"Content-Type": "application/json"}

_Model = TypeVar("_Model", bound=BaseModel)


class FlowRetailConnector:
    """Implement the `Connector` port; safe to use from several threads."""

    def __init__(self, account: Account, secret: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Keep how to sign in; nothing is called yet.

        Args:
            account: Its address is what stands before `/v2`; its setting `storeUid` narrows it to one store.
            secret: The bearer token.
            transport: Stands in for the network in tests.

        Raises:
            InvalidInput: The address cannot be one.
        """
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        self._http = HttpClient(account.address, headers, transport=transport)
        self._only_store = account.settings.get("storeUid", "")
        self._profile = OWN
        self._tenancy: Tenancy | None = None
        self._lock = threading.Lock()

    @property
    def profile(self) -> Profile:
        """Return what the server guarantees: its own word once `facts` was called, TechDesk's own before."""
        return self._profile

    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        """Render the exact bytes of an operation.

        Raises:
            NotSupported: The server would refuse it by its type.
            ConnectionFailed: A new order's store is not known before `facts` has succeeded.
        """
        headers = dict(_JSON)
        if operation.verb in (Verb.CREATE, Verb.ACCEPT):
            headers["Idempotency-Key"] = operation.op_id
        elif target.revision is not None:
            headers["If-Match"] = f'"{target.revision}"'
        methods = {Verb.UPDATE: "PUT", Verb.DELETE: "DELETE"}
        return FrozenRequest(
            method=methods.get(operation.verb, "POST"),
            path=self._path(operation, target),
            headers=headers,
            body=body_of(operation),
        )

    def send(self, operation: Operation) -> Outcome:
        """Send the frozen request of an operation and classify what came of it."""
        if operation.request is None:
            raise AssertionError("only a frozen operation is sent")
        came = self._http.exchange(operation.request, SEND_DEADLINE_S)
        if isinstance(came, Silence):
            return outcome_of_silence(came)
        if not 200 <= came.status < 300 or is_foreign(came):
            return self._refused(operation, came)
        if operation.verb is Verb.DELETE:
            return Outcome(kind=OutcomeClass.APPLIED, http_status=came.status)
        return self._applied(operation, came)

    def pull(self, cursor: str) -> PullPage:
        """Fetch the page after `cursor`; with several stores, one store after the other.

        Raises:
            ConnectionFailed: It could not be fetched.
            CursorExpired: The server no longer knows the cursor.
        """
        tenancy = self._known_tenancy()
        place = parse_place(cursor, tenancy.store_uids)
        query = {"limit": str(PAGE)}
        if since := place.cursors.get(place.store_uid):
            query["since"] = since
        path = f"{tenancy.store_path(place.store_uid)}/serviceorders/changes"
        answer = self._get(f"{path}?{httpx.QueryParams(query)}")
        page = _json_object(answer)
        has_more = page.get("more") is True
        following = place.after(str(page.get("cursor", "")), tenancy.store_uids, more=has_more)
        orders, bad = self._read_orders(page.get("orders") or [], place.store_uid)
        return PullPage(
            orders=orders,
            bad=bad,
            deleted=[one for one in page.get("deleted") or [] if isinstance(one, str)],
            cursor=str(following),
            more=has_more or following.store_uid != tenancy.store_uids[0],
            server_time=server_time(answer.headers),
        )

    def facts(self) -> AccountFacts:
        """Sign in and fetch what one can choose from.

        Raises:
            ConnectionFailed: In words that say what is wrong.
        """
        told = self._capabilities()
        me = _validated(Me, self._get("/v2/me"))
        tenant = f"/v2/tenants/{me.tenant_uid}"
        currency = me.stores[0].currency if me.stores else ""
        references = {kind: self._references(f"{tenant}/{path}", currency) for kind, path in _REFERENCES.items()}
        references["stores"] = [compact(one.model_dump(mode="json")) for one in me.stores]
        kinds = {one["service_type_uid"]: one.get("service_kind", "") for one in references["service_types"]}
        tenancy = Tenancy(me, self._only_store, Catalog({one.store_uid: one.currency for one in me.stores}, kinds))
        with self._lock:
            self._profile, self._tenancy = profile_of(told), tenancy
        return AccountFacts(
            user_uid=me.tenant_user_uid,
            user_name=me.display_name,
            role=me.role.value,
            profile=self._profile,
            references=references,
            server_version=told.version,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _path(self, operation: Operation, target: FreezeTarget) -> str:
        tenancy = self._known_tenancy()
        orders = f"{tenancy.store_path(tenancy.store_of(target.order))}/serviceorders"
        if operation.record_type is RecordType.ORDER:
            path = orders if operation.verb is Verb.CREATE else f"{orders}/{target.record_server_id}"
            return f"{path}/accept" if operation.verb is Verb.ACCEPT else path
        parts = f"{orders}/{target.order_server_id}/{PARTS[operation.record_type][0]}"
        return parts if operation.verb is Verb.CREATE else f"{parts}/{target.record_server_id}"

    def _known_tenancy(self) -> Tenancy:
        with self._lock:
            if self._tenancy is None:
                raise Offline
            return self._tenancy

    def _reader(self, store_uid: str) -> Reader:
        return self._known_tenancy().reader(store_uid)

    def _applied(self, operation: Operation, answer: Answer) -> Outcome:
        try:
            raw = _json_object(answer)
            record_type = RecordType.ORDER if operation.verb is Verb.ACCEPT else operation.record_type
            found = self._reader(self._store_in(operation)).record(record_type, raw)
        except (InvalidInput, ConnectionFailed):
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        return Outcome(
            kind=OutcomeClass.APPLIED,
            http_status=answer.status,
            server_id=found.server_id,
            record=found.document,
            revision=found.revision,
        )

    def _refused(self, operation: Operation, answer: Answer) -> Outcome:
        problem = _problem(answer)
        outcome = outcome_of_refusal(answer, _refusal(problem))
        if outcome.kind is not OutcomeClass.PRECONDITION or not problem or not problem.current:
            return outcome
        try:
            found = self._reader(self._store_in(operation)).record(operation.record_type, problem.current)
        except (InvalidInput, ConnectionFailed):
            return outcome
        return Outcome(
            kind=outcome.kind,
            http_status=outcome.http_status,
            reason=outcome.reason,
            record=found.document,
            revision=found.revision,
            code=outcome.code,
        )

    def _store_in(self, operation: Operation) -> str:
        """Return the store that stands in the frozen path of an operation."""
        path = operation.request.path if operation.request else ""
        return path.partition("/stores/")[2].partition("/")[0]

    def _read_orders(self, raw_orders: list[Any], store_uid: str) -> tuple[list[PulledOrder], list[BadRecord]]:
        """Read orders one by one, so that a malformed one is set aside with its raw text and the rest goes in."""
        reader = self._reader(store_uid)
        orders: list[PulledOrder] = []
        bad: list[BadRecord] = []
        for raw in raw_orders:
            try:
                orders.append(reader.whole_order(raw))
            except InvalidInput as error:
                uid = raw.get("serviceOrderUid") if isinstance(raw, dict) else None
                text = json.dumps(raw, ensure_ascii=True).encode()
                bad.append(BadRecord(server_id=uid if isinstance(uid, str) else "", reason=str(error), raw=text))
        return orders, bad

    def _capabilities(self) -> Capabilities:
        came = self._http.exchange(FrozenRequest(method="GET", path="/v2/capabilities"), FETCH_DEADLINE_S)
        if isinstance(came, Answer) and came.status == 404 and _problem(came) is None and not is_foreign(came):
            raise WrongAddress
        if isinstance(came, Answer) and came.status == 404 and not is_foreign(came):
            raise WrongVersion
        told = _validated(Capabilities, self._checked(came))
        if not told.changes:
            raise WrongVersion
        return told

    def _references(self, path: str, currency: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            page = _json_object(self._get(f"{path}?pageNumber={number}&pageSize={PAGE}"))
            items = page.get("items") or []
            found += [_reference(one, currency) for one in items if isinstance(one, dict)]
            paging = page.get("paging") or {}
            if not items or len(found) >= int(paging.get("totalCount") or 0):
                return found
            number += 1

    def _get(self, path: str) -> Answer:
        return self._checked(self._http.exchange(FrozenRequest(method="GET", path=path), FETCH_DEADLINE_S))

    def _checked(self, came: Answer | Silence) -> Answer:
        """Return an answer with a 2xx and a body.

        Raises:
            CursorExpired: The server no longer knows our place in its feed.
            ConnectionFailed: In words that say what is wrong.
        """
        if isinstance(came, Answer):
            if 200 <= came.status < 300 and came.body is not None and not is_foreign(came):
                return came
            problem = _problem(came)
            if problem and problem.code == "cursor_expired":
                raise CursorExpired
            raise failure_of(came, is_https=self._is_https, refusal=_refusal(problem))
        raise failure_of(came, is_https=self._is_https)

    @property
    def _is_https(self) -> bool:
        return self._http.url.scheme == "https"


def _reference(raw: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return a thing to choose from as a document; its prices gain the currency."""
    named = {snake(name): value for name, value in raw.items()}
    for name in ("price", "cost_price"):
        if isinstance(named.get(name), int | float):
            named[name] = f"{named[name]} {currency}".rstrip()
    return compact(named)


def _json_object(answer: Answer) -> dict[str, Any]:
    """Return the answer's JSON object.

    Raises:
        Busy: The body broke off or is no JSON object.
    """
    try:
        value = json.loads(answer.body or b"")
    except (ValueError, RecursionError) as error:
        raise Busy("The server's answer broke off or could not be read") from error
    if not isinstance(value, dict):
        raise Busy("The server's answer broke off or could not be read")
    return value


def _validated(model: type[_Model], answer: Answer) -> _Model:
    try:
        return model.model_validate_json(answer.body or b"")
    except ValidationError as error:
        raise WrongAddress from error


def _problem(answer: Answer) -> Problem | None:
    try:
        return Problem.model_validate_json(answer.body or b"")
    except ValidationError:
        return None


def _refusal(problem: Problem | None) -> Refusal:
    """Return what a problem says in words: its detail, and each wrong member."""
    if problem is None:
        return Refusal()
    members = [f"{one.pointer.strip('/')}: {one.message}" if one.pointer else one.message for one in problem.errors]
    words = ". ".join(part for part in (problem.detail or problem.title, "; ".join(members)) if part)
    return Refusal(code=problem.code, words=words, kind=_CODES.get(problem.code))
