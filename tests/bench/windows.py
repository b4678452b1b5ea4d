"""Measure the first window, and the memory of a window over very many orders."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from time import perf_counter

from tests.bench.figures import Figure
from tests.bench.homes import Home

_RUNS = 7


def first_window(home: Home) -> list[Figure]:
    """Compare the start of our window, real rows painted, with a bare one; in turn, so that noise hits both."""
    ours, bare = [], []
    for _ in range(_RUNS):
        bare.append(_until_painted("tests.bench.bare_window", home.environment))
        ours.append(_until_painted("tests.bench.our_window", home.environment))
    name = f"first window with the first page of {home.orders:,} orders painted"
    note = "the key comes from a file that a master password opens"
    return [Figure(name=name, measured=median(ours), bare=median(bare), gate=2.5, note=note)]


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


def _until_painted(module: str, environment: Mapping[str, str]) -> float:
    start = perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", module],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        taken = (perf_counter() - start) * 1000
    if line.strip() != "painted":
        raise RuntimeError(f"{module} painted nothing")
    return taken
