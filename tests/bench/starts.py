"""Time the start of our window and of a bare one, each in a process of its own, in turn so that noise hits both."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from compileall import compile_dir
from pathlib import Path
from time import perf_counter

_RUNS = 7
_SOURCES = ("src/techdesk", "tests/bench")
_TOP = Path(__file__).parents[2]


def in_turn(environment: Mapping[str, str]) -> tuple[list[float], list[float]]:
    """Return the milliseconds until our window was painted, and the bare one."""
    compile_ours()
    ours, bare = [], []
    for _ in range(_RUNS):
        bare.append(_until_painted("tests.bench.bare_window", environment))
        ours.append(_until_painted("tests.bench.our_window", environment))
    return ours, bare


def compile_ours() -> None:
    """Compile our modules, as the other libraries' are: a person's first start does that once and for all."""
    for folder in _SOURCES:
        compile_dir(_TOP / folder, quiet=2)


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
