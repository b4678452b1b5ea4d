"""Print figures as a table that names its data and its commit; gate on ratios, targets in brackets."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What was measured.
        measured: Our value, in `unit`.
        bare: The bare counterpart's value in the same run; None where there is none.
        gate: The ratio, or the value where there is no counterpart, that must not be exceeded; None: told only.
        unit: `ms`, `s` or `MB`.
        note: What the reader must know; empty mostly.
    """

    name: str
    measured: float
    bare: float | None = None
    gate: float | None = None
    unit: str = "ms"
    note: str = ""

    @property
    def compared(self) -> float:
        """Return what is held against the gate: the ratio where there is a counterpart, else the value."""
        return self.measured / self.bare if self.bare else self.measured

    @property
    def missed(self) -> bool:
        """Say whether the gate is exceeded."""
        return self.gate is not None and self.compared > self.gate


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile of at least two values."""
    return quantiles(values, n=20, method="inclusive")[-1]


def timed_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds that `work` takes."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def commit() -> str:
    """Return the short id of the commit that is measured, marked when anything beside the documents differs from it."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return f"{head}-dirty" if changed else head or "no commit"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| figure | measured | bare | ratio | gate | |", "|---|--:|--:|--:|--:|---|"]
    lines += [_line(one) for one in figures]
    return "\n".join(lines)


def _line(one: Figure) -> str:
    bare = f"{one.bare:.2f} {one.unit}" if one.bare else "–"
    ratio = f"{one.compared:.2f}×" if one.bare else "–"
    sign = "×" if one.bare else f" {one.unit}"
    gate = f"≤ {one.gate:g}{sign}" if one.gate is not None else "–"
    verdict = f"**missed by {one.compared / one.gate - 1:.0%}**" if one.missed and one.gate else "ok"
    told = verdict if one.gate is not None else ""
    note = " · ".join(part for part in (told, one.note) if part)
    return f"| {one.name} | {one.measured:.2f} {one.unit} | {bare} | {ratio} | {gate} | {note} |"
