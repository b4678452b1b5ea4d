"""From ServiceChannel's webhook to the desk: a real server process, real deliveries, a real sync into a real store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.order_detail import OrderDetail, order_detail
from techdesk.application.outbox import OrderRef
from techdesk.application.queries import OrderFilter
from techdesk.desk.desk import Desk
from tests.support.real_desk import bench_at
from tests.support.server_process import ServerProcess, running_server
from tests.support.webhook import Webhook
from tests.support.work_orders import SAMPLE_JSON, SAMPLE_XML, body_of, note, work_order

ANSWERED_WITHIN_S = 5.0
AT_ONCE = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture(scope="module")
def webhook(server: ServerProcess) -> Webhook:
    return Webhook(server, server.run("client", "add", "Retailer", "--create-missing", "--hmac"))


def _shown(desk: Desk, number: str) -> OrderDetail:
    """Return the one order that the list finds for a work order's number."""
    desk.sync_once()
    with desk.store.read() as view:
        (row,) = view.first_order_rows(OrderFilter(text=number), 10)
        return order_detail(view, OrderRef(row.account_id, row.order_id))


@pytest.mark.parametrize(("body", "kind"), [(SAMPLE_JSON, "application/json"), (SAMPLE_XML, "text/xml")])
def test_the_documents_samples_reach_the_desk(webhook: Webhook, tmp_path: Path, body: bytes, kind: str) -> None:
    answer = webhook.send(body, kind)

    assert answer.status_code == 200, answer.text
    with bench_at(tmp_path, webhook.server.address, webhook.server.technician_token()) as bench:
        order = _shown(bench.desk, "sample string 2").order
    assert order.work_order is not None
    assert order.work_order.purchase_number == "sample string 3"
    assert order.work_order.expiration_date == "2025-12-19T15:01:54.4393284+00:00"
    assert [(one.text, one.action_required) for one in order.work_order.notes] == [("sample string 3", True)]


def test_a_change_reaches_the_desk_with_its_note_state_and_the_moment_it_came(webhook: Webhook, tmp_path: Path) -> None:
    first = webhook.send(body_of(work_order(Id=77, Number="W-77")))
    with bench_at(tmp_path, webhook.server.address, webhook.server.technician_token()) as bench:
        before = _shown(bench.desk, "W-77")

        members: dict[str, Any] = {
            "Nte": 900,
            "UpdatedDate": "2026-03-02T10:00:00Z",
            "Notes": [note(5, "Use the back door")],
        }
        members["Status"] = {"Primary": "IN PROGRESS", "Extended": "PARTS ON ORDER"}
        second = webhook.send(body_of(work_order(Id=77, Number="W-77", **members)), Accept="text/xml")
        after = _shown(bench.desk, "W-77")

    assert f">{first.text}<" in second.text
    assert before.work_order_changed_at is None
    assert after.work_order_changed_at is not None
    assert after.order.work_order is not None
    assert str(after.order.work_order.limit) == "900 USD"
    assert after.order.service_state == "ON_HOLD"
    assert [one.value.notes for one in after.events] == ["Use the back door"]


def test_clients_are_listed_rotated_and_disabled_on_the_command_line_while_the_server_runs(
    server: ServerProcess,
) -> None:
    old = Webhook(server, server.run("client", "add", "Other"))
    assert set(old.keys) == {"clientId", "accessKey", "signingKey", "signingSecret"}
    assert old.send(body_of(work_order(Id=78))).text == "null"

    new = Webhook(server, server.run("client", "rotate", "Other"))

    assert (old.send(b"{}").status_code, new.send(body_of(work_order(Id=78))).status_code) == (401, 200)
    listed = {one["name"]: one for one in server.run("client", "list")["clients"]}
    assert listed["Other"]["createMissing"] is False
    assert not set(new.keys.values()) & set(listed["Other"].values()) - {new.keys["clientId"], None}
    assert server.run("client", "disable", "Other")["active"] is False
    assert new.send(body_of(work_order(Id=78))).status_code == 401


def test_many_deliveries_at_once_are_each_answered_in_time_and_no_log_has_a_key(webhook: Webhook) -> None:
    def send(number: int) -> httpx.Response:
        return webhook.send(body_of(work_order(Id=1000 + number % 20, Nte=number, Notes=[note(number, "hello")])))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(4 * AT_ONCE)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 20
    assert max(one.elapsed.total_seconds() for one in answers) < ANSWERED_WITHIN_S
    log = (webhook.server.folder / "log").read_text()
    assert "/ServiceChannelWorkOrders 200" in log
    assert not any(webhook.keys[name] in log for name in ("accessKey", "signingKey", "signingSecret"))
