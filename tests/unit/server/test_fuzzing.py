"""The OpenAPI document holds: whatever is sent, no answer is a mistake of the server's, and each is one it describes.

`TECHDESK_FUZZ=1000` sends so many requests to every operation, other ones at each run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from techdesk.domain.vocabulary import Role
from techdesk.server.administration.users import add_user
from techdesk.server.app import build_app
from techdesk.server.requests.auth import WrongAttempts
from techdesk.server.service_channel.clients import add_client
from techdesk.server.storage.database import Database
from techdesk.server.storage.ids import new_uid
from techdesk.wire.extend import TOKEN_HEADER
from tests.support.work_orders import SAMPLE_JSON, SAMPLE_XML
from tests.unit.server.conftest import NOW
from tests.unit.server.world import World, built_world

ASKED = os.environ.get("TECHDESK_FUZZ", "")
REQUESTS = int(ASKED or "8")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WEBHOOK = "/v1/Clients/{clientId}/ServiceChannelWorkOrders"
UPDATE = "/RSMCP/api/Services/UpdateServiceOrder"
PASSWORD = "a long password"


@dataclass
class Fuzzed:
    """A server with something behind every path.

    Attributes:
        schema: What schemathesis read in the document.
        known: Ids that exist, by the name of the parameter or member.
        query: Parameters of single paths that random ones would never be.
    """

    world: World
    schema: Any
    known: dict[str, Any]
    query: dict[str, dict[str, Any]]

    @property
    def headers(self) -> dict[str, str]:
        """The administrator's credentials in every dialect."""
        return self.world.admin.headers | {TOKEN_HEADER: self.world.admin.token}

    def sent(self, case: Case[Any]) -> httpx.Response:
        """Return the answer to a request that schemathesis made."""
        how = case.as_transport_kwargs(base_url="http://test", headers=self.headers)
        how["headers"] = {name: str(value).encode("latin-1") for name, value in how["headers"].items()}
        assert not how.pop("cookies")
        if isinstance(how.get("data"), bytes | str):
            how["content"] = how.pop("data")
        return self.world.nobody.ask(how.pop("method"), how.pop("url"), **how)

    def renew(self) -> None:
        """Make an order with parts, as the one before may be deleted."""
        world = self.world
        order = world.order(customer={"name": "Ana", "email": "ana@example.org"})
        ask = world.technician
        item = ask.post(f"{order}/items", {"name": "Seal", "price": 3}).json()
        event = ask.post(f"{order}/events", {"eventType": "final_check"}).json()
        hours = ask.post(f"{order}/hours", {"startedAt": NOW, "hourlyRateUid": world.rate_uid}).json()
        choices = f"{world.tenant}/serviceorders"
        rate = world.admin.post(f"{choices}/hourlyrates", {"name": new_uid(), "price": 60}).json()
        status = world.admin.post(f"{choices}/statuses", {"name": new_uid(), "serviceState": "ON_HOLD"}).json()
        shown = ask.get(order).json()
        person = world.admin.post(f"{world.tenant}/admin/users", {"name": new_uid(), "role": "technician"}).json()
        token = world.admin.post(f"{world.tenant}/admin/tokens", {"tenantUserUid": person["tenantUserUid"]}).json()
        self.known |= {
            "serviceOrderUid": shown["serviceOrderUid"],
            "serviceOrderId": shown["serviceOrderUid"],
            "publicPageHash": shown["publicPageHash"],
            "serviceOrderItemUid": item["serviceOrderItemUid"],
            "serviceEventUid": event["serviceEventUid"],
            "serviceHoursUid": hours["serviceHoursUid"],
            "tenantUserUid": person["tenantUserUid"],
            "tokenUid": token["tokenUid"],
            "hourlyRateUid": rate["hourlyRateUid"],
            "serviceStatusUid": status["serviceStatusUid"],
        }
        self.query["/RSMCP/api/Services/GetServiceOrder"] = {"serviceOrderId": int(shown["serviceNumber"][3:])}


@pytest.fixture
def fuzzed(tmp_path: Path, begun_sqlite: Path) -> Iterator[Fuzzed]:
    """A server of which each operation gets an order of its own."""
    file = tmp_path / "server.sqlite"
    shutil.copy(begun_sqlite, file)
    database = Database(f"sqlite:///{file}")
    with built_world(database) as world:
        # whoever tries too often is asked to wait, which is not what is looked at here
        never = WrongAttempts(partial(next, count(0.0, 3600.0)))
        world.server.wrong_attempts = world.server.wrong_pages = never
        yield _fuzzed(world)
    database.close()


def _fuzzed(world: World) -> Fuzzed:
    with world.database.write() as connection:
        keys = add_client(connection, "Brightline", NOW, create_missing=True, signed=False)
    me = world.admin.get("/v2/me").json()
    known = {
        "tenantUid": me["tenantUid"],
        "storeUid": me["stores"][0]["storeUid"],
        "clientId": keys.client_uid,
        "serviceTypeUid": world.types["other"],
    }
    webhook = {"accessKey": keys.access_key, "signingKey": keys.signing_key}
    schema = schemathesis.openapi.from_dict(build_app().openapi())
    return Fuzzed(world, schema, known, {WEBHOOK: webhook})


