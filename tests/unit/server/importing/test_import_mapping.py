"""A file of any shape comes in as its mapping says; a wrong mapping is told in words with the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from techdesk.domain.errors import InvalidInputError, NotFoundError
from techdesk.server.importing.csv_files import Report, import_file
from techdesk.server.importing.mapping import read_mapping
from techdesk.server.orders.integrity import problems_of
from tests.unit.server.world import World

NOW = "2026-03-02T09:00:00.000Z"

MAPPING = """
delimiter = ";"
encoding = "cp1252"
required = ["Fault"]

[fields]
provider = { constant = "Old desk" }
externalId = "No"
title = ["Maker", { column = ["Thing", "Group"], empty = ["-"], default = "Repair" }]
description = "Fault"
customer = { name = "Who", phone = "Tel", email = "Mail", address = ["Street", "Town"] }
asset = { maker = "Maker", model = "Model", name = "Thing", serialNumber = "Serial", condition = "Looks" }
status = { column = "State", values = { "done" = "CLOSED", "waiting" = "ON_HOLD" } }
createdAt = { column = "In", format = "%d.%m.%Y %H:%M", timeZone = "Europe/Berlin" }
"""

ROW = {
    "No": "17",
    "Maker": "Miele",
    "Thing": "Waschmaschine",
    "Group": "Weiße Ware",
    "Fault": "läuft aus",
    "Who": "Jörg Müßig",
    "Tel": "030 1234",
    "Mail": "joerg@example.org",
    "Street": "Hauptstr. 1,",
    "Town": "Berlin",
    "Model": "W1",
    "Serial": "S-99",
    "Looks": "zerkratzt",
    "State": "waiting",
    "In": "05.07.2023 08:30",
    "Shelf": "B2",
}


def _import(world: World, folder: Path, *rows: dict[str, str], mapping: str = MAPPING, **how: Any) -> Report:
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    lines = [";".join(names) for names in (ROW, *(row.values() for row in rows))]
    (folder / "desk.csv").write_text("\n".join(lines), encoding="cp1252")
    return import_file(world.database, folder / "desk.csv", NOW, mapping=read_mapping(folder / "map.toml"), **how)


def test_every_mapped_column_becomes_its_field(world: World, tmp_path: Path):
    report = _import(world, tmp_path, ROW)

    assert (report.rows, report.imported, report.errors) == (1, 1, [])
    (order,) = world.changes()["orders"]
    assert (order["title"], order["description"]) == ("Miele Waschmaschine", "läuft aus")
    assert (order["externalSystem"], order["externalId"]) == ("Old desk", "17")
    assert (order["serviceState"], order.get("closedAt")) == ("ON_HOLD", None)
    assert order["createdAt"] == order["acceptedAt"] == "2023-07-05T06:30:00.000Z"
    customer = {name: order["customer"][name] for name in ("name", "phone", "email", "address")}
    assert customer == {
        "name": "Jörg Müßig",
        "phone": "030 1234",
        "email": "joerg@example.org",
        "address": "Hauptstr. 1, Berlin",
    }
    assert order["customerUid"] == order["customer"]["customerUid"]
    asset = order["assets"][0]
    assert (asset["maker"], asset["model"], asset["name"]) == ("Miele", "W1", "Waschmaschine")
    assert (asset["serialNumber"], asset["condition"]) == ("S-99", "zerkratzt")
    assert problems_of(world.database) == (1, [])


def test_what_a_column_lacks_comes_from_the_next_one_or_the_default(world: World, tmp_path: Path):
    _import(
        world,
        tmp_path,
        ROW | {"Thing": "-"},
        ROW | {"No": "18", "Thing": " ", "Group": "", "Maker": ""},
    )

    assert {order["externalId"]: order["title"] for order in world.changes()["orders"]} == {
        "17": "Miele Weiße Ware",
        "18": "Repair",
    }


def test_a_row_without_any_customer_makes_an_order_without_one(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW | dict.fromkeys(("Who", "Tel", "Mail", "Street", "Town"), ""))

    assert world.changes()["orders"][0]["customer"] is None


def test_a_second_run_changes_nothing_and_a_dry_one_writes_nothing(world: World, tmp_path: Path):
    assert _import(world, tmp_path, ROW, dry_run=True).imported == 1
    assert world.changes()["orders"] == []
    _import(world, tmp_path, ROW)
    before = world.changes()

    report = _import(world, tmp_path, ROW)

    assert (report.imported, report.unchanged) == (0, 1)
    assert world.changes() == before


def test_a_changed_row_keeps_what_people_did_to_the_same_customer_and_device(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW)
    (order,) = world.changes()["orders"]
    path = f"{world.orders}/{order['serviceOrderUid']}"
    mended = order["assets"][0] | {"condition": "poliert"}
    other = {"name": "Schlauch"}
    world.technician.put(path, {"customer": order["customer"] | {"phone": "0171 9"}, "assets": [mended, other]})

    report = _import(world, tmp_path, ROW | {"Mail": "neu@example.org", "Serial": "S-100", "State": "done"})

    assert report.imported == 1
    (order,) = world.changes()["orders"]
    assert (order["customer"]["phone"], order["customer"]["email"]) == ("0171 9", "neu@example.org")
    assert [(one["condition"], one["serialNumber"]) for one in order["assets"]] == [("poliert", "S-100"), ("", "")]
    assert (order["serviceState"], order["closedAt"]) == ("CLOSED", order["createdAt"])


def test_a_device_that_somebody_took_out_stays_out(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW)
    world.technician.put(f"{world.orders}/{world.changes()['orders'][0]['serviceOrderUid']}", {"assets": []})

    _import(world, tmp_path, ROW | {"Serial": "S-100"})

    assert world.changes()["orders"][0]["assets"] == []


def test_a_changed_row_is_read_anew_where_the_mapping_cannot_read_the_old_one(world: World, tmp_path: Path):
    _import(world, tmp_path, ROW)
    other = MAPPING.replace("%d.%m.%Y %H:%M", "%Y-%m-%d")

    report = _import(world, tmp_path, ROW | {"In": "2023-07-06"}, mapping=other)

    assert (report.imported, report.errors) == (1, [])
    assert world.changes()["orders"][0]["createdAt"] == "2023-07-06T12:00:00.000Z"


def test_each_bad_row_is_told_with_its_column_and_the_rest_comes_in(world: World, tmp_path: Path):
    report = _import(
        world,
        tmp_path,
        ROW | {"No": ""},
        ROW | {"Fault": " "},
        ROW | {"State": "lost"},
        ROW | {"In": "2023-07-05"},
        ROW | {"In": ""},
        ROW,
    )

    assert report.errors == [
        {"row": 1, "message": "No is empty"},
        {"row": 2, "message": "Fault is empty"},
        {"row": 3, "message": "State “lost” has no state in the mapping"},
        {"row": 4, "message": "In “2023-07-05” is not a date like 31.12.2024 13:45"},
        {"row": 5, "message": "In “” is not a date like 31.12.2024 13:45"},
    ]
    assert (report.imported, len(world.changes()["orders"])) == (1, 1)


def test_the_least_mapping_makes_new_orders_of_the_day_of_the_import(world: World, tmp_path: Path):
    least = {"fields": {"provider": {"constant": "Till"}, "externalId": "n", "title": "what"}}
    (tmp_path / "map.json").write_text(json.dumps(least))
    (tmp_path / "till.csv").write_text("n,what\n1,Radio\n2,\n")

    for at in (NOW, "2026-03-09T09:00:00.000Z"):
        mapping = read_mapping(tmp_path / "map.json")
        report = import_file(world.database, tmp_path / "till.csv", at, mapping=mapping)

    assert report.errors == [{"row": 2, "message": "has nothing for title"}]
    assert report.unchanged == 1
    (order,) = world.changes()["orders"]
    assert (order["createdAt"], order["serviceState"], order["assets"]) == (NOW, "NOT_STARTED", [])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[fields]", "[fields", "line"),
        ("[fields]", "[felder]", "fields is missing; felder is not known"),
        ('delimiter = ";"', 'delimiter = ";;"', "delimiter must be one character"),
        ("cp1252", "klingon", "encoding “klingon” is no encoding"),
        ("cp1252", "base64", "encoding “base64” is no encoding"),
        ('externalId = "No"', "", "fields.externalId is missing"),
        ('externalId = "No"', "externalId = 5", "fields.externalId.0.column.0 must be text"),
        ('externalId = "No"', "externalId = []", "fields.externalId must not be empty"),
        ("phone =", "telephone =", "fields.customer.telephone is not known"),
        ('"CLOSED"', '"OVER"', "fields.status.values.done"),
        ("%d.%m.%Y", "%d.%m.", "fields.createdAt.format must hold year, month and day"),
        ("%d.%m.%Y", "%d %d", "fields.createdAt.format is no form of a date"),
        ("Europe/Berlin", "Berlin", "fields.createdAt.timeZone “Berlin” is not a time zone"),
        ('constant = "Old desk"', 'constant = "x", column = "No"', "fields.provider.0 must have either"),
    ],
)
def test_a_wrong_mapping_is_told_in_words_with_the_place(tmp_path: Path, old: str, new: str, words: str):
    assert old in MAPPING
    (tmp_path / "map.toml").write_text(MAPPING.replace(old, new))

    with pytest.raises(InvalidInputError) as told:
        read_mapping(tmp_path / "map.toml")

    assert str(told.value).startswith("map.toml")
    assert words in str(told.value)


def test_a_mapping_that_is_no_file_no_text_or_too_deep_is_refused(tmp_path: Path):
    with pytest.raises(NotFoundError, match="mapping file"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError, match=r"bytes\.toml"):
        read_mapping(tmp_path / "bytes.toml")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(InvalidInputError, match="nested too deeply"):
        read_mapping(tmp_path / "deep.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(InvalidInputError, match="the file"):
        read_mapping(tmp_path / "list.json")


def test_a_file_that_does_not_fit_its_mapping_is_refused_whole(world: World, tmp_path: Path):
    with pytest.raises(InvalidInputError, match="lacks the columns Room"):
        _import(world, tmp_path, ROW, mapping=MAPPING.replace('["Fault"]', '["Room"]'))
    (tmp_path / "map.toml").write_text(MAPPING)
    with pytest.raises(InvalidInputError, match="two columns of the name No"):
        (tmp_path / "twice.csv").write_text(";".join([*ROW, "No"]))
        import_file(world.database, tmp_path / "twice.csv", NOW, mapping=read_mapping(tmp_path / "map.toml"))
    assert world.changes()["orders"] == []


def test_a_file_in_another_encoding_is_refused(world: World, tmp_path: Path):
    with pytest.raises(InvalidInputError, match="not written in utf-16"):
        _import(world, tmp_path, ROW, mapping=MAPPING.replace("cp1252", "utf-16"))
