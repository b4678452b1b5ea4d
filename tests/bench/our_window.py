"""Open TechDesk's own window on the desk of `TECHDESK_HOME`, print `painted` once real rows are on the screen, and end.

With `--stay SECONDS` it prints its resident memory after that time, too.
"""

from __future__ import annotations

import argparse
import gc


def main() -> None:
    """Begin to open the desk, import Qt meanwhile as the program does, and watch."""
    gc.disable()
    from techdesk.__main__ import open_beside_qt
    from techdesk.desk.places import Places

    parser = argparse.ArgumentParser()
    parser.add_argument("--stay", type=float, default=0.0)
    places = Places.from_environment()
    opening = open_beside_qt(places)
    from tests.bench.watching import watch

    watch(places, opening, parser.parse_args().stay)


if __name__ == "__main__":
    main()
