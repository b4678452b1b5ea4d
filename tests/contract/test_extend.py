"""The Extend connector over the real server process: what the contract of all systems does not ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account, Dedup
from techdesk.application.exchange import FreezeTarget, PulledOrder, ServerQuery, Sighting
from techdesk.application.outbox import Operation, OutcomeClass, Verb
from techdesk.connectors.extend.connector import ExtendConnector
from techdesk.domain.errors import NotFoundError, WrongAddressError, WrongVersionError
from techdesk.domain.orders import Order
from techdesk.domain.records import Document, RecordType, from_document
from techdesk.domain.vocabulary import ServiceKind
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.xdist_group("extend")

_numbers = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("extend"), "--sample", "30") as running:
        yield running


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("blind"), "--sample", "30", "--extend-no-read") as running:
        yield running


class Office:
    """The administrator, who sees and makes orders in the Flow Retail dialect."""

    def __init__(self, server: ServerProcess) -> None:
        headers = {"Authorization": f"Bearer {server.admin_token}"}
        self._client = httpx.Client(base_url=server.address, headers=headers, trust_env=False)
        me = self._client.get("/v2/me").json()
        self.tenant = f"/v2/tenants/{me['tenantUid']}"
        self.store = f"{self.tenant}/stores/{me['stores'][0]['storeUid']}/serviceorders"

    def order(self, kind: str = "repair_depot", **fields: Any) -> str:
        types = self._client.get(f"{self.tenant}/serviceorders/types").json()["items"]
        uid = next(one["serviceTypeUid"] for one in types if one["serviceKind"] == kind)
        made = self._client.post(self.store, json={"title": "Kettle leaks", "serviceTypeUid": uid, **fields})
        return str(made.json()["serviceOrderUid"])

    def user(self, name: str) -> str:
        people = self._client.get(f"{self.tenant}/users").json()["items"]
        return str(next(one["tenantUserUid"] for one in people if one["displayName"] == name))

    def events(self, order: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.get(f"{self.store}/{order}/events").json()["items"]
        return found

    def delete(self, order: str) -> None:
        assert self._client.delete(f"{self.store}/{order}").status_code == 204

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def office(server: ServerProcess) -> Iterator[Office]:
    made = Office(server)
    yield made
    made.close()


@pytest.fixture
def connectors() -> Iterator[Any]:
    made: list[ExtendConnector] = []

    def connect(server: ServerProcess, **settings: str) -> ExtendConnector:
        account = Account(
            account_id="a1", name="Extend", system="extend", address=f"{server.address}/extend", settings=settings
        )
        made.append(ExtendConnector(account, server.technician_token()))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def sent(connector: ExtendConnector, order: str, intent: Document, verb: Verb = Verb.CREATE) -> tuple[Operation, Any]:
    operation = Operation(
        op_id=f"0190f3e2-0000-7000-8000-{next(_numbers):012x}",
        account_id="a1",
        order_id="o1",
        record_type=RecordType.ORDER if verb is Verb.ACCEPT else RecordType.EVENT,
        record_id="r1",
        verb=verb,
        intent=intent,
        created_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    target = FreezeTarget(order_server_id=order, record_server_id=None, revision=None, base=None)
    frozen = replace(operation, request=connector.freeze(operation, target))
    return frozen, connector.send(frozen)


def pulled(connector: ExtendConnector, order: str) -> PulledOrder:
    (found,) = connector.pull("", [order]).orders
    return found


def test_a_claim_of_the_sample_leads_to_its_order_with_all_its_events(server: ServerProcess, connectors: Any):
    connector = connectors(server)

    (found,) = connector.find(ServerQuery(text="CLAIM-4001"))
    whole = connector.fetch(found)

    order = from_document(Order, whole.document)
    assert (order.external_id, bool(order.title), bool(order.customer.name)) == ("CLAIM-4001", True, True)
    (again,) = connector.find(ServerQuery(text=found.server_id))
    assert again.document == found.document
    assert whole == pulled(connector, found.server_id)
    assert connector.find(ServerQuery(text="CLAIM-0")) == []


@pytest.mark.parametrize("names", ["receivedAt", "receptionDate"])
def test_either_spelling_arrives_as_the_same_date(server: ServerProcess, office: Office, connectors: Any, names: str):
    order = office.order()
    connector = connectors(server, dateNames=names)
    data = {"receivedBy": "Mia", "receivedAt": 1_780_315_200_000}

    _, outcome = sent(connector, order, {"event_type": "product_received", "data": data})

    assert outcome.kind is OutcomeClass.APPLIED
    (event,) = office.events(order)
    assert (event["data"]["receivedAt"], event["occurredAt"]) == (1_780_315_200_000, "2026-06-01T12:00:00.000Z")
    (part,) = pulled(connector, order).parts
    assert (part.server_id, part.document["data"]) == (outcome.server_id, data)


def test_an_order_is_declined_with_the_reason_and_that_is_seen_when_looking_back(
    server: ServerProcess, office: Office, connectors: Any
):
    connector = connectors(server)
    order = office.order(requiresAcceptance=True, assignedUserUid=office.user("Mia Krüger"))
    wish = {"accepted": False, "reason": "No parts"}

    declined, outcome = sent(connector, order, wish, Verb.ACCEPT)

    assert outcome.kind is OutcomeClass.APPLIED
    assert connector.read_back(declined).sighting is Sighting.FOUND
    (event,) = office.events(order)
    assert (event["eventType"], event["notes"]) == ("order_declined", "No parts")
    assert not from_document(Order, pulled(connector, order).document).is_accepted


def test_an_order_that_was_deleted_is_gone(server: ServerProcess, office: Office, connectors: Any):
    connector = connectors(server)
    order = office.order()
    found = pulled(connector, order)
    office.delete(order)

    assert connector.pull("", [order]).deleted == [order]
    assert sent(connector, order, {"event_type": "repair_started"})[1].kind is OutcomeClass.GONE
    with pytest.raises(NotFoundError):
        connector.fetch(found)


def test_another_version_is_told_when_signing_in_and_when_sending(
    server: ServerProcess, office: Office, connectors: Any
):
    connector = connectors(server, version="2021-04-01")
    with pytest.raises(WrongVersionError):
        connector.facts()
    _, outcome = sent(connector, office.order(), {"event_type": "repair_started"})
    assert (outcome.kind, "version" in outcome.reason) == (OutcomeClass.REJECTED, True)


def test_where_nothing_can_be_read_events_still_go_out(unreadable: ServerProcess, connectors: Any):
    office = Office(unreadable)
    order = office.order("repair_onsite")
    connector = connectors(unreadable, reads="no")
    assert connector.facts().profile.creates is Dedup.BLIND

    (found,) = connector.find(ServerQuery(text=order, service_kind=ServiceKind.ONSITE))
    resolved, outcome = sent(connector, found.server_id, {"event_type": "resolved", "data": {"reason": "Fixed"}})

    assert outcome.kind is OutcomeClass.APPLIED
    assert [one["eventType"] for one in office.events(order)] == ["resolved"]
    assert connector.read_back(resolved).sighting is Sighting.UNKNOWN
    with pytest.raises(WrongAddressError) as raised:
        connectors(unreadable).facts()
    assert "cannot be read" in raised.value.hint
    office.close()
