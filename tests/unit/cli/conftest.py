"""Give the tests of the command line a desk in memory, or the environment of a real one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.builders import put_order
from tests.support.fake_desk import FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with one account and one order in it."""
    one = FakeDesk()
    put_order(one.store)
    return one


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a desk of its own, without a display."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    return kept | {"TECHDESK_HOME": str(tmp_path / "home"), "TECHDESK_MASTER_PASSWORD": "horse battery"}
