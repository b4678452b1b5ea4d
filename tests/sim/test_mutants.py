"""The oracles can see: each rule that is broken on purpose is noticed."""

from __future__ import annotations

import pytest

from tests.sim.broken_places import BROKEN_PLACES
from tests.sim.mutants import MUTANTS, Mutant
from tests.sim.schedule import run


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.__name__)
def test_a_broken_rule_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    mutant(monkeypatch)
    assert any(run(seed).violations for seed in range(MUTANTS[mutant])), f"{mutant.__name__} survived"


@pytest.mark.parametrize("mutant", BROKEN_PLACES, ids=lambda one: one.__name__)
def test_a_broken_place_below_the_engine_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir(mode=0o700)
    proof = BROKEN_PLACES[mutant]
    assert proof(whole) == []
    mutant(monkeypatch)
    assert proof(broken) != []
