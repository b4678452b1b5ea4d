"""Describe a long proof: what it runs over a stretch of seeds, and the control that must fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a stretch of seeds showed.

    Attributes:
        runs: How many runs there were: schedules, cuts, kills, bodies.
        failures: One sentence each, with the seed that shows it again.
        facts: How hostile it was, to be added up: crashes, requests, effects, …
    """

    runs: int = 0
    failures: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Found) -> Found:
        """Return both together."""
        facts = Counter(self.facts)
        facts.update(other.facts)
        return Found(runs=self.runs + other.runs, failures=self.failures + other.failures, facts=dict(facts))


def noticed(what: str, failures: int, runs: int) -> str:
    """Return the sentence of a control that failed, as it must.

    Raises:
        AssertionError: It did not.
    """
    if not failures:
        raise AssertionError(f"{what} was taken for sound in {runs} runs")
    return f"{what} failed in {failures} of {runs}"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One long proof.

    Attributes:
        name: How it is called on the command line.
        what: One run of it in plain words.
        asked: How many runs the long proof is to have.
        chunk: How many seeds one process is given at a time.
        run: Runs a stretch of seeds; a function of a module, as it is called in other processes.
        control: Breaks what is proved and says in a sentence how it was noticed.
            Raises AssertionError if it was not: then the suite is blind and proves nothing.
    """

    name: str
    what: str
    asked: int
    run: Callable[[range], Found]
    control: Callable[[], str]
    chunk: int = 100
