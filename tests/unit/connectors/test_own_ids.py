"""An id that means something on this computer only never goes out, whatever rendered the request."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from techdesk.application.accounts import Account
from techdesk.application.ids import Uuid7, local_id
from techdesk.application.outbox import FrozenRequest, Operation, Outcome, OutcomeClass, Verb
from techdesk.connectors import CONNECTORS
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.connectors.flow_retail.connector import FlowRetailConnector
from techdesk.connectors.http import HttpClient, Silence
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.domain.errors import OwnIdError
from techdesk.domain.records import RecordType
from tests.unit.connectors.answering import ADDRESS, json_answer

OURS = local_id(Uuid7(lambda: 1_795_000_000_000, lambda bits: 5 << bits - 4)())
CLASSES: dict[str, type[FlowRetailConnector] | type[ExtendConnector] | type[ResourceSchedulerConnector]] = {
    "flow_retail": FlowRetailConnector,
    "extend": ExtendConnector,
    "resource_scheduler": ResourceSchedulerConnector,
}
CARRIERS = {
    "path": FrozenRequest(method="PUT", path=f"/orders/{OURS}/items", body=b"{}"),
    "query": FrozenRequest(method="PUT", path=f"/orders?order={OURS}", body=b"{}"),
    "header": FrozenRequest(method="PUT", path="/orders", headers={"If-Match": f'"{OURS}"'}, body=b"{}"),
    "body": FrozenRequest(method="PUT", path="/orders", body=f'{{"serviceOrderUid":"{OURS}"}}'.encode()),
    "text of the body": FrozenRequest(method="PUT", path="/orders", body=f"<Notes>See {OURS}</Notes>".encode()),
}


class Wire:
    """Answer everything, and keep what came."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return json_answer({"access_token": "t", "expires_in": 60})


def send(system: str, request: FrozenRequest, wire: Wire) -> Outcome:
    account = Account(account_id="a1", name="A", system=system, address=ADDRESS, settings={"userName": "kim"})
    connector = CLASSES[system](account, "secret", transport=httpx.MockTransport(wire))
    operation = Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id=OURS,
        record_type=RecordType.ORDER,
        record_id=OURS,
        verb=Verb.UPDATE,
        intent={},
        created_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        request=request,
        attempts=1,
    )
    try:
        return connector.send(operation)
    finally:
        connector.close()


def test_every_system_is_held_to_it() -> None:
    assert CLASSES.keys() == CONNECTORS.keys()


@pytest.mark.parametrize("system", CLASSES)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_request_that_names_our_own_is_refused_in_words_and_never_sent(system: str, carrier: str) -> None:
    wire = Wire()
    outcome = send(system, CARRIERS[carrier], wire)
    assert outcome.kind is OutcomeClass.REJECTED
    assert outcome.reason == str(OwnIdError())
    assert "tmp_" in OwnIdError().hint
    assert [one for one in wire.requests if one.url.path.startswith("/orders")] == []


@pytest.mark.parametrize("system", CLASSES)
def test_a_word_that_only_begins_like_one_goes_out(system: str) -> None:
    wire = Wire()
    send(system, FrozenRequest(method="PUT", path="/orders", body=b"see /var/tmp_old and tmp_7"), wire)
    assert [one.content for one in wire.requests if one.url.path == "/orders"] == [b"see /var/tmp_old and tmp_7"]


def test_what_is_only_asked_is_held_back_too() -> None:
    wire = Wire()
    client = HttpClient(ADDRESS, {}, transport=httpx.MockTransport(wire))
    came = client.exchange(FrozenRequest(method="GET", path=f"/orders/{OURS}"), 1.0)
    client.close()
    assert isinstance(came, Silence)
    assert (came.maybe_arrived, type(came.error), wire.requests) == (False, OwnIdError, [])
