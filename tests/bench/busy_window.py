"""Keep a window busy and tell the longest gap of its event loop in each phase, as one JSON object."""

from __future__ import annotations

import gc

from techdesk.desk.opening import open_in_background
from techdesk.desk.places import Places
from tests.bench.busy_script import play

if __name__ == "__main__":
    gc.disable()
    PLACES = Places.from_environment()
    play(PLACES, open_in_background(PLACES))
