"""What means harm is refused at every door of every dialect; what only looks harmful is kept as it is."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.domain.vocabulary import Role
from techdesk.server.administration.users import add_user
from techdesk.server.orders.integrity import problems_of
from techdesk.server.service_channel.clients import add_client
from techdesk.wire.extend import TOKEN_HEADER
from techdesk.wire.resource_scheduler import Form, edit, read_order
from tests.support.server_process import running_server
from tests.support.work_orders import body_of, note, work_order
from tests.unit.server.conftest import NOW
from tests.unit.server.world import World

PASSWORD = "a long password"
UPDATE = "/RSMCP/api/Services/UpdateServiceOrder"
READ = "/RSMCP/api/Services/GetServiceOrder"


@dataclass
class Door:
    """A request that carries a body.

    Attributes:
        kind: Content type of a good body.
    """

    method: str
    path: str
    kind: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)

    def send(self, world: World, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
        named = {"Content-Type": self.kind} | self.headers | {name.replace("_", "-"): v for name, v in headers.items()}
        return world.nobody.ask(self.method, self.path, params=self.query, content=body, headers=named)


def doors(world: World) -> dict[str, Door]:
    """Return a door of each dialect for each format, behind which stands one order."""
    order = world.order()
    uid = order.rpartition("/")[2]
    with world.database.write() as connection:
        add_user(connection, "Rosa", Role.TECHNICIAN, NOW, PASSWORD)
        keys = add_client(connection, "Brightline", NOW, create_missing=True, signed=False)
    form = {"grant_type": "password", "username": "Rosa", "password": PASSWORD}
    token = world.nobody.ask("POST", "/RSMCP/token", data=form).json()["access_token"]
    rosa = {"Authorization": f"Bearer {token}"}
    webhook = f"/v1/Clients/{keys.client_uid}/ServiceChannelWorkOrders"
    signed = {"accessKey": keys.access_key, "signingKey": keys.signing_key}
    extend = f"/extend/service-orders/{uid}/update-repair"
    return {
        "Flow Retail": Door("POST", world.orders, "application/json", world.technician.headers),
        "Flow Retail change": Door("PUT", order, "application/json", world.technician.headers),
        "Extend": Door("POST", extend, "application/json", {TOKEN_HEADER: world.technician.token}),
        "Resource Scheduler JSON": Door("PUT", UPDATE, "application/json", rosa),
        "Resource Scheduler XML": Door("PUT", UPDATE, "application/xml", rosa),
        "ServiceChannel JSON": Door("POST", webhook, "application/json", {}, signed),
        "ServiceChannel XML": Door("POST", webhook, "text/xml", {}, signed),
    }


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
XML = {
    "billion laughs": f'<!DOCTYPE o [<!ENTITY l0 "ha">{_LAUGHS}]><o>&l11;</o>'.encode(),
    "external entity": b'<!DOCTYPE o [<!ENTITY e SYSTEM "file:///etc/passwd">]><o>&e;</o>',
    "parameter entity": b'<!DOCTYPE o [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]><o/>',
    "external DTD": b'<!DOCTYPE o SYSTEM "http://127.0.0.1:9/x.dtd"><o/>',
    "an unknown entity": b"<o>&nobody;</o>",
    "depth": b"<o>" * 10_000 + b"</o>" * 10_000,
    "NUL": b"<o>&#0;</o>",
    "raw NUL": b"<o>\0</o>",
    "a lone surrogate": b"<o>&#xD800;</o>",
    "UTF-16": '<?xml version="1.0" encoding="utf-16"?><o/>'.encode("utf-16"),
    "Latin-1": '<?xml version="1.0" encoding="utf-8"?><o>ü</o>'.encode("latin-1"),
    "half": b"<o><ServiceOrderId>1",
    "nothing": b"",
    "gzip": gzip.compress(b"<o>" + b" " * 50_000_000, 1),
}
JSON = {
    "depth of lists": b'{"title": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "depth of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": -Infinity}',
    "a name twice": b'{"title": "a", "title": "b"}',
    "many names and one twice": b'{%s,"a0":1}' % b",".join(b'"a%d":1' % n for n in range(80_000)),
    "a number of 5000 digits": b'{"title": ' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"title": "\\ud800"}',
    "a raw surrogate": b'{"title": "\xed\xa0\x80"}',
    "NUL": b'{"title": "\\u0000"}',
    "raw NUL": b'{"title": "\0"}',
    "UTF-16": '{"title": "ü"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"title": "ü"}'.encode("utf-16-le"),
    "Latin-1": '{"title": "ü"}'.encode("latin-1"),
    "half": b'{"title": "a',
    "nothing": b"",
    "gzip": gzip.compress(b'{"title": "' + b" " * 50_000_000, 1),
}


@pytest.mark.slow
def test_every_hostile_body_is_refused_at_every_door_and_changes_nothing(world: World, subtests: pytest.Subtests):
    entries = doors(world)
    before = world.changes()
    for name, door in entries.items():
        for harm, body in (XML if door.kind.endswith("xml") else JSON).items():
            with subtests.test(door=name, harm=harm):
                headers = {"Content_Encoding": "gzip"} if harm == "gzip" else {}

                refused = door.send(world, body, **headers)

                assert _is_refusal(refused), refused.text[:300]
                assert "root:" not in refused.text
    assert world.changes() == before
    assert problems_of(world.database) == (1, [])


def _is_refusal(answer: httpx.Response) -> bool:
    """Say whether nothing was stored; Resource Scheduler keeps unread what it does not know, and says so in a 200."""
    if answer.status_code == 200 and answer.request.url.path == UPDATE:
        return b'"ErrorId": 1' in answer.content
    return answer.status_code in (400, 415)


def test_a_body_of_fifty_megabytes_is_refused_at_every_door_unread(world: World, subtests: pytest.Subtests):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(800):
            sent += 65_536
            yield b" " * 65_536

    for name, door in doors(world).items():
        with subtests.test(door=name):
            sent = 0
            unannounced = door.send(world, endless())
            announced = door.send(world, b"", Content_Length="52428800")

            assert (unannounced.status_code, announced.status_code) == (413, 413)
            assert sent < 3_000_000


def test_another_content_type_or_charset_is_refused_at_every_door(world: World, subtests: pytest.Subtests):
    for name, door in doors(world).items():
        for kind in ("", "text/plain", "application/octet-stream", "application/json; charset=latin-1", "image/png"):
            with subtests.test(door=name, kind=kind):
                body = b"<o/>" if door.kind.endswith("xml") else b"{}"

                assert door.send(world, body, Content_Type=kind).status_code in (400, 415)


NASTY = (
    "'; DROP TABLE orders; --",
    '<script>alert("1")</script><img src=x onerror=alert(1)>',
    "</Notes>]]><!-- & &amp; &#65; \\u0041 \\0 %00 {{7*7}} ${jndi:ldap://x}",
    "line\nbreak\ttab  two spaces \u2028\u202eright to left\ufeff",
    "𝕬🔧 e\u0301 é Å ﬁ İı ß \U0010ffff \ufffe",
)


@pytest.mark.parametrize("text", NASTY)
def test_flow_retail_keeps_every_text_as_it_came(world: World, text: str):
    names = ("title", "description", "locationLabel", "externalServiceNumber", "externalSystem", "externalId")
    asset_names = ("name", "maker", "model", "serialNumber", "condition", "accessories")
    given: dict[str, Any] = {
        **dict.fromkeys(names, text),
        "customer": dict.fromkeys(("name", "phone", "email", "address"), text),
        "assets": [dict.fromkeys(asset_names, text)],
        "site": {"name": text, "address": text},
    }
    order = world.order(**given)
    ask = world.technician
    item = ask.post(f"{order}/items", dict.fromkeys(("name", "sku", "serialNumber", "note"), text)).json()
    data = {"metadata": {text: [text, {text: text}]}}
    event = ask.post(f"{order}/events", {"eventType": "final_check", "notes": text, "data": data}).json()
    worked = {"startedAt": "2026-03-02T08:00:00Z", "note": text, "hourlyRateUid": world.rate_uid}
    hours = ask.post(f"{order}/hours", worked).json()

    shown = ask.get(order).json()

    assert {name: shown[name] for name in names} == dict.fromkeys(names, text)
    assert {name: shown["customer"][name] for name in given["customer"]} == given["customer"]
    assert {name: shown["assets"][0][name] for name in asset_names} == given["assets"][0]
    assert {name: shown["site"][name] for name in given["site"]} == given["site"]
    assert (item["name"], item["sku"], item["serialNumber"], item["note"]) == (text,) * 4
    assert (event["notes"], event["data"], hours["note"]) == (text, data, text)
    (fed,) = world.changes()["orders"]
    assert {name: fed[name] for name in names} == dict.fromkeys(names, text)
    assert fed["events"][0] == event
    found = ask.post(f"{world.orders}/search", {"title": text}).json()["items"]
    assert [one["title"] for one in found] == [text]
    assert problems_of(world.database) == (1, [])


@pytest.mark.parametrize("text", NASTY)
def test_extend_keeps_every_text_as_it_came(world: World, text: str):
    door = doors(world)["Extend"]
    members = {"event": "put_on_shelf", "notes": text, "reason": text, "metadata": {text: text}, "shelf": text}

    assert door.send(world, json.dumps(members).encode()).status_code == 200

    path = door.path.rpartition("/")[0]
    (event,) = world.nobody.get(path, headers=door.headers).json()["events"]
    assert {name: event[name] for name in members} == members


@pytest.mark.parametrize("text", [one for one in NASTY if "\ufffe" not in one])
@pytest.mark.parametrize("form", Form)
def test_resource_scheduler_keeps_every_text_as_it_came(world: World, text: str, form: Form):
    door = doors(world)[f"Resource Scheduler {form.value.upper()}"]
    (number,) = [int(one["serviceNumber"][3:]) for one in world.changes()["orders"]]
    reading = {"params": {"serviceOrderId": number}, "headers": door.headers | {"Accept": door.kind}}
    whole = world.nobody.get(READ, **reading).content
    changed = edit(whole, form, {"Notes": text})

    told = door.send(world, changed)

    assert (told.status_code, read_order(told.content, form)["Error"] or "") == (200, "")
    assert read_order(world.nobody.get(READ, **reading).content, form)["Notes"] == text


def test_resource_scheduler_keeps_members_it_does_not_know_whatever_they_hold(world: World):
    door = doors(world)["Resource Scheduler JSON"]
    (number,) = [int(one["serviceNumber"][3:]) for one in world.changes()["orders"]]
    reading = {"params": {"serviceOrderId": number}, "headers": door.headers | {"Accept": door.kind}}
    strange = b'"Strange":[' + b"9" * 5000 + b',1e999,"\\ud800","\\u0000"],'
    whole = world.nobody.get(READ, **reading).content.replace(b"{", b"{" + strange, 1)

    told = door.send(world, edit(whole, Form.JSON, {"Notes": "also"}))

    assert told.status_code == 200, told.text
    assert strange in told.content
    assert strange in world.nobody.get(READ, **reading).content
    assert world.changes()["orders"][0]["description"] == "also"
    assert problems_of(world.database) == (1, [])


@pytest.mark.parametrize("text", NASTY)
def test_service_channel_keeps_every_text_as_it_came(world: World, text: str):
    door = doors(world)["ServiceChannel JSON"]
    members = dict.fromkeys(("Caller", "Trade", "Category", "ProblemCode", "Description", "NewMember"), text)
    delivery = work_order(**members, Notes=[note(1, text)])

    assert door.send(world, body_of(delivery)).status_code == 200

    order = next(one for one in world.changes()["orders"] if one["workOrder"])
    assert {name: order["workOrder"][name] for name in members} == members
    assert order["description"] == text
    assert [one["notes"] for one in order["events"]] == [text]


def test_the_memory_of_a_server_stays_flat_under_fifty_megabytes(tmp_path: Path):
    with running_server(tmp_path) as server:
        peak = _peak_kilobytes(server.pid)
        for _ in range(4):
            _pour(server.port, server.admin_token)

        assert _peak_kilobytes(server.pid) - peak < 40_000


def _pour(port: int, token: str) -> None:
    """Send 50 MB in chunks, whatever is answered."""
    head = (
        "POST /v2/tenants/t/stores/s/serviceorders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\r\n"
    )
    piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(50):
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return  # it was told that this is too much, and hung up


def _peak_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
