"""Compare the branch coverage of the last run with the floors that only rise.

python -m tests.coverage_floor      after `pytest --cov`; ends with 1 when a room fell below its floor
"""

from __future__ import annotations

import io
import sys
import tomllib
from pathlib import Path

import coverage
from coverage.exceptions import NoDataError

FLOORS = Path(__file__).with_suffix(".toml")


def measure(data: coverage.Coverage, room: str) -> tuple[float, str]:
    """Tell the room's branch coverage in percent, and the table of what is open in it."""
    table = io.StringIO()
    try:
        percent = data.report(include=[f"*/techdesk/{room}/*"], file=table)
    except NoDataError:
        return 0.0, f"{room}: not one line was run"
    return percent, table.getvalue()


def main() -> int:
    """Print each room's coverage beside its floor."""
    data = coverage.Coverage()
    data.load()
    below = False
    for room, floor in tomllib.loads(FLOORS.read_text(encoding="utf-8")).items():
        percent, table = measure(data, room)
        if percent < 100:
            print(table)
        print(f"{room}: {percent:.2f} % of lines and branches run, floor {floor} %")
        below = below or percent < floor
    return int(below)


if __name__ == "__main__":
    sys.exit(main())
