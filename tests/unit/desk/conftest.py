"""Open a desk over a workbench in memory, and close it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from techdesk.application.accounts import Account
from techdesk.desk.desk import Desk
from tests.support.builders import an_account
from tests.unit.desk.fakes import Workbench


@pytest.fixture
def bench() -> Workbench:
    return Workbench()


@pytest.fixture
def desk(bench: Workbench) -> Iterator[Desk]:
    one = bench.open()
    yield one
    one.close()


@pytest.fixture
def account(desk: Desk) -> Account:
    """An account that the desk has from the beginning."""
    return desk.add_account(an_account(), "token")
