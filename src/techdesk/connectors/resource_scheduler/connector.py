"""Speak Resource Scheduler for one account (`docs/backends.md`)."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
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
    Refusal,
    failure_of,
    is_foreign,
    outcome_of_refusal,
    outcome_of_silence,
    server_time,
    shown_words,
    succeeded,
    unseen,
)
from techdesk.connectors.http import Answer, HttpClient, Silence
from techdesk.connectors.resource_scheduler.looking import judged
from techdesk.connectors.resource_scheduler.mapping import (
    PROVIDER_KEY,
    STATES,
    changes_of,
    have_arrived,
    new_keys,
    pulled_order,
)
from techdesk.connectors.resource_scheduler.profile import PROFILE
from techdesk.connectors.resource_scheduler.settings import read_form, read_provider, read_settle_s
from techdesk.connectors.resource_scheduler.signing_in import SignIn
from techdesk.domain.errors import (
    BusyError,
    ConnectionFailedError,
    InvalidInputError,
    NotFoundError,
    NotSupportedError,
    WrongCredentialsError,
)
from techdesk.domain.vocabulary import Role
from techdesk.wire.resource_scheduler import Form, Values, edit, form_of, read_order, split, text_of_ticks, ticks

SEND_DEADLINE_S = 30.0
FETCH_DEADLINE_S = 60.0
PAGE = 500
OVERLAP_TICKS = 120 * 10_000_000
"""A round begins two minutes before the last change it knows: a slower writer may have committed an older one since."""

_SERVICES = "/api/Services"
_GET = f"{_SERVICES}/GetServiceOrder?serviceOrderId={{}}"
_TYPES = {Form.JSON: "application/json", Form.XML: "application/xml"}
_UNREADABLE = "The server's answer broke off or could not be read"
_STALE = "Somebody else changed this meanwhile"
_ADDED = (
    "Somebody else changed this meanwhile, and whether what you added has arrived cannot be told. "
    "Look at the order, and add it again if it is missing"
)


class ResourceSchedulerConnector(Connector):
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
            account: Its address is what stands before `/token` and `/api/Services`.
            secret: The password of the setting `userName`.
            network: How its address is reached.
            transport: Stands in for the network in tests.

        Raises:
            InvalidInputError: The address cannot be one, or a setting cannot be so.
        """
        self._form = read_form(account.settings)
        self._provider = read_provider(account.settings)
        self._profile = PROFILE.settling_in(read_settle_s(account.settings))
        self._currency = account.settings.get("currency", "").strip()
        self._user_name = account.settings.get("userName", "").strip()
        self._http = HttpClient(account.address, {"Accept": _TYPES[self._form]}, network=network, transport=transport)
        self._sign_in = SignIn(self._http, self._user_name, secret)

    @property
    @override
    def profile(self) -> Profile:
        return self._profile

    @override
    def freeze(self, operation: Operation, target: FreezeTarget) -> FrozenRequest:
        self._profile.check_supports(operation.record_type, operation.verb)
        if target.raw is None:
            raise NotSupportedError("This order has not been fetched yet", "Synchronise, then change it again")
        form = form_of(target.raw)
        try:
            changes = changes_of(operation.intent, read_order(target.raw, form))
            body = edit(target.raw, form, changes)
        except InvalidInputError as error:
            raise NotSupportedError("The server would refuse this", str(error)) from error
        headers = {"Content-Type": _TYPES[form], "Accept": _TYPES[form]}
        return FrozenRequest(method="PUT", path=f"{_SERVICES}/UpdateServiceOrder", headers=headers, body=body)

    @override
    def send(self, operation: Operation) -> Outcome:
        if operation.request is None or operation.verb is not Verb.UPDATE:
            raise AssertionError("only a frozen update is sent")
        try:
            came = self._sign_in.exchange(operation.request, SEND_DEADLINE_S)
        except WrongCredentialsError as error:
            return Outcome(kind=OutcomeClass.AUTH, reason=str(error), fault=error)
        except ConnectionFailedError as error:
            return Outcome(kind=OutcomeClass.NOT_SENT, reason=str(error), fault=error)
        if isinstance(came, Silence):
            return outcome_of_silence(came)
        if not 200 <= came.status < 300 or is_foreign(came):
            # the address is the same for every order, so a missing one is not an order that is gone
            kind = OutcomeClass.CAPTIVE if came.status in (404, 405, 410) else None
            return outcome_of_refusal(came, Refusal(kind=kind), self._http.url)
        return self._answered(operation, came)

    @override
    def pull(self, cursor: str, followed: Sequence[str] = ()) -> PullPage:
        query = f"?{httpx.QueryParams({'modifiedSince': cursor})}" if cursor else ""
        came = self._exchange(f"{_SERVICES}/GetServiceOrders{query}")
        if _has_no_read(came):
            return PullPage(orders=[], cursor=cursor, more=False)
        try:
            found = split(self._checked(came).body or b"", self._form)
        except InvalidInputError as error:
            raise BusyError(_UNREADABLE) from error
        orders, bad = self._read(found)
        since = ticks(cursor) if cursor else 0
        newest = max((ticks(str(one.revision)) for one in orders), default=since)
        has_more = len(found) >= PAGE and newest > since
        place = newest if has_more else max(newest - OVERLAP_TICKS, 0)
        return PullPage(
            orders=[one for one in orders if self._is_wanted(one)],
            bad=bad,
            cursor=text_of_ticks(place) if orders else cursor,
            more=has_more,
            server_time=server_time(came.headers),
        )

    @override
    def find(self, wanted: ServerQuery) -> list[PulledOrder]:
        number = wanted.text.strip() or wanted.service_number.strip()
        if not number.isdecimal():
            raise NotSupportedError("Resource Scheduler finds an order by its number only", "Type the number")
        found = self._order(number)
        return [found] if found else []

    @override
    def fetch(self, found: PulledOrder) -> PulledOrder:
        came = self._exchange(_GET.format(found.server_id))
        if _has_no_read(came):
            raise NotSupportedError("This server shows no single orders")
        if (now := self._order_in(came)) is None:
            raise NotFoundError("This order is no longer there")
        return now

    @override
    def read_back(self, operation: Operation) -> ReadBack:
        """Look at the order as it is now.

        Without a read it is as if nothing had arrived: `LastModified` in the repeat guards the change.
        """
        sent = _sent_by(operation)
        try:
            came = self._exchange(_GET.format(sent["ServiceOrderId"]))
            if _has_no_read(came):
                return ReadBack(sighting=Sighting.ABSENT)
            now = self._order_in(came)
            return judged(operation, sent, now) if now else ReadBack(sighting=Sighting.GONE, reason=_said_in(came))
        except ConnectionFailedError as error:
            return unseen(error)

    @override
    def facts(self) -> AccountFacts:
        self._sign_in.token()
        phases = [
            {
                "service_status_uid": name,
                "name": name,
                "service_state": state.value,
                "position": place,
                "active": True,
            }
            for place, (name, state) in enumerate(STATES.items(), 1)
        ]
        return AccountFacts(
            user_uid=self._user_name,
            user_name=self._user_name,
            role=Role.TECHNICIAN.value,
            profile=self._profile,
            references={"service_statuses": phases},
        )

    @override
    def close(self) -> None:
        self._http.close()

    def _answered(self, operation: Operation, answer: Answer) -> Outcome:
        """Return what a 2xx means: applied, unless the order in it says otherwise."""
        raw = answer.body or b""
        try:
            told = read_order(raw, form_of(raw))
            is_ours = told["ServiceOrderId"] == _sent_by(operation)["ServiceOrderId"]
        except InvalidInputError:
            return self._unread(operation, answer)
        if not is_ours:
            # a proxy mixed up two answers
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        if told["Error"] or told["ErrorId"]:
            return self._refused(operation, answer, str(told["Error"] or "The server refused this and did not say why"))
        return self._applied(answer.status, raw)

    def _unread(self, operation: Operation, answer: Answer) -> Outcome:
        """Read again what an answer did not show; a back end may answer an update with nothing."""
        if answer.body:
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        now = self._order_or_none(operation)
        if now is None or now.raw is None or answer.body is None:
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=answer.status)
        return self._applied(answer.status, now.raw)

    def _applied(self, status: int, raw: bytes) -> Outcome:
        try:
            found = pulled_order(raw, form_of(raw), self._currency)
        except InvalidInputError:
            return Outcome(kind=OutcomeClass.APPLIED_UNPARSED, http_status=status)
        return Outcome(
            kind=OutcomeClass.APPLIED,
            http_status=status,
            server_id=found.server_id,
            record=found.document,
            revision=found.revision,
            raw=found.raw,
        )

    def _refused(self, operation: Operation, answer: Answer, words: str) -> Outcome:
        """Return what a refusal in the order means: somebody was faster, or the server does not want it."""
        sent = _sent_by(operation)
        now = self._order_or_none(operation)
        if now is None or now.raw is None or now.revision == sent["LastModified"]:
            return Outcome(kind=OutcomeClass.REJECTED, http_status=answer.status, reason=words)
        if new_keys(operation.intent) and operation.attempts > 1:
            if have_arrived(operation.intent, sent, read_order(now.raw, form_of(now.raw))):
                return self._applied(answer.status, now.raw)
            return Outcome(kind=OutcomeClass.REJECTED, http_status=answer.status, reason=_ADDED)
        return Outcome(
            kind=OutcomeClass.PRECONDITION,
            http_status=answer.status,
            reason=_STALE,
            record=now.document,
            revision=now.revision,
            raw=now.raw,
        )

    def _order_or_none(self, operation: Operation) -> PulledOrder | None:
        try:
            return self._order(str(_sent_by(operation)["ServiceOrderId"]))
        except ConnectionFailedError:
            return None

    def _order(self, number: str) -> PulledOrder | None:
        """Return an order as it is now; None where there is none.

        Raises:
            ConnectionFailedError: It could not be fetched.
        """
        return self._order_in(self._exchange(_GET.format(number)))

    def _order_in(self, came: Answer) -> PulledOrder | None:
        raw = self._checked(came).body or b""
        try:
            told = read_order(raw, form_of(raw))
            return None if told["Error"] or told["ErrorId"] else pulled_order(raw, form_of(raw), self._currency)
        except InvalidInputError as error:
            raise BusyError(_UNREADABLE) from error

    def _read(self, found: Sequence[bytes]) -> tuple[list[PulledOrder], list[BadRecord]]:
        orders: list[PulledOrder] = []
        bad: list[BadRecord] = []
        for raw in found:
            try:
                orders.append(pulled_order(raw, self._form, self._currency))
            except InvalidInputError as error:
                bad.append(BadRecord(server_id="", reason=str(error), raw=raw))
        return orders, bad

    def _is_wanted(self, order: PulledOrder) -> bool:
        return self._provider is None or str(order.document.get(PROVIDER_KEY)) == str(self._provider)

    def _exchange(self, path: str) -> Answer:
        headers = {"Accept": _TYPES[self._form]}
        came = self._sign_in.exchange(FrozenRequest(method="GET", path=path, headers=headers), FETCH_DEADLINE_S)
        if isinstance(came, Silence):
            raise failure_of(came, self._http.url)
        return came

    def _checked(self, came: Answer) -> Answer:
        if succeeded(came):
            return came
        raise failure_of(came, self._http.url)


def _has_no_read(came: Answer) -> bool:
    """Say whether this back end shows nothing: the documents name no read, so orders may come by files only."""
    return came.status in (404, 405) and not came.is_html


def _said_in(came: Answer) -> str:
    """Return why the server shows no order: it may be there and only not be shown now."""
    raw = came.body or b""
    return shown_words(str(read_order(raw, form_of(raw))["Error"] or ""))


def _sent_by(operation: Operation) -> Values:
    """Return the order that an operation sends."""
    raw = operation.request.body if operation.request else b""
    return read_order(raw, form_of(raw))
