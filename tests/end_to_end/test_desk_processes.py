"""The program as a person starts it: commands against a real server, and the window with its built-in one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables
from tests.support.waiting import wait_until

_PATIENCE_S = 60.0
_WORKSHOP = ("--account", "Sample workshop")
"""The sample's account with all its orders; the other systems have some of the same ones."""


@dataclass
class Program:
    """The desk of one home folder, started again and again."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {"TECHDESK_HOME": str(self.home), "TECHDESK_MASTER_PASSWORD": "horse battery"}
        return os.environ | own | {"QT_QPA_PLATFORM": "offscreen"}

    def run(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "techdesk", *words]
        return subprocess.run(
            command, env=self.environment, input=said, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )

    def json(self, *words: str) -> Any:
        """Run a command that must succeed and return its document."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def sync(self) -> tuple[int, Any]:
        """Run one round; return the exit code and the document."""
        done = self.run("sync", "--once", "--json")
        return done.returncode, json.loads(done.stdout)

    def open_window(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.home.parent / "window.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "techdesk", *words], env=self.environment, stdout=log, stderr=log
            )


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server"), "--sample", "40") as one:
        yield one


def sign_in(program: Program, server: ServerProcess) -> None:
    words = ["account", "add", "Bench", "--system", "flow_retail", "--address", server.address, "--token-stdin"]
    done = program.run(*words, said=server.technician_token())
    assert done.returncode == 0, done.stderr


def open_depot_order(database: Path) -> str:
    """Return an order that takes work: open, and accepted."""
    return ServerTables(database).open_orders("repair_depot")[0][0]


def test_an_event_recorded_on_the_command_line_reaches_the_server(program: Program, server: ServerProcess) -> None:
    sign_in(program, server)
    code, result = program.sync()
    assert (code, result["pulled"]) == (0, 40)
    order = open_depot_order(server.folder / "server.sqlite")
    recorded = program.json("record", order, "product_diagnosed", "diagnosedBy=Kim", "notes=blown fuse 🔥")
    assert recorded["state"] == "queued"
    (entry,) = program.json("outbox", "list")
    assert (entry["opId"], entry["order"], entry["kind"]) == (recorded["opId"], order, "product_diagnosed")
    code, result = program.sync()
    assert (code, result["sent"], result["confirmed"], result["unsent"]) == (0, 1, 1, 0)
    assert program.json("outbox", "list") == []


def test_a_server_that_is_gone_keeps_the_work_here(program: Program, tmp_path: Path) -> None:
    with running_server(tmp_path, "--sample", "10") as own:
        sign_in(program, own)
        program.sync()
        order = open_depot_order(own.folder / "server.sqlite")
        own.stop()
        program.json("record", order, "repair_started", "repairStartedAt=now")
        code, result = program.sync()
        assert (code, result["unsent"], result["confirmed"]) == (4, 1, 0)
        own.start()
        assert program.sync()[1]["confirmed"] == 1


def test_a_wrong_token_is_one_plain_line(program: Program, server: ServerProcess) -> None:
    words = ["account", "add", "Bench", "--system", "flow_retail", "--address", server.address, "--token-stdin"]
    refused = program.run(*words, said="not-a-token")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "does not accept this sign-in" in refused.stderr
    assert program.run(*words, "--no-test", said="not-a-token").returncode == 0
    for command in (["sync", "--once"], ["account", "test", "Bench"]):
        refused = program.run(*command)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "does not accept this sign-in" in refused.stderr
        assert refused.stderr.count("\n") == 1


ON_A_FULL_DISK = """
mkdir -p "$TECHDESK_HOME" && mount -t tmpfs -o size=2m tmpfs "$TECHDESK_HOME" || exit 77
"$0" -m techdesk orders || exit 78
dd if=/dev/zero of="$TECHDESK_HOME/fill" bs=1k 2>/dev/null
exec "$0" -m techdesk orders
"""


def test_a_full_disk_is_called_so_where_the_store_cannot_even_be_opened(program: Program) -> None:
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", ON_A_FULL_DISK, sys.executable]
    done = subprocess.run(
        command, env=program.environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    if "unshare: " in done.stderr or done.returncode == 77:
        pytest.skip("this computer lets nobody mount a small disk")
    assert done.returncode == 2
    assert "the disk is full" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_window_opens_on_sample_data_serves_commands_and_ends_on_request(program: Program) -> None:
    pytest.importorskip("PySide6")
    window = program.open_window("--sample", "20")
    try:
        wait_until(lambda: _count(program, *_WORKSHOP) == 20)
        order = open_depot_order(program.home / "data" / "server" / "server.db")
        program.json("record", order, "product_received", "receivedBy=Kim", *_WORKSHOP)
        wait_until(lambda: program.json("outbox", "list") == [])
        wait_until(lambda: _count(program, "--account", "Scheduler sample") == 20)
        assert program.run().returncode == 0
        assert window.poll() is None
        server = _server_pid(program)
        window.send_signal(signal.SIGTERM)
        assert window.wait(_PATIENCE_S) == 0
        wait_until(lambda: not _runs(server))
    finally:
        _kill(window)


@pytest.mark.slow
def test_a_killed_window_takes_its_server_along_and_loses_nothing(program: Program) -> None:
    pytest.importorskip("PySide6")
    window = program.open_window("--sample", "20")
    try:
        wait_until(lambda: _count(program, *_WORKSHOP) == 20)
        order = open_depot_order(program.home / "data" / "server" / "server.db")
        server = _server_pid(program)
        recorded = program.json("record", order, "product_received", "notes=before the crash", *_WORKSHOP)
        _kill(window)
        wait_until(lambda: not _runs(server))
        assert [one["opId"] for one in program.json("outbox", "list")] in ([], [recorded["opId"]])
        code, result = program.sync()
        assert (code, result["unsent"]) == (0, 0)
        assert len(program.json("orders", *_WORKSHOP)) == 20
    finally:
        _kill(window)


def _count(program: Program, *words: str) -> int:
    """Return how many orders are listed; -1 while the account that the words name is not there yet."""
    done = program.run("orders", *words, "--json")
    return len(json.loads(done.stdout)) if done.returncode == 0 else -1


def _server_pid(program: Program) -> int:
    return int((program.home / "data" / "server" / "server.pid").read_text())


def _runs(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
