"""Speak the Extend dialect for one account (`docs/backends.md`, "Extend service orders")."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
from pydantic import ValidationError
from typing_extensions import override

from techdesk.application.accounts import Account, Profile
from techdesk.application.exchange import (
    AccountFacts,
    BadRecord,
    FreezeTarget,
    PulledOrder,
    PullPage,
    ReadBack,
    ServerQuery,
    Sighting,
)
from techdesk.application.network import BY_SYSTEM, Network
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.application.ports import Connector
from techdesk.connectors.answers import (
    as_refused_sign_in,
    failure_of,
    outcome_of_silence,
    server_time,
    succeeded,
    unseen,
)
from techdesk.connectors.extend.bodies import ANOTHERS, check_is_record, order_in, orders_in
from techdesk.connectors.extend.looking import look_for_acceptance, look_for_event
from techdesk.connectors.extend.mapping import body_of, event_document, read_order, skeleton
from techdesk.connectors.extend.profile import profile_of
from techdesk.connectors.extend.refusals import CHANGE_VERSION, WRONG_VERSION, refusal_in, refused_write
from techdesk.connectors.extend.settings import read_settings
from techdesk.connectors.http import Answer, HttpClient, Silence, in_a_header
from techdesk.connectors.one_by_one import OneByOne, failing
from techdesk.domain.errors import (
    BusyError,
    ConnectionFailedError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotShownError,
    NotSupportedError,
    WrongAddressError,
    WrongVersionError,
)
from techdesk.domain.records import Document, compact
from techdesk.wire.extend import TOKEN_HEADER, Recorded

PAGE = 50
SEND_DEADLINE_S = 30.0
FETCH_DEADLINE_S = 60.0

_NOBODYS = "00000000-0000-0000-0000-000000000000"
"""An id that no order has: asking for it tells whether the token is taken, and changes nothing."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_READS = "If orders cannot be read here, say so in the account"
_JSON = {"Content-Type": "application/json"}


