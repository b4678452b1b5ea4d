"""Prove the program as the shell sees it: real processes over a real store, without Qt and without a display."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.desk.places import Places
from techdesk.instance.claim import claim

ADD = ["account", "add", "Bench", "--system", "flow_retail", "--address", "http://127.0.0.1:9", "--token-stdin"]

WITHOUT_QT = """
import sys
from techdesk.__main__ import main
code = main(sys.argv[1:])
heavy = ("PySide6", "shiboken6", "httpx", "pydantic", "fastapi", "sqlalchemy", "fpdf", "pypdfium2")
print([name for name in heavy if name in sys.modules])
sys.exit(code)
"""


def techdesk(home: dict[str, str], *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "techdesk", *words]
    return subprocess.run(command, env=home, input=said, capture_output=True, text=True, timeout=60, check=False)


def test_an_account_that_one_process_adds_is_listed_by_the_next(home: dict[str, str]) -> None:
    assert techdesk(home, *ADD, said="s3cr3t\n").returncode == 0
    listed = techdesk(home, "account", "list", "--json")
    assert [one["name"] for one in json.loads(listed.stdout)] == ["Bench"]


def test_no_file_shows_a_secret(home: dict[str, str]) -> None:
    techdesk(home, *ADD, said="s3cr3t-token\n")
    files = [path for path in Path(home["TECHDESK_HOME"]).rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        assert b"s3cr3t-token" not in path.read_bytes()
        assert b"horse battery" not in path.read_bytes()


def test_a_master_password_that_was_not_given_is_asked_for_by_the_name_of_its_variable(home: dict[str, str]) -> None:
    techdesk(home, *ADD, said="token")
    refused = techdesk(home | {"TECHDESK_MASTER_PASSWORD": ""}, "orders")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "techdesk: TechDesk needs its master password. It is the one you chose at the first start; "
        "TECHDESK_MASTER_PASSWORD holds it on the command line\n"
    )


def test_a_wrong_master_password_is_one_plain_line_and_changes_nothing(home: dict[str, str]) -> None:
    techdesk(home, *ADD, said="token")
    refused = techdesk(home | {"TECHDESK_MASTER_PASSWORD": "mule"}, "orders")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "techdesk: The master password is wrong. Try again; nothing was changed\n"
    assert techdesk(home, "account", "list", "--json").stdout.count("Bench") == 1


def test_without_keyring_and_password_it_says_what_to_do(home: dict[str, str]) -> None:
    bare = {name: value for name, value in home.items() if name != "TECHDESK_MASTER_PASSWORD"}
    bare["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    refused = techdesk(bare, "orders")
    assert refused.returncode == 2
    assert "TECHDESK_MASTER_PASSWORD" in refused.stderr


def test_a_folder_that_cannot_be_used_is_told_plainly(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    refused = techdesk(home, "orders")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["orders"], ["outbox", "list"], ["account", "list"]])
def test_a_command_that_only_looks_imports_nothing_heavy(home: dict[str, str], words: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_QT, *words]
    done = subprocess.run(command, env=home, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert done.returncode == 0


def test_the_window_without_a_display_is_told_plainly(home: dict[str, str]) -> None:
    refused = techdesk(home)
    assert refused.returncode == 2
    assert "no display" in refused.stderr


def test_help_and_version_are_printed(home: dict[str, str]) -> None:
    assert "exit codes" in techdesk(home, "--help").stdout
    assert techdesk(home, "--version").stdout.startswith("techdesk ")
    assert not Path(home["TECHDESK_HOME"]).exists()


@pytest.fixture
def window(home: dict[str, str]) -> Iterator[list[object]]:
    """A process that has the desk and says so about every request, as the window does."""
    ours = claim(Places.from_environment(home).run)
    assert ours
    requests: list[object] = []

    def answer(request: object) -> dict[str, object]:
        requests.append(request)
        return {"exit": 5, "out": "from the window\n", "err": ""}

    ours.serve(answer)
    yield requests
    ours.release()


def test_a_command_goes_through_the_desk_that_is_open(home: dict[str, str], window: list[object]) -> None:
    done = techdesk(home, *ADD, said="token")
    assert (done.returncode, done.stdout) == (5, "from the window\n")
    assert window == [{"command": ADD, "token": "token", "folder": str(Path.cwd())}]
    assert not (Path(home["TECHDESK_HOME"]) / "data" / "store.db").exists()


@pytest.mark.slow
def test_many_commands_at_once_all_do_their_work(home: dict[str, str]) -> None:
    techdesk(home, "account", "list")
    codes: list[int] = []

    def add(number: int) -> None:
        words = [*ADD[:2], f"Bench {number}", *ADD[3:]]
        codes.append(techdesk(home, *words, said="token").returncode)

    adders = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    assert codes == [0] * 6
    assert len(json.loads(techdesk(home, "account", "list", "--json").stdout)) == 6


def test_a_backup_is_listed_and_restored_while_no_window_is_open(home: dict[str, str]) -> None:
    assert "no backup yet" in techdesk(home, "restore", "--list").stdout
    techdesk(home, *ADD, said="token")
    techdesk(home, "account", "remove", "Bench")
    (backup,) = json.loads(techdesk(home, "restore", "--list", "--json").stdout)
    assert backup["reason"] == "sign-out"
    assert backup["name"] in techdesk(home, "restore", "--list").stdout
    restored = techdesk(home, "restore", backup["name"][:10])
    assert restored.returncode == 0
    assert "restored from a backup" in restored.stdout
    assert "quarantine" in restored.stdout
    listed = techdesk(home, "account", "list", "--json")
    assert "restored from a backup" in listed.stderr
    assert techdesk(home, "account", "list").stderr == ""


@pytest.mark.parametrize("words", [(), ("2025", "--list"), ("2025",)])
def test_what_is_no_backup_is_not_restored(home: dict[str, str], words: tuple[str, ...]) -> None:
    techdesk(home, *ADD, said="token")
    refused = techdesk(home, "restore", *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "techdesk restore --list" in refused.stderr


def test_nothing_is_restored_under_an_open_desk(home: dict[str, str]) -> None:
    techdesk(home, *ADD, said="token")
    desk = claim(Places.below(Path(home["TECHDESK_HOME"])).run)
    assert desk is not None
    refused = techdesk(home, "restore", "2026")
    desk.release()
    assert refused.returncode == 2
    assert "Close its window first" in refused.stderr
