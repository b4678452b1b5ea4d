"""A canary in every place where a secret can be, through everything that works and fails: none is seen outside.

Every byte that is left on the disk is looked through, also what is encrypted there, opened with its key. The control is
a text that is no secret: it must be found wherever work is kept, else the search sees nothing.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.application.accounts import Account
from techdesk.application.outbox import OpState
from techdesk.application.store_news import BackupReason
from techdesk.application.unsent.leaving import Leaving, Way
from techdesk.cli.run import run
from techdesk.desk.desk import Desk
from techdesk.desk.logs import REDACTION
from techdesk.desk.opening import open_desk
from techdesk.desk.places import Places
from techdesk.desk.withheld import RECOVERY_CODE
from techdesk.domain.errors import TechDeskError
from techdesk.domain.events import ProductDiagnosed
from techdesk.store.database import Database
from techdesk.ui.crash import CrashReports
from tests.support.private_ca import PrivateCa, answering_server
from tests.support.proxy import running_proxy
from tests.support.server_process import ServerProcess, running_server

NOTE = "canary-that-is-no-secret"
MASTER = "canary-master-password"
RIGHT_PROXY = "kim:canary-right-of-proxy"


@dataclass
class Gate:
    """A server in front of the real one that passes reads on and refuses what is written, sending back all it was told.

    Attributes:
        refuses: The status with which it refuses; 0 passes everything on.
        reads_too: It refuses reads as well.
    """

    target: str
    refuses: int = 0
    reads_too: bool = False
    address: str = ""

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str]:
        if self.refuses and (self.reads_too or method != "GET"):
            said = f"you sent {json.dumps(headers)} and {body!r} to {path}"
            problem = {"title": said, "detail": said, "message": said, "code": "refused", "Error": said, "error": said}
            return self.refuses, json.dumps(problem).encode(), "application/problem+json"
        wanted = urllib.request.Request(self.target + path, body or None, headers, method=method)
        try:
            with urllib.request.urlopen(wanted, timeout=20) as came:
                return came.status, came.read(), came.headers.get("Content-Type", "")
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers.get("Content-Type", "")


@contextmanager
def running_gate(target: str) -> Iterator[Gate]:
    gate = Gate(target)

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            kept = {name: text for name, text in self.headers.items() if name.lower() not in ("host", "connection")}
            kept.pop("Accept-Encoding", None)
            status, body, kind = gate.answer(self.command, self.path, kept, self.rfile.read(length))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.handle_one
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    gate.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield gate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Said:
    """Everything that was told to a person or a program."""

    lines: list[str] = field(default_factory=list)

    def hear(self, work: Callable[[], object]) -> None:
        """Do something, and keep what it answers or raises, whole: its words, its causes and how it is printed."""
        try:
            self.lines.append(repr(work()))
        except TechDeskError as error:
            cause: BaseException | None = error
            while cause is not None:
                self.lines += [str(cause), repr(cause), repr(vars(cause))]
                cause = cause.__cause__ or cause.__context__


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", "5") as process:
        yield process


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places.below(tmp_path / "home")
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", MASTER)
    monkeypatch.setattr(REDACTION, "_known", set())
    return made


def texts_in(path: Path, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of a file, and of what is packed in it."""
    yield str(path), raw
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            for name in packed.namelist():
                yield f"{path}:{name}", packed.read(name)


