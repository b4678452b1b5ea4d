"""An administrator works on a real server through the desk: what changes is what everybody else then sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.administration import Administration, AdminKind, position_at
from techdesk.application.order_detail import read_choices
from techdesk.application.queries import OrderFilter
from techdesk.domain.errors import InvalidInputError, NotAllowedError, NotFoundError, WrongCredentialsError
from techdesk.domain.records import Document
from tests.support.real_desk import Bench, bench_at
from tests.support.server_process import ServerProcess, running_server
from tests.support.work_orders import body_of, signature, work_order

ORDERS = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", str(ORDERS)) as one:
        yield one


@pytest.fixture
def bench(tmp_path: Path, server: ServerProcess) -> Iterator[Bench]:
    with bench_at(tmp_path, server.address, server.admin_token) as one:
        one.drain()
        yield one


def admin_of(bench: Bench) -> Administration:
    return bench.desk.administration("a1")


def named(records: Any, name: str) -> Document:
    found: Document = next(one for one in records if one["name"] == name)
    return found


def test_a_renamed_and_moved_status_is_what_orders_and_choices_show(bench: Bench) -> None:
    with bench.desk.store.read() as view:
        row = view.first_order_rows(OrderFilter(), 1)[0]
        before = [one.name for one in read_choices(view, "a1").statuses]
    statuses = admin_of(bench).records(AdminKind.STATUS)
    assert [one["name"] for one in statuses] == before
    at = before.index(row.status)
    uid = statuses[at]["service_status_uid"]

    admin_of(bench).change(AdminKind.STATUS, uid, {"name": f"{row.status} – renamed", "color": "#9d2f7a"})
    to = 0 if at else len(before) - 1
    admin_of(bench).change(AdminKind.STATUS, uid, {"position": position_at(statuses, at, to)})
    bench.desk.renew_references("a1")
    bench.drain()

    with bench.desk.store.read() as view:
        after = [one.name for one in read_choices(view, "a1").statuses]
        shown = view.order_rows([row.key])[0]
    moved = [*before[:at], *before[at + 1 :]]
    moved.insert(to, f"{row.status} – renamed")
    assert after == moved
    assert shown.status == f"{row.status} – renamed"


def test_a_name_that_is_taken_is_refused_with_its_field(bench: Bench) -> None:
    statuses = admin_of(bench).records(AdminKind.STATUS)
    with pytest.raises(InvalidInputError, match="taken") as raised:
        admin_of(bench).change(AdminKind.STATUS, statuses[0]["service_status_uid"], {"name": statuses[1]["name"]})
    assert raised.value.field == "name"
    with pytest.raises(NotFoundError):
        admin_of(bench).change(AdminKind.STATUS, "nowhere", {"name": "x"})


def test_a_new_rate_can_be_chosen_and_its_repeat_with_the_same_key_adds_nothing(bench: Bench) -> None:
    for _ in range(2):
        made = admin_of(bench).add(AdminKind.HOURLY_RATE, {"name": "Night call", "price": "129.5"}, "night-call-1")
        assert made.record["price"] == "129.5"
    assert [one["name"] for one in admin_of(bench).records(AdminKind.HOURLY_RATE)].count("Night call") == 1
    bench.desk.renew_references("a1")
    with bench.desk.store.read() as view:
        rates = {one["name"]: one["price"] for one in view.references("a1", "hourly_rates")}
    assert rates["Night call"] == "129.5 EUR"


def test_a_new_user_signs_in_with_a_new_token_until_it_is_revoked(
    bench: Bench, server: ServerProcess, tmp_path: Path
) -> None:
    user = admin_of(bench).add(
        AdminKind.USER, {"name": "noor", "display_name": "Noor Haddad", "role": "supervisor"}, "k1"
    )
    uid = str(user.record["tenant_user_uid"])
    made = admin_of(bench).add(AdminKind.TOKEN, {"tenant_user_uid": uid}, "k2")
    assert admin_of(bench).add(AdminKind.TOKEN, {"tenant_user_uid": uid}, "k2").secrets == {}

    with bench_at(tmp_path / "noor", server.address, made.secrets["token"]) as hers:
        facts = hers.desk.check_account("a1")
        assert (facts.user_name, facts.role) == ("Noor Haddad", "supervisor")
        with pytest.raises(NotAllowedError, match="role"):
            hers.desk.administration("a1").add(AdminKind.HOURLY_RATE, {"name": "x", "price": "1"}, "k3")

        admin_of(bench).revoke_token(str(made.record["token_uid"]))
        with pytest.raises(WrongCredentialsError):
            hers.desk.check_account("a1")


def test_the_last_administrator_stays_one(bench: Bench) -> None:
    me = next(one for one in admin_of(bench).records(AdminKind.USER) if one["role"] == "admin")
    with pytest.raises(NotAllowedError, match="stay administrator"):
        admin_of(bench).change(AdminKind.USER, me["tenant_user_uid"], {"role": "technician"})


def test_a_password_that_was_set_signs_in_and_a_short_one_is_refused(bench: Bench, server: ServerProcess) -> None:
    user = admin_of(bench).add(AdminKind.USER, {"name": "pat"}, "pat-1").record
    assert user["has_password"] is False
    with pytest.raises(InvalidInputError) as raised:
        admin_of(bench).change(AdminKind.USER, user["tenant_user_uid"], {"password": "short"})
    assert raised.value.field == "password"
    changed = admin_of(bench).change(AdminKind.USER, user["tenant_user_uid"], {"password": "long enough"}).record
    assert changed["has_password"] is True


@dataclass
class Keys:
    """What a client needs to deliver."""

    record: Document
    secrets: dict[str, str]

    def deliver(self, server: ServerProcess, body: bytes) -> int:
        url = f"{server.address}/v1/Clients/{self.record['client_id']}/ServiceChannelWorkOrders"
        query = {"accessKey": self.secrets["access_key"], "signingKey": self.secrets["signing_key"]}
        headers = {"Content-Type": "application/json", **signature(self.secrets["signing_secret"], body)}
        return httpx.post(url, params=query, content=body, headers=headers, timeout=30).status_code


def test_a_new_clients_keys_take_a_delivery_that_then_stands_in_the_log(bench: Bench, server: ServerProcess) -> None:
    values = {"name": "Retailer", "create_missing": True, "signed": True}
    made = admin_of(bench).add(AdminKind.CLIENT, values, "c")
    old = Keys(made.record, dict(made.secrets))
    assert old.deliver(server, body_of(work_order(Id=4711, Number="W-4711"))) == 200

    new_keys = admin_of(bench).renew_keys(str(made.record["client_id"]))
    new = Keys(new_keys.record, dict(new_keys.secrets))
    assert old.deliver(server, b"{}") == 401
    assert new.deliver(server, b"{}") == 400

    log = admin_of(bench).deliveries(1, str(made.record["client_id"]))
    assert [one["outcome"] for one in log.records][-1] == "created"
    assert {one["outcome"] for one in log.records} == {"created", "refused"}
    assert log.total == len(log.records)
    whole = admin_of(bench).delivery(str(log.records[-1]["delivery_uid"]))
    assert "W-4711" in whole["body"]
    assert admin_of(bench).deliveries(1, "nobody").total == 0

    admin_of(bench).change(AdminKind.CLIENT, str(made.record["client_id"]), {"active": False})
    assert named(admin_of(bench).records(AdminKind.CLIENT), "Retailer")["active"] is False
    assert new.deliver(server, body_of(work_order(Id=4711))) == 401
