"""The same schedules over the real, encrypted store: the same promises, and step for step the same traces."""

from __future__ import annotations

import pytest

from tests.sim.schedule import run
from tests.sim.sealed_world import sealed_stores

SCHEDULES = 40
CHUNK = 10


@pytest.mark.parametrize("start", range(0, SCHEDULES, CHUNK))
def test_the_real_store_keeps_every_promise_and_behaves_like_the_one_in_memory(start, tmp_path):
    for seed in range(start, start + CHUNK):
        with sealed_stores(tmp_path / str(seed)) as open_store:
            report = run(seed, open_store)
        assert report.violations == ()
        assert report.digest == run(seed).digest
