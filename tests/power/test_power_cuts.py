"""Twenty thousand power cuts: nothing that was acknowledged is lost, nothing is damaged, nothing is half done.

`./run soak power-cuts` runs a million. A failure names its seed; `run(range(seed, seed + 1))` cuts there again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.power.cuts import CUTS_A_LIFE, run, run_careless, run_lying
from tests.power.life import live

CUTS = 20_000
CHUNK = 1000
CONTROL = range(1000)


@pytest.mark.parametrize("start", range(0, CUTS, CHUNK))
def test_a_power_cut_loses_nothing_that_was_acknowledged(start: int) -> None:
    found = run(range(start, start + CHUNK))
    assert found.failures == ()
    assert found.facts["whole"] == found.runs == CHUNK


def test_a_store_that_does_not_wait_for_its_disk_loses_what_it_acknowledged() -> None:
    found = run_careless(CONTROL, "NORMAL")
    assert found.facts["lost"] > 100
    assert found.facts["lost"] + found.facts["whole"] == found.runs, "NORMAL loses, but it keeps the file whole"


def test_a_store_that_never_waits_is_damaged_or_loses() -> None:
    found = run_careless(CONTROL, "OFF")
    assert found.facts["lost"] > 100
    assert sum(found.facts.get(what, 0) for what in ("does not open", "damaged", "mixed")) > 100


def test_a_disk_that_lies_crashes_nothing_and_what_it_damaged_is_told() -> None:
    found = run_lying(range(2000))
    mixed = found.facts.get("mixed", 0)
    assert mixed <= found.runs // 200, "an old page with a valid seal cannot always be told from a current one"
    assert found.facts["whole"] + mixed == found.runs


def test_a_life_touches_everything_that_a_power_cut_can_hit(tmp_path: Path) -> None:
    whats, kinds = set[str](), set[tuple[str, str]]()
    for seed in range(8):
        (tmp_path / str(seed)).mkdir()
        life = live(seed, tmp_path / str(seed))
        whats |= {mark.what for mark in life.marks}
        kinds |= {(step.kind.value, step.name) for step in life.log.steps}
    assert whats == {"opened", "record", "sync", "pull", "restart", "closed"}
    assert {("sync", "techdesk.db"), ("write", "techdesk.db"), ("remove", "techdesk.db-wal")} <= kinds
    assert {("sync", "techdesk.db-wal"), ("write", "techdesk.db-journal")} <= kinds


def test_a_seed_is_the_same_life_every_time(tmp_path: Path) -> None:
    shapes = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        life = live(7, tmp_path / name)
        shapes.append(([(one.kind, one.name, one.at, len(one.data)) for one in life.log.steps], life.marks))
    assert shapes[0] == shapes[1]


def test_a_stretch_of_seeds_is_the_same_however_it_is_divided() -> None:
    together = run_careless(range(40), "NORMAL")
    apart = run_careless(range(13), "NORMAL") + run_careless(range(13, 40), "NORMAL")
    assert sorted(together.failures) == sorted(apart.failures)
    assert CUTS_A_LIFE > 40