def _area(path: str) -> str:
    return "store" if "{storeUid}" in path else "tenant" if path.startswith("/v2/") else "other dialects"


OPERATIONS = [(path, method.upper()) for path, methods in build_app().openapi()["paths"].items() for method in methods]
FUZZING = settings(
    max_examples=REQUESTS,
    deadline=None,
    derandomize=not ASKED,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] + ([Phase.shrink] if ASKED else []),
)


@pytest.mark.slow
@pytest.mark.parametrize("area", ["store", "tenant", "other dialects"])
def test_whatever_is_sent_is_answered_as_the_document_says(fuzzed: Fuzzed, area: str, subtests: pytest.Subtests):
    for path, method in OPERATIONS:
        if _area(path) == area:
            with subtests.test(path=path, method=method):
                fuzzed.renew()
                fuzz(fuzzed, path, method)


def fuzz(fuzzed: Fuzzed, path: str, method: str) -> None:
    """Send an operation requests by the document's rules, and bodies that break them."""
    operation = fuzzed.schema[path][method]
    fixed = {one.name: fuzzed.known[one.name] for one in operation.path_parameters if one.name in fuzzed.known}
    query = fuzzed.query.get(path)
    modes = [operation.as_strategy(path_parameters=fixed or None, query=query)]
    if operation.body:
        modes.append(operation.as_strategy(GenerationMode.NEGATIVE, query=query))

    @FUZZING
    @given(case=st.one_of(modes), is_filled=st.booleans())
    def send(case: Case[Any], is_filled: bool) -> None:
        if is_filled:
            case.body = filled(case.body, fuzzed.known)
        case.validate_response(fuzzed.sent(case), checks=CHECKS)

    send()


def filled(body: Any, known: dict[str, Any]) -> Any:
    """Return a body whose ids are some that exist."""
    if isinstance(body, list):
        return [filled(one, known) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: known[name] if name in known else filled(value, known) for name, value in body.items()}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "2026-13-40", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SCRAPS = st.binary(max_size=12) | st.sampled_from(
    [
        b"",
        b"<",
        b">",
        b"&#0;",
        b"&x;",
        b"]]>",
        b"<!DOCTYPE a>",
        b"-1",
        b"null",
        b'"',
        b"\xff",
        b"\xed\xa0\x80",
        b"9" * 40,
    ]
)


@st.composite
def spoiled(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw a body with another value in one place, or other bytes."""
    if whole.startswith(b"{") and draw(st.booleans()):
        members = json.loads(whole)
        place = members
        while True:
            name = draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
            if not place[name] or not isinstance(place[name], dict | list) or draw(st.integers(0, 3)) == 0:
                break
            place = place[name]
        place[name] = draw(JUNK)
        return json.dumps(members).encode()
    edges = [one.start() for one in re.finditer(rb"[<>{}:,]", whole)]
    start = draw(st.sampled_from(edges)) + draw(st.integers(0, 1))
    end = draw(st.sampled_from([start, *(edge for edge in edges if start <= edge < start + 60)]))
    return whole[:start] + draw(SCRAPS) + whole[end:]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["application/json", "application/xml"])
def test_a_spoiled_order_is_answered_as_the_document_says(fuzzed: Fuzzed, kind: str):
    fuzzed.renew()
    world, operation = fuzzed.world, fuzzed.schema[UPDATE]["PUT"]
    signed_in = {"Authorization": f"Bearer {rooms_token(world)}"}
    path = "/RSMCP/api/Services/GetServiceOrder"
    whole = world.nobody.get(path, params=fuzzed.query[path], headers=signed_in | {"Accept": kind})
    assert whole.status_code == 200

    @FUZZING
    @given(body=spoiled(whole.content))
    def send(body: bytes) -> None:
        answer = world.nobody.ask("PUT", UPDATE, content=body, headers=signed_in | {"Content-Type": kind})
        operation.Case(body=body, media_type=kind).validate_response(answer, checks=CHECKS)

    send()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "whole"), [("application/json", SAMPLE_JSON), ("application/xml", SAMPLE_XML)])
def test_a_spoiled_delivery_is_answered_as_the_document_says(fuzzed: Fuzzed, kind: str, whole: bytes):
    world, operation = fuzzed.world, fuzzed.schema[WEBHOOK]["POST"]
    path = WEBHOOK.format(clientId=fuzzed.known["clientId"])

    @FUZZING
    @given(body=spoiled(whole))
    def send(body: bytes) -> None:
        answer = world.nobody.ask(
            "POST", path, params=fuzzed.query[WEBHOOK], content=body, headers={"Content-Type": kind}
        )
        operation.Case(body=body, media_type=kind, path_parameters={"clientId": "x"}).validate_response(
            answer, checks=CHECKS
        )

    send()


def rooms_token(world: World) -> str:
    """Return a token of the dialect that signs in by password."""
    with world.database.write() as connection:
        name = f"Rosa {new_uid()}"
        add_user(connection, name, Role.ADMIN, NOW, PASSWORD)
    form = {"grant_type": "password", "username": name, "password": PASSWORD}
    return str(world.nobody.ask("POST", "/RSMCP/token", data=form).json()["access_token"])
