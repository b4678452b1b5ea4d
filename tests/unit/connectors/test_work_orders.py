"""Reading a work order: what fits is shown, what does not is left out, and the order is never refused for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from techdesk.connectors.flow_retail.work_orders import work_order
from techdesk.domain.records import from_document
from techdesk.domain.work_orders import WorkOrder
from tests.support.work_orders import SAMPLE_JSON
from tests.support.work_orders import work_order as delivered


def test_the_documents_sample_is_read_whole() -> None:
    found = from_document(WorkOrder, work_order(json.loads(SAMPLE_JSON)["Object"]))

    assert (found.work_order_id, found.number, found.purchase_number) == (1, "sample string 2", "sample string 3")
    assert (found.status, found.status_extended) == ("sample string 1", "sample string 2")
    assert (found.trade, found.category, found.problem_code) == (
        "sample string 11",
        "sample string 14",
        "sample string 16",
    )
    assert str(found.limit) == "1 sample string 15"
    assert found.location == "Location 6"
    assert found.expiration_date == "2025-12-19T15:01:54.4393284+00:00"
    assert [(one.text, one.action_required, one.mailed_to) for one in found.notes] == [
        ("sample string 3", True, "sample string 6")
    ] * 2


def test_a_twin_with_an_offset_goes_before_the_plain_time_and_names_before_numbers() -> None:
    members = delivered(ScheduledDate_DTO="2026-03-03T10:00:00-06:00", LocationName="Mall", LocationStoreId="12")

    found = work_order(members["Object"])

    assert found["scheduled_date"] == "2026-03-03T10:00:00-06:00"
    assert found["location"] == "Mall · 12"
    assert found["nte"] == "450.5"


@pytest.mark.parametrize("odd", [None, 3, "x", True, [1], {"Primary": 3}, float("inf")])
def test_members_of_another_type_are_left_out(odd: Any) -> None:
    members = dict.fromkeys(delivered()["Object"], odd)

    from_document(WorkOrder, work_order(members))
    assert work_order(odd).keys() <= {"status"}
    assert work_order({"Notes": [odd, {"NoteData": odd}]}) is not None
