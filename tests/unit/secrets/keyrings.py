"""A keyring in memory, and a real one in a session of its own that touches nobody's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import pytest
from typing_extensions import override

START = 'printf %s horse | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
"""Starts an unlocked keyring inside the private bus, then the program under test."""


class FakeKeyring(keyring.backend.KeyringBackend):
    """A keyring in memory; `before` runs before each call, to hang or to fail."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.before: Callable[[], object] = lambda: None

    @override
    def get_password(self, service: str, username: str) -> str | None:
        self.before()
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self.before()
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        self.before()
        del self.kept[service, username]


def in_session(folder: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a bus and a home of its own."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    private = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(folder / "data")}
    command = ["dbus-run-session", "--", "sh", "-c", START, "sh", sys.executable, "-c", program, *words]
    return subprocess.run(command, env=kept | private, capture_output=True, text=True, timeout=60, check=False)


needs_keyring = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="needs the Debian packages dbus and gnome-keyring",
)
