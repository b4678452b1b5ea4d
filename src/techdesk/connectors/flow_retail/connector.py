"""Speak the Flow Retail dialect for one account (`docs/backends.md`)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from typing_extensions import override

from techdesk.application.accounts import Account, Profile
from techdesk.application.exchange import (
    AccountFacts,
    FreezeTarget,
    PulledOrder,
    PullPage,
    ReadBack,
    ServerQuery,
    Sighting,
)
from techdesk.application.network import BY_SYSTEM, Network
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.application.papers import CustomerPage, MakesPapers
from techdesk.application.ports import Connector
from techdesk.connectors.answers import (
    is_foreign,
    outcome_of_refusal,
    outcome_of_silence,
    server_time,
)
from techdesk.connectors.flow_retail import papers, searching
from techdesk.connectors.flow_retail.administration import FlowRetailAdministration
from techdesk.connectors.flow_retail.calls import FETCH_DEADLINE_S, JSON_BODY, PAGE, Calls, json_object, validated
from techdesk.connectors.flow_retail.looking import look, own_place
from techdesk.connectors.flow_retail.mapping import PARTS
from techdesk.connectors.flow_retail.plain import PlainVendor
from techdesk.connectors.flow_retail.plain_calls import plain_refusal_of
from techdesk.connectors.flow_retail.problems import problem_of, refusal_of
from techdesk.connectors.flow_retail.profile import expected_profile, profile_of
from techdesk.connectors.flow_retail.reading import Reader, read_orders, service_types_in, uids_in
from techdesk.connectors.flow_retail.references import ReferenceLists, read_references
from techdesk.connectors.flow_retail.settings import FlowRetailSettings, read_settings
from techdesk.connectors.flow_retail.tenancy import Tenancy, kinds_of, parse_place
from techdesk.connectors.flow_retail.writing import body_of
from techdesk.connectors.http import Answer, HttpClient, Silence, Transport, in_a_header
from techdesk.domain.errors import (
    BusyError,
    ConnectionFailedError,
    InvalidInputError,
    NotSupportedError,
    OfflineError,
    WrongVersionError,
)
from techdesk.domain.records import Document, RecordType, compact
from techdesk.domain.vocabulary import ServiceKind
from techdesk.wire.flow_retail import Capabilities, Me

SMALLEST_PAGE = 25
SEND_DEADLINE_S = 30.0
_REFERENCES = {
    "service_types": "serviceorders/types",
    "service_statuses": "serviceorders/statuses",
    "hourly_rates": "serviceorders/hourlyrates",
    "users": "users",
    "warehouses": "warehouses",
    "products": "products",
}


class FlowRetailConnector(Connector, MakesPapers):
    """Implement the `Connector` port, and what makes papers; safe to use from several threads."""

    def __init__(
        self, account: Account, secret: str, network: Network = BY_SYSTEM, transport: Transport = None
    ) -> None:
        """Keep how to sign in; nothing is called yet.

        Args:
            account: Its address is what stands before `/v2`.
            secret: The bearer token.
            network: How its address is reached.
            transport: Stands in for the network in tests.

        Raises:
            InvalidInputError: The address or a setting cannot be so.
        """
        headers = {"Authorization": f"Bearer {in_a_header(secret)}", "Accept": "application/json"}
        self._settings = read_settings(account.settings)
        self._http = HttpClient(account.address, headers, network=network, transport=transport)
        self._calls = Calls(self._http)
        self._page_size = PAGE
        self._profile = expected_profile(self._settings)
        self._tenancy: Tenancy | None = None
        self._is_administered = False
        self._plain: PlainVendor | None = None
        self._lists = ReferenceLists()
        self._lock = threading.Lock()

    @property
    @override
    def profile(self) -> Profile:
        """Return what the server guarantees: its own word once `facts` was called, TechDesk's own before."""
        return self._profile

    @override
    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        path, plain = self._path(operation, target), self._plain
        return FrozenRequest(
            method={Verb.UPDATE: "PUT", Verb.DELETE: "DELETE"}.get(operation.verb, "POST"),
            path=path,
            headers=dict(JSON_BODY) if plain else JSON_BODY | _told_apart(operation, target),
            body=plain.body(operation) if plain else body_of(operation),
        )

    @override
    def send(self, operation: Operation) -> Outcome:
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

    @override
    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        tenancy = self._known_tenancy()
        if self._plain:
            return self._plain.pull(cursor, followed)
        place = parse_place(cursor, tenancy.store_uids)
        answer = self._fetch_page(tenancy.store_path(place.store_uid), place.cursors.get(place.store_uid, ""))
        page = json_object(answer)
        raw_orders, next_cursor, has_more = page.get("orders"), page.get("cursor"), page.get("more") is True
        if not isinstance(raw_orders, list) or not isinstance(next_cursor, str):
            raise WrongVersionError
        if any(type_uid not in tenancy.kinds for type_uid in service_types_in(raw_orders)):
            self._learn_types(tenancy, raw_orders)
        orders, bad = read_orders(raw_orders, reader := tenancy.reader(place.store_uid), answer.body or b"")
        following = place.after(next_cursor, tenancy.store_uids, more=has_more)
        return PullPage(
            orders=orders,
            bad=bad,
            deleted=uids_in(page.get("deleted")),
            cursor=str(following),
            more=has_more or following.store_uid != tenancy.store_uids[0],
            server_time=server_time(answer.headers),
            odd_fields=tuple(sorted(reader.odd_fields)),
        )

    @override
    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        tenancy = self._signed_in()
        return searching.find(self._calls, tenancy, wanted)

    @override
    def fetch(self, found: PulledOrder) -> PulledOrder:
        tenancy = self._signed_in()
        return searching.fetch(self._calls, tenancy, found)

    @override
    def read_back(self, operation: Operation) -> ReadBack:
        try:
            self._signed_in()
        except ConnectionFailedError as error:
            return ReadBack(sighting=Sighting.UNKNOWN, reason=str(error), failure=error)
        if self._plain:
            return self._plain.read_back(operation)
        return look(own_place(self._calls, self._reader(operation)), operation)

    def administration(self) -> FlowRetailAdministration:
        """Return what administers the tenant.

        Raises:
            NotSupportedError: This server has no administration.
            ConnectionFailedError: It could not be asked.
        """
        tenancy = self._signed_in()
        if not self._is_administered:
            raise NotSupportedError("This server has no administration", "Ask who runs it")
        self._lists = ReferenceLists()
        return FlowRetailAdministration(self._calls, tenancy.tenant_path)

    @override
    def report(self, order: Document, kind: str) -> bytes:
        tenancy = self._signed_in()
        return papers.report(self._calls, tenancy, order, kind)

    @override
    def public_address(self, order: Document) -> str:
        return papers.public_address(self._calls, order)

    @override
    def public_page(self, order: Document) -> CustomerPage:
        tenancy = self._signed_in()
        return papers.public_page(self._calls, tenancy, order)

    @override
    def facts(self) -> AccountFacts:
        told = _capabilities(self._calls, self._settings)
        if told is None:
            return self._plain_facts()
        me = validated(Me, self._calls.get("/v2/me"))
        tenant = f"/v2/tenants/{me.tenant_uid}"
        currency = me.stores[0].currency if me.stores else ""
        paths = {kind: f"{tenant}/{path}" for kind, path in _REFERENCES.items()}
        references = self._lists.gathered(paths, lambda path: self._references(path, currency))
        references["stores"] = [compact(one.model_dump(mode="json")) for one in me.stores]
        tenancy = Tenancy(me, self._settings.store_uid, kinds_of(references["service_types"]))
        with self._lock:
            self._profile, self._tenancy, self._plain = profile_of(told, self._settings), tenancy, None
            self._calls = Calls(self._http)
            self._is_administered = told.administration
        return AccountFacts(
            user_uid=me.tenant_user_uid,
            user_name=me.display_name,
            role=me.role.value,
            profile=self._profile,
            references=references,
            server_version=told.version,
        )

    @override
    def close(self) -> None:
        self._http.close()

    def _path(self, operation: Operation, target: FreezeTarget) -> str:
        tenancy = self._known_tenancy()
        orders = f"{tenancy.store_path(tenancy.store_of(target.order))}/serviceorders"
        if operation.record_type is RecordType.ORDER:
            path = orders if operation.verb is Verb.CREATE else f"{orders}/{target.record_server_id}"
            return f"{path}/accept" if operation.verb is Verb.ACCEPT else path
        parts = f"{orders}/{target.order_server_id}/{PARTS[operation.record_type].step}"
        return parts if operation.verb is Verb.CREATE else f"{parts}/{target.record_server_id}"

    def _known_tenancy(self) -> Tenancy:
        with self._lock:
            if self._tenancy is None:
                raise OfflineError
            return self._tenancy

    def _signed_in(self) -> Tenancy:
        """Return the tenancy, learning it if that was not done yet; waits for the network."""
        if self._tenancy is None:
            self.facts()
        return self._known_tenancy()

    def _reader(self, operation: Operation) -> Reader:
        """Return what reads the records of the store that stands in the frozen path of an operation."""
        path = operation.request.path if operation.request else ""
        return self._known_tenancy().reader(path.partition("/stores/")[2].partition("/")[0])

    def _applied(self, operation: Operation, answer: Answer) -> Outcome:
        try:
            raw = json_object(answer)
            record_type = RecordType.ORDER if operation.verb is Verb.ACCEPT else operation.record_type
            found = self._reader(operation).checked_record(record_type, raw)
            _check_is_ours(operation, raw, found.server_id)
        except (InvalidInputError, ConnectionFailedError):
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        return Outcome(
            kind=OutcomeClass.APPLIED,
            http_status=answer.status,
            server_id=found.server_id,
            record=found.document,
            revision=found.revision,
        )

    def _refused(self, operation: Operation, answer: Answer) -> Outcome:
        problem = problem_of(answer)
        refusal = plain_refusal_of(answer) if self._plain else refusal_of(answer)
        outcome = outcome_of_refusal(answer, refusal, self._http.url)
        if outcome.kind is not OutcomeClass.PRECONDITION or not problem or not problem.current:
            return outcome
        try:
            found = self._reader(operation).checked_record(operation.record_type, problem.current)
        except (InvalidInputError, ConnectionFailedError):
            return outcome
        return replace(outcome, record=found.document, revision=found.revision)

    def _fetch_page(self, store_path: str, since: str) -> Answer:
        """Fetch a page of a store's feed; over a link that breaks, ask for less each time."""
        query = httpx.QueryParams({"limit": str(self._page_size)} | ({"since": since} if since else {}))
        try:
            answer = self._calls.get(f"{store_path}/serviceorders/changes?{query}")
        except (OfflineError, BusyError):
            self._page_size = max(SMALLEST_PAGE, self._page_size // 2)
            raise
        self._page_size = min(PAGE, self._page_size * 2)
        return answer

    def _learn_types(self, tenancy: Tenancy, raw_orders: list[Any]) -> None:
        """Fetch the service types, as an order is of one that was made after `facts`."""
        types = self._references(tenancy.types_path, "")
        tenancy.kinds.update(kinds_of(types))
        for type_uid in service_types_in(raw_orders):
            tenancy.kinds.setdefault(type_uid, ServiceKind.OTHER.value)

    def _plain_facts(self) -> AccountFacts:
        plain = self._plain or PlainVendor(self._http, self._settings, self._lists)
        facts = plain.facts()
        with self._lock:
            self._profile, self._tenancy, self._plain = plain.profile, plain.tenancy, plain
            self._calls, self._is_administered = plain.calls, False
        return facts

    def _references(self, path: str, currency: str) -> list[dict[str, Any]]:
        return read_references(self._calls.every(path), currency)


def _check_is_ours(operation: Operation, raw: Mapping[str, Any], server_id: str) -> None:
    """Return if an answer is about the order, and the record, that the request was about.

    A proxy that mixes up two answers gives each to the other's order, as an order has one request at a time.

    Raises:
        InvalidInputError: It is another request's.
    """
    steps = (operation.request.path if operation.request else "").partition("/serviceorders")[2].split("/")[1:]
    if operation.record_type is RecordType.ORDER:
        is_ours = operation.verb is Verb.CREATE or steps[0] == server_id
    else:
        is_ours = raw.get("serviceOrderUid", steps[0]) == steps[0]
        is_ours = is_ours and (operation.verb is Verb.CREATE or steps[-1] == server_id)
    if not is_ours:
        raise InvalidInputError("is another record")


def _capabilities(calls: Calls, settings: FlowRetailSettings) -> Capabilities | None:
    """Return what the server says it can do, None if it knows no such question."""
    came = calls.http.exchange(FrozenRequest(method="GET", path="/v2/capabilities"), FETCH_DEADLINE_S)
    # of whoever named a tenant any 404 will do, and a gateway's 403: whether a vendor answers, its lists will tell
    unknown = (403, 404) if settings.tenant_uid and _is_json(came) else (404,)
    if isinstance(came, Answer) and came.status in unknown and (settings.tenant_uid or _is_json(came)):
        return None
    told = validated(Capabilities, calls.checked(came))
    if not told.changes:
        raise WrongVersionError
    return told


def _is_json(came: Answer | Silence) -> bool:
    return isinstance(came, Answer) and "json" in came.headers.get("content-type", "")


def _told_apart(operation: Operation, target: FreezeTarget) -> dict[str, str]:
    """Return the header by which our own server tells a repeat, or a change of something older, from another one."""
    if operation.verb in (Verb.CREATE, Verb.ACCEPT):
        return {"Idempotency-Key": operation.op_id}
    return {} if target.revision is None else {"If-Match": f'"{target.revision}"'}
