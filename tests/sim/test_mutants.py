"""The oracles can see: each rule of the engine that is broken on purpose is noticed."""

from __future__ import annotations

import pytest

from tests.sim.mutants import MUTANTS, Mutant
from tests.sim.schedule import run


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.__name__)
def test_a_broken_rule_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    mutant(monkeypatch)
    assert any(run(seed).violations for seed in range(MUTANTS[mutant])), f"{mutant.__name__} survived"
