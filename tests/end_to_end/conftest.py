"""Give the tests of real windows what they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.real_screen import Screen, real_screen


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A screen of this test's own, with real keys."""
    folder = tmp_path / "screen"
    folder.mkdir()
    with real_screen(folder) as one:
        yield one
