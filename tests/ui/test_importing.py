"""Prove that with the windows loaded a module is imported as Python does it, without its source being read."""

from __future__ import annotations

import subprocess
import sys

import techdesk.ui

LOOK = """
import linecache
import sys
import techdesk.window
own = [one for one in linecache.cache if "techdesk/ui/" in one]
print(own == sys.argv[1:], len([one for one in sys.modules if one.startswith("techdesk.ui.")]) > 20)
"""


def test_beside_the_windows_no_source_is_read_but_that_of_their_own_room() -> None:
    room = str(techdesk.ui.__file__)
    done = subprocess.run([sys.executable, "-c", LOOK, room], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "True True\n", done.stderr