def rows_in(path: Path, key: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every value of every row of an encrypted database."""
    with closing(Database(path, key).reader()) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            with suppress(Exception):  # a virtual table of the search index has no rows of its own
                for row in connection.execute(f"SELECT * FROM {table}"):
                    for value in row:
                        raw = value if isinstance(value, bytes) else str(value).encode()
                        yield f"{path}:{table}", raw


def everything_below(folder: Path, key: bytes) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        raw = path.read_bytes()
        found += texts_in(path, raw)
        if path.suffix in (".db", ".search"):
            found += rows_in(path, key)
    return found


def add(desk: Desk, name: str, system: str, address: str, secret: str, **settings: str) -> str:
    account = Account(account_id=name, name=name, system=system, address=address, settings=settings)
    return desk.add_account(account, secret).account_id


def record(desk: Desk, account_id: str) -> str:
    with desk.store.read() as view:
        order = next(one for one in view.order_server_ids(account_id))
    from techdesk.application.outbox import OrderRef

    made = desk.commands.record_event(OrderRef(account_id, order), ProductDiagnosed(diagnostic_explanation=NOTE))
    return made.op_ids[0]


def settle(desk: Desk, said: Said, account_id: str, op_id: str) -> OpState:
    said.hear(lambda: desk.sync_once(account_id))
    with desk.store.read() as view:
        operation = view.operation(op_id)
    assert operation
    return operation.state


def crash(places: Places, said: Said, secret: str) -> None:
    """Fail with a URL and a header that hold secrets, as libraries do: into the log and a crash report."""
    address = f"https://hooks.example/?accessKey=canary-access-key&signingKey=canary-signing-key&token={secret}"
    headers = {"Authorization": f"Bearer {secret}", "X-Extend-Access-Token": secret}
    request = httpx.Request("GET", address, headers=headers)
    try:
        httpx.Response(500, request=request).raise_for_status()
    except httpx.HTTPStatusError as error:
        logging.getLogger("techdesk.canary").exception("failed: %s %s", address, headers)
        report = CrashReports(places.log / "crashes", REDACTION.redacted).write(type(error), error, error.__traceback__)
        said.lines.append(REDACTION.redacted(str(error)))
        assert "HTTPStatusError" in report.read_text(encoding="utf-8")
    try:
        raise RuntimeError(f"https://kim:{secret}@proxy.example:8080 said no")
    except RuntimeError:
        logging.getLogger("techdesk.canary").exception("the proxy %s", f"http://u:{secret}@p")
        CrashReports(places.log / "crashes", REDACTION.redacted).write(*_current())


def _current() -> Any:
    return sys.exc_info()


def drive(desk: Desk, said: Said, gate: Gate, tokens: dict[str, str], folder: Path) -> None:
    """Sign in to every system, work, and let everything fail in every way."""
    flow = add(desk, "flow", "flow_retail", gate.address, tokens["flow"])
    said.hear(lambda: desk.check_account(flow))
    said.hear(lambda: desk.sync_once(flow))
    for status, state in ((422, OpState.REJECTED), (500, OpState.AMBIGUOUS), (401, None)):
        gate.refuses = status
        reached = settle(desk, said, flow, record(desk, flow))
        assert state in (reached, None), (status, reached)
    gate.reads_too = True
    add(desk, "rooms", "resource_scheduler", f"{gate.address}/RSMCP", tokens["rooms"], userName="mia", currency="EUR")
    add(desk, "claims", "extend", f"{gate.address}/extend", tokens["claims"])
    for account_id in ("flow", "rooms", "claims"):
        for status in (401, 403, 422, 500, 302):
            gate.refuses = status
            said.hear(partial(desk.check_account, account_id))
            said.hear(partial(desk.sync_once, account_id))
    gate.refuses, gate.reads_too = 0, False
    with running_proxy(RIGHT_PROXY) as proxy:
        desk.sign_in_to_proxy(proxy.address, "kim", tokens["proxy"])
        add(desk, "behind", "flow_retail", gate.address, tokens["behind"], proxy=proxy.address)
        said.hear(lambda: desk.check_account("behind"))
        desk.sign_in_to_proxy(proxy.address, "kim", RIGHT_PROXY.partition(":")[2])
        said.hear(lambda: desk.check_account("behind"))
        assert any(gate.address in line for line in proxy.lines)
    with answering_server(PrivateCa(folder).server) as address:
        add(desk, "tls", "flow_retail", address, tokens["tls"])
        said.hear(lambda: desk.check_account("tls"))
        assert "certificate" in said.lines[-3]


def run_commands(desk: Desk, said: Said, out: Path) -> None:
    """Let every command that writes something write it."""
    out.mkdir()
    for words in (
        ["outbox", "export", str(out / "work.techdesk-rescue")],
        ["outbox", "import", str(out / "work.techdesk-rescue")],
        ["outbox", "list"],
        ["account", "list"],
        ["doctor", "--online", "--bundle", str(out / "bundle.zip")],
        ["doctor", "--bundle", str(out / "full.zip"), "--with-content"],
    ):
        for flag in ((), ("--json",)):
            answer = run(desk, [*words, *flag], "")
            said.lines += [answer["out"], answer["err"]]
    with desk.store.read() as view:
        ids = [op_id for op_id, _ in view.operation_ids(OpState)]
    for op_id in ids:
        said.lines += [run(desk, ["outbox", "show", op_id, *flag], "")["out"] for flag in ((), ("--json",))]
    desk._parts.store.back_up(BackupReason.HOURLY)  # what the store does by itself each hour
    said.lines.append(repr(desk.leave_account("behind", Leaving(Way.KEEP))))
    said.lines.append(repr(desk.leave_account("flow", Leaving(Way.HAND_OVER, out / "handed.techdesk-rescue"))))


def test_no_secret_of_the_desk_is_seen_outside_its_keyring(
    server: ServerProcess,
    places: Places,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = Said()
    tokens = {name: f"canary-secret-of-{name}" for name in ("rooms", "claims", "proxy", "behind", "tls")}
    tokens["flow"] = server.technician_token()
    with closing(open_desk(places)) as desk, running_gate(server.address) as gate:
        code = desk.recovery_code()
        store_key = desk._parts.secrets.read("store-key")
        drive(desk, said, gate, tokens, tmp_path)
        for secret in (tokens["flow"], tokens["proxy"]):
            crash(places, said, secret)
        run_commands(desk, said, tmp_path / "out")
        rescue_key = desk._parts.secrets.read("rescue-key")
    assert store_key
    assert rescue_key
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", MASTER + "-wrong")
    monkeypatch.setenv(RECOVERY_CODE, code[:-1] + ("0" if code[-1] != "0" else "1"))
    said.hear(lambda: open_desk(places))
    monkeypatch.setenv(RECOVERY_CODE, code)
    said.hear(lambda: open_desk(places).close())

    secrets = {name: one.encode() for name, one in tokens.items()}
    secrets |= {"master": MASTER.encode(), "right proxy": RIGHT_PROXY.partition(":")[2].encode()}
    secrets |= {"access key": b"canary-access-key", "signing key": b"canary-signing-key"}
    secrets |= {"code": code.encode(), "bare code": code.replace("-", "").encode()}
    secrets |= {"store key": store_key.encode(), "raw store key": bytes.fromhex(store_key)}
    secrets |= {"rescue key": rescue_key.encode(), "raw rescue key": bytes.fromhex(rescue_key)}
    told = capfd.readouterr()
    seen = everything_below(tmp_path, bytes.fromhex(store_key))
    records = [one for one in caplog.records if one.name != "techdesk.canary"]  # which is told secrets on purpose
    logged = [one.getMessage() + str(one.exc_info) for one in records]
    seen += [("told", line.encode()) for line in (*said.lines, told.out, told.err, *logged)]
    leaks = {(name, where) for where, raw in seen for name, one in secrets.items() if one in raw}
    assert leaks == set()

    where_found = " ".join(where for where, raw in seen if NOTE.encode() in raw)
    for expected in (
        "sign-out.db:operations",
        "work.techdesk-rescue",
        "handed.techdesk-rescue",
        "full.zip:outbox.json",
    ):
        assert expected in where_found, f"the search does not see into {expected}"
    for gone in ("bundle.zip", "data/store.db"):  # it was handed over, so its rows are gone
        assert gone not in where_found
    log = (places.log / "techdesk.log").read_text(encoding="utf-8")
    assert log.count("[hidden]") >= 4


def test_no_key_of_a_webhook_is_seen_in_the_servers_log_or_rows(server: ServerProcess) -> None:
    keys = server.run("client", "add", "Canary", "--hmac")
    wrong = {"accessKey": "canary-wrong-access", "signingKey": "canary-wrong-signing"}
    right = {"accessKey": keys["accessKey"], "signingKey": keys["signingKey"]}
    path = f"{server.address}/v1/Clients/{keys['clientId']}/ServiceChannelWorkOrders"
    statuses = [
        httpx.post(
            path, params=query, content=body, headers={"Content-Type": kind, "Sign-Data": "canary-sign"}
        ).status_code
        for query in (wrong, right)
        for body, kind in ((b"{}", "application/json"), (b"<x/>", "text/xml"), (b"\xff", "text/plain"))
    ]
    assert all(400 <= one < 500 for one in statuses), statuses
    raw = b"".join(path.read_bytes() for path in sorted(server.folder.rglob("*")) if path.is_file())
    assert keys["clientId"].encode() in raw
    for name in ("accessKey", "signingKey"):
        assert str(keys[name]).encode() not in raw, name
    assert b"canary-wrong" not in raw
    log = (server.folder / "log").read_bytes()
    assert str(keys["signingSecret"]).encode() not in log
    assert server.technician_token("Canary").encode() not in log
