"""Give the stories of work that goes to another computer to the soak."""

from __future__ import annotations

from pytest import MonkeyPatch

from techdesk.application.unsent import rescue_import
from tests.soak.suite import Found, Suite, noticed
from tests.support.rescue_story import PROFILES, what_is_wrong_after_a_hand_over, what_is_wrong_with_two

_CONTROL_SEEDS = range(60)


def run(seeds: range) -> Found:
    """Tell both stories of each seed over every kind of back end."""
    failures = []
    for seed in seeds:
        for name, profile in PROFILES.items():
            for tell in (what_is_wrong_after_a_hand_over, what_is_wrong_with_two):
                wrong = tell(seed, profile)
                if wrong:
                    failures.append(f"{tell.__name__}({seed}, {name}): {wrong}")
    stories = len(seeds) * len(PROFILES) * 2
    return Found(runs=len(seeds), failures=tuple(failures), facts={"stories": stories})


def control() -> str:
    """Take in what another computer may have sent as if nobody could have, and see it noticed."""
    with MonkeyPatch.context() as patch:
        patch.setattr(rescue_import, "_NOT_SENT_YET", ())
        found = run(_CONTROL_SEEDS)
    return noticed("an import that simply sends what may be elsewhere", len(found.failures), found.facts["stories"])


RESCUES = Suite(
    name="rescues",
    what="two stories over three kinds of back end: unsent work goes to another computer, handed over or copied",
    asked=50_000,
    run=run,
    control=control,
)
