"""A person before a real screen, who works the program by keys, in processes of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from techdesk.cli.run import request_for
from techdesk.desk.places import Places
from techdesk.instance.line import BrokenOffError, ask
from tests.support.real_screen import Screen
from tests.support.waiting import PATIENCE_S, wait_until

OPEN = " · TechDesk"
"""What the window's title ends with while it shows an order."""


@dataclass
class Technician:
    """A person before the screen with a desk of their own."""

    home: Path
    screen: Screen
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of every process of theirs."""
        own = {"TECHDESK_HOME": str(self.home), "TECHDESK_MASTER_PASSWORD": "horse battery"}
        return {**self.screen.environment, **own, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def run(self, *words: str, said: str = "") -> None:
        """Run TechDesk in a process of its own, which must end well."""
        command = [sys.executable, "-m", "techdesk", *words]
        subprocess.run(command, env=self.environment, input=said.encode(), check=True, timeout=3 * PATIENCE_S)

    def sign_in(self, address: str, token: str) -> None:
        """Sign in to a server and fetch all its orders, before there is a window."""
        where = ("--system", "flow_retail", "--address", address, "--token-stdin")
        self.run("account", "add", "Workshop", *where, said=token)
        self.run("sync", "--once")

    def start(self, title: str = OPEN) -> None:
        """Start the program and wait for its window."""
        with (self.home.parent / "window.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "techdesk"], env=self.environment, stdout=log, stderr=log
            )
        self.screen.see(title)

    def quit(self) -> None:
        """Close the program with its key."""
        process = self._process
        assert process is not None
        self.screen.press_until("ctrl+q", lambda: process.poll() is not None, "the end of the program")
        assert process.returncode == 0

    def end(self) -> None:
        """End the program if it still runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End the program as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def written(self) -> int:
        """Return when the store was last written, in nanoseconds."""
        return Places.below(self.home).store.with_name("store.db-wal").stat().st_mtime_ns

    def has_written_since(self, at: int) -> bool:
        """Say whether the store was written after an instant of `written`."""
        return self.written() > at

    def asked(self, *words: str) -> Any:
        """Have the open window run a command; returns its JSON document, None while it cannot."""
        with suppress(BrokenOffError):
            answer = ask(Places.below(self.home).run / "desk.sock", request_for([*words, "--json"], ""))
            return json.loads(answer["out"]) if answer and answer["exit"] == 0 else None
        return None

    def find(self, text: str, number: str) -> None:
        """Find an order among all by typing, and open it."""
        self.screen.press("F9", "ctrl+f")
        self.screen.type(text)
        self.screen.press("Return")
        self.screen.see(number)

    def open_dialog(self, keys: str, title: str) -> None:
        """Open a dialog by its key."""
        self.screen.press_until(keys, lambda: title in self.screen.title, title)

    def save(self) -> None:
        """Save a dialog by its key and come back to the window."""
        self.screen.press_until("ctrl+Return", lambda: "TechDesk" in self.screen.title, "the window")

    def work_offline(self, offline: bool) -> None:
        """Switch the network off or on for TechDesk."""
        file = Places.below(self.home).settings_file
        self.screen.press("ctrl+shift+o")
        wish = "yes" if offline else "no"
        wait_until(lambda: file.is_file() and json.loads(file.read_text()).get("work_offline") == wish, "the switch")

    def outbox(self) -> list[str]:
        """Return the states of all that is not confirmed."""
        return [one["state"] for one in self.asked("outbox", "list") or []]
