"""Measure the first window, and the memory of a window over very many orders."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from statistics import median

from tests.bench.figures import Figure
from tests.bench.homes import Home
from tests.bench.keyring_session import has_keyring, measured_with_keyring
from tests.bench.starts import in_turn


def first_window(home: Home) -> list[Figure]:
    """Compare the start of our window, real rows painted, with a bare one: the key in a keyring, then in a file."""
    name = f"first window with the first page of {home.orders:,} orders painted"
    figures = []
    if has_keyring():
        ours, bare = measured_with_keyring(home)
        figures.append(Figure(name=f"{name}, key in the keyring", measured=median(ours), bare=median(bare), gate=2.5))
    ours, bare = in_turn(home.environment)
    note = "Scrypt alone takes a quarter of a second"
    sealed = Figure(name=f"{name}, key behind a master password", measured=median(ours), bare=median(bare), note=note)
    return [*figures, sealed if figures else replace(sealed, gate=2.5)]


def memory(home: Home) -> list[Figure]:
    """Tell the resident memory of the window, ten seconds after its first paint."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.our_window", "--stay", "10"],
        env=dict(home.environment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    kilobytes = float(answer.stdout.split()[-1])
    return [Figure(name=f"resident memory with {home.orders:,} orders", measured=kilobytes / 1024, gate=250, unit="MB")]
