"""What a change adds to an order goes out once, and what the same change takes out again does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account
from techdesk.application.exchange import FreezeTarget, PulledOrder, ReadBack, Sighting
from techdesk.application.outbox import Operation, Verb
from techdesk.connectors.resource_scheduler.connector import ResourceSchedulerConnector
from techdesk.connectors.resource_scheduler.mapping import changes_of, new_keys
from techdesk.connectors.resource_scheduler.settings import RESOURCE_SCHEDULER
from techdesk.domain.errors import InvalidInputError, NotSupportedError
from techdesk.domain.records import RecordType
from techdesk.wire.resource_scheduler import Form, edit, read_order
from tests.unit.connectors.answering import answer, json_answer

SAMPLE = Path(__file__).parents[2] / "data" / "resource_scheduler" / "sample.json"
ITEMS, OPTIONS = "rs:ServiceOrderItemList", "ServiceItemOptionList"
VALUES = read_order(SAMPLE.read_bytes(), Form.JSON)
PLACE = len(VALUES["ServiceOrderItemList"])


def test_a_new_thing_goes_with_all_its_members_and_what_is_in_it() -> None:
    new = f"{ITEMS}/new1"
    intent = {new: True, f"{new}/Name": "Desk", f"{new}/{OPTIONS}/new1": True}
    intent |= {f"{new}/{OPTIONS}/new1/ServiceOptionName": "Oak"}
    assert changes_of(intent, VALUES) == {
        f"ServiceOrderItemList/{PLACE}": {"Name": "Desk", OPTIONS: [{"ServiceOptionName": "Oak"}]}
    }
    assert new_keys(intent) == {new, f"{new}/{OPTIONS}/new1"}


def test_a_new_thing_that_was_taken_out_again_does_not_go() -> None:
    new, other = f"{ITEMS}/new1", f"{ITEMS}/1/{OPTIONS}/new1"
    intent = {new: "", f"{new}/Name": "", other: True, f"{other}/ServiceOptionName": "Oak"}
    assert list(changes_of(intent, VALUES).values()) == [{"ServiceOptionName": "Oak"}]
    assert new_keys(intent) == {other}


def test_a_change_of_a_thing_that_an_earlier_change_added_is_not_taken_for_another_one() -> None:
    with pytest.raises(NotSupportedError, match="known by its own number now"):
        changes_of({f"{ITEMS}/new1/Quantity": 5}, VALUES)


NUMBER = str(VALUES["ServiceOrderId"])
NEW = f"{ITEMS}/new1"
THERE = edit(SAMPLE.read_bytes(), Form.JSON, {"Error": None, "ErrorId": None})
"""The sample order as one that the server refuses nothing of."""


ACCOUNT = Account(
    account_id="a1",
    name="RS",
    system="resource_scheduler",
    address="https://rs.example",
    settings={"userName": "k"},
)


def connected(handler: Callable[[httpx.Request], httpx.Response]) -> ResourceSchedulerConnector:
    """Return a connector that signs in; `handler` answers everything else."""

    def come(request: httpx.Request) -> httpx.Response:
        is_sign_in = request.url.path.endswith("/token")
        return json_answer({"access_token": "t", "expires_in": 600}) if is_sign_in else handler(request)

    return ResourceSchedulerConnector(ACCOUNT, "secret", transport=httpx.MockTransport(come))


def updated(intent: dict[str, Any], come: Callable[[httpx.Request], httpx.Response]) -> ReadBack:
    """Look back at an update of the sample order; what is there is what `come` answers."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.params["serviceOrderId"]) == ("GET", NUMBER)
        return come(request)

    desk = connected(handler)
    operation = Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id=NUMBER,
        record_type=RecordType.ORDER,
        record_id=NUMBER,
        verb=Verb.UPDATE,
        intent=intent,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
        attempts=1,
    )
    target = FreezeTarget(
        order_server_id=NUMBER, record_server_id=NUMBER, revision=None, base={}, raw=SAMPLE.read_bytes()
    )
    try:
        return desk.read_back(replace(operation, request=desk.freeze(operation, target)))
    finally:
        desk.close()


def with_changes(intent: dict[str, Any]) -> bytes:
    """Return the sample order as it is once a change has taken effect: what was added has a number."""
    changes = changes_of(intent, VALUES)
    added = {path: one | {"ServiceOrderItemId": 900} for path, one in changes.items() if isinstance(one, dict)}
    return edit(THERE, Form.JSON, changes | added)


