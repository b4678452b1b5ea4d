"""Unsent work leaves one real window in a file and comes into another one, by keys alone, and arrives once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.real_screen import Screen
from tests.support.server_process import ServerProcess, running_server
from tests.support.server_tables import ServerTables
from tests.support.technician import Technician
from tests.support.waiting import wait_until

pytest.importorskip("PySide6")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("keys")]

_NOTE = "Carried in a file"


def at_a_desk(home: Path, screen: Screen, server: ServerProcess, token: str) -> Technician:
    """Return a technician who is signed in, with all orders here and the window still closed."""
    one = Technician(home, screen)
    one.sign_in(server.address, token)
    return one


def choose(technician: Technician, words: str, title: str) -> None:
    """Choose an action in the palette by its words, and wait for its dialog."""
    technician.screen.press("ctrl+k")
    technician.screen.type(words)
    technician.screen.press("Return")
    technician.screen.see(title)


def save_as(technician: Technician, file: Path) -> None:
    """Type the name of a file where it is asked for, and wait until it is written."""
    technician.screen.type(str(file))
    technician.screen.press("Return")
    wait_until(file.is_file, f"{file.name}")


def take_in(technician: Technician, file: Path) -> None:
    """Take in a file: choose it, look at what is in it, and press what is lit."""
    screen = technician.screen
    choose(technician, "take in", "Take in unsent work")
    chooser = screen.windows("Take in unsent work")
    screen.type(str(file))
    screen.press("Return")
    wait_until(lambda: screen.windows("Take in unsent work") not in (chooser, []), "what is in the file")
    screen.press_until("Return", lambda: not screen.windows("Take in unsent work"), "the end of the dialog")


def test_work_goes_from_a_window_that_signs_out_to_another_one_and_is_sent_once(tmp_path: Path, screen: Screen) -> None:
    saved, handed_over = tmp_path / "saved.techdesk-rescue", tmp_path / "handed-over.techdesk-rescue"
    with running_server(tmp_path, "--sample", "10") as server:
        tables = ServerTables(tmp_path / "server.sqlite")
        uid, number = tables.open_orders("repair_depot")[0]
        before = tables.last_event()
        van = at_a_desk(tmp_path / "van" / "home", screen, server, server.technician_token())
        van.start()
        van.find(number, number)
        van.work_offline(True)
        van.open_dialog("ctrl+1", "Product received")
        screen.type(_NOTE)
        van.save()
        wait_until(lambda: van.outbox() == ["queued"], "the unsent event")
        choose(van, "save unsent", "Save unsent work")
        save_as(van, saved)
        screen.see(number)
        choose(van, "accounts", "Accounts")
        van.open_dialog("alt+o", "Sign out")
        van.open_dialog("alt+h", "Save a hand-over file")
        save_as(van, handed_over)
        wait_until(lambda: van.asked("outbox", "list") == [], "the sign-out")
        screen.see("Accounts")
        screen.press_until("Escape", lambda: screen.title.endswith("TechDesk"), "the end of the accounts")
        van.quit()

        shop = at_a_desk(tmp_path / "shop" / "home", screen, server, server.admin_token)
        shop.start("TechDesk")
        take_in(shop, handed_over)
        wait_until(lambda: tables.last_event() > before, "the event on the server")
        (event,) = [one for one in tables.events(before) if one.order_uid == uid]
        assert event.notes == _NOTE
        wait_until(lambda: shop.outbox() == [], "its confirmation")
        take_in(shop, saved)
        screen.press("F5")
        wait_until(lambda: shop.asked("outbox", "list") == [], "that nothing is to be sent")
        shop.quit()
        assert len(tables.events(before)) == 1
