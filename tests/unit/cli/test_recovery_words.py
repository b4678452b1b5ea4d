"""The recovery code on the command line: shown on request, asked for on a terminal, never among the words."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from techdesk.cli.run import run
from techdesk.domain.errors import NoKeyringError
from techdesk.domain.recovery_code import key_of_code, recovery_sheet
from tests.support.fake_desk import FakeDesk
from tests.unit.cli.test_program import techdesk


def without_password(home: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in home.items() if name != "TECHDESK_MASTER_PASSWORD"}


@pytest.fixture
def code(home: dict[str, str]) -> str:
    """The recovery code of a desk that a master password was chosen for."""
    shown = techdesk(home, "recovery-code", "--json")
    assert shown.returncode == 0, shown.stderr
    return str(json.loads(shown.stdout)["recoveryCode"])


def on_terminal(home: dict[str, str], typed: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and type something there; return the exit code and the screen."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "techdesk", "outbox", "list"]
    with subprocess.Popen(
        command, env=home, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        screen = b""
        while b"empty to stop" not in screen:
            screen += os.read(ours, 1000)
        os.write(ours, typed.encode() + b"\n")
        while more := _read(ours):
            screen += more
        process.wait(60)
    os.close(ours)
    return process.returncode, screen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_the_command_shows_the_code_for_people_and_for_programs() -> None:
    desk = FakeDesk()
    said = run(desk, ["recovery-code", "--json"], "")
    code = json.loads(said["out"])["recoveryCode"]
    assert key_of_code(code) == bytes(range(32))
    assert run(desk, ["recovery-code"], "")["out"] == recovery_sheet(code)


def test_a_key_that_cannot_be_read_is_told_plainly() -> None:
    said = run(FakeDesk(key_refusal=NoKeyringError()), ["recovery-code"], "")
    assert said["exit"] == 2
    assert said["err"].startswith("techdesk: ")


def test_a_forgotten_master_password_is_replaced_by_a_new_one_with_the_code(home: dict[str, str], code: str) -> None:
    new = home | {"TECHDESK_MASTER_PASSWORD": "another one"}
    assert techdesk(new, "outbox", "list").returncode == 2
    assert techdesk(new | {"TECHDESK_RECOVERY_CODE": code}, "outbox", "list").returncode == 0
    assert techdesk(new, "outbox", "list").returncode == 0


def test_a_slip_is_one_plain_line_that_names_the_group(home: dict[str, str], code: str) -> None:
    slipped = code[:6] + ("0" if code[6] != "0" else "1") + code[7:]
    refused = techdesk(without_password(home) | {"TECHDESK_RECOVERY_CODE": slipped}, "outbox", "list")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("techdesk: Group 2 of the recovery code has a slip")
    assert slipped not in refused.stderr


def test_on_a_terminal_it_is_asked_for_and_not_shown(home: dict[str, str], code: str) -> None:
    exit_code, screen = on_terminal(without_password(home), code)
    assert exit_code == 0, screen
    assert "needs its master password" in screen
    assert code not in screen


def test_whoever_has_no_code_stops_with_an_empty_line(home: dict[str, str], code: str) -> None:
    exit_code, screen = on_terminal(without_password(home), "")
    assert exit_code == 2
    assert "stays locked" in screen


def test_without_a_terminal_nobody_is_asked(home: dict[str, str], code: str) -> None:
    refused = techdesk(without_password(home), "outbox", "list", said=f"{code}\n")
    assert refused.returncode == 2
    assert "Recovery code" not in refused.stderr


def test_no_file_shows_the_code(home: dict[str, str], code: str) -> None:
    techdesk(without_password(home) | {"TECHDESK_RECOVERY_CODE": code}, "outbox", "list")
    key = key_of_code(code)
    for path in (one for one in Path(home["TECHDESK_HOME"]).rglob("*") if one.is_file()):
        for secret in (code, code[:11], code.replace("-", ""), key.hex()):
            assert secret.encode() not in path.read_bytes()