def test_a_change_is_looked_for_and_shown_as_the_order_is_now() -> None:
    seen = updated({"title": "Mine"}, lambda _: answer(200, with_changes({"title": "Theirs"})))
    assert (seen.sighting, seen.server_id, seen.by_likeness) == (Sighting.SHOWN, NUMBER, False)
    assert seen.record is not None
    assert (seen.record["title"], seen.revision, bool(seen.raw)) == ("Theirs", VALUES["LastModified"], True)


def test_an_order_that_anybody_changed_since_is_newer_than_what_would_be_sent() -> None:
    same = updated({"title": "Mine"}, lambda _: answer(200, THERE))
    stamp = str(VALUES["LastModified"]).replace("2", "3", 1)
    newer = updated({"title": "Mine"}, lambda _: answer(200, edit(THERE, Form.JSON, {"LastModified": stamp})))
    assert (same.is_newer, newer.is_newer) == (False, True)


@pytest.mark.parametrize("seconds", [10**400, -1, True, "600", None], ids=["400 digits", "-1", "true", "text", "null"])
def test_a_token_whose_life_cannot_be_believed_is_used_and_fetched_anew(seconds: Any) -> None:
    asked: list[str] = []

    def come(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        is_sign_in = request.method == "POST"
        return json_answer({"access_token": "t", "expires_in": seconds}) if is_sign_in else answer(200, THERE)

    desk = ResourceSchedulerConnector(ACCOUNT, "secret", transport=httpx.MockTransport(come))
    for _ in range(2):
        assert desk.fetch(PulledOrder(server_id=NUMBER, document={})).server_id == NUMBER
    desk.close()
    assert sum(path.endswith("/token") for path in asked) == 2


@pytest.mark.parametrize("status", [404, 405])
def test_where_there_is_no_read_no_order_is_taken_for_gone(status: int) -> None:
    desk = connected(lambda _: httpx.Response(status))
    with pytest.raises(NotSupportedError):
        desk.fetch(PulledOrder(server_id=NUMBER, document={}))
    desk.close()


def test_what_a_change_adds_is_told_by_what_it_says_as_it_has_no_number_yet() -> None:
    intent = {NEW: True, f"{NEW}/Name": "Desk"}
    there = updated(intent, lambda _: answer(200, with_changes(intent)))
    assert (there.sighting, there.by_likeness) == (Sighting.FOUND, True)
    missing = updated(intent, lambda _: answer(200, THERE))
    assert (missing.sighting, missing.by_likeness) == (Sighting.SHOWN, False)


@pytest.mark.parametrize(
    ("came", "sighting"),
    [
        (httpx.Response(404), Sighting.ABSENT),
        (httpx.Response(405), Sighting.ABSENT),
        (httpx.Response(404, text="<html>", headers={"content-type": "text/html"}), Sighting.HIDDEN),
        (httpx.Response(503), Sighting.UNKNOWN),
        (answer(200, b"{"), Sighting.UNKNOWN),
        (answer(200, edit(THERE, Form.JSON, {"Error": "None such"})), Sighting.GONE),
    ],
)
def test_where_there_is_no_read_nothing_is_known_to_have_arrived(came: httpx.Response, sighting: Sighting) -> None:
    seen = updated({"title": "Mine"}, lambda _: came)
    assert (seen.sighting, bool(seen.reason)) == (sighting, sighting is not Sighting.ABSENT)


def test_the_servers_own_words_tell_why_it_shows_no_order() -> None:
    locked = updated({}, lambda _: answer(200, edit(THERE, Form.JSON, {"Error": "Locked by an import"})))
    assert (locked.sighting, locked.reason) == (Sighting.GONE, "Locked by an import")
    unnamed = updated({}, lambda _: answer(200, edit(THERE, Form.JSON, {"ErrorId": 1})))
    assert (unnamed.sighting, unnamed.reason) == (Sighting.GONE, "")


@pytest.mark.parametrize(("given", "late", "lag"), [({}, 120.0, 5.0), ({"settleSeconds": "25"}, 24.0, 1.0)])
def test_the_settle_window_is_the_accounts(given, late: float, lag: float):
    account = Account(
        account_id="a1", name="RS", system="resource_scheduler", address="https://rs.example", settings=given
    )
    desk = ResourceSchedulerConnector(account, "secret")
    assert (desk.profile.late_commit_s, desk.profile.visibility_lag_s) == pytest.approx((late, lag))


def test_a_settle_window_that_is_no_number_is_refused_by_name():
    with pytest.raises(InvalidInputError) as raised:
        RESOURCE_SCHEDULER.check_settings({"userName": "kim", "settleSeconds": "soon"})
    assert raised.value.field == "settleSeconds"
