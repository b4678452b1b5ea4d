"""Signing out with unsent work by keys alone: Enter gives the answer that is lit, and Esc leaves all as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.real_screen import Screen
from tests.support.server_process import running_server
from tests.support.server_tables import ServerTables
from tests.support.technician import Technician
from tests.support.waiting import wait_until

pytest.importorskip("PySide6")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("keys")]


@pytest.fixture
def technician(tmp_path: Path, screen: Screen) -> Iterator[Technician]:
    """Return a technician before the window, offline, with one unsent event."""
    one = Technician(tmp_path / "home", screen)
    with running_server(tmp_path, "--sample", "10") as server:
        one.sign_in(server.address, server.technician_token())
        _, number = ServerTables(tmp_path / "server.sqlite").open_orders("repair_depot")[0]
        one.start()
        one.find(number, number)
        one.work_offline(True)
        one.open_dialog("ctrl+1", "Product received")
        screen.type("Came with its charger")
        one.save()
        wait_until(lambda: one.outbox() == ["queued"], "the unsent event")
        yield one
        screen.keep_picture(tmp_path / "at-the-end.ppm")
        one.end()


def ask_to_sign_out(technician: Technician) -> None:
    technician.screen.press("ctrl+k")
    technician.screen.type("accounts")
    technician.screen.press("Return")
    technician.screen.see("Accounts")
    technician.open_dialog("alt+o", "Sign out")


def is_signed_out(technician: Technician) -> bool:
    return [one["signedOut"] for one in technician.asked("account", "list") or []] == [True]


def test_escape_leaves_it_and_enter_keeps_the_work_for_the_next_sign_in(technician: Technician) -> None:
    screen = technician.screen
    ask_to_sign_out(technician)
    screen.press("Escape")
    screen.see("Accounts")
    assert technician.outbox() == ["queued"]
    assert not is_signed_out(technician)
    technician.open_dialog("alt+o", "Sign out")
    screen.press("Return")
    wait_until(lambda: is_signed_out(technician), "the end of the sign-in")
    kept = list((technician.home / "data").rglob("*.techdesk-rescue"))
    assert len(kept) == 1


def test_the_word_throws_the_work_away_and_a_half_typed_one_does_nothing(technician: Technician) -> None:
    screen = technician.screen
    ask_to_sign_out(technician)
    screen.press("Tab", "Tab", "Tab")
    screen.type("DISCAR")
    screen.press("Return", "Return")
    assert technician.outbox() == ["queued"]
    assert screen.title == "Sign out"
    screen.type("D")
    screen.press("Return")
    wait_until(lambda: technician.asked("account", "list") == [], "the end of the sign-in")
