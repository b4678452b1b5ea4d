"""Twenty thousand power cuts: nothing that was acknowledged is lost, nothing is damaged, nothing is half done.

`./run soak power-cuts` runs a million. A failure names its seed; `run(range(seed, seed + 1))` cuts there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from techdesk.store import backups, migrations
from techdesk.store.migrations import Migration
from tests.power.cuts import CUTS_A_LIFE, run, run_careless, run_lying
from tests.power.life import Kind, kind_of, live
from tests.power.repairs import CUTS_A_REPAIR, run_careless_repairs, run_repairs
from tests.support.damaged_store import DAMAGES

CUTS = 20_000
CHUNK = 1000
CONTROL = range(1000)
REGRESSIONS = {909750: "the log's header was torn as the log was begun anew, and that was taken for damage"}
"""Cuts that once failed, and with what."""


@pytest.mark.parametrize("start", range(0, CUTS, CHUNK))
def test_a_power_cut_loses_nothing_that_was_acknowledged(start: int) -> None:
    found = run(range(start, start + CHUNK))
    assert found.failures == ()
    assert found.facts["whole"] == found.runs == CHUNK


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_a_cut_that_once_failed_stays_harmless(seed: int) -> None:
    assert run(range(seed, seed + 1)).failures == ()


def test_a_store_that_does_not_wait_for_its_disk_loses_what_it_acknowledged() -> None:
    found = run_careless(CONTROL, "NORMAL")
    assert found.facts["lost"] > 100
    # several commits that were never flushed look like damaged ones, and are told to be (`docs/sync.md` §13.5)
    losses = found.facts["lost"] + found.facts.get("taken for damage", 0)
    assert losses + found.facts["whole"] == found.runs, "NORMAL loses, but it keeps the file whole"


def test_a_store_that_never_waits_is_damaged_or_loses() -> None:
    found = run_careless(CONTROL, "OFF")
    assert found.facts["lost"] > 100
    assert sum(found.facts.get(what, 0) for what in ("does not open", "damaged", "mixed")) > 100


def test_a_disk_that_lies_crashes_nothing_and_what_it_damaged_is_told() -> None:
    found = run_lying(range(2000))
    mixed = found.facts.get("mixed", 0)
    assert mixed <= found.runs // 200, "an old page with a valid seal cannot always be told from a current one"
    assert found.facts["whole"] + mixed == found.runs


def test_a_backup_that_is_named_before_it_is_flushed_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "_flush", lambda _: None)
    copies = next(start for start in range(0, CUTS, CUTS_A_LIFE) if kind_of(start // CUTS_A_LIFE) is Kind.BACKUPS)
    found = run(range(copies, copies + CUTS_A_LIFE))
    assert any("backups/" in one for one in found.failures)


def test_an_update_that_is_not_one_transaction_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(connection: apsw.Connection, steps: Sequence[Migration], version: int) -> None:
        connection.execute(f"PRAGMA user_version = {version}")
        for step in steps:
            step(connection)

    monkeypatch.setattr(migrations, "_run", careless)
    update = next(start for start in range(0, CUTS, CUTS_A_LIFE) if kind_of(start // CUTS_A_LIFE) is Kind.UPDATE)
    assert run(range(update, update + CUTS_A_LIFE)).failures


@pytest.mark.parametrize("damage", range(len(DAMAGES)))
def test_a_power_cut_in_a_repair_loses_nothing_that_it_would_have_saved(damage: int) -> None:
    found = run_repairs(range(damage * CUTS_A_REPAIR, (damage + 1) * CUTS_A_REPAIR))
    assert found.failures == ()
    assert found.facts["operations"] > 5


def test_a_repair_that_does_not_wait_for_its_disk_would_be_noticed() -> None:
    assert run_careless_repairs(range(2 * CUTS_A_REPAIR)).failures


def test_lives_touch_everything_that_a_power_cut_can_hit(tmp_path: Path) -> None:
    whats, steps, copies = set[str](), set[tuple[str, str]](), 0
    for seed in range(8):
        (tmp_path / str(seed)).mkdir()
        life = live(seed, tmp_path / str(seed))
        whats |= {mark.what for mark in life.marks}
        steps |= {(step.kind.value, step.name.partition("/")[0]) for step in life.log.steps}
        copies += len(life.backups)
    assert whats == {"opened", "record", "sync", "pull", "read_anew", "restart", "closed"}
    assert copies > 3
    assert {("sync", "techdesk.db"), ("write", "techdesk.db"), ("remove", "techdesk.db-wal")} <= steps
    assert {("sync", "techdesk.db-wal"), ("write", "techdesk.db-journal")} <= steps
    assert {("sync", "backups"), ("rename", "backups"), ("sync folder", "backups")} <= steps


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
