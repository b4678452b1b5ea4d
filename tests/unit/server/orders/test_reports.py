"""Operation 23: an order's papers, as the PDF itself or as JSON."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from techdesk.wire.flow_retail import Report
from tests.support.pdf_text import text_of
from tests.unit.server.world import World

PDF = "application/octet-stream"


def worked_order(world: World) -> str:
    """Return the path of an order with items, hours and events."""
    order = world.order(
        title="Laptop does not charge",
        description="Dead after a thunderstorm",
        customer={"name": "Žofie Ångström", "phone": "123", "address": "Here 1"},
        assets=[{"maker": "Lenovo", "model": "X1", "serialNumber": "PF-1", "warrantyUntil": "2027-01-31"}],
        readyAtEstimate="2026-03-06T09:00:00.000Z",
    )
    posts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("items", {"name": "Charging board", "quantity": 2, "price": 100.25, "costPrice": 77.77}),
        ("hours", {"startedAt": "2026-03-02T08:00:00.000Z", "endedAt": "2026-03-02T08:30:00.000Z", "note": "Soldered"}),
        (
            "hours",
            {"startedAt": "2026-03-02T08:30:00.000Z", "endedAt": "2026-03-02T08:41:00.000Z", "billable": False},
        ),
        ("events", {"eventType": "repair_completed", "data": {"repairExplanation": "Board replaced"}}),
    )
    for part, body in posts:
        assert world.technician.post(f"{order}/{part}", body).status_code == 201
    return order


def pdf_of(world: World, order: str, kind: str) -> str:
    answer = world.technician.get(f"{order}/reports", params={"type": kind}, headers={"Accept": PDF})
    assert answer.status_code == 200, answer.text
    return text_of(answer.content)


def test_a_work_order_tells_the_whole_order(world: World):
    text = pdf_of(world, worked_order(world), "workorder")
    for wanted in (
        "Laptop does not charge", "Dead after a thunderstorm", "Žofie Ångström", "Lenovo X1", "PF-1", "31 Jan 2027",
        "Charging board", "200.50", "30 min", "11 min", "Not billed", "Soldered", "Board replaced", "signature",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert "77.77" not in text


def test_a_receipt_has_only_what_is_paid(world: World):
    text = pdf_of(world, worked_order(world), "receipt")
    assert "30 min" in text
    assert "200.50" in text
    for unwanted in ("11 min", "Soldered", "77.77", "thunderstorm"):
        assert unwanted not in text


def test_a_label_has_number_and_customer(world: World):
    order = worked_order(world)
    number = world.technician.get(order).json()["serviceNumber"]
    text = pdf_of(world, order, "label")
    assert number in text
    assert "Žofie Ångström" in text


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        f"{PDF};q=0.5, application/json",
        f"{PDF};q=0, */*",
    ],
)
def test_json_holds_the_pdf_in_base64(world: World, accept: str):
    order = world.order()
    answer = world.technician.get(f"{order}/reports", headers={"Accept": accept})
    assert answer.headers["Content-Type"] == "application/json"
    report = answer.json()
    Report.model_validate(report)
    assert set(report) == {"fileName", "contentType", "content"}
    assert report["contentType"] == "application/pdf"
    number = world.technician.get(order).json()["serviceNumber"]
    assert report["fileName"] == f"workorder-{number}.pdf"
    assert number in text_of(base64.b64decode(report["content"], validate=True))


def test_without_an_accept_header_it_is_json(world: World):
    answer = world.technician.get(f"{world.order()}/reports", headers={"Accept": ""})
    assert "content" in answer.json()


@pytest.mark.parametrize(
    "accept", [PDF, f"{PDF}, */*", f"application/json;q=0.4, {PDF};q=0.9", "APPLICATION/OCTET-STREAM"]
)
def test_octet_stream_is_the_pdf_itself(world: World, accept: str):
    answer = world.technician.get(f"{world.order()}/reports", params={"type": "label"}, headers={"Accept": accept})
    assert answer.headers["Content-Type"] == PDF
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="label-')
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("accept", ["application/pdf", "text/html", f"{PDF};q=0, application/json;q=0"])
def test_any_other_form_is_406(world: World, accept: str):
    answer = world.technician.get(f"{world.order()}/reports", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_unknown_type_is_400_and_an_unknown_order_404(world: World):
    assert world.technician.get(f"{world.order()}/reports", params={"type": "poem"}).status_code == 400
    assert world.technician.get(f"{world.orders}/nothing/reports").status_code == 404


def test_papers_are_for_those_who_may_read_the_order(world: World):
    order = world.order()
    assert world.nobody.get(f"{order}/reports").status_code == 401


def test_the_same_order_gives_the_same_bytes(world: World):
    order = worked_order(world)
    first, second = (world.technician.get(f"{order}/reports").json()["content"] for _ in range(2))
    assert first == second
