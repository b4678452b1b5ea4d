"""The decision table of `docs/sync.md` and the code say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from techdesk.application.accounts import Dedup, Profile
from techdesk.application.outbox import MOVES, Operation, OpState, OutcomeClass, Verb
from techdesk.application.sync.verdicts import TABLE, how_told, verdict
from techdesk.domain.records import RecordType
from tests.support.builders import MORNING

DOCS = Path(__file__).parents[4] / "docs" / "sync.md"

OPERATION = Operation(
    op_id="op-1",
    account_id="a1",
    order_id="so-1",
    record_type=RecordType.ITEM,
    record_id="i1",
    verb=Verb.CREATE,
    intent={},
    created_at=MORNING,
    state=OpState.INFLIGHT,
    attempts=1,
)

COLUMNS = {
    "keyed, first": (Verb.CREATE, Dedup.KEYED, 1),
    "keyed, again": (Verb.CREATE, Dedup.KEYED, 2),
    "repeatable, first": (Verb.UPDATE, Dedup.KEYED, 1),
    "repeatable, again": (Verb.UPDATE, Dedup.KEYED, 2),
    "read back": (Verb.CREATE, Dedup.READ_BACK, 1),
    "blind": (Verb.CREATE, Dedup.BLIND, 1),
}


def table_after(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading of the document."""
    text = DOCS.read_text(encoding="utf-8").split(f"### {heading}\n", 1)[1]
    lines = text[text.index("|") :].split("\n\n", 1)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [rows[0], *rows[2:]]


def test_the_document_decides_every_outcome_as_the_code_does():
    header, *rows = table_after("The decision table")
    assert header == ["outcome", *COLUMNS]
    assert [row[0] for row in rows] == [one.value for one in TABLE]
    for outcome, *decided in rows:
        for said, (verb, creates, attempts) in zip(decided, COLUMNS.values(), strict=True):
            operation = replace(OPERATION, verb=verb, attempts=attempts)
            assert verdict(operation, Profile(creates=creates), OutcomeClass(outcome)) == said


def test_every_outcome_has_a_row():
    assert set(TABLE) == set(OutcomeClass)


def test_the_document_allows_the_moves_that_the_code_allows():
    header, *rows = table_after("Moves")
    assert header == ["from", "to"]
    said = {before: {one.strip() for one in after.split(",") if one.strip()} for before, after in rows}
    assert said == {str(before): {str(one) for one in after} for before, after in MOVES.items()}


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_updates_and_removals_can_be_repeated_everywhere(verb):
    assert how_told(replace(OPERATION, verb=verb), Profile(creates=Dedup.BLIND)) is Dedup.IDEMPOTENT


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.ACCEPT])
@pytest.mark.parametrize("creates", [Dedup.KEYED, Dedup.READ_BACK, Dedup.BLIND])
def test_creates_are_told_as_the_back_end_allows(verb, creates):
    assert how_told(replace(OPERATION, verb=verb), Profile(creates=creates)) is creates
