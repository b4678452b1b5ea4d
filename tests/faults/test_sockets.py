"""A few of the cells over real sockets, through the chaos proxy; `./run soak sockets` plays all of them."""

from __future__ import annotations

import pytest

from tests.faults.names import PROFILES
from tests.faults.sockets import SocketCell, every_cell, play_cell
from tests.support.chaos_proxy import Fault

FEWEST_CELLS = 200
EVERY = 13


@pytest.mark.parametrize("cell", every_cell()[::EVERY], ids=str)
def test_nothing_is_lost_and_nothing_doubled_over_real_sockets(cell: SocketCell) -> None:
    play_cell(cell)


def test_every_fault_of_the_proxy_strikes_every_back_end() -> None:
    cells = every_cell()
    assert len(set(cells)) == len(cells) >= FEWEST_CELLS
    assert {(one.profile, one.faults[0]) for one in cells} == {(name, fault) for name in PROFILES for fault in Fault}
