"""Wait for what another process or thread brings about, as long as it takes on a computer that is busy."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.02


def wait_until(is_so: Callable[[], object], what: str = "it", patience_s: float = PATIENCE_S) -> None:
    """Wait for a fact."""
    assert comes_true(is_so, patience_s), f"{what} never happened"


def comes_true(is_so: Callable[[], object], patience_s: float) -> bool:
    """Wait for a fact that may not come."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_S)
    return True
