"""Administration over the wire: every call as the server knows it, every refusal in words with its field."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from techdesk.application.administration import Administration, AdminKind
from techdesk.domain.errors import (
    ConnectionFailedError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    OfflineError,
    OutcomeUnknownError,
    TechDeskError,
    WrongCredentialsError,
)
from tests.unit.connectors.answering import CAPABILITIES, Routes, answer, connector, json_answer, listed, problem

TENANT = "/v2/tenants/t1"


@contextmanager
def administering(routes: Routes) -> Iterator[Administration]:
    one = connector(routes)
    yield one.administration()
    one.close()


def answering(**answers: Any) -> Routes:
    told = {**CAPABILITIES, "administration": True}
    return Routes(**{"capabilities": lambda _: json_answer(told), **answers})


def last(routes: Routes) -> tuple[str, str, Any]:
    request = routes.requests[-1]
    return request.method, request.url.path, json.loads(request.content) if request.content else None


def test_a_server_without_administration_says_so() -> None:
    one = connector(Routes())
    with pytest.raises(NotSupportedError):
        one.administration()
    one.close()


def test_statuses_come_whole_and_by_position_and_rates_by_name_with_plain_prices() -> None:
    routes = answering(
        statuses=lambda _: listed({"serviceStatusUid": "b", "position": 2}, {"serviceStatusUid": "a", "position": 1}),
        hourlyrates=lambda _: listed(
            {"hourlyRateUid": "old", "name": "A", "price": 1, "active": False},
            {"hourlyRateUid": "z", "name": "z", "price": 620.5, "productUid": None, "active": True},
            {"hourlyRateUid": "b", "name": "B", "price": 100, "active": True},
        ),
    )
    with administering(routes) as admin:
        assert [one["service_status_uid"] for one in admin.records(AdminKind.STATUS)] == ["a", "b"]
        rates = admin.records(AdminKind.HOURLY_RATE)
    assert [(one["hourly_rate_uid"], one["price"]) for one in rates] == [("b", "100"), ("z", "620.5"), ("old", "1")]
    assert "product_uid" not in rates[1]


def test_tokens_that_work_come_first_and_clients_come_without_pages() -> None:
    routes = answering(
        tokens=lambda _: listed(
            {"tokenUid": "1", "displayName": "Ana", "revokedAt": "2026-01-01T00:00:00Z"},
            {"tokenUid": "2", "displayName": "Kim", "revokedAt": None},
        ),
        clients=lambda _: json_answer({"items": [{"clientId": "c", "name": "Retailer", "signed": False}]}),
    )
    with administering(routes) as admin:
        assert [one["token_uid"] for one in admin.records(AdminKind.TOKEN)] == ["2", "1"]
        assert admin.records(AdminKind.CLIENT) == [{"client_id": "c", "name": "Retailer", "signed": False}]


def test_an_add_carries_its_key_and_only_what_was_filled_in() -> None:
    made = {"hourlyRateUid": "h", "name": "Night", "price": 900.5, "active": True}
    routes = answering(hourlyrates=lambda _: json_answer(made, 201))
    with administering(routes) as admin:
        result = admin.add(AdminKind.HOURLY_RATE, {"name": "Night", "price": "900.50"}, "key-1")
    assert last(routes) == ("POST", f"{TENANT}/serviceorders/hourlyrates", {"name": "Night", "price": 900.5})
    assert routes.requests[-1].headers["idempotency-key"] == "key-1"
    assert result.record == {"hourly_rate_uid": "h", "name": "Night", "price": "900.5", "active": True}


@pytest.mark.parametrize(
    ("kind", "values", "path", "body"),
    [
        (AdminKind.STATUS, {"position": 3, "color": ""}, "serviceorders/statuses/x", {"position": 3, "color": ""}),
        (AdminKind.SERVICE_TYPE, {"service_kind": "other"}, "serviceorders/types/x", {"serviceKind": "other"}),
        (AdminKind.HOURLY_RATE, {"product_uid": ""}, "serviceorders/hourlyrates/x", {"productUid": None}),
        (AdminKind.USER, {"password": "", "role": "admin"}, "admin/users/x", {"password": "", "role": "admin"}),
        (AdminKind.CLIENT, {"create_missing": True}, "admin/clients/x", {"createMissing": True}),
    ],
)
def test_a_change_names_only_what_changed(kind: AdminKind, values: Any, path: str, body: Any) -> None:
    routes = answering(x=lambda _: json_answer({"name": "x"}))
    with administering(routes) as admin:
        admin.change(kind, "x", values)
    assert last(routes) == ("PUT", f"{TENANT}/{path}", body)
    assert "idempotency-key" not in routes.requests[-1].headers


def test_a_new_token_is_handed_over_apart_from_its_record_and_one_can_be_revoked() -> None:
    routes = answering(
        tokens=lambda _: json_answer({"tokenUid": "t", "tenantUserUid": "u", "token": "s3cret"}, 201),
        t=lambda _: answer(204),
    )
    with administering(routes) as admin:
        made = admin.add(AdminKind.TOKEN, {"tenant_user_uid": "u"}, "k")
        admin.revoke_token("t")
    assert (made.record, made.secrets) == ({"token_uid": "t", "tenant_user_uid": "u"}, {"token": "s3cret"})
    assert last(routes) == ("DELETE", f"{TENANT}/admin/tokens/t", None)


def test_the_repeat_of_a_new_token_brings_no_secret() -> None:
    routes = answering(tokens=lambda _: json_answer({"tokenUid": "t", "token": ""}, 201))
    with administering(routes) as admin:
        assert admin.add(AdminKind.TOKEN, {"tenant_user_uid": "u"}, "k").secrets == {}


def test_new_keys_of_a_client_come_without_a_signing_secret_where_it_does_not_sign() -> None:
    keys = {"clientId": "c", "accessKey": "A", "signingKey": "S", "signingSecret": None}
    routes = answering(rotate=lambda _: json_answer(keys))
    with administering(routes) as admin:
        made = admin.renew_keys("c")
    assert last(routes) == ("POST", f"{TENANT}/admin/clients/c/rotate", {})
    assert (made.record, made.secrets) == ({"client_id": "c"}, {"access_key": "A", "signing_key": "S"})


def test_deliveries_come_by_pages_of_one_client_or_all_and_one_with_its_body() -> None:
    page = {"items": [{"deliveryUid": "d", "outcome": "created"}], "paging": {"totalCount": 120}}
    routes = answering(
        deliveries=lambda _: json_answer(page), d=lambda _: json_answer({"deliveryUid": "d", "body": "<xml/>"})
    )
    with administering(routes) as admin:
        found = admin.deliveries(3, "c")
        assert (found.total, found.records) == (120, [{"delivery_uid": "d", "outcome": "created"}])
        query = routes.requests[-1].url.params
        assert dict(query) == {"pageNumber": "3", "pageSize": "50", "clientId": "c"}
        admin.deliveries()
        assert "clientId" not in routes.requests[-1].url.params
        assert admin.delivery("d")["body"] == "<xml/>"


REFUSALS: list[tuple[httpx.Response, type[TechDeskError], str, str]] = [
    (problem(409, "name_taken"), InvalidInputError, "name", "taken"),
    (problem(409, "last_admin"), NotAllowedError, "", "administrator"),
    (problem(403, "forbidden", "This needs the role admin"), NotAllowedError, "", "role admin"),
    (problem(404, "not_found"), NotFoundError, "", "removed"),
    (
        problem(400, "invalid", errors=[{"pointer": "/displayName", "message": "too long"}]),
        InvalidInputError,
        "display_name",
        "Display name: too long",
    ),
    (problem(400, "invalid", "Not so"), InvalidInputError, "", "Not so"),
    (problem(401, "unauthorized"), WrongCredentialsError, "", ""),
    (problem(409, "key_in_progress"), OutcomeUnknownError, "", ""),
    (problem(500, "internal"), OutcomeUnknownError, "", ""),
    (answer(502, b"<html>", content_type="text/html"), OutcomeUnknownError, "", ""),
    (answer(200, b'{"name"', content_type="application/json"), OutcomeUnknownError, "", ""),
    (problem(429, "too_many"), ConnectionFailedError, "", ""),
]


@pytest.mark.parametrize(("came", "error", "field", "words"), REFUSALS, ids=range(len(REFUSALS)))
def test_a_refusal_is_told_in_words_with_the_field_it_is_about(
    came: httpx.Response, error: type[TechDeskError], field: str, words: str
) -> None:
    with administering(answering(x=came)) as admin, pytest.raises(error) as raised:
        admin.change(AdminKind.USER, "x", {"display_name": "Kim"})
    assert words in str(raised.value)
    assert getattr(raised.value, "field", "") == field


@pytest.mark.parametrize(
    ("fault", "error"), [(httpx.ReadTimeout("slow"), OutcomeUnknownError), (httpx.ConnectError("no"), OfflineError)]
)
def test_silence_is_an_unknown_outcome_only_where_the_request_may_have_arrived(
    fault: Exception, error: type[TechDeskError]
) -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise fault

    with administering(answering(x=silent)) as admin, pytest.raises(ConnectionFailedError) as raised:
        admin.change(AdminKind.USER, "x", {"display_name": "Kim"})
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (AdminKind.STATUS, {"name": " "}, "name"),
        (AdminKind.STATUS, {"color": "red"}, "color"),
        (AdminKind.HOURLY_RATE, {"price": "-1"}, "price"),
        (AdminKind.USER, {"role": "boss"}, "role"),
    ],
)
def test_what_the_server_would_refuse_is_not_sent(kind: AdminKind, values: Any, field: str) -> None:
    routes = answering()
    with administering(routes) as admin:
        sent = len(routes.requests)
        with pytest.raises(InvalidInputError) as raised:
            admin.change(kind, "x", values)
    assert (raised.value.field, len(routes.requests)) == (field, sent)


def test_a_password_that_is_refused_before_it_is_sent_stands_in_no_traceback() -> None:
    password = "s3cret" * 200
    with administering(answering()) as admin, pytest.raises(InvalidInputError) as raised:
        admin.change(AdminKind.USER, "x", {"password": password})
    assert raised.value.field == "password"
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_what_cannot_be_made_here_is_refused_before_anything_is_sent() -> None:
    with administering(answering()) as admin:
        for kind in (AdminKind.SERVICE_TYPE, AdminKind.DELIVERY):
            with pytest.raises(NotSupportedError):
                admin.add(kind, {"name": "x"}, "k")
