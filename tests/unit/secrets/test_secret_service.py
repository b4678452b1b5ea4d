"""Prove that what the keyring library put into the desktop's Secret Service is found without that library, or not told.

The service is a real one, on a bus of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import secretstorage

from techdesk.store.secret_service import read_open_secret
from techdesk.store.secrets import KeyringSecrets
from tests.unit.secrets.keyrings import START, needs_keyring

SERVICE = "TechDesk test"
TELL_AND_WAIT = 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _'
KEEP = "import sys; from techdesk.store.secrets import KeyringSecrets; KeyringSecrets(sys.argv[1]).write(*sys.argv[2:])"

READ_WHERE_PLAIN_IS_REFUSED = """
import sys
from techdesk.store import secret_bus
from techdesk.store.secret_service import read_open_secret
from techdesk.store.secrets import KeyringSecrets
secret_bus.ALGORITHM = "one that the service does not know"
print(read_open_secret(*sys.argv[1:]), KeyringSecrets(sys.argv[1]).read(sys.argv[2]), "keyring" in sys.modules)
"""

pytestmark = needs_keyring


@pytest.fixture
def session(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a session with an open keyring, into which the library has put a secret."""
    folder = tmp_path / "session"
    folder.mkdir()
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    private = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(folder / "data")}
    environment = {"PATH": os.environ["PATH"], **private}
    command = [shutil.which("dbus-run-session") or "", "--", "sh", "-c", START, "sh", "sh", "-c", TELL_AND_WAIT]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as bus:
        assert bus.stdout is not None
        assert bus.stdin is not None
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        subprocess.run([sys.executable, "-c", KEEP, SERVICE, "a1", "tøken 🔑"], env=environment, check=True, timeout=60)
        yield environment
        bus.stdin.close()


@pytest.fixture(autouse=True)
def desktop(session: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in that session, with the library not loaded, as at the start of the desk."""
    for name in list(os.environ):
        if name.startswith(("KEYRING_", "PYTHON_KEYRING", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in session.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)


def test_what_the_library_kept_is_found_without_it() -> None:
    assert read_open_secret(SERVICE, "a1") == "tøken 🔑"
    assert KeyringSecrets(SERVICE).read("a1") == "tøken 🔑"
    assert "keyring" not in sys.modules


def test_what_is_not_there_is_left_to_the_library() -> None:
    assert read_open_secret(SERVICE, "a2") is None
    assert read_open_secret("Another program", "a1") is None


def test_a_locked_keyring_is_left_to_the_library_which_can_unlock_it() -> None:
    with closing(secretstorage.dbus_init()) as bus:
        ring = secretstorage.get_collection_by_alias(bus, "default")
        ring.lock()
        assert read_open_secret(SERVICE, "a1") is None
        assert ring.is_locked()


def test_a_service_that_gives_no_plain_session_is_left_to_the_library_which_encrypts(session: dict[str, str]) -> None:
    command = [sys.executable, "-c", READ_WHERE_PLAIN_IS_REFUSED, SERVICE, "a1"]
    done = subprocess.run(command, env=session, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "None tøken 🔑 True\n", done.stderr


def test_without_a_bus_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert read_open_secret(SERVICE, "a1") is None


@pytest.mark.parametrize(
    "address", ["tcp:host=127.0.0.1,port=9", "unix:path=/nowhere/bus", "no address at all"], ids=["tcp", "gone", "odd"]
)
def test_a_bus_that_is_no_unix_socket_or_not_there_is_told_and_asked_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert read_open_secret(SERVICE, "a1") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring"),
        ("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/other"),
        ("XDG_CURRENT_DESKTOP", "KDE"),
    ],
)
def test_where_another_place_was_chosen_it_is_not_asked(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert read_open_secret(SERVICE, "a1") is None


def test_where_a_file_chooses_another_place_it_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "python_keyring").mkdir()
    (tmp_path / "python_keyring" / "keyringrc.cfg").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert read_open_secret(SERVICE, "a1") is None


def test_a_library_that_is_loaded_answers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", pytest)
    assert read_open_secret(SERVICE, "a1") is None
