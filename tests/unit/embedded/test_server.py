"""Prove that the built-in server lives exactly as long as it should."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.domain.errors import OfflineError
from techdesk.embedded import server as embedded
from techdesk.embedded.server import EmbeddedServer

FAKE = [sys.executable, str(Path(__file__).with_name("fake_server.py"))]

DESK_THAT_HANGS = """
import sys, threading
from pathlib import Path
from techdesk.embedded.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), sys.argv[2:])
print(server.start(), flush=True)
threading.Event().wait()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    one = EmbeddedServer(tmp_path / "server", FAKE)
    yield one
    one.stop()


def _pid(folder: Path) -> int:
    return int((folder / "server.pid").read_text())


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]


def test_a_start_answers_the_address_and_hides_the_administrators_token(server: EmbeddedServer, tmp_path: Path) -> None:
    assert server.start() == "http://127.0.0.1:1"
    assert not (tmp_path / "server" / "admin.token").exists()
    assert (tmp_path / "server").stat().st_mode & 0o777 == 0o700


def test_the_server_is_not_told_what_opens_the_desks_data(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHDESK_MASTER_PASSWORD", "canary")
    server.start()
    told = Path(f"/proc/{_pid(tmp_path / 'server')}/environ").read_bytes()
    assert b"PATH=" in told
    assert b"canary" not in told


def test_a_second_start_finds_the_first(server: EmbeddedServer, tmp_path: Path) -> None:
    server.start()
    first = _pid(tmp_path / "server")
    assert server.start() == "http://127.0.0.1:1"
    assert _pid(tmp_path / "server") == first


def test_a_stop_ends_the_process_and_a_start_begins_anew(server: EmbeddedServer, tmp_path: Path) -> None:
    server.start()
    first = _pid(tmp_path / "server")
    server.stop()
    assert not _runs(first)
    server.start()
    assert _pid(tmp_path / "server") != first


def test_the_server_of_a_killed_desk_ends_and_the_next_desk_starts_its_own(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", DESK_THAT_HANGS, str(tmp_path / "server"), *FAKE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout
        assert desk.stdout.readline().startswith("http://")
        left = _pid(tmp_path / "server")
        desk.kill()
    assert server.start() == "http://127.0.0.1:1"
    assert _pid(tmp_path / "server") != left
    assert not _runs(left)


def test_a_folder_in_use_is_not_served_twice(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "GONE_LIMIT_S", 0.1)
    monkeypatch.setattr(embedded, "STOP_LIMIT_S", 0.2)
    other = EmbeddedServer(tmp_path / "server", [*FAKE, "--behave", "stay"])
    other.start()
    with pytest.raises(OfflineError, match="another TechDesk"):
        server.start()
    other.stop()


def test_a_server_that_ends_neither_with_its_input_nor_on_request_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "STOP_LIMIT_S", 0.2)
    stubborn = EmbeddedServer(tmp_path, [*FAKE, "--behave", "stay"])
    stubborn.start()
    pid = _pid(tmp_path)
    stubborn.stop()
    assert not _runs(pid)


def test_a_server_that_fails_says_where_its_log_is(tmp_path: Path) -> None:
    broken = EmbeddedServer(tmp_path, [*FAKE, "--behave", "fail"])
    with pytest.raises(OfflineError, match=str(tmp_path / "server.log")):
        broken.start()
    assert "no database" in (tmp_path / "server.log").read_text()


def test_a_program_that_is_missing_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(OfflineError, match="did not start"):
        EmbeddedServer(tmp_path, [str(tmp_path / "nowhere")]).start()


def test_one_start_makes_the_sample_and_signs_a_technician_in(server: EmbeddedServer, tmp_path: Path) -> None:
    assert server.sign_in(300) == ("http://127.0.0.1:300", "Kim", "for Kim", "Kim's", ["CLAIM-1"])
    assert server.start() == "http://127.0.0.1:300"
    assert "for Kim" not in "".join(one.read_text() for one in (tmp_path / "server").iterdir())


def test_a_server_that_runs_starts_anew_to_sign_a_technician_in(server: EmbeddedServer, tmp_path: Path) -> None:
    server.start()
    first = _pid(tmp_path / "server")
    assert server.sign_in(20).user_name == "Kim"
    assert not _runs(first)


def test_a_server_that_tells_no_technician_has_failed(tmp_path: Path) -> None:
    silent = EmbeddedServer(tmp_path, [*FAKE, "--behave", "forget"])
    with pytest.raises(OfflineError):
        silent.sign_in(20)
    silent.stop()
