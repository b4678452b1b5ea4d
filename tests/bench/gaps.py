"""Measure the longest time in which the window could not answer: while typing, scrolling, and while sync is busy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.homes import PASSWORD
from tests.bench.starts import compile_ours
from tests.support.server_process import running_server

_ORDERS = 10_000


def gaps(folder: Path) -> list[Figure]:
    """Let a window do its first sync and send 10,000 operations; type and scroll meanwhile and afterwards."""
    home, far = folder / "window", folder / "window-server"
    far.mkdir(parents=True)
    compile_ours()
    with running_server(far, "--sample", str(_ORDERS)) as server:
        own = {
            "TECHDESK_HOME": str(home),
            "TECHDESK_MASTER_PASSWORD": PASSWORD,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "BENCH_TOKEN": server.admin_token,
            "BENCH_ADDRESS": server.address,
        }
        answer = subprocess.run(
            [sys.executable, "-m", "tests.bench.busy_window"],
            env=os.environ | own,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found = json.loads(answer.stdout.splitlines()[-1])
    return [Figure(name=f"longest UI gap, {what}", measured=ms, gate=50) for what, ms in found.items()]