class ExtendConnector(Connector):
    """Implement the `Connector` port; safe to use from several threads."""

    def __init__(
        self,
        account: Account,
        secret: str,
        network: Network = BY_SYSTEM,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Keep how to sign in; nothing is called yet.

        Args:
            account: Its address is what stands before `/service-orders`.
            secret: The access token.
            network: How its address is reached.
            transport: Stands in for the network in tests.

        Raises:
            InvalidInputError: The address or a setting cannot be so.
        """
        self._settings = read_settings(account.settings)
        self._profile = profile_of(self._settings)
        headers = {
            TOKEN_HEADER: in_a_header(secret),
            "Accept": f"application/json; version={self._settings.version}",
        }
        self._http = HttpClient(account.address, headers, network=network, transport=transport)
        self._one_by_one = OneByOne()

    @property
    @override
    def profile(self) -> Profile:
        return self._profile

    @override
    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        self._profile.check_supports(operation.record_type, operation.verb)
        if operation.verb is Verb.ACCEPT:
            action, body = (
                "accept-repair",
                compact({name: operation.intent.get(name) for name in ("accepted", "reason", "notes")}),
            )
        else:
            action, body = "update-repair", body_of(operation.intent, operation.op_id, self._settings)
        return FrozenRequest(
            method="POST",
            path=f"/service-orders/{target.order_server_id}/{action}",
            headers=dict(_JSON),
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        )

    @override
    def send(self, operation: Operation) -> Outcome:
        if operation.request is None:
            raise AssertionError("only a frozen operation is sent")
        came = self._http.exchange(operation.request, SEND_DEADLINE_S)
        if isinstance(came, Silence):
            return outcome_of_silence(came)
        refused = refused_write(came, self._http.url)
        if refused:
            return refused
        if operation.verb is Verb.ACCEPT:
            return Outcome(kind=OutcomeClass.APPLIED, http_status=came.status, server_id=_order_id(operation))
        return self._recorded(operation, came)

    @override
    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        """Fetch the followed orders after the one that the cursor names, one by one; the last page ends at the start.

        A page that fails half way is given as far as it came: asking for the next one then tells what is wrong.

        Raises:
            ConnectionFailedError: The first one could not be fetched.
        """
        wanted = [one for one in sorted(set(followed)) if one > cursor] if self._settings.reads else []
        asked, has_more = wanted[:PAGE], len(wanted) > PAGE
        pulled = _Pulled()
        try:
            left = self._one_by_one.take(asked, lambda uid: self._pull_one(uid, pulled), is_there=bool(cursor))
        except ConnectionFailedError:
            if not pulled.done:
                raise
            return pulled.page(pulled.done, more=True)
        pulled.bad += [failing(one, why) for one, why in left.items()]
        return pulled.page(asked[-1] if has_more else "", more=has_more)

    @override
    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        text = wanted.text.strip()
        if not self._settings.reads:
            return [self._unseen(text, wanted)]
        if not text:
            raise NotSupportedError("Extend finds orders by their id or claim only", "Type one of them")
        found = self._search("serviceOrderId", text) if _UUID.fullmatch(text) else []
        return found or self._search("claimId", text)

    @override
    def fetch(self, found: PulledOrder) -> PulledOrder:
        if not self._settings.reads:
            return found
        came = self._ask(f"/service-orders/{found.server_id}")
        if _says_gone(came):
            raise NotFoundError("Extend no longer has this order")
        try:
            return read_order(order_in(self._checked(came)), self._settings)
        except NotShownError as error:
            raise NotAllowedError("Extend does not show this order", error.said) from error
        except InvalidInputError as error:
            raise WrongVersionError(str(error), error.hint) from error

    @override
    def read_back(self, operation: Operation) -> ReadBack:
        if not self._settings.reads:
            return ReadBack(sighting=Sighting.UNKNOWN, reason="This account cannot be read")
        came = self._ask(f"/service-orders/{_order_id(operation)}")
        if _says_gone(came):
            return ReadBack(sighting=Sighting.ABSENT)
        try:
            order = order_in(self._checked(came))
            if order.id != _order_id(operation):
                # a proxy mixed up two answers
                return ReadBack(sighting=Sighting.UNKNOWN, reason=ANOTHERS)
            if operation.verb is Verb.ACCEPT:
                return look_for_acceptance(operation, order, self._settings)
            # what was sent is compared, not what was typed: times may have gone out in whole seconds
            as_sent = replace(operation, intent=self._sent(operation))
            return look_for_event(as_sent, order, self._settings)
        except (ConnectionFailedError, InvalidInputError) as error:
            return unseen(error)

    @override
    def facts(self) -> AccountFacts:
        if self._settings.reads:
            came = self._ask(f"/service-orders/search?serviceOrderId={_NOBODYS}")
        else:
            # it names no event and no order, so it is refused whatever the token; how tells whether the token is taken
            nothing = FrozenRequest(
                method="POST", path=f"/service-orders/{_NOBODYS}/update-repair", headers=_JSON, body=b"{}"
            )
            came = self._http.exchange(nothing, FETCH_DEADLINE_S)
        is_refused_as_hoped = isinstance(came, Answer) and came.status in (400, 404) and refusal_in(came) is not None
        if not is_refused_as_hoped:
            answer = self._check_sign_in(came)
            if self._settings.reads:
                check_is_record(answer)
        return AccountFacts(
            user_uid="",
            user_name="",
            role="technician",
            profile=self._profile,
            references={
                "resolution_types": [{"name": one} for one in self._settings.resolution_types],
                "resolution_reasons": [{"name": one} for one in self._settings.reasons],
            },
            server_version=self._settings.version,
        )

    @override
    def close(self) -> None:
        self._http.close()

    def _recorded(self, operation: Operation, answer: Answer) -> Outcome:
        """Return what was recorded: what was sent, under the id that came back."""
        try:
            told = Recorded.model_validate_json(answer.body or b"")
        except ValidationError:
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        if told.service_order_id != _order_id(operation):
            # a proxy mixed up two answers
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        return Outcome(
            kind=OutcomeClass.APPLIED,
            http_status=answer.status,
            server_id=told.event_id,
            record=compact({**self._sent(operation), "service_event_uid": told.event_id}),
        )

    def _sent(self, operation: Operation) -> Document:
        body = json.loads(operation.request.body) if operation.request else {}
        sent = event_document(body.pop("event"), body, self._settings)
        kept = {name: value for name, value in operation.intent.items() if name not in ("data", "notes", "event_type")}
        return {**sent, **kept}

    def _pull_one(self, order_id: str, pulled: _Pulled) -> None:
        came = self._ask(f"/service-orders/{order_id}")
        if _says_gone(came):
            pulled.deleted.append(order_id)
            pulled.done = order_id
            return
        try:
            answer = self._checked(came)
        except NotShownError as error:
            pulled.bad.append(BadRecord(server_id=order_id, reason=error.said, raw=b"", is_hidden=True))
            pulled.done = order_id
            return
        pulled.time = server_time(answer.headers)
        try:
            order = order_in(answer)
            if order.id.lower() != order_id.lower():
                raise BusyError(ANOTHERS)
            pulled.orders.append(read_order(order, self._settings))
        except InvalidInputError as error:
            reason = " ".join(one for one in (error.title, error.hint) if one)
            pulled.bad.append(BadRecord(server_id=order_id, reason=reason, raw=answer.body or b""))
        pulled.done = order_id

    def _search(self, by: str, text: str) -> list[PulledOrder]:
        came = self._ask(f"/service-orders/search?{httpx.QueryParams({by: text})}")
        if _says_gone(came):
            return []
        try:
            orders = [read_order(one, self._settings) for one in orders_in(self._checked(came))]
        except InvalidInputError as error:
            raise WrongVersionError(str(error), error.hint) from error
        return [PulledOrder(server_id=one.server_id, document=one.document) for one in orders]

    def _unseen(self, text: str, wanted: ServerQuery) -> PulledOrder:
        if not _UUID.fullmatch(text):
            raise NotSupportedError("This account cannot be searched", "Type the whole id of the service order")
        if wanted.service_kind is None:
            raise NotSupportedError("This account cannot be read", "Say whether it is a depot or an onsite repair")
        return skeleton(text.lower(), wanted.service_kind)

    def _ask(self, path: str) -> Answer | Silence:
        return self._http.exchange(FrozenRequest(method="GET", path=path), FETCH_DEADLINE_S)

    def _check_sign_in(self, came: Answer | Silence) -> Answer:
        try:
            return self._checked(came)
        except NotShownError as error:
            raise as_refused_sign_in(error) from error

    def _checked(self, came: Answer | Silence) -> Answer:
        """Return an answer with a 2xx and a body.

        Raises:
            ConnectionFailedError: In words that say what is wrong.
        """
        if isinstance(came, Answer):
            if succeeded(came):
                return came
            if came.status == 406:
                raise WrongVersionError(WRONG_VERSION, CHANGE_VERSION)
            if came.status == 404 and refusal_in(came) is None and not came.is_html:
                raise WrongAddressError(hint=f"Check the address. {_NO_READS}")
            said = refusal_in(came)
            raise failure_of(came, self._http.url, (said.message or said.code) if said else "")
        raise failure_of(came, self._http.url)


class _Pulled:
    """Gather a page."""

    def __init__(self) -> None:
        self.orders: list[PulledOrder] = []
        self.bad: list[BadRecord] = []
        self.deleted: list[str] = []
        self.time: Any = None
        self.done = ""

    def page(self, cursor: str, *, more: bool) -> PullPage:
        return PullPage(
            orders=self.orders,
            bad=self.bad,
            deleted=self.deleted,
            cursor=cursor,
            more=more,
            server_time=self.time,
        )


def _says_gone(came: Answer | Silence) -> bool:
    """Say whether the server itself says that it has no such order; a route it does not have is something else."""
    return isinstance(came, Answer) and came.status in (404, 410) and refusal_in(came) is not None


def _order_id(operation: Operation) -> str:
    """Return the order that stands in the frozen path of an operation."""
    path = operation.request.path if operation.request else ""
    return path.removeprefix("/service-orders/").partition("/")[0]
