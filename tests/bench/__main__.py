"""Measure everything the README promises about speed and memory: `./run bench [--data DIR] [--quick]`.

Exits 1 if a gate is missed, so that a script can tell; the table says by how much.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import commit, table
from tests.bench.filling import made_orders, real_orders
from tests.bench.gaps import gaps
from tests.bench.homes import make_home
from tests.bench.looking import looking
from tests.bench.saving import saving
from tests.bench.syncing import drain, first_sync
from tests.bench.windows import first_window, memory

_MANY = 1_000_000
_ENOUGH = 39_040


def main() -> int:
    """Measure, print the table, and return 1 if a gate was missed."""
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument("--data", type=Path, help="folder of Open Repair Data CSV files; made orders without it")
    parser.add_argument("--quick", action="store_true", help=f"leave out what needs {_MANY:,} orders")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="techdesk-bench-") as name:
        folder = Path(name)
        orders = real_orders(options.data) if options.data else made_orders(_ENOUGH)
        home = make_home(folder / "home", orders)
        figures = first_window(home)
        figures += looking(home, 50)
        figures += saving(home, folder)
        figures += first_sync(folder, options.data)
        figures += drain(folder)
        figures += gaps(folder)
        if not options.quick:
            large = make_home(folder / "large", made_orders(_MANY))
            figures += looking(large, 500)
            figures += memory(large)
    data = f"real repair records of {options.data.name}" if options.data else "made orders"
    sys.stdout.write(f"Commit {commit()}, {data}.\n\n{table(figures)}\n")
    return 1 if any(one.missed for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
