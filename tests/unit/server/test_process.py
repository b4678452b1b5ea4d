"""The server as a process: start, commands beside it, and every way to end it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.domain.errors import InvalidTextError
from techdesk.server.__main__ import main
from techdesk.server.serving import Listening, bind
from tests.support.server_process import ServerProcess, running_server
from tests.unit.server.importing.open_repair_columns import COLUMNS


@pytest.fixture
def server(database_address: str, tmp_path: Path) -> Iterator[ServerProcess]:
    """A running server on a fresh database of either system."""
    folder = tmp_path / "running"
    folder.mkdir()
    with running_server(folder, "--sample", "30", database=database_address) as running:
        yield running


def _get(server: ServerProcess, path: str, token: str) -> httpx.Response:
    return httpx.get(f"{server.address}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def _orders_path(server: ServerProcess, token: str) -> str:
    me = _get(server, "/v2/me", token).json()
    return f"/v2/tenants/{me['tenantUid']}/stores/{me['stores'][0]['storeUid']}/serviceorders"


def test_what_was_answered_survives_kill_9_and_a_stop_ends_with_zero(server: ServerProcess):
    token = server.technician_token()
    orders = _orders_path(server, token)
    order = next(
        one
        for one in _get(server, f"{orders}?pageSize=500", token).json()["items"]
        if one["serviceState"] == "IN_PROGRESS" and one["acceptedAt"]
    )
    events = f"{orders}/{order['serviceOrderUid']}/events"
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    body = {"eventType": "internal_note", "notes": "before the power cut"}
    made = httpx.post(f"{server.address}{events}", headers=headers, json=body, timeout=30)

    server.kill()
    server.start()

    repeated = httpx.post(f"{server.address}{events}", headers=headers, json=body, timeout=30)
    assert (made.status_code, repeated.content) == (201, made.content)
    assert server.run("check") == {"ok": True, "orders": 30, "problems": []}
    assert server.stop() == 0


def test_people_and_tokens_are_managed_beside_the_running_server(server: ServerProcess):
    server.run("user", "add", "Zoë", "--role", "supervisor", "--password-stdin", said="secret\n")
    token = server.run("token", "new", "--user", "Zoë")["token"]
    assert _get(server, "/v2/me", token).json()["role"] == "supervisor"

    listed = server.run("token", "list")["tokens"]
    assert token not in str(listed)
    uid = next(one["tokenUid"] for one in listed if one["user"] == "Zoë")
    server.run("token", "revoke", uid)
    assert _get(server, "/v2/me", token).status_code == 401

    other = server.run("token", "new", "--user", "Zoë")["token"]
    server.run("user", "disable", "Zoë")
    assert _get(server, "/v2/me", other).status_code == 401
    assert {"name": "Zoë", "active": False}.items() <= next(
        one for one in server.run("user", "list")["users"] if one["name"] == "Zoë"
    ).items()


def test_a_second_start_keeps_the_first_admin_token_and_makes_no_more_sample(server: ServerProcess):
    token = server.admin_token
    server.stop()
    server.start()

    assert server.admin_token == token
    assert _get(server, "/v2/me", token).json()["role"] == "admin"
    assert server.run("check")["orders"] == 30


def test_secrets_stand_in_private_files_and_in_no_log(server: ServerProcess):
    token = server.admin_token
    _get(server, "/v2/me", token)

    assert (server.folder / "token").stat().st_mode & 0o777 == 0o600
    assert token not in (server.folder / "log").read_text()


def test_behind_a_proxy_an_address_that_a_client_makes_up_does_not_hide_wrong_attempts(tmp_path: Path):
    def ask(server: ServerProcess, said_by_client: str, noted_by_proxy: str) -> int:
        headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": f"{said_by_client}, {noted_by_proxy}"}
        return httpx.get(f"{server.address}/v2/me", headers=headers, timeout=30).status_code

    with running_server(tmp_path, "--behind-proxy") as one:
        told = [ask(one, f"10.0.0.{number}", "203.0.113.7") for number in range(21)]
        other = ask(one, "203.0.113.7", "203.0.113.8")

    assert told == [401] * 20 + [429]
    assert other == 401


def test_a_technician_is_signed_in_by_the_start_itself(tmp_path: Path):
    file = tmp_path / "technician.json"
    for _ in range(2):
        with running_server(tmp_path, "--technician-file", str(file)) as one:
            told = json.loads(file.read_text())
            me = _get(one, "/v2/me", told["token"]).json()
        assert file.stat().st_mode & 0o777 == 0o600
        assert (told["user"], me["role"]) == ("Technician", "technician")


def test_a_technician_of_the_sample_is_signed_in_to_every_dialect(tmp_path: Path):
    file = tmp_path / "technician.json"
    with running_server(tmp_path, "--sample", "240", "--technician-file", str(file)) as one:
        told = json.loads(file.read_text())
        form = {"grant_type": "password", "username": told["user"], "password": told["password"]}
        token = httpx.post(f"{one.address}/RSMCP/token", data=form, timeout=30).json()
        extend = {"X-Extend-Access-Token": told["token"]}
        me = _get(one, "/v2/me", told["token"]).json()
        events = [
            httpx.post(
                f"{one.address}/extend/service-orders/{order['id']}/update-repair",
                headers=extend,
                json={"event": "seen"},
                timeout=30,
            ).status_code
            for claim in told["claims"]
            for order in httpx.get(
                f"{one.address}/extend/service-orders/search", params={"claimId": claim}, headers=extend, timeout=30
            ).json()["serviceOrders"]
        ]
    assert token["token_type"] == "bearer"
    assert me["displayName"] == told["user"]
    assert 1 <= len(told["claims"]) <= 6
    assert set(events) <= {200, 409}
    assert 200 in events


def test_a_request_that_runs_is_finished_before_the_server_ends(server: ServerProcess):
    token = server.admin_token
    host, port = "127.0.0.1", server.port
    body = b'{"query": ""}'
    path = f"{_orders_path(server, token)}/search"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(head.encode() + body[:5])
        # the server has begun to read this request; it is told to end before it has all of it
        _get(server, "/v2/me", token)
        os.kill(server.pid, signal.SIGTERM)
        connection.sendall(body[5:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    assert server.stop() == 0


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_headers():
    with bind(Listening(port=0)) as bound, socket.create_connection(bound.getsockname()):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_server_that_holds_stdin_ends_with_it(tmp_path: Path):
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "techdesk.server", "--port", "0", "--stop-with-stdin", "--ready-file", str(ready)]
    address = f"sqlite:///{tmp_path / 'server.sqlite'}"
    with subprocess.Popen(
        [*command, "--database", address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        lines = [process.stdout.readline().decode() for _ in range(2)]
        assert "shown this once" in lines[0]
        assert lines[1].strip().endswith(ready.read_text().strip())
        process.stdin.close()

        assert process.wait(30) == 0


_FILES = ("--ready-file", "--token-file", "--technician-file")
_REFUSED = [
    (["--host", "0.0.0.0"], "in the clear"),
    (["--host", "192.0.2.1", "--behind-proxy"], "Cannot listen"),
    (["--tls-cert", "x.pem"], "belong together"),
    *((["--port", "0", flag, "/proc/x/y"], "cannot be written") for flag in _FILES),
    (["--database", "postgresql+psycopg://u:secret@h/d", "check"], "can be read by everybody"),
    (["--database", "postgresql+psycopg://u@h/d?password=secret", "check"], "can be read by everybody"),
    (["--database", "nonsense", "check"], "no address"),
    (["--database-file", "/nonexistent", "check"], "cannot be read"),
    (["token", "new", "--user", "nobody"], "no user"),
    (["token", "revoke", "nothing"], "no token"),
    (["user", "add", "admin"], "already"),
    (["user", "add", " "], "name"),
    (["user", "disable", "nobody"], "no user"),
    (["user", "disable", "admin"], "only administrator"),
    (["--smtp-host", "mail.example.org", "--smtp-from", "nobody"], "one e-mail address"),
    (["import", "/nonexistent.csv"], "cannot be read"),
]


def test_what_cannot_be_done_is_one_plain_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
):
    monkeypatch.setenv("TECHDESK_DATABASE", f"sqlite:///{tmp_path / 'server.sqlite'}")
    for words, told in _REFUSED:
        with subtests.test(words=words):
            assert main(words) == 2

            said = capsys.readouterr()
            assert said.out == ""
            assert said.err.count("\n") == 1
            assert told in said.err
            assert "secret" not in said.err


_STREAMS = [
    ('PYTHONIOENCODING=ascii "$@" user list', 0, ""),
    ('"$@" user list >&- <&-', 0, ""),
    (
        '"$@" token new --user Zoë >/dev/full',
        2,
        "techdesk-server: The command was carried out, but what it says cannot be written: No space left on device\n",
    ),
    ('"$@" user add Bob --password-stdin <&-', 0, ""),
    (
        "printf '\\377' | \"$@\" user add Kim --password-stdin",
        2,
        f"techdesk-server: {InvalidTextError()}\n",
    ),
]


def test_a_command_does_its_work_whatever_its_streams_are_like(tmp_path: Path, subtests: pytest.Subtests):
    where = os.environ | {"TECHDESK_DATABASE": f"sqlite:///{tmp_path / 'server.sqlite'}"}
    program = [sys.executable, "-m", "techdesk.server"]
    subprocess.run([*program, "user", "add", "Zoë"], env=where, check=True, capture_output=True, timeout=60)
    for line, code, said in _STREAMS:
        with subtests.test(line=line):
            command = ["sh", "-c", line, "sh", *program]
            done = subprocess.run(command, env=where, capture_output=True, timeout=60, check=False)

            assert (done.returncode, done.stderr.decode()) == (code, said)


def test_the_address_may_stand_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "address").write_text(f"sqlite:///{tmp_path / 'server.sqlite'}\n")

    assert main(["user", "list", "--database-file", str(tmp_path / "address")]) == 0
    assert capsys.readouterr().out == "admin                          admin\n"


def test_a_check_that_finds_something_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TECHDESK_DATABASE", f"sqlite:///{tmp_path / 'server.sqlite'}")
    assert main(["check"]) == 0
    with sqlite3.connect(tmp_path / "server.sqlite") as connection:
        connection.execute("INSERT INTO change_feed VALUES (99, 's', 'o', NULL, NULL)")
    connection.close()

    assert main(["check"]) == 1
    assert "was never given out" in capsys.readouterr().out


def test_import_and_openapi_speak_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TECHDESK_DATABASE", f"sqlite:///{tmp_path / 'server.sqlite'}")
    path = tmp_path / "repairs.csv"
    path.write_text(",".join(COLUMNS) + "\nd_1,Demo,DEU,,Kettle,17,,,,Fixed,,,2023-05-06,drips\nd_2,Demo\n")

    def run(*words: str) -> Any:
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    imported = run("import", str(path))
    assert (imported["rows"], imported["imported"]) == (2, 1)
    assert imported["errors"] == [{"row": 2, "message": "has fewer columns than the header"}]
    assert run("openapi")["info"]["title"] == "TechDesk server"


def test_a_file_of_any_shape_is_imported_with_a_mapping_and_a_wrong_mapping_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TECHDESK_DATABASE", f"sqlite:///{tmp_path / 'server.sqlite'}")
    mapping, path = tmp_path / "map.toml", tmp_path / "till.csv"
    mapping.write_text('[fields]\nprovider = { constant = "Till" }\nexternalId = "n"\ntitle = "what"\n')
    path.write_text("n,what\n1,Radio\n2,\n")

    assert main(["import", str(path), "--mapping", str(mapping), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "rows": 2,
        "imported": 1,
        "unchanged": 0,
        "errors": [{"row": 2, "message": "has nothing for title"}],
    }
    mapping.write_text('[fields]\ntitel = "what"\n')
    assert main(["import", str(path), "--mapping", str(mapping)]) == 2
    assert "map.toml: fields.provider is missing" in capsys.readouterr().err
