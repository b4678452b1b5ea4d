"""Hold every test to leaving nothing behind."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from tests.support.leftovers import new_threads, running_threads


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare pytest-qt's settings where it is not installed, so that one strict configuration serves both runs."""
    if importlib.util.find_spec("pytestqt") is None:
        parser.addini("qt_api", "ignored: no Qt here")
        parser.addini("qt_log_level_fail", "ignored: no Qt here")
        parser.addini("qt_log_ignore", "ignored: no Qt here", type="linelist")


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread running.

    A thread of a wider fixture counts as there before, so such a fixture must be asked for before
    this one looks: session and module fixtures are set up first by pytest.
    """
    before = running_threads()
    yield
    left = new_threads(before)
    if left:
        names = ", ".join(sorted(thread.name for thread in left))
        pytest.fail(f"{request.node.nodeid} left threads running: {names}")
