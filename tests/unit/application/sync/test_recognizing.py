"""What was sent is told among what a back end shows: by its mark, else by what it says and by what was there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from techdesk.application.exchange import ReadBack, Sighting
from techdesk.application.outbox import Operation, Verb
from techdesk.application.sync.recognizing import LOOKS_ALIKE, Mark, Shown, fields_set, holds, recognized
from techdesk.domain.instants import instant_text
from techdesk.domain.records import RecordType

SENT = datetime(2026, 11, 21, 9, tzinfo=UTC)
FUSE = {"name": "Fuse", "quantity": "2", "note": "slow", "created_at": "2026-11-21T08:00:00.000Z"}


def operation(record_type: RecordType = RecordType.ITEM, **changes: Any) -> Operation:
    made = Operation(
        op_id="0190f3e2-0000-7000-8000-000000000001",
        account_id="a1",
        order_id="o1",
        record_type=record_type,
        record_id="r1",
        verb=Verb.CREATE,
        intent=FUSE,
        created_at=SENT,
        first_sent_at=SENT,
        known=("older",),
    )
    return replace(made, **changes)


def shown(server_id: str = "s1", *, mark: Mark = Mark.NONE, after_s: float = 1.0, **changes: Any) -> Shown:
    made_at = instant_text(SENT + timedelta(seconds=after_s))
    document = {"name": "Fuse", "quantity": "2", "note": "slow", "created_at": made_at} | changes
    return Shown(server_id=server_id, document=document, revision="7", mark=mark)


def sighting(*records: Shown, **changes: Any) -> Sighting:
    return recognized(operation(**changes), records).sighting


# By its mark.


def test_a_mark_tells_it_whatever_else_is_there():
    read = recognized(operation(), [shown("s1"), shown("s2", mark=Mark.OURS, name="Renamed"), shown("s3")])
    assert (read.sighting, read.server_id, read.revision) == (Sighting.FOUND, "s2", "7")
    assert (read.by_likeness, read.is_double) == (False, False)
    assert read.record is not None
    assert read.record["name"] == "Renamed"


def test_of_two_with_our_mark_the_first_is_ours_and_both_are_told():
    read = recognized(operation(), [shown("s9", mark=Mark.OURS), shown("s2", mark=Mark.OURS)])
    assert (read.sighting, read.server_id, read.is_double) == (Sighting.FOUND, "s2", True)


def test_what_carries_anothers_mark_is_not_ours():
    assert sighting(shown(mark=Mark.ANOTHERS)) is Sighting.ABSENT


# By what it says.


def test_the_only_new_one_that_says_all_that_was_set_is_ours():
    read = recognized(operation(), [shown("older"), shown("s2"), shown("s3", name="Screw")])
    assert read == ReadBack(
        sighting=Sighting.FOUND, server_id="s2", record=shown().document, revision="7", by_likeness=True
    )


def test_nothing_new_is_nothing():
    assert recognized(operation(), []) == ReadBack(sighting=Sighting.ABSENT)
    assert sighting(shown("older")) is Sighting.ABSENT


def test_two_that_could_both_be_ours_are_for_a_person():
    read = recognized(operation(), [shown("s1"), shown("s2")])
    assert (read.sighting, read.reason) == (Sighting.UNCLEAR, LOOKS_ALIKE)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (shown(note="slow, says Ida"), Sighting.UNCLEAR),
        (shown(quantity=None), Sighting.UNCLEAR),
        (shown(extra="the server's own"), Sighting.FOUND),
        (shown(name=" Fuse "), Sighting.FOUND),
        (shown(name="Fuse 2A"), Sighting.ABSENT),
        (Shown(server_id="s1", document=None), Sighting.UNCLEAR),
        (Shown(server_id="older", document=None), Sighting.ABSENT),
    ],
)
def test_in_doubt_a_person_looks(one: Shown, expected: Sighting):
    assert sighting(one) is expected


def test_a_sure_one_beside_a_possible_one_is_for_a_person():
    assert sighting(shown("s1"), shown("s2", note="slow, says Ida")) is Sighting.UNCLEAR


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("Kim", "Kim", Sighting.FOUND),
        ("Kim", "Ole", Sighting.ABSENT),
        ("", "Ole", Sighting.FOUND),
        ("Kim", "", Sighting.FOUND),
    ],
)
def test_what_somebody_else_made_is_not_ours(ours: str, theirs: str, expected: Sighting):
    assert sighting(shown(created_by=theirs), created_by=ours) is expected


@pytest.mark.parametrize(
    ("after_s", "expected"),
    [
        (-290.0, Sighting.FOUND),
        (-310.0, Sighting.UNCLEAR),
        (-86_300.0, Sighting.UNCLEAR),
        (-86_500.0, Sighting.ABSENT),
    ],
)
def test_what_the_server_dates_before_it_was_sent_is_not_surely_ours(after_s: float, expected: Sighting):
    assert sighting(shown(after_s=after_s)) is expected


def test_a_part_without_a_date_is_told_by_what_was_there_before():
    assert sighting(shown(created_at="")) is Sighting.FOUND
    assert sighting(shown(), first_sent_at=None) is Sighting.FOUND


def test_where_it_is_not_known_what_was_there_before_a_person_looks():
    assert sighting(shown(), known=None) is Sighting.UNCLEAR


def test_an_order_is_told_by_its_date_as_not_every_order_is_known_here():
    kettle = {"title": "Kettle"}
    made = shown(title="Kettle")
    assert sighting(made, record_type=RecordType.ORDER, intent=kettle, known=()) is Sighting.FOUND
    undated = replace(made, document={"title": "Kettle"})
    assert sighting(undated, record_type=RecordType.ORDER, intent=kettle, known=()) is Sighting.UNCLEAR


def test_a_bill_has_nothing_of_its_own_but_is_new():
    bill = {"record_type": RecordType.SALES_ORDER, "intent": {"created_at": "2026-11-21T08:00:00.000Z"}}
    assert sighting(shown("older"), shown("s2"), **bill) is Sighting.FOUND
    assert sighting(shown("s1"), shown("s2"), **bill) is Sighting.UNCLEAR


def test_only_what_a_person_set_is_compared():
    intent = {**FUSE, "note": "", "created_by": "Kim", "tenant_user_display_name": "Kim", "total_price": "3 EUR"}
    assert fields_set(operation(intent=intent)) == ["name", "quantity"]


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        ({"name": "Ida", "customer_uid": "c1"}, {"name": "Ida", "phone": ""}, True),
        ({"name": "Ida"}, {"name": "Ida", "phone": "1"}, False),
        ("Ida", {"name": "Ida"}, False),
        ([{"maker": "X", "state": "new"}], [{"maker": "X"}], True),
        ([{"maker": "X"}, {}], [{"maker": "X"}], False),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00.400Z", True),
        ("2026-06-01T12:00:02+02:00", "2026-06-01T10:00:00.400Z", False),
        ("2026-06-01T12:00:02+02:00", "soon", False),
        (2, 2.0, True),
        (None, 2, False),
        ([1], None, False),
    ],
)
def test_a_value_may_say_more_and_be_written_otherwise(there: Any, wanted: Any, expected: bool):
    assert holds(there, wanted) is expected
