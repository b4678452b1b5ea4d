"""Run the long proofs: `./run soak [SUITE …] [--runs N] [--from SEED] [--minutes M] [--publish]`.

Each runs until its number is reached, the minutes are over or ten failures were found. Exits 1 if anything failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from pathlib import Path
from time import monotonic

from tests.bench.figures import commit
from tests.soak.report import HEAD, Result, published, row
from tests.soak.suite import Found, Suite
from tests.soak.suites import SUITES

PAGE = Path("docs/soak.md")
ENOUGH_FAILURES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; each suite's row is printed, and perhaps published, when it ends."""
    options = _options(arguments)
    chosen = [one for one in SUITES if not options.suites or one.name in options.suites]
    proved = commit()  # before anything is published, as that changes a file
    print(HEAD, flush=True)
    failed = False
    for suite in chosen:
        result = _prove(suite, options, proved)
        print(row(result), flush=True)
        if options.publish:
            PAGE.write_text(published(PAGE.read_text(encoding="utf-8"), row(result)), encoding="utf-8")
        for failure in result.found.failures:
            print(failure, file=sys.stderr, flush=True)
        failed = failed or bool(result.found.failures)
    return 1 if failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run soak", description="Run the long proofs.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(one.name for one in SUITES))
    parser.add_argument("--runs", type=int, help="how many runs instead of the number asked for")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--minutes", type=float, help="stop each suite after so many minutes")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--publish", action="store_true", help=f"put the rows into {PAGE}")
    options = parser.parse_args(arguments)
    unknown = set(options.suites) - {one.name for one in SUITES}
    if unknown:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    return options


def _prove(suite: Suite, options: argparse.Namespace, proved: str) -> Result:
    """See the control fail, then run the suite."""
    control = suite.control()
    began = monotonic()
    end = began + 60 * options.minutes if options.minutes else float("inf")
    last = options.first + (options.runs or suite.asked)
    found, reached = Found(), options.first
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        stretches = (range(at, min(at + suite.chunk, last)) for at in range(options.first, last, suite.chunk))
        going = {pool.submit(suite.run, one): one for one in islice(stretches, 2 * options.processes)}
        while going:
            for stretch, brought in _ended(going):
                found += brought
                reached = max(reached, stretch.stop)
                is_over = monotonic() > end or len(found.failures) >= ENOUGH_FAILURES
                following = None if is_over else next(stretches, None)
                if following is not None:
                    going[pool.submit(suite.run, following)] = following
    seeds = range(options.first, reached)
    took_s = monotonic() - began
    return Result(suite=suite, seeds=seeds, found=found, took_s=took_s, commit=proved, control=control)


def _ended(going: dict[Future[Found], range]) -> Iterator[tuple[range, Found]]:
    """Wait for the next stretches that end, and yield them with what they brought."""
    ended, _ = wait(going, return_when=FIRST_COMPLETED)
    for one in ended:
        yield going.pop(one), one.result()


if __name__ == "__main__":
    sys.exit(main())
