"""Prove the commands that bring orders here, over a desk in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from techdesk.application.changes import Changes
from techdesk.application.exchange import PulledOrder
from techdesk.cli.run import answer_request, request_for, run
from techdesk.domain.errors import OfflineError
from techdesk.domain.vocabulary import ServiceKind
from tests.support.builders import KEYED, an_account, an_order, commands_over, order_document, put_order
from tests.support.fake_desk import FakeDesk, with_account


def at_the_server(number: str, **changes: Any) -> PulledOrder:
    return PulledOrder(server_id=f"so-{number}", document=order_document(an_order(service_number=number, **changes)))


@pytest.fixture
def desk() -> FakeDesk:
    """A desk that has order 10042; its server has that one and 10043."""
    one = FakeDesk()
    put_order(one.store, server_id="so-10042")
    one.found = [at_the_server("10042"), at_the_server("10043", title="Leaks")]
    return one


def said(desk: FakeDesk, *words: str, folder: str = "") -> tuple[int, Any]:
    answer = run(desk, [*words, "--json"], "", folder=folder)
    return answer["exit"], json.loads(answer["out"]) if answer["out"] else answer["err"]


def test_what_a_server_finds_is_listed_with_what_is_here(desk: FakeDesk) -> None:
    code, listed = said(desk, "orders", "--server", "johanna", "berg")
    assert code == 0
    assert [(one["uid"], one["number"], one["here"]) for one in listed] == [
        ("so-10042", "10042", True),
        ("so-10043", "10043", False),
    ]
    assert {"account": "Bench", "title": "Leaks", "customer": "Johanna Berg", "status": "Received"}.items() <= listed[
        1
    ].items()
    assert listed[1]["createdAt"] == "2026-05-30T09:12:00.000Z"
    assert [one.text for one in desk.asked] == ["johanna berg"]


def test_for_people_the_found_orders_are_a_table(desk: FakeDesk) -> None:
    desk.found.append(PulledOrder(server_id="so-bare", document={"title": "Nothing known"}))
    lines = run(desk, ["orders", "--server", "x"], "")["out"].splitlines()
    assert lines[0].split() == ["NUMBER", "CUSTOMER", "TITLE", "STATUS", "CREATED", "HERE"]
    assert lines[1].endswith("2026-05-30  yes")
    assert lines[2].endswith("2026-05-30")
    assert lines[3].split() == ["so-bare", "Nothing", "known"]
    desk.found.clear()
    assert run(desk, ["orders", "--server", "x"], "")["out"] == "Bench finds no order.\n"


def test_a_server_that_does_not_answer_is_one_plain_line(desk: FakeDesk) -> None:
    desk.refusal = OfflineError()
    code, line = said(desk, "orders", "--server", "x")
    assert (code, line.count("\n")) == (2, 1)
    assert "does not answer" in line


def test_an_order_is_brought_here_once(desk: FakeDesk) -> None:
    heard: list[Changes] = []
    request = request_for(["follow", "10043", "--json"], "")
    document = json.loads(answer_request(desk, request, heard.append)["out"])
    assert document == {"account": "Bench", "uid": "so-10043", "number": "10043", "wasHere": False}
    assert [one.orders for one in heard] == [{"so-10043"}]
    assert said(desk, "orders", "leaks")[1][0]["uid"] == "so-10043"
    assert run(desk, ["follow", "10043"], "")["out"] == "10043 was here already.\n"


def test_what_fits_none_or_several_is_told(desk: FakeDesk) -> None:
    code, line = said(desk, "follow", "berg")
    assert code == 2
    assert "fits 2 orders" in line and "so-10042, so-10043" in line
    desk.found = []
    assert "The server finds no order “berg”" in said(desk, "follow", "berg")[1]


def test_where_the_server_cannot_be_read_the_kind_is_asked_for(desk: FakeDesk) -> None:
    with_account(desk, an_account(account_id="a2", name="Blind", system="by_id", settings={"blind": "yes"}))
    desk.found = [PulledOrder(server_id="7f", document={"title": "Service order 7F"})]
    assert "--kind depot or --kind onsite" in said(desk, "follow", "7f", "--account", "blind")[1]
    code, document = said(desk, "follow", "7F", "--account", "blind", "--kind", "onsite")
    assert (code, document["number"]) == (0, "7f")
    assert desk.asked[0].service_kind is ServiceKind.ONSITE


def test_an_account_is_chosen_where_several_could_be_meant(desk: FakeDesk) -> None:
    with_account(desk, an_account(account_id="a2", name="Rooms", system="rooms"))
    assert said(desk, "orders", "--server", "x")[0] == 0, "the rooms cannot be asked"
    assert "Rooms cannot be asked for orders" in said(desk, "orders", "--server", "x", "--account", "Rooms")[1]
    with_account(desk, an_account(account_id="a3", name="Van"))
    code, line = said(desk, "orders", "--server", "x")
    assert code == 2
    assert "--account: Bench, Van" in line
    with_account(desk, an_account(account_id="a4", name="Odd", system="unknown"))
    assert "cannot be asked for orders" in said(desk, "follow", "x", "--account", "Odd")[1]


def test_without_any_account_that_fits_the_way_is_told(desk: FakeDesk) -> None:
    assert "There is no account for this" in said(desk, "open", "order.json")[1]


def test_the_order_of_a_file_is_taken_in_from_where_the_command_was_typed(desk: FakeDesk, tmp_path: Path) -> None:
    with_account(desk, an_account(account_id="a2", name="Rooms", system="rooms"))
    desk.found = [PulledOrder(server_id="1302", document={"title": "Leaks"}, revision="1")]
    code, document = said(desk, "open", "order.json", "--account", "rooms", folder=str(tmp_path))
    assert (code, document) == (0, {"account": "Rooms", "uid": "1302", "taken": True})
    assert desk.opened == [tmp_path / "order.json"]
    assert run(desk, ["open", "order.json"], "")["out"] == "Order 1302 is here as new or newer.\n"
    assert "Bench takes no orders from files" in said(desk, "open", "order.json", "--account", "bench")[1]
    desk.found = []
    assert "“order.json” holds no order" in said(desk, "open", "order.json")[1]


def test_a_request_carries_the_folder_it_was_typed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert request_for(["open", "order.json"], "")["folder"] == str(tmp_path)


def test_a_followed_order_is_let_go(desk: FakeDesk) -> None:
    assert "by itself" in said(desk, "unfollow", "10042")[1]
    desk.commands = commands_over(desk.store, desk.clock, replace(KEYED, orders_are_followed=True))
    assert said(desk, "unfollow", "10042") == (0, {"uid": "so-10042", "removed": True})
    assert said(desk, "orders")[1] == []


def test_an_account_whose_settings_cannot_be_so_is_told_with_the_reason(desk: FakeDesk) -> None:
    with_account(desk, an_account(account_id="a2", name="Odd", system="by_id", settings={"broken": "yes"}))
    assert "“broken” cannot be set" in said(desk, "follow", "7f", "--account", "odd")[1]
