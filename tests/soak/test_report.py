"""The table of the long proofs says what was run, and a newer run takes the older one's place."""

from __future__ import annotations

from tests.soak.report import HEAD, Result, bound, published, row, took
from tests.soak.suite import Found, Suite


def a_suite(name: str) -> Suite:
    return Suite(name=name, what="a test", asked=1000, run=lambda _: Found(), control=lambda: "noticed")


def a_row(name: str, runs: int, failures: tuple[str, ...] = ()) -> str:
    found = Found(runs=runs, failures=failures, facts={"lost_answers": 1234})
    return row(
        Result(suite=a_suite(name), seeds=range(5, 8), found=found, took_s=75.4, commit="abc", control="it was seen")
    )


def test_a_row_says_how_much_was_run_and_how_sure_one_may_be():
    assert a_row("kills", 300) == (
        "| kills: a test | 300 | 1,000 | 5–7 | abc | 1 min 15 s | 0 "
        "| below 1.0e-02 | 1,234 lost answers | it was seen |"
    )


def test_a_failure_takes_away_the_bound():
    assert bound(Found(runs=300, failures=("seed 4",))) == "–"
    assert bound(Found()) == "–"


def test_a_newer_row_takes_the_place_of_the_older_one_and_leaves_the_others():
    page = f"# Soak\n\n{HEAD}\n\nThe end.\n"
    page = published(published(page, a_row("kills", 300)), a_row("cuts", 20))
    page = published(page, a_row("kills", 900))
    rows = [one for one in page.splitlines() if one.startswith(("| kills", "| cuts"))]
    assert rows == [a_row("kills", 900), a_row("cuts", 20)]
    assert page.endswith("\n\nThe end.\n")


def test_stretches_add_up():
    both = Found(runs=2, failures=("a",), facts={"crashes": 1}) + Found(runs=3, facts={"crashes": 2, "cuts": 4})
    assert both == Found(runs=5, failures=("a",), facts={"crashes": 3, "cuts": 4})


def test_times_read_like_times():
    assert [took(one) for one in (12, 75, 3700)] == ["12 s", "1 min 15 s", "1 h 1 min"]
