"""What the doctor says about a store, an outbox, a disk and a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from techdesk.application.doctor import (
    LEAST_FREE,
    OLD_COPY,
    Finding,
    Grade,
    Health,
    clock_finding,
    disk_finding,
    document_of,
    noted_clock_finding,
    outbox_rows,
    queue_findings,
    store_finding,
)
from techdesk.application.outbox import Clash, OpState, support_code
from techdesk.application.ports import Urgency
from techdesk.application.store_news import StoreFacts
from techdesk.application.sync.account_warnings import WarningKind, warn
from techdesk.application.unsent.age import CARRIED_AFTER, TOLD_AFTER
from techdesk.domain.events import ProductDiagnosed
from techdesk.domain.instants import instant_text
from tests.support.bench import REFUSED, Bench
from tests.support.builders import MORNING
from tests.support.outbox_states import put_in_state


def store_like(**changes: object) -> StoreFacts:
    values: dict[str, object] = {"is_whole": True, "schema": 7, "engine": "SQLite 3", "size": 12_345_678}
    return StoreFacts(**values | changes)  # type: ignore[arg-type]  # each test names its own facts


def found(bench: Bench) -> list[Finding]:
    with bench.store.read() as view:
        return queue_findings(view, bench.clock.now())


def diagnose(bench: Bench) -> str:
    order = bench.order()
    (op_id,) = bench.commands.record_event(order, ProductDiagnosed(diagnostic_explanation="SECRET FUSE")).op_ids
    return op_id


@pytest.mark.parametrize(
    ("grades", "worst"),
    [
        ([], Grade.GOOD),
        ([Grade.GOOD, Grade.OFFLINE], Grade.OFFLINE),
        ([Grade.OFFLINE, Grade.LOOK], Grade.LOOK),
        ([Grade.LOOK, Grade.BAD, Grade.GOOD], Grade.BAD),
    ],
)
def test_the_worst_finding_speaks_for_all(grades: list[Grade], worst: Grade) -> None:
    health = Health(MORNING, [Finding("x", one, "") for one in grades])
    assert health.worst is worst
    assert document_of(health)["worst"] == worst.value


def test_findings_are_one_document_with_their_facts() -> None:
    assert document_of(Health(MORNING, [disk_finding(10**9)])) == {
        "at": "2026-06-01T09:12:00.000Z",
        "worst": "good",
        "findings": [{"what": "Disk", "grade": "good", "words": "1.0 GB free", "freeBytes": 10**9}],
    }


def test_a_whole_file_without_a_copy_is_told() -> None:
    whole, backup = store_finding(store_like(), MORNING)
    assert (whole.grade, whole.words) == (Grade.GOOD, "whole, 12.3 MB")
    assert (backup.grade, backup.words) == (Grade.GOOD, "none yet; the first is taken within the hour")


def test_a_damaged_file_and_an_old_copy_say_what_to_do() -> None:
    taken = MORNING - OLD_COPY
    for now, grade in ((MORNING, Grade.GOOD), (MORNING + timedelta(seconds=1), Grade.LOOK)):
        damaged, backup = store_finding(store_like(is_whole=False, copies=3, newest_copy=taken), now)
        assert (damaged.grade, "start it again" in damaged.words) == (Grade.BAD, True)
        assert (backup.grade, "disk is full" in backup.words) == (grade, grade is Grade.LOOK)
        assert backup.facts == {"copies": 3, "newest": "2026-05-25T09:12:00.000Z"}


def test_an_empty_outbox_is_good() -> None:
    (outbox,) = found(Bench())
    assert (outbox.grade, outbox.words, outbox.facts["queued"]) == (Grade.GOOD, "everything confirmed", 0)
    assert outbox.facts["oldest"] is None


def test_unsent_work_is_counted_and_the_oldest_named() -> None:
    bench = Bench()
    first = diagnose(bench)
    made_at = bench.clock.now()
    bench.clock.advance(60)
    diagnose(bench)
    (outbox,) = found(bench)
    words = f"2 Saved here, the oldest of {made_at.astimezone():%Y-%m-%d %H:%M}, support code {support_code(first)}"
    assert (outbox.grade, outbox.words, outbox.facts["queued"]) == (Grade.GOOD, words, 2)
    assert outbox.facts["oldest"] == {"opId": first, "createdAt": instant_text(made_at), "state": "queued"}


def test_unsent_work_is_to_be_looked_at_after_a_day_and_carried_on_after_three() -> None:
    bench = Bench()
    diagnose(bench)
    said = []
    for seconds in (TOLD_AFTER.total_seconds() - 1, 1, (CARRIED_AFTER - TOLD_AFTER).total_seconds() - 1, 1):
        bench.clock.advance(seconds)
        (outbox,) = found(bench)
        said.append((outbox.grade, "outbox list" in outbox.words, "outbox export" in outbox.words))
    assert said == [
        (Grade.GOOD, False, False),
        (Grade.LOOK, True, False),
        (Grade.LOOK, True, False),
        (Grade.LOOK, True, True),
    ]


def test_what_waits_for_a_person_and_what_is_wrong_with_an_account_is_to_be_looked_at() -> None:
    bench = Bench()
    op_id = diagnose(bench)
    put_in_state(bench.store, op_id, OpState.NEEDS_CHECK)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        warn(tx, "a1", WarningKind.SCHEMA_DRIFT, {"field": "title"})
    outbox, warning = found(bench)
    assert outbox.grade is Grade.LOOK
    assert outbox.words.startswith("1 Needs your check, the oldest of ")
    assert outbox.words.endswith(f"support code {support_code(op_id)}. See: techdesk outbox list")
    assert (warning.what, warning.grade, warning.facts) == ("Account Bench", Grade.LOOK, {"warning": "schema_drift"})


def test_little_room_is_told() -> None:
    assert disk_finding(LEAST_FREE).grade is Grade.GOOD
    assert "Make room" in disk_finding(LEAST_FREE - 1).words
    assert disk_finding(LEAST_FREE - 1).grade is Grade.LOOK


@pytest.mark.parametrize(
    ("skew", "grade", "words"),
    [
        (None, Grade.GOOD, "the server does not tell its time"),
        (120.0, Grade.GOOD, "120 s ahead"),
        (-120.4, Grade.LOOK, "2 minutes behind. Set this computer's clock"),
        (1.2e9, Grade.LOOK, "13889 days ahead. Set this computer's clock"),
    ],
)
def test_a_clock_that_is_off_is_told(skew: float | None, grade: Grade, words: str) -> None:
    finding = clock_finding("Bench", skew)
    assert (finding.what, finding.grade, finding.words) == ("Clock against Bench", grade, words)


def test_without_asking_the_server_the_clock_is_told_as_it_was_noted() -> None:
    assert noted_clock_finding("Bench", 120.0) == clock_finding("Bench", 120.0)
    calm = noted_clock_finding("Bench", 0)
    assert (calm.grade, calm.words) == (Grade.GOOD, "no difference was noticed so far; --online compares")


def test_rows_of_the_outbox_hold_nothing_that_people_entered() -> None:
    bench = Bench()
    op_id = diagnose(bench)
    (sent,) = bench.start()
    bench.answer(sent, REFUSED)
    with bench.store.write(Urgency.BACKGROUND) as tx:
        tx.save_clashes(op_id, [Clash(op_id=op_id, field="notes", base="SECRET", mine="SECRET", theirs="SECRET")])
    diagnose(bench)
    with bench.store.read() as view:
        rows = outbox_rows(view)
    first, second = rows
    assert (first["opId"], first["state"], first["clashes"]) == (op_id, "rejected", ["notes"])
    assert [(one["phase"], one["outcome"]) for one in first["history"]] == [("send", None), ("answer", "rejected")]
    assert first["frozenBytes"] > 0
    assert second["frozenBytes"] is None
    assert "SECRET" not in str(rows)
