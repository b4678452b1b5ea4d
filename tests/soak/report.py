"""Write what a long proof showed as a row of the table in `docs/soak.md`."""

from __future__ import annotations

from dataclasses import dataclass

from tests.soak.suite import Found, Suite

HEAD = (
    "| suite | runs | asked | seeds | commit | took | failures | a failure’s chance at 95 % | seen | the control |\n"
    "|---|--:|--:|---|---|--:|--:|--:|---|---|"
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One long proof that was run.

    Attributes:
        took_s: Seconds on the wall.
        control: How the control failed, as it must.
    """

    suite: Suite
    seeds: range
    found: Found
    took_s: float
    commit: str
    control: str


def row(result: Result) -> str:
    """Return a result as a line of the table."""
    found, suite = result.found, result.suite
    facts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in found.facts.items())
    cells = (
        f"{suite.name}: {suite.what}",
        f"{found.runs:,}",
        f"{suite.asked:,}",
        f"{result.seeds.start:,}–{result.seeds.stop - 1:,}",
        result.commit,
        took(result.took_s),
        str(len(found.failures)),
        bound(found),
        facts,
        result.control,
    )
    return f"| {' | '.join(one.replace('|', '/') for one in cells)} |"


def bound(found: Found) -> str:
    """Return below what the chance of a failure lies with 95 % confidence: the rule of three, where there was none."""
    return f"below {3 / found.runs:.1e}" if found.runs and not found.failures else "–"


def took(seconds: float) -> str:
    """Return a length of time for people."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def published(text: str, line: str) -> str:
    """Return a document with a row put into its table, in the place of the same suite's row."""
    name = line.partition(":")[0] + ":"
    lines = text.splitlines()
    place = next((at for at, one in enumerate(lines) if one.startswith(name)), None)
    if place is not None:
        lines[place] = line
    else:
        end = lines.index(HEAD.splitlines()[-1]) + 1
        while end < len(lines) and lines[end].startswith("|"):
            end += 1
        lines.insert(end, line)
    return "\n".join(lines) + "\n"
