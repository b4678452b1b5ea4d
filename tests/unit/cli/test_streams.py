"""Prove the program at streams, words and folders that are not as they should be, each in a process of its own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typing_extensions import override

from techdesk.__main__ import main

_NO_ACCOUNT = "There is no account yet. {}techdesk account add{} signs in.\n"
_COMMAND = [sys.executable, "-m", "techdesk"]


def _shell(home: dict[str, str], line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, in which "$@" is the program."""
    command = ["sh", "-c", line, "sh", *_COMMAND]
    return subprocess.run(
        command, env=home, capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_letter_that_the_terminal_lacks_is_a_question_mark(home: dict[str, str], encoding: str) -> None:
    listed = _shell(home | {"PYTHONIOENCODING": encoding}, '"$@" account list')
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, _NO_ACCOUNT.format("?", "?"), "")

    helped = _shell(home | {"PYTHONIOENCODING": encoding}, '"$@" --help')
    assert (helped.returncode, helped.stderr) == (0, "")

    refused = _shell(home | {"PYTHONIOENCODING": encoding}, '"$@" account test Nobody')
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "techdesk: There is no account ?Nobody?. There are: none yet\n"


@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing_of_what_is_done(home: dict[str, str], closed: str) -> None:
    done = _shell(home, f'"$@" account list {closed}')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    refused = _shell(home, f'"$@" account test Nobody {closed}')
    assert refused.returncode == 2


def test_what_cannot_be_printed_is_told_apart_from_what_was_not_done(home: dict[str, str]) -> None:
    full = _shell(home, '"$@" account list >/dev/full')
    assert (full.returncode, full.stderr) == (
        2,
        "techdesk: The command was carried out, but what it says cannot be written: No space left on device\n",
    )
    refused = _shell(home, '"$@" account test Nobody >/dev/full')
    assert (refused.returncode, refused.stderr.partition(".")[0]) == (2, "techdesk: There is no account “Nobody”")
    silent = _shell(home, '"$@" account list 2>/dev/full')
    assert (silent.returncode, silent.stdout) == (0, _NO_ACCOUNT.format("“", "”"))
    refused = _shell(home, '"$@" account test Nobody 2>/dev/full')
    assert (refused.returncode, refused.stdout) == (2, "")


def test_who_reads_only_the_beginning_gets_no_complaint(home: dict[str, str]) -> None:
    read = _shell(home, '{ "$@" account list; echo "exit $?" >&2; } | head -c 0')
    assert read.stderr == "exit 0\n"


@pytest.mark.parametrize("words", ["orders $(printf '\\377')", "record 1 x $(printf 'notes=\\377')"])
def test_words_that_are_no_text_are_refused_in_one_line(home: dict[str, str], words: str) -> None:
    refused = _shell(home, f'"$@" {words}')
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("techdesk: This text holds characters that cannot be stored.")
    assert refused.stderr.count("\n") == 1


def test_a_token_that_is_no_text_is_refused(home: dict[str, str]) -> None:
    add = '"$@" account add Bench --system flow_retail --address http://127.0.0.1:9 --token-stdin'
    refused = _shell(home, f"printf '\\377' | {add}")
    assert refused.returncode == 2
    assert refused.stderr.startswith("techdesk: This text holds characters that cannot be stored.")
    closed = _shell(home, f"{add} <&-")
    assert (closed.returncode, closed.stderr.partition(".")[0]) == (2, "techdesk: The token is missing")


def test_a_file_may_have_a_name_that_is_no_text(home: dict[str, str], tmp_path: Path) -> None:
    missing = _shell(home, f"\"$@\" outbox import '{tmp_path}'/$(printf '\\377')")
    assert missing.returncode == 2
    assert "cannot be stored" not in missing.stderr


def test_a_folder_that_was_deleted_under_the_shell_disturbs_nothing(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    listed = _shell(home, f'cd {tmp_path}/gone && rmdir ../gone && "$@" account list --json')
    assert (listed.returncode, json.loads(listed.stdout), listed.stderr) == (0, [], "")


@pytest.mark.parametrize("name", ["$(printf 'h\\377')", "'~no body'/x"])
def test_a_folder_whose_name_is_none_is_told_plainly(home: dict[str, str], tmp_path: Path, name: str) -> None:
    refused = _shell(home, f'cd {tmp_path} && TECHDESK_HOME={name} "$@" orders')
    assert (refused.returncode, refused.stderr) == (
        2,
        "techdesk: TechDesk's folder cannot be used. Its name is not readable as text\n",
    )


class _Interrupted(io.StringIO):
    @override
    def read(self, size: int | None = -1, /) -> str:
        raise KeyboardInterrupt


def test_ctrl_c_ends_a_command_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", _Interrupted())
    add = ["account", "add", "Bench", "--system", "flow_retail", "--address", "http://127.0.0.1:9", "--token-stdin"]
    assert main(add) == 130
    assert capsys.readouterr() == ("", "")
