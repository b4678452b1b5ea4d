"""Open Repair Data comes in whole, once, and a bad row stops nobody."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.server.importing.csv_files import Report, import_file
from techdesk.server.orders.integrity import problems_of
from tests.unit.server.importing.open_repair_columns import COLUMNS
from tests.unit.server.world import World

NOW = "2026-03-02T09:00:00.000Z"

ROW = {
    "id": "demo_1",
    "data_provider": "Repair Café Demo",
    "country": "DEU",
    "partner_product_category": "Küche ~ Wasserkocher",
    "product_category": "Kettle",
    "product_category_id": "17",
    "brand": "Bosch",
    "year_of_manufacture": "2019",
    "product_age": "4.5",
    "repair_status": "Fixed",
    "repair_barrier_if_end_of_life": "",
    "group_identifier": "Nordstadt",
    "event_date": "2023-05-06",
    "problem": 'Schaltet nicht ab, „klick“ fehlt; "quoted", comma\nand a second line',
}


def _import(world: World, folder: Path, *rows: dict[str, str], **how: Any) -> Report:
    path = folder / "repairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return import_file(world.database, path, NOW, **how)


def test_a_row_becomes_an_accepted_depot_repair_and_every_column_is_kept(world: World, tmp_path: Path):
    report = _import(world, tmp_path, ROW)

    assert (report.rows, report.imported, report.unchanged, report.errors) == (1, 1, 0, [])
    (order,) = world.changes()["orders"]
    assert (order["title"], order["description"]) == ("Bosch Kettle", ROW["problem"])
    assert (order["externalSystem"], order["externalId"]) == ("Repair Café Demo", "demo_1")
    assert order["serviceTypeUid"] == world.types["repair_depot"]
    assert order["createdAt"] == order["acceptedAt"] == order["closedAt"] == "2023-05-06T12:00:00.000Z"
    assert (order["assets"][0]["maker"], order["assets"][0]["name"]) == ("Bosch", "Kettle")
    assert order["assets"][0]["state"] == "Fixed"
    assert (order["site"]["name"], order["site"]["address"]) == ("Nordstadt", "DEU")
    with world.database.read() as connection:
        kept = connection.execute(text("SELECT columns FROM imported_rows")).scalar_one()
    assert (kept if isinstance(kept, dict) else json.loads(kept)) == ROW
    assert problems_of(world.database) == (1, [])


@pytest.mark.parametrize(
    ("status", "state"),
    [("Fixed", "CLOSED"), ("End of life", "CLOSED"), ("Repairable", "NOT_STARTED"), ("Unknown", "NOT_STARTED")],
)
def test_what_was_fixed_or_is_at_its_end_is_closed(world: World, tmp_path: Path, status: str, state: str):
    _import(world, tmp_path, ROW | {"repair_status": status})

    assert world.changes()["orders"][0]["serviceState"] == state


def test_an_unknown_brand_is_no_maker(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW | {"brand": "Unknown"})

    (order,) = world.changes()["orders"]
    assert (order["title"], order["assets"][0]["maker"]) == ("Kettle", "")


def test_a_second_run_changes_nothing(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW, ROW | {"id": "demo_2"})
    before = world.changes()

    report = _import(world, tmp_path, ROW, ROW | {"id": "demo_2"})

    assert (report.rows, report.imported, report.unchanged) == (2, 0, 2)
    assert world.changes() == before


def test_a_changed_row_changes_only_what_follows_from_it(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW | {"repair_status": "Repairable"})
    (order,) = world.changes()["orders"]
    path = f"{world.orders}/{order['serviceOrderUid']}"
    world.close(path, "In repair")
    world.technician.put(path, {"title": "Kettle of Ms Bosch"})

    report = _import(world, tmp_path, ROW | {"repair_status": "Repairable", "problem": "Now it leaks"})

    assert (report.imported, report.unchanged) == (1, 0)
    (order,) = world.changes()["orders"]
    assert (order["title"], order["serviceState"]) == ("Kettle of Ms Bosch", "IN_PROGRESS")
    assert (order["description"], order["lastModifiedBy"]) == ("Now it leaks", "Repair Café Demo")


def test_a_dry_run_only_says_what_would_happen(world: World, tmp_path: Path):
    report = _import(world, tmp_path, ROW, ROW | {"id": ""}, dry_run=True)

    assert (report.rows, report.imported, len(report.errors)) == (2, 1, 1)
    assert world.changes()["orders"] == []


def test_each_bad_row_is_told_by_its_number_and_the_rest_comes_in(world: World, tmp_path: Path):
    bad = [
        ROW | {"id": " "},
        ROW | {"data_provider": ""},
        ROW | {"event_date": "06.05.2023"},
        ROW | {"event_date": "2023-02-30"},
        ROW | {"event_date": "0001-01-01"},
        ROW | {"problem": "a\0b"},
    ]

    report = _import(world, tmp_path, ROW, *bad, ROW, ROW | {"id": "demo_2"})

    assert [error["row"] for error in report.errors] == [2, 3, 4, 5, 6, 7, 8]
    assert report.errors[-1]["message"] == "has the provider and id of row 1"
    assert (report.rows, report.imported, len(world.changes()["orders"])) == (9, 2, 2)


def test_rows_that_do_not_fit_the_header_are_told_by_number(world: World, tmp_path: Path):
    path = tmp_path / "broken.csv"
    good = "d_1,Demo,DEU,,Kettle,17,,,,Fixed,,,2023-05-06,dripping"
    undecodable = good.replace("d_1", "d_4").encode().replace(b"dripping", b"\xff\xfe")
    lines = [",".join(COLUMNS).encode(), good.encode() + b",more", b"d_2,Demo", good.encode(), undecodable]
    path.write_bytes(b"\n".join(lines))

    report = import_file(world.database, path, NOW)

    assert [(error["row"], error["message"]) for error in report.errors] == [
        (1, "has more columns than the header"),
        (2, "has fewer columns than the header"),
        (4, "problem holds characters that cannot be stored"),
    ]
    assert report.imported == 1


def test_a_file_without_the_columns_or_that_is_not_there_is_refused(world: World, tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("id,problem\n1,x\n")

    with pytest.raises(InvalidInputError, match="data_provider"):
        import_file(world.database, path, NOW)
    with pytest.raises(NotFoundError):
        import_file(world.database, tmp_path / "none.csv", NOW)


def test_more_rows_than_one_batch_all_come_in(world: World, tmp_path: Path):
    rows = [ROW | {"id": f"demo_{number}"} for number in range(1_203)]

    assert _import(world, tmp_path, *rows).imported == 1_203
    assert problems_of(world.database) == (1_203, [])
